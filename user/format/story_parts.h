/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a story that are written in files of their own. */
#pragma once

#include "format/pen.h"

/* Which side came first; a side that is not there is NULL. */
struct cl_sides {
	const cJSON *first, *then;
};

const char *cl_story_name(const cJSON *process); /* for people; not escaped */
/* " read it from x": what follows a process's name. `how` as in a side's use. */
void cl_story_act(struct cl_pen *p, const cJSON *act, const char *how);

/* "Workflow deploy (run 7) had it first. sshd started bash, which started cat. At ... cat (pid 4, uid 0) read it from x." */
void cl_story_sides(struct cl_pen *p, const struct cl_sides *sides, bool acts);
/* How it got from the one to the other, as far as was seen. */
void cl_story_passage(struct cl_pen *p, const cJSON *finding, const struct cl_sides *sides);
/* What else was done with it; of destinations all. */
void cl_story_further(struct cl_pen *p, const cJSON *finding);

/* The numbered list of what to do. */
void cl_story_next(struct cl_pen *p, const cJSON *finding, const struct cl_sides *sides);
