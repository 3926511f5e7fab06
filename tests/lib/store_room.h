/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of its own for each test of what the store keeps. */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "store/store.h"

struct room {
	char dir[64], path[128];
	struct cl_store_db *db; /* NULL until it is opened */
};

static int enter(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	assert_non_null(room);
	snprintf(room->dir, sizeof(room->dir), "/tmp/cl-store-XXXXXX");
	assert_non_null(mkdtemp(room->dir));
	snprintf(room->path, sizeof(room->path), "%s/credlineage.db", room->dir);
	*state = room;
	return 0;
}

static int leave(void **state)
{
	struct room *room = *state;
	char command[256];

	cl_store_close(&room->db);
	snprintf(command, sizeof(command), "rm -rf '%s'", room->dir);
	assert_int_equal(system(command), 0);
	free(room);
	return 0;
}

static inline void reopen(struct room *room, enum cl_store_mode mode)
{
	struct cl_error err = {0};

	cl_store_close(&room->db);
	if (cl_store_open(&room->db, room->path, mode, &err))
		fail_msg("%s", err.text);
}
