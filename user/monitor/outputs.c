/* SPDX-License-Identifier: Apache-2.0 */
/* Which outputs there are: the monitor's own, those of the command line, those of the configuration. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "monitor/live_internal.h"

static void add(char **specs, size_t *n, char *spec)
{
	if (*n < CL_LIVE_OUTPUTS)
		specs[(*n)++] = spec;
}

/* Standard output once: as it is asked for, else as suits what is there. */
size_t cl_live_specs(const struct cl_live *l, const struct cl_config *config, char *specs[CL_LIVE_OUTPUTS])
{
	const struct cl_live_options *o = &l->options;
	bool has_stdout = !o->stdout_output;
	size_t n = 0;

	for (size_t i = 0; i < o->n_outputs; i++)
		has_stdout |= cl_starts_with(o->outputs[i], "stdout:");
	for (size_t i = 0; i < config->outputs.n; i++)
		has_stdout |= cl_starts_with(config->outputs.specs[i], "stdout:");
	if (!has_stdout)
		add(specs, &n, (char *)(uintptr_t)o->stdout_output);
	for (size_t i = 0; i < o->n_outputs; i++)
		add(specs, &n, (char *)(uintptr_t)o->outputs[i]);
	for (size_t i = 0; i < config->outputs.n; i++)
		add(specs, &n, config->outputs.specs[i]);
	return n;
}

static void on_act(void *ctx, const cJSON *act)
{
	const struct cl_live *l = ctx;

	cl_delivery_act(cl_writer_delivery(l->writer), act);
}

static bool has_room(void *ctx)
{
	const struct cl_live *l = ctx;

	return cl_delivery_act_room(cl_writer_delivery(l->writer));
}

void cl_live_tell_acts(struct cl_live *l)
{
	bool wanted = cl_delivery_wants_acts(cl_writer_delivery(l->writer));

	cl_detect_tell_acts(cl_pipeline_detect(l->pipeline), wanted ? on_act : NULL, has_room, l);
}

struct job {
	struct cl_delivery *delivery;
	char *specs[CL_LIVE_OUTPUTS];
	size_t n;
};

static void job_free(struct job **p)
{
	for (size_t i = 0; *p && i < (*p)->n; i++)
		free((*p)->specs[i]);
	free(TAKE_PTR(*p));
}

/* On the writer's thread. */
static void take_over(void *ctx, struct cl_store_db *db)
{
	_cleanup_(job_free) struct job *job = ctx;
	struct cl_error err = {0};
	char said[128];

	(void)db;
	if (cl_delivery_reload(job->delivery, job->specs, job->n, said, sizeof(said), &err))
		cl_err("SIGHUP: %s; the outputs of before go on", err.text);
	else
		cl_info("SIGHUP: outputs: %s", said);
}

void cl_live_reload_outputs(struct cl_live *l, const struct cl_config *fresh)
{
	_cleanup_(job_free) struct job *job = calloc(1, sizeof(*job));
	char *specs[CL_LIVE_OUTPUTS];
	size_t n = cl_live_specs(l, fresh, specs);

	if (!job)
		return;
	job->delivery = cl_writer_delivery(l->writer);
	for (size_t i = 0; i < n; i++) {
		job->specs[job->n] = strdup(specs[i]);
		if (!job->specs[job->n++])
			return;
	}
	if (cl_writer_ask(l->writer, take_over, job))
		job = NULL; /* it is the writer's */
	else
		cl_err("SIGHUP: the store is too busy to change the outputs; those of before go on, try again");
}
