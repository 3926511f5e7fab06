/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table of keys drives parsing, checking and printing: a setting is one row.
 */
#include "config/keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/loopback.h"
#include "base/parse.h"
#include "base/text.h"
#include "policy/gather.h"
#include "policy/policy.h"

/* Sections of the contract that have no keys yet: accepted when empty, so that a file can be written ahead. */
static const char *const sections[] = {"watch",	 "workflows",	"policy",      "policy.opa", "retention",
				       "limits", "fingerprint", "credentials", "metrics"};

struct source {
	const char *name, *text;
	struct cl_error *err;
};

void cl_config_defaults(struct cl_config *c)
{
	*c = (struct cl_config){
		.state_dir = "/var/lib/credlineage",
		.socket_path = "/run/credlineage/control.sock",
		.socket_mode = 0660,
		.catalogue_dir = "/etc/credlineage/catalog.d",
		.limits = {.processes = 65536,
			   .runs = 8192,
			   .credentials = 16384,
			   .uses = 64,
			   .findings = 16384,
			   .nodes = 131072,
			   .edges = 262144,
			   .process_ring = 16u << 20,
			   .credential_ring = 8u << 20},
		.policy = {.opa = {.timeout = 500ull * 1000000}},
		.retention = {.max_age = 90ull * 86400 * 1000000000, .max_bytes = 4ull << 30},
	};
}

void cl_config_free(struct cl_config *c)
{
	for (size_t i = 0; i < cl_config_n_keys; i++) {
		char **list = (char **)((char *)c + cl_config_keys[i].offset);
		size_t *n = (size_t *)((char *)c + cl_config_keys[i].count);

		while (cl_config_keys[i].type == CL_CONFIG_STRINGS && *n) {
			free(list[--*n]);
			list[*n] = NULL;
		}
	}
	cl_json_freep(&c->policy.credentials);
	cl_json_freep(&c->policy.rules);
	cl_json_freep(&c->credentials.formats);
	cl_json_freep(&c->credentials.stores);
	cl_json_freep(&c->credentials.services);
	cl_json_freep(&c->workflows.recognisers);
	free(c->file);
	free(c->text);
	c->file = c->text = NULL;
}

static int bad(const struct source *src, const struct cl_config_key *k, const char *why)
{
	return cl_fail(src->err, -EINVAL, "cannot read config \"%s\": line %u: \"%s%s%s\" %s", src->name,
		       cl_json_line_of(src->text, k->name), k->section, *k->section ? "." : "", k->name, why);
}

static int take_strings(const struct source *src, const struct cl_config_key *k, const cJSON *value,
			struct cl_config *c)
{
	char **list = (char **)((char *)c + k->offset);
	size_t *n = (size_t *)((char *)c + k->count);
	const cJSON *item;

	if (!cJSON_IsArray(value))
		return bad(src, k, "must be a list of strings");
	cJSON_ArrayForEach (item, value) {
		if (!cJSON_IsString(item) || !*item->valuestring)
			return bad(src, k, "must be a list of non-empty strings");
		if (*n == k->limit)
			return bad(src, k, "has too many entries");
		list[*n] = strdup(item->valuestring);
		if (!list[*n])
			return -ENOMEM;
		(*n)++;
	}
	return 0;
}

static int bad_duration(const struct source *src, const struct cl_config_key *k, bool too_short)
{
	char limit[32], why[64];

	cl_config_say_duration(too_short ? k->min : k->max, limit);
	snprintf(why, sizeof(why), "must be at %s %s", too_short ? "least" : "most", limit);
	return bad(src, k, why);
}

static int take_number(const struct source *src, const struct cl_config_key *k, const cJSON *value, uint64_t *out)
{
	char why[128];
	uint64_t v = 0;

	if (k->type == CL_CONFIG_DURATION) {
		if (!cJSON_IsString(value) || cl_parse_duration(value->valuestring, &v))
			return bad(src, k, "must be a duration such as \"15m\", \"24h\" or \"90d\"");
	} else {
		if (!cJSON_IsNumber(value) || value->valuedouble < 0 || value->valuedouble > 9e15 ||
		    value->valuedouble != (double)(uint64_t)value->valuedouble)
			return bad(src, k, "must be a whole number");
		v = (uint64_t)value->valuedouble;
	}
	if (k->type == CL_CONFIG_DURATION && (v < k->min || v > k->max))
		return bad_duration(src, k, v < k->min);
	if (v < k->min || v > k->max) {
		snprintf(why, sizeof(why), "must be between %llu and %llu", (unsigned long long)k->min,
			 (unsigned long long)k->max);
		return bad(src, k, why);
	}
	if (k->type == CL_CONFIG_POWER && (v & (v - 1)))
		return bad(src, k, "must be a power of two");
	*out = v;
	return 0;
}

/* "660" and "0660", as chmod has it. */
static int take_mode(const struct source *src, const struct cl_config_key *k, const cJSON *value, uint64_t *out)
{
	const char *text = cJSON_GetStringValue(value);
	uint64_t mode = 0;
	char why[128];

	for (size_t i = 0; text && text[i]; i++) {
		if (text[i] < '0' || text[i] > '7' || i >= 4)
			text = NULL;
		else
			mode = mode << 3 | (uint64_t)(text[i] - '0');
	}
	if (text && *text && (mode & k->min) == k->min && !(mode & ~k->max)) {
		*out = mode;
		return 0;
	}
	snprintf(why, sizeof(why), "must be a mode between \"%04o\" and \"%04o\", such as \"0660\"",
		 (unsigned int)k->min, (unsigned int)k->max);
	return bad(src, k, why);
}

static int take_policy(const struct source *src, const struct cl_config_key *k, const cJSON *value, struct cl_config *c)
{
	struct cl_error why = {0};
	cJSON **out = (cJSON **)((char *)c + k->offset);
	char path[64];
	int r;

	snprintf(path, sizeof(path), "%s.%s", k->section, k->name);
	cl_json_freep(out);
	r = cl_policy_take_all(value, path, out, &why);
	return r == -EINVAL ? cl_fail(src->err, r, "cannot read config \"%s\": line %u: %.400s", src->name,
				      cl_json_line_of(src->text, k->section), why.text)
			    : r;
}

static int keep_source(const struct source *src, struct cl_config *c)
{
	if (!c->file)
		c->file = strdup(src->name);
	if (!c->text)
		c->text = strdup(src->text);
	return c->file && c->text ? 0 : -ENOMEM;
}

static int take_list(const struct source *src, const struct cl_config_key *k, const cJSON *value, struct cl_config *c)
{
	cJSON **out = (cJSON **)((char *)c + k->offset);

	if (!cJSON_IsArray(value))
		return bad(src, k, "must be a list of objects");
	cl_json_freep(out);
	*out = cJSON_Duplicate(value, true);
	return *out ? keep_source(src, c) : -ENOMEM;
}

/* Whether its detectors are known is asked by who knows them. */
static int take_rules(const struct source *src, const struct cl_config_key *k, const cJSON *value, struct cl_config *c)
{
	int r = cl_gather_check(src->name, src->text, k->name, value, NULL, src->err);
	cJSON *copy;

	r = r ? r : keep_source(src, c);
	if (r)
		return r;
	c->policy.rules = c->policy.rules ? c->policy.rules : cJSON_CreateObject();
	cJSON_DeleteItemFromObjectCaseSensitive(c->policy.rules, k->name);
	copy = cJSON_Duplicate(value, true);
	return copy && cJSON_AddItemToObject(c->policy.rules, k->name, copy) ? 0 : -ENOMEM;
}

static int take(const struct source *src, const struct cl_config_key *k, const cJSON *value, struct cl_config *c)
{
	if (k->type == CL_CONFIG_POLICY)
		return take_policy(src, k, value, c);
	if (k->type == CL_CONFIG_LIST)
		return take_list(src, k, value, c);
	if (k->type == CL_CONFIG_RULES)
		return take_rules(src, k, value, c);
	if (k->type == CL_CONFIG_STRINGS)
		return take_strings(src, k, value, c);
	if (k->type == CL_CONFIG_BOOL) {
		*(bool *)((char *)c + k->offset) = cJSON_IsTrue(value);
		return cJSON_IsBool(value) ? 0 : bad(src, k, "must be true or false");
	}
	if (k->type == CL_CONFIG_MODE)
		return take_mode(src, k, value, (uint64_t *)((char *)c + k->offset));
	if (k->type != CL_CONFIG_STRING)
		return take_number(src, k, value, (uint64_t *)((char *)c + k->offset));
	if (!cJSON_IsString(value) || !*value->valuestring)
		return bad(src, k, "must be a non-empty string");
	if (strlen(value->valuestring) >= k->limit)
		return bad(src, k, "is too long");
	snprintf((char *)c + k->offset, k->limit, "%s", value->valuestring);
	return 0;
}

static int unknown(const struct source *src, const char *section, const char *name)
{
	_cleanup_free_ const char **candidates = calloc(cl_config_n_keys + ARRAY_SIZE(sections), sizeof(*candidates));
	char hint[96] = "";
	const char *near;
	size_t n = 0;

	if (!candidates)
		return -ENOMEM;
	for (size_t i = 0; i < cl_config_n_keys; i++) {
		if (!strcmp(cl_config_keys[i].section, section))
			candidates[n++] = cl_config_keys[i].name;
	}
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		const char *dot = strchr(sections[i], '.');

		if (!*section && !dot)
			candidates[n++] = sections[i];
		if (*section && dot && cl_starts_with(sections[i], section) && sections[i] + strlen(section) == dot)
			candidates[n++] = dot + 1;
	}
	near = cl_nearest(name, candidates, n);
	if (near)
		snprintf(hint, sizeof(hint), " (did you mean \"%s\"?)", near);
	return cl_fail(src->err, -EINVAL, "cannot read config \"%s\": line %u: unknown key \"%s%s%s\"%s", src->name,
		       cl_json_line_of(src->text, name), section, *section ? "." : "", name, hint);
}

static bool is_section(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		if (!strcmp(sections[i], name))
			return true;
	}
	return false;
}

static const struct cl_config_key *key_of(const char *section, const char *name)
{
	for (size_t i = 0; i < cl_config_n_keys; i++)
		if (!strcmp(cl_config_keys[i].section, section) && !strcmp(cl_config_keys[i].name, name))
			return &cl_config_keys[i];
	return NULL;
}

static int parse_section(const struct source *src, const char *section, const cJSON *object, struct cl_config *c)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, object) {
		const struct cl_config_key *found = key_of(section, item->string);
		char whole[64];
		int r;

		snprintf(whole, sizeof(whole), "%s%s%.40s", section, *section ? "." : "", item->string);

		if (found)
			r = take(src, found, item, c);
		else if (strchr(item->string, '.') || !is_section(whole))
			r = unknown(src, section, item->string);
		else if (!cJSON_IsObject(item))
			r = cl_fail(src->err, -EINVAL, "cannot read config \"%s\": line %u: \"%s\" must be an object",
				    src->name, cl_json_line_of(src->text, item->string), item->string);
		else
			r = parse_section(src, whole, item, c);
		if (r)
			return r;
	}
	return 0;
}

/* A key comes from one place; a program is named so that nobody's PATH decides which it is. */
static int check_key_sources(const struct source *src, const struct cl_config *c)
{
	const bool given[2][3] = {
		{*c->fingerprint.key_file, *c->fingerprint.key_credential, c->fingerprint.n_key_command},
		{*c->fingerprint.old_key_file, *c->fingerprint.old_key_credential, c->fingerprint.n_old_key_command},
	};
	static const char *const names[2][3] = {{"key_file", "key_credential", "key_command"},
						{"old_key_file", "old_key_credential", "old_key_command"}};
	char *const commands[2] = {c->fingerprint.key_command[0], c->fingerprint.old_key_command[0]};
	char why[96];

	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 1, before = 0; j < 3; before = given[i][j] ? j : before, j++) {
			if (!given[i][j] || !given[i][before])
				continue;
			snprintf(why, sizeof(why), "stands beside \"%s\": a key has one source", names[i][before]);
			return bad(src, key_of("fingerprint", names[i][j]), why);
		}
		if (commands[i] && *commands[i] != '/')
			return bad(
				src, key_of("fingerprint", names[i][2]),
				"must begin with the absolute path of a program; its arguments follow, no shell is asked");
	}
	return 0;
}

static int check_metrics(const struct source *src, const struct cl_config *c)
{
	struct cl_loopback at;
	struct cl_error why = {0};
	char text[256];

	if (!*c->metrics.listen || !cl_loopback_parse(&at, c->metrics.listen, &why))
		return 0;
	snprintf(text, sizeof(text), "%.200s", why.text);
	return bad(src, key_of("metrics", "listen"), text);
}

static int parse_root(const struct source *src, const cJSON *root, struct cl_config *c)
{
	struct cl_config fresh;
	int r;

	if (!cJSON_IsObject(root))
		return cl_fail(src->err, -EINVAL, "cannot read config \"%s\": line 1: must be a JSON object",
			       src->name);
	cl_config_defaults(&fresh);
	r = parse_section(src, "", root, &fresh);
	r = r ? r : check_key_sources(src, &fresh);
	r = r ? r : check_metrics(src, &fresh);
	if (r) {
		cl_config_free(&fresh);
		return r;
	}
	*c = fresh;
	return 0;
}

int cl_config_parse(struct cl_config *c, const char *name, const char *bytes, size_t len, struct cl_error *err)
{
	_cleanup_free_ char *text = strndup(bytes, len);
	_cleanup_json_ cJSON *root = NULL;
	struct source src = {.name = name, .text = text, .err = err};
	int r;

	if (!text)
		return -ENOMEM;
	r = cl_json_parse(name, text, strlen(text), &root, err);
	return r ? r : parse_root(&src, root, c);
}

int cl_config_load(struct cl_config *c, const char *path, bool optional, struct cl_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ cJSON *root = NULL;
	struct source src = {.name = path, .err = err};
	int r;

	if (!path || (optional && access(path, F_OK) && errno == ENOENT)) {
		cl_config_defaults(c);
		return 0;
	}
	r = cl_json_load(path, 1 << 20, &root, &text, err);
	if (r)
		return r;
	src.text = text;
	return parse_root(&src, root, c);
}
