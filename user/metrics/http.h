/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small HTTP server for the numbers: GET and HEAD of a few fixed names, one request per connection, on an address that
 * only this host reaches (base/loopback.h). It never waits: its caller's loop does. Everything is bounded: a request's
 * head (4 KiB), a connection's life (5 s), how many there are (16: the oldest gives way to a new one).
 * Source: RFC 9112 (message syntax), RFC 9110 (methods, status).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#define CL_HTTP_CLIENTS 16
#define CL_HTTP_REQUEST 4096 /* bytes of a request line with its header fields */
#define CL_HTTP_PATIENCE_NS (5ull * 1000000000)

struct cl_http;
struct cl_http_stats {
	uint64_t requests; /* answered with what was asked for */
	uint64_t refused;  /* not HTTP, too long, another method or name */
	uint64_t dropped;  /* connections that were too slow, or gave way */
};

/*
 * Answers a GET of `path` (without its query): appends the body, sets *type (a literal) and gives the status, 200 or
 * 503; 404: there is no such thing. -errno: 500.
 */
typedef int (*cl_http_handler)(void *ctx, const char *path, struct cl_text *body, const char **type);

/* Listens on `where`. Errors name it and what is wrong. */
int cl_http_new(struct cl_http **out, const char *where, cl_http_handler handler, void *ctx, struct cl_error *err);
void cl_http_free(struct cl_http **p);	 /* removes a unix socket */
int cl_http_fd(const struct cl_http *h); /* epoll fd: readable when there is something to serve */
void cl_http_serve(struct cl_http *h);	 /* at least once a second, so that the slow are dropped */
const struct cl_http_stats *cl_http_stats(const struct cl_http *h);
