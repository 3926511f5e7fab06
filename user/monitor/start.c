/* SPDX-License-Identifier: Apache-2.0 */
/* How the monitor starts: everything is opened, then the stream begins with what was there before. */
#define _GNU_SOURCE
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
#include "base/directory.h"
#include "base/log.h"
#include "base/secure.h"
#include "catalogue/recogniser.h"
#include "confine/confine.h"
#include "monitor/keys.h"
#include "monitor/live_internal.h"
#include "monitor/reread.h"
#include "monitor/restore.h"
#include "monitor/scrape.h"

static void know_launcher(struct cl_live *l)
{
	struct stat st;

	if (!stat("/proc/self/exe", &st))
		cl_observer_launcher(l->observer, major(st.st_dev) << 20 | minor(st.st_dev), st.st_ino);
}

static int open_catalogue(struct cl_live *l, struct cl_error *err)
{
	int r = cl_catalogue_open(&l->catalogue, l->config, err);

	return r ? r : cl_keys_open(&l->key, l->config, err);
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
	cl_observer_read_beside(l->observer, cl_read_beside);
	cl_observer_names(l->observer, cl_name_watch_find, l->names);
	return 0;
}

static int open_pipeline(struct cl_live *l)
{
	const struct cl_limits limits = cl_limits_of(l->config);

	return cl_pipeline_new(&l->pipeline, &limits, cl_live_on_finding, l);
}

static int open_writer(struct cl_live *l, struct cl_error *err)
{
	char *specs[CL_LIVE_OUTPUTS];
	size_t n = cl_live_specs(l, l->config, specs);
	int r = cl_writer_new(&l->writer, l->config->state_dir, specs, n, err);
	r = r == -EPROTO ? -EUCLEAN : r;
	if (!r && *l->config->policy.opa.url)
		r = cl_opa_new(&l->opa, l->config->policy.opa.url, l->config->policy.opa.timeout, err);
	if (!r && l->opa)
		cl_writer_judge_with(l->writer, cl_opa_judge, l->opa);
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
	const int fds[] = {l->signals, cl_capture_fd(l->capture), cl_control_fd(l->control),
			   l->scrape ? cl_scrape_fd(l->scrape) : -1};

	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.fd = fds[i]};

		if (fds[i] >= 0 && epoll_ctl(l->epoll, EPOLL_CTL_ADD, fds[i], &event))
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

/* In the stream, so that a recording is judged elsewhere as it was here. */
static void tell_recognisers(struct cl_live *l)
{
	size_t n;
	const char *const *entries = cl_recogniser_list_taken(cl_catalogue_recognisers(l->catalogue), &n);

	for (size_t i = 0; i < n; i++) {
		const struct cl_observation obs = {.kind = CL_OBS_RECOGNISER, .ts = cl_boot_ns(), .detail = entries[i]};

		cl_live_feed(l, &obs);
	}
}

static void keep_learned(void *ctx, const char *value)
{
	struct cl_live *l = ctx;

	cl_writer_meta(l->writer, CL_STORE_LEARNED, value);
}

/* After all that is known from before: of that nothing is learned. */
static int begin_learning(struct cl_live *l, const struct cl_live_options *o)
{
	const struct cl_learn_options options = {
		.window = o->learn,
		.path = o->learn_path,
		.catalogue = l->catalogue,
		.pipeline = l->pipeline,
		.keep = keep_learned,
		.ctx = l,
	};
	_cleanup_free_ char *kept = NULL;

	if (!o->learn)
		return 0;
	if (cl_store_get(cl_writer_db(l->writer), CL_STORE_LEARNED, &kept))
		kept = NULL;
	return cl_learn_new(&l->learn, &options, kept, cl_wall_ns());
}

static int begin_rules(struct cl_live *l, struct cl_error *err)
{
	char *text = NULL;
	int r = cl_site_gather(&text, l->config, l->scanner, err);

	if (r)
		return r;
	cl_live_rules(l, text);
	cl_site_restore(cl_detect_rules(cl_pipeline_detect(l->pipeline)), cl_writer_db(l->writer));
	return 0;
}

static void tell_aside(struct cl_live *l)
{
	const struct cl_observation obs = {
		.kind = CL_OBS_STORE_ANEW, .ts = cl_boot_ns(), .path = l->aside->path, .detail = l->aside->why};

	cl_live_feed(l, &obs);
}

/* The host and what was known before, out of the store. */
static int pick_up(struct cl_live *l, const struct cl_live_options *o, struct cl_error *err)
{
	struct cl_observation host;
	int r = cl_host_read(&l->host, cl_writer_db(l->writer), err);

	if (r)
		return r;
	host = cl_host_observation(&l->host, cl_fp_key_id(l->key));
	cl_live_feed(l, &host);
	tell_recognisers(l);
	if (l->aside)
		tell_aside(l);
	r = cl_host_store(&l->host, cl_writer_db(l->writer));
	r = r ? r : cl_keys_remember(cl_writer_db(l->writer), l->key);
	if (r)
		return r;
	r = cl_restore(cl_writer_db(l->writer), &l->host, !is_watched_gap(l), cl_live_feed, l, err);
	if (r)
		return r;
	cl_desk_redact_with(l->desk, l->scanner);
	r = cl_desk_begin(l->desk, l->config->policy.credentials, err);
	r = r ? r : begin_rules(l, err);
	return r ? r : begin_learning(l, o);
}

/* What the stream begins with: what was, what the probes cover, who is there already. */
static int begin_stream(struct cl_live *l, const struct cl_live_options *o, struct cl_error *err)
{
	int r = pick_up(l, o, err);

	r = r == -EPROTO ? -EUCLEAN : r;
	/* A store that proves damaged until here is followed by another start; from here on no program can be loaded. */
	r = r || !o->confine ? r : cl_confine(err);
	l->confined = o->confine;
	r = r ? r : cl_writer_start(l->writer);
	if (r)
		return r;
	l->watchman = (struct cl_watchman){.capture = l->capture,
					   .pipeline = l->pipeline,
					   .writer = l->writer,
					   .opa = l->opa,
					   .feed = cl_live_feed,
					   .ctx = l,
					   .observed = cl_observer_stats(l->observer),
					   .names = l->names};
	cl_watchman_begin(&l->watchman);
	r = cl_looker_new(&l->looker, l->capture, l->observer, l->pipeline, cl_live_feed, l);
	if (r)
		return r;
	l->watchman.looked_after = cl_looker_stats(l->looker);
	r = cl_shelves_start(&l->shelves, l->catalogue, l->capture);
	r = r ? r : cl_baseline(l->capture, cl_live_on_baseline, l);
	if (r)
		return r;
	r = cl_capture_held(l->capture, cl_live_on_record, l);
	if (r)
		cl_warn("cannot list the files that are open already: %s, they are known when they are read",
			strerror(-r));
	l->watchman.lost_kinds = 0; /* all is known as it is now */
	cl_live_tell_acts(l);
	return 0;
}

static int open_ends(struct cl_live *l, const struct cl_live_options *o, struct cl_error *err)
{
	const struct cl_config *c = l->config;
	const struct cl_unix_socket_place place = {c->socket_path, (mode_t)c->socket_mode,
						   *c->socket_group ? c->socket_group : NULL};
	struct cl_desk_options desk = {.state = c->state_dir, .feed = cl_live_feed, .ctx = l};
	int r = open_pipeline(l);

	r = r ? r : open_writer(l, err);
	if (!r && o->record)
		r = cl_recorder_new(&l->recorder, o->record, err);
	desk.writer = l->writer;
	r = r ? r : cl_desk_new(&l->desk, &desk);
	l->registrar = (struct cl_registrar){.feed = cl_live_feed,
					     .conceal = cl_live_on_text,
					     .status = cl_live_on_status,
					     .first = cl_live_first_name,
					     .ctx = l,
					     .desk = l->desk,
					     .letters = {.writer = l->writer, .desk = l->desk}};
	r = r ? r : cl_control_new(&l->control, &place, cl_registrar_handle, &l->registrar, err);
	if (!r)
		cl_control_guard(l->control, cl_registrar_admit, cl_registrar_refused);
	if (!r && *l->config->metrics.listen)
		r = cl_scrape_new(&l->scrape, l->config->metrics.listen, cl_live_on_status, l, err);
	return r ? r : open_capture(l, o, err);
}

static int open_all(struct cl_live *l, const struct cl_live_options *o, struct cl_error *err)
{
	const struct cl_directory state = {l->config->state_dir, "state directory", 0700, false};
	struct compiler compiler;
	int r = open_signals(l), compiled;

	r = r ? r : cl_name_watch_new(&l->names);
	r = r ? r : cl_directory_own(&state, err);
	r = r ? r : open_catalogue(l, err);
	r = r ? r : start_compiler(&compiler, l);
	if (r)
		return r;
	r = open_ends(l, o, err);
	compiled = finish_compiler(&compiler, r ? NULL : err);
	r = r ? r : compiled;
	if (r)
		return r;
	if (cl_secure_unlocked())
		cl_warn("cannot lock all memory that holds values (RLIMIT_MEMLOCK, without CAP_IPC_LOCK): it may be swapped "
			"out; raise the limit (systemd: LimitMEMLOCK=infinity), using it unlocked");
	l->registrar.identity = cl_pipeline_identity(l->pipeline);
	r = begin_stream(l, o, err);
	return r ? r : open_events(l, err);
}

/* What is open when it fails is closed again. -EUCLEAN: the store is damaged (the text says how), with another one it
 * would do. */
static int open_live(struct cl_live **out, const struct cl_live_options *o, const struct cl_aside *aside,
		     struct cl_error *err)
{
	_cleanup_(cl_live_free) struct cl_live *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return -ENOMEM;
	l->options = *o;
	l->config = o->config;
	l->config_path = o->config_path;
	l->config_optional = o->config_optional;
	l->signals = l->epoll = -1;
	l->started = cl_wall_ns();
	l->aside = aside;
	r = open_all(l, o, err);
	if (r) {
		if (err && !*err->text)
			cl_fail(err, r, "cannot start: %s", strerror(-r));
		return r;
	}
	*out = TAKE_PTR(l);
	return 0;
}

/* The damaged store is kept, and all begins once more: what had been picked up of it is not to be relied upon. */
static int open_anew(struct cl_live **out, const struct cl_live_options *o, struct cl_error *err)
{
	struct cl_aside aside = {0};
	char path[512];
	int r;

	snprintf(aside.why, sizeof(aside.why), "%.255s", *err->text ? err->text : "the store is damaged");
	snprintf(path, sizeof(path), "%s/credlineage.db", o->config->state_dir);
	*err = (struct cl_error){0};
	r = cl_store_set_aside(path, cl_wall_ns(), aside.path, sizeof(aside.path), err);
	if (r)
		return r;
	cl_err("%s: it is kept as \"%s\", a new one is started and knows nothing of before (save what is left of the "
	       "old one with: sqlite3 FILE .recover)",
	       aside.why, aside.path);
	r = open_live(out, o, &aside, err);
	if (!r)
		(*out)->aside = NULL; /* told */
	return r;
}

int cl_live_new(struct cl_live **out, const struct cl_live_options *o, struct cl_error *err)
{
	int r = open_live(out, o, NULL, err);

	return r == -EUCLEAN ? open_anew(out, o, err) : r;
}
