/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formats other than OCSF and human: exact records of a plain finding, and tests/lib/check_formats.py over findings
 * full of trouble, whole and made to fit. As `test_formats write DIRECTORY` it leaves those findings there: native and in every format.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/clock.h"
#include "format/format.h"
#include "mk_finding.h"

#define LOGGED (1800000000ull * CL_NS_PER_S)
#define COUNT 15
#define OF(a) (sizeof(a) / sizeof((a)[0]))

static const struct cl_output_format *const all[] = {&cl_format_ocsf, &cl_format_ocsf_1_8, &cl_format_ecs,
						     &cl_format_cef,  &cl_format_leef,	   &cl_format_human,
						     &cl_format_line};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < OF(all); i++) {
		assert_ptr_equal(cl_output_format_find(all[i]->name), all[i]);
		assert_non_null(strstr(cl_output_format_names(), all[i]->name));
		assert_non_null(all[i]->media);
	}
	assert_null(cl_output_format_find("native"));
}

/* ---- exact records ---- */

static void expect(const struct cl_output_format *format, const cJSON *finding, const char *record)
{
	_cleanup_text_ struct cl_text t = {0};

	assert_int_equal(format->render(finding, LOGGED, &t), 0);
	assert_string_equal(cl_text_str(&t), record);
}

/* A finding about the monitor itself: short enough to be read here. */
static cJSON *small(const char *message)
{
	cJSON *f = cJSON_CreateObject();

	cl_json_str(f, "id", "fnd-1");
	cl_json_str(f, "detector", "coverage-degraded");
	cl_json_str(f, "title", "a|b=c^d");
	cl_json_str(f, "message", message);
	cl_json_str(f, "severity", "Medium");
	cl_json_str(f, "activity", "update");
	cl_json_num(f, "count", 3);
	cl_json_str(f, "first", "2026-01-02T03:05:05.123456Z");
	cl_json_str(f, "last", "2026-01-02T03:05:06.000999Z");
	cl_json_str(cl_json_obj(f, "host"), "name", "h");
	return f;
}

#define HOSTILE "| = \\ ^ \" nl\n cr\r tab\t bidi\xe2\x80\xae nul\\x00 \xc3\xa9 act=x"

static void test_cef(void **state)
{
	_cleanup_json_ cJSON *f = small(HOSTILE);

	(void)state;
	expect(&cl_format_cef, f,
	       "CEF:0|credlineage|credlineage|" CL_VERSION
	       "|coverage-degraded|a\\|b=c^d|6|rt=1767323106000 end=1767323106000 "
	       "start=1767323105123 externalId=fnd-1 act=update cnt=3 msg=| \\= \\\\ ^ \" nl\\n cr\\r tab\\\\x09 "
	       "bidi\\\\u{202e} nul\\\\x00 \xc3\xa9 act\\=x dvchost=h");
}

static void test_leef(void **state)
{
	_cleanup_json_ cJSON *f = small(HOSTILE);

	(void)state;
	expect(&cl_format_leef, f,
	       "LEEF:2.0|credlineage|credlineage|" CL_VERSION
	       "|coverage-degraded|^|devTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ"
	       "^devTime=2026-01-02T03:05:06.000+0000^firstSeen=2026-01-02T03:05:05.123+0000^sev=6^severity=Medium^id=fnd-1"
	       "^activity=update^count=3^cat=a|b=c\\x5ed^msg=| = \\ \\x5e \" nl\\x0a cr\\x0d tab\\x09 bidi\\u{202e} nul\\x00 "
	       "\xc3\xa9 act=x^identHostName=h");
}

static void test_line(void **state)
{
	_cleanup_json_ cJSON *f = small("nobody\nlooked");
	cJSON *review;

	(void)state;
	expect(&cl_format_line, f,
	       "2026-01-02T03:05:06Z h credlineage Medium: a|b=c^d: Nobody\\x0alooked. (coverage-degraded, fnd-1, seen 3 "
	       "times)");
	cJSON_ReplaceItemInObject(f, "activity", cJSON_CreateString("close"));
	cl_json_bool(f, "truncated", true);
	review = cl_json_obj(f, "review");
	cl_json_str(review, "reason", "seen");
	cl_json_str(cl_json_obj(review, "by"), "name", "ann");
	expect(&cl_format_line, f,
	       "2026-01-02T03:05:06Z h credlineage Medium: a|b=c^d: Nobody\\x0alooked. (coverage-degraded, fnd-1, closed, "
	       "acknowledged by ann: seen, shortened to fit)");
}

/* ---- findings full of trouble ---- */

static char directory[] = "/tmp/credlineage-formats.XXXXXX";

/* Every kind of trouble, and each member of the table at least once. */
static cJSON *any(unsigned int number)
{
	static const char *const addresses[] = {"192.0.2.7", "2001:db8::7", "/run/a socket=x|^"};
	static const char *const hows[] = {"connect", "environment", "arguments", "reached", "read"};
	cJSON *f = mk_finding_any(number), *d = cJSON_GetArrayItem(cJSON_GetObjectItem(f, "destinations"), 0);
	cJSON *use = cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(f, "sides"), 1), "use");

	cJSON_ReplaceItemInObject(d, "address", cJSON_CreateString(addresses[number % 3]));
	if (number >= 10)
		cJSON_ReplaceItemInObject(use, "how", cJSON_CreateString(hows[number % 5]));
	if (number % 7 == 6) {
		cJSON_DeleteItemFromArray(cJSON_GetObjectItem(f, "sides"), 0);
		cJSON_DeleteItemFromObject(f, "host");
	}
	if (number % 7 == 5)
		cJSON_DeleteItemFromObject(f, "sides");
	if (number % 4 == 3) {
		cl_json_str(cl_json_obj(f, "review"), "status", "acknowledged");
		cl_json_str(cJSON_GetObjectItem(f, "review"), "time", "2026-01-02T04:00:00.000000Z");
		cl_json_str(cJSON_GetObjectItem(f, "review"), "reason", MK_HOSTILE);
	}
	cJSON_ReplaceItemInObject(f, "severity", cJSON_CreateString(number % 2 ? "Critical" : "Low"));
	cJSON_ReplaceItemInObject(f, "count", cJSON_CreateNumber(number));
	return f;
}

static FILE *file_for(const char *in, const char *name)
{
	char path[300];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", in, name);
	file = fopen(path, "w");
	assert_non_null(file);
	return file;
}

static void write_native(const char *in)
{
	FILE *file = file_for(in, "native");

	for (unsigned int i = 0; i < COUNT; i++) {
		_cleanup_json_ cJSON *f = any(i);
		char *text = cJSON_PrintUnformatted(f);

		fprintf(file, "%s\n", text);
		free(text);
	}
	fclose(file);
}

/* `limit` 0: whole. */
static void write_records(const char *in, const struct cl_output_format *format, size_t limit)
{
	char name[64];
	FILE *file;

	snprintf(name, sizeof(name), limit ? "%s.%zu" : "%s", format->name, limit);
	file = file_for(in, name);
	for (unsigned int i = 0; i < COUNT; i++) {
		_cleanup_json_ cJSON *f = any(i);
		_cleanup_text_ struct cl_text t = {0};

		assert_int_equal(limit ? cl_render_within(format, f, LOGGED, limit, &t) : format->render(f, LOGGED, &t),
				 0);
		assert_true(!limit || t.len <= limit);
		fprintf(file, "%s\n", cl_text_str(&t));
	}
	fclose(file);
}

static void check(const char *name, size_t limit)
{
	char command[300], report[4096];
	size_t len;
	FILE *f;

	if (cl_starts_with(name, "ocsf"))
		snprintf(command, sizeof(command),
			 limit ? "python3 tests/lib/check_ocsf.py %s/%s.%zu" : "python3 tests/lib/check_ocsf.py %s/%s",
			 directory, name, limit);
	else if (limit)
		snprintf(command, sizeof(command), "tests/lib/check_formats.py %s %s/native %s/%s.%zu cut", name,
			 directory, directory, name, limit);
	else
		snprintf(command, sizeof(command), "tests/lib/check_formats.py %s %s/native %s/%s", name, directory,
			 directory, name);
	f = popen(command, "r");
	assert_non_null(f);
	len = fread(report, 1, sizeof(report) - 1, f);
	report[len] = '\0';
	if (pclose(f))
		fail_msg("%s:\n%s", command, report);
}

static const size_t limits[] = {0, 7800, 1700};

static void write_all(const char *in)
{
	write_native(in);
	for (size_t i = 0; i < OF(all); i++)
		for (size_t l = 0; l < OF(limits); l++)
			write_records(in, all[i], limits[l]);
}

static void test_compared(void **state)
{
	(void)state;
	write_all(directory);
	for (size_t i = 0; i < OF(all); i++)
		for (size_t l = 0; l < OF(limits); l++)
			if (all[i] != &cl_format_human && all[i] != &cl_format_line)
				check(all[i]->name, limits[l]);
}

/* One line, harmless, short, and it says when something went. */
static void test_line_is_harmless(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < COUNT; i++) {
		_cleanup_text_ struct cl_text t = {0}, cut = {0};
		_cleanup_json_ cJSON *f = any(i);

		assert_int_equal(cl_format_line.render(f, LOGGED, &t), 0);
		for (const char *s = cl_text_str(&t); *s; s++)
			assert_false((unsigned char)*s < 0x20 || *s == 0x7f);
		assert_null(strstr(cl_text_str(&t), "\xe2\x80\xae"));
		assert_true(t.len < 1600);
		assert_int_equal(cl_render_within(&cl_format_line, f, LOGGED, 480, &cut), 0);
		assert_true((t.len > 480) == (strstr(cl_text_str(&cut), "shortened to fit)") != NULL));
	}
}

/* The checker itself: a record with one thing wrong must be refused for that very thing. */
static void test_checker(void **state)
{
	static const struct {
		const char *format, *from, *to, *complaint;
	} cases[] = {
		{"cef", "|8|", "|7|", "header: '7', not '8'"},
		{"cef", " cnt=1", " cnt=2", "no finding fnd-"},
		{"cef", " spid=43", "", "spid: nothing, not '43'"},
		{"cef", " spid=43", " spid=43 more=1", "more: '1', not nothing"},
		{"cef", " spid=43", " spid=43 spid=43", "spid stands twice"},
		{"cef", " cs1Label=credential", "", "cs1Label: nothing"},
		{"cef", " sproc=/srv", " sproc=a=b", "an = that is not escaped"},
		{"cef", " sproc=/srv", " sproc=\\|", "\\| is no escape here"},
		{"cef", " sproc=/srv", "\tsproc=/srv", "a control character"},
		{"leef", "|^|", "|x5e|", "header: 'x5e', not '^'"},
		{"leef", "^pid=43", "^pid=43^x", "'x' is no attribute"},
		{"leef", "^pid=43", "^pid=44", "pid: '44', not '43'"},
		{"leef", "^pid=43", "", "pid: nothing, not '43'"},
		{"leef", "05.123+0000", "05.124+0000", "devTime: "},
		{"ecs", "\"pid\":43", "\"pid\":\"43\"", "process.pid: '43'"},
		{"ecs", "\"kind\":\"alert\"", "\"kind\":\"event\"", "event.kind: 'event', not 'alert'"},
		{"ecs", "\"class\":\"static\"", "\"class\":\"x\"", "credlineage.credential: "},
		{"ecs", "\"severity\":73", "\"severity\":73,\"severity\":73", "a member stands twice"},
		{"ecs", "\"severity\":73", "\"a.b\":73", "a.b is dotted"},
	};
	char path[300], command[700], report[8192];

	(void)state;
	for (size_t i = 0; i < OF(cases); i++) {
		_cleanup_text_ struct cl_text t = {0};
		_cleanup_json_ cJSON *f = mk_finding(7, "/srv", 2);
		char *native = cJSON_PrintUnformatted(f), *at;
		FILE *file = file_for(directory, "one");
		size_t len;

		fprintf(file, "%s\n", native);
		free(native);
		fclose(file);
		assert_int_equal(cl_output_format_find(cases[i].format)->render(f, LOGGED, &t), 0);
		at = strstr(t.s, cases[i].from);
		assert_non_null(at);
		snprintf(path, sizeof(path), "%s/record", directory);
		file = fopen(path, "w");
		fprintf(file, "%.*s%s%s\n", (int)(at - t.s), t.s, cases[i].to, at + strlen(cases[i].from));
		fclose(file);
		snprintf(command, sizeof(command), "tests/lib/check_formats.py %s %s/one %s", cases[i].format,
			 directory, path);
		file = popen(command, "r");
		len = fread(report, 1, sizeof(report) - 1, file);
		report[len] = '\0';
		if (!pclose(file) || !strstr(report, cases[i].complaint))
			fail_msg("%s, %s: expected \"%s\" in\n%s", cases[i].format, cases[i].to, cases[i].complaint,
				 report);
	}
}

static int setup(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	 cmocka_unit_test(test_cef),
		cmocka_unit_test(test_leef),	 cmocka_unit_test(test_line),

		cmocka_unit_test(test_compared), cmocka_unit_test(test_line_is_harmless),
		cmocka_unit_test(test_checker),
	};

	if (argc == 3 && !strcmp(argv[1], "write")) {
		write_all(argv[2]);
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
