/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store with a small world in it, for tests of what is asked of a store: names are the node ids, every edge is put with
 * its time. The room's `out` is the last answer.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "query/query.h"

#define DAY (86400 * CL_NS_PER_S)
#define NOON (20000 * DAY)

struct room {
	char dir[64], path[128];
	struct cl_store_db *db;
	struct cl_graph *g;
	cJSON *out;
};

static inline void put_with(struct room *room, uint32_t kind, const char *id, uint64_t when, const char *attrs)
{
	assert_int_equal(cl_graph_node(room->g, kind, id, id, when, cJSON_Parse(attrs)), 0);
}

static inline void put(struct room *room, uint32_t kind, const char *id)
{
	put_with(room, kind, id, NOON, "{\"x\":1}");
}

static inline void join(struct room *room, const char *source, uint32_t kind, const char *target, uint64_t when)
{
	assert_int_equal(cl_graph_edge(room->g, kind, source, target, when, CL_BASIS_OBSERVED, NULL), 0);
}

static inline void flush(struct room *room)
{
	struct cl_batch *b = NULL;

	while (!cl_graph_take(room->g, 1000, &b) && b) {
		assert_int_equal(cl_store_write(room->db, b, NULL), 0);
		cl_batch_free(&b);
	}
}

/* A process in a run, as user 0, child of `parent`. */
static inline void put_process(struct room *room, const char *id, const char *parent, const char *run)
{
	put(room, CL_NODE_PROCESS, id);
	join(room, id, CL_EDGE_RAN_AS, "user:h:0", NOON);
	if (run)
		join(room, id, CL_EDGE_PART_OF, run, NOON);
	if (parent)
		join(room, parent, CL_EDGE_SPAWNED, id, NOON);
}

static inline void put_run(struct room *room, const char *id, const char *workflow)
{
	put(room, CL_NODE_RUN, id);
	put(room, CL_NODE_WORKFLOW, workflow);
	join(room, id, CL_EDGE_PART_OF, workflow, NOON);
	join(room, id, CL_EDGE_PART_OF, "run:h:host", NOON);
}

static inline struct room *room_new(void)
{
	struct room *room = calloc(1, sizeof(*room));

	assert_non_null(room);
	snprintf(room->dir, sizeof(room->dir), "/tmp/cl-query-XXXXXX");
	assert_non_null(mkdtemp(room->dir));
	snprintf(room->path, sizeof(room->path), "%s/credlineage.db", room->dir);
	assert_int_equal(cl_graph_new(&room->g, 100000, 100000), 0);
	assert_int_equal(cl_store_open(&room->db, room->path, CL_STORE_WRITE, NULL), 0);
	assert_int_equal(
		cl_store_set(room->db, CL_STORE_COVERAGE,
			     "{\"complete\":true,\"acts\":[{\"act\":\"exec\",\"tier\":\"tp_btf\"}],\"lost\":[]}"),
		0);
	assert_int_equal(cl_store_set(room->db, CL_STORE_HOST, "{\"id\":\"h\",\"name\":\"box\",\"boot_id\":\"b\"}"), 0);
	return room;
}

static inline int room_leave(void **state)
{
	struct room *room = *state;
	char command[128];

	cJSON_Delete(room->out);
	cl_store_close(&room->db);
	cl_graph_free(&room->g);
	snprintf(command, sizeof(command), "rm -rf '%s'", room->dir);
	assert_int_equal(system(command), 0);
	free(room);
	return 0;
}

static inline void ask(struct room *room, struct cl_lineage_query q)
{
	struct cl_error err = {0};

	cJSON_Delete(room->out);
	room->out = NULL;
	if (cl_lineage(room->db, &q, &room->out, &err))
		fail_msg("%s", err.text);
}

static inline const cJSON *gap(struct room *room, const char *kind)
{
	const cJSON *g;

	cJSON_ArrayForEach (g, cl_json_at(room->out, "gaps")) {
		if (!strcmp(cl_json_get_str(g, "kind"), kind))
			return g;
	}
	return NULL;
}
