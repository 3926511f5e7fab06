/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a site's policy: an error with a text, or rules that answer every question and read back from what they
 * show as the same rules.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "policy/rules.h"

#define NOW 1795000000000000000ull

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(struct cl_rules *r)
{
	static const char *const hosts[] = {"db.prod.example", NULL};
	static const struct cl_subject_place places[] = {
		{"192.0.2.1", 443, hosts}, {"2001:db8::1", 80, NULL}, {"/run/x", 0, NULL}};
	static const uint8_t fp[16] = {1, 2, 3};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const struct cl_subject s = {.detector = "long-lived",
					     .workflow = "ci:github/a/b/deploy",
					     .repository = "a/b",
					     .environment = "production",
					     .container = "web",
					     .exe = "/usr/bin/python3",
					     .script = "/opt/x/run.py",
					     .path = "/home/ann/.netrc",
					     .store = "netrc",
					     .provider = "GitHub",
					     .format = "github_pat_classic",
					     .kind = "api-key",
					     .class = "static",
					     .fps = {fp},
					     .uid = 1000,
					     .has_uid = true,
					     .to = places[i],
					     .reached = places,
					     .n_reached = i};
		struct cl_rule *rule = cl_rules_excludes(r, &s, NOW);

		if (rule)
			cl_rule_count(rule, NOW);
		cl_rules_environment_of_run(r, &s);
		cl_rules_environment_of_destination(r, &places[i]);
		cl_rules_ttl(r, &s);
		cl_rules_reader(r, &s, NOW);
		cl_rules_shares(r, &s, &s, NOW);
		cl_rules_may_reach(r, &s, NOW);
		cl_rules_severity(r, &s, NOW);
	}
}

/* The document that the list of rules shows. */
static cJSON *written(const cJSON *list)
{
	cJSON *document = cJSON_CreateObject();
	const cJSON *item;

	cJSON_ArrayForEach (item, list) {
		const char *section = cl_json_get_str(item, "section"), *name = cl_json_get_str(item, "name");
		bool named = !strcmp(section, "environments");
		cJSON *to = cJSON_GetObjectItemCaseSensitive(document, section);

		if (!to)
			to = named ? cl_json_obj(document, section) : cl_json_arr(document, section);
		if (named)
			cJSON_AddItemToObject(to, name, cJSON_Duplicate(cl_json_at(item, "rule"), true));
		else
			cJSON_AddItemToArray(to, cJSON_Duplicate(cl_json_at(item, "rule"), true));
	}
	return document;
}

static void same_again(struct cl_rules *r)
{
	_cleanup_json_ cJSON *list = cl_rules_json(r, NOW), *document = written(list), *counts = cl_rules_counts(r);
	_cleanup_(cl_rules_free) struct cl_rules *again = NULL;
	_cleanup_free_ char *text = cJSON_PrintUnformatted(document);

	/* Numbers that JSON writes in more bytes than it was given can make it too long. */
	if (strlen(text) > CL_RULES_TEXT)
		return;
	if (cl_rules_parse(&again, "again", text, strlen(text), NULL, NULL))
		abort();
	for (uint32_t s = 0; s < CL_RULES_SECTIONS; s++)
		if (cl_rules_count(r, s) != cl_rules_count(again, s))
			abort();
	cl_rules_inherit(again, r);
	cl_rules_restore(again, counts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(cl_rules_free) struct cl_rules *r = NULL;
	struct cl_error err = {0};

	if (cl_rules_parse(&r, "fuzz", (const char *)data, size, NULL, &err)) {
		if (!*err.text)
			abort();
		return 0;
	}
	ask(r);
	same_again(r);
	return 0;
}
