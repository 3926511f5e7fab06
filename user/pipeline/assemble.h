/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joins what one process reads of one file piece by piece, so that a credential which lies across two reads is seen,
 * and none is taken for whole that goes on in the next read. Few readers in secure memory, the one that read longest
 * ago gives way; each keeps at most CL_ASSEMBLE_KEEP bytes of what came before.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "credlineage/event.h"
#include "event/event.h"
#include "event/observation.h"

#define CL_ASSEMBLE_KEEP 8192

struct cl_assembler;
int cl_assembler_new(struct cl_assembler **out);
void cl_assembler_free(struct cl_assembler **p); /* wipes */

struct cl_assembled {
	struct cl_view text; /* what can be looked at now; dead after the next call */
	uint32_t line;	     /* of the text's first byte, 0: not known */
	bool from_start;     /* the reader has had everything from the file's first byte on */
	void *slot;
};

/*
 * One read of a process: its content, at most `length` bytes of it. `last`: nothing follows in the file.
 * Without `last` the unfinished word at the end is held back for the next call.
 */
void cl_assemble(struct cl_assembler *a, struct cl_process_key process, const struct cl_event *read, bool last,
		 struct cl_assembled *out);
/* Leaves in s (n entries) those that this reader's earlier texts did not have already; returns how many. */
size_t cl_assembled_news(const struct cl_assembled *a, struct cl_sighting *s, size_t n);
/* After the text was looked at: wipes what no further read can continue. */
void cl_assembled_done(const struct cl_assembled *done, bool last);
/* Wipes what was read before that and was not read on. */
void cl_assembler_forget(struct cl_assembler *a, uint64_t before);
uint64_t cl_assembler_evicted(const struct cl_assembler *a); /* readers that gave way unfinished */
