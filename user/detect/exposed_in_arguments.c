/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A credential stands on a command line, where every process of the host can read it (and the shell's history and many
 * logs keep it): always Low, whatever its class. One finding per credential and workflow. That a child repeats what
 * stands on the command line of a process above it (sudo, sh -c, a wrapper) is no further exposure.
 */
#include "detect/detector.h"

#define ABOVE 32

static bool repeats_above(const struct cl_detect *d, const struct cl_use *use)
{
	const struct cl_act *a = cl_use_last(use);
	const struct cl_process *p = a->process ? cl_detect_process(d, a->process->key) : NULL;

	/* The process itself, before it executed what it runs now. */
	for (size_t i = 0; p && i < use->n_acts; i++)
		if (i != use->last && use->acts[i].how == CL_USE_ARGUMENTS && use->acts[i].process &&
		    cl_key_equal(use->acts[i].process->key, p->key))
			return true;
	p = p ? p->parent : NULL;
	for (size_t n = 0; p && n < ABOVE; n++, p = p->parent)
		if (cl_detect_has_in(d, p->key, use->credential, CL_SOURCE_ARGUMENTS))
			return true;
	return false;
}

static int on_use(struct cl_detect *d, void *state, const struct cl_use *use)
{
	struct cl_fact fact = {
		.compared = {use->run.workflow},
		.credential = use->credential,
		.sides = {use},
		.latest = {true},
		.severity = CL_SEVERITY_LOW,
	};

	(void)state;
	if (cl_use_last(use)->how != CL_USE_ARGUMENTS || repeats_above(d, use))
		return 0;
	return cl_detect_report(d, &cl_detector_exposed_in_arguments, &fact);
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	int r = cl_say_credential(out, fact->credential);

	r = r ? r : cl_text_puts(out, " stands on a command line, for every process of this host to read: in ");
	return r ? r : cl_say_side(out, fact, 0);
}

const struct cl_detector cl_detector_exposed_in_arguments = {
	.id = "exposed-in-arguments",
	.title = "Credential on a command line",
	.use = on_use,
	.describe = describe,
};
