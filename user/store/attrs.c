/* SPDX-License-Identifier: Apache-2.0 */
#include "store/attrs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/cleanup.h"

#define TEXT_MAX 65536 /* of what is packed, and of what a blob may hold */
#define WINDOW 12      /* 4 KiB: the dictionary and a usual text */

/* Never changes: blobs carry its number. The commonest words stand last, where they are cheapest. */
#define DICTIONARY 1
static const char dictionary[] =
	"/user.slice/user-1000.slice/session-/docker-.scope\"container\":\"\"exe_memfd\":false,\"cgroup_moved\":false,"
	"\"script\":\"\",\"program\":\"\",\"preload\":\"\",\"arguments_truncated\":false,"
	"\"environment_truncated\":false,/usr/lib/usr/local/bin python3 bash {\"pid\":1,\"start\":\"1\",\"started\":"
	"\"2026-11-25T00:00:00.000000Z\",\"exe\":\"/usr/bin/\",\"exe_inode\":\"259:1:\",\"exe_deleted\":false,"
	"\"command\":\"\",\"comm\":\"\",\"uid\":0,\"euid\":0,\"gid\":0,\"loginuid\":1000,\"session\":1,\"cgroup\":"
	"\"/system.slice/.service\",\"exited\":\"2026-11-25T00:00:00.000000Z\",\"exit_status\":0}";

struct cl_attrs {
	z_stream out, in;
	bool can_pack, can_unpack;
	unsigned char blob[TEXT_MAX];
	char text[TEXT_MAX + 1];
};

const void *cl_attrs_pack(struct cl_attrs *a, const char *text, int *size)
{
	size_t len = strlen(text);

	if (len < 2 || len > TEXT_MAX || deflateReset(&a->out) != Z_OK ||
	    deflateSetDictionary(&a->out, (const Bytef *)dictionary, sizeof(dictionary) - 1) != Z_OK)
		return NULL;
	a->blob[0] = DICTIONARY;
	a->out.next_in = (z_const Bytef *)(uintptr_t)text;
	a->out.avail_in = (uInt)len;
	a->out.next_out = a->blob + 1;
	a->out.avail_out = (uInt)len - 1;
	if (deflate(&a->out, Z_FINISH) != Z_STREAM_END)
		return NULL;
	*size = (int)(len - a->out.avail_out);
	return a->blob;
}

const char *cl_attrs_unpack(struct cl_attrs *a, const void *blob, int size)
{
	const unsigned char *bytes = blob;

	if (size < 2 || bytes[0] != DICTIONARY || inflateReset(&a->in) != Z_OK ||
	    inflateSetDictionary(&a->in, (const Bytef *)dictionary, sizeof(dictionary) - 1) != Z_OK)
		return NULL;
	a->in.next_in = (z_const Bytef *)(uintptr_t)(bytes + 1);
	a->in.avail_in = (uInt)size - 1;
	a->in.next_out = (Bytef *)a->text;
	a->in.avail_out = TEXT_MAX;
	if (inflate(&a->in, Z_FINISH) != Z_STREAM_END)
		return NULL;
	a->text[TEXT_MAX - a->in.avail_out] = '\0';
	return a->text;
}

static void packed(sqlite3_context *ctx, int n, sqlite3_value **values)
{
	const char *text = (const char *)sqlite3_value_text(values[0]);
	int size = 0;
	const void *blob = text ? cl_attrs_pack(sqlite3_user_data(ctx), text, &size) : NULL;

	(void)n;
	if (blob)
		sqlite3_result_blob(ctx, blob, size, SQLITE_TRANSIENT);
	else
		sqlite3_result_value(ctx, values[0]);
}

static void plain(sqlite3_context *ctx, int n, sqlite3_value **values)
{
	const char *text;

	(void)n;
	if (sqlite3_value_type(values[0]) != SQLITE_BLOB) {
		sqlite3_result_value(ctx, values[0]);
		return;
	}
	text = cl_attrs_unpack(sqlite3_user_data(ctx), sqlite3_value_blob(values[0]), sqlite3_value_bytes(values[0]));
	sqlite3_result_text(ctx, text ? text : "{}", -1, SQLITE_TRANSIENT);
}

int cl_attrs_new(struct cl_attrs **out, sqlite3 *sql)
{
	_cleanup_(cl_attrs_free) struct cl_attrs *a = calloc(1, sizeof(*a));
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

	if (!a)
		return -ENOMEM;
	a->can_pack = deflateInit2(&a->out, Z_BEST_SPEED, Z_DEFLATED, -WINDOW, 3, Z_DEFAULT_STRATEGY) == Z_OK;
	a->can_unpack = inflateInit2(&a->in, -WINDOW) == Z_OK;
	if (!a->can_pack || !a->can_unpack ||
	    sqlite3_create_function_v2(sql, "packed", 1, flags, a, packed, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_create_function_v2(sql, "plain", 1, flags, a, plain, NULL, NULL, NULL) != SQLITE_OK)
		return -ENOMEM;
	*out = TAKE_PTR(a);
	return 0;
}

void cl_attrs_free(struct cl_attrs **p)
{
	struct cl_attrs *a = *p;

	if (!a)
		return;
	if (a->can_pack)
		deflateEnd(&a->out);
	if (a->can_unpack)
		inflateEnd(&a->in);
	free(a);
	*p = NULL;
}
