/* SPDX-License-Identifier: Apache-2.0 */
/* Names of addresses: DNS messages and hosts files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "event/names.h"

/* An answer to "api.github.com A": a CNAME to lb, and two addresses of it. */
static const uint8_t
	answer
		[] =
			{
				0x12, 0x34, 0x81, 0x80, 0, 1,	0,   3,	  0,   0,   0,	 0, /* header */
				3,    'a',  'p',  'i',	6, 'G', 'i', 't', 'h', 'u', 'b', 3, 'c', 'o', 'm', 0,
				0,    1,    0,	  1, /* at 12: the question */
				0xc0, 12,   0,	  5,	0, 1,	0,   0,	  0,   60,  0,	 5, 2,	 'l', 'b', 0xc0,
				16, /* CNAME lb.github.com */
				0xc0, 44,   0,	  1,	0, 1,	0,   0,	  0,   60,  0,	 4, 192, 0,   2,   1,
				0xc0, 44,   0,	  1,	0, 1,	0,   0,	  0,   60,  0,	 4, 192, 0,   2,   2,
};
static const uint8_t first[] = {192, 0, 2, 1}, second[] = {192, 0, 2, 2}, other[] = {192, 0, 2, 3};

static const char *names_of(const struct cl_names *n, const uint8_t *address)
{
	static struct cl_name_list l;

	memset(&l, 0, sizeof(l));
	cl_names_find(n, AF_INET, address, &l);
	return l.text;
}

static void test_answer(void **state)
{
	struct cl_names *n = NULL;

	(void)state;
	assert_int_equal(cl_names_new(&n, 8), 0);
	assert_int_equal(cl_names_take(n, answer, sizeof(answer)), 2);
	assert_string_equal(names_of(n, first), "api.github.com");
	assert_string_equal(names_of(n, second), "api.github.com");
	assert_string_equal(names_of(n, other), "");
	cl_names_free(&n);
}

/* Asked for by one name after another: the latest is told first, a name once, no more than a few. */
static void test_several_names(void **state)
{
	uint8_t message[sizeof(answer)];
	struct cl_names *n = NULL;

	(void)state;
	assert_int_equal(cl_names_new(&n, 8), 0);
	for (const char *c = "abcdea"; *c; c++) {
		memcpy(message, answer, sizeof(answer));
		message[13] = (uint8_t)*c;
		assert_int_equal(cl_names_take(n, message, sizeof(message)), 2);
	}
	assert_string_equal(names_of(n, first), "api.github.com epi.github.com dpi.github.com cpi.github.com");
	cl_names_free(&n);
}

static void test_no_answers(void **state)
{
	uint8_t message[sizeof(answer)];
	struct cl_names *n = NULL;

	(void)state;
	assert_int_equal(cl_names_new(&n, 8), 0);
	memcpy(message, answer, sizeof(answer));
	message[2] &= 0x7f;
	assert_int_equal(cl_names_take(n, message, sizeof(message)), 0); /* a question */
	message[2] |= 0x80;
	message[3] |= 3;
	assert_int_equal(cl_names_take(n, message, sizeof(message)), 0); /* there is no such name */
	message[3] &= 0xf0;
	message[13] = ' ';
	assert_int_equal(cl_names_take(n, message, sizeof(message)), 0); /* a name that is none */
	for (size_t len = 0; len < sizeof(answer); len++)
		assert_true(cl_names_take(n, answer, len) <= 0); /* cut off anywhere */
	cl_names_free(&n);
}

static void test_bounds(void **state)
{
	struct cl_names *n = NULL;

	(void)state;
	assert_int_equal(cl_names_new(&n, 1), 0);
	assert_int_equal(cl_names_take(n, answer, sizeof(answer)), 2);
	assert_string_equal(names_of(n, first), "");
	assert_string_equal(names_of(n, second), "api.github.com");
	assert_int_equal(cl_names_evicted(n), 1);
	cl_names_free(&n);
}

static void test_hosts(void **state)
{
	static const struct {
		const char *text, *names;
	} cases[] = {
		{"192.0.2.1 API.example api\n192.0.2.2 b", "api.example api"},
		{"# 192.0.2.1 commented\n\t192.0.2.1\tx # 192.0.2.1 y", "x"},
		{"192.0.2.1 a\r\n192.0.2.1 b a", "a b"},
		{"192.0.2.1 bad*name ok", "ok"},
		{"192.0.2.10 a\n1192.0.2.1 b\n192.0.2.1", ""},
		{"::1 a", ""},
		{"", ""},
		{"192.0.2.1 a b c d e f", "a b c d"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cl_name_list l = {.n = 0};

		cl_hosts_find(cases[i].text, strlen(cases[i].text), AF_INET, first, &l);
		assert_string_equal(l.text, cases[i].names);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer), cmocka_unit_test(test_several_names), cmocka_unit_test(test_no_answers),
		cmocka_unit_test(test_bounds), cmocka_unit_test(test_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
