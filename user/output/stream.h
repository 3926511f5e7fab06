/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection that findings are written to, TCP or TLS over it. Receivers are expected to say nothing. No call takes
 * longer than some seconds, and each ends soon after *stop is set.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "output/resolve.h"

struct cl_tls;
struct ssl_st;

/* The first four are the owner's to set, and to keep; fd -1, the rest zero. */
struct cl_stream {
	const char *host, *port;
	struct cl_tls *tls; /* NULL: plain TCP */
	const atomic_bool *stop;
	int fd;
	struct ssl_st *ssl;
	struct cl_lookup *lookup;
};

enum cl_stream_look {
	CL_STREAM_UP,	  /* or not connected */
	CL_STREAM_ENDED,  /* by the other end, which had read everything */
	CL_STREAM_BROKEN, /* what was written lately may not have been read */
};

int cl_stream_connect(struct cl_stream *s, struct cl_error *err);
/*
 * Writes bytes[*at..len) and waits until the receiver's kernel has all that was written. -ETIMEDOUT, -ECANCELED: it is
 * up and goes on from *at with the same bytes; another: broken.
 */
int cl_stream_write(struct cl_stream *s, const char *bytes, size_t len, size_t *at, struct cl_error *err);
enum cl_stream_look cl_stream_look(struct cl_stream *s);
/* True: what was written lately may not have been read. */
bool cl_stream_disconnect(struct cl_stream *s);
void cl_stream_close(struct cl_stream *s); /* disconnects and frees what is its own */
