/* SPDX-License-Identifier: Apache-2.0 */
/* System call numbers of the tracepoint tier, for the machine that this is built for. */
#pragma once

#include "capture/plan.h"
#include "credlineage/probe.h"

/* Fills the probes' table for the acts that the plan sees at the tracepoint tier. */
void cl_syscalls_fill(const struct cl_plan *plan, uint16_t acts[CL_SYSCALLS]);
