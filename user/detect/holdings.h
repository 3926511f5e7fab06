/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who held what: credential -> uses per run, and process -> credentials held. Bounded on every side:
 *   credentials  the least recently active goes with its uses;
 *   uses         within a credential: first the oldest of a workflow that has another use, then the oldest, so that
 *                many runs of one workflow never push out the only use of another;
 *   holders      the least recently active process;
 *   acts         within a use: the least recent that is neither the strongest nor the latest.
 */
#pragma once

#include "detect/detector.h"

#define CL_HELD_MAX 64	      /* credentials that one process may hold */
#define CL_HOLDERS_MAX 65536u /* processes */

#define CL_SOURCE_GAVE 29    /* its memory: a program that it started has it in its environment or arguments */
#define CL_SOURCE_REACHED 30 /* not a place, but a process that holds it; 31 is taken (holders.c) */

struct cl_held {
	uint8_t fp[CL_FP_SIZE];
	uint32_t sources; /* bit 1 << enum cl_source; see holders.c for what a program before had */
	bool own;	  /* it came to it itself, not with the fork */
	uint8_t came;	  /* enum cl_came: how it came to the present image */
};

/* A process that holds something. */
struct cl_holder {
	struct cl_process_key key;
	struct cl_held *held;
	size_t n;
	struct cl_snapshot *snapshot; /* of its present image; NULL: not made yet */
	UT_hash_handle hh;
};

struct cl_holdings {
	struct cl_credential *credentials;
	struct cl_holder *holders;
	size_t max_credentials, max_uses;
	struct cl_detect_stats *stats;
	/* Told before a use goes, so that what waits to be reported about it goes out first. */
	void (*evicting)(void *ctx, const struct cl_use *u);
	void *ctx;
};

void cl_holdings_free(struct cl_holdings *h);

struct cl_credential *cl_holdings_credential(const struct cl_holdings *h,
					     const uint8_t fp[CL_FP_SIZE]); /* NULL: none */
/* Enters or completes from a sighting and makes it the most recent. 0 or -ENOMEM. */
int cl_holdings_enter(struct cl_holdings *h, const struct cl_sighting *s, uint64_t when, struct cl_credential **out);
struct cl_use *cl_credential_use(const struct cl_credential *c, const char *run_id); /* NULL: none */

/* A use of `c` in `run`, made when it is the first; *out becomes the most recent. */
int cl_holdings_use(struct cl_holdings *h, struct cl_credential *c, const struct cl_run *run,
		    const struct cl_host *host, struct cl_use **out);
/* A use that belongs to no credential. */
int cl_use_alone(const struct cl_run *run, const struct cl_host *host, struct cl_use **out);
/* Enters an act (copied): a repeat of a known one is counted. */
int cl_use_act(struct cl_use *u, const struct cl_act *act);
/* An inheritance like one that is known, by whatever process: counts it and says true. */
bool cl_use_count_heir(struct cl_use *u, const struct cl_act *act);
int cl_use_destination(struct cl_use *u, const struct cl_destination *d);

struct cl_holder *cl_holdings_holder(const struct cl_holdings *h, struct cl_process_key key); /* NULL: holds nothing */
void cl_holdings_touch(struct cl_holdings *h, struct cl_holder *p); /* it acted: the most recent */
int cl_holdings_hold(struct cl_holdings *h, struct cl_process_key key, const uint8_t fp[CL_FP_SIZE], uint32_t source);
/* Where the process has it from, as bits; 0: it does not hold it. */
uint32_t cl_holder_sources(const struct cl_holder *holder, const uint8_t fp[CL_FP_SIZE]);
/*
 * It read it, or was given it: as an argument, or in a variable that its parent does not carry. A variable that it has
 * like all around it, and what the program before it had, are not in its hand.
 */
bool cl_held_is_in_hand(const struct cl_held *held, const struct cl_holder *parent);
/* How it came to the program that runs now; a child that only forked runs the same one. */
void cl_holdings_came(struct cl_holdings *h, struct cl_process_key key, const uint8_t fp[CL_FP_SIZE], uint32_t came);
uint32_t cl_holder_came(const struct cl_holder *holder, const uint8_t fp[CL_FP_SIZE]);
/* The process holds it in a variable. */
bool cl_holder_carries(const struct cl_holder *holder, const uint8_t fp[CL_FP_SIZE]);
/* All that is known is that it gave it away: it may not use it itself. */
bool cl_held_is_given(const struct cl_held *held);
/* Not it, but the program that the process ran before, had it. */
bool cl_holder_had(const struct cl_holder *holder, const uint8_t fp[CL_FP_SIZE]);
int cl_holdings_copy(struct cl_holdings *h, struct cl_process_key from, struct cl_process_key to);
/* A new image: memory is gone, what was read is only had before; `keep_environment` when the new environment could not be seen whole. */
void cl_holdings_exec(struct cl_holdings *h, struct cl_process_key key, bool keep_environment);
void cl_holdings_drop(struct cl_holdings *h, struct cl_process_key key);
