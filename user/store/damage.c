/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store that was damaged from outside: finding that out before it is written to, and keeping the file.
 *
 * The check looks at every page, 1 to 2 s where the disk is slow and the store has 256 MB. A larger one is not checked:
 * the host would go unwatched for as long. What is wrong there shows when it is read.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "store/store_internal.h"

#define CHECKED_BYTES (256u << 20)
#define NAMES 100 /* that are tried for one moment */

/* What the check says goes over lines. */
static int is_damaged(struct cl_store_db *db, const char *said, struct cl_error *err)
{
	char line[200];

	snprintf(line, sizeof(line), "%s", said);
	for (char *c = line; *c; c++)
		*c = (unsigned char)*c < ' ' ? ' ' : *c;
	db->damaged = true;
	return cl_fail(err, -EPROTO, "cannot use store \"%s\": the database is damaged (%s)", db->path, line);
}

static int number_of(struct cl_store_db *db, const char *sql, int64_t *out, struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int r = 0;

	if (sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
		r = cl_store_fail(db, "check", err);
	else
		*out = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return r;
}

int cl_store_check(struct cl_store_db *db, struct cl_error *err)
{
	int64_t pages = 0, size = 0;
	sqlite3_stmt *s = NULL;
	const char *said;
	int r = number_of(db, "PRAGMA page_count", &pages, err);

	r = r ? r : number_of(db, "PRAGMA page_size", &size, err);
	if (r || pages * size > CHECKED_BYTES)
		return r;
	if (sqlite3_prepare_v2(db->sql, "PRAGMA quick_check(1)", -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_ROW) {
		r = cl_store_fail(db, "check", err);
	} else {
		said = (const char *)sqlite3_column_text(s, 0);
		if (said && strcmp(said, "ok"))
			r = is_damaged(db, said, err);
	}
	sqlite3_finalize(s);
	return r;
}

/* ---- keeping it ---- */

/* 2026-11-26T07-45-00Z: a name that every file system takes and no shell minds. */
static void moment(char out[CL_TIME_SIZE], uint64_t wall_ns)
{
	char time[CL_TIME_SIZE];

	snprintf(out, CL_TIME_SIZE, "%.19sZ", cl_time_format(time, wall_ns));
	for (char *c = out; *c; c++)
		*c = *c == ':' ? '-' : *c;
}

static int move(const char *from, const char *from_end, const char *to, const char *to_end, struct cl_error *err)
{
	_cleanup_free_ char *old = NULL, *new = NULL;

	if (asprintf(&old, "%s%s", from, from_end) < 0) {
		old = NULL;
		return -ENOMEM;
	}
	if (asprintf(&new, "%s%s", to, to_end) < 0) {
		new = NULL;
		return -ENOMEM;
	}
	if (!renameat2(AT_FDCWD, old, AT_FDCWD, new, RENAME_NOREPLACE))
		return 0;
	return cl_fail(err, -errno, "cannot keep the damaged store \"%s\" as \"%s\": %s; move it away yourself", old,
		       new, strerror(errno));
}

/* Its log before itself: a log that stayed behind would be taken for the new store's. */
static int move_all(const char *path, const char *aside, struct cl_error *err)
{
	static const char *const parts[] = {"-wal", "-shm", "-journal", ""};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int r = move(path, parts[i], aside, parts[i], err);

		if (r && (r != -ENOENT || !*parts[i]))
			return r;
	}
	return 0;
}

/* A name that nothing of an earlier one has. */
static int find_name(const char *path, uint64_t wall_ns, char *out, size_t size)
{
	char when[CL_TIME_SIZE], log[4200];

	moment(when, wall_ns);
	for (int i = 1; i < NAMES; i++) {
		int n = i == 1 ? snprintf(out, size, "%s.damaged-%s", path, when)
			       : snprintf(out, size, "%s.damaged-%s-%d", path, when, i);

		if (n < 0 || (size_t)n >= size)
			return -ENAMETOOLONG;
		snprintf(log, sizeof(log), "%s-wal", out);
		if (faccessat(AT_FDCWD, out, F_OK, AT_SYMLINK_NOFOLLOW) &&
		    faccessat(AT_FDCWD, log, F_OK, AT_SYMLINK_NOFOLLOW))
			return 0;
	}
	return -EEXIST;
}

int cl_store_set_aside(const char *path, uint64_t wall_ns, char *aside, size_t size, struct cl_error *err)
{
	_cleanup_(cl_store_close) struct cl_store_db *db = calloc(1, sizeof(*db));
	int r;

	if (!db)
		return -ENOMEM;
	db->lock = -1;
	db->path = strdup(path);
	r = db->path ? cl_store_take_lock(db, err) : -ENOMEM;
	if (r)
		return r;
	r = find_name(path, wall_ns, aside, size);
	if (r)
		return cl_fail(err, r, "cannot find a name to keep the damaged store \"%s\" under: %s", path,
			       strerror(-r));
	return move_all(path, aside, err);
}
