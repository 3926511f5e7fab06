/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After a loss the kernel's list decides: who is gone ends, who is new enters with its parent, who became something
 * else is that. The kernel is a list in this file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../user/monitor/reconcile.c"

static struct cl_task kernel[16];
static size_t n_kernel, n_told, n_held, n_exits;
static struct cl_identity *identity;
static uint32_t late_exit; /* its record is read while the monitor catches up */

#define GONE 4000000u /* over every limit of process numbers: free */

static void feed(void *ctx, const struct cl_observation *obs)
{
	struct cl_process *actor;
	struct cl_run *ended;

	(void)ctx;
	n_exits += obs->kind == CL_OBS_EXIT && obs->unverified;
	assert_int_equal(cl_identity_apply(identity, obs, &actor, &ended), 0);
}

int cl_tasks_list(struct cl_capture *c, struct cl_task **out, size_t *n)
{
	(void)c;
	*out = malloc(sizeof(kernel));
	assert_non_null(*out);
	memcpy(*out, kernel, sizeof(kernel));
	qsort(*out, n_kernel, sizeof(kernel[0]), cl_tasks_order);
	*n = n_kernel;
	return 0;
}

int cl_tasks_tell(const struct cl_task *tasks, size_t n, cl_baseline_fn each, void *ctx)
{
	for (size_t i = 0; i < n; i++) {
		struct cl_observation obs = {
			.kind = CL_OBS_PROCESS,
			.ts = cl_boot_ns(),
			.process = {.tgid = tasks[i].tgid, .start = tasks[i].start},
			.parent = {.tgid = tasks[i].parent_tgid, .start = tasks[i].parent_start},
			.comm = tasks[i].comm,
			.exe = tasks[i].comm,
			.exe_ino = (uint8_t)tasks[i].comm[0],
			.command = tasks[i].comm,
		};

		n_told++;
		assert_int_equal(each(ctx, &obs, NULL, 0, NULL, 0), 0);
	}
	return 0;
}

int cl_capture_poll(struct cl_capture *c, void (*each)(void *ctx, void *record, size_t size), void *ctx)
{
	(void)c;
	(void)each;
	if (!late_exit)
		return 0;
	feed(ctx, &(struct cl_observation){.kind = CL_OBS_EXIT,
					   .ts = cl_boot_ns(),
					   .process = {.tgid = late_exit, .start = 20},
					   .exit_code = 3 << 8});
	late_exit = 0;
	return 1;
}

int cl_capture_held(struct cl_capture *c, void (*each)(void *ctx, void *record, size_t size), void *ctx)
{
	(void)c;
	(void)each;
	(void)ctx;
	n_held++;
	return 0;
}

static int on_process(void *ctx, struct cl_observation *obs, const char *args, size_t args_len, const char *env,
		      size_t env_len)
{
	(void)args;
	(void)args_len;
	(void)env;
	(void)env_len;
	if (cl_identity_is_news(identity, obs))
		feed(ctx, obs);
	return 0;
}

static const struct cl_reconcile *with(void)
{
	static struct cl_reconcile r;

	r = (struct cl_reconcile){.identity = identity, .on_process = on_process, .feed = feed};
	return &r;
}

static void run(uint32_t tgid, uint64_t start, uint32_t parent, uint64_t parent_start, const char *comm)
{
	struct cl_task *t = &kernel[n_kernel++];

	*t = (struct cl_task){.tgid = tgid, .start = start, .parent_tgid = parent, .parent_start = parent_start};
	memcpy(t->comm, comm, strlen(comm));
}

static const struct cl_process *known(uint32_t tgid, uint64_t start)
{
	return cl_identity_process(identity, (struct cl_process_key){.tgid = tgid, .start = start});
}

static int setup(void **state)
{
	const struct cl_observation host = {.kind = CL_OBS_HOST, .host_id = "h", .host_name = "h", .boot_id = "b"};

	(void)state;
	n_kernel = n_told = n_held = n_exits = late_exit = 0;
	memset(kernel, 0, sizeof(kernel));
	assert_int_equal(cl_identity_new(&identity, 1024, 64), 0);
	feed(NULL, &host);
	run(1, 1, 0, 0, "init");
	run(100, 10, 1, 1, "shell");
	assert_int_equal(cl_tasks_tell(kernel, n_kernel, on_process, NULL), 0);
	n_told = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cl_identity_free(&identity);
	return 0;
}

static void started(uint32_t tgid, uint64_t start)
{
	feed(NULL, &(struct cl_observation){.kind = CL_OBS_FORK,
					    .ts = start,
					    .process = {.tgid = 100, .start = 10},
					    .child = {.tgid = tgid, .start = start}});
}

static void test_the_gone_end(void **state)
{
	(void)state;
	started(GONE, 20);
	started(GONE + 1, 20);
	started(200, 20);
	run(200, 20, 100, 10, "shell");
	late_exit = GONE + 1; /* its own record says how it ended */
	assert_int_equal(cl_reconcile(with(), 1u << CL_EXIT), 0);
	assert_int_equal(n_exits, 1);
	assert_true(known(GONE, 20)->exit_ts);
	assert_int_equal(known(GONE + 1, 20)->exit_code, 3 << 8);
	assert_int_equal(known(200, 20)->exit_ts, 0);
	assert_int_equal(known(100, 10)->exit_ts, 0);
	assert_int_equal(n_held, 0);
}

static void test_a_number_that_is_anothers(void **state)
{
	(void)state;
	started(200, 20);
	run(200, 30, 100, 10, "shell");
	assert_int_equal(cl_reconcile(with(), 1u << CL_FORK), 0);
	assert_true(known(200, 20)->exit_ts);
	assert_non_null(known(200, 30));
	assert_int_equal(known(200, 30)->exit_ts, 0);
}

static void test_who_came_after_the_list(void **state)
{
	(void)state;
	started(GONE, cl_boot_ns() + 1000000000ull);
	assert_int_equal(cl_reconcile(with(), 1u << CL_EXIT), 0);
	assert_int_equal(n_exits, 0);
}

/* A whole family whose forks were lost; of the youngest an act was seen, its parent was not known then. */
static void test_the_unknown_enter_with_their_parents(void **state)
{
	(void)state;
	feed(NULL, &(struct cl_observation){.kind = CL_OBS_EXEC,
					    .ts = 50,
					    .process = {.tgid = 302, .start = 40},
					    .parent = {.tgid = 301, .start = 30},
					    .exe = "tool",
					    .exe_ino = 't',
					    .command = "tool",
					    .comm = "tool"});
	assert_null(known(302, 40)->parent);
	run(301, 30, 100, 10, "make");
	run(302, 40, 301, 30, "tool");
	assert_int_equal(cl_reconcile(with(), 1u << CL_FORK), 0);
	assert_int_equal(n_told, 2); /* of nobody else anything was read */
	assert_ptr_equal(known(302, 40)->parent, known(301, 30));
	assert_ptr_equal(known(301, 30)->parent, known(100, 10));
	assert_string_equal(known(301, 30)->exe, "make");
}

static void test_another_image(void **state)
{
	(void)state;
	memset(kernel[1].comm, 0, sizeof(kernel[1].comm));
	memcpy(kernel[1].comm, "thief", 5);
	assert_int_equal(cl_reconcile(with(), 1u << CL_EXEC), 0);
	assert_string_equal(known(100, 10)->exe, "thief");
	assert_string_equal(known(1, 1)->exe, "init");
	assert_int_equal(n_exits, 0);
}

static void test_files(void **state)
{
	(void)state;
	assert_int_equal(cl_reconcile(with(), 1u << CL_READ), 0);
	assert_int_equal(n_held, 1);
	assert_int_equal(n_told, 0);
	assert_int_equal(cl_reconcile(with(), 1u << CL_CONNECT), 0);
	assert_int_equal(n_held, 1);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_the_gone_end),
		CASE(test_a_number_that_is_anothers),
		CASE(test_who_came_after_the_list),
		CASE(test_the_unknown_enter_with_their_parents),
		CASE(test_another_image),
		CASE(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
