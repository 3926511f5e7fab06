/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "monitor/live.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "capture/capture.h"
#include "control/control.h"
#include "event/recording.h"
#include "monitor/host.h"
#include "monitor/notify.h"
#include "monitor/reconcile.h"
#include "monitor/registrar.h"
#include "monitor/reread.h"
#include "monitor/restore.h"
#include "monitor/watchman.h"
#include "monitor/writer.h"
#include "pipeline/observe.h"
#include "pipeline/pipeline.h"

#define IDLE_MS 250 /* nothing to do: look at the clock anyway */
#define BUSY_MS 1   /* records younger than the hold-back wait in the capture */
#define FLUSH_NS (250 * 1000000ull)
#define TICK_NS (1 * CL_NS_PER_S)
#define ALIVE_NS (10 * CL_NS_PER_S)
#define RECONCILE_NS (2 * CL_NS_PER_S) /* at most every */
#define BATCH_MAX 4096

struct cl_live {
	const struct cl_config *config;
	struct cl_catalogue *catalogue;
	struct cl_fp_key *key;
	struct cl_scanner *scanner;
	struct cl_observer *observer;
	struct cl_pipeline *pipeline;
	struct cl_recorder *recorder;
	struct cl_writer *writer;
	struct cl_capture *capture;
	struct cl_control *control;
	struct cl_registrar registrar;
	struct cl_watchman watchman;
	struct cl_host_facts host;
	int signals, epoll;
	bool stop;
	bool reported; /* a finding went out: its surroundings follow at once, for whoever asks next */
	uint64_t flushed, ticked, alive, reconciled;
	/* Pinned rings: up to the mark all is on its way to the disk; behind the fence it is there. */
	uint64_t mark[CL_CAPTURE_MARK];
	struct cl_writer_fence fence;
	bool marked;
	uint64_t runs_ended;
	uint64_t feed_errors;
};

/* What is read after a run's end is another fact than the same read before it: nothing of before suppresses it. */
static void look_for_ends(struct cl_live *l)
{
	uint64_t ended = cl_identity_stats(cl_pipeline_identity(l->pipeline))->runs_ended;

	if (l->runs_ended != ended && l->capture)
		cl_capture_tell_again(l->capture);
	l->runs_ended = ended;
}

static void feed(void *ctx, const struct cl_observation *obs)
{
	struct cl_live *l = ctx;
	int r;

	if (l->recorder && cl_recorder_add(l->recorder, obs) && l->feed_errors++ == 0)
		cl_err("cannot write the recording any more; watching goes on");
	r = cl_pipeline_feed(l->pipeline, obs);
	if (r && l->feed_errors++ == 0)
		cl_err("cannot take in an event (%s): %s", cl_obs_kind_name(obs->kind), strerror(-r));
	look_for_ends(l);
}

static void on_finding(void *ctx, const cJSON *finding)
{
	struct cl_live *l = ctx;

	cl_writer_finding(l->writer, finding);
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

static void on_record(void *ctx, void *record, size_t size)
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
		feed(l, &obs);
}

static int on_baseline(void *ctx, struct cl_observation *obs, const char *args, size_t args_len, const char *env,
		       size_t env_len)
{
	struct cl_live *l = ctx;
	int r = cl_observe_process(l->observer, obs, args, args_len, env, env_len);

	if (!r)
		feed(l, obs);
	return r == -ENOMEM ? r : 0;
}

static void on_status(void *ctx, cJSON *reply)
{
	struct cl_live *l = ctx;

	cl_watchman_status(&l->watchman, reply);
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
		feed(l, obs);
	return r == -ENOMEM ? r : 0;
}

static void reconcile(struct cl_live *l, uint64_t now)
{
	const struct cl_reconcile r = {
		.capture = l->capture,
		.identity = cl_pipeline_identity(l->pipeline),
		.on_record = on_record,
		.on_process = on_listed,
		.feed = feed,
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

static void on_time(struct cl_live *l)
{
	uint64_t now = cl_boot_ns();
	char text[CL_TIME_SIZE];

	if (l->reported || now - l->flushed >= FLUSH_NS) {
		release(l, flush_graph(l));
		l->flushed = now;
		l->reported = false;
	}
	if (now - l->ticked >= TICK_NS) {
		struct cl_observation tick = {.kind = CL_OBS_TICK, .ts = now};

		cl_watchman_look(&l->watchman);
		feed(l, &tick);
		l->ticked = now;
	}
	if (l->watchman.lost_kinds && now - l->reconciled >= RECONCILE_NS)
		reconcile(l, now);
	if (now - l->alive >= ALIVE_NS) {
		cl_writer_meta(l->writer, "alive", cl_time_format(text, cl_wall_ns()));
		cl_notify("WATCHDOG=1");
		l->alive = now;
	}
}

static void on_signal(struct cl_live *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			cl_info("SIGHUP: the configuration is read at start only, ignoring");
		else
			l->stop = true;
	}
}

int cl_live_run(struct cl_live *l, struct cl_error *err)
{
	int timeout = BUSY_MS;

	cl_notify("READY=1");
	while (!l->stop) {
		struct epoll_event events[8];
		int n = epoll_wait(l->epoll, events, (int)ARRAY_SIZE(events), timeout);

		if (n < 0 && errno != EINTR)
			return cl_fail(err, -errno, "cannot wait for events: %s", strerror(errno));
		n = cl_capture_poll(l->capture, on_record, l);
		if (n < 0)
			return cl_fail(err, n, "cannot read the ring buffers: %s", strerror(-n));
		cl_control_serve(l->control);
		on_signal(l);
		on_time(l);
		timeout = n || cl_control_waiting(l->control) ? BUSY_MS : IDLE_MS;
	}
	cl_notify("STOPPING=1");
	return 0;
}

static int make_directory(const char *path, struct cl_error *err)
{
	struct stat st;

	if (mkdir(path, 0700) && errno != EEXIST)
		return cl_fail(err, -errno, "cannot make state directory \"%s\": %s", path, strerror(errno));
	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return cl_fail(err, -ENOTDIR, "cannot use state directory \"%s\": not a directory", path);
	if (st.st_uid != geteuid() || (st.st_mode & 022))
		return cl_fail(
			err, -EPERM,
			"cannot use state directory \"%s\": it must belong to the monitor's user and be writable by nobody else (chown root, chmod 700)",
			path);
	return 0;
}

static void know_launcher(struct cl_live *l)
{
	struct stat st;

	if (!stat("/proc/self/exe", &st))
		cl_observer_launcher(l->observer, major(st.st_dev) << 20 | minor(st.st_dev), st.st_ino);
}

static int open_catalogue(struct cl_live *l, struct cl_error *err)
{
	char path[600];
	int r = cl_catalogue_new(&l->catalogue, l->config->catalogue_dir, err);

	for (size_t i = 0; !r && i < l->config->watch.n_paths; i++)
		r = cl_catalogue_watch(l->catalogue, l->config->watch.paths[i], err);
	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/fingerprint.key", l->config->state_dir);
	return cl_fp_key_load(&l->key, *l->config->fingerprint.key_file ? l->config->fingerprint.key_file : path, err);
}

/* Compiling the patterns takes as long as loading the probes: both at once. The key and the catalogue are only read. */
struct compiler {
	pthread_t thread;
	struct cl_live *live;
	struct cl_error err;
	int result;
};

static void *compile(void *ctx)
{
	struct compiler *c = ctx;
	struct cl_live *l = c->live;

	c->result = cl_scanner_new(&l->scanner, l->catalogue, l->key, &c->err);
	return NULL;
}

static int start_compiler(struct compiler *c, struct cl_live *l)
{
	*c = (struct compiler){.live = l};
	return -pthread_create(&c->thread, NULL, compile, c);
}

static int finish_compiler(struct compiler *c, struct cl_error *err)
{
	struct cl_live *l = c->live;
	int r;

	pthread_join(c->thread, NULL);
	if (c->result)
		return cl_fail(err, c->result, "%s", c->err.text);
	r = cl_observer_new(&l->observer, l->catalogue, l->scanner);
	if (r)
		return r;
	know_launcher(l);
	cl_observer_read_again(l->observer, cl_reread);
	return 0;
}

static int open_pipeline(struct cl_live *l)
{
	const struct cl_limits limits = {
		.processes = l->config->limits.processes,
		.runs = l->config->limits.runs,
		.credentials = l->config->limits.credentials,
		.uses = l->config->limits.uses,
		.findings = l->config->limits.findings,
		.nodes = l->config->limits.nodes,
		.edges = l->config->limits.edges,
	};

	return cl_pipeline_new(&l->pipeline, &limits, on_finding, l);
}

static int open_writer(struct cl_live *l, const struct cl_live_options *o, struct cl_error *err)
{
	char *specs[CL_CONFIG_OUTPUTS + 1];
	_cleanup_free_ char *own = o->stdout_output ? strdup(o->stdout_output) : NULL;
	size_t n = 0;
	int r;

	if (own)
		specs[n++] = own;
	for (size_t i = 0; i < l->config->outputs.n; i++)
		specs[n++] = l->config->outputs.specs[i];
	r = cl_writer_new(&l->writer, l->config->state_dir, specs, n, err);
	if (!r)
		cl_writer_retention(l->writer, l->config->retention.max_age, l->config->retention.max_bytes);
	return r;
}

static int open_capture(struct cl_live *l, const struct cl_live_options *o, struct cl_error *err)
{
	_cleanup_(cl_name_rules_free) struct cl_name_rules rules = {0};
	const struct cl_capture_options options = {
		.force_tier = o->force_tier,
		.pin = o->pin,
		.process_ring = l->config->limits.process_ring,
		.credential_ring = l->config->limits.credential_ring,
	};
	int r = cl_catalogue_name_rules(l->catalogue, &rules);

	return r ? r : cl_capture_new(&l->capture, &options, &rules, err);
}

static int open_events(struct cl_live *l, struct cl_error *err)
{
	const int fds[] = {l->signals, cl_capture_fd(l->capture), cl_control_fd(l->control)};

	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.fd = fds[i]};

		if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fds[i], &event))
			return cl_fail(err, -errno, "cannot watch for events: %s", strerror(errno));
	}
	return 0;
}

static int open_signals(struct cl_live *l)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return l->signals < 0 ? -errno : 0;
}

/* Whether the probes went on without a monitor, so that an end of it without a word was no blindness. */
static bool is_watched_gap(const struct cl_live *l)
{
	const struct cl_gap *gap = cl_capture_gap(l->capture);

	return gap->since && !gap->blind;
}

/* What the stream begins with: the host, what was known before, what the probes cover, who is there already. */
static int begin_stream(struct cl_live *l, struct cl_error *err)
{
	struct cl_observation host;
	int r = cl_host_read(&l->host, cl_writer_db(l->writer), err);

	if (r)
		return r;
	host = cl_host_observation(&l->host, cl_fp_key_id(l->key));
	feed(l, &host);
	r = cl_host_store(&l->host, cl_writer_db(l->writer));
	if (r)
		return r;
	r = cl_restore(cl_writer_db(l->writer), &l->host, !is_watched_gap(l), feed, l, err);
	if (r)
		return r;
	r = cl_writer_start(l->writer);
	if (r)
		return r;
	l->watchman = (struct cl_watchman){.capture = l->capture,
					   .pipeline = l->pipeline,
					   .writer = l->writer,
					   .feed = feed,
					   .ctx = l,
					   .observed = cl_observer_stats(l->observer)};
	cl_watchman_begin(&l->watchman);
	r = cl_baseline(l->capture, on_baseline, l);
	if (r)
		return r;
	r = cl_capture_held(l->capture, on_record, l);
	if (r)
		cl_warn("cannot list the files that are open already: %s, they are known when they are read",
			strerror(-r));
	l->watchman.lost_kinds = 0; /* all is known as it is now */
	return 0;
}

static int open_ends(struct cl_live *l, const struct cl_live_options *o, struct cl_error *err)
{
	int r = open_pipeline(l);

	r = r ? r : open_writer(l, o, err);
	if (!r && o->record)
		r = cl_recorder_new(&l->recorder, o->record, err);
	l->registrar = (struct cl_registrar){.feed = feed, .status = on_status, .ctx = l};
	r = r ? r : cl_control_new(&l->control, l->config->socket_path, cl_registrar_handle, &l->registrar, err);
	return r ? r : open_capture(l, o, err);
}

static int open_all(struct cl_live *l, const struct cl_live_options *o, struct cl_error *err)
{
	struct compiler compiler;
	int r = open_signals(l), compiled;

	r = r ? r : make_directory(l->config->state_dir, err);
	r = r ? r : open_catalogue(l, err);
	r = r ? r : start_compiler(&compiler, l);
	if (r)
		return r;
	r = open_ends(l, o, err);
	compiled = finish_compiler(&compiler, r ? NULL : err);
	r = r ? r : compiled;
	if (r)
		return r;
	l->registrar.identity = cl_pipeline_identity(l->pipeline);
	r = begin_stream(l, err);
	return r ? r : open_events(l, err);
}

int cl_live_new(struct cl_live **out, const struct cl_live_options *o, struct cl_error *err)
{
	_cleanup_(cl_live_free) struct cl_live *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->config = o->config;
	l->signals = l->epoll = -1;
	r = open_all(l, o, err);
	if (r) {
		if (err && !*err->text)
			cl_fail(err, r, "cannot start: %s", strerror(-r));
		return r;
	}
	*out = TAKE_PTR(l);
	return 0;
}

/* What is still on its way is taken in, so that a clean stop loses nothing; then the clean mark is set. */
static void finish(struct cl_live *l)
{
	struct cl_error err = {0};

	usleep(2 * BUSY_MS * 1000);
	cl_capture_poll(l->capture, on_record, l);
	cl_pipeline_flush(l->pipeline);
	for (int i = 0; i < 100 && !flush_graph(l); i++)
		usleep(10000);
	cl_capture_mark(l->capture, l->mark);
	l->fence = cl_writer_fence(l->writer);
	for (int i = 0; i < 100 && !cl_writer_passed(l->writer, &l->fence); i++)
		usleep(10000);
	release(l, false);
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
	cl_capture_free(&l->capture);
	cl_writer_free(&l->writer);
	cl_recorder_free(&l->recorder);
	cl_pipeline_free(&l->pipeline);
	cl_observer_free(&l->observer);
	cl_scanner_free(&l->scanner);
	cl_fp_key_free(&l->key);
	cl_catalogue_free(&l->catalogue);
	cl_closep(&l->signals);
	cl_closep(&l->epoll);
	free(l);
	*p = NULL;
}
