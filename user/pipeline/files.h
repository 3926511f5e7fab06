/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of the files that hold credentials, by inode: their store and path (a later event may carry none, or
 * another name of the same file) and the credentials of the version that was read last. Bounded: the file that was
 * touched longest ago goes first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/table.h"
#include "credential/credential.h"
#include "credlineage/event.h"
#include "event/observation.h"

#define CL_FILE_SIGHTINGS 64 /* of one version */

struct cl_inode_id {
	uint64_t ino;
	uint64_t dev; /* as wide as the rest: no padding in a key */
};

struct cl_known_file {
	struct cl_inode_id id;
	uint32_t generation;
	const struct cl_store *store; /* NULL: none claims its path */
	char *path;		      /* escaped; NULL: not known */
	char *asked;		      /* another name that it was opened by, escaped, and by whom; NULL: none */
	struct cl_process_key asked_by;
	uint64_t ctime, size; /* the version that sightings and complete speak of */
	bool complete;	      /* all of it that is ever carried was scanned */
	bool elsewhere; /* opened last where no store is, with no other name: moved, mounted, or its number taken over */
	struct cl_sighting *sightings;
	size_t n_sightings;
	UT_hash_handle hh;
};

struct cl_files {
	struct cl_known_file *table;
	size_t max;
	uint64_t evicted;
};

void cl_files_clear(struct cl_files *t);
/* NULL: not known. An entry of another generation is another file and is dropped. */
struct cl_known_file *cl_files_find(struct cl_files *t, const struct cl_file *file);
struct cl_known_file *cl_files_enter(struct cl_files *t, const struct cl_file *file); /* NULL: out of memory */
int cl_known_file_name(struct cl_known_file *f, const struct cl_store *store, const char *path);
/* The name that the process opened it by: remembered when it is another one than the file's own. */
int cl_known_file_asked(struct cl_known_file *f, const char *asked, struct cl_process_key by);
/* Forgets the credentials of every file, not the files: they are looked at again. */
void cl_files_look_again(struct cl_files *t);
/* Forgets the credentials of another version. */
void cl_known_file_version(struct cl_known_file *f, const struct cl_file *file);
int cl_known_file_add(struct cl_known_file *f, const struct cl_sighting *s, size_t n);
