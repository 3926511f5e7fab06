/* SPDX-License-Identifier: Apache-2.0 */
/* What the monitor says of itself: one answer for the control socket, the metrics and the check of its health. */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "monitor/live_internal.h"
#include "monitor/scrape.h"
#include "monitor/vitals.h"

static void add_control(const struct cl_live *l, cJSON *out)
{
	const struct cl_control_stats *s = cl_control_stats(l->control);
	cJSON *control = cl_json_obj(out, "control");

	cl_json_num(control, "clients", (double)s->clients);
	cl_json_num(control, "clients_refused", (double)s->clients_refused);
	cl_json_num(control, "requests", (double)s->requests);
	cl_json_num(control, "requests_refused", (double)s->refused);
	cl_json_num(control, "requests_too_many", (double)l->registrar.refusals.floods);
	cl_json_num(control, "refusals_not_logged", (double)l->registrar.refusals.not_logged);
}

static void add_limits(const struct cl_live *l, cJSON *out)
{
	const struct cl_limits limits = cl_limits_of(l->config);
	cJSON *o = cl_json_obj(out, "limits");

	cl_json_num(o, "processes", (double)limits.processes);
	cl_json_num(o, "runs", (double)limits.runs);
	cl_json_num(o, "credentials", (double)limits.credentials);
	cl_json_num(o, "uses_per_credential", (double)limits.uses);
	cl_json_num(o, "findings", (double)limits.findings);
	cl_json_num(o, "nodes", (double)limits.nodes);
	cl_json_num(o, "edges", (double)limits.edges);
}

static void add_store(const struct cl_live *l, const struct cl_writer_stats *writer, cJSON *out)
{
	cJSON *store = cl_json_obj(out, "store");

	cl_json_num(store, "bytes", cl_vitals_store_bytes(l->config->state_dir));
	cl_json_bool(store, "writable", !writer->store_error);
}

static void add_events(const struct cl_event_stats *s, cJSON *o)
{
	cl_json_num(o, "waiting", (double)s->waiting);
	cl_json_num(o, "sent", (double)s->sent);
	cl_json_num(o, "refused", (double)s->refused);
	cl_json_num(o, "dropped", (double)s->dropped);
}

static void add_output(void *ctx, const struct cl_delivery_stats *s)
{
	cJSON *o = cl_json_push(ctx);

	cl_json_str(o, "name", s->name);
	cl_json_str(o, "state", cl_delivery_state_name(s->state));
	if (s->next_try)
		cl_json_time(o, "next_try", s->next_try + (uint64_t)cl_wall_offset_ns());
	cl_json_num(o, "waiting", (double)s->waiting);
	cl_json_num(o, "sent", (double)s->sent);
	cl_json_num(o, "refused", (double)s->refused);
	cl_json_num(o, "dropped", (double)s->dropped);
	if (s->has_events)
		add_events(&s->events, cl_json_obj(o, "events"));
	cl_json_num(o, "failures", (double)s->failures);
	cl_json_num(o, "dead_letters", (double)s->dead);
	cl_json_num(o, "dead_letters_dropped", (double)s->dead_dropped);
	cl_json_time(o, "last_success", s->last_success);
	cl_json_num(o, "last_success_seconds", (double)s->last_success / (double)CL_NS_PER_S);
	cl_json_time(o, "error_time", s->error_time);
	cl_json_str(o, "error", s->error && *s->error ? s->error : NULL);
}

void cl_live_on_status(void *ctx, cJSON *reply)
{
	struct cl_live *l = ctx;
	const struct cl_writer_stats writer = cl_writer_stats(l->writer);

	cl_json_str(reply, "version", CL_VERSION);
	cl_json_str(reply, "state", cl_desk_state(l->desk));
	cl_json_num(reply, "pid", getpid());
	cl_json_bool(reply, "dumpable", prctl(PR_GET_DUMPABLE) == 1); /* nothing in /proc says so of a root process */
	cl_watchman_status(&l->watchman, reply);
	add_control(l, reply);
	add_limits(l, reply);
	add_store(l, &writer, reply);
	cl_writer_outputs(l->writer, add_output, cl_json_arr(reply, "outputs"));
	cl_tally_json(&l->tally, reply, "findings");
	cl_latency_json(&writer.latency, reply, "latency");
	cl_vitals_json(reply, l->started);
	if (l->scrape)
		cl_scrape_json(l->scrape, reply);
	cl_health_json(&l->watchman.health, reply, cl_boot_ns());
}
