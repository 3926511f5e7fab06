/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that fails: an SQLite VFS over the usual one, as the default while it is installed. Writes, truncations, syncs
 * and deletions are counted through all files; what happens at the n-th is chosen:
 *
 *   FAULT_ONCE     that call fails, nothing of it is done       FAULT_SHORT   a write that fails halfway, once
 *   FAULT_FULL     the disk is full from then on                FAULT_DEAD    every call fails from then on
 *   FAULT_POWER    as DEAD, and of what was not synced only some, chosen by `seed`, is on the disk: fault_power_off()
 *
 * Nothing is really synced. Not for threads.
 */
#pragma once

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

enum fault_kind { FAULT_NONE, FAULT_ONCE, FAULT_SHORT, FAULT_FULL, FAULT_DEAD, FAULT_POWER };

#define FAULT_FILES 16
#define FAULT_PATH 256

/* A write (data) or truncation (NULL) since the last sync. */
struct fault_change {
	struct fault_change *next;
	sqlite3_int64 at;
	int size;
	unsigned char *data;
};

struct fault_disk_file {
	char path[FAULT_PATH];
	unsigned char *durable;
	size_t size;
	struct fault_change *first, **last;
};

static struct fault {
	enum fault_kind kind;
	unsigned int at, calls; /* from 1 */
	uint64_t seed;
	bool dead;
	struct fault_disk_file files[FAULT_FILES];
	sqlite3_vfs vfs, *real;
} fault;

struct fault_file {
	sqlite3_file base;
	struct fault_disk_file *disk; /* NULL: not followed */
	sqlite3_file *real;
};

#define REAL(f) (((struct fault_file *)(f))->real)
#define DISK(f) (((struct fault_file *)(f))->disk)

/* ---- what is on the disk for sure ---- */

static void fault_forget_changes(struct fault_disk_file *d)
{
	while (d->first) {
		struct fault_change *c = d->first;

		d->first = c->next;
		free(c->data);
		free(c);
	}
	d->last = &d->first;
}

static void fault_read_durable(struct fault_disk_file *d)
{
	int fd = open(d->path, O_RDONLY | O_CLOEXEC);
	struct stat st = {0};

	free(d->durable);
	d->durable = NULL;
	d->size = 0;
	fault_forget_changes(d);
	if (fd < 0 || fstat(fd, &st))
		return;
	d->durable = malloc((size_t)st.st_size + 1);
	d->size = (size_t)pread(fd, d->durable, (size_t)st.st_size, 0);
	close(fd);
}

static struct fault_disk_file *fault_disk_of(const char *path)
{
	struct fault_disk_file *room = NULL;

	for (int i = 0; i < FAULT_FILES; i++) {
		if (!strcmp(fault.files[i].path, path))
			return &fault.files[i];
		if (!room && !*fault.files[i].path)
			room = &fault.files[i];
	}
	if (!room)
		abort();
	snprintf(room->path, sizeof(room->path), "%s", path);
	room->last = &room->first;
	fault_read_durable(room);
	return room;
}

static void fault_note(struct fault_disk_file *d, sqlite3_int64 at, const void *data, int size)
{
	struct fault_change *c = d && fault.kind == FAULT_POWER ? calloc(1, sizeof(*c)) : NULL;

	if (!c)
		return;
	c->at = at;
	c->size = size;
	if (data) {
		c->data = malloc((size_t)size + 1);
		memcpy(c->data, data, (size_t)size);
	}
	*d->last = c;
	d->last = &c->next;
}

/* Every file as it may be after the power went: what was synced, and some of what came later. */
static void fault_power_off(void)
{
	for (int i = 0; i < FAULT_FILES; i++) {
		struct fault_disk_file *d = &fault.files[i];
		int fd = *d->path ? open(d->path, O_RDWR | O_CLOEXEC) : -1;

		if (fd < 0)
			continue;
		if (ftruncate(fd, 0) || pwrite(fd, d->durable, d->size, 0) != (ssize_t)d->size)
			abort();
		for (struct fault_change *c = d->first; c; c = c->next) {
			fault.seed = fault.seed * 6364136223846793005ull + 1442695040888963407ull;
			if (fault.seed >> 63)
				continue;
			if (c->data ? pwrite(fd, c->data, (size_t)c->size, c->at) != c->size : ftruncate(fd, c->at))
				abort();
		}
		close(fd);
	}
}

/* ---- calls ---- */

/* The result of this call when it is to fail, else SQLITE_OK. A full disk fails only what needs room. */
static int fault_call(int error)
{
	bool now = !fault.dead && fault.kind != FAULT_NONE && ++fault.calls == fault.at;

	fault.dead |= now && fault.kind >= FAULT_FULL;
	if (!now && !fault.dead)
		return SQLITE_OK;
	if (fault.kind == FAULT_FULL)
		return error == SQLITE_IOERR_WRITE ? SQLITE_FULL : SQLITE_OK;
	return error;
}

static int fault_write(sqlite3_file *f, const void *data, int size, sqlite3_int64 at)
{
	int r = fault_call(SQLITE_IOERR_WRITE);

	if (r && (fault.kind == FAULT_SHORT || fault.kind == FAULT_FULL) && !(fault.dead && fault.calls != fault.at))
		REAL(f)->pMethods->xWrite(REAL(f), data, size / 2, at);
	if (r)
		return r;
	fault_note(DISK(f), at, data, size);
	return REAL(f)->pMethods->xWrite(REAL(f), data, size, at);
}

static int fault_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int r = fault_call(SQLITE_IOERR_TRUNCATE);

	if (r)
		return r;
	fault_note(DISK(f), size, NULL, 0);
	return REAL(f)->pMethods->xTruncate(REAL(f), size);
}

static int fault_sync(sqlite3_file *f, int flags)
{
	int r = fault_call(SQLITE_IOERR_FSYNC);

	(void)flags;
	if (!r && DISK(f) && fault.kind == FAULT_POWER)
		fault_read_durable(DISK(f));
	return r;
}

static int fault_close(sqlite3_file *f)
{
	return REAL(f)->pMethods->xClose(REAL(f));
}

#define PASS(name, args, ...)                                                                                          \
	static int fault_##name args                                                                                   \
	{                                                                                                              \
		return REAL(f)->pMethods->x##name(__VA_ARGS__);                                                        \
	}
PASS(Read, (sqlite3_file * f, void *p, int n, sqlite3_int64 at), REAL(f), p, n, at)
PASS(FileSize, (sqlite3_file * f, sqlite3_int64 *n), REAL(f), n)
PASS(Lock, (sqlite3_file * f, int how), REAL(f), how)
PASS(Unlock, (sqlite3_file * f, int how), REAL(f), how)
PASS(CheckReservedLock, (sqlite3_file * f, int *out), REAL(f), out)
PASS(FileControl, (sqlite3_file * f, int op, void *arg), REAL(f), op, arg)
PASS(SectorSize, (sqlite3_file * f), REAL(f))
PASS(DeviceCharacteristics, (sqlite3_file * f), REAL(f))
PASS(ShmMap, (sqlite3_file * f, int page, int size, int extend, void volatile **p), REAL(f), page, size, extend, p)
PASS(ShmLock, (sqlite3_file * f, int at, int n, int flags), REAL(f), at, n, flags)
PASS(ShmUnmap, (sqlite3_file * f, int erase), REAL(f), erase)
#undef PASS

static void fault_ShmBarrier(sqlite3_file *f)
{
	REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static const sqlite3_io_methods fault_methods = {
	.iVersion = 2,
	.xClose = fault_close,
	.xRead = fault_Read,
	.xWrite = fault_write,
	.xTruncate = fault_truncate,
	.xSync = fault_sync,
	.xFileSize = fault_FileSize,
	.xLock = fault_Lock,
	.xUnlock = fault_Unlock,
	.xCheckReservedLock = fault_CheckReservedLock,
	.xFileControl = fault_FileControl,
	.xSectorSize = fault_SectorSize,
	.xDeviceCharacteristics = fault_DeviceCharacteristics,
	.xShmMap = fault_ShmMap,
	.xShmLock = fault_ShmLock,
	.xShmBarrier = fault_ShmBarrier,
	.xShmUnmap = fault_ShmUnmap,
};

static int fault_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *f, int flags, int *out)
{
	struct fault_file *file = (struct fault_file *)f;
	int r;

	(void)vfs;
	file->real = (sqlite3_file *)(file + 1);
	file->disk = path ? fault_disk_of(path) : NULL;
	r = fault.real->xOpen(fault.real, path, file->real, flags, out);
	f->pMethods = file->real->pMethods ? &fault_methods : NULL;
	return r;
}

static int fault_delete(sqlite3_vfs *vfs, const char *path, int sync_directory)
{
	int r = fault_call(SQLITE_IOERR_DELETE);

	(void)vfs;
	(void)sync_directory;
	r = r ? r : fault.real->xDelete(fault.real, path, 0);
	if (!r)
		fault_read_durable(fault_disk_of(path));
	return r;
}

/* ---- the test's side ---- */

static void fault_install(void)
{
	fault.real = sqlite3_vfs_find(NULL);
	fault.vfs = *fault.real;
	fault.vfs.zName = "fault";
	fault.vfs.szOsFile = (int)sizeof(struct fault_file) + fault.real->szOsFile;
	fault.vfs.xOpen = fault_open;
	fault.vfs.xDelete = fault_delete;
	sqlite3_vfs_register(&fault.vfs, 1);
}

/* While no file is open: the `at`-th call from here on. */
static void fault_set(enum fault_kind kind, unsigned int at, uint64_t seed)
{
	for (int i = 0; i < FAULT_FILES; i++) {
		fault_forget_changes(&fault.files[i]);
		free(fault.files[i].durable);
		fault.files[i] = (struct fault_disk_file){.last = &fault.files[i].first};
	}
	fault.kind = kind;
	fault.at = at;
	fault.calls = 0;
	fault.seed = seed;
	fault.dead = false;
}

/* While files are open. */
static void fault_heal(void)
{
	fault.kind = FAULT_NONE;
	fault.dead = false;
}
