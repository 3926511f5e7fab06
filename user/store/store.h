/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded store: one SQLite database (WAL) in the state directory with nodes, edges, findings and reports.
 * One writer (the output thread); readers open it read-only and never block it. A connection belongs to one thread. A finding is durable before it is sent:
 * cl_store_report commits with synchronous=FULL; batches commit with NORMAL.
 *
 * Reports are append-only (one per creation or update of a finding); an outbox names those that an output has still to
 * get (store/outbox.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"
#include "lineage/graph.h"

#define CL_STORE_SCHEMA 5

/* Names of small values (cl_store_set) that the query reads, both JSON objects: the host as findings name it
 * ({"id","name","boot_id"}) and the coverage as findings have it. */
#define CL_STORE_HOST "host"
#define CL_STORE_COVERAGE "coverage"
#define CL_STORE_KEYS "fingerprint_keys" /* which keys made its fingerprints (monitor/keys.h) */

struct cl_store_db;

enum cl_store_mode {
	CL_STORE_READ = 0,
	CL_STORE_WRITE = 1,  /* creates; takes an exclusive lock (-EBUSY: another monitor has it) */
	CL_STORE_FOLLOW = 2, /* as READ, with little memory: for one of many that read a row now and then */
};

/* `path`: the database file. Foreign or newer files are an error that says what to do; they are not touched. */
int cl_store_open(struct cl_store_db **out, const char *path, enum cl_store_mode mode, struct cl_error *err);
void cl_store_close(struct cl_store_db **p);

/*
 * Damage of our own file is -EPROTO wherever it shows. check: before the first write; every page of a store that is not
 * too large for it. set_aside: the closed store and its log under a name with the time, "PATH.damaged-TIME"; nothing is
 * ever overwritten.
 */
int cl_store_check(struct cl_store_db *db, struct cl_error *err);
int cl_store_set_aside(const char *path, uint64_t wall_ns, char *aside, size_t size, struct cl_error *err);

/* All of the batch or nothing. */
int cl_store_write(struct cl_store_db *db, const struct cl_batch *batch, struct cl_error *err);
uint64_t cl_store_skipped(const struct cl_store_db *db); /* edges of which a node never got here */

/*
 * One transaction, which is on the disk when it returns 0: all that `body` does with the store, or nothing when it (or
 * the commit) fails. `body` has to give back each error that it gets. Within another one it is part of that.
 */
int cl_store_durably(struct cl_store_db *db, int (*body)(struct cl_store_db *db, void *arg, struct cl_error *err),
		     void *arg, struct cl_error *err);
/* Stores the native finding (its shape: detect/detect.h) and appends a report; *seq gets its number. */
int cl_store_report(struct cl_store_db *db, const cJSON *finding, uint64_t *seq, struct cl_error *err);
/* The next report after `seq`: 1 and *out (caller frees), 0 none. */
int cl_store_next_report(struct cl_store_db *db, uint64_t after, uint64_t *seq, cJSON **out, struct cl_error *err);

int cl_store_last_report(struct cl_store_db *db, uint64_t *seq, struct cl_error *err); /* 0: none ever */
/* Up to this one, some of them at a time; what an outbox or a dead letter names stays. */
int cl_store_forget_reports(struct cl_store_db *db, uint64_t through, struct cl_error *err);

/* Findings, newest last. id or any unique prefix of it. */
int cl_store_finding(struct cl_store_db *db, const char *id, cJSON **out, struct cl_error *err); /* -ENOENT */
struct cl_finding_filter {
	uint64_t since;					       /* wall ns; 0: all */
	const char *detector, *severity_at_least, *credential; /* NULL: all; credential: may be a prefix, "": none */
};
/* The number of a severity ("Low" 2 ... "Critical" 5), 0: no such name. */
uint32_t cl_store_severity(const char *name);
int cl_store_findings(struct cl_store_db *db, const struct cl_finding_filter *filter,
		      int (*each)(void *ctx, const cJSON *finding), void *ctx, struct cl_error *err);

/* Small values by name (clean-stop mark, host id). get: 0 and *out (caller frees), -ENOENT. */
int cl_store_set(struct cl_store_db *db, const char *name, const char *value);
int cl_store_get(struct cl_store_db *db, const char *name, char **out);

/*
 * Retention, one bounded step of a sweep: forgets acts and findings that were last seen before these times, and what
 * only they needed. What the lineage of a finding needs stays as long as the finding. used: bytes of the database
 * without free pages.
 */
struct cl_sweep {
	uint64_t acts_before, findings_before; /* wall ns; the same through one sweep */
	int64_t next;			       /* where the next step goes on; 0: a new sweep begins there */
	uint64_t removed;		       /* rows, of all sweeps */
};
int cl_store_forget(struct cl_store_db *db, struct cl_sweep *sweep, struct cl_error *err);
int cl_store_size(struct cl_store_db *db, uint64_t *used, struct cl_error *err);

/* What a reader asks for from now on lies here and there: reading a page at a time, which maps no pages around it, costs
 * less than the mapping that is best for going through much of the store. */
void cl_store_scatter(struct cl_store_db *db);
/* Between the two every reading sees one and the same state of the store, whatever is written meanwhile. */
int cl_store_hold(struct cl_store_db *db, struct cl_error *err);
void cl_store_release(struct cl_store_db *db);

/* Walks nodes of one kind / edges of one node, for query.c and for picking up where the last monitor stopped. */
/* A callback may read on; what is not 0 from it ends the walk and is returned. */
int cl_store_node(struct cl_store_db *db, const char *id, int (*each)(void *ctx, const struct cl_node *n), void *ctx);
int cl_store_nodes(struct cl_store_db *db, uint32_t kind, int (*each)(void *ctx, const struct cl_node *n), void *ctx);
enum cl_direction { CL_OUT = 1, CL_IN = 2, CL_BOTH = 3 };
int cl_store_edges(struct cl_store_db *db, const char *node, enum cl_direction direction,
		   int (*each)(void *ctx, const struct cl_edge *e), void *ctx);
/* Nodes whose id matches the pattern ('*' any run of characters), by id. */
int cl_store_match(struct cl_store_db *db, const char *pattern, int (*each)(void *ctx, const struct cl_node *n),
		   void *ctx);
/*
 * A credential's node is called by its first fingerprint; here are its later ones (pipeline/aliases.h), those that begin
 * with `prefix`, in the order in which they came.
 */
struct cl_alias {
	const char *fingerprint, *key_id;	    /* the later one */
	const char *credential, *credential_key_id; /* the first, which is the node's id */
};
int cl_store_aliases(struct cl_store_db *db, const char *prefix, int (*each)(void *ctx, const struct cl_alias *a),
		     void *ctx);
/* The node id of a finding's credential; "": it has none. */
const char *cl_finding_credential(const cJSON *finding);
/* How many edges a node has, counted up to `limit` in each direction. */
int cl_store_degree(struct cl_store_db *db, const char *node, uint64_t limit, uint64_t *out);
/* The runs whose processes held the credential, by their beginning. */
int cl_store_runs_of(struct cl_store_db *db, const char *credential, int (*each)(void *ctx, const struct cl_node *run),
		     void *ctx);
/* How many holdings of a credential there are: a read, a variable, an argument, a descriptor of one process each. */
int cl_store_holders(struct cl_store_db *db, const char *credential, uint64_t *out, struct cl_error *err);
