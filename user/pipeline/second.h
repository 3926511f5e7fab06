/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Second hand: files that a process wrote which held a credential (CL_OBS_WRITE), and who of another run reads or
 * executes them. When the value itself is found in what is read, that is a use like any other and needs nothing from
 * here. When it is not, it may have been written in a form that nobody can look through: the lineage has that the reader
 * received it, inferred, and no detector hears of it. What the writer has only like all around it (an inherited
 * variable, something that the program before it read) is not claimed to be in its files: half a build would be.
 *
 * A file is mostly opened to write before its writer comes to the credential (`cp`, `cat store >log`): what it has open
 * for some seconds by then is its writing, too.
 *
 * A function of the stream of observations. Bounded: a writer's oldest file goes first when it has too many, then the
 * oldest of those that nothing is claimed of, then the oldest.
 */
#pragma once

#include "detect/detect.h"
#include "identity/identity.h"
#include "lineage/graph.h"

#define CL_SECOND_FPS 8	      /* credentials claimed of one file */
#define CL_SECOND_WRITER 256u /* files of one writer */
#define CL_SECOND_OPEN_NS 10000000000ull

struct cl_second;
struct cl_second_stats {
	uint64_t files, evicted;
	uint64_t passed; /* reads and executions by another run */
};

int cl_second_new(struct cl_second **out, size_t max);
void cl_second_free(struct cl_second **p);
/* Takes every observation, after identity, judgement and graph took it. 0 or -ENOMEM. */
int cl_second_take(struct cl_second *t, const struct cl_observation *obs, struct cl_process *actor,
		   struct cl_identity *identity, struct cl_detect *detect, struct cl_graph *graph);
/* The file's writer (*writer) held a credential, or one lay in it. */
bool cl_second_is_held(const struct cl_second *t, uint64_t ino, uint32_t dev, struct cl_process_key *writer);
/* Whether the observation is about such a file: what lies in it comes and goes, and nothing takes another's place. */
bool cl_second_knows(const struct cl_second *t, const struct cl_observation *obs);
const struct cl_second_stats *cl_second_stats(const struct cl_second *t);
