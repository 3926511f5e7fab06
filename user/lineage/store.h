/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded store: one SQLite database (WAL) in the state directory with nodes, edges, findings and reports.
 * One writer (the output thread); readers open it read-only and never block it. A finding is durable before it is sent:
 * cl_store_report commits with synchronous=FULL; batches commit with NORMAL.
 *
 * Reports are append-only (one per creation or update of a finding); an output's position in them is its outbox.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"
#include "lineage/graph.h"

#define CL_STORE_SCHEMA 1

struct cl_store_db;

enum cl_store_mode {
	CL_STORE_READ = 0,
	CL_STORE_WRITE = 1, /* creates; takes an exclusive lock (-EBUSY: another monitor has it) */
};

/* `path`: the database file. Foreign or newer files are an error that says what to do; they are not touched. */
int cl_store_open(struct cl_store_db **out, const char *path, enum cl_store_mode mode, struct cl_error *err);
void cl_store_close(struct cl_store_db **p);

int cl_store_write(struct cl_store_db *db, const struct cl_batch *batch, struct cl_error *err);

/* Stores the native finding (docs/finding in detect/finding.h) and appends a report; *seq gets its number. */
int cl_store_report(struct cl_store_db *db, const cJSON *finding, uint64_t *seq, struct cl_error *err);
/* The next report after `seq`: 1 and *out (caller frees), 0 none. */
int cl_store_next_report(struct cl_store_db *db, uint64_t after, uint64_t *seq, cJSON **out, struct cl_error *err);

/* Findings, newest last. id or any unique prefix of it. */
int cl_store_finding(struct cl_store_db *db, const char *id, cJSON **out, struct cl_error *err); /* -ENOENT */
struct cl_finding_filter {
	uint64_t since;					       /* wall ns; 0: all */
	const char *detector, *severity_at_least, *credential; /* NULL: all */
};
int cl_store_findings(struct cl_store_db *db, const struct cl_finding_filter *filter,
		      int (*each)(void *ctx, const cJSON *finding), void *ctx, struct cl_error *err);

/* Small values by name (output positions, clean-stop mark, host id). get: 0 and *out (caller frees), -ENOENT. */
int cl_store_set(struct cl_store_db *db, const char *name, const char *value);
int cl_store_get(struct cl_store_db *db, const char *name, char **out);

/* Walks nodes of one kind / edges of one node, for query.c and for picking up where the last monitor stopped. */
int cl_store_node(struct cl_store_db *db, const char *id, int (*each)(void *ctx, const struct cl_node *n), void *ctx);
int cl_store_nodes(struct cl_store_db *db, uint32_t kind, int (*each)(void *ctx, const struct cl_node *n), void *ctx);
enum cl_direction { CL_OUT = 1, CL_IN = 2, CL_BOTH = 3 };
int cl_store_edges(struct cl_store_db *db, const char *node, enum cl_direction direction,
		   int (*each)(void *ctx, const struct cl_edge *e), void *ctx);
