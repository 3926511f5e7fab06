/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shows what the probes deliver, for the trigger tests: loads the capture, prints one JSON object per record until
 * SIGTERM, then drains and prints the counters.
 *
 *   dump_events [--tier fentry|kprobe|tracepoint] [--ring BYTES] [--name NAME[/PARENT]]... [--prefix X] [--suffix X]
 *
 * From SIGUSR1 on it answers every match by name with "watched" and every carried content with "known".
 * Arguments, environment and content appear as length and FNV-1a 64 only: a test's records may hold what looks like
 * a credential, and no test output should.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/text.h"
#include "capture/capture.h"
#include "event/event.h"

#define MAX_NAMES 16
#define LAST_NS 700000000ull

struct dump {
	struct cl_capture *capture;
	struct cl_arena *arena;
	uint64_t undecodable;
	cJSON *at_signal;
};

static volatile sig_atomic_t stopped, answering;

static void on_signal(int signal)
{
	if (signal == SIGUSR1)
		answering = 1;
	else
		stopped = 1;
}

static const char *const kinds[CL_KIND_MAX] = {"",	  "exec",   "fork",    "exit",	      "open", "read",
					       "connect", "access", "receive", "connect_end", "held", "write"};
static const char *const stages[CL_STAGE_MAX] = {"sent", "lost", "failed", "repeated", "skipped", "capped"};
static const char *const hows[] = {"", "read", "pread", "readv", "mmap", "splice", "io_uring", "copy", "other", "aio"};
static const char *const access_hows[] = {"", "ptrace", "traceme", "vm_read", "vm_write", "fd", "mem", "environ"};
static const char *const receive_hows[] = {"", "message", "taken"};
static const char *const connect_hows[] = {"", "call", "send", "accept"};
static const char *const flags[] = {
	"path_truncated",    "path_fault",	  "args_truncated", "args_fault",	"env_truncated",
	"env_fault",	     "content_truncated", "content_fault",  "cgroup_truncated", "deleted",
	"anonymous",	     "unreachable",	  "by_inode",	    "by_name",		"abstract",
	"address_from_user", "content_known",	  "name_truncated", "name_from_user",	"redirected",
};

/* cJSON's numbers are doubles; identifiers must come out exact. */
static void put(cJSON *object, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	cJSON_AddRawToObject(object, key, text);
}

static void put_bytes(cJSON *object, const char *name, const void *bytes, size_t len)
{
	char key[32], text[24];

	snprintf(key, sizeof(key), "%s_len", name);
	put(object, key, len);
	snprintf(key, sizeof(key), "%s_hash", name);
	snprintf(text, sizeof(text), "%016" PRIx64, cl_fnv1a(bytes, len));
	cl_json_str(object, key, text);
}

static void put_task(cJSON *o, const struct cl_task *t)
{
	char comm[sizeof(t->comm) + 1] = "";

	memcpy(comm, t->comm, sizeof(t->comm));
	put(o, "start", t->start);
	put(o, "parent_start", t->parent_start);
	put(o, "cgroup", t->cgroup);
	put(o, "tgid", t->tgid);
	put(o, "tid", t->tid);
	put(o, "parent_tgid", t->parent_tgid);
	put(o, "ns_tgid", t->ns_tgid);
	put(o, "uid", t->uid);
	put(o, "euid", t->euid);
	put(o, "gid", t->gid);
	put(o, "loginuid", t->loginuid);
	put(o, "session", t->session);
	put(o, "mntns", t->mntns);
	put(o, "pidns", t->pidns);
	put(o, "userns", t->userns);
	put(o, "ns_uid", t->ns_uid);
	put(o, "pad", t->pad);
	cl_json_str(o, "comm", comm);
}

static void put_header(cJSON *o, const struct cl_header *h)
{
	cJSON *names = cl_json_arr(o, "flags");

	put(o, "schema", h->schema);
	put(o, "record_size", h->size);
	put(o, "cpu", h->cpu);
	put(o, "ts", h->ts);
	for (size_t i = 0; i < 32; i++)
		if (h->flags & 1u << i)
			cJSON_AddItemToArray(names, cJSON_CreateString(i < ARRAY_SIZE(flags) ? flags[i] : "unknown"));
	put_task(cl_json_obj(o, "task"), &h->task);
}

static void put_file(cJSON *o, const struct cl_file *f)
{
	put(o, "dev", f->dev);
	put(o, "ino", f->ino);
	put(o, "generation", f->generation);
	put(o, "size", f->size);
	put(o, "ctime", f->ctime);
	put(o, "mode", f->mode);
	put(o, "nlink", f->nlink);
}

static void put_exec(cJSON *o, const struct cl_event *e)
{
	cl_json_str(o, "path", e->path);
	cl_json_str(o, "filename", e->filename);
	cl_json_str(o, "cgroup_path", e->cgroup);
	put(o, "args_total", e->args_total);
	put(o, "env_total", e->env_total);
	put_bytes(o, "args", e->args.p, e->args.len);
	put_bytes(o, "env", e->env.p, e->env.len);
}

static void put_opener(cJSON *o, const struct cl_event *e)
{
	put(o, "opener_start", e->opener.start);
	put(o, "opener_tgid", e->opener.tgid);
	put(o, "opener_uid", e->opener.uid);
}

static void put_open(cJSON *o, const struct cl_event *e)
{
	cl_json_str(o, "path", e->path);
	cl_json_str(o, "asked", e->filename);
	put(o, "open_flags", e->open_flags);
	put(o, "repeats", e->repeats);
}

static void put_access(cJSON *o, const struct cl_event *e)
{
	cl_json_str(o, "how", e->how < ARRAY_SIZE(access_hows) ? access_hows[e->how] : "unknown");
	put_task(cl_json_obj(o, "target"), e->target);
}

static void put_receive(cJSON *o, const struct cl_event *e)
{
	cl_json_str(o, "path", e->path);
	cl_json_str(o, "how", e->how < ARRAY_SIZE(receive_hows) ? receive_hows[e->how] : "unknown");
	put_opener(o, e);
}

static void put_read(cJSON *o, const struct cl_event *e)
{
	cl_json_str(o, "path", e->path);
	cl_json_str(o, "how", e->how < ARRAY_SIZE(hows) ? hows[e->how] : "unknown");
	cJSON_AddNumberToObject(o, "offset", (double)e->offset);
	put(o, "length", e->length);
	put(o, "repeats", e->repeats);
	put_opener(o, e);
	put_bytes(o, "content", e->content.p, e->content.len);
}

static void put_address(cJSON *o, const char *key, const uint8_t address[16])
{
	char hex[2 * 16 + 1] = "";

	cl_hex(hex, address, 16);
	cl_json_str(o, key, hex);
}

static void put_connect(cJSON *o, const struct cl_event *e)
{
	const struct cl_connect *c = e->connect;
	char name[2 * CL_UNIX_PATH_MAX + 1] = "";

	cl_hex(name, (const uint8_t *)e->unix_name.p, e->unix_name.len);
	put(o, "family", c->family);
	put(o, "type", c->type);
	put(o, "protocol", c->protocol);
	put(o, "port", c->port);
	put(o, "scope", c->scope);
	put_address(o, "address", c->address);
	cl_json_str(o, "name_bytes", name);
	cl_json_str(o, "path", e->path);
	cl_json_str(o, "how", e->how < ARRAY_SIZE(connect_hows) ? connect_hows[e->how] : "unknown");
	put(o, "socket", c->socket);
	put(o, "dev", c->dev);
	put(o, "ino", c->ino);
	put(o, "repeats", e->repeats);
	put_address(o, "asked", c->asked);
	put(o, "asked_port", c->asked_port);
}

static void put_connect_end(cJSON *o, const struct cl_event *e)
{
	const struct cl_connect_end *c = e->connect_end;

	put(o, "socket", c->socket);
	put(o, "family", c->family);
	put(o, "type", c->type);
	put(o, "protocol", c->protocol);
	put(o, "port", c->port);
	put(o, "scope", c->scope);
	put_address(o, "address", c->address);
	cl_json_num(o, "error", c->error);
}

static void put_fork(cJSON *o, const struct cl_event *e)
{
	put_task(cl_json_obj(o, "child"), e->child);
}

static void put_exit(cJSON *o, const struct cl_event *e)
{
	cl_json_num(o, "code", e->exit_code);
}

static void (*const puts_of[CL_KIND_MAX])(cJSON *o, const struct cl_event *e) = {
	[CL_EXEC] = put_exec,	  [CL_FORK] = put_fork,	      [CL_EXIT] = put_exit,
	[CL_OPEN] = put_open,	  [CL_READ] = put_read,	      [CL_CONNECT] = put_connect,
	[CL_ACCESS] = put_access, [CL_RECEIVE] = put_receive, [CL_CONNECT_END] = put_connect_end,
	[CL_WRITE] = put_open,
};

static void print(cJSON *o)
{
	_cleanup_free_ char *line = cJSON_PrintUnformatted(o);

	puts(line ? line : "{\"record\":\"out of memory\"}");
}

static void answer(const struct dump *d, const struct cl_event *e)
{
	const struct cl_file *f = e->file;

	if (!answering || !f)
		return;
	if (e->h->flags & CL_F_BY_NAME)
		cl_capture_watch(d->capture, f->dev, f->ino, f->generation, CL_WATCH_CONFIRMED);
	if (e->content.len)
		cl_capture_content_known(d->capture, f->dev, f->ino, f->generation, f->ctime, f->size);
}

static void on_record(void *ctx, void *record, size_t size)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	struct dump *d = ctx;
	struct cl_event e;
	int r;

	cl_arena_reset(d->arena);
	r = cl_event_decode(record, size, d->arena, &e);
	if (r) {
		d->undecodable++;
		cl_json_str(o, "record", "undecodable");
		cl_json_num(o, "error", r);
		print(o);
		return;
	}
	cl_json_str(o, "record", e.h->kind < CL_KIND_MAX ? kinds[e.h->kind] : "unknown");
	put_header(o, e.h);
	if (e.file)
		put_file(cl_json_obj(o, "file"), e.file);
	if (e.h->kind < CL_KIND_MAX && puts_of[e.h->kind])
		puts_of[e.h->kind](o, &e);
	print(o);
	answer(d, &e);
}

static void put_counters(cJSON *o, const struct cl_capture *c)
{
	uint64_t counters[CL_COUNTERS] = {0};
	cJSON *kind;

	if (cl_capture_counters(c, counters))
		cl_json_str(o, "error", "counters cannot be read");
	for (size_t k = 1; k < CL_KIND_MAX; k++) {
		kind = cl_json_obj(o, kinds[k]);
		for (size_t s = 0; s < CL_STAGE_MAX; s++)
			put(kind, stages[s], counters[k * CL_STAGE_MAX + s]);
	}
}

static void put_limits(cJSON *list, const struct cl_capture *c)
{
	const struct cl_limit *const *limits;
	size_t n;

	limits = cl_capture_limits(c, &n);
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(limits[i]->way));
}

static void print_ready(const struct cl_capture *c)
{
	const struct cl_coverage *coverage = cl_capture_coverage(c);
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	cJSON *acts = cl_json_obj(o, "coverage"), *act;

	cl_json_str(o, "record", "ready");
	for (uint32_t i = 0; i < CL_ACT_MAX; i++) {
		act = cl_json_obj(acts, cl_act_name(i));
		cl_json_str(act, "tier", cl_tier_name(coverage[i].tier));
		cl_json_bool(act, "attached", coverage[i].attached);
		cl_json_bool(act, "seen", coverage[i].seen);
		cl_json_str(act, "detail", coverage[i].detail);
	}
	put_limits(cl_json_arr(o, "limits"), c);
	put_counters(cl_json_obj(o, "counters"), c); /* what the self-test made */
	print(o);
	fflush(stdout);
}

/* Counters of the moment of the signal, and of now, after the last record was taken: others go on making records. */
static void print_end(const struct dump *d)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();

	cl_json_str(o, "record", "counters");
	cJSON_AddItemToObject(o, "at_signal", cJSON_Duplicate(d->at_signal, true));
	put_counters(cl_json_obj(o, "counters"), d->capture);
	put(o, "undecodable", d->undecodable);
	print(o);
}

/* After the signal: for a moment, in which all that was there then is taken, since a batch may wait without a wake-up. */
static int watch(struct dump *d)
{
	struct pollfd p = {.fd = cl_capture_fd(d->capture), .events = POLLIN};
	uint64_t end = 0;
	int n;

	while (!end || cl_boot_ns() < end) {
		if (stopped && !end) {
			put_counters(d->at_signal, d->capture);
			end = cl_boot_ns() + LAST_NS;
		}
		poll(&p, 1, 50);
		n = cl_capture_poll(d->capture, on_record, d);
		if (n < 0)
			return n;
	}
	return 0;
}

/* "NAME" or "NAME/PARENT"; points into argv, which it cuts. */
static void add_name(struct cl_name_rules *rules, char *name)
{
	char *slash = strchr(name, '/');

	if (slash)
		*slash++ = 0;
	rules->exact[rules->n_exact].name = name;
	rules->exact[rules->n_exact++].parents[0] = slash;
}

static int parse_tier(const char *name, uint32_t *tier)
{
	for (uint32_t t = CL_TIER_FENTRY; t <= CL_TIER_TRACEPOINT; t++)
		if (!strcmp(name, cl_tier_name(t))) {
			*tier = t;
			return 0;
		}
	return -EINVAL;
}

/* Four bytes and the NUL. */
static int add_affix(char table[][5], size_t *n, const char *affix)
{
	if (*n == CL_AFFIX_MAX || strlen(affix) != 4)
		return -EINVAL;
	memcpy(table[(*n)++], affix, 5);
	return 0;
}

static int parse_option(int c, struct cl_capture_options *o, struct cl_name_rules *rules)
{
	uint64_t bytes;

	switch (c) {
	case 't':
		return parse_tier(optarg, &o->force_tier);
	case 'r':
		if (cl_parse_u64(optarg, 1ull << 30, &bytes))
			return -EINVAL;
		o->process_ring = o->credential_ring = bytes;
		return 0;
	case 'n':
		if (rules->n_exact == MAX_NAMES)
			return -EINVAL;
		add_name(rules, optarg);
		return 0;
	case 'p':
		return add_affix(rules->prefixes, &rules->n_prefixes, optarg);
	case 's':
		return add_affix(rules->suffixes, &rules->n_suffixes, optarg);
	default:
		return -EINVAL;
	}
}

static int parse(int argc, char **argv, struct cl_capture_options *o, struct cl_name_rules *rules)
{
	static const struct option options[] = {
		{"tier", required_argument, NULL, 't'},	  {"ring", required_argument, NULL, 'r'},
		{"name", required_argument, NULL, 'n'},	  {"prefix", required_argument, NULL, 'p'},
		{"suffix", required_argument, NULL, 's'}, {0},
	};
	int c, r = 0;

	while (!r && (c = getopt_long(argc, argv, "", options, NULL)) != -1)
		r = parse_option(c, o, rules);
	return r ? r : optind < argc ? -EINVAL : 0;
}

int main(int argc, char **argv)
{
	struct cl_capture_options options = {.process_ring = 8 << 20, .credential_ring = 8 << 20};
	_cleanup_free_ void *exact = calloc(MAX_NAMES, sizeof(((struct cl_name_rules *)0)->exact[0]));
	struct cl_name_rules rules = {.exact = exact};
	struct sigaction action = {.sa_handler = on_signal};
	struct cl_error err = {""};
	struct dump d = {.at_signal = cJSON_CreateObject()};
	int r;

	if (!exact || parse(argc, argv, &options, &rules)) {
		fputs("dump_events: bad option\n", stderr);
		return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	r = cl_arena_new(&d.arena, 1 << 20);
	if (!r)
		r = cl_capture_new(&d.capture, &options, &rules, &err);
	if (r) {
		fprintf(stderr, "dump_events: %s (%s)\n", err.text, strerror(-r));
		return 3;
	}
	print_ready(d.capture);
	r = watch(&d);
	print_end(&d);
	cl_capture_free(&d.capture);
	cl_arena_free(&d.arena);
	cJSON_Delete(d.at_signal);
	return r ? 1 : 0;
}
