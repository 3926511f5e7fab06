/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outputs over HTTP: their specs and secrets, and what happens without a receiver. As `test_output_http send SPEC FROM COUNT` it is
 * a sender for tests with receivers: batches as the transport wants them, each until the output took it; `test_output_http print
 * FROM COUNT` shows the same findings as they are before any format.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "mk_finding.h"
#include "output/output.h"
#include "output/receiver.h"
#include "output/secret.h"

static char directory[] = "/tmp/credlineage-http.XXXXXX";

/* In `directory`, with this mode; the path is good until the next call. */
static const char *put(const char *name, const char *bytes, size_t len, mode_t mode)
{
	static char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

/* ---- secrets ---- */

static void test_secret(void **state)
{
	_cleanup_secret_ struct cl_secret s = {0};
	static char large[CL_SECRET_MAX + 2];
	struct cl_error err;

	(void)state;
	assert_int_equal(cl_secret_read(&s, put("a", "EXAMPLE\r\n", 9, 0600), &err), 0);
	assert_string_equal(s.bytes, "EXAMPLE");
	assert_int_equal(s.len, 7);
	assert_int_equal(cl_secret_read(&s, put("b", "group", 5, 0440), &err), 0);
	assert_string_equal(s.bytes, "group");
	assert_int_equal(cl_secret_read(&s, put("c", "everyone", 8, 0604), &err), -EPERM);
	assert_non_null(strstr(err.text, "it is open to everyone (mode 0604)"));
	assert_null(strstr(err.text, "\"everyone"));
	assert_int_equal(cl_secret_read(&s, put("d", "\n", 1, 0600), &err), -EINVAL);
	assert_non_null(strstr(err.text, "is empty"));
	memset(large, 'x', sizeof(large));
	assert_int_equal(cl_secret_read(&s, put("e", large, CL_SECRET_MAX + 1, 0600), &err), -EINVAL);
	assert_non_null(strstr(err.text, "more than 8192 bytes"));
	assert_int_equal(cl_secret_read(&s, "/dev/null", &err), -EINVAL);
	assert_int_equal(cl_secret_read(&s, "/nonexistent", &err), -ENOENT);
	assert_string_equal(s.bytes, "group"); /* what failed changed nothing */
	assert_int_equal(cl_secret_read(&s, put("f", large, CL_SECRET_MAX, 0600), &err), 0);
	assert_int_equal(s.len, CL_SECRET_MAX);
}

/* ---- specs ---- */

/* %s is a good secret file, %1$s everywhere. */
static void test_specs(void **state)
{
	static const struct {
		const char *spec, *problem;
	} cases[] = {
		{"splunk+https://h?token-file=%1$s", NULL},
		{"splunk+https://[2001:db8::1]:8088/prefix/?token-file=%1$s&index=alerts", NULL},
		{"splunk+http://127.0.0.1:8088?token-file=%1$s", NULL},
		{"splunk+http://localhost?token-file=%1$s&timeout=5&ack-timeout=5", NULL},
		{"splunk+http://h?token-file=%1$s&cleartext=yes", NULL},
		{"splunk+http://h?token-file=%1$s", "the secret in token-file would go in clear text"},
		{"splunk+http://127.0.0.1.h?token-file=%1$s", "the secret in token-file would go in clear text"},
		{"splunk+http://h?token-file=%1$s&cleartext=no", "cleartext can only be yes"},
		{"splunk+https://h", "token-file=FILE must name the file of its token"},
		{"splunk+https://h?token-file=%1$s.none", "No such file"},
		{"splunk+https://h?token-file=%1$s&ca-file=/nonexistent", "cannot read \"/nonexistent\""},
		{"splunk+https://h?token-file=%1$s&timeout=0", "timeout must be a number of 1 to 300"},
		{"splunk+https://h?token-file=%1$s&ack-timeout=x", "ack-timeout must be a number of 1 to 3600"},
		{"splunk+https://user@h?token-file=%1$s", "\"user@h\" is no host name"},
		{"splunk+https://h h?token-file=%1$s", "is no host name"},
		{"splunk+https://h/a b?token-file=%1$s", "the path must be percent-encoded"},
		{"splunk+https://h?api-key-file=%1$s", "option \"api-key-file\" is not known"},
		{"elasticsearch+https://h?api-key-file=%1$s", NULL},
		{"elasticsearch+https://h?index=logs-a.b-default", NULL},
		{"elasticsearch+https://h?index=Logs", "index must be of lower-case letters"},
		{"elasticsearch+https://h?index=a%%2fb", "index must be of lower-case letters"},
		{"elasticsearch+https://h?index=_all", "index must be of lower-case letters"},
		{"elasticsearch+https://h?api-key-file=%1$s&token-file=%1$s",
		 "both token-file and api-key-file are given"},
		{"elasticsearch+https://h?login-file=%1$s", "it must be one line, USER:PASSWORD"},
		{"webhook+https://h/hook/a%%20b", NULL},
		{"webhook+http://h/hook?secret-file=%1$s", NULL}, /* it signs, it does not go out */
		{"webhook+http://h/hook?secret-file=%1$s&token-file=%1$s", "would go in clear text"},
		{"alertmanager+http://h", NULL},
		{"alertmanager+http://h?hold=2h", NULL},
		{"alertmanager+http://h?hold=2", "hold must be a duration"},
		{"alertmanager+http://h?hold=31d", "hold must be a duration"},
	};
	char secret[128];

	(void)state;
	snprintf(secret, sizeof(secret), "%s", put("secret", "EXAMPLE-EXAMPLE-EXAMPLE\n", 24, 0600));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cl_output *o = NULL;
		struct cl_error err = {0};
		char spec[512];
		int r;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(spec, sizeof(spec), cases[i].spec, secret);
#pragma GCC diagnostic pop
		r = cl_output_new(&o, spec, &err);
		if (r && !cases[i].problem)
			print_message("%s: %s\n", spec, err.text);
		assert_int_equal(!!r, !!cases[i].problem);
		if (r && !strstr(err.text, cases[i].problem))
			fail_msg("%s: %s", spec, err.text);
		assert_null(strstr(err.text, "EXAMPLE"));
		cl_output_free(&o);
	}
}

/* What would make a second header of a token is no token. */
static void test_token_is_a_line(void **state)
{
	static const char *const tokens[] = {"EXAMPLE\nX-Other: 1", "EXAMPLE EXAMPLE", "EXAMPLE\x7f"};

	(void)state;
	for (size_t i = 0; i < sizeof(tokens) / sizeof(*tokens); i++) {
		struct cl_output *o = NULL;
		struct cl_error err = {0};
		char spec[256];

		snprintf(spec, sizeof(spec), "splunk+https://h?token-file=%s",
			 put("line", tokens[i], strlen(tokens[i]), 0600));
		assert_int_equal(cl_output_new(&o, spec, &err), -EINVAL);
		assert_non_null(strstr(err.text, "it must be one line without spaces"));
	}
}

/* ---- keys ---- */

static void test_report_key(void **state)
{
	_cleanup_json_ cJSON *f = mk_finding(7, "/srv/token", 2);
	char key[CL_REPORT_KEY_SIZE], other[CL_REPORT_KEY_SIZE];

	(void)state;
	cl_report_key(f, key);
	assert_string_equal(key, "0123456789abcdef0123456789abcdef:fnd-0000000000000007:create:1:"
				 "2026-01-02T03:05:05.123456Z");
	cJSON_SetNumberValue(cJSON_GetObjectItem(f, "count"), 2);
	cl_report_key(f, other);
	assert_string_not_equal(key, other);
	cJSON_SetValuestring(cJSON_GetObjectItem(f, "id"), "a b\n");
	cl_report_key(f, other);
	assert_non_null(strstr(other, ":a_b_:"));
}

/* ---- many records, some of them bad ---- */

struct fake {
	struct cl_receiver receiver;
	char posted[512]; /* the first letters of their ids, a body a word */
	char bad;	  /* a letter that is refused */
	bool numbered;	  /* and said by its number */
	int again;	  /* that many bodies are not taken at first */
};

static int fake_render(struct cl_receiver *r, const struct cl_output_format *format, const cJSON *finding,
		       struct cl_text *body)
{
	const char *id = cl_json_get_str(finding, "id");

	(void)r;
	(void)format;
	return *id == '!' ? -EMSGSIZE : cl_text_append(body, id, 1);
}

static int fake_post(struct cl_receiver *r, struct cl_text *body, struct cl_parcel *parcels, size_t n,
		     struct cl_receiver_reply *reply, struct cl_error *err)
{
	struct fake *f = (struct fake *)r;
	const char *bad = f->bad ? strchr(cl_text_str(body), f->bad) : NULL;

	assert_int_equal(body->len, n);
	snprintf(f->posted + strlen(f->posted), sizeof(f->posted) - strlen(f->posted), "%s ", cl_text_str(body));
	if (f->again-- > 0) {
		reply->retry_ns = 77;
		return cl_fail(err, -EAGAIN, "busy");
	}
	if (bad && f->numbered)
		reply->bad = (size_t)(bad - cl_text_str(body));
	if (bad)
		return cl_fail(err, -EBADMSG, "no %c", f->bad);
	for (size_t i = 0; i < n; i++)
		parcels[i].result = 0;
	return 0;
}

/* `ids`: a letter each; `results`: "." there, "r" refused, "-" again. */
static void expect_sent(struct fake *f, const char *ids, const char *posted, const char *results)
{
	static const struct cl_receiver_kind kind = {.name = "fake", .render = fake_render, .post = fake_post};
	struct cl_parcel parcels[16] = {0};
	struct cl_error err = {0};
	size_t n = strlen(ids);
	uint64_t retry = 0;
	char got[17] = {0};
	int r;

	f->receiver.kind = &kind;
	f->receiver.authority = (char *)(uintptr_t) "nowhere";
	for (size_t i = 0; i < n; i++) {
		const char id[2] = {ids[i], 0};
		cJSON *o = cJSON_CreateObject();

		cl_json_str(o, "id", id);
		parcels[i] = (struct cl_parcel){.finding = o, .result = -EAGAIN};
	}
	r = cl_receiver_send(f, &cl_format_ocsf, parcels, n, &retry, &err);
	for (size_t i = 0; i < n; i++) {
		got[i] = ".-r"[!!parcels[i].result + (parcels[i].result == -EBADMSG)];
		cJSON_Delete((cJSON *)(uintptr_t)parcels[i].finding);
	}
	assert_string_equal(f->posted, posted);
	assert_string_equal(got, results);
	assert_int_equal(r, strchr(results, '-') ? -EAGAIN : 0);
	assert_int_equal(retry, r ? 77 : 0);
	if (r)
		assert_string_equal(err.text, "cannot send to fake at nowhere: busy");
}

static void test_bodies(void **state)
{
	(void)state;
	expect_sent(&(struct fake){0}, "abcd", "abcd ", "....");
	expect_sent(&(struct fake){.again = 1}, "abcd", "abcd ", "----");
	expect_sent(&(struct fake){.bad = 'c', .numbered = true}, "abcd", "abcd ab cd d ", "..r.");
	expect_sent(&(struct fake){.bad = 'c'}, "abcd", "abcd ab cd c d ", "..r.");
	expect_sent(&(struct fake){.bad = 'a'}, "a", "a ", "r");
	expect_sent(&(struct fake){.bad = 'a'}, "aba", "ab a ba b a ", "r.r");
	/* what cannot be rendered goes alone, what stands around it goes */
	expect_sent(&(struct fake){0}, "ab!cd", "ab cd ", "..r..");
	/* two reports of one finding never stand in one body */
	expect_sent(&(struct fake){0}, "abacb", "ab acb ", ".....");
}

/* ---- nobody, and nobody who answers ---- */

static int send_one(struct cl_output *o, struct cl_error *err)
{
	_cleanup_json_ cJSON *f = mk_finding(1, "/srv/x", 1);
	struct cl_parcel parcel = {.finding = f};
	uint64_t retry = 0;
	int r = cl_output_send(o, &parcel, 1, &retry, err);

	assert_int_equal(r, parcel.result);
	assert_int_equal(retry, 0);
	return r;
}

static void test_nobody(void **state)
{
	static const char *const specs[] = {"webhook+http://127.0.0.1:1/x", "webhook+https://127.0.0.1:1/x",
					    "elasticsearch+http://127.0.0.1:1", "alertmanager+http://127.0.0.1:1"};

	(void)state;
	for (size_t i = 0; i < sizeof(specs) / sizeof(*specs); i++) {
		struct cl_output *o = NULL;
		struct cl_error err = {0};

		assert_int_equal(cl_output_new(&o, specs[i], &err), 0);
		assert_int_equal(send_one(o, &err), -EAGAIN);
		assert_non_null(strstr(err.text, "127.0.0.1:1: Failed to connect"));
		cl_output_free(&o);
	}
}

static void *stop_soon(void *o)
{
	usleep(300000);
	cl_output_stop(o);
	return NULL;
}

static void test_stop(void **state)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct cl_output *o = NULL;
	struct cl_error err = {0};
	pthread_t thread;
	uint64_t begin;
	char spec[64];

	(void)state;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	snprintf(spec, sizeof(spec), "webhook+http://127.0.0.1:%u", ntohs(a.sin_port));
	assert_int_equal(cl_output_new(&o, spec, &err), 0);
	assert_int_equal(pthread_create(&thread, NULL, stop_soon, o), 0);
	begin = cl_boot_ns();
	assert_int_equal(send_one(o, &err), -EAGAIN);
	assert_in_range(cl_boot_ns() - begin, 200000000, 1300000000);
	assert_non_null(strstr(err.text, "stopped"));
	pthread_join(thread, NULL);
	begin = cl_boot_ns();
	assert_int_equal(send_one(o, &err), -EAGAIN);
	assert_true(cl_boot_ns() - begin < CL_NS_PER_S);
	cl_output_free(&o);
	close(listener);
}

/* ---- as a sender ---- */

static cJSON *finding_of(unsigned int n)
{
	if (n % 7 == 6)
		return mk_finding(n, "pipe| eq= hat^ \x1f \x7f " MK_HOSTILE "\xe2\x81\xa6\xef\xbb\xbf", 3);
	return mk_finding_any(n);
}

static int print_all(unsigned int from, unsigned int count)
{
	for (unsigned int n = from; n < from + count; n++) {
		_cleanup_json_ cJSON *f = finding_of(n);
		char *text = cJSON_PrintUnformatted(f);

		puts(text);
		free(text);
	}
	return 0;
}

/* Says each trouble once; what is refused for good, and how long it took. */
static int send_batch(struct cl_output *o, struct cl_parcel *parcels, size_t n)
{
	struct cl_error err = {0}, last = {0};
	uint64_t retry = 0;

	while (n && cl_output_send(o, parcels, n, &retry, &err)) {
		size_t done = 0;

		if (strcmp(last.text, err.text))
			printf("again: %s%s\n", err.text, retry ? " (a time is named)" : "");
		last = err;
		while (parcels[done].result != -EAGAIN)
			done++;
		for (size_t i = 0; i < done; i++)
			if (parcels[i].result)
				printf("refused: %s: %s\n", cl_json_get_str(parcels[i].finding, "id"),
				       parcels[i].why.text);
		parcels += done;
		n -= done;
		do
			usleep(50000);
		while (cl_boot_ns() < retry);
	}
	for (size_t i = 0; i < n; i++)
		if (parcels[i].result)
			printf("refused: %s: %s\n", cl_json_get_str(parcels[i].finding, "id"), parcels[i].why.text);
	fflush(stdout);
	return 0;
}

static int send_all(const char *spec, unsigned int from, unsigned int count)
{
	struct cl_error err = {0};
	struct cl_output *o = NULL;
	unsigned int end = from + count;

	if (cl_output_new(&o, spec, &err)) {
		printf("%s\n", err.text);
		return 1;
	}
	while (from < end) {
		struct cl_parcel parcels[128] = {0};
		size_t n = 0;

		while (n < cl_output_batch(o) && from < end)
			parcels[n++].finding = finding_of(from++);
		send_batch(o, parcels, n);
		for (size_t i = 0; i < n; i++)
			cJSON_Delete((cJSON *)(uintptr_t)parcels[i].finding);
	}
	cl_output_free(&o);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_specs),
		cmocka_unit_test(test_token_is_a_line),
		cmocka_unit_test(test_report_key),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_stop),
	};

	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 5 && !strcmp(argv[1], "send"))
		return send_all(argv[2], (unsigned int)atoi(argv[3]), (unsigned int)atoi(argv[4]));
	if (argc == 4 && !strcmp(argv[1], "print"))
		return print_all((unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]));
	return cmocka_run_group_tests(tests, setup, teardown);
}
