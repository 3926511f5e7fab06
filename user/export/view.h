/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lineage as its converters look at it: its nodes by id, the run that each process stands in, and which findings name
 * a node or an edge. Everything is borrowed from the lineage, which may come from a damaged store: a member that is
 * missing or of another type reads as empty.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <cjson/cJSON.h>

#include "base/text.h"

struct cl_export_node {
	const cJSON *json;
	const char *id, *run, *since; /* run: id of the run that a process became part of last, since then; "" none */
	bool pivotal;		      /* a credential or process that a finding is about: not merely one's ancestor */
};

struct cl_export_mark {
	const char *id, *finding; /* of a node or edge; of the finding that names it */
};

struct cl_export_view {
	const cJSON *lineage;
	struct cl_export_node *nodes; /* sorted by id */
	struct cl_export_mark *marks; /* sorted by id, then finding */
	const char **focus;	      /* ids of the nodes in focus, sorted */
	size_t n_nodes, n_marks, n_focus;
};

int cl_export_view(struct cl_export_view *v, const cJSON *lineage); /* 0, -ENOMEM */
void cl_export_view_end(struct cl_export_view *v);
#define _cleanup_view_ __attribute__((cleanup(cl_export_view_end)))

const struct cl_export_node *cl_export_node(const struct cl_export_view *v, const char *id); /* NULL: none */
const char *cl_export_label(const struct cl_export_view *v, const char *id); /* the id when it has none */
/* The first mark of the id; the others of that id follow it. NULL: no finding names it. */
const struct cl_export_mark *cl_export_marks(const struct cl_export_view *v, const char *id);
/* Every node once, those of one run together, by the runs' ids; the caller frees the array. 0, -ENOMEM. */
int cl_export_by_run(const struct cl_export_view *v, const struct cl_export_node ***out);
bool cl_export_in_focus(const struct cl_export_view *v, const char *id);

/* Second line of a label: what tells one process or run from the next at a glance; "" none. Borrowed. */
const char *cl_export_detail(const cJSON *node);
/* "credential cred:... on HOST (incomplete: 2 gaps)", as it is: the caller escapes it. */
int cl_export_title(const cJSON *lineage, struct cl_text *t);
/* A gap as words: "loss: exec, lost, count 5". */
int cl_export_gap(const cJSON *gap, struct cl_text *t);
/* For people's eyes. Ids and labels are printable already and their backslashes mean something, so those are kept. */
int cl_export_printable(struct cl_text *t, const char *s);
/* A kind for a place where only letters, digits and '_' may stand. */
#define CL_EXPORT_KIND_SIZE 48
char *cl_export_kind(const cJSON *element, char buf[CL_EXPORT_KIND_SIZE]);

/*
 * What is known of a node or edge as one flat object: kind, label, first, last, count, basis, evidence, its attributes,
 * the ids of the `findings` that name it; of a node in focus also `focus`, `complete` and `gaps` (as words). An
 * attribute whose name is taken by a format is called attr_NAME. Values are strings, finite numbers, booleans and arrays
 * of one of them; what else a damaged store holds is there as its JSON text. NULL when out of memory; caller frees.
 */
cJSON *cl_export_properties(const struct cl_export_view *v, const cJSON *element);
/* `complete` and `gaps`; 0, -ENOMEM. */
int cl_export_add_gaps(const cJSON *lineage, cJSON *to);
/* On one line, without a newline; 0, -ENOMEM. */
int cl_export_put(FILE *out, const cJSON *item);
