/* SPDX-License-Identifier: Apache-2.0 */
/* The site's policy: read strictly, and what its rules say of an act. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/wildcard.h"
#include "policy/rules.h"

#define NOW 1795000000000000000ull /* 2026-11-18 */
#define DAY (86400ull * CL_NS_PER_S)
#define FP "cred:41414141414141414141414141414141"

static const char *const detectors[] = {"cross-workflow-reuse", "unexpected-reader", "long-lived", NULL};

static struct cl_rules *parsed(const char *text)
{
	struct cl_error err = {0};
	struct cl_rules *r = NULL;

	if (cl_rules_parse(&r, "site.json", text, strlen(text), detectors, &err))
		fail_msg("%s: %s", text, err.text);
	return r;
}

static void test_errors_name_file_line_and_path(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"[]", "line 1: \"\" must be an object"},
		{"{\"exclusion\":[]}", "line 1: \"exclusion\" is not known (did you mean \"exclusions\"?)"},
		{"{\"exclusions\":{}}", "line 1: \"exclusions\" must be a list of objects"},
		{"{\"exclusions\":[],\n\"exclusions\":[]}", "line 1: \"exclusions\" stands twice"},
		{"{\"exclusions\":[\n7]}", "line 2: \"exclusions[0]\" must be an object"},
		{"{\"exclusions\":[\n{\"detector\":\"long-lived\",\n\"reason\":\"r\"},\n{\"path\":\"/a\",\n\"resaon\":\"r\"}]}",
		 "line 5: \"exclusions[1].resaon\" is not known (did you mean \"reason\"?)"},
		{"{\"exclusions\":[{\"path\":\"/a\",\"reason\":\"r\"}]}",
		 "line 1: \"exclusions[0]\" lacks \"detector\""},
		{"{\"exclusions\":[{\"detector\":\"long-lived\"}]}", "line 1: \"exclusions[0]\" lacks \"reason\""},
		{"{\"exclusions\":[{\"detector\":\"long-live\",\"reason\":\"r\"}]}",
		 "line 1: \"exclusions[0].detector\" is no detector (did you mean \"long-lived\"?)"},
		{"{\"exclusions\":[{\"detector\":\"*\",\"reason\":\"r\"}]}",
		 "line 1: \"exclusions[0]\" would exclude every finding: name the detector, or say more"},
		{"{\"exclusions\":[{\"detector\":\"*\",\"path\":\"etc\",\"reason\":\"r\"}]}",
		 "line 1: \"exclusions[0].path\" must be a whole path: begin it with \"/\" or \"**/\""},
		{"{\"exclusions\":[{\"detector\":\"*\",\"path\":[],\"reason\":\"r\"}]}",
		 "line 1: \"exclusions[0].path\" must have 1 to 64 entries"},
		{"{\"exclusions\":[{\"detector\":\"*\",\n\"path\":[\"/a\",\n7],\"reason\":\"r\"}]}",
		 "line 3: \"exclusions[0].path[1]\" must be a text, or a list of texts"},
		{"{\"exclusions\":[{\"detector\":\"*\",\"credential\":\"cred:12\",\"reason\":\"r\"}]}",
		 "line 1: \"exclusions[0].credential\" must be \"cred:\" and 32 hex digits"},
		{"{\"exclusions\":[{\"detector\":\"*\",\"user\":-1,\"reason\":\"r\"}]}",
		 "line 1: \"exclusions[0].user\" must be a text, or a list of texts"},
		{"{\"exclusions\":[{\"detector\":\"*\",\"user\":1e122,\"reason\":\"r\"}]}",
		 "line 1: \"exclusions[0].user\" must be a text, or a list of texts"},
		{"{\"exclusions\":[{\"detector\":\"*\",\"class\":\"statik\",\"reason\":\"r\"}]}",
		 "line 1: \"exclusions[0].class\" must be \"static\", \"ephemeral\" or \"unknown\""},
		{"{\"exclusions\":[{\"detector\":\"*\",\"destination\":\"10.1.*\",\"reason\":\"r\"}]}",
		 "line 1: \"exclusions[0].destination\" is no address: write a network as ADDRESS/BITS, such as "
		 "\"10.1.0.0/16\""},
		{"{\"exclusions\":[{\"detector\":\"*\",\"destination\":\"10.0.0.0/33\",\"reason\":\"r\"}]}",
		 "line 1: \"exclusions[0].destination\" has no number of bits behind the \"/\""},
		{"{\"exclusions\":[{\"detector\":\"*\",\"destination\":\"a.example:0\",\"reason\":\"r\"}]}",
		 "line 1: \"exclusions[0].destination\" has no port of 1 to 65535 behind the \":\""},
		{"{\"exclusions\":[{\"detector\":\"*\",\"path\":\"/a\",\"until\":\"7d\",\"reason\":\"r\"}]}",
		 "line 1: \"exclusions[0].until\" must be a time such as \"2027-01-31\" or \"2027-01-31T12:00:00Z\""},
		{"{\"sharing\":[{\"provider\":\"GitHub\",\"workflows\":[\"a\"],\"reason\":\"r\"}]}",
		 "line 1: \"sharing[0]\" lacks \"until\""},
		{"{\"sharing\":[{\"workflows\":[\"a\"],\"reason\":\"r\",\"until\":\"2027-01-01\"}]}",
		 "line 1: \"sharing[0]\" must say which credential: credential, provider, format, kind or class"},
		{"{\"sharing\":[{\"provider\":\"x\",\"reason\":\"r\",\"until\":\"2027-01-01\"}]}",
		 "line 1: \"sharing[0]\" must name workflows, environments or destinations"},
		{"{\"sharing\":[{\"provider\":\"x\",\"workflows\":\"a\",\"reason\":\"r\",\"until\":\"2027-01-01\"}]}",
		 "line 1: \"sharing[0].workflows\" must be a list of texts"},
		{"{\"readers\":[{\"store\":\"netrc\"}]}",
		 "line 1: \"readers[0]\" must say who may read: exe, user, workflow, container ..."},
		{"{\"time_to_live\":[{\"class\":\"static\",\"max\":\"soon\"}]}",
		 "line 1: \"time_to_live[0].max\" must be a duration such as \"12h\" or \"90d\", or \"never\""},
		{"{\"time_to_live\":[{\"class\":\"static\",\"max\":\"0s\"}]}",
		 "line 1: \"time_to_live[0].max\" must be a duration such as \"12h\" or \"90d\", or \"never\""},
		{"{\"severities\":[{\"detector\":\"long-lived\",\"severity\":\"high\"}]}",
		 "line 1: \"severities[0].severity\" must be \"Low\", \"Medium\", \"High\" or \"Critical\""},
		{"{\"environments\":[]}",
		 "line 1: \"environments\" must be an object: a name, then its runs and destinations"},
		{"{\"environments\":{\"production\":{}}}",
		 "line 1: \"environments.production\" must name runs or destinations"},
		{"{\"environments\":{\"production\":{\"runs\":[{}]}}}",
		 "line 1: \"environments.production.runs[0]\" must say which runs: workflow, repository, container or "
		 "user"},
		{"{\"environments\":{\"a.b\":\n{\"runs\":[{\"exe\":\"/x\"}]}}}",
		 "line 2: \"environments.a.b.runs[0].exe\" is not known"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cl_error err = {0};
		struct cl_rules *r = NULL;
		char expected[512];

		snprintf(expected, sizeof(expected), "cannot read policy \"site.json\": %s", cases[i].message);
		assert_int_equal(cl_rules_parse(&r, "site.json", cases[i].text, strlen(cases[i].text), detectors, &err),
				 -EINVAL);
		assert_string_equal(err.text, expected);
		assert_null(r);
	}
}

static void test_wildcards(void **state)
{
	static const struct {
		bool (*match)(const char *, const char *);
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{cl_wildcard_name, "ci:*", "ci:github/a/b", true},
		{cl_wildcard_name, "ci:*/deploy", "ci:github/a/deploy", true},
		{cl_wildcard_name, "ci:*/deploy", "ci:github/a/deploy2", false},
		{cl_wildcard_name, "a?c", "abc", true},
		{cl_wildcard_name, "a?c", "ac", false},
		{cl_wildcard_name, "*a*b*", "xxaxxbx", true},
		{cl_wildcard_name, "", "a", false},
		{cl_wildcard_name, "*", "", true},
		{cl_wildcard_name, "A", "a", false},
		{cl_wildcard_host, "*.Example.org", "API.example.ORG", true},
		{cl_wildcard_host, "*.example.org", "example.org", false},
		{cl_wildcard_path, "/home/*/.netrc", "/home/ann/.netrc", true},
		{cl_wildcard_path, "/home/*/.netrc", "/home/ann/x/.netrc", false},
		{cl_wildcard_path, "/home/**", "/home/ann/x/.netrc", true},
		{cl_wildcard_path, "**/.netrc", "/home/ann/x/.netrc", true},
		{cl_wildcard_path, "/a/**/b*c", "/a/x/bx/y/bzc", true},
		{cl_wildcard_path, "/a/**/b*c", "/a/x/bx/y/bz/c", false},
		{cl_wildcard_path, "/a?b", "/a/b", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (cases[i].match(cases[i].pattern, cases[i].text) != cases[i].matches)
			fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].text);
}

static void test_destinations(void **state)
{
	static const char *const hosts[] = {"db1.prod.example", "DB.Prod.Example", NULL};
	static const struct {
		const char *pattern, *address;
		uint32_t port;
		bool named, matches;
	} cases[] = {
		{"192.0.2.1", "192.0.2.1", 443, false, true},
		{"192.0.2.1:443", "192.0.2.1", 443, false, true},
		{"192.0.2.1:443", "192.0.2.1", 80, false, false},
		{"192.0.2.1", "::ffff:192.0.2.1", 443, false, true},
		{"192.0.0.0/16", "192.0.255.1", 443, false, true},
		{"192.0.0.0/16", "192.1.0.1", 443, false, false},
		{"192.0.2.0/25", "192.0.2.127", 443, false, true},
		{"192.0.2.0/25", "192.0.2.128", 443, false, false},
		{"0.0.0.0/0", "203.0.113.9", 443, false, true},
		{"0.0.0.0/0", "2001:db8::1", 443, false, false},
		{"2001:db8::/32", "2001:db8:1::1", 443, false, true},
		{"[2001:db8::/32]:443", "2001:db8:1::1", 443, false, true},
		{"[2001:db8::/32]:443", "2001:db8:1::1", 80, false, false},
		{"2001:db8::1", "2001:db8::1%eth0", 443, false, true},
		{"*:5432", "10.0.0.1", 5432, false, true},
		{"*:5432", "10.0.0.1", 5433, false, false},
		{"*", "/run/x.sock", 0, false, false},
		{"*.prod.example", "10.0.0.1", 5432, true, true},
		{"db.prod.example:5432", "10.0.0.1", 5432, true, true},
		{"db.prod.example:5432", "10.0.0.1", 5432, false, false},
		{"*.dev.example", "10.0.0.1", 5432, true, false},
		{"/run/*.sock", "/run/x.sock", 0, false, true},
		{"/run/*.sock", "/run/a/x.sock", 0, false, false},
		{"@vault", "@vault", 0, false, true},
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct cl_subject_place to = {cases[i].address, cases[i].port, cases[i].named ? hosts : NULL};
		_cleanup_(cl_rules_free) struct cl_rules *r = NULL;
		const char *label;

		snprintf(text, sizeof(text), "{\"environments\":{\"x\":{\"destinations\":[\"%s\"]}}}",
			 cases[i].pattern);
		r = parsed(text);
		label = cl_rules_environment_of_destination(r, &to);
		if (!!label != cases[i].matches)
			fail_msg("\"%s\" and %s port %u", cases[i].pattern, cases[i].address, cases[i].port);
	}
}

static void test_environments_of_runs(void **state)
{
	_cleanup_(cl_rules_free) struct cl_rules *r = parsed(
		"{\"environments\":{"
		"\"production\":{\"runs\":[{\"workflow\":\"ci:*/deploy\",\"repository\":\"acme/*\"},{\"user\":[1000,\"1001\"]}]},"
		"\"dev\":{\"runs\":[{\"workflow\":\"*\"}]}}}");
	struct cl_subject s = {.workflow = "ci:x/deploy", .repository = "acme/web"};

	(void)state;
	assert_string_equal(cl_rules_environment_of_run(r, &s), "production");
	s.repository = "other/web";
	assert_string_equal(cl_rules_environment_of_run(r, &s), "dev");
	s.repository = NULL;
	assert_string_equal(cl_rules_environment_of_run(r, &s), "dev");
	s.uid = 1001;
	assert_string_equal(cl_rules_environment_of_run(r, &s), "dev");
	s.has_uid = true;
	assert_string_equal(cl_rules_environment_of_run(r, &s), "production");
	s = (struct cl_subject){.repository = "acme/web"};
	assert_null(cl_rules_environment_of_run(r, &s));
}

static void test_time_to_live(void **state)
{
	_cleanup_(cl_rules_free) struct cl_rules *r =
		parsed("{\"time_to_live\":["
		       "{\"credential\":\"" FP "\",\"max\":\"never\",\"reason\":\"build in\"},"
		       "{\"provider\":\"GitHub\",\"format\":[\"github_pat_*\"],\"max\":\"30d\"},"
		       "{\"kind\":\"api-key\",\"max\":\"90d\"},{\"class\":\"static\",\"max\":\"365d\"}]}");
	uint8_t fp[16];
	struct cl_subject s = {.provider = "GitHub", .format = "github_pat_fine", .kind = "api-key", .class = "static"};

	(void)state;
	assert_int_equal(cl_rules_ttl(r, &s), 30 * DAY);
	s.format = "other";
	assert_int_equal(cl_rules_ttl(r, &s), 90 * DAY);
	s.kind = "password";
	assert_int_equal(cl_rules_ttl(r, &s), 365 * DAY);
	s.class = "ephemeral";
	assert_int_equal(cl_rules_ttl(r, &s), 0);
	memset(fp, 0x41, sizeof(fp));
	s.fps[1] = fp;
	assert_true(cl_rules_ttl(r, &s) == UINT64_MAX);
}

static void test_readers_and_exclusions(void **state)
{
	_cleanup_(cl_rules_free) struct cl_rules *r = parsed(
		"{\"readers\":[{\"store\":\"aws_*\",\"exe\":[\"/opt/backup/**\",\"/usr/bin/tar\"],\"until\":\"2027-01-01\"}],"
		"\"exclusions\":[{\"detector\":\"unexpected-reader\",\"workflow\":\"unit:backup.service\",\"reason\":\"r\"},"
		"{\"detector\":\"*-reuse\",\"path\":\"/srv/**\",\"user\":0,\"reason\":\"r\",\"until\":\"2026-01-01\"}]}");
	struct cl_subject s = {.store = "aws_credentials", .exe = "/usr/bin/tar"};
	struct cl_rule *rule;

	(void)state;
	rule = cl_rules_reader(r, &s, NOW);
	assert_non_null(rule);
	cl_rule_count(rule, NOW);
	cl_rule_count(rule, NOW + 1);
	assert_null(cl_rules_reader(r, &s, NOW + 100 * DAY)); /* over */
	s.exe = "/usr/bin/python3";
	assert_null(cl_rules_reader(r, &s, NOW));
	s.script = "/opt/backup/bin/run.py";
	assert_non_null(cl_rules_reader(r, &s, NOW));
	s.store = NULL;
	assert_null(cl_rules_reader(r, &s, NOW));

	s = (struct cl_subject){.detector = "unexpected-reader", .workflow = "unit:backup.service"};
	assert_non_null(cl_rules_excludes(r, &s, NOW));
	s.detector = "long-lived";
	assert_null(cl_rules_excludes(r, &s, NOW));
	s = (struct cl_subject){.detector = "cross-run-reuse", .path = "/srv/a", .has_uid = true};
	assert_non_null(cl_rules_excludes(r, &s, NOW - 1000 * DAY));
	assert_null(cl_rules_excludes(r, &s, NOW));
	assert_int_equal(cl_rules_used(r, CL_RULES_READERS), 2);
	assert_int_equal(cl_rules_count(r, CL_RULES_EXCLUSIONS), 2);
}

static void test_sharing(void **state)
{
	_cleanup_(cl_rules_free) struct cl_rules *r = parsed(
		"{\"sharing\":[{\"provider\":\"GitHub\",\"workflows\":[\"ci:a\",\"ci:b\"],\"destinations\":[\"192.0.2.0/24:443\"],"
		"\"reason\":\"r\",\"until\":\"2027-01-01\"},"
		"{\"provider\":\"AWS\",\"destinations\":[\"*:443\"],\"reason\":\"r\",\"until\":\"2027-01-01\"}]}");
	const struct cl_subject_place good = {.address = "192.0.2.7", .port = 443},
				      far = {.address = "198.51.100.1", .port = 443};
	struct cl_subject a = {.provider = "GitHub", .workflow = "ci:a"},
			  b = {.provider = "GitHub", .workflow = "ci:b"};

	(void)state;
	assert_non_null(cl_rules_shares(r, &a, &b, NOW));
	assert_null(cl_rules_shares(r, &a, &b, NOW + 100 * DAY));
	a.reached = &good;
	a.n_reached = 1;
	a.to = good;
	assert_non_null(cl_rules_shares(r, &a, &b, NOW));
	assert_non_null(cl_rules_may_reach(r, &a, NOW));
	a.reached_cut = true;
	assert_null(cl_rules_shares(r, &a, &b, NOW));
	a.reached_cut = false;
	a.reached = &far;
	a.to = far;
	assert_null(cl_rules_shares(r, &a, &b, NOW));
	assert_null(cl_rules_may_reach(r, &a, NOW));
	a.reached = &good;
	b.workflow = "ci:c";
	assert_null(cl_rules_shares(r, &a, &b, NOW));
	/* Where it may go says nothing about who may have it. */
	a.provider = b.provider = "AWS";
	assert_null(cl_rules_shares(r, &a, &b, NOW));
	assert_non_null(cl_rules_may_reach(r, &a, NOW));
}

static void test_counts_outlive_a_change(void **state)
{
	static const char one[] = "{\"severities\":[{\"detector\":\"long-lived\",\"severity\":\"High\"}]}",
			  two[] = "{\"severities\":[{\"detector\":\"unexpected-reader\",\"severity\":\"Low\"},"
				  "{\"detector\":\"long-lived\",\"severity\":\"High\"}]}";
	const struct cl_subject s = {.detector = "long-lived"};
	_cleanup_(cl_rules_free) struct cl_rules *a = parsed(one), *b = parsed(two), *c = parsed(two);
	_cleanup_json_ cJSON *counts = NULL, *list = NULL;

	(void)state;
	cl_rule_count(cl_rules_severity(a, &s, NOW), NOW);
	cl_rule_count(cl_rules_severity(a, &s, NOW), NOW + CL_NS_PER_S);
	cl_rules_inherit(b, a);
	assert_int_equal(cl_rules_severity(b, &s, NOW)->used, 2);
	counts = cl_rules_counts(b);
	cl_rules_restore(c, counts);
	assert_int_equal(cl_rules_severity(c, &s, NOW)->used, 2);
	assert_true(cl_rules_severity(c, &s, NOW)->first == NOW);
	list = cl_rules_json(c, NOW);
	assert_int_equal(cJSON_GetArraySize(list), 2);
	assert_string_equal(cl_json_get_str(list, "1.section"), "severities");
	assert_string_equal(cl_json_get_str(list, "1.rule.severity"), "High");
	assert_int_equal((int)cl_json_get_num(list, "1.used"), 2);
	assert_int_equal((int)cl_json_get_num(list, "0.used"), 0);
}

static void test_defaults(void **state)
{
	_cleanup_(cl_rules_free) struct cl_rules *r = NULL;
	const struct cl_subject s = {.detector = "long-lived", .class = "static", .workflow = "w"};

	(void)state;
	assert_int_equal(cl_rules_defaults(&r), 0);
	assert_null(cl_rules_excludes(r, &s, NOW));
	assert_null(cl_rules_environment_of_run(r, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors_name_file_line_and_path),
		cmocka_unit_test(test_wildcards),
		cmocka_unit_test(test_destinations),
		cmocka_unit_test(test_environments_of_runs),
		cmocka_unit_test(test_time_to_live),
		cmocka_unit_test(test_readers_and_exclusions),
		cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_counts_outlive_a_change),
		cmocka_unit_test(test_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
