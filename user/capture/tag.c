/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/tag.h"

/* Beside the probes: what they set at the same time is for the same process, and is answered anew with its next act. */
void cl_tag_answer(volatile struct cl_tag *tags, struct cl_process_key process, uint64_t at, enum cl_tag_state state)
{
	volatile struct cl_tag *t = &tags[process.tgid % CL_TAG_PLACES];

	if (t->tgid == process.tgid && t->start == process.start) {
		if (state >= t->state || at >= t->since)
			t->state = state;
	} else if (state != CL_TAG_NONE) {
		t->state = CL_TAG_NONE;
		t->start = process.start;
		t->since = 0;
		t->tgid = process.tgid;
		t->window = t->told = 0;
		t->state = state;
	}
}
