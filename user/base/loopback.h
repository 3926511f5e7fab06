/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An address that nobody beyond this host reaches: "unix:/absolute/path", "127.0.0.1:9877" (any of 127.0.0.0/8) or
 * "[::1]:9877". Names are not looked up: what "localhost" is would be somebody else's word.
 */
#pragma once

#include <sys/socket.h>

#include "base/error.h"

struct cl_loopback {
	struct sockaddr_storage address;
	socklen_t size;
};

/* -EINVAL with a text that says what is wrong with it (it does not name the address). */
int cl_loopback_parse(struct cl_loopback *out, const char *text, struct cl_error *err);
/*
 * A listening, non-blocking socket there. A unix one (base/unix_socket.h) has mode 0660 and group credlineage where there
 * is one.
 */
int cl_loopback_listen(int *out, const struct cl_loopback *at, const char *text, struct cl_error *err);
/* Removes a unix address's socket. */
void cl_loopback_remove(const struct cl_loopback *at);
