/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "event/event.h"
#include "mk_event.h"

static int setup(void **state)
{
	struct cl_arena *a = NULL;

	if (cl_arena_new(&a, 1 << 20))
		return -1;
	*state = a;
	return 0;
}

static int teardown(void **state)
{
	struct cl_arena *a = *state;

	cl_arena_free(&a);
	return 0;
}

static const char *const args[] = {"cat", "", "/etc/motd", NULL};
static const char *const env[] = {"A=1", "HOME=/root", NULL};

static void *whole_exec(size_t *size, uint32_t flags)
{
	return mk_raw_exec(size, &(struct mk_exec){.task = mk_task(100, 5000, 1, 10),
						   .ts = 7000,
						   .flags = flags,
						   .exe = {.ino = 9, .dev = 8, .ctime = 3},
						   .path = "/usr/bin/cat",
						   .filename = "./cat",
						   .cgroup = "/system.slice/x.service",
						   .args = args,
						   .env = env,
						   .args_total = 500});
}

static void test_exec(void **state)
{
	struct cl_event e = {0};
	size_t size;
	void *r = whole_exec(&size, 0);

	assert_int_equal(cl_event_decode(r, size, *state, &e), 0);
	assert_int_equal(e.h->kind, CL_EXEC);
	assert_int_equal(e.h->ts, 7000);
	assert_int_equal(e.h->task.tgid, 100);
	assert_int_equal(e.h->task.start, 5000);
	assert_string_equal(e.path, "/usr/bin/cat");
	assert_string_equal(e.filename, "./cat");
	assert_string_equal(e.cgroup, "/system.slice/x.service");
	assert_int_equal(e.file->ino, 9);
	assert_int_equal(e.file->dev, 8);
	assert_int_equal(e.args.len, 15);
	assert_memory_equal(e.args.p, "cat\0\0/etc/motd", 15);
	assert_int_equal(e.env.len, 15);
	assert_memory_equal(e.env.p, "A=1\0HOME=/root", 15);
	assert_int_equal(e.args_total, 500);
	assert_int_equal(e.env_total, 15);
	free(r);
}

static void test_exec_with_nothing(void **state)
{
	struct cl_event e = {0};
	size_t size;
	void *r = mk_raw_exec(&size, &(struct mk_exec){.task = mk_task(1, 0, 0, 0)});

	assert_int_equal(cl_event_decode(r, size, *state, &e), 0);
	assert_string_equal(e.path, "");
	assert_string_equal(e.filename, "");
	assert_string_equal(e.cgroup, "/");
	assert_int_equal(e.args.len, 0);
	free(r);
}

static void test_fork_and_exit(void **state)
{
	struct cl_event e = {0};
	size_t size;
	void *r = mk_raw_fork(&size, mk_task(100, 5000, 1, 10), mk_task(101, 6000, 100, 5000), 6000);

	assert_int_equal(cl_event_decode(r, size, *state, &e), 0);
	assert_int_equal(e.h->kind, CL_FORK);
	assert_int_equal(e.child->tgid, 101);
	assert_int_equal(e.child->start, 6000);
	assert_string_equal(e.path, "");
	free(r);
	r = mk_raw_exit(&size, mk_task(100, 5000, 1, 10), -256, 8000);
	assert_int_equal(cl_event_decode(r, size, *state, &e), 0);
	assert_int_equal(e.h->kind, CL_EXIT);
	assert_int_equal(e.exit_code, -256);
	assert_null(e.child);
	free(r);
}

static void check_path(struct cl_arena *arena, const char *components, size_t len, uint32_t flags, const char *want)
{
	struct cl_open o = {.h = mk_header(CL_OPEN, mk_task(1, 1, 0, 0), 1, flags), .path_len = (uint32_t)len};
	struct mk_buffer b = {0};
	struct cl_event e = {0};
	size_t size;
	void *r;
	int code;

	mk_append(&b, &o, sizeof(o));
	mk_append(&b, components, len);
	r = mk_finish(&b, &size, &o, sizeof(o));
	code = cl_event_decode(r, size, arena, &e);
	if (want) {
		assert_int_equal(code, 0);
		assert_string_equal(e.path, want);
	} else {
		assert_int_equal(code, -EPROTO);
	}
	free(r);
}

static void test_paths(void **state)
{
	check_path(*state, "c\0b\0a", 6, 0, "/a/b/c");
	check_path(*state, "c\0b\0a", 6, CL_F_PATH_TRUNCATED, ".../a/b/c");
	check_path(*state, "a", 2, 0, "/a");
	check_path(*state, "", 0, 0, "");
	check_path(*state, "\0\0", 3, 0, "");
	check_path(*state, "c\0\0a", 5, 0, "/a/c"); /* a name that could not be read */
	check_path(*state, "memfd:a/b", 10, CL_F_ANONYMOUS, "memfd:a/b");
	check_path(*state, "memfd:x\0more", 13, CL_F_ANONYMOUS, "memfd:x");
	check_path(*state, "", 0, CL_F_ANONYMOUS, "");
	check_path(*state, "x (deleted)\0tmp", 16, CL_F_DELETED, "/tmp/x (deleted)");
	check_path(*state, "c\0b\0a", 5, 0, NULL); /* the end is missing */
}

static void test_longest_path(void **state)
{
	static char components[CL_PATH_MAX];
	char want[CL_PATH_MAX + 4];

	/* "xx..x\0" over and over: 2176 components of one letter */
	for (size_t i = 0; i < CL_PATH_MAX; i += 2)
		components[i] = 'x';
	memcpy(want, "...", 3);
	for (size_t i = 0; i < CL_PATH_MAX; i += 2)
		memcpy(want + 3 + i, "/x", 2);
	want[CL_PATH_MAX + 3] = '\0';
	check_path(*state, components, CL_PATH_MAX, CL_F_PATH_TRUNCATED, want);
}

static void test_over_the_caps(void **state)
{
	static char big[CL_ARGS_MAX + 2];
	struct cl_event e = {0};
	size_t size;
	void *r;

	memset(big, 'x', CL_PATH_MAX);
	check_path(*state, big, CL_PATH_MAX + 1, 0, NULL);
	memset(big, 'x', CL_ARGS_MAX + 1);
	r = mk_raw_exec(&size, &(struct mk_exec){.task = mk_task(1, 1, 0, 0), .args = MK_LIST(big)});
	assert_int_equal(cl_event_decode(r, size, *state, &e), -EPROTO);
	free(r);
	big[CL_CONTENT_MAX + 1] = '\0';
	r = mk_raw_read(&size, &(struct mk_read){.task = mk_task(1, 1, 0, 0), .content = big});
	assert_int_equal(cl_event_decode(r, size, *state, &e), -EPROTO);
	free(r);
	big[CL_UNIX_PATH_MAX + 1] = '\0';
	r = mk_raw_connect(&size, &(struct mk_connect){.task = mk_task(1, 1, 0, 0), .family = AF_UNIX, .path = big});
	assert_int_equal(cl_event_decode(r, size, *state, &e), -EPROTO);
	free(r);
}

static void test_open_and_read(void **state)
{
	static const char content[] = "a\0b\nc";
	struct cl_event e = {0};
	size_t size;
	void *r = mk_raw_open(&size, &(struct mk_open){.task = mk_task(100, 5000, 1, 10),
						       .open_flags = 02000000,
						       .file = {.ino = 5, .generation = 6, .size = 7},
						       .path = "/root/.netrc"});

	assert_int_equal(cl_event_decode(r, size, *state, &e), 0);
	assert_string_equal(e.path, "/root/.netrc");
	assert_int_equal(e.open_flags, 02000000);
	assert_int_equal(e.file->generation, 6);
	free(r);
	r = mk_raw_read(&size, &(struct mk_read){.task = mk_task(100, 5000, 1, 10),
						 .flags = CL_F_CONTENT_TRUNCATED,
						 .how = CL_READ_MMAP,
						 .file = {.ino = 5},
						 .offset = -1,
						 .path = "/x",
						 .content = content,
						 .content_len = 5,
						 .length = 4096});
	assert_int_equal(cl_event_decode(r, size, *state, &e), 0);
	assert_string_equal(e.path, "/x");
	assert_int_equal(e.offset, -1);
	assert_int_equal(e.length, 4096);
	assert_int_equal(e.how, CL_READ_MMAP);
	assert_int_equal(e.content.len, 5);
	assert_memory_equal(e.content.p, content, 5);
	assert_int_equal(e.h->flags, CL_F_CONTENT_TRUNCATED);
	free(r);
}

static void test_connect(void **state)
{
	struct cl_event e = {0};
	size_t size;
	void *r = mk_raw_connect(&size, &(struct mk_connect){.task = mk_task(100, 5000, 1, 10),
							     .family = AF_INET,
							     .type = SOCK_STREAM,
							     .port = 443,
							     .address = {192, 0, 2, 1}});

	assert_int_equal(cl_event_decode(r, size, *state, &e), 0);
	assert_int_equal(e.connect->port, 443);
	assert_int_equal(e.connect->address[0], 192);
	assert_int_equal(e.unix_name.len, 0);
	free(r);
	r = mk_raw_connect(&size, &(struct mk_connect){.task = mk_task(100, 5000, 1, 10),
						       .flags = CL_F_ABSTRACT,
						       .family = AF_UNIX,
						       .path = "a\0b",
						       .path_len = 3});
	assert_int_equal(cl_event_decode(r, size, *state, &e), 0);
	assert_int_equal(e.unix_name.len, 3);
	assert_memory_equal(e.unix_name.p, "a\0b", 3);
	free(r);
}

/* Cut at every byte, with the size field telling the truth or not: never taken, and *out is not touched. */
static void test_truncated_anywhere(void **state)
{
	struct cl_event e = {.exit_code = 4711};
	size_t size;
	void *r = whole_exec(&size, 0);

	for (size_t n = 0; n < size; n++) {
		void *cut = malloc(n ? n : 1);
		uint32_t told = (uint32_t)n;

		memcpy(cut, r, n);
		assert_int_equal(cl_event_decode(cut, n, *state, &e), -EPROTO);
		if (n >= sizeof(struct cl_header)) {
			memcpy(cut, &told, sizeof(told));
			assert_int_equal(cl_event_decode(cut, n, *state, &e), -EPROTO);
		}
		free(cut);
	}
	assert_int_equal(e.exit_code, 4711);
	free(r);
}

static void test_lies(void **state)
{
	struct cl_event e = {0};
	size_t size;
	struct cl_exec *r = whole_exec(&size, 0);
	static const size_t lengths[] = {offsetof(struct cl_exec, path_len), offsetof(struct cl_exec, filename_len),
					 offsetof(struct cl_exec, cgroup_len), offsetof(struct cl_exec, args_len),
					 offsetof(struct cl_exec, env_len)};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		static const uint32_t lies[] = {1, (uint32_t)-1, 0x80000000u, 65537};
		uint32_t *len = (uint32_t *)(void *)((char *)r + lengths[i]), truth = *len;

		for (size_t j = 0; j < sizeof(lies) / sizeof(lies[0]); j++) {
			*len = truth + lies[j];
			assert_int_equal(cl_event_decode(r, size, *state, &e), -EPROTO);
		}
		*len = truth;
	}
	assert_int_equal(cl_event_decode(r, size, *state, &e), 0);
	r->h.schema++;
	assert_int_equal(cl_event_decode(r, size, *state, &e), -EPROTO);
	r->h.schema--;
	for (uint32_t kind = 0; kind < 70000; kind += kind < 10 ? 1 : 997) {
		r->h.kind = (uint16_t)kind;
		if ((uint16_t)kind != CL_EXEC)
			assert_int_equal(cl_event_decode(r, size, *state, &e), -EPROTO);
	}
	r->h.kind = CL_EXEC;
	assert_int_equal(cl_event_decode((char *)r + 1, size - 1, *state, &e), -EPROTO); /* not aligned */
	free(r);
}

static void test_full_arena(void **state)
{
	struct cl_arena *small = NULL;
	struct cl_event e = {.exit_code = 4711};
	size_t size;
	void *r = whole_exec(&size, 0);

	(void)state;
	assert_int_equal(cl_arena_new(&small, 16), 0);
	assert_int_equal(cl_event_decode(r, size, small, &e), -ENOMEM);
	assert_int_equal(e.exit_code, 4711);
	cl_arena_free(&small);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_exec_with_nothing),
		cmocka_unit_test(test_fork_and_exit),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_longest_path),
		cmocka_unit_test(test_over_the_caps),
		cmocka_unit_test(test_open_and_read),
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_truncated_anywhere),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_full_arena),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
