/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, checking and creating the store; small values by name. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "store/store_internal.h"

#define BUSY_MS 10000
#define CHECKPOINT_PAGES 4000
#define LOG_PAGES 16000
#define PATIENCE_MS 500

/* ---- is it ours? ---- */

static int judge(const char *path, uint32_t application, uint32_t version, struct cl_error *err)
{
	if (application != CL_STORE_APPLICATION)
		return cl_fail(
			err, -EINVAL,
			"cannot use store \"%s\": it is a database of another program; it is left as it is, choose "
			"another directory with --state",
			path);
	if (version > CL_STORE_SCHEMA)
		return cl_fail(
			err, -EINVAL,
			"cannot use store \"%s\": written by a newer credlineage (schema %u, this one knows up to "
			"%u); it is left as it is, upgrade credlineage or choose another directory with --state",
			path, version, CL_STORE_SCHEMA);
	return 0;
}

static uint32_t big_endian(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Looks at the header before SQLite may touch the file (it would roll a foreign journal back). Empty is new, and so is
 * what begins with nothing: the power went while it was made, the journal beside it takes it back. */
static int check_header(struct cl_store_db *db, int fd, struct cl_error *err)
{
	static const unsigned char nothing[100];
	unsigned char header[100];
	ssize_t n = pread(fd, header, sizeof(header), 0);
	int r;

	if (n < 0)
		return cl_fail(err, -errno, "cannot read store \"%s\": %s", db->path, strerror(errno));
	if (!n || ((size_t)n == sizeof(header) && !memcmp(header, nothing, sizeof(header))))
		return 0;
	if ((size_t)n < sizeof(header) || memcmp(header, "SQLite format 3", 16))
		return cl_fail(err, -EINVAL, CL_STORE_NOT_A_DATABASE, db->path);
	r = judge(db->path, big_endian(header + 68), big_endian(header + 60), err);
	db->ours = !r;
	return r;
}

/* The file with mode 0600 before SQLite sees it; SQLite gives the log the same mode. */
static int prepare_file(struct cl_store_db *db, struct cl_error *err)
{
	const char *path = db->path;
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return cl_fail(err, -ELOOP, "cannot open store \"%s\": it is a symbolic link; name the file itself",
			       path);
	if (fd < 0)
		return cl_fail(err, -errno, "cannot open store \"%s\": %s", path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return cl_fail(err, -EINVAL, "cannot open store \"%s\": not a regular file", path);
	if ((st.st_mode & 0077) && fchmod(fd, 0600))
		return cl_fail(err, -errno, "cannot make store \"%s\" private: %s", path, strerror(errno));
	return check_header(db, fd, err);
}

static int prepare_directory(const char *path, struct cl_error *err)
{
	_cleanup_free_ char *dir = strdup(path);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (!dir)
		return -ENOMEM;
	if (!slash || slash == dir)
		return 0;
	*slash = '\0';
	if (mkdir(dir, 0700) && errno != EEXIST)
		return cl_fail(err, -errno, "cannot create state directory \"%s\": %s", dir, strerror(errno));
	return 0;
}

int cl_store_take_lock(struct cl_store_db *db, struct cl_error *err)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_close_ int fd = -1;

	if (asprintf(&name, "%s.lock", db->path) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return cl_fail(err, -errno, "cannot open lock \"%s\": %s", name, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB))
		return cl_fail(
			err, errno == EWOULDBLOCK ? -EBUSY : -errno,
			"cannot write store \"%s\": %s (stop the other monitor, or give this one its own --state)",
			db->path, errno == EWOULDBLOCK ? "another monitor has it open" : strerror(errno));
	db->lock = TAKE_FD(fd);
	return 0;
}

/* ---- opening ---- */

static int pragma(struct cl_store_db *db, const char *name, int64_t *out, struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	char sql[64];
	int r = 0;

	snprintf(sql, sizeof(sql), "PRAGMA %s", name);
	if (sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
		r = cl_store_fail(db, "read", err);
	else
		*out = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return r;
}

static int run(struct cl_store_db *db, const char *sql, const char *doing, struct cl_error *err)
{
	return sqlite3_exec(db->sql, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : cl_store_fail(db, doing, err);
}

static int check_schema(struct cl_store_db *db, bool write, struct cl_error *err)
{
	int64_t application = 0, version = 0;
	int r = pragma(db, "application_id", &application, err);

	if (!r)
		r = pragma(db, "user_version", &version, err);
	if (!r && (application || version || !write))
		r = judge(db->path, (uint32_t)application, (uint32_t)version, err);
	if (!r && write && version < CL_STORE_SCHEMA)
		r = cl_store_raise(db, (uint32_t)version, err);
	db->schema = write ? CL_STORE_SCHEMA : (uint32_t)version;
	return r;
}

static int open_file(struct cl_store_db *db, enum cl_store_mode mode, struct cl_error *err)
{
	int flags = (mode == CL_STORE_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_EXRESCODE |
		    SQLITE_OPEN_NOMUTEX;
	int r;

	if (sqlite3_open_v2(db->path, &db->sql, flags, NULL) != SQLITE_OK)
		return cl_store_fail(db, "open", err);
	sqlite3_busy_timeout(db->sql, BUSY_MS);
	/* What is in the file is data: no functions, triggers or views of somebody else's making run. */
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	r = cl_attrs_new(&db->attrs, db->sql);
	return r ? r : check_schema(db, mode == CL_STORE_WRITE, err);
}

/* As much of the database is kept in memory as the log usually has. */
static const char writer_pragmas[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
				     "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-16384;";

/*
 * After each commit. From 16 MB on the log is moved into the database as far as readers let it, without waiting. When
 * they come so thick that it never begins anew and has 64 MB, the writer waits half a second for the last of them, every
 * 16 MB; one that holds an old state for long makes the log grow for as long, afterwards its file is cut.
 */
static int move_log(void *ctx, sqlite3 *sql, const char *name, int pages)
{
	struct cl_store_db *db = ctx;
	bool patient = pages >= LOG_PAGES && pages - db->log_tried >= CHECKPOINT_PAGES;

	if (pages < CHECKPOINT_PAGES)
		return SQLITE_OK;
	if (patient || pages < LOG_PAGES)
		db->log_tried = patient ? pages : 0;
	if (patient)
		sqlite3_busy_timeout(sql, PATIENCE_MS);
	sqlite3_wal_checkpoint_v2(sql, name, patient ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, NULL,
				  NULL);
	if (patient)
		sqlite3_busy_timeout(sql, BUSY_MS);
	return SQLITE_OK;
}

/* A lineage comes back to a node's pages several times. */
static const char reader_pragmas[] = "PRAGMA cache_size=-65536; PRAGMA mmap_size=8589934592;";
static const char follower_pragmas[] = "PRAGMA cache_size=-512;";

static int open_writer(struct cl_store_db *db, struct cl_error *err)
{
	int r = prepare_directory(db->path, err);

	if (!r)
		r = cl_store_take_lock(db, err);
	if (!r)
		r = prepare_file(db, err);
	if (!r)
		r = open_file(db, CL_STORE_WRITE, err);
	if (r)
		return r;
	sqlite3_wal_hook(db->sql, move_log, db);
	return run(db, writer_pragmas, "open", err);
}

static int open_reader(struct cl_store_db *db, enum cl_store_mode mode, struct cl_error *err)
{
	struct stat st;
	int r;

	if (stat(db->path, &st))
		return cl_fail(err, -errno,
			       errno == ENOENT
				       ? "no store at \"%s\": is the monitor running? (sudo credlineage monitor)"
				       : "cannot open store \"%s\": no permission to look there; run as root",
			       db->path);
	if (!S_ISREG(st.st_mode))
		return cl_fail(err, -EINVAL, "cannot open store \"%s\": not a regular file", db->path);
	if (!st.st_size)
		return cl_fail(err, -ENOENT,
			       "store \"%s\" is empty: is the monitor running? (sudo credlineage monitor)", db->path);
	if (access(db->path, R_OK))
		return cl_fail(err, -errno, "cannot open store \"%s\": %s; run as root", db->path, strerror(errno));
	r = open_file(db, mode, err);
	r = r ? r : run(db, mode == CL_STORE_FOLLOW ? follower_pragmas : reader_pragmas, "open", err);
	return r ? r : cl_store_stand_in(db, db->schema, err);
}

int cl_store_open(struct cl_store_db **out, const char *path, enum cl_store_mode mode, struct cl_error *err)
{
	_cleanup_(cl_store_close) struct cl_store_db *db = calloc(1, sizeof(*db));
	int r;

	if (!db)
		return -ENOMEM;
	db->lock = -1;
	db->path = strdup(path);
	if (!db->path)
		return -ENOMEM;
	r = mode == CL_STORE_WRITE ? open_writer(db, err) : open_reader(db, mode, err);
	if (!r)
		*out = TAKE_PTR(db);
	return r;
}

void cl_store_close(struct cl_store_db **p)
{
	struct cl_store_db *db = *p;

	if (!db)
		return;
	for (size_t i = 0; i < CL_SQL_MAX; i++)
		sqlite3_finalize(db->kept[i]);
	cl_store_forget_numbers(db);
	cl_store_forget_notes(db);
	if (db->damaged) /* it stays as it is */
		sqlite3_db_config(db->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close_v2(db->sql);
	cl_attrs_free(&db->attrs);
	cl_closep(&db->lock); /* after the database: whoever gets the lock finds it closed */
	free(db->path);
	free(db);
	*p = NULL;
}

/* ---- small values ---- */

int cl_store_set(struct cl_store_db *db, const char *name, const char *value)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, CL_SQL_SET, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, value, -1, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "write", NULL);
	cl_store_return(db, CL_SQL_SET, s);
	return r;
}

int cl_store_get(struct cl_store_db *db, const char *name, char **out)
{
	_cleanup_free_ char *value = NULL;
	sqlite3_stmt *s = NULL;
	int step, r = cl_store_lend(db, CL_SQL_GET, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(s, 0);

		value = strdup(text ? text : "");
		r = value ? 0 : -ENOMEM;
	} else {
		r = step == SQLITE_DONE ? -ENOENT : cl_store_fail(db, "read", NULL);
	}
	cl_store_return(db, CL_SQL_GET, s);
	if (!r)
		*out = TAKE_PTR(value);
	return r;
}
