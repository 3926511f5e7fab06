/* SPDX-License-Identifier: Apache-2.0 */
/*
 * B7, correlation without the rest: a generated stream of observations through identity, graph and detectors on one core.
 *
 *   correlate stream EVENTS [EVERY]   events a CPU second, and the heap at each quarter: it must be flat once tables are full
 *   correlate memory COUNT      bytes per live process (identity alone, and with its share of the graph) and per edge
 *   correlate record EVENTS F   the stream as a recording, for `credlineage replay F`
 *   correlate execs COUNT [OTHER]   raw records of fork, exec with an environment of 4 KiB, and exit, from the bytes on (B4);
 *                               OTHER: each so manieth environment is another one (0: all are the same)
 *
 * The stream is what a busy host does: processes come and go below a thousand that stay, jobs begin and end, one of EVERY
 * processes (64) reads a credential's file and connects, one of twice as many has it in its environment too. Prints one
 * JSON object.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "event/recording.h"
#include "mk_event.h"
#include "mk_observation.h"
#include "pipeline/observe.h"
#include "pipeline/pipeline.h"

#define STAYING 1000
#define FIRST 2000	/* tgid of those that come and go */
#define CREDENTIALS 200 /* each belongs to one job */
#define STEP 1000ull	/* ns between events */
#define EVERY 64
#define JOB_EVERY 4096	   /* processes */
#define TICK_EVERY 1000000 /* events: a second of this stream's time */

static const struct cl_limits usual = {
	.processes = 65536,
	.runs = 4096,
	.credentials = 4096,
	.uses = 64,
	.findings = 8192,
	.nodes = 131072,
	.edges = 262144,
};
static const char *const programs[] = {
	"/usr/bin/dash", "/usr/bin/git",  "/usr/bin/cc1",	 "/usr/bin/node",
	"/usr/bin/make", "/usr/bin/curl", "/usr/bin/python3.11", "/usr/lib/git-core/git-remote-https"};

struct stream {
	int (*put)(void *to, const struct cl_observation *obs);
	void *to;
	uint64_t n, ts, findings;
	uint32_t pid, every; /* so many processes for one that touches a credential */
	int job;
	char run[32], path[64];
};

static void count(void *ctx, const cJSON *finding)
{
	(void)finding;
	++*(uint64_t *)ctx;
}

static int feed(void *to, const struct cl_observation *obs)
{
	return cl_pipeline_feed(to, obs);
}

static int record(void *to, const struct cl_observation *obs)
{
	return cl_recorder_add(to, obs);
}

static void put(struct stream *s, struct cl_observation obs)
{
	s->ts += STEP;
	s->n++;
	if (s->put(s->to, &obs)) {
		fprintf(stderr, "event %llu was refused\n", (unsigned long long)s->n);
		exit(1);
	}
	if (s->n % TICK_EVERY == 0) {
		struct cl_observation tick = mk_obs_tick(s->ts);

		s->put(s->to, &tick);
	}
}

static struct cl_process_key staying(uint32_t i)
{
	return mk_key(10 + i % STAYING, 1000 + i % STAYING);
}

static void begin(struct stream *s)
{
	s->ts = 10000;
	put(s, mk_obs_host());
	put(s, mk_obs_process(s->ts, mk_key(1, 1), mk_key(0, 0), "/usr/lib/systemd/systemd"));
	for (uint32_t i = 0; i < STAYING; i++)
		put(s, mk_obs_process(s->ts, staying(i), i % 10 ? staying(i - i % 10) : mk_key(1, 1), "/usr/bin/bash"));
}

static struct cl_sighting credential(const struct stream *s, uint32_t source)
{
	struct cl_sighting c = mk_sighting(0, source, CL_CLASS_STATIC);
	uint32_t n = (uint32_t)s->job % CREDENTIALS;

	memcpy(c.fp, &n, sizeof(n));
	c.line = source == CL_SOURCE_FILE ? 1 : 0;
	return c;
}

static void use(struct stream *s, struct cl_process_key key)
{
	struct cl_sighting c = credential(s, CL_SOURCE_FILE);
	struct cl_observation o;

	snprintf(s->path, sizeof(s->path), "/home/builder%d/.config/gh/hosts.yml", s->job % CREDENTIALS);
	put(s, mk_obs_open(s->ts, key, s->path));
	o = mk_obs_read(s->ts, key, s->path);
	o.ino = 1000 + (uint64_t)(s->job % CREDENTIALS);
	mk_obs_sightings(&o, &c, 1);
	put(s, o);
	put(s, mk_obs_connect(s->ts, key, "192.0.2.7", 443));
}

/* One process's life: 3 events, some of them 6. Jobs take turns below the thousand. */
static struct cl_process_key live(struct stream *s, struct cl_process_key parent)
{
	struct cl_process_key key = mk_key(FIRST + s->pid % 60000, s->ts);
	struct cl_sighting c = credential(s, CL_SOURCE_ENVIRONMENT);
	struct cl_observation o;

	if (s->pid++ % JOB_EVERY == 0) {
		snprintf(s->run, sizeof(s->run), "run-%d", ++s->job);
		o = mk_obs_run_begin(s->ts, staying((uint32_t)s->job), s->job % 2 ? "ci:build" : "ci:test", s->run);
		o.run_kind = "ci-job";
		put(s, o);
	}
	put(s, mk_obs_fork(s->ts, parent, key));
	o = mk_obs_exec(s->ts, key, parent, programs[s->pid % ARRAY_SIZE(programs)]);
	if (s->pid % (2 * s->every) == 0)
		mk_obs_sightings(&o, &c, 1);
	put(s, o);
	if (s->pid % s->every == 0)
		use(s, key);
	return key;
}

static void play(struct stream *s, uint64_t events)
{
	while (s->n < events) {
		struct cl_process_key key = live(s, staying((uint32_t)s->job));

		put(s, mk_obs_exit(s->ts, key, 0));
	}
}

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static int stream(uint64_t events, uint32_t every)
{
	_cleanup_(cl_pipeline_free) struct cl_pipeline *p = NULL;
	struct stream s = {.put = feed, .every = every};
	double took;
	size_t at[4];

	if (cl_pipeline_new(&p, &usual, count, &s.findings))
		return 1;
	s.to = p;
	begin(&s);
	took = cpu();
	for (uint64_t i = 0; i < 4; i++) {
		play(&s, events / 4 * (i + 1));
		at[i] = heap();
	}
	took = cpu() - took;
	printf("{\"events\":%llu,\"cpu_s\":%.3f,\"events_per_s\":%.0f,\"findings\":%llu,\"heap\":[%zu,%zu,%zu,%zu],"
	       "\"edges\":%llu}\n",
	       (unsigned long long)s.n, took, (double)s.n / took, (unsigned long long)s.findings, at[0], at[1], at[2],
	       at[3], (unsigned long long)cl_graph_stats(cl_pipeline_graph(p))->edges);
	return 0;
}

/* A family of `n`, none of which ends: ten children each. */
static size_t family(struct stream *s, uint64_t n)
{
	size_t before = heap();

	for (uint32_t i = 0; i < n; i++) {
		struct cl_process_key key = mk_key(FIRST + i, 1000000 + i);
		struct cl_process_key parent = i < 10 ? mk_key(1, 1) : mk_key(FIRST + i / 10, 1000000 + i / 10);

		put(s, mk_obs_fork(s->ts, parent, key));
		put(s, mk_obs_exec(s->ts, key, parent, programs[i % ARRAY_SIZE(programs)]));
	}
	return heap() - before;
}

static int identify(void *to, const struct cl_observation *obs)
{
	struct cl_process *actor;
	struct cl_run *ended;

	return cl_identity_apply(to, obs, &actor, &ended);
}

/* Edges alone: between nodes that are there, with the evidence that acts have. */
static size_t edges(uint64_t n)
{
	_cleanup_(cl_graph_free) struct cl_graph *g = NULL;
	uint64_t nodes = n / 100 + 1;
	size_t before;
	char a[96], b[96], evidence[64];

	if (cl_graph_new(&g, 4 * n, 4 * n))
		return 0;
	for (uint64_t i = 0; i < nodes; i++) {
		snprintf(a, sizeof(a), "process:" MK_BOOT_ID ":%llu:1000000", (unsigned long long)i);
		snprintf(b, sizeof(b), "file:" MK_HOST_ID ":/home/builder%llu/.netrc", (unsigned long long)i % 100);
		if (cl_graph_node(g, CL_NODE_PROCESS, a, "cat", 1, NULL) ||
		    cl_graph_node(g, CL_NODE_FILE, b, "f", 1, NULL))
			return 0;
	}
	before = heap();
	for (uint64_t i = 0; i < n; i++) {
		snprintf(a, sizeof(a), "process:" MK_BOOT_ID ":%llu:1000000", (unsigned long long)(i % nodes));
		snprintf(b, sizeof(b), "file:" MK_HOST_ID ":/home/builder%llu/.netrc", (unsigned long long)(i / nodes));
		snprintf(evidence, sizeof(evidence), "/home/builder%llu/.netrc:3", (unsigned long long)(i / nodes));
		if (cl_graph_edge(g, CL_EDGE_READ, a, b, 1, CL_BASIS_OBSERVED, evidence))
			return 0;
	}
	return (heap() - before) / cl_graph_stats(g)->edges;
}

static int memory(uint64_t n)
{
	const struct cl_limits wide = {.processes = 4 * n,
				       .runs = 4096,
				       .credentials = 4096,
				       .uses = 64,
				       .findings = 8192,
				       .nodes = 8 * n,
				       .edges = 16 * n};
	_cleanup_(cl_pipeline_free) struct cl_pipeline *p = NULL;
	_cleanup_(cl_identity_free) struct cl_identity *id = NULL;
	struct stream alone = {.put = identify}, whole = {.put = feed};
	size_t identity, pipeline;

	if (cl_identity_new(&id, 4 * n, 4096) || cl_pipeline_new(&p, &wide, count, &whole.findings))
		return 1;
	alone.to = id;
	whole.to = p;
	begin(&alone);
	begin(&whole);
	identity = family(&alone, n) / n;
	pipeline = family(&whole, n) / n;
	printf("{\"processes\":%llu,\"bytes_per_process\":%zu,\"bytes_per_process_with_graph\":%zu,\"bytes_per_edge\":%zu}\n",
	       (unsigned long long)n, identity, pipeline, edges(n));
	return 0;
}

static int write_recording(uint64_t events, const char *path)
{
	_cleanup_(cl_recorder_free) struct cl_recorder *r = NULL;
	struct cl_error err = {0};
	struct stream s = {.put = record, .every = EVERY};

	if (cl_recorder_new(&r, path, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	s.to = r;
	begin(&s);
	play(&s, events);
	printf("{\"events\":%llu}\n", (unsigned long long)s.n);
	return cl_recorder_finish(r, &err) != 0;
}

/* ---- from the bytes on ---- */

#define VARIABLES 32
#define VARIABLE 128
#define SESSION "/user.slice/user-0.slice/session-1.scope"

static void act(struct cl_observer *o, struct cl_pipeline *p, void *record, size_t size)
{
	struct cl_observation obs;

	if (cl_observe(o, record, size, &obs) != 1 || cl_pipeline_feed(p, &obs))
		exit(1);
	free(record);
}

static __attribute__((noinline)) void exec_one(struct cl_observer *o, struct cl_pipeline *p, uint32_t n,
					       const char *const *env)
{
	struct cl_task shell = mk_task(100, 5000, 1, 10), child = mk_task(FIRST + n % 60000, 100000 + n, 100, 5000);
	uint64_t ts = 1000000 + 10000ull * n;
	size_t size;
	void *r = mk_raw_fork(&size, shell, child, ts);

	act(o, p, r, size);
	r = mk_raw_exec(&size, &(struct mk_exec){.task = child,
						 .ts = ts + 1000,
						 .path = "/usr/bin/true",
						 .filename = "/bin/true",
						 .cgroup = SESSION,
						 .args = MK_LIST("true"),
						 .env = env});
	act(o, p, r, size);
	r = mk_raw_exit(&size, child, 0, ts + 2000);
	act(o, p, r, size);
}

static int execs(uint32_t n, uint32_t other)
{
	_cleanup_(cl_catalogue_free) struct cl_catalogue *c = NULL;
	_cleanup_(cl_fp_key_free) struct cl_fp_key *key = NULL;
	_cleanup_(cl_scanner_free) struct cl_scanner *scanner = NULL;
	_cleanup_(cl_observer_free) struct cl_observer *o = NULL;
	_cleanup_(cl_pipeline_free) struct cl_pipeline *p = NULL;
	char text[VARIABLES][VARIABLE];
	const char *env[VARIABLES + 1] = {NULL};
	const struct mk_exec shell = {.task = mk_task(100, 5000, 1, 10),
				      .ts = 1000,
				      .path = "/usr/bin/dash",
				      .filename = "/bin/sh",
				      .cgroup = SESSION,
				      .args = MK_LIST("sh")};
	struct cl_observation host = mk_obs_host();
	double took;
	void *record;
	size_t size;

	if (cl_catalogue_new(&c, NULL, NULL) || cl_fp_key_once(&key, NULL) || cl_scanner_new(&scanner, c, key, NULL) ||
	    cl_observer_new(&o, c, scanner) || cl_pipeline_new(&p, &usual, count, &(uint64_t){0}) ||
	    cl_pipeline_feed(p, &host))
		return 1;
	for (int i = 0; i < VARIABLES; i++) {
		snprintf(text[i], VARIABLE, "VARIABLE_%02d=%0*d", i, VARIABLE - 13, 0);
		memset(text[i] + 12, 'a' + i % 26, VARIABLE - 13);
		env[i] = text[i];
	}
	record = mk_raw_exec(&size, &shell);
	act(o, p, record, size);
	took = cpu();
	for (uint32_t i = 0; i < n; i++) {
		if (other && i % other == 0)
			snprintf(text[0], VARIABLE, "VARIABLE_00=%u", i);
		exec_one(o, p, i, env);
	}
	took = cpu() - took;
	printf("{\"execs\":%u,\"us_each\":%.2f}\n", n, took * 1e6 / n);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

	if (n && !strcmp(argv[1], "stream"))
		return stream(n, argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : EVERY);
	if (n && !strcmp(argv[1], "memory"))
		return memory(n);
	if (n && argc > 3 && !strcmp(argv[1], "record"))
		return write_recording(n, argv[3]);
	if (n && !strcmp(argv[1], "execs"))
		return execs((uint32_t)n, argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0);
	fprintf(stderr, "correlate stream EVENTS | memory COUNT | record EVENTS FILE | execs COUNT\n");
	return 2;
}
