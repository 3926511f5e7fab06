/* SPDX-License-Identifier: Apache-2.0 */
/* However a file is read, in pieces of whatever size: what it holds is seen as if it were read at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "make_token.h"
#include "mk_event.h"
#include "pipeline/observe.h"

#define MAX 32

static struct cl_catalogue *catalogue;
static struct cl_fp_key *key;
static struct cl_scanner *scanner;
static struct cl_observer *observer;
static struct cl_arena *arena;

struct seen {
	uint8_t fp[CL_FP_SIZE];
	char format[64], name[64];
	uint32_t line;
};

struct all {
	struct seen seen[MAX];
	size_t n;
	bool complete;
};

static int setup(void **state)
{
	(void)state;
	return cl_catalogue_new(&catalogue, NULL, NULL) || cl_fp_key_once(&key, NULL) ||
	       cl_scanner_new(&scanner, catalogue, key, NULL) || cl_observer_new(&observer, catalogue, scanner) ||
	       cl_arena_new(&arena, 1 << 20);
}

static int teardown(void **state)
{
	(void)state;
	cl_arena_free(&arena);
	cl_observer_free(&observer);
	cl_scanner_free(&scanner);
	cl_fp_key_free(&key);
	cl_catalogue_free(&catalogue);
	return 0;
}

static void note(struct all *all, const struct cl_sighting *s)
{
	struct seen *one = &all->seen[all->n++];

	assert_true(all->n < MAX);
	memcpy(one->fp, s->fp, CL_FP_SIZE);
	snprintf(one->format, sizeof(one->format), "%s", s->format);
	snprintf(one->name, sizeof(one->name), "%s", s->name ? s->name : "");
	one->line = s->line;
}

/* A file of its own each time, read from its beginning in pieces; what is behind the kernel's reach is not carried. */
static void read_in(size_t step, const char *text, size_t len, struct all *all)
{
	static uint64_t ino = 1;
	struct cl_file file = {.ino = ++ino, .dev = 1, .size = len, .ctime = 1};

	*all = (struct all){.n = 0};
	for (size_t at = 0; at < len; at += step) {
		size_t n = len - at < step ? len - at : step, carried = at >= CL_CONTENT_MAX ? 0 : n, size;
		struct cl_observation obs;
		void *record;

		carried = carried < CL_CONTENT_MAX ? carried : CL_CONTENT_MAX;
		record = mk_raw_read(&size, &(struct mk_read){.task = {.tgid = 500, .start = 1},
							      .file = file,
							      .offset = (int64_t)at,
							      .path = at ? NULL : "/root/.netrc",
							      .content = carried ? text + at : NULL,
							      .content_len = carried,
							      .length = n,
							      .flags = carried < n ? CL_F_CONTENT_TRUNCATED : 0});
		assert_int_equal(cl_observe(observer, record, size, &obs), 1);
		free(record);
		for (size_t i = 0; carried && i < obs.n_sightings; i++)
			note(all, &obs.sightings[i]);
		all->complete = cl_observer_knows_content(observer);
	}
}

static void expect_same(const char *what, const char *text, size_t len)
{
	static const size_t steps[] = {1, 7, 100, 1000, 4096, 5000, 16384};
	struct all whole, all;

	read_in(len, text, len, &whole);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		read_in(steps[i], text, len, &all);
		if (all.n != whole.n)
			fail_msg("%s in pieces of %zu: %zu seen, not %zu", what, steps[i], all.n, whole.n);
		for (size_t j = 0; j < all.n; j++) {
			if (memcmp(all.seen[j].fp, whole.seen[j].fp, CL_FP_SIZE))
				fail_msg("%s in pieces of %zu: another value, %s", what, steps[i], all.seen[j].format);
			if (strcmp(all.seen[j].name, whole.seen[j].name))
				fail_msg("%s in pieces of %zu: name %s, not %s", what, steps[i], all.seen[j].name,
					 whole.seen[j].name);
			if (all.seen[j].line != whole.seen[j].line)
				fail_msg("%s in pieces of %zu: line %u, not %u", what, steps[i], all.seen[j].line,
					 whole.seen[j].line);
		}
		assert_true(all.complete);
	}
}

/* The text and how many credentials it holds when it is read at once. */
static void expect(const char *what, const char *text, size_t len, size_t n)
{
	struct all whole;

	read_in(len, text, len, &whole);
	if (whole.n != n)
		fail_msg("%s: %zu seen, not %zu", what, whole.n, n);
	expect_same(what, text, len);
}

static void expect_text(const char *what, const char *text, size_t n)
{
	expect(what, text, strlen(text), n);
}

static void test_values(void **state)
{
	char *jwt = mk_token_jwt(1900000000), *token = mk_token_github("ghp_"), *pem = mk_token_pem("RSA PRIVATE KEY");
	char text[8192], *encoded, pair[128];

	(void)state;
	snprintf(text, sizeof(text), "one\ntwo: x\ntoken: %s\nlast: y\n", jwt);
	expect_text("a token without an end", text, 1);
	snprintf(text, sizeof(text), "machine example.com\n\tlogin me\n\tpassword\n%s", token);
	expect_text("a token at the end", text, 1);
	snprintf(text, sizeof(text), "%s\n%s\n%s\n", token, jwt, token);
	expect_text("two, and one again", text, 2);
	snprintf(text, sizeof(text), "key: |\n%s\ntoken: %s\n", pem, token);
	expect_text("a key in lines", text, 2);
	snprintf(pair, sizeof(pair), "me:%s", token);
	encoded = mk_base64(pair, strlen(pair), false);
	snprintf(text, sizeof(text), "{\n\"auths\": {\"r\": {\n\"auth\": \"%s\"}}\n}\n", encoded);
	expect_text("docker", text, 1);
	free(encoded);
	encoded = mk_base64(pem, strlen(pem), false);
	snprintf(text, sizeof(text), "users:\n- user:\n    client-key-data: %s\n", encoded);
	expect_text("kubeconfig", text, 1);
	free(encoded);
	free(pem);
	free(token);
	free(jwt);
}

static void test_wide(void **state)
{
	char *token = mk_token_jwt(0), text[2048], wide[4096] = "\xff\xfe";
	int n = snprintf(text, sizeof(text), "[a]\r\nuser = me\r\ntoken = %s\r\nx = y\r\n", token);

	(void)state;
	for (int i = 0; i < n; i++) {
		wide[2 + 2 * i] = text[i];
		wide[3 + 2 * i] = '\0';
	}
	expect("16-bit characters", wide, 2 + 2 * (size_t)n, 1);
	expect("16-bit characters without a mark", wide + 2, 2 * (size_t)n, 1);
	free(token);
}

/* Lines, then the value so that its `before` first bytes are the last ones that the kernel carries. */
static char *at_the_edge(const char *value, size_t before, size_t *len)
{
	size_t n = strlen(value), start = CL_CONTENT_MAX - before;
	char *text = malloc(CL_CONTENT_MAX + 2 * n + 64);

	assert_non_null(text);
	for (size_t i = 0; i < start; i++)
		text[i] = i % 20 == 19 ? '\n' : '.';
	text[start - 1] = '\n';
	*len = start + (size_t)sprintf(text + start, "%s\nend\n", value);
	return text;
}

static void test_the_edge_of_what_is_carried(void **state)
{
	char *token = mk_token_github("ghp_"), *text;
	size_t n = strlen(token), len;
	struct all all;

	(void)state;
	/* It ends where the content ends; it is whole. */
	text = at_the_edge(token, n + 1, &len);
	read_in(CL_CONTENT_MAX, text, len, &all);
	assert_int_equal(all.n, 1);
	read_in(4096, text, len, &all);
	assert_int_equal(all.n, 1);
	free(text);
	/* It goes over the edge: a read that begins before the edge carries it, one that ends there does not. */
	text = at_the_edge(token, n / 2, &len);
	read_in(CL_CONTENT_MAX, text, len, &all);
	assert_int_equal(all.n, 0);
	read_in(5000, text, len, &all);
	assert_int_equal(all.n, 1);
	free(text);
	free(token);
}

static void test_many_small_files(void **state)
{
	char *token = mk_token_npm(), text[256];
	size_t len = (size_t)snprintf(text, sizeof(text), "a\nb\n_authToken=%s\n", token);
	struct all all;

	(void)state;
	for (int i = 0; i < 200; i++) {
		read_in(7, text, len, &all);
		assert_int_equal(all.n, 1);
		assert_int_equal(all.seen[0].line, 3);
		assert_string_equal(all.seen[0].name, "_authToken");
	}
	free(token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_the_edge_of_what_is_carried),
		cmocka_unit_test(test_many_small_files),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
