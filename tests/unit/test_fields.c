/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what stands where: its keys, and every row held against what OCSF and ECS really have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <ctype.h>
#include <strings.h>

#include "base/clock.h"
#include "format/fields.h"
#include "format/format.h"
#include "mk_finding.h"

#define LOGGED (1800000000ull * CL_NS_PER_S)
#define OF(a) (sizeof(a) / sizeof((a)[0]))

static void test_severities(void **state)
{
	static const struct {
		const char *word;
		int ocsf, flat, ecs;
	} cases[] = {{"Low", 2, 3, 21},	   {"Medium", 3, 6, 47}, {"High", 4, 8, 73}, {"Critical", 5, 10, 99},
		     {"Unknown", 0, 1, 0}, {"", 0, 1, 0},	 {"high", 0, 1, 0}};

	(void)state;
	for (size_t i = 0; i < OF(cases); i++) {
		const struct cl_field_severity *s = cl_field_severity(cases[i].word);

		assert_int_equal(s->ocsf, cases[i].ocsf);
		assert_int_equal(s->flat, cases[i].flat);
		assert_int_equal(s->ecs, cases[i].ecs);
	}
}

static bool is_key(const char *s)
{
	while (isalnum((unsigned char)*s))
		s++;
	return !*s;
}

/* A key that CEF defines as custom, which means nothing without its label. */
static bool is_custom(const char *cef)
{
	return !strncmp(cef, "cs", 2) || !strncmp(cef, "cn1", 3) || !strncmp(cef, "c6a", 3) ||
	       cl_starts_with(cef, "deviceCustomDate");
}

static void test_keys(void **state)
{
	size_t n;
	const struct cl_field *f = cl_fields(&n);

	(void)state;
	assert_true(n > 50);
	for (size_t i = 0; i < n; i++) {
		const char *cef = f[i].cef, *leef = f[i].leef;

		assert_true(f[i].meaning || (i && !strncmp(f[i].path, f[i - 1].path, 5)));
		assert_true(!f[i].member == (f[i].kind != CL_FIELD_LIST));
		assert_true(!cef || isupper((unsigned char)*cef) || is_key(cef));
		assert_true(!leef || isupper((unsigned char)*leef) || is_key(leef));
		assert_true(!cef || is_custom(cef) == (f[i].label != NULL));
		for (size_t j = 0; j < i; j++) {
			assert_false(cef && f[j].cef && !strcmp(cef, f[j].cef));
			assert_false(leef && f[j].leef && !strcmp(leef, f[j].leef));
		}
	}
}

/* Some value that `path` leads to, which may go through lists ("a[].b"), is `want`. */
static bool leads_to(const cJSON *at, const char *path, const char *want)
{
	size_t n = strcspn(path, "[.");
	char key[64];
	const cJSON *item;

	if (!*path) {
		char number[32];

		snprintf(number, sizeof(number), "%.0f", at && cJSON_IsNumber(at) ? at->valuedouble : -1);
		if (cJSON_IsBool(at))
			return !strcmp(want, cJSON_IsTrue(at) ? "true" : "false");
		return !strcasecmp(want, cJSON_IsString(at) ? at->valuestring : number);
	}
	snprintf(key, sizeof(key), "%.*s", (int)n, path);
	at = cJSON_GetObjectItemCaseSensitive(at, key);
	path += n;
	if (cl_starts_with(path, "[]")) {
		path += path[2] == '.' ? 3 : 2;
		cJSON_ArrayForEach (item, at)
			if (leads_to(item, path, want))
				return true;
		return false;
	}
	return leads_to(at, *path ? path + 1 : path, want);
}

/* A finding that has every member that a row of the table names. */
static cJSON *full(void)
{
	cJSON *f = mk_finding(7, "/srv/token", 2), *side, *policy;

	cl_json_str(cJSON_GetObjectItem(f, "credential"), "first_fingerprint", "cred:42424242424242424242424242424242");
	cl_json_str(cJSON_GetObjectItem(f, "credential"), "expires", "2026-02-01T00:00:00.000000Z");
	cl_json_str(cJSON_GetArrayItem(cJSON_GetObjectItem(f, "destinations"), 0), "name", "api.example");
	policy = cl_json_obj(f, "policy");
	cl_json_str(policy, "rule", "site-7");
	cJSON_ArrayForEach (side, cJSON_GetObjectItem(f, "sides")) {
		cl_json_str(cJSON_GetObjectItem(side, "run"), "environment", "staging");
		if (!cl_json_at(side, "use.path"))
			cl_json_str(cJSON_GetObjectItem(side, "use"), "path", "/srv/other");
		if (!cl_json_at(side, "use.line"))
			cl_json_num(cJSON_GetObjectItem(side, "use"), "line", 9);
	}
	cl_json_str(cl_json_obj(f, "review"), "status", "acknowledged");
	cl_json_str(cJSON_GetObjectItem(f, "review"), "reason", "rotated");
	cl_json_num(f, "evidence_cut", 4);
	cl_json_num(f, "destinations_cut", 5);
	cl_json_bool(f, "truncated", true);
	cl_json_num(f, "untruncated_size", 12345);
	return f;
}

static const char *wanted(const struct cl_field *field, const cJSON *finding, bool ecs, struct cl_text *text)
{
	const struct cl_field_severity *severity = cl_field_severity(cl_json_get_str(finding, "severity"));

	assert_int_equal(cl_field_text(field, finding, text), 0);
	if (field->kind == CL_FIELD_SEVERITY) {
		cl_text_free(text);
		assert_int_equal(cl_text_printf(text, "%d", ecs ? severity->ecs : severity->ocsf), 0);
	} else if (field->kind == CL_FIELD_TIME && !ecs) {
		uint64_t ns = cl_json_get_time(cl_field_at(finding, field->path), "");

		cl_text_free(text);
		assert_int_equal(cl_text_printf(text, "%.0f", (double)(ns / 1000000)), 0);
	} else if (field->kind == CL_FIELD_LIST) {
		char *comma = strchr(text->s, ',');

		*(comma ? comma : text->s + text->len) = '\0';
	}
	return cl_text_str(text);
}

/* Every row is true of OCSF and of ECS. */
static void test_rows(void **state)
{
	_cleanup_text_ struct cl_text ocsf = {0}, ecs = {0};
	_cleanup_json_ cJSON *f = full(), *event = NULL, *doc = NULL;
	size_t n, checked = 0;
	const struct cl_field *fields = cl_fields(&n);

	(void)state;
	assert_int_equal(cl_format_ocsf.render(f, LOGGED, &ocsf), 0);
	assert_int_equal(cl_format_ecs.render(f, LOGGED, &ecs), 0);
	event = cJSON_Parse(cl_text_str(&ocsf));
	doc = cJSON_Parse(cl_text_str(&ecs));
	for (size_t i = 0; i < n; i++) {
		_cleanup_text_ struct cl_text a = {0}, b = {0};
		const cJSON *item = cl_field_at(f, fields[i].path);

		assert_non_null(item);
		if (fields[i].kind == CL_FIELD_TREE) {
			assert_true(!fields[i].ecs || cJSON_Compare(item, cl_json_at(doc, fields[i].ecs), true));
			continue;
		}
		if (fields[i].kind == CL_FIELD_IPV6)
			continue;
		if (fields[i].ocsf && !leads_to(event, fields[i].ocsf, wanted(&fields[i], f, false, &a)))
			fail_msg("%s is not at OCSF's %s", fields[i].path, fields[i].ocsf);
		if (fields[i].ecs && !leads_to(doc, fields[i].ecs, wanted(&fields[i], f, true, &b)))
			fail_msg("%s is not at ECS's %s", fields[i].path, fields[i].ecs);
		checked++;
	}
	assert_true(checked > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_severities),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
