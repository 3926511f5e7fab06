/* SPDX-License-Identifier: Apache-2.0 */
/* A lineage: the part of the stored graph around a focus, and what was left out of it. */
#pragma once

#include "lineage/shape.h"
#include "store/store.h"

#define CL_LINEAGE_SCHEMA "credlineage.lineage/1"

enum cl_lineage_direction {
	CL_LINEAGE_BOTH = 0,
	CL_LINEAGE_ORIGINS, /* where it came from: what a process took and from whom, where a credential lies, who had it first */
	CL_LINEAGE_CONSEQUENCES, /* where it went from there: holders, children, receivers, destinations; no act from before */
};

struct cl_lineage_query {
	const char *credential, *process, *run, *workflow, *finding, *destination; /* exactly one focus, as typed */
	uint64_t pid, at;      /* 0: none; the process that had the number at that wall time, 0: had it last */
	uint64_t since, until; /* wall ns, 0: open */
	unsigned int depth;    /* 0: default, 2 */
	enum cl_lineage_direction direction;
	bool blast_radius;
	/* For who only writes the lineage out: its nodes (but credentials) and edges come as finished text (cJSON_Raw) and
	 * nothing can be looked up in them. */
	bool written;
	void (*progress)(void *ctx, size_t nodes, size_t edges); /* called now and then; may be NULL */
	void *progress_ctx;
};

/*
 * *out: a cJSON object of schema credlineage.lineage/1 (caller frees), nodes and edges sorted by id. Ancestors of
 * every process found are included up to the first process. Bounded; what was left out is said in `gaps` and
 * `complete`. -ENOENT with a text when the focus is not in the store, -ENOTUNIQ when it means several things,
 * -EINVAL when it means nothing.
 *
 * blast_radius: what the credentials of the focus reached: those that it is, else those that it held or that were used
 * there. {"credentials":[ids], "runs":[{"id","label","workflow","host","first","last","basis"}], "hosts":[{"id","label"}],
 *  "files":[{"id","label","basis"}], "destinations":[{"id","label","first","last","basis"}],
 *  "also_held":[{"id","label","provider","class","runs":[ids]}]}, each by id. first and last of a run are of holding; a
 * destination is one where a credential was used or where a holder went after it had it.
 *
 * gaps: {"kind":"limit","what":"nodes|edges|findings|processes" or a list of blast_radius,"limit"}
 *       {"kind":"summarised","node","edges"}: so many of its edges (counted up to 100000) were not gone through
 *       {"kind":"unknown_parent","node"}   {"kind":"loss","act","stage","count"}   {"kind":"coverage","detail"}
 */
int cl_lineage(struct cl_store_db *db, const struct cl_lineage_query *q, cJSON **out, struct cl_error *err);
/* The one credential that is meant by what somebody typed: its node id (caller frees). Errors as of cl_lineage. */
int cl_lineage_credential(struct cl_store_db *db, const char *typed, char **id, struct cl_error *err);
/* Likewise the workflows that are meant by a name, each given by its node id. */
int cl_lineage_workflows(struct cl_store_db *db, const char *typed, int (*each)(void *ctx, const char *id), void *ctx,
			 struct cl_error *err);
