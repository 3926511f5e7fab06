/* SPDX-License-Identifier: Apache-2.0 */
/* Userspace's half of the tags of holders (struct cl_tag), in memory that the probes write to at the same time. */
#pragma once

#include "credlineage/event.h"
#include "credlineage/probe.h"
#include "event/observation.h"

/* What is known of the process after an act of it at `at` (boot ns). `tags`: CL_TAG_PLACES of them. */
void cl_tag_answer(volatile struct cl_tag *tags, struct cl_process_key process, uint64_t at, enum cl_tag_state state);
