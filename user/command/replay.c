/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `credlineage replay FILE`: a recording through the same pipeline that the live monitor feeds. What comes out is a
 * function of the recording and the limits alone: two replays differ in metadata.logged_time only.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "command/command.h"
#include "event/dump.h"
#include "event/recording.h"
#include "store/store.h"
#include "monitor/host.h"
#include "monitor/verdict.h"
#include "output/output.h"
#include "format/format.h"
#include "pipeline/pipeline.h"

/* The graph goes to the store this often, so that what it must push out is stored already. */
#define STORE_EVERY 256
#define BATCH_SIZE 4096

struct replay {
	struct cl_common common;
	const char *file;
	bool dump, events;
	struct cl_pipeline *pipeline;
	struct cl_output *output;
	struct cl_store_db *store;    /* NULL: no --state */
	struct cl_verdicts *verdicts; /* what a policy server said then; NULL: nothing */
	int failed;		      /* first failure of output or store */
};

enum { KEY_DUMP = 1, KEY_EVENTS };

static const struct argp_option options[] = {
	{"dump", KEY_DUMP, NULL, 0, "Print the recorded observations, one JSON object a line, instead of judging them",
	 0},
	{"events", KEY_EVENTS, NULL, 0,
	 "Print every act with a credential as an OCSF event (1001, 1007, 4001), one a line, instead of findings", 0},
	{0},
};

static const char doc[] = "Judges a recording made by `credlineage monitor --record FILE` and prints the findings.";
static const char examples[] =
	"  credlineage replay incident.rec\n"
	"  credlineage replay incident.rec --json | jq .message\n"
	"  credlineage replay incident.rec | jq -r '[.severity, .finding_info.title] | @tsv'\n"
	"  credlineage replay incident.rec --state /tmp/case && credlineage findings --state /tmp/case\n"
	"  credlineage replay incident.rec --dump | jq 'select(.kind == \"read\")'\n";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct replay *r = state->input;

	switch (key) {
	case KEY_DUMP:
		r->dump = true;
		return 0;
	case KEY_EVENTS:
		r->events = true;
		return 0;
	case ARGP_KEY_ARG:
		if (r->file)
			argp_error(state, "too many words: \"%s\"", arg);
		r->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!r->file)
			argp_error(state, "which recording? give a FILE");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int fail(struct replay *r, int code, const struct cl_error *err)
{
	if (!r->failed && code != -EPIPE)
		cl_err("%s", *err->text ? err->text : strerror(-code));
	r->failed = r->failed ? r->failed : code;
	return code;
}

static void print(struct replay *r, const cJSON *record)
{
	struct cl_parcel parcel = {.finding = record};
	struct cl_error err = {0};
	uint64_t retry;
	int e = cl_output_send(r->output, &parcel, 1, &retry, &err);

	if (e || parcel.result)
		fail(r, e ? e : parcel.result, e ? &err : &parcel.why);
}

static void report(struct replay *r, const cJSON *finding)
{
	struct cl_error err = {0};
	uint64_t seq;
	int e;

	if (r->failed || (r->events && !r->store))
		return;
	if (r->store) {
		e = cl_store_report(r->store, finding, &seq, &err);
		if (e) {
			fail(r, e, &err);
			return;
		}
	}
	if (!r->events)
		print(r, finding);
}

static void on_act(void *ctx, const cJSON *act)
{
	struct replay *r = ctx;

	if (!r->failed && cl_format_knows_act(act))
		print(r, act);
}

static void on_finding(void *ctx, const cJSON *finding)
{
	struct replay *r = ctx;
	_cleanup_json_ cJSON *rated = NULL;
	struct cl_verdict v;

	if (!cl_verdicts_find(r->verdicts, finding, &v)) {
		report(r, finding);
		return;
	}
	rated = v.drop ? NULL : cJSON_Duplicate(finding, true);
	if (!rated)
		return;
	cl_verdict_apply(&v, rated);
	report(r, rated);
}

static int store_graph(struct replay *r)
{
	struct cl_error err = {0};

	for (;;) {
		struct cl_batch *batch = NULL;
		int e = cl_graph_take(cl_pipeline_graph(r->pipeline), BATCH_SIZE, &batch);

		if (!e && !batch)
			return 0;
		e = e ? e : cl_store_write(r->store, batch, &err);
		cl_batch_free(&batch);
		if (e)
			return fail(r, e, &err);
	}
}

static int open_store(struct replay *r)
{
	struct cl_error err = {0};
	char path[sizeof(r->common.settings.state_dir) + 32];
	int e;

	if (!r->common.state)
		return 0;
	snprintf(path, sizeof(path), "%s/credlineage.db", r->common.settings.state_dir);
	e = cl_store_open(&r->store, path, CL_STORE_WRITE, &err);
	return e ? fail(r, e, &err) : 0;
}

static int open_all(struct replay *r)
{
	const struct cl_limits limits = cl_limits_of(&r->common.settings);
	struct cl_error err = {0};
	bool ocsf = r->events || cl_common_json(&r->common);
	int e = cl_output_new(&r->output, ocsf ? "stdout:?format=ocsf" : "stdout:?format=human", &err);

	if (e)
		return fail(r, e, &err);
	e = cl_pipeline_new(&r->pipeline, &limits, on_finding, r);
	if (e) {
		cl_fail(&err, e, "cannot set up the pipeline: %s", strerror(-e));
		return fail(r, e, &err);
	}
	if (r->events)
		cl_detect_tell_acts(cl_pipeline_detect(r->pipeline), on_act, NULL, r);
	e = cl_verdicts_load(&r->verdicts, r->file, &err);
	return e ? fail(r, e, &err) : open_store(r);
}

static int dump(const struct cl_observation *obs)
{
	_cleanup_json_ cJSON *o = cl_obs_json(obs);
	_cleanup_free_ char *line = o ? cJSON_PrintUnformatted(o) : NULL;

	return !line ? -ENOMEM : puts(line) < 0 ? -EPIPE : 0;
}

/* What the live monitor tells its store beside the graph: whose host this is, what was covered. */
static void store_surroundings(struct replay *r)
{
	const struct cl_host *host = cl_identity_host(cl_pipeline_identity(r->pipeline));
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;
	struct cl_host_facts facts = {0};

	snprintf(facts.id, sizeof(facts.id), "%s", host->id ? host->id : "");
	snprintf(facts.name, sizeof(facts.name), "%s", host->name ? host->name : "");
	snprintf(facts.boot_id, sizeof(facts.boot_id), "%s", host->boot_id ? host->boot_id : "");
	cl_detect_coverage(cl_pipeline_detect(r->pipeline), o);
	text = cJSON_PrintUnformatted(cl_json_at(o, "coverage"));
	if (cl_host_store(&facts, r->store) || !text || cl_store_set(r->store, CL_STORE_COVERAGE, text))
		r->failed = r->failed ? r->failed : -EIO;
}

static int feed(struct replay *r, const struct cl_observation *obs, uint64_t n)
{
	struct cl_error err = {0};
	int e = r->dump ? dump(obs) : cl_pipeline_feed(r->pipeline, obs);

	if (e) {
		cl_fail(&err, e, "cannot judge record %llu of \"%s\": %s", (unsigned long long)n, r->file,
			strerror(-e));
		return fail(r, e, &err);
	}
	if (r->store && n % STORE_EVERY == 0)
		store_graph(r);
	return r->failed;
}

/* What is whole is judged even when the file ends too early: the findings come first, then the error. */
static int play(struct replay *r, struct cl_player *player)
{
	struct cl_observation obs;
	struct cl_error err = {0};
	uint64_t n = 0;
	int e;

	while ((e = cl_player_next(player, &obs, &err)) > 0)
		if (feed(r, &obs, ++n))
			return r->failed;
	cl_pipeline_flush(r->pipeline);
	if (r->store && !r->failed) {
		store_graph(r);
		store_surroundings(r);
	}
	return e < 0 ? fail(r, e, &err) : r->failed;
}

static int run(int argc, char **argv)
{
	struct replay r = {0};
	struct cl_player *player = NULL;
	struct cl_error err = {0};
	int e;

	cl_command_parse("replay", "FILE", doc, examples, options, parse, argc, argv, &r, &r.common);
	if (cl_common_load(&r.common))
		return CL_EXIT_FAILED;
	e = cl_player_new(&player, r.file, &err);
	if (e)
		fail(&r, e, &err);
	else if (!open_all(&r))
		play(&r, player);
	cl_player_free(&player);
	cl_pipeline_free(&r.pipeline);
	cl_verdicts_free(&r.verdicts);
	cl_output_free(&r.output);
	cl_store_close(&r.store);
	cl_common_free(&r.common);
	return r.failed ? CL_EXIT_FAILED : CL_EXIT_OK;
}

const struct cl_command cl_command_replay = {"replay", "judge a recording made by monitor --record", run};
