/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "metrics/http_request.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define VERSION_LEN 8 /* "HTTP/1.1" */

static bool is(const char *bytes, size_t len, const char *word)
{
	return len == strlen(word) && !memcmp(bytes, word, len);
}

static int take_target(struct cl_http_request *out, const char *target, size_t len)
{
	const char *query = memchr(target, '?', len);
	size_t n = query ? (size_t)(query - target) : len;

	if (!len || *target != '/' || memchr(target, '\0', len))
		return 400;
	if (n >= sizeof(out->path))
		return 404;
	snprintf(out->path, sizeof(out->path), "%.*s", (int)n, target);
	return 200;
}

/* METHOD SP TARGET SP VERSION */
static int take_line(struct cl_http_request *out, const char *line, size_t len)
{
	const char *end = line + len, *target = memchr(line, ' ', len), *version;

	version = target ? memchr(target + 1, ' ', (size_t)(end - target - 1)) : NULL;
	if (!version || end - version - 1 != VERSION_LEN || memcmp(version + 1, "HTTP/", 5))
		return 400;
	if (memcmp(version + 6, "1.", 2))
		return 505;
	out->head = is(line, (size_t)(target - line), "HEAD");
	if (!out->head && !is(line, (size_t)(target - line), "GET"))
		return 405;
	return take_target(out, target + 1, (size_t)(version - target - 1));
}

int cl_http_request_parse(struct cl_http_request *out, const char *bytes, size_t len, size_t limit)
{
	const char *end;

	if (!memmem(bytes, len, "\r\n\r\n", 4))
		return len < limit ? 0 : 431;
	end = memmem(bytes, len, "\r\n", 2);
	return take_line(out, bytes, (size_t)(end - bytes));
}
