/* SPDX-License-Identifier: Apache-2.0 */
/* Raw records in, observations out: who, what, which credential; and no byte of one in anything that comes out. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "make_token.h"
#include "mk_event.h"
#include "pipeline/observe.h"

static struct cl_catalogue *catalogue;
static struct cl_fp_key *key;
static struct cl_scanner *scanner;
static struct cl_observer *observer;
static struct cl_observation obs;
static struct cl_arena *arena;

static int setup_all(void **state)
{
	(void)state;
	return cl_catalogue_new(&catalogue, NULL, NULL) || cl_fp_key_once(&key, NULL) ||
	       cl_scanner_new(&scanner, catalogue, key, NULL) || cl_arena_new(&arena, 1 << 20);
}

static int teardown_all(void **state)
{
	(void)state;
	cl_arena_free(&arena);
	cl_scanner_free(&scanner);
	cl_fp_key_free(&key);
	cl_catalogue_free(&catalogue);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return cl_observer_new(&observer, catalogue, scanner);
}

static int teardown(void **state)
{
	(void)state;
	cl_observer_free(&observer);
	return 0;
}

/* Observes, checks that the record is wiped, frees it. */
static int observe(void *record, size_t size)
{
	int r = cl_observe(observer, record, size, &obs);

	for (size_t i = 0; i < size; i++)
		assert_int_equal(((uint8_t *)record)[i], 0);
	free(record);
	return r;
}

static void fingerprint(const char *value, uint8_t fp[CL_FP_SIZE])
{
	assert_int_equal(cl_fingerprint(key, value, strlen(value), fp), 0);
}

static void expect_sighting(size_t i, const char *value, uint32_t source, const char *name)
{
	uint8_t fp[CL_FP_SIZE];

	fingerprint(value, fp);
	assert_in_range(i, 0, obs.n_sightings - 1);
	assert_memory_equal(obs.sightings[i].fp, fp, CL_FP_SIZE);
	assert_int_equal(obs.sightings[i].source, source);
	if (name)
		assert_string_equal(obs.sightings[i].name, name);
}

/* The whole observation as it would be recorded. */
static void expect_absent(const char *value)
{
	uint8_t *bytes = NULL;
	size_t len = 0, cap = 0;

	assert_int_equal(cl_obs_encode(&obs, &bytes, &len, &cap), 0);
	for (size_t at = 0; at + 12 <= strlen(value); at++)
		assert_null(memmem(bytes, len, value + at, 12));
	free(bytes);
}

static struct cl_task task(void)
{
	struct cl_task t = mk_task(100, 5000, 1, 10);

	t.uid = 1000;
	t.euid = 0;
	t.gid = 1001;
	t.loginuid = 1002;
	t.session = 7;
	t.cgroup = 99;
	t.tid = 103;
	t.ns_tgid = 3;
	return t;
}

static int exec(const char *path, const char *const *args, const char *const *env, uint32_t flags)
{
	size_t size;
	void *r = mk_raw_exec(&size, &(struct mk_exec){.task = task(),
						       .ts = 123,
						       .flags = flags,
						       .exe = {.ino = 5, .dev = 6},
						       .path = path,
						       .filename = path,
						       .cgroup = "/system.slice/x.service",
						       .args = args,
						       .env = env});

	return observe(r, size);
}

static void test_exec(void **state)
{
	char *token = mk_token_github("ghp_"), *secret = mk_token_npm(), env[128], arg[128];

	(void)state;
	snprintf(env, sizeof(env), "GH_TOKEN=%s", token);
	snprintf(arg, sizeof(arg), "--token=%s", secret);
	assert_int_equal(exec("/usr/bin/gh", MK_LIST("gh", "api", arg), MK_LIST("HOME=/root", env, "CI=true"), 0), 1);
	assert_int_equal(obs.kind, CL_OBS_EXEC);
	assert_int_equal(obs.ts, 123);
	assert_int_equal(obs.process.tgid, 100);
	assert_int_equal(obs.process.start, 5000);
	assert_int_equal(obs.parent.tgid, 1);
	assert_int_equal(obs.parent.start, 10);
	assert_int_equal(obs.tid, 103);
	assert_int_equal(obs.ns_tgid, 3);
	assert_int_equal(obs.uid, 1000);
	assert_int_equal(obs.euid, 0);
	assert_int_equal(obs.gid, 1001);
	assert_int_equal(obs.loginuid, 1002);
	assert_int_equal(obs.session, 7);
	assert_int_equal(obs.cgroup_id, 99);
	assert_string_equal(obs.comm, "comm100");
	assert_string_equal(obs.exe, "/usr/bin/gh");
	assert_string_equal(obs.filename, "/usr/bin/gh");
	assert_string_equal(obs.cgroup, "/system.slice/x.service");
	assert_int_equal(obs.exe_ino, 5);
	assert_int_equal(obs.exe_dev, 6);
	assert_string_equal(obs.command, "gh api --token=[credential]");
	assert_int_equal(obs.n_sightings, 2);
	expect_sighting(0, token, CL_SOURCE_ENVIRONMENT, "GH_TOKEN");
	expect_sighting(1, secret, CL_SOURCE_ARGUMENTS, "token");
	assert_string_equal(obs.sightings[0].provider, "GitHub");
	expect_absent(token);
	expect_absent(secret);
	free(token);
	free(secret);
}

/* Bytes of an environment that were looked through since the last question. */
static uint64_t looked_through(void)
{
	static uint64_t before;
	uint64_t now = cl_observer_stats(observer)->scanned_bytes, n = now >= before ? now - before : now;

	before = now;
	return n;
}

/* With nothing in it it is looked through once; with a credential each process that has it is a holder of its own. */
static void test_same_environment(void **state)
{
	const char *const args[] = {"true", NULL};
	char *token = mk_token_github("ghp_"), env[128];

	(void)state;
	looked_through();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(exec("/bin/true", args, MK_LIST("HOME=/root", "HOSTNAME=db-0"), 0), 1);
		assert_int_equal(obs.n_sightings, 0);
		assert_string_equal(obs.vars[0].value, "db-0");
		assert_int_equal(looked_through(), 5 + (i ? 0 : 25));
	}
	assert_int_equal(cl_observer_stats(observer)->environments_again, 2);
	assert_int_equal(exec("/bin/true", args, MK_LIST("HOME=/root", "HOSTNAME=db-1"), 0), 1);
	assert_int_equal(looked_through(), 5 + 25);
	snprintf(env, sizeof(env), "GH_TOKEN=%s", token);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(exec("/bin/true", args, MK_LIST("HOME=/root", env), 0), 1);
		assert_int_equal(obs.n_sightings, 1);
		expect_sighting(0, token, CL_SOURCE_ENVIRONMENT, "GH_TOKEN");
		looked_through();
	}
	cl_observer_key_changed(observer);
	assert_int_equal(exec("/bin/true", args, MK_LIST("HOME=/root", "HOSTNAME=db-1"), 0), 1);
	assert_int_equal(looked_through(), 5 + 25);
	free(token);
}

#define LOADER "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"

static void expect_program(const char *exe, const char *const *args, const char *want)
{
	assert_int_equal(exec(exe, args, MK_LIST("HOME=/root"), 0), 1);
	assert_string_equal(obs.exe, exe);
	if (want)
		assert_string_equal(obs.program, want);
	else
		assert_null(obs.program);
}

/* A program loader's own arguments say what it loads. */
static void test_loaded_program(void **state)
{
	(void)state;
	expect_program(LOADER, MK_LIST("/lib64/ld-linux-x86-64.so.2", "./copied cat", "W"), "./copied cat");
	expect_program(LOADER, MK_LIST("ld", "--library-path", "/x", "--inhibit-cache", "--argv0", "git", "/tmp/evil"),
		       "/tmp/evil");
	expect_program("/lib/ld-musl-x86_64.so.1", MK_LIST("ld", "--list", "./x"), "./x");
	expect_program(LOADER, MK_LIST("ld"), NULL);
	expect_program(LOADER, MK_LIST("ld", "--argv0"), NULL);
	expect_program(LOADER, MK_LIST("ld", "--argv0", "x"), NULL);
	expect_program(LOADER, MK_LIST("ld", ""), NULL);
	expect_program("/usr/bin/cat", MK_LIST("ld-linux-x86-64.so.2", "./x"), NULL); /* a name that anybody can give */
	expect_program(LOADER, MK_LIST("ld", "/tmp/\x1b[31m"), "/tmp/\\x1b[31m");
}

static const char *variable(const char *name)
{
	for (size_t i = 0; i < obs.n_vars; i++)
		if (!strcmp(obs.vars[i].name, name))
			return obs.vars[i].value;
	return NULL;
}

static void test_variables(void **state)
{
	char *token = mk_token_github("ghs_"), env[256];

	(void)state;
	snprintf(env, sizeof(env), "GITHUB_REPOSITORY=o/r %s", token);
	assert_int_equal(
		exec("/bin/x", MK_LIST("x"),
		     MK_LIST("GITHUB_ACTIONS=true", "HOME=/home/u", env, "GITHUB_RUN_ID=12\n3", "NOEQUALS", "=x"), 0),
		1);
	assert_string_equal(variable("GITHUB_ACTIONS"), "true");
	assert_null(variable("HOME"));
	assert_string_equal(variable("GITHUB_RUN_ID"), "12\\x0a3");
	assert_string_equal(variable("GITHUB_REPOSITORY"), "o/r [credential]");
	expect_absent(token);
	free(token);
}

static void test_names_are_escaped(void **state)
{
	(void)state;
	assert_int_equal(exec("/tmp/a\nb\033[2J", MK_LIST("a\nb"), NULL, 0), 1);
	assert_string_equal(obs.exe, "/tmp/a\\x0ab\\x1b[2J");
	assert_string_equal(obs.command, "a\\x0ab");
	assert_int_equal(exec("/bin/x", NULL, NULL, 0), 1);
	assert_null(obs.command);
	assert_int_equal(obs.n_vars, 0);
	assert_null(obs.sightings);
}

/* What is cut off could be half a credential. */
static void test_truncated_arguments(void **state)
{
	char *token = mk_token_github("ghp_"), arg[64];
	size_t size;
	struct cl_exec *r;

	(void)state;
	snprintf(arg, sizeof(arg), "%s", token);
	r = mk_raw_exec(&size, &(struct mk_exec){.task = task(),
						 .flags = CL_F_ARGS_TRUNCATED | CL_F_ENV_TRUNCATED,
						 .path = "/bin/x",
						 .filename = "x",
						 .args = MK_LIST("x", "y", arg),
						 .env = MK_LIST(arg)});
	/* The environment and the last argument lose their ends. */
	r->args_total = r->args_len + 500;
	r->env_len = 20;
	r->h.size = (uint32_t)(size -= strlen(arg) + 1 - 20);
	assert_int_equal(observe(r, size), 1);
	assert_int_equal(obs.n_sightings, 1); /* the argument was whole, as its NUL says */

	r = mk_raw_exec(&size, &(struct mk_exec){.task = task(),
						 .flags = CL_F_ARGS_TRUNCATED,
						 .path = "/bin/x",
						 .filename = "x",
						 .args = MK_LIST("x", "y", arg)});
	r->args_len -= 10;
	r->h.size = (uint32_t)(size -= 10);
	assert_int_equal(observe(r, size), 1);
	assert_string_equal(obs.command, "x y [cut]");
	assert_int_equal(obs.n_sightings, 0);
	expect_absent(token);
	free(token);
}

static void test_long_command_is_cut(void **state)
{
	char *arg = malloc(30001);

	(void)state;
	memset(arg, 'a', 30000);
	arg[30000] = '\0';
	assert_int_equal(exec("/bin/x", MK_LIST("x", arg), NULL, 0), 1);
	assert_in_range(strlen(obs.command), 4000, 4110);
	assert_non_null(strstr(obs.command, " [cut]"));
	free(arg);
}

static void test_the_launcher_only_passes_on(void **state)
{
	char *token = mk_token_github("ghp_"), env[64];

	(void)state;
	snprintf(env, sizeof(env), "GH_TOKEN=%s", token);
	/* Anybody can have the name. */
	assert_int_equal(exec("/usr/bin/credlineage", MK_LIST("credlineage", "run", token), NULL, 0), 1);
	assert_int_equal(obs.n_sightings, 1);
	cl_observer_launcher(observer, 6, 5);
	assert_int_equal(
		exec("/usr/bin/credlineage", MK_LIST("credlineage", "run", "--", "cmd", token), MK_LIST(env), 0), 1);
	assert_int_equal(obs.n_sightings, 1);
	expect_sighting(0, token, CL_SOURCE_ENVIRONMENT, "GH_TOKEN");
	assert_string_equal(obs.command, "credlineage run -- cmd [credential]");
	assert_int_equal(exec("/usr/bin/credlineage", MK_LIST("credlineage", "scan", token), NULL, 0), 1);
	assert_int_equal(obs.n_sightings, 1);
	free(token);
}

static void test_a_name_may_hold_a_credential(void **state)
{
	char *token = mk_token_github("ghp_"), path[128];
	size_t size;
	void *r;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/%s/.npmrc", token);
	r = mk_raw_open(&size, &(struct mk_open){.task = task(), .path = path});
	assert_int_equal(observe(r, size), 1);
	assert_string_equal(obs.path, "/tmp/[credential]/.npmrc");
	assert_string_equal(obs.store, "npmrc");
	assert_int_equal(exec(path, MK_LIST("x"), NULL, 0), 1);
	expect_absent(token);
	free(token);
}

static const char *comm_of(const char *comm)
{
	struct cl_task t = task();
	size_t size;
	void *r;

	memset(t.comm, 0, sizeof(t.comm));
	memcpy(t.comm, comm, strnlen(comm, 15));
	r = mk_raw_exit(&size, t, 0, 1);
	assert_int_equal(observe(r, size), 1);
	return obs.comm;
}

/* What was cut off matches no pattern any more; how it begins tells enough. */
static void test_beginnings_of_credentials(void **state)
{
	char *token = mk_token_github("ghp_"), *jwt = mk_token_jwt(1900000000), name[300];
	size_t size;
	void *r;

	(void)state;
	assert_string_equal(comm_of(token), "[credential]");
	assert_string_equal(comm_of("ghp_notes"), "ghp_notes");
	assert_string_equal(comm_of("kworker/u4:1-ev"), "kworker/u4:1-ev");
	/* Of a UUID no beginning tells; a whole name of its letters is no program's. */
	assert_string_equal(comm_of("3f2a9c01-4b7d-4e"), "[credential]");
	assert_string_equal(comm_of("3f2a9c01-4b7d"), "3f2a9c01-4b7d");
	snprintf(name, sizeof(name), "/tmp/in-%.40s", jwt);
	r = mk_raw_open(
		&size, &(struct mk_open){
			       .task = task(), .flags = CL_F_NAME_TRUNCATED, .path = "/home/me/.npmrc", .asked = name});
	assert_int_equal(observe(r, size), 1);
	assert_string_equal(obs.filename, "[cut]");
	free(token);
	free(jwt);
}

/* A piece of one whose middle or surroundings alone tell what it is. */
static void test_a_cut_name_is_not_told(void **state)
{
	static const char *const names[] = {"/tmp/bootstrap-token=abc123.0123FAKE4567",
					    "/tmp/FAKE12345678.atlasv1.FAKEab", "FAKE12345678.atlasv1.FAKEab"};
	size_t size;
	void *r;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		r = mk_raw_open(&size, &(struct mk_open){.task = task(),
							 .flags = CL_F_NAME_TRUNCATED,
							 .path = "/home/me/.npmrc",
							 .asked = names[i]});
		assert_int_equal(observe(r, size), 1);
		assert_string_equal(obs.filename, "[cut]");
		expect_absent("FAKE");
	}
}

/* One that only looks like a credential, or that its surroundings alone tell. */
static void test_names_in_doubt_are_hidden(void **state)
{
	char *token = mk_token_github("ghp_"), path[128];
	const char *safe;

	(void)state;
	token[10] = token[10] == 'x' ? 'y' : 'x'; /* the checksum is wrong now */
	snprintf(path, sizeof(path), "/tmp/%s/x", token);
	assert_int_equal(exec(path, MK_LIST("x"), NULL, 0), 1);
	assert_string_equal(obs.exe, "/tmp/[redacted]/x");
	assert_int_equal(exec("/tmp/password=FAKEhunter2", MK_LIST("x"), NULL, 0), 1);
	expect_absent("hunter2");
	assert_int_equal(cl_observer_conceal(observer, "deploy: prod = eu", &safe), 0);
	assert_null(safe);
	snprintf(path, sizeof(path), "deploy %s", token);
	assert_int_equal(cl_observer_conceal(observer, path, &safe), 0);
	assert_string_equal(safe, "deploy [redacted]");
	free(token);
}

static void test_fork_and_exit(void **state)
{
	size_t size;
	void *r = mk_raw_fork(&size, task(), mk_task(101, 6000, 100, 5000), 77);

	(void)state;
	assert_int_equal(observe(r, size), 1);
	assert_int_equal(obs.kind, CL_OBS_FORK);
	assert_int_equal(obs.process.tgid, 100);
	assert_int_equal(obs.child.tgid, 101);
	assert_int_equal(obs.child.start, 6000);
	r = mk_raw_exit(&size, task(), 0x100, 78);
	assert_int_equal(observe(r, size), 1);
	assert_int_equal(obs.kind, CL_OBS_EXIT);
	assert_int_equal(obs.exit_code, 0x100);
	assert_int_equal(obs.ts, 78);
}

static const struct cl_file npmrc = {.ino = 10, .dev = 1, .generation = 3, .size = 1000, .ctime = 50};

static int open_file(struct cl_file file, const char *path, uint32_t flags)
{
	size_t size;
	void *r = mk_raw_open(
		&size,
		&(struct mk_open){.task = task(), .flags = flags, .file = file, .path = path, .open_flags = 0101});

	return observe(r, size);
}

struct piece {
	struct cl_file file;
	uint32_t tgid, flags, how;
	int64_t offset;
	const char *path, *content;
	size_t content_len;
	uint64_t length;
};

static int read_file(struct piece p)
{
	struct cl_task t = task();
	size_t size;
	void *r;

	t.tgid = p.tgid ? p.tgid : t.tgid;
	r = mk_raw_read(&size, &(struct mk_read){.task = t,
						 .flags = p.flags,
						 .how = p.how,
						 .file = p.file,
						 .offset = p.offset,
						 .path = p.path,
						 .content = p.content,
						 .content_len = p.content_len,
						 .length = p.length});
	return observe(r, size);
}

static void test_open(void **state)
{
	(void)state;
	assert_int_equal(open_file(npmrc, "/root/.npmrc", CL_F_BY_NAME), 1);
	assert_int_equal(obs.kind, CL_OBS_OPEN);
	assert_string_equal(obs.path, "/root/.npmrc");
	assert_string_equal(obs.store, "npmrc");
	assert_int_equal(obs.ino, 10);
	assert_int_equal(obs.dev, 1);
	assert_int_equal(obs.generation, 3);
	assert_int_equal(obs.size, 1000);
	assert_int_equal(obs.ctime, 50);
	assert_int_equal(obs.open_flags, 0101);
	assert_int_equal(obs.flags, CL_F_BY_NAME);
	/* No path any more, and other names of the same file. */
	assert_int_equal(open_file(npmrc, NULL, CL_F_BY_NAME), 1);
	assert_string_equal(obs.path, "/root/.npmrc");
	assert_string_equal(obs.store, "npmrc");
	assert_int_equal(open_file(npmrc, "/tmp/hard-link", CL_F_BY_NAME), 1);
	assert_string_equal(obs.path, "/tmp/hard-link");
	assert_string_equal(obs.store, "npmrc");
	assert_false(obs.exempt);
	assert_int_equal(open_file((struct cl_file){.ino = 9, .dev = 1}, "/etc/shadow", CL_F_BY_NAME), 1);
	assert_true(obs.exempt);
	/* The number of the inode came back as another file. */
	assert_int_equal(open_file((struct cl_file){.ino = 10, .dev = 1, .generation = 4}, "/tmp/.envoy", CL_F_BY_NAME),
			 0);
	assert_int_equal(obs.ino, 10);
}

static void test_candidates_that_are_none(void **state)
{
	(void)state;
	assert_int_equal(
		open_file((struct cl_file){.ino = 11, .dev = 2, .generation = 5}, "/srv/x/.envoy", CL_F_BY_NAME), 0);
	assert_int_equal(obs.kind, CL_OBS_OPEN);
	assert_string_equal(obs.path, "/srv/x/.envoy");
	assert_null(obs.store);
	assert_int_equal(obs.ino, 11);
	assert_int_equal(obs.dev, 2);
	assert_int_equal(obs.generation, 5);
	assert_int_equal(read_file((struct piece){.file = {.ino = 11, .dev = 2, .size = 9},
						  .path = "/srv/x/.envoy",
						  .content = "whatever\n",
						  .flags = CL_F_BY_NAME}),
			 0);
	assert_int_equal(cl_observer_stats(observer)->ignored, 2);
	/* Watched by its inode: somebody had a reason. */
	assert_int_equal(open_file((struct cl_file){.ino = 12, .dev = 2}, "/srv/x/config", CL_F_BY_INODE), 1);
	assert_null(obs.store);
}

/* A bind mount hides the name for which the kernel took the file. */
static void test_a_mount_hides_the_name(void **state)
{
	struct cl_file file = {.ino = 31, .dev = 2, .generation = 5, .ctime = 1};
	char *token = mk_token_github("ghp_");

	(void)state;
	file.size = strlen(token);
	assert_int_equal(open_file(file, "/etc/motd", CL_F_BY_NAME), 1);
	assert_null(obs.store);
	assert_string_equal(obs.path, "/etc/motd");
	assert_int_equal(read_file((struct piece){.file = file, .content = token, .flags = CL_F_BY_INODE}), 1);
	assert_int_equal(obs.n_sightings, 1);
	assert_string_equal(obs.path, "/etc/motd");
	free(token);
	/* Told under its own name, it is its store's. */
	assert_int_equal(open_file(file, "/root/.npmrc", CL_F_BY_INODE), 1);
	assert_string_equal(obs.store, "npmrc");
}

static void test_read(void **state)
{
	char *token = mk_token_npm(), text[256];
	struct cl_file file = npmrc;

	(void)state;
	file.size = (uint64_t)snprintf(text, sizeof(text), "a\n//registry.example.com/:_authToken=%s\n", token);
	assert_int_equal(
		read_file((struct piece){.file = file, .path = "/root/.npmrc", .content = text, .flags = CL_F_BY_NAME}),
		1);
	assert_int_equal(obs.kind, CL_OBS_READ);
	assert_int_equal(obs.how, CL_READ_READ);
	assert_int_equal(obs.length, file.size);
	assert_int_equal(obs.n_sightings, 1);
	expect_sighting(0, token, CL_SOURCE_FILE, "_authToken");
	assert_int_equal(obs.sightings[0].line, 2);
	assert_true(cl_observer_knows_content(observer));
	expect_absent(token);
	/* The kernel leaves the content of a known version out; a map or a copy carries none. */
	assert_int_equal(
		read_file((struct piece){
			.file = file, .tgid = 200, .flags = CL_F_CONTENT_KNOWN | CL_F_BY_INODE, .length = file.size}),
		1);
	assert_int_equal(obs.n_sightings, 1);
	expect_sighting(0, token, CL_SOURCE_FILE, "_authToken");
	assert_string_equal(obs.path, "/root/.npmrc");
	assert_true(cl_observer_knows_content(observer));
	assert_int_equal(read_file((struct piece){.file = file, .how = CL_READ_MMAP, .length = 10}), 1);
	assert_int_equal(obs.n_sightings, 1);
	assert_int_equal(obs.how, CL_READ_MMAP);
	assert_false(cl_observer_misses_content(observer));
	/* Another version: nothing is known of it. */
	file.ctime++;
	assert_int_equal(read_file((struct piece){.file = file, .how = CL_READ_MMAP, .length = 10}), 1);
	assert_int_equal(obs.n_sightings, 0);
	assert_false(cl_observer_knows_content(observer));
	assert_false(cl_observer_misses_content(observer));
	/* The kernel remembers what the table has given up. */
	file.ctime++;
	assert_int_equal(
		read_file((struct piece){.file = file, .flags = CL_F_CONTENT_KNOWN | CL_F_BY_INODE, .length = 10}), 1);
	assert_true(cl_observer_misses_content(observer));
	free(token);
}

static int held_file(struct cl_file file, const char *path, const char *content, uint32_t flags)
{
	const struct mk_read held = {.task = task(), .flags = flags, .file = file, .path = path, .content = content};
	size_t size;
	void *r = mk_raw_held(&size, &held);

	return observe(r, size);
}

/* A descriptor that was open before: what can be read through it is known, that it was read is not said. */
static void test_held(void **state)
{
	char *token = mk_token_npm(), text[256];
	struct cl_file file = npmrc;

	(void)state;
	file.size = (uint64_t)snprintf(text, sizeof(text), "a\n//registry.example.com/:_authToken=%s\n", token);
	assert_int_equal(held_file(file, "/srv/x/.envoy", text, CL_F_BY_NAME), 0); /* no store claims it */
	assert_int_equal(held_file(file, "/root/.npmrc", NULL, CL_F_BY_NAME), 1);
	assert_int_equal(obs.kind, CL_OBS_HELD);
	assert_int_equal(obs.n_sightings, 0);
	assert_int_equal(obs.unverified, 1);
	assert_false(cl_observer_knows_content(observer));
	assert_int_equal(held_file(file, "/root/.npmrc", text, CL_F_BY_NAME), 1);
	assert_int_equal(obs.unverified, 0);
	assert_int_equal(obs.n_sightings, 1);
	expect_sighting(0, token, CL_SOURCE_DESCRIPTOR, "_authToken");
	assert_true(cl_observer_knows_content(observer));
	expect_absent(token);
	/* The next one of the same version needs no content, and a read of it is a read. */
	assert_int_equal(held_file(file, "/root/.npmrc", NULL, CL_F_BY_INODE), 1);
	expect_sighting(0, token, CL_SOURCE_DESCRIPTOR, "_authToken");
	assert_int_equal(
		read_file((struct piece){.file = file, .flags = CL_F_CONTENT_KNOWN | CL_F_BY_INODE, .length = 9}), 1);
	expect_sighting(0, token, CL_SOURCE_FILE, "_authToken");
	free(token);
}

/* In pieces of every size: the token is seen once, in the read that completes it, and never a part of it. */
static void test_reads_in_pieces(void **state)
{
	char *token = mk_token_jwt(1900000000), text[1024];
	size_t len = (size_t)snprintf(text, sizeof(text), "one\ntwo: x\ntoken: %s\nlast: y\n", token);

	(void)state;
	for (size_t step = 1; step < len; step += 1 + step / 3) {
		struct cl_file file = {.ino = 20, .dev = 1, .size = len, .ctime = step};
		size_t seen = 0;

		for (size_t at = 0; at < len; at += step) {
			size_t n = len - at < step ? len - at : step;

			assert_int_equal(read_file((struct piece){.file = file,
								  .path = at ? NULL : "/root/.netrc",
								  .content = text + at,
								  .content_len = n,
								  .offset = (int64_t)at}),
					 1);
			for (size_t i = 0; i < obs.n_sightings; i++) {
				expect_sighting(i, token, CL_SOURCE_FILE, "token");
				assert_int_equal(obs.sightings[i].line, 3);
				seen++;
			}
			assert_int_equal(cl_observer_knows_content(observer), at + n == len);
		}
		if (seen != 1)
			fail_msg("seen %zu times in pieces of %zu", seen, step);
	}
	free(token);
}

/* Where deleted files leave their numbers to the next ones: who reads that one reads no store. */
static void test_a_number_that_is_taken_over(void **state)
{
	struct cl_file file = {.ino = 77, .dev = 3, .size = 900, .ctime = 5, .nlink = 1};
	struct piece piece = {.file = file, .flags = CL_F_BY_INODE, .length = 900};

	(void)state;
	assert_int_equal(open_file(file, "/etc/shadow", 0), 1);
	assert_int_equal(read_file(piece), 1);
	assert_non_null(obs.readers);
	file.ctime = piece.file.ctime = 9;
	assert_int_equal(open_file(file, "/etc/passwd", CL_F_BY_INODE), 1);
	assert_int_equal(read_file(piece), 1);
	assert_null(obs.readers);
	/* A second name of the store's own file is another matter. */
	file.nlink = piece.file.nlink = 2;
	assert_int_equal(open_file(file, "/etc/passwd", CL_F_BY_INODE), 1);
	assert_int_equal(read_file(piece), 1);
	assert_non_null(obs.readers);
}

/* Two readers of one file, taking turns. */
/* Nobody goes on reading: what was read is wiped, and what comes later stands alone. */
static void test_readers_that_stop(void **state)
{
	char *token = mk_token_github("ghp_"), text[128];
	size_t len = (size_t)snprintf(text, sizeof(text), "token: %s\n", token), half = 20;
	struct piece first = {.file = {.ino = 20, .dev = 1, .size = len}, .path = "/root/.netrc", .content = text},
		     rest = {.file = first.file, .content = text + half, .content_len = len - half, .offset = 20};

	(void)state;
	first.content_len = half;
	for (int late = 0; late < 2; late++) {
		first.file.ctime = rest.file.ctime = 5 + (uint64_t)late;
		assert_int_equal(read_file(first), 1);
		assert_int_equal(obs.n_sightings, 0);
		cl_observer_tick(observer, obs.ts + CL_OBSERVER_KEEP_NS + (uint64_t)late);
		assert_int_equal(read_file(rest), 1);
		assert_int_equal(obs.n_sightings, !late);
	}
	free(token);
}

static void test_readers_are_kept_apart(void **state)
{
	char *token = mk_token_github("ghp_"), text[128];
	size_t len = (size_t)snprintf(text, sizeof(text), "token: %s\n", token), half = len / 2;
	struct cl_file file = {.ino = 21, .dev = 1, .size = len, .ctime = 1};

	(void)state;
	for (uint32_t tgid = 300; tgid < 302; tgid++) {
		assert_int_equal(read_file((struct piece){.file = file,
							  .tgid = tgid,
							  .path = "/root/.netrc",
							  .content = text,
							  .content_len = half}),
				 1);
		assert_int_equal(obs.n_sightings, 0);
	}
	for (uint32_t tgid = 300; tgid < 302; tgid++) {
		assert_int_equal(read_file((struct piece){.file = file,
							  .tgid = tgid,
							  .content = text + half,
							  .content_len = len - half,
							  .offset = (int64_t)half}),
				 1);
		assert_int_equal(obs.n_sightings, 1);
		expect_sighting(0, token, CL_SOURCE_FILE, "token");
	}
	/* The second half alone is nothing. */
	assert_int_equal(read_file((struct piece){.file = file,
						  .tgid = 303,
						  .content = text + half,
						  .content_len = len - half,
						  .offset = (int64_t)half}),
			 1);
	assert_int_equal(obs.n_sightings, 0);
	free(token);
}

/* A read that brought more than is carried: what it ends with may go on. */
static void test_content_cut_by_the_kernel(void **state)
{
	char *token = mk_token_jwt(0), *text = malloc(CL_CONTENT_MAX);
	struct cl_file file = {.ino = 22, .dev = 1, .size = 100000, .ctime = 1};
	size_t n = strlen(token) - 20;

	(void)state;
	memset(text, '\n', CL_CONTENT_MAX);
	memcpy(text + CL_CONTENT_MAX - n, token, n);
	assert_int_equal(read_file((struct piece){.file = file,
						  .path = "/root/.netrc",
						  .content = text,
						  .content_len = CL_CONTENT_MAX,
						  .length = 65536,
						  .flags = CL_F_CONTENT_TRUNCATED}),
			 1);
	assert_int_equal(obs.n_sightings, 0);
	assert_true(cl_observer_knows_content(observer)); /* as far as the kernel carries any */
	free(token);
	free(text);
}

static void test_procfs_has_no_versions(void **state)
{
	char *a = mk_token_github("ghp_"), *b = mk_token_npm(), text[128];
	struct cl_file file = {.ino = 23, .dev = 4};
	size_t n;

	(void)state;
	n = (size_t)snprintf(text, sizeof(text), "HOME=/%cGH_TOKEN=%s", 0, a) + 1;
	assert_int_equal(
		read_file((struct piece){.file = file, .path = "/proc/77/environ", .content = text, .content_len = n}),
		1);
	assert_string_equal(obs.store, "proc_environ");
	assert_int_equal(obs.n_sightings, 1);
	expect_sighting(0, a, CL_SOURCE_FILE, "GH_TOKEN");
	assert_false(cl_observer_knows_content(observer));
	assert_int_equal(read_file((struct piece){.file = file, .how = CL_READ_SPLICE, .length = 10}), 1);
	assert_int_equal(obs.n_sightings, 0);
	n = (size_t)snprintf(text, sizeof(text), "NPM=%s", b) + 1;
	assert_int_equal(read_file((struct piece){.file = file, .content = text, .content_len = n}), 1);
	assert_int_equal(obs.n_sightings, 1);
	expect_sighting(0, b, CL_SOURCE_FILE, "NPM");
	free(a);
	free(b);
}

static void test_tables_are_bounded(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 20000; i++) {
		struct cl_file file = {.ino = 1000 + i, .dev = 1, .size = 100};

		assert_int_equal(read_file((struct piece){
					 .file = file, .path = "/root/.npmrc", .content = "x", .content_len = 1}),
				 1);
	}
	assert_int_equal(cl_observer_stats(observer)->files, 16384);
	assert_int_equal(cl_observer_stats(observer)->files_evicted, 20000 - 16384);
	assert_in_range(cl_observer_stats(observer)->readers_evicted, 19000, 20000);
}

static const char *connect_to(uint16_t family, const void *address, size_t len, const char *path, size_t path_len,
			      uint32_t flags)
{
	struct mk_connect c = {.task = task(),
			       .flags = flags,
			       .family = family,
			       .type = SOCK_STREAM,
			       .port = 443,
			       .path = path,
			       .path_len = path_len};
	size_t size;
	void *r;

	if (len)
		memcpy(c.address, address, len);
	r = mk_raw_connect(&size, &c);
	assert_int_equal(observe(r, size), 1);
	assert_int_equal(obs.kind, CL_OBS_CONNECT);
	assert_int_equal(obs.sock_type, SOCK_STREAM);
	return obs.address;
}

static void test_connect(void **state)
{
	static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = 2, [15] = 1};

	(void)state;
	assert_string_equal(connect_to(AF_INET, mapped + 12, 4, NULL, 0, 0), "192.0.2.1");
	assert_int_equal(obs.port, 443);
	assert_int_equal(obs.family, AF_INET);
	assert_string_equal(connect_to(AF_INET6, v6, 16, NULL, 0, 0), "2001:db8::1");
	assert_int_equal(obs.family, AF_INET6);
	assert_string_equal(connect_to(AF_INET6, mapped, 16, NULL, 0, 0), "192.0.2.1");
	assert_int_equal(obs.family, AF_INET);
	assert_string_equal(connect_to(AF_UNIX, NULL, 0, "/run/x\n.sock", 0, 0), "/run/x\\x0a.sock");
	assert_string_equal(connect_to(AF_UNIX, NULL, 0, "/run/x\0garbage", 14, 0), "/run/x");
	assert_string_equal(connect_to(AF_UNIX, NULL, 0, "a\0b", 3, CL_F_ABSTRACT), "@a\\x00b");
	assert_null(connect_to(AF_UNIX, NULL, 0, NULL, 0, 0));
}

static void observe_connect(const struct mk_connect *c)
{
	size_t size;
	void *r = mk_raw_connect(&size, c);

	assert_int_equal(observe(r, size), 1);
}

/* The socket's file is the place; the name that led there is told where it is another. */
static void test_unix_file(void **state)
{
	struct mk_connect c = {
		.task = task(), .family = AF_UNIX, .path = "../run/x", .file = "/run/docker.sock", .ino = 7, .dev = 8};

	(void)state;
	observe_connect(&c);
	assert_string_equal(obs.address, "/run/docker.sock");
	assert_string_equal(obs.filename, "../run/x");
	assert_string_equal(obs.service, "docker");
	assert_int_equal(obs.ino, 7);
	assert_int_equal(obs.dev, 8);
	c.path = "/run/docker.sock";
	observe_connect(&c);
	assert_null(obs.filename);
}

static void test_redirected(void **state)
{
	struct mk_connect c = {.task = task(),
			       .flags = CL_F_REDIRECTED,
			       .family = AF_INET,
			       .type = SOCK_STREAM,
			       .port = 80,
			       .address = {169, 254, 169, 254},
			       .asked = {192, 0, 2, 1},
			       .asked_port = 443,
			       .repeats = 3,
			       .socket = 99};

	(void)state;
	observe_connect(&c);
	assert_string_equal(obs.address, "169.254.169.254");
	assert_string_equal(obs.asked_address, "192.0.2.1");
	assert_int_equal(obs.asked_port, 443);
	assert_int_equal(obs.repeats, 3);
	assert_int_equal(obs.socket, 99);
	assert_string_equal(obs.service, "instance-metadata");
	c.how = CL_CONNECT_ACCEPT; /* who comes from there serves nothing */
	observe_connect(&c);
	assert_null(obs.service);
}

static void test_malformed(void **state)
{
	size_t size;
	struct cl_header *r = mk_raw_exit(&size, task(), 0, 1);

	(void)state;
	r->size++;
	assert_int_equal(observe(r, size), -EPROTO);
	r = calloc(1, 4096);
	assert_int_equal(observe(r, 4096), -EPROTO);
	assert_int_equal(cl_observer_stats(observer)->malformed, 2);
	assert_int_equal(cl_observer_stats(observer)->events, 2);
}

static void test_process_of_the_baseline(void **state)
{
	char *token = mk_token_github("ghp_"), args[128], env[128];
	size_t args_len = (size_t)snprintf(args, sizeof(args), "gh%capi%c--x=%s", 0, 0, token) + 1;
	size_t env_len = (size_t)snprintf(env, sizeof(env), "GITHUB_ACTIONS=true%cT=%s", 0, token) + 1;
	struct cl_observation p = {.kind = CL_OBS_PROCESS, .exe = "/usr/bin/gh", .process = {.tgid = 5, .start = 6}};

	(void)state;
	assert_int_equal(cl_observe_process(observer, &p, args, args_len, env, env_len), 0);
	obs = p;
	assert_string_equal(obs.command, "gh api --x=[credential]");
	assert_int_equal(obs.n_sightings, 2);
	expect_sighting(0, token, CL_SOURCE_ENVIRONMENT, "T");
	expect_sighting(1, token, CL_SOURCE_ARGUMENTS, "x");
	assert_string_equal(variable("GITHUB_ACTIONS"), "true");
	assert_int_equal(obs.process.tgid, 5);
	assert_int_equal(cl_observe_process(observer, &p, NULL, 0, NULL, 0), 0);
	assert_int_equal(p.n_sightings, 0);
	free(token);
}

/* What cl_observer_read_again's function finds: a text, or an error. */
static const char *there;
static int not_there, asked_again;
static char asked_path[64];

static int read_again(const struct cl_event *ev, const char *path, void *buf, size_t size)
{
	asked_again++;
	snprintf(asked_path, sizeof(asked_path), "%s", path);
	assert_int_equal(size, CL_CONTENT_MAX);
	assert_int_equal(ev->file->ino, npmrc.ino);
	if (not_there)
		return not_there;
	memcpy(buf, there, strlen(there));
	return (int)strlen(there);
}

static struct piece without_content(struct cl_file file, uint32_t how)
{
	return (struct piece){.file = file, .how = how, .offset = -1, .path = "/root/.npmrc", .flags = CL_F_BY_INODE};
}

/* Mapped, spliced, copied: the bytes come from the very version of the file, or nothing is said of them. */
static void test_content_read_again(void **state)
{
	char *token = mk_token_npm(), text[256];
	struct cl_file file = npmrc;
	struct piece p;

	(void)state;
	file.size = (uint64_t)snprintf(text, sizeof(text), "//registry.example.com/:_authToken=%s\n", token);
	there = text;
	not_there = asked_again = 0;
	cl_observer_read_again(observer, read_again);
	assert_int_equal(read_file(without_content(file, CL_READ_MMAP)), 1);
	assert_int_equal(asked_again, 1);
	assert_string_equal(asked_path, "/root/.npmrc");
	assert_int_equal(obs.unverified, 0);
	assert_int_equal(obs.n_sightings, 1);
	expect_sighting(0, token, CL_SOURCE_FILE, "_authToken");
	assert_int_equal(obs.sightings[0].line, 1);
	assert_true(cl_observer_knows_content(observer));
	expect_absent(token);
	/* Known by now. */
	assert_int_equal(read_file(without_content(file, CL_READ_SPLICE)), 1);
	assert_int_equal(asked_again, 1);
	assert_int_equal(obs.n_sightings, 1);
	/* Another version, and it is gone: what the one before held is no guess at this one. */
	file.ctime++;
	not_there = -ESTALE;
	assert_int_equal(read_file(without_content(file, CL_READ_COPY)), 1);
	assert_int_equal(obs.unverified, 1);
	assert_int_equal(obs.n_sightings, 0);
	assert_false(cl_observer_knows_content(observer));
	/* Less than there should be is another version, too. */
	file.size++;
	not_there = 0;
	assert_int_equal(read_file(without_content(file, CL_READ_COPY)), 1);
	assert_int_equal(obs.unverified, 1);
	/* A reader's buffer that could not be read back in the middle. */
	file.size--;
	p = (struct piece){.file = file, .path = "/root/.npmrc", .content = "//regis", .length = file.size};
	p.flags = CL_F_BY_INODE | CL_F_CONTENT_FAULT;
	assert_int_equal(read_file(p), 1);
	assert_int_equal(obs.unverified, 0);
	expect_sighting(0, token, CL_SOURCE_FILE, "_authToken");
	file.ctime++;
	p.file = file;
	not_there = -ENOENT;
	assert_int_equal(read_file(p), 1);
	assert_int_equal(obs.unverified, 1);
	assert_int_equal(cl_observer_stats(observer)->read_again, 2);
	assert_int_equal(cl_observer_stats(observer)->unverified, 3);
	free(token);
}

/* Behind what is carried of a file: a use of it all the same. */
static void test_read_far_into_a_file(void **state)
{
	char *token = mk_token_npm(), text[CL_CONTENT_MAX];
	struct cl_file file = npmrc;
	struct piece p = {.path = "/root/.npmrc", .flags = CL_F_BY_INODE};

	(void)state;
	memset(text, '\n', sizeof(text));
	text[snprintf(text, sizeof(text), "//registry.example.com/:_authToken=%s", token)] = '\n';
	file.size = 30000;
	p.file = file;
	p.content = text;
	p.content_len = sizeof(text);
	assert_int_equal(read_file(p), 1);
	assert_true(cl_observer_knows_content(observer));
	p = (struct piece){.file = file, .tgid = 300, .offset = 20000, .length = 1000};
	p.flags = CL_F_BY_INODE | CL_F_CONTENT_KNOWN;
	assert_int_equal(read_file(p), 1);
	assert_int_equal(obs.process.tgid, 300);
	assert_int_equal(obs.unverified, 0);
	expect_sighting(0, token, CL_SOURCE_FILE, "_authToken");
	free(token);
}

static int open_as(const char *asked, uint32_t tgid)
{
	struct mk_open o = {.task = task(), .flags = CL_F_BY_INODE, .file = npmrc, .path = "/root/.npmrc"};
	size_t size;
	void *r;

	o.task.tgid = tgid;
	o.asked = asked;
	o.repeats = 4;
	r = mk_raw_open(&size, &o);
	return observe(r, size);
}

/* A read carries no name: the one that its descriptor was opened by is remembered, where it says more than the path. */
static void test_asked_name(void **state)
{
	struct mk_read other = {.task = task(), .file = npmrc, .opener_tgid = 7, .opener_start = 5000, .repeats = 9};
	struct piece own = {.file = npmrc, .tgid = 7, .flags = CL_F_BY_INODE, .length = 1};
	size_t size;
	void *r;

	(void)state;
	assert_int_equal(open_as("/tmp/ln", 7), 1);
	assert_string_equal(obs.filename, "/tmp/ln");
	assert_int_equal(obs.repeats, 4);
	assert_int_equal(read_file(own), 1);
	assert_string_equal(obs.filename, "/tmp/ln");
	assert_int_equal(open_as("/root/.npmrc", 8), 1); /* somebody else's does not replace it */
	r = mk_raw_read(&size, &other);
	assert_int_equal(observe(r, size), 1);
	assert_int_equal(obs.opener.tgid, 7);
	assert_int_equal(obs.repeats, 9);
	assert_string_equal(obs.filename, "/tmp/ln");
	own.tgid = 8;
	assert_int_equal(read_file(own), 1);
	assert_null(obs.filename);
	/* A relative name is the file's own; so is none. */
	assert_int_equal(open_as("./.npmrc", 7), 1);
	own.tgid = 7;
	assert_int_equal(read_file(own), 1);
	assert_null(obs.filename);
	assert_int_equal(open_as("rc", 7), 1);
	assert_int_equal(read_file(own), 1);
	assert_string_equal(obs.filename, "rc");
	assert_int_equal(open_as(NULL, 7), 1);
	assert_int_equal(read_file(own), 1);
	assert_null(obs.filename);
}

static int open_asked(uint64_t ino, const char *path, const char *asked)
{
	struct mk_open o = {.task = task(), .flags = CL_F_BY_NAME, .file = {.ino = ino, .dev = 3}};
	size_t size;
	void *r;

	o.path = path;
	o.asked = asked;
	r = mk_raw_open(&size, &o);
	return observe(r, size);
}

/* The path goes up to the mount namespace's root; the name that was asked for begins at the process's own. */
static void test_store_below_another_root(void **state)
{
	(void)state;
	assert_int_equal(open_asked(40, "/srv/guest/etc/passwd-s3fs", "/etc/passwd-s3fs"), 1);
	assert_string_equal(obs.store, "passwd_s3fs");
	assert_string_equal(obs.path, "/srv/guest/etc/passwd-s3fs");
	/* Another place below that root, part of a name, a name of one's own choice. */
	assert_int_equal(open_asked(41, "/srv/guest/srv/etc/passwd-s3fs", "/srv/etc/passwd-s3fs"), 0);
	assert_null(obs.store);
	assert_int_equal(open_asked(42, "/srv/guest/etc/passwd-s3fs", "etc/passwd-s3fs"), 0);
	assert_null(obs.store);
	assert_int_equal(open_asked(43, "/srv/guest/x/passwd-s3fs", "/etc/passwd-s3fs"), 1);
	assert_null(obs.store);
}

/* A file that a holder writes is told as it is opened; what lies in it, plain or encoded, when somebody looked. */
static void test_written(void **state)
{
	const struct cl_file file = {.ino = 40, .dev = 2, .generation = 3, .ctime = 50, .size = 6000};
	_cleanup_free_ char *token = mk_token_github("ghp_"), *text = malloc(40000);
	struct cl_written w = {.process = {.start = 5000, .tgid = 100}, .file = file, .path = "/var/log/x", .ts = 77};
	struct cl_open *r;
	size_t size;
	int n;

	(void)state;
	r = mk_raw_open(&size, &(struct mk_open){.task = task(),
						 .ts = 70,
						 .flags = CL_F_BY_INODE,
						 .file = file,
						 .path = "/var/log/x",
						 .asked = "x",
						 .open_flags = 01});
	r->h.kind = CL_WRITE;
	assert_int_equal(observe(r, size), 1);
	assert_int_equal(obs.kind, CL_OBS_WRITE);
	assert_int_equal(obs.ts, 70);
	assert_int_equal(obs.process.tgid, 100);
	assert_int_equal(obs.ino, 40);
	assert_int_equal(obs.dev, 2);
	assert_int_equal(obs.generation, 3);
	assert_int_equal(obs.open_flags, 01);
	assert_string_equal(obs.path, "/var/log/x");
	assert_string_equal(obs.filename, "x");
	assert_int_equal(obs.n_sightings, 0);

	assert_int_equal(cl_observe_written(observer, &w, "nothing", 7, &obs), 0);
	assert_false(cl_observer_knows_content(observer));
	n = snprintf(text, 40000, "%30000s\ntoken %s\n", "", token);
	assert_int_equal(cl_observe_written(observer, &w, text, (size_t)n, &obs), 1);
	assert_true(cl_observer_knows_content(observer));
	assert_int_equal(obs.kind, CL_OBS_STORED);
	assert_int_equal(obs.ts, 77);
	assert_int_equal(obs.process.tgid, 100);
	assert_int_equal(obs.process.start, 5000);
	assert_int_equal(obs.ino, 40);
	assert_int_equal(obs.ctime, 50);
	assert_int_equal(obs.whole, 1);
	assert_string_equal(obs.path, "/var/log/x");
	expect_sighting(0, token, CL_SOURCE_FILE, NULL);
	assert_int_equal(obs.sightings[0].line, 2);
	expect_absent(token);

	/* Far behind what the kernel carries, and a reader of this version has it all the same. */
	assert_int_equal(
		read_file((struct piece){.file = file, .flags = CL_F_BY_INODE | CL_F_CONTENT_KNOWN, .length = 100}), 1);
	expect_sighting(0, token, CL_SOURCE_FILE, NULL);
	assert_string_equal(obs.path, "/var/log/x");
	assert_null(obs.store);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_exec),
		CASE(test_same_environment),
		CASE(test_loaded_program),
		CASE(test_variables),
		CASE(test_names_are_escaped),
		CASE(test_truncated_arguments),
		CASE(test_long_command_is_cut),
		CASE(test_the_launcher_only_passes_on),
		CASE(test_a_name_may_hold_a_credential),
		CASE(test_beginnings_of_credentials),
		CASE(test_a_cut_name_is_not_told),
		CASE(test_names_in_doubt_are_hidden),
		CASE(test_fork_and_exit),
		CASE(test_open),
		CASE(test_candidates_that_are_none),
		CASE(test_a_mount_hides_the_name),
		CASE(test_read),
		CASE(test_reads_in_pieces),
		CASE(test_a_number_that_is_taken_over),
		CASE(test_readers_that_stop),
		CASE(test_readers_are_kept_apart),
		CASE(test_content_cut_by_the_kernel),
		CASE(test_procfs_has_no_versions),
		CASE(test_tables_are_bounded),
		CASE(test_held),
		CASE(test_content_read_again),
		CASE(test_read_far_into_a_file),
		CASE(test_asked_name),
		CASE(test_store_below_another_root),
		CASE(test_connect),
		CASE(test_unix_file),
		CASE(test_redirected),
		CASE(test_malformed),
		CASE(test_written),
		CASE(test_process_of_the_baseline),
	};

	return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
