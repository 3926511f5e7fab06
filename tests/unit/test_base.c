/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/secure.h"
#include "base/text.h"

/* ---- text ---- */

static void test_text_grows(void **state)
{
	_cleanup_text_ struct cl_text t = {0};
	char *taken;

	(void)state;
	assert_string_equal(cl_text_str(&t), "");
	assert_int_equal(cl_text_append(&t, NULL, 0), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(cl_text_printf(&t, "%d,", i), 0);
	assert_int_equal(t.len, 10 * 2 + 90 * 3 + 900 * 4);
	assert_int_equal(t.s[t.len], 0);
	assert_int_equal(cl_text_append(&t, "a\0b", 3), 0);
	assert_memory_equal(t.s + t.len - 3, "a\0b", 4);
	assert_int_equal(cl_text_append(&t, "x", SIZE_MAX), -ENOMEM);
	taken = cl_text_take(&t);
	assert_int_equal(strncmp(taken, "0,1,2,", 6), 0);
	assert_int_equal(t.len, 0);
	free(taken);
	taken = cl_text_take(&t);
	assert_string_equal(taken, "");
	free(taken);
}

static void test_escape(void **state)
{
	static const struct {
		const char *raw, *safe;
	} cases[] = {
		{"plain text", "plain text"},
		{"", ""},
		{"a\nb\tc\x1b[31m\x7f", "a\\x0ab\\x09c\\x1b[31m\\x7f"},
		{"back\\slash", "back\\\\slash"},
		{"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x99\x82",
		 "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x99\x82"},
		{"\xff\xc3", "\\xff\\xc3"},
		{"\xc0\xaf\xe0\x80\xaf", "\\xc0\\xaf\\xe0\\x80\\xaf"}, /* overlong */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},		       /* surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},	       /* past the last */
		{"a\xe2\x80\xae"
		 "cod.exe",
		 "a\\u{202e}cod.exe"}, /* turns the writing round */
		{"x\xe2\x80\x8by\xef\xbb\xbf", "x\\u{200b}y\\u{feff}"},
		{"\xef\xbf\xbe\xef\xbf\xbf\xef\xb7\x90\xef\xbf\xbd",
		 "\\u{fffe}\\u{ffff}\\u{fdd0}\xef\xbf\xbd"}, /* none */
		{"\xc2\x9b", "\\u{9b}"},		     /* one character that starts a terminal sequence */
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(cl_escape(out, sizeof(out), cases[i].raw), cases[i].safe);
	assert_string_equal(cl_escape(out, 4, "abcdef"), "abc");
	assert_string_equal(cl_escape(out, 1, "abcdef"), "");
}

static void test_utf8(void **state)
{
	_cleanup_text_ struct cl_text t = {0};

	(void)state;
	assert_int_equal(cl_text_utf8(&t, "a\xff\0\xc3\xbc\n", 6), 0);
	assert_string_equal(cl_text_str(&t), "a\\xff\\x00\xc3\xbc\n");
	assert_int_equal(cl_utf8_span("a\xc3\xbc", 3), 3);
	assert_int_equal(cl_utf8_span("a\xc3\xbc", 2), 1);
	assert_int_equal(cl_utf8_span("", 0), 0);
}

static void test_small_text(void **state)
{
	static const uint8_t bytes[] = {0, 0x1f, 0xff};
	char hex[7];

	(void)state;
	cl_hex(hex, bytes, 3);
	assert_string_equal(hex, "001fff");
	assert_int_equal(cl_fnv1a("", 0), 0xcbf29ce484222325ull);
	assert_int_equal(cl_fnv1a("a", 1), 0xaf63dc4c8601ec8cull);
	assert_int_equal(cl_fnv1a("foobar", 6), 0x85944171f73967e8ull);
	assert_true(cl_starts_with("abc", "ab"));
	assert_true(cl_starts_with("abc", ""));
	assert_false(cl_starts_with("a", "ab"));
	assert_true(cl_ends_with("abc", "bc"));
	assert_true(cl_ends_with("abc", "abc"));
	assert_false(cl_ends_with("c", "bc"));
}

/* ---- parse ---- */

static void test_numbers(void **state)
{
	uint64_t v = 4711;

	(void)state;
	assert_int_equal(cl_parse_u64("18446744073709551615", UINT64_MAX, &v), 0);
	assert_int_equal(v, UINT64_MAX);
	assert_int_equal(cl_parse_u64("007", 7, &v), 0);
	assert_int_equal(v, 7);
	assert_int_equal(cl_parse_u64("18446744073709551616", UINT64_MAX, &v), -ERANGE);
	assert_int_equal(cl_parse_u64("99999999999999999999999999", UINT64_MAX, &v), -ERANGE);
	assert_int_equal(cl_parse_u64("8", 7, &v), -ERANGE);
	assert_int_equal(cl_parse_u64("", 7, &v), -EINVAL);
	assert_int_equal(cl_parse_u64("-1", 7, &v), -EINVAL);
	assert_int_equal(cl_parse_u64("+1", 7, &v), -EINVAL);
	assert_int_equal(cl_parse_u64(" 1", 7, &v), -EINVAL);
	assert_int_equal(cl_parse_u64("1 ", 7, &v), -EINVAL);
	assert_int_equal(cl_parse_u64("0x1", 7, &v), -EINVAL);
	assert_int_equal(v, 7); /* untouched */
}

static void test_durations(void **state)
{
	static const struct {
		const char *s;
		uint64_t ns;
	} good[] = {{"500ms", 500000000ull},
		    {"90s", 90000000000ull},
		    {"15m", 900000000000ull},
		    {"24h", 86400000000000ull},
		    {"7d", 604800000000000ull},
		    {"2w", 1209600000000000ull},
		    {"0s", 0}};
	static const char *const bad[] = {"", "5", "s", "5 s", "-5s", "1.5h", "5y", "5ss", "5S", " 5s"};
	uint64_t v = 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(cl_parse_duration(good[i].s, &v), 0);
		assert_int_equal(v, good[i].ns);
	}
	v = 4711;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(cl_parse_duration(bad[i], &v), -EINVAL);
	assert_int_equal(cl_parse_duration("99999999999999999s", &v), -ERANGE);
	assert_int_equal(cl_parse_duration("999999999999999999999999999s", &v), -EINVAL);
	assert_int_equal(v, 4711);
}

static void test_times(void **state)
{
	static const struct {
		const char *s;
		uint64_t ns;
	} good[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-11-25T16:00:00Z", 1795622400000000000ull},
		{"2026-11-25T16:00:00.5Z", 1795622400500000000ull},
		{"2026-11-25T16:00:00.123456789123Z", 1795622400123456789ull},
		{"2026-11-25t17:00:00+01:00", 1795622400000000000ull},
		{"2026-11-25 10:30:00-05:30", 1795622400000000000ull},
		{"2026-11-25", 1795564800000000000ull},
		{"2024-02-29T00:00:00z", 1709164800000000000ull},
		{"1h", 6400000000000ull}, /* before now */
		{"1000d", 0},
	};
	static const char *const bad[] = {
		"",
		"now",
		"2026-11-25T",
		"2026-11-25T16:00:00",
		"2026-11-25T16:00:00X",
		"2026-11-25T16:00:00Zx",
		"2026-11-25T16:00:00.Z",
		"2026-11-25T16:00:00+1",
		"2026-11-25T16:00:00+-1:30",
		"2026-11-25T16:00:00+01:99",
		"2026-02-30",
		"2025-02-29T00:00:00Z",
		"2026-13-01",
		"2026-11-25T25:00:00Z",
		" 2026-11-25",
		"2026-11-25x",
		"2026-11-2",
		"26-11-25",
	};
	uint64_t v = 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		if (cl_parse_time(good[i].s, 10000000000000ull, &v) || v != good[i].ns)
			fail_msg("\"%s\": %llu", good[i].s, (unsigned long long)v);
	}
	v = 4711;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (cl_parse_time(bad[i], 10000000000000ull, &v) != -EINVAL)
			fail_msg("\"%s\" was taken: %llu", bad[i], (unsigned long long)v);
	assert_int_equal(cl_parse_time("1969-12-31T23:59:59Z", 1, &v), -ERANGE);
	assert_int_equal(cl_parse_time("9999-01-01T00:00:00Z", 1, &v), -ERANGE);
	assert_int_equal(v, 4711);
}

static void test_hex_and_nearest(void **state)
{
	static const char *const words[] = {"lineage", "findings", "scan"};
	uint8_t out[2] = {9, 9};

	(void)state;
	assert_int_equal(cl_parse_hex("0aFf", out, 2), 0);
	assert_int_equal(out[0], 10);
	assert_int_equal(out[1], 255);
	assert_int_equal(cl_parse_hex("0af", out, 2), -EINVAL);
	assert_int_equal(cl_parse_hex("0aff00", out, 2), -EINVAL);
	assert_int_equal(cl_parse_hex("0agf", out, 2), -EINVAL);
	assert_int_equal(out[0], 10);
	assert_string_equal(cl_nearest("linage", words, 3), "lineage");
	assert_string_equal(cl_nearest("sacn", words, 3), "scan");
	assert_null(cl_nearest("monitor", words, 3));
	assert_null(cl_nearest("x", words, 0));
}

/* ---- arena ---- */

static void test_arena(void **state)
{
	struct cl_arena *a = NULL;
	char *s, *first;

	(void)state;
	assert_int_equal(cl_arena_new(&a, 1 << 20), 0);
	first = cl_arena_alloc(a, 3);
	assert_non_null(first);
	assert_int_equal((uintptr_t)first % 16, 0);
	memset(first, 0xff, 3);
	s = cl_arena_strndup(a, "abcdef", 3);
	assert_string_equal(s, "abc");
	assert_string_equal(cl_arena_printf(a, "%d-%s", 5, "x"), "5-x");
	assert_null(cl_arena_strdup(a, NULL));
	assert_non_null(cl_arena_alloc(a, 200000)); /* larger than a block */
	assert_null(cl_arena_alloc(a, 1 << 20));
	assert_null(cl_arena_alloc(a, SIZE_MAX));
	cl_arena_reset(a);
	s = cl_arena_alloc(a, 3);
	assert_int_equal(s[0] | s[1] | s[2], 0); /* zeroed again */
	cl_arena_free(&a);
	assert_null(a);
	cl_arena_free(&a);
}

static void test_arena_limit(void **state)
{
	struct cl_arena *a = NULL;
	size_t got = 0;

	(void)state;
	assert_int_equal(cl_arena_new(&a, 300000), 0);
	for (int round = 0; round < 3; round++) {
		for (got = 0; cl_arena_alloc(a, 1000); got += 1008)
			;
		assert_true(got > 200000 && got <= 300000);
		cl_arena_reset(a);
	}
	cl_arena_free(&a);
	/* a small one is of use, too */
	assert_int_equal(cl_arena_new(&a, 1000), 0);
	assert_non_null(cl_arena_alloc(a, 500));
	assert_non_null(cl_arena_alloc(a, 400));
	assert_null(cl_arena_alloc(a, 400));
	cl_arena_free(&a);
}

/* ---- clock, error, cleanup ---- */

static void test_clock(void **state)
{
	char buf[CL_TIME_SIZE];
	uint64_t a = cl_boot_ns(), b = cl_boot_ns();

	(void)state;
	assert_true(b >= a && a > 0);
	assert_string_equal(cl_time_format(buf, 1795622400123456789ull), "2026-11-25T16:00:00.123456Z");
	assert_string_equal(cl_time_format(buf, 0), "1970-01-01T00:00:00.000000Z");
	assert_string_equal(cl_time_format(buf, UINT64_MAX), "2554-07-21T23:34:33.709551Z");
	assert_true(llabs(cl_wall_offset_ns() - (int64_t)(cl_wall_ns() - cl_boot_ns())) < 1000000000);
}

static void test_error(void **state)
{
	struct cl_error err = {0};
	char big[2000];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(cl_fail(&err, -EIO, "cannot %s", "x"), -EIO);
	assert_string_equal(err.text, "cannot x");
	assert_int_equal(cl_fail(&err, -EIO, "%s", big), -EIO);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_int_equal(cl_fail(NULL, -EPERM, "x"), -EPERM);
}

static void test_cleanup(void **state)
{
	int fd = dup(1), copy = fd;
	char *p = strdup("x"), *q;

	(void)state;
	q = TAKE_PTR(p);
	assert_null(p);
	assert_string_equal(q, "x");
	cl_freep(&q);
	assert_null(q);
	{
		_cleanup_close_ int owned = TAKE_FD(fd);

		assert_int_equal(fd, -1);
		assert_int_equal(owned, copy);
		errno = 77;
	}
	assert_int_equal(errno, 77);
	assert_int_equal(close(copy), -1); /* closed already */
}

static void test_log(void **state)
{
	int saved = dup(2), fd = memfd_create("log", 0);
	char buf[256] = "";

	(void)state;
	assert_int_equal(dup2(fd, 2), 2);
	cl_log_set_level(CL_LOG_WARN);
	cl_info("not said");
	cl_warn("forged\nline %d", 5);
	cl_log_set_level(CL_LOG_INFO);
	cl_info("said");
	dup2(saved, 2);
	assert_true(pread(fd, buf, sizeof(buf) - 1, 0) > 0);
	assert_string_equal(buf, "credlineage: warning: forged\\x0aline 5\ncredlineage: said\n");
	assert_int_equal(cl_log_level(), CL_LOG_INFO);
	close(fd);
	close(saved);
}

/* ---- secure ---- */

static void test_secure(void **state)
{
	void *p = NULL;
	uint8_t *bytes;

	(void)state;
	assert_int_equal(cl_secure_alloc(&p, 5000), 0);
	bytes = p;
	assert_int_equal((uintptr_t)p % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(bytes[i], 0);
	memset(bytes, 0xaa, 5000);
	cl_secure_free(&p, 5000);
	assert_null(p);
	cl_secure_free(&p, 5000);
}

static void test_secure_arena(void **state)
{
	struct cl_arena *a = NULL, *other = NULL;
	char *first, *far;

	(void)state;
	assert_int_equal(cl_arena_new_secure(&a, 1 << 20), 0);
	assert_int_equal(cl_arena_new(&other, 4096), 0);
	first = cl_arena_strdup(a, "FAKE value");
	far = cl_arena_alloc(a, 200000); /* a block of its own */
	assert_true(cl_arena_holds(a, first) && cl_arena_holds(a, far + 199999));
	assert_false(cl_arena_holds(a, "elsewhere"));
	assert_false(cl_arena_holds(other, first));
	cl_arena_reset(a);
	/* The oldest block stays mapped, and nothing is left in it. */
	for (int i = 0; i < 10; i++)
		assert_int_equal(first[i], 0);
	cl_arena_free(&a);
	cl_arena_free(&other);
}

/* ---- json ---- */

static void test_json_write(void **state)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;

	(void)state;
	cl_json_str(o, "s", "a\xff");
	cl_json_str(o, "absent", NULL);
	cl_json_num(o, "n", 5);
	cl_json_bool(o, "b", true);
	cl_json_time(o, "t", 1795622400000000000ull);
	cl_json_time(o, "never", 0);
	cl_json_num(cl_json_push(cl_json_arr(o, "list")), "x", 1);
	cl_json_str(cl_json_obj(o, "in"), "y", "z");
	text = cJSON_PrintUnformatted(o);
	assert_string_equal(text, "{\"s\":\"a\\\\xff\",\"n\":5,\"b\":true,\"t\":\"2026-11-25T16:00:00.000000Z\","
				  "\"list\":[{\"x\":1}],\"in\":{\"y\":\"z\"}}");
	assert_int_equal(cl_json_get_num(o, "list.0.x"), 1);
	assert_string_equal(cl_json_get_str(o, "in.y"), "z");
	assert_string_equal(cl_json_get_str(o, "in.none"), "");
	assert_string_equal(cl_json_get_str(o, "n"), "");
	assert_int_equal(cl_json_get_num(o, "list.1.x"), 0);
	assert_null(cl_json_at(o, "list.x"));
	assert_int_equal(cl_json_get_time(o, "t"), 1795622400000000000ull);
	assert_int_equal(cl_json_get_time(o, "s"), 0);
}

static void check_json(const char *text, const char *words)
{
	_cleanup_json_ cJSON *o = NULL;
	struct cl_error err = {0};
	int r = cl_json_parse("x.json", text, strlen(text), &o, &err);

	if (!words) {
		assert_int_equal(r, 0);
		return;
	}
	assert_int_equal(r, -EINVAL);
	assert_null(o);
	if (!strstr(err.text, words) || !strstr(err.text, "\"x.json\""))
		fail_msg("\"%s\" lacks \"%s\"", err.text, words);
}

static void test_json_parse(void **state)
{
	(void)state;
	check_json("{\"a\":1}\n ", NULL);
	check_json("{\"a\":\n1,\n}", "line 3: not valid JSON");
	check_json("{} x", "text after the end");
	check_json("{}\n\n{}", "line 3: text after the end");
	check_json("{\"a\":\n\"\xff\"}", "line 2: not valid UTF-8");
	check_json("", "not valid JSON");
}

static void test_json_load(void **state)
{
	static const char source[] =
		"// a comment with \"quotes\"\n{\n\"u\": \"http://x\", // more\n\"k\": \"a\\\"//b\"\n}\n//end";
	char path[] = "/tmp/test_base.XXXXXX";
	_cleanup_json_ cJSON *o = NULL;
	_cleanup_free_ char *text = NULL;
	struct cl_error err = {0};
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, source, sizeof(source) - 1), sizeof(source) - 1);
	close(fd);
	assert_int_equal(cl_json_load(path, 1000, &o, &text, &err), 0);
	assert_string_equal(cl_json_get_str(o, "u"), "http://x");
	assert_string_equal(cl_json_get_str(o, "k"), "a\"//b");
	assert_int_equal(cl_json_line_of(text, "u"), 3);
	assert_int_equal(cl_json_line_of(text, "k"), 4);
	assert_int_equal(cl_json_line_of(text, "a"), 0);
	assert_int_equal(cl_json_load(path, 10, &o, NULL, &err), -EFBIG);
	assert_non_null(strstr(err.text, path));
	unlink(path);
	assert_int_equal(cl_json_load(path, 1000, &o, NULL, &err), -ENOENT);
	assert_int_equal(cl_json_load("/tmp", 1000, &o, NULL, &err), -EFBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_grows),   cmocka_unit_test(test_escape),
		cmocka_unit_test(test_utf8),	     cmocka_unit_test(test_small_text),
		cmocka_unit_test(test_numbers),	     cmocka_unit_test(test_durations),
		cmocka_unit_test(test_times),	     cmocka_unit_test(test_hex_and_nearest),
		cmocka_unit_test(test_arena),	     cmocka_unit_test(test_arena_limit),
		cmocka_unit_test(test_clock),	     cmocka_unit_test(test_error),
		cmocka_unit_test(test_cleanup),	     cmocka_unit_test(test_log),
		cmocka_unit_test(test_secure_arena), cmocka_unit_test(test_secure),
		cmocka_unit_test(test_json_write),   cmocka_unit_test(test_json_parse),
		cmocka_unit_test(test_json_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
