/* SPDX-License-Identifier: Apache-2.0 */
/* A request's head, from bytes of somebody unknown. Source: RFC 9112, sections 2 and 3. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CL_HTTP_PATH 64 /* longer than any name that is served */

struct cl_http_request {
	bool head;
	char path[CL_HTTP_PATH]; /* without the query */
};

/* 0: the head is not complete; 200: it is, and `out` filled; else the status that refuses it. `limit` is the room for
 * a head: one that fills it and has no end is too long. `out` starts zeroed. */
int cl_http_request_parse(struct cl_http_request *out, const char *bytes, size_t len, size_t limit);
