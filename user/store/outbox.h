/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outboxes: for each output the reports that it has still to get, and its dead letters, which its receiver refused for
 * good. A report stays in the store as long as one of them names it. All but cl_outbox_next, cl_outbox_list and
 * cl_dead_list is the one writer's.
 */
#pragma once

#include "store/store.h"

struct cl_outbox {
	uint64_t id;
	const char *name; /* borrowed, as all texts here */
	uint64_t waiting, dead;
	uint64_t sent, refused, dropped, dead_dropped; /* ever */
	uint64_t last_success, error_time;	       /* wall ns; 0: never */
	const char *error;			       /* "": none ever */
};
int cl_outbox_list(struct cl_store_db *db, int (*each)(void *ctx, const struct cl_outbox *o), void *ctx,
		   struct cl_error *err);
/* The output of that name; made when there is none. */
int cl_outbox_open(struct cl_store_db *db, const char *name, uint64_t *id, struct cl_error *err);
/* Outputs that nobody has any more (`ids` are those that somebody has): what waits for them goes when it is older than
 * `before`, they go when they have nothing left. */
int cl_outbox_tidy(struct cl_store_db *db, const uint64_t *ids, size_t n, uint64_t before, struct cl_error *err);

/* The last report that was put into outboxes; in a store that never had any it begins with what comes next. */
int cl_outbox_posted(struct cl_store_db *db, uint64_t *report, struct cl_error *err);
/* The report, which comes next, goes into the outboxes of these outputs. All or nothing. */
struct cl_posting {
	uint64_t report, time; /* wall ns */
	uint32_t severity;
	const uint64_t *outputs;
	size_t n;
};
int cl_outbox_post(struct cl_store_db *db, const struct cl_posting *p, struct cl_error *err);
/*
 * What comes after the report `after`, in order, at most `limit`: `each` takes the finding over (NULL: what is stored is
 * damaged); not 0 from it ends the walk, the one that it got is taken all the same.
 */
int cl_outbox_next(struct cl_store_db *db, uint64_t output, uint64_t after, size_t limit,
		   int (*each)(void *ctx, uint64_t report, cJSON *finding, size_t bytes), void *ctx,
		   struct cl_error *err);

/* What became of reports of one output. */
struct cl_settled {
	uint64_t report;
	char *reason; /* why it was refused for good; NULL: it is there */
};
struct cl_settlement {
	uint64_t output, time; /* wall ns */
	const struct cl_settled *items;
	size_t n;
	uint64_t dead_max;		   /* dead letters that are kept: older ones give way */
	uint64_t last_success, error_time; /* wall ns; 0: as before */
	char *error;
	uint64_t sent, refused, dead_dropped; /* set */
};
int cl_outbox_settle(struct cl_store_db *db, struct cl_settlement *list, size_t n, struct cl_error *err);
/*
 * Puts out what is older than `before` (wall ns), and of more than `keep` the least severe, the oldest of them first;
 * nothing up to the report `taken`, which is on its way. *dropped: how many.
 */
struct cl_outbox_bound {
	uint64_t output, taken, keep, before;
};
int cl_outbox_trim(struct cl_store_db *db, const struct cl_outbox_bound *b, uint64_t *dropped, struct cl_error *err);
/* All that waits goes, uncounted. */
int cl_outbox_clear(struct cl_store_db *db, uint64_t output, struct cl_error *err);

struct cl_dead_letter {
	const char *output, *finding, *reason;
	uint64_t report, time;
};
/* Oldest first. output NULL: of all. */
int cl_dead_list(struct cl_store_db *db, const char *output, int (*each)(void *ctx, const struct cl_dead_letter *l),
		 void *ctx, struct cl_error *err);
/* Back into the outbox (`retry`), or away and counted as dropped, those of one output (NULL: all), of one finding (NULL:
 * all); *n: how many. */
int cl_dead_settle(struct cl_store_db *db, const char *output, const char *finding, bool retry, uint64_t wall_ns,
		   uint64_t *n, struct cl_error *err);
