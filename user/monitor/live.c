/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "monitor/live_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "monitor/notify.h"
#include "monitor/reconcile.h"
#include "monitor/scrape.h"
#include "monitor/tagger.h"
#include "monitor/vitals.h"

#define IDLE_MS 250 /* nothing to do: look at the clock anyway */
#define BUSY_MS 1   /* records younger than the hold-back wait in the capture */
#define FLUSH_NS (250 * 1000000ull)
#define TICK_NS (1 * CL_NS_PER_S)
#define ALIVE_NS (10 * CL_NS_PER_S)
#define RECONCILE_NS (2 * CL_NS_PER_S)	      /* at most every */
#define BATCH_MAX 1024			      /* rows: a finding waits for one batch at most */
#define WRITER_PATIENCE_NS (30 * CL_NS_PER_S) /* the store's thread waits a second at most; then it hangs */

/* What is read after a run's end, or after a change of policy, is another fact than the same read before it: nothing of
 * before suppresses it. */
static void look_for_ends(struct cl_live *l, const struct cl_observation *obs)
{
	uint64_t ended = cl_identity_stats(cl_pipeline_identity(l->pipeline))->runs_ended;

	if ((l->runs_ended != ended || obs->kind == CL_OBS_POLICY || obs->kind == CL_OBS_RULES) && l->capture)
		cl_capture_tell_again(l->capture);
	l->runs_ended = ended;
}

/* What somebody does now: how long a finding about it took says something. */
static bool is_act(const struct cl_observation *obs)
{
	switch (obs->kind) {
	case CL_OBS_EXEC:
	case CL_OBS_OPEN:
	case CL_OBS_READ:
	case CL_OBS_WRITE:
	case CL_OBS_RECEIVE:
	case CL_OBS_ACCESS:
	case CL_OBS_CONNECT:
	case CL_OBS_CONNECT_END:
		return true;
	default:
		return false;
	}
}

void cl_live_feed(void *ctx, const struct cl_observation *obs)
{
	struct cl_live *l = ctx;
	int r;

	if (l->recorder && cl_recorder_add(l->recorder, obs) && l->feed_errors++ == 0)
		cl_err("cannot write the recording any more; watching goes on");
	l->acted = is_act(obs) ? obs->ts : 0;
	r = cl_pipeline_feed(l->pipeline, obs);
	if (r && l->feed_errors++ == 0)
		cl_err("cannot take in an event (%s): %s", cl_obs_kind_name(obs->kind), strerror(-r));
	look_for_ends(l, obs);
	if (l->learn)
		cl_learn_take(l->learn, obs);
	if (l->capture)
		cl_tagger_follow(l->capture, l->pipeline, obs);
}

void cl_live_on_finding(void *ctx, const cJSON *finding)
{
	struct cl_live *l = ctx;

	cl_tally_take(&l->tally, finding);
	cl_writer_finding(l->writer, finding, strcmp(cl_json_get_str(finding, "activity"), "create") ? 0 : l->acted);
	l->reported = true;
}

static bool concerns_ourselves(const struct cl_live *l, const struct cl_observation *obs)
{
	return obs->kind == CL_OBS_CONNECT && obs->address && !strcmp(obs->address, l->config->socket_path);
}

static bool is_file_act(const struct cl_observation *obs)
{
	return obs->kind == CL_OBS_OPEN || obs->kind == CL_OBS_READ || obs->kind == CL_OBS_RECEIVE ||
	       obs->kind == CL_OBS_HELD;
}

void cl_live_on_record(void *ctx, void *record, size_t size)
{
	struct cl_live *l = ctx;
	struct cl_observation obs = {0};
	int r = cl_observe(l->observer, record, size, &obs);

	if (r < 0)
		return;
	if (is_file_act(&obs)) {
		if (obs.flags & CL_F_BY_NAME)
			cl_capture_watch(l->capture, obs.dev, obs.ino, obs.generation,
					 r ? CL_WATCH_CONFIRMED : CL_WATCH_IGNORED);
		if (r && cl_observer_knows_content(l->observer))
			cl_capture_content_known(l->capture, obs.dev, obs.ino, obs.generation, obs.ctime, obs.size);
		if (r && cl_observer_misses_content(l->observer))
			cl_capture_content_known(l->capture, obs.dev, obs.ino, obs.generation, 0, 0);
	}
	if (r && !concerns_ourselves(l, &obs))
		cl_live_feed(l, &obs);
	else if (!r) /* the probes took the file for a store */
		cl_tagger_follow(l->capture, l->pipeline,
				 &(struct cl_observation){.kind = CL_OBS_READ, .ts = obs.ts, .process = obs.process});
	if (r && obs.kind == CL_OBS_WRITE)
		cl_looker_add(l->looker, &obs);
}

int cl_live_on_baseline(void *ctx, struct cl_observation *obs, const char *args, size_t args_len, const char *env,
			size_t env_len)
{
	struct cl_live *l = ctx;
	int r = cl_observe_process(l->observer, obs, args, args_len, env, env_len);

	if (!r)
		cl_live_feed(l, obs);
	return r == -ENOMEM ? r : 0;
}

int cl_live_on_text(void *ctx, const char *text, const char **out)
{
	struct cl_live *l = ctx;

	return cl_observer_conceal(l->observer, text, out);
}

const uint8_t *cl_live_first_name(void *ctx, const uint8_t fp[CL_FP_SIZE])
{
	const struct cl_live *l = ctx;

	return cl_aliases_first(cl_pipeline_aliases(l->pipeline), fp);
}

/*
 * Graph changes go out in batches; while the writer is busy they wait in the graph, where repeats coalesce. True when
 * nothing is left in it.
 */
static bool flush_graph(struct cl_live *l)
{
	struct cl_graph *graph = cl_pipeline_graph(l->pipeline);

	while (cl_writer_has_room(l->writer)) {
		struct cl_batch *batch = NULL;

		if (cl_graph_take(graph, BATCH_MAX, &batch))
			return false;
		if (!batch)
			return true;
		cl_writer_batch(l->writer, batch);
	}
	return false;
}

/* Records leave the pinned rings once what they said is on the disk: until then a successor would get them again. */
static void release(struct cl_live *l, bool flushed)
{
	if (l->marked && cl_writer_passed(l->writer, &l->fence)) {
		cl_capture_release(l->capture, l->mark);
		l->marked = false;
	}
	if (flushed && !l->marked) {
		cl_capture_mark(l->capture, l->mark);
		l->fence = cl_writer_fence(l->writer);
		l->marked = true;
	}
}

static int on_listed(void *ctx, struct cl_observation *obs, const char *args, size_t args_len, const char *env,
		     size_t env_len)
{
	struct cl_live *l = ctx;
	int r = cl_observe_process(l->observer, obs, args, args_len, env, env_len);

	if (!r && cl_identity_is_news(cl_pipeline_identity(l->pipeline), obs))
		cl_live_feed(l, obs);
	return r == -ENOMEM ? r : 0;
}

static void reconcile(struct cl_live *l, uint64_t now)
{
	const struct cl_reconcile r = {
		.capture = l->capture,
		.identity = cl_pipeline_identity(l->pipeline),
		.on_record = cl_live_on_record,
		.on_process = on_listed,
		.feed = cl_live_feed,
		.ctx = l,
	};
	uint32_t lost = l->watchman.lost_kinds;
	int e;

	l->watchman.lost_kinds = 0;
	l->reconciled = now;
	e = cl_reconcile(&r, lost);
	if (e)
		cl_err("cannot set right what was lost: %s, trying again with the next loss", strerror(-e));
}

/* How often each rule of policy was used outlives the monitor. */
static void keep_rules_used(struct cl_live *l)
{
	const struct cl_rules *rules = cl_detect_rules(cl_pipeline_detect(l->pipeline));
	_cleanup_json_ cJSON *counts = NULL;
	_cleanup_free_ char *text = NULL;
	uint64_t used = 0;

	for (uint32_t s = 0; s < CL_RULES_SECTIONS; s++)
		used += cl_rules_used(rules, s);
	if (used == l->rules_used)
		return;
	l->rules_used = used;
	counts = cl_rules_counts(rules);
	text = counts ? cJSON_PrintUnformatted(counts) : NULL;
	if (text)
		cl_writer_meta(l->writer, CL_STORE_RULES_USED, text);
}

/* What a policy server said goes into the recording beside the acts; judgement has no use for it. */
static void record_verdict(void *ctx, const struct cl_observation *obs)
{
	struct cl_live *l = ctx;
	struct cl_observation now = *obs;

	now.ts = cl_boot_ns();
	if (l->recorder)
		cl_recorder_add(l->recorder, &now);
}

static void on_time(struct cl_live *l)
{
	uint64_t now = cl_boot_ns();
	char text[CL_TIME_SIZE], line[200];

	cl_notify_turn(&l->notify, now, now - cl_writer_turned(l->writer) < WRITER_PATIENCE_NS);
	if (l->reported || now - l->flushed >= FLUSH_NS) {
		release(l, flush_graph(l));
		l->flushed = now;
		l->reported = false;
	}
	if (now - l->ticked >= TICK_NS) {
		struct cl_observation tick = {.kind = CL_OBS_TICK, .ts = now};

		cl_watchman_look(&l->watchman);
		if (l->opa)
			cl_opa_verdicts(l->opa, record_verdict, l);
		cl_observer_tick(l->observer, now);
		cl_live_feed(l, &tick);
		cl_live_tell_acts(l);
		l->ticked = now;
	}
	cl_looker_look(l->looker, now);
	if (l->watchman.lost_kinds && now - l->reconciled >= RECONCILE_NS)
		reconcile(l, now);
	if (now - l->alive >= ALIVE_NS) {
		cl_writer_meta(l->writer, "alive", cl_time_format(text, cl_wall_ns()));
		keep_rules_used(l);
		if (l->learn)
			cl_learn_look(l->learn, cl_wall_ns(), false);
		cl_watchman_line(&l->watchman, line, sizeof(line));
		cl_notify_status(line);
		cl_vitals_trim();
		l->alive = now;
	}
}

static void on_signal(struct cl_live *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			cl_notify_reloading();
			cl_live_reload(l);
			cl_notify_ready();
		} else {
			l->stop = true;
		}
	}
}

int cl_live_run(struct cl_live *l, struct cl_error *err)
{
	int timeout = BUSY_MS;

	cl_notify_begin(&l->notify);
	cl_notify_ready();
	while (!l->stop) {
		struct epoll_event events[8];
		int n = epoll_wait(l->epoll, events, (int)ARRAY_SIZE(events), timeout);

		if (n < 0 && errno != EINTR)
			return cl_fail(err, -errno, "cannot wait for events: %s", strerror(errno));
		n = cl_capture_poll(l->capture, cl_live_on_record, l);
		if (n < 0)
			return cl_fail(err, n, "cannot read the ring buffers: %s", strerror(-n));
		cl_control_serve(l->control);
		if (l->scrape)
			cl_scrape_serve(l->scrape);
		cl_desk_look(l->desk);
		on_signal(l);
		on_time(l);
		timeout = n || cl_control_waiting(l->control) ? BUSY_MS : IDLE_MS;
	}
	cl_notify_stopping();
	return 0;
}

/* What is still on its way is taken in, so that a clean stop loses nothing; then the clean mark is set. */
static void finish(struct cl_live *l)
{
	struct cl_error err = {0};

	usleep(2 * BUSY_MS * 1000);
	cl_capture_poll(l->capture, cl_live_on_record, l);
	cl_pipeline_flush(l->pipeline);
	keep_rules_used(l);
	if (l->learn)
		cl_learn_look(l->learn, cl_wall_ns(), true);
	for (int i = 0; i < 100 && !flush_graph(l); i++)
		usleep(10000);
	cl_capture_mark(l->capture, l->mark);
	l->fence = cl_writer_fence(l->writer);
	for (int i = 0; i < 100 && !cl_writer_passed(l->writer, &l->fence); i++)
		usleep(10000);
	release(l, false);
	if (l->opa)
		cl_opa_verdicts(l->opa, record_verdict, l);
	if (l->recorder && cl_recorder_finish(l->recorder, &err))
		cl_err("%s", err.text);
	cl_writer_meta(l->writer, "running", NULL);
}

void cl_live_free(struct cl_live **p)
{
	struct cl_live *l = *p;

	if (!l)
		return;
	if (l->stop)
		finish(l);
	cl_control_free(&l->control);
	cl_scrape_free(&l->scrape);
	cl_shelves_stop(&l->shelves);
	cl_name_watch_free(&l->names);
	cl_looker_free(&l->looker);
	cl_capture_free(&l->capture);
	cl_writer_free(&l->writer);
	cl_opa_free(&l->opa);
	cl_desk_free(&l->desk);
	cl_learn_free(&l->learn);
	cl_recorder_free(&l->recorder);
	cl_pipeline_free(&l->pipeline);
	cl_observer_free(&l->observer);
	cl_scanner_free(&l->scanner);
	cl_fp_key_free(&l->key);
	cl_catalogue_free(&l->catalogue);
	cl_closep(&l->signals);
	cl_closep(&l->epoll);
	free(l->rules);
	free(l);
	*p = NULL;
}
