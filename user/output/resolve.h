/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names to addresses without waiting for a dead name server: the resolver works in a thread of its own, and who asked
 * waits two seconds at most. An answer that comes later serves the next call; until then no other is asked for.
 */
#pragma once

#include <netdb.h>
#include <stdatomic.h>

#include "base/error.h"

struct cl_lookup;

/*
 * *pending is the caller's, NULL at first and the same for one host and port from then on; ended with cl_lookup_drop.
 * *out is the caller's, for freeaddrinfo. 0, -ETIMEDOUT, -ECANCELED or -EHOSTUNREACH.
 */
int cl_resolve(struct cl_lookup **pending, const char *host, const char *port, int socktype, const atomic_bool *stop,
	       struct addrinfo **out, struct cl_error *err);
void cl_lookup_drop(struct cl_lookup **pending); /* NULL-safe; does not wait */
