/* SPDX-License-Identifier: Apache-2.0 */
/* Statements about credentials: read strictly, changed by request, and what they mean at a time. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/text.h"
#include "config/config.h"
#include "policy/policy.h"

#define FP "cred:00112233445566778899aabbccddeeff"
#define HEAD "{\"fingerprint\":\"" FP "\""
#define NOW 1795000000000000000ull /* 2026-11-18 */

static cJSON *taken(const char *text)
{
	struct cl_error err = {0};
	cJSON *s = NULL;

	if (cl_policy_parse(text, strlen(text), &s, &err))
		fail_msg("%s: %s", text, err.text);
	return s;
}

static void check_text(const cJSON *statement, const char *expected)
{
	_cleanup_free_ char *text = cJSON_PrintUnformatted(statement);

	assert_string_equal(text, expected);
}

static void test_a_whole_statement(void **state)
{
	_cleanup_json_ cJSON *s = taken(
		"{\"fingerprint\":\"cred:00112233445566778899AABBCCDDEEFF\",\"owner\":\"Ann\",\"label\":\"deploy \\u00e9\","
		"\"allow\":{\"until\":\"2027-01-31\",\"workflows\":[\"ci:a\",\"ci:b\"],"
		"\"destinations\":[\"192.0.2.1:443\",\"[2001:DB8:0::1]:8443\",\"/run/x.sock\",\"@y\"],\"reason\":\"r\"},"
		"\"revoked\":{\"at\":\"2026-11-25T10:00:00+01:00\",\"by\":\"Bob\"}}");

	(void)state;
	check_text(s,
		   HEAD ",\"label\":\"deploy \xc3\xa9\",\"owner\":\"Ann\",\"allow\":{\"workflows\":[\"ci:a\",\"ci:b\"],"
			"\"destinations\":[\"192.0.2.1:443\",\"[2001:db8::1]:8443\",\"/run/x.sock\",\"@y\"],"
			"\"until\":\"2027-01-31T00:00:00.000000Z\",\"reason\":\"r\"},"
			"\"revoked\":{\"by\":\"Bob\",\"at\":\"2026-11-25T09:00:00.000000Z\"}}");
	assert_false(cl_policy_is_empty(s));
}

static void test_errors_name_the_path(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"[]", "\"\" must be an object"},
		{"{}", "\"fingerprint\" must be \"cred:\" and 32 hex digits"},
		{"{\"fingerprint\":\"cred:00\"}", "\"fingerprint\" must be \"cred:\" and 32 hex digits"},
		{HEAD ",\"lable\":\"x\"}", "\"lable\" is not known (did you mean \"label\"?)"},
		{HEAD ",\"label\":\"\"}", "\"label\" must be a text of 1 to 256 bytes"},
		{HEAD ",\"owner\":7}", "\"owner\" must be a text of 1 to 256 bytes"},
		{HEAD ",\"allow\":[]}", "\"allow\" must be an object"},
		{HEAD ",\"allow\":{}}", "\"allow\" must name workflows, environments or destinations"},
		{HEAD ",\"allow\":{\"workflow\":[\"a\"]}}",
		 "\"allow.workflow\" is not known (did you mean \"workflows\"?)"},
		{HEAD ",\"allow\":{\"workflows\":[]}}", "\"allow.workflows\" must be a list of 1 to 32 names"},
		{HEAD ",\"allow\":{\"workflows\":[\"a\",1]}}",
		 "\"allow.workflows[1]\" must be a text of 1 to 256 bytes"},
		{HEAD ",\"allow\":{\"destinations\":[\"example.org:443\"]}}",
		 "\"allow.destinations[0]\" must be ADDRESS:PORT ([ADDRESS]:PORT for IPv6) or the path of a unix "
		 "socket; names of hosts are not looked up"},
		{HEAD ",\"allow\":{\"workflows\":[\"a\"],\"until\":\"7d\"}}",
		 "\"allow.until\" must be a time such as \"2027-01-31\" or \"2027-01-31T12:00:00Z\""},
		{HEAD ",\"revoked\":true}", "\"revoked\" must be an object"},
		{HEAD ",\"revoked\":{\"at\":\"yesterday\"}}",
		 "\"revoked.at\" must be a time such as \"2027-01-31\" or \"2027-01-31T12:00:00Z\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cl_error err = {0};
		cJSON *s = NULL;

		assert_int_equal(cl_policy_parse(cases[i].text, strlen(cases[i].text), &s, &err), -EINVAL);
		assert_string_equal(err.text, cases[i].message);
		assert_null(s);
	}
}

static void test_texts_are_bounded(void **state)
{
	char text[CL_POLICY_NAME + 128], label[CL_POLICY_NAME + 2];
	cJSON *s = NULL;

	(void)state;
	for (size_t len = CL_POLICY_NAME; len <= CL_POLICY_NAME + 1; len++) {
		memset(label, 'a', len);
		label[len] = '\0';
		snprintf(text, sizeof(text), HEAD ",\"label\":\"%s\"}", label);
		assert_int_equal(cl_policy_parse(text, strlen(text), &s, NULL), len == CL_POLICY_NAME ? 0 : -EINVAL);
		cl_json_freep(&s);
	}
}

static void test_destinations(void **state)
{
	static const char *const wrong[] = {"",	     ":443",	    "192.0.2.1",     "192.0.2.1:",    "192.0.2.1:65536",
					    "[::1]", "[::1:443",    "2001:db8::1:1", "192.0.2.256:1", "host:1",
					    "[]:1",  "192.0.2.1:+1"};
	char out[CL_POLICY_DESTINATION];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		if (!cl_policy_destination(wrong[i], out))
			fail_msg("\"%s\" was taken for \"%s\"", wrong[i], out);
	assert_int_equal(cl_policy_destination("[::1]:443", out), 0);
	assert_string_equal(out, "[::1]:443");
	cl_policy_place("::1", 443, false, out);
	assert_string_equal(out, "[::1]:443");
	cl_policy_place("192.0.2.9", 80, false, out);
	assert_string_equal(out, "192.0.2.9:80");
	cl_policy_place("/run/a:b", 0, true, out);
	assert_string_equal(out, "/run/a:b");
}

static void test_meaning_in_time(void **state)
{
	_cleanup_json_ cJSON *s = taken(HEAD ",\"allow\":{\"workflows\":[\"a\"],\"until\":\"2026-11-18T11:06:40Z\"},"
					     "\"revoked\":{\"at\":\"2026-11-18T11:06:40Z\"}}");
	_cleanup_json_ cJSON *open = taken(HEAD ",\"allow\":{\"environments\":[\"dev\"]},\"revoked\":{}}");
	const cJSON *allow = cl_policy_allowance(s, NOW - 1);
	uint64_t at = 0;

	(void)state;
	assert_int_equal(cl_parse_time("2026-11-18T11:06:40Z", 0, &at), 0);
	assert_int_equal(at, NOW);
	assert_non_null(allow);
	assert_null(cl_policy_allowance(s, NOW));
	assert_null(cl_policy_revocation(s, NOW - 1));
	assert_non_null(cl_policy_revocation(s, NOW));
	assert_non_null(cl_policy_allowance(open, UINT64_MAX));
	assert_non_null(cl_policy_revocation(open, 1));
	assert_true(cl_policy_covers(allow, "workflows", "a"));
	assert_false(cl_policy_covers(allow, "workflows", "A"));
	assert_false(cl_policy_covers(allow, "workflows", NULL));
	assert_true(cl_policy_covers(allow, "environments", NULL));
}

/* ---- changes ---- */

static cJSON *request(const char *text)
{
	cJSON *r = cJSON_Parse(text);

	assert_non_null(r);
	return r;
}

/* The statement after the request, or the error, as text. */
static void changes(const char *before, const char *ask, const char *expected)
{
	_cleanup_json_ cJSON *old = before ? taken(before) : NULL, *r = request(ask), *after = NULL;
	struct cl_error err = {0};

	if (cl_policy_change(old, FP, r, "ann (uid 1000)", NOW, &after, &err)) {
		assert_string_equal(err.text, expected);
		assert_null(after);
	} else {
		check_text(after, expected);
	}
}

#define BY_AT "\"by\":\"ann (uid 1000)\",\"at\":\"2026-11-18T11:06:40.000000Z\""

static void test_changes(void **state)
{
	static const char allowed[] = HEAD ",\"allow\":{\"workflows\":[\"a\",\"b\"],\"reason\":\"r\"," BY_AT "}}";
	static const char revoked[] = HEAD ",\"revoked\":{\"reason\":\"leaked\"," BY_AT "}}";

	(void)state;
	changes(NULL, "{\"verb\":\"label\",\"name\":\"deploy\"}", HEAD ",\"label\":\"deploy\"}");
	changes(HEAD ",\"label\":\"x\",\"owner\":\"y\"}", "{\"verb\":\"label\",\"name\":\"\"}",
		HEAD ",\"owner\":\"y\"}");
	changes(NULL, "{\"verb\":\"owner\",\"name\":\"\"}", "it has no owner in the store");
	changes(NULL, "{\"verb\":\"owner\",\"name\":7}", "\"name\" must be a text (\"\" takes it away)");
	changes(NULL, "{\"verb\":\"allow\",\"workflows\":[\"a\",\"b\"],\"reason\":\"r\"}", allowed);
	changes(allowed, "{\"verb\":\"allow\",\"environments\":[\"dev\"],\"reason\":\"r\"}",
		HEAD ",\"allow\":{\"environments\":[\"dev\"],\"reason\":\"r\"," BY_AT "}}");
	changes(NULL, "{\"verb\":\"allow\",\"workflows\":[\"a\"]}", "a reason is missing (--reason TEXT)");
	changes(NULL, "{\"verb\":\"allow\",\"reason\":\"r\"}",
		"\"allow\" must name workflows, environments or destinations");
	changes(NULL, "{\"verb\":\"allow\",\"workflows\":[\"a\"],\"until\":\"2026-11-18T11:06:40Z\",\"reason\":\"r\"}",
		"\"until\" must lie in the future, 2026-11-18T11:06:40Z is over");
	changes(allowed, "{\"verb\":\"allow\",\"undo\":true,\"reason\":\"r\"}", HEAD "}");
	changes(NULL, "{\"verb\":\"allow\",\"undo\":true,\"reason\":\"r\"}", "the store has no allowance for it");
	changes(NULL, "{\"verb\":\"revoke\",\"reason\":\"leaked\"}", revoked);
	changes(NULL, "{\"verb\":\"revoke\"}", "a reason is missing (--reason TEXT)");
	changes(revoked, "{\"verb\":\"revoke\",\"reason\":\"again\"}",
		"it is revoked already, since 2026-11-18T11:06:40Z");
	changes(revoked, "{\"verb\":\"revoke\",\"undo\":true,\"reason\":\"a mistake\"}", HEAD "}");
	changes(NULL, "{\"verb\":\"revoke\",\"undo\":true,\"reason\":\"r\"}", "it is not revoked in the store");
	changes(NULL, "{\"verb\":\"forget\"}", "unknown \"verb\" (label, owner, allow, revoke)");
}

static void test_state_in_words(void **state)
{
	_cleanup_json_ cJSON *s = taken(HEAD ",\"allow\":{\"workflows\":[\"a\"],\"until\":\"2026-11-18T11:06:40Z\"}}");
	_cleanup_json_ cJSON *c =
		taken(HEAD ",\"label\":\"by file\",\"revoked\":{\"by\":\"Bob\",\"at\":\"2026-11-01\"}}");
	_cleanup_text_ struct cl_text before = {0}, after = {0}, none = {0};

	(void)state;
	assert_int_equal(cl_policy_say_state(s, NULL, NOW - 1, &before), 0);
	assert_string_equal(cl_text_str(&before), "allowed until 2026-11-18T11:06:40Z");
	assert_int_equal(cl_policy_say_state(s, c, NOW, &after), 0);
	assert_string_equal(cl_text_str(&after),
			    "revoked since 2026-11-01T00:00:00Z by Bob; allowed (over) until 2026-11-18T11:06:40Z");
	assert_int_equal(cl_policy_say_state(NULL, NULL, NOW, &none), 0);
	assert_string_equal(cl_text_str(&none), "");
	assert_string_equal(cl_policy_get(s, c, "label"), "by file");
	assert_string_equal(cl_policy_get(s, c, "owner"), "");
}

/* ---- hiding ---- */

static int hide(void *ctx, const char *text, struct cl_text *out)
{
	++*(int *)ctx;
	return cl_text_puts(out, strstr(text, "FAKE") ? "[credential]" : text);
}

static void test_redacts_every_text(void **state)
{
	_cleanup_json_ cJSON *s =
		taken(HEAD ",\"label\":\"FAKE\",\"owner\":\"o\",\"allow\":{\"workflows\":[\"a\",\"FAKE\"],"
			   "\"reason\":\"FAKE\"},\"revoked\":{\"reason\":\"because FAKE\"}}");
	_cleanup_json_ cJSON *r = request("{\"verb\":\"allow\",\"name\":\"FAKE\",\"workflows\":[\"FAKE\"],"
					  "\"reason\":\"FAKE\"}");
	int asked = 0;

	(void)state;
	assert_int_equal(cl_policy_redact(s, hide, &asked), 0);
	assert_int_equal(asked, 6);
	check_text(s,
		   HEAD ",\"label\":\"[credential]\",\"owner\":\"o\",\"allow\":{\"workflows\":[\"a\",\"[credential]\"],"
			"\"reason\":\"[credential]\"},\"revoked\":{\"reason\":\"[credential]\"}}");
	assert_int_equal(cl_policy_redact(r, hide, &asked), 0);
	check_text(r, "{\"verb\":\"allow\",\"name\":\"[credential]\",\"workflows\":[\"[credential]\"],"
		      "\"reason\":\"[credential]\"}");
}

/* ---- in the configuration ---- */

static int configure(struct cl_config *c, const char *text, struct cl_error *err)
{
	return cl_config_parse(c, "x.json", text, strlen(text), err);
}

static void test_in_the_configuration(void **state)
{
	struct cl_config c = {0};
	struct cl_error err = {0};
	_cleanup_free_ char *printed = NULL;

	(void)state;
	assert_int_equal(configure(&c, "{\"policy\": {\"credentials\": [" HEAD ", \"label\": \"x\"}]}}", NULL), 0);
	assert_int_equal(cJSON_GetArraySize(c.policy.credentials), 1);
	check_text(c.policy.credentials->child, HEAD ",\"label\":\"x\"}");
	printed = cl_config_print(&c);
	assert_non_null(strstr(printed, FP));
	cl_config_free(&c);
	assert_null(c.policy.credentials);
	assert_int_equal(
		configure(&c, "{\n\"policy\": {\"credentials\": [" HEAD "},\n{\"fingerprint\":\"cred:0\"}]}}", &err),
		-EINVAL);
	assert_string_equal(err.text,
			    "cannot read config \"x.json\": line 2: \"policy.credentials[1].fingerprint\" must "
			    "be \"cred:\" and 32 hex digits");
	assert_int_equal(configure(&c, "{\"policy\": {\"credentials\": [" HEAD "}, " HEAD "}]}}", &err), -EINVAL);
	assert_string_equal(err.text,
			    "cannot read config \"x.json\": line 1: \"policy.credentials[1].fingerprint\" stands "
			    "in the list already: one entry per credential");
	assert_int_equal(configure(&c, "{\"policy\": {\"credentials\": {}}}", &err), -EINVAL);
	assert_string_equal(err.text,
			    "cannot read config \"x.json\": line 1: \"policy.credentials\" must be a list of at "
			    "most 4096 objects");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_whole_statement),    cmocka_unit_test(test_errors_name_the_path),
		cmocka_unit_test(test_texts_are_bounded),    cmocka_unit_test(test_destinations),
		cmocka_unit_test(test_meaning_in_time),	     cmocka_unit_test(test_changes),
		cmocka_unit_test(test_state_in_words),	     cmocka_unit_test(test_redacts_every_text),
		cmocka_unit_test(test_in_the_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
