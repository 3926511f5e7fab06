/* SPDX-License-Identifier: Apache-2.0 */
/* To which piece of work a credential says that it was issued: whoever reads of its use sees whether that fits. */
#include "base/cleanup.h"
#include "detect/engine.h"
#include "event/facts.h"

static const struct {
	const char *fact, *before;
} parts[] = {
	{"workload", " "},
	{"workload_organization", " "},
	{"workload_project", " "},
	{"workload_namespace", " "},
	{"workload_pod", "/"},
	{"workload_instance", " "},
	{"workload_service_account", " service account "},
	{"spiffe_id", " "},
	{"workload_workflow", " workflow "},
	{"workload_run", " run "},
	{"workload_job", " job "},
};

int cl_say_issued(struct cl_text *out, const struct cl_credential *c)
{
	struct cl_fact_line line;
	int r = 0;

	if (!cl_facts_find(c->facts, "workload", &line))
		return 0;
	r = cl_text_puts(out, "; it was issued to");
	for (size_t i = 0; i < ARRAY_SIZE(parts) && !r; i++)
		if (cl_facts_find(c->facts, parts[i].fact, &line))
			r = cl_text_printf(out, "%s%.*s", parts[i].before, (int)line.value_len, line.value);
	return r ? r : cl_text_puts(out, " (declared by the token)");
}
