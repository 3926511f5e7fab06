/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `credlineage outputs status`: how each output is doing. Of a running monitor:
 *   {"name","state","next_try","waiting","sent","refused","dropped","failures","dead_letters","dead_letters_dropped",
 *    "last_success","error_time","error",
 *    "events":{"waiting","sent","refused","dropped"} since the monitor's start, of an output that asks for events}
 * Without one, what the store knows: state "stopped", no failures, no events.
 */
#pragma once

#include "command/command.h"
#include "store/store.h"

int cl_outputs_store(struct cl_store_db **db, const struct cl_common *common, enum cl_store_mode mode,
		     struct cl_error *err);
/* Of the running monitor, else of the store; *is_running may be NULL. The caller frees *out. */
int cl_outputs_gather(const struct cl_common *common, cJSON **out, bool *is_running, struct cl_error *err);
int cl_outputs_show(const struct cl_common *common, const char *only); /* NULL: all; an exit status */
void cl_outputs_line(const cJSON *o);				       /* one JSON object on a line */
