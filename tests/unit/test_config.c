/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "config/config.h"

static int parse(struct cl_config *c, const char *text, struct cl_error *err)
{
	return cl_config_parse(c, "x.json", text, strlen(text), err);
}

static void test_defaults(void **state)
{
	struct cl_config c = {0};

	(void)state;
	assert_int_equal(cl_config_load(&c, "/nonexistent/config.json", true, NULL), 0);
	assert_string_equal(c.state_dir, "/var/lib/credlineage");
	assert_int_equal(c.socket_mode, 0660);
	assert_string_equal(c.socket_group, "");
	assert_int_equal(c.limits.processes, 65536);
	assert_int_equal(c.outputs.n, 0);
}

static void test_absent_file_named_by_hand(void **state)
{
	struct cl_config c = {0};
	struct cl_error err = {0};

	(void)state;
	assert_int_equal(cl_config_load(&c, "/nonexistent/config.json", false, &err), -ENOENT);
	assert_string_equal(err.text, "cannot open \"/nonexistent/config.json\": No such file or directory");
}

static void test_values(void **state)
{
	struct cl_config c = {0};

	(void)state;
	assert_int_equal(parse(&c,
			       "{\"state\": \"/s\", \"outputs\": [\"stdout:\", \"file:/x\"],\n"
			       "\"limits\": {\"processes\": 1000, \"process_ring\": 1048576},\n"
			       "\"retention\": {\"max_age\": \"2d\"}, \"policy\": {},\n"
			       "\"socket_mode\": \"600\", \"socket_group\": \"siem\"}",
			       NULL),
			 0);
	assert_int_equal(c.socket_mode, 0600);
	assert_string_equal(c.socket_group, "siem");
	assert_string_equal(c.state_dir, "/s");
	assert_int_equal(c.outputs.n, 2);
	assert_string_equal(c.outputs.specs[1], "file:/x");
	assert_int_equal(c.limits.processes, 1000);
	assert_int_equal(c.limits.process_ring, 1048576);
	assert_int_equal(c.retention.max_age, 172800ull * 1000000000);
	cl_config_free(&c);
}

static void test_errors(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"{\n\n\"watch\": {\n\"pathz\": []}}",
		 "cannot read config \"x.json\": line 4: unknown key \"watch.pathz\" (did you mean \"paths\"?)"},
		{"{\"limitz\": {}}",
		 "cannot read config \"x.json\": line 1: unknown key \"limitz\" (did you mean \"limits\"?)"},
		{"{\"metrics\": {\"listen\": \"0.0.0.0:9877\"}}",
		 "cannot read config \"x.json\": line 1: \"metrics.listen\" is reached from other hosts: use unix:/PATH, "
		 "127.0.0.1:PORT or [::1]:PORT"},
		{"{\"metrics\": {\"listne\": \"127.0.0.1:9877\"}}",
		 "cannot read config \"x.json\": line 1: unknown key \"metrics.listne\" (did you mean \"listen\"?)"},
		{"{\"watch\": []}", "cannot read config \"x.json\": line 1: \"watch\" must be an object"},
		{"{\"limits\": {\"processes\": 1}}",
		 "cannot read config \"x.json\": line 1: \"limits.processes\" must be between 256 and 4194304"},
		{"{\"limits\": {\"processes\": \"many\"}}",
		 "cannot read config \"x.json\": line 1: \"limits.processes\" must be a whole number"},
		{"{\"limits\": {\"process_ring\": 1000000}}",
		 "cannot read config \"x.json\": line 1: \"limits.process_ring\" must be a power of two"},
		{"{\"retention\": {\"max_age\": 5}}",
		 "cannot read config \"x.json\": line 1: \"retention.max_age\" must be a duration such as \"15m\", \"24h\" or \"90d\""},
		{"{\"socket_mode\": \"0777\"}",
		 "cannot read config \"x.json\": line 1: \"socket_mode\" must be a mode between \"0600\" and \"0666\", such as \"0660\""},
		{"{\"socket_mode\": \"0460\"}",
		 "cannot read config \"x.json\": line 1: \"socket_mode\" must be a mode between \"0600\" and \"0666\", such as \"0660\""},
		{"{\"socket_mode\": \"00660\"}",
		 "cannot read config \"x.json\": line 1: \"socket_mode\" must be a mode between \"0600\" and \"0666\", such as \"0660\""},
		{"{\"socket_mode\": \"068\"}",
		 "cannot read config \"x.json\": line 1: \"socket_mode\" must be a mode between \"0600\" and \"0666\", such as \"0660\""},
		{"{\"socket_mode\": \"\"}",
		 "cannot read config \"x.json\": line 1: \"socket_mode\" must be a mode between \"0600\" and \"0666\", such as \"0660\""},
		{"{\"socket_mode\": 432}",
		 "cannot read config \"x.json\": line 1: \"socket_mode\" must be a mode between \"0600\" and \"0666\", such as \"0660\""},
		{"{\"socket_group\": \"\"}",
		 "cannot read config \"x.json\": line 1: \"socket_group\" must be a non-empty string"},
		{"{\"outputs\": [1]}",
		 "cannot read config \"x.json\": line 1: \"outputs\" must be a list of non-empty strings"},
		{"{\n\"state\": }", "cannot read \"x.json\": line 2: not valid JSON"},
		{"{\n\"state\": \"/\xff\"}", "cannot read \"x.json\": line 2: not valid UTF-8"},
		{"[]", "cannot read config \"x.json\": line 1: must be a JSON object"},
		{"{} {}", "cannot read \"x.json\": line 1: text after the end of the JSON value"},
	};
	struct cl_config c;

	(void)state;
	cl_config_defaults(&c);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cl_error err = {0};

		assert_int_equal(parse(&c, cases[i].text, &err), -EINVAL);
		assert_string_equal(err.text, cases[i].message);
		assert_string_equal(c.state_dir, "/var/lib/credlineage"); /* a bad file changes nothing */
	}
}

static void test_print_is_read_back(void **state)
{
	_cleanup_free_ char *first = NULL, *second = NULL;
	struct cl_config c, again = {0};

	(void)state;
	cl_config_defaults(&c);
	c.limits.runs = 77;
	first = cl_config_print(&c);
	assert_int_equal(parse(&again, first, NULL), 0);
	assert_int_equal(again.limits.runs, 77);
	second = cl_config_print(&again);
	assert_string_equal(first, second);
}

static void test_fingerprint_key_sources(void **state)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{"{\"fingerprint\": {\"key_file\": \"/k\",\n\"key_command\": [\"/bin/k\"]}}",
		 "line 2: \"fingerprint.key_command\" stands beside \"key_file\""},
		{"{\"fingerprint\": {\"key_credential\": \"k\", \"key_file\": \"/k\"}}", "stands beside \"key_file\""},
		{"{\"fingerprint\": {\"old_key_file\": \"/k\", \"old_key_command\": [\"/k\"]}}",
		 "\"fingerprint.old_key_command\" stands beside \"old_key_file\""},
		{"{\"fingerprint\": {\"key_command\": [\"vault\"]}}", "absolute path"},
		{"{\"fingerprint\": {\"share_passwords\": \"yes\"}}", "must be true or false"},
		{"{\"fingerprint\": {\"key\": \"x\"}}", "unknown key \"fingerprint.key\""},
	};
	struct cl_config c = {0};
	struct cl_error err = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(parse(&c, wrong[i].text, &err), -EINVAL);
		if (!strstr(err.text, wrong[i].says))
			fail_msg("%s", err.text);
	}
	assert_int_equal(parse(&c,
			       "{\"fingerprint\": {\"key_command\": [\"/bin/k\", \"-a\"], \"share_passwords\": true, "
			       "\"old_key_credential\": \"old\"}}",
			       &err),
			 0);
	assert_int_equal(c.fingerprint.n_key_command, 2);
	assert_string_equal(c.fingerprint.key_command[1], "-a");
	assert_null(c.fingerprint.key_command[2]);
	assert_string_equal(c.fingerprint.old_key_credential, "old");
	assert_true(c.fingerprint.share_passwords);
	cl_config_free(&c);
	assert_null(c.fingerprint.key_command[0]);
}

static void test_site_policy(void **state)
{
	static const char text[] =
		"{\"environments\": {\"production\": {\"runs\": [{\"workflow\": \"ci:*\"}]}},\n"
		"\"policy\": {\"files\": [\"/etc/credlineage/policy.d/*.json\"],\n"
		"\"exclusions\": [{\"detector\": \"long-lived\", \"reason\": \"r\"}],\n\"time_to_live\": []}}";
	_cleanup_free_ char *first = NULL, *second = NULL;
	struct cl_config c = {0}, again = {0};
	struct cl_error err = {0};

	(void)state;
	assert_int_equal(parse(&c, text, &err), 0);
	assert_string_equal(c.policy.files[0], "/etc/credlineage/policy.d/*.json");
	assert_non_null(cl_json_at(c.policy.rules, "environments.production"));
	assert_string_equal(cl_json_get_str(c.policy.rules, "exclusions.0.detector"), "long-lived");
	first = cl_config_print(&c);
	assert_int_equal(parse(&again, first, &err), 0);
	second = cl_config_print(&again);
	assert_string_equal(first, second);
	cl_config_free(&c);
	cl_config_free(&again);
	free(second);
	assert_int_equal(
		parse(&c, "{\"policy\": {\"opa\": {\"url\": \"http://x/v1/data/y\", \"timeout\": \"250ms\"}}}", &err),
		0);
	assert_true(c.policy.opa.timeout == 250000000);
	second = cl_config_print(&c);
	assert_int_equal(parse(&again, second, &err), 0);
	assert_true(again.policy.opa.timeout == 250000000);
	assert_string_equal(again.policy.opa.url, "http://x/v1/data/y");
	assert_int_equal(parse(&c, "{\"policy\": {\"opa\": {\"timeout\": \"1m\"}}}", &err), -EINVAL);
	assert_string_equal(err.text,
			    "cannot read config \"x.json\": line 1: \"policy.opa.timeout\" must be at most 10s");
	assert_int_equal(parse(&c, "{\"policy\": {\"opaa\": {}}}", &err), -EINVAL);
	assert_string_equal(err.text,
			    "cannot read config \"x.json\": line 1: unknown key \"policy.opaa\" (did you mean "
			    "\"opa\"?)");
	assert_int_equal(parse(&c, "{\"policy.opa\": {}}", &err), -EINVAL);
	assert_int_equal(parse(&c, "{\"policy\": {\n\"sharing\": [{\"provider\": \"x\"}]}}", &err), -EINVAL);
	assert_string_equal(err.text, "cannot read policy \"x.json\": line 2: \"policy.sharing[0]\" lacks \"reason\"");
	assert_int_equal(parse(&c, "{\"environments\": {\"a\": {\n\"rums\": []}}}", &err), -EINVAL);
	assert_string_equal(err.text,
			    "cannot read policy \"x.json\": line 2: \"environments.a.rums\" is not known (did "
			    "you mean \"runs\"?)");
}

static void note_difference(void *ctx, const char *section, const char *key)
{
	struct cl_text *t = ctx;

	assert_int_equal(cl_text_printf(t, "%s%s.%s", t->len ? " " : "", section, key), 0);
}

static void test_differences(void **state)
{
	_cleanup_text_ struct cl_text t = {0};
	struct cl_config a = {0}, b = {0};
	struct cl_error err = {0};

	(void)state;
	assert_int_equal(parse(&a, "{\"watch\": {\"paths\": [\"/a\", \"/b\"]}, \"limits\": {\"runs\": 100}}", &err), 0);
	assert_int_equal(parse(&b, "{\"limits\": {\"runs\": 100}, \"watch\": {\"paths\": [\"/a\", \"/b\"]}}", &err), 0);
	assert_int_equal(cl_config_compare(&a, &b, note_difference, &t), 0);
	assert_string_equal(cl_text_str(&t), "");
	cl_config_free(&b);
	assert_int_equal(parse(&b,
			       "{\"watch\": {\"paths\": [\"/a\"]}, \"environments\": {\"p\": {\"runs\": "
			       "[{\"workflow\": \"w\"}]}}, \"policy\": {\"opa\": {\"url\": \"http://x/v1/data/y\"}}}",
			       &err),
			 0);
	assert_int_equal(cl_config_compare(&a, &b, note_difference, &t), 0);
	assert_string_equal(cl_text_str(&t), "watch.paths limits.runs .environments policy.opa.url");
	cl_config_free(&a);
	cl_config_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_absent_file_named_by_hand),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_print_is_read_back),
		cmocka_unit_test(test_fingerprint_key_sources),
		cmocka_unit_test(test_site_policy),
		cmocka_unit_test(test_differences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
