/* SPDX-License-Identifier: Apache-2.0 */
#include "event/run_kind.h"

#include <string.h>

#include "base/cleanup.h"

static const char *const kind_names[] = {
	[CL_RUN_HOST] = "host",		  [CL_RUN_SESSION] = "session",	  [CL_RUN_UNIT] = "unit",
	[CL_RUN_CONTAINER] = "container", [CL_RUN_POD] = "pod",		  [CL_RUN_CI_JOB] = "ci-job",
	[CL_RUN_AGENT] = "agent",	  [CL_RUN_DECLARED] = "declared", [CL_RUN_BATCH] = "batch",
};

const char *cl_run_kind_name(uint32_t kind)
{
	return kind < ARRAY_SIZE(kind_names) && kind_names[kind] ? kind_names[kind] : "unknown";
}

uint32_t cl_run_kind_parse(const char *name)
{
	for (uint32_t i = CL_RUN_HOST; i < ARRAY_SIZE(kind_names); i++)
		if (!strcmp(name, kind_names[i]))
			return i;
	return 0;
}
