/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Native finding -> Elastic Common Schema 9.4.0, nested, event.kind "alert": an external detector's, which Kibana tells
 * from its own. What ECS has no field for stands in credlineage.*, as a proper name of our own, which the schema never
 * takes. Only event.created depends on the time of writing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "format/attack.h"
#include "format/fields.h"
#include "format/format.h"
#include "format/story.h"

#define PATH_MAX_ECS 96

/* ---- the table's rows ---- */

static cJSON *make_value(const struct cl_field *field, const cJSON *finding)
{
	_cleanup_text_ struct cl_text text = {0};
	const cJSON *item = cl_field_at(finding, field->path);

	switch (field->kind) {
	case CL_FIELD_SEVERITY:
		return cJSON_CreateNumber(cl_field_severity(cl_json_get_str(item, ""))->ecs);
	case CL_FIELD_TREE:
		return cJSON_IsObject(item) || cJSON_IsArray(item) ? cJSON_Duplicate(item, true) : NULL;
	case CL_FIELD_FLAG:
		return cJSON_IsBool(item) ? cJSON_CreateBool(cJSON_IsTrue(item)) : NULL;
	case CL_FIELD_NUMBER:
		return cJSON_IsNumber(item) ? cJSON_CreateNumber(item->valuedouble) : NULL;
	case CL_FIELD_TIME:
		if (!cl_json_get_time(item, "")) /* a date that is none makes Elasticsearch refuse the whole */
			return NULL;
		break;
	default:
		break;
	}
	if (cl_field_text(field, finding, &text) || !text.len)
		return NULL;
	return cl_json_clean_string(cl_text_str(&text));
}

static bool has(const cJSON *list, const cJSON *value)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list)
		if (cJSON_Compare(item, value, true))
			return true;
	return false;
}

/* Owns `value`. A member that is there already stays: it is the tree's. */
static void add_at(cJSON *doc, const char *path, cJSON *value)
{
	char parts[PATH_MAX_ECS];
	char *key = parts, *dot;
	bool several = cl_ends_with(path, "[]");
	cJSON *there;

	if (!value)
		return;
	snprintf(parts, sizeof(parts), "%.*s", (int)(strlen(path) - (several ? 2 : 0)), path);
	for (; (dot = strchr(key, '.')); key = dot + 1) {
		*dot = '\0';
		there = cJSON_GetObjectItemCaseSensitive(doc, key);
		doc = there ? there : cl_json_obj(doc, key);
	}
	there = cJSON_GetObjectItemCaseSensitive(doc, key);
	if (several && !there)
		there = cl_json_arr(doc, key);
	if (several && !has(there, value))
		cJSON_AddItemToArray(there, value);
	else if (several || there)
		cJSON_Delete(value);
	else
		cJSON_AddItemToObject(doc, key, value);
}

static void add_string(cJSON *doc, const char *path, const char *value)
{
	add_at(doc, path, cl_json_clean_string(value));
}

static void add_fields(const cJSON *finding, cJSON *doc)
{
	const struct cl_field *fields;
	size_t n;

	fields = cl_fields(&n);
	for (size_t i = 0; i < n; i++)
		/* what lies below each element of a list came with the list */
		if (fields[i].ecs && !strstr(fields[i].ecs, "[]."))
			add_at(doc, fields[i].ecs, make_value(&fields[i], finding));
}

/* ---- what is the same in each, or follows from several members ---- */

static void add_constants(cJSON *doc)
{
	static const char *const constants[][2] = {
		{"ecs.version", "9.4.0"},	    {"event.kind", "alert"},
		{"event.module", "credlineage"},    {"event.dataset", "credlineage.findings"},
		{"event.provider", "credlineage"},  {"rule.version", CL_VERSION},
		{"rule.ruleset", "credlineage"},    {"host.os.type", "linux"},
		{"observer.vendor", "credlineage"}, {"observer.product", "credlineage"},
		{"observer.version", CL_VERSION},   {"observer.type", "sensor"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(constants); i++)
		add_string(doc, constants[i][0], constants[i][1]);
}

/* The pairs that ECS expects of the two. */
static void add_categories(const cJSON *finding, cJSON *doc)
{
	static const char *const ways[][3] = {
		{"read", "file", "access"},	  {"connect", "network", "connection"},
		{"reached", "process", "access"}, {"environment", "process", "info"},
		{"arguments", "process", "info"},
	};
	const char *how = cl_json_get_str(cl_field_at(finding, "actor.use"), "how");

	add_string(doc, "event.category[]", "intrusion_detection");
	add_string(doc, "event.type[]", "info");
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(ways[i][0], how)) {
			add_string(doc, "event.category[]", ways[i][1]);
			add_string(doc, "event.type[]", ways[i][2]);
		}
	if (!strcmp(how, "connect"))
		add_string(doc, "network.direction", "egress");
}

/* One framework has room in threat.*: ATT&CK. The others stand in credlineage.frameworks. */
static void add_threat(const cJSON *finding, cJSON *doc)
{
	const cJSON *entry;

	cJSON_ArrayForEach (entry, cl_json_at(finding, "frameworks")) {
		struct cl_attack attack;

		if (strcmp(cl_json_get_str(entry, "framework"), "MITRE ATT&CK"))
			continue;
		cl_attack_split(entry, &attack);
		add_string(doc, "threat.framework", "MITRE ATT&CK");
		add_string(doc, "threat.technique.id[]", attack.id);
		add_string(doc, "threat.technique.name[]", attack.name);
		if (!attack.sub_id)
			continue;
		add_string(doc, "threat.technique.subtechnique.id[]", attack.sub_id);
		add_string(doc, "threat.technique.subtechnique.name[]", attack.sub_name);
	}
}

static int add_story(const cJSON *finding, cJSON *doc)
{
	_cleanup_text_ struct cl_text story = {0};
	int r = cl_story_told(finding, &story);

	if (!r)
		add_string(doc, "credlineage.story", cl_text_str(&story));
	return r;
}

static int render(const cJSON *finding, uint64_t logged_ns, struct cl_text *out)
{
	_cleanup_json_ cJSON *doc = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;
	int r;

	add_fields(finding, doc);
	add_constants(doc);
	add_categories(finding, doc);
	add_threat(finding, doc);
	cl_json_time(cJSON_GetObjectItemCaseSensitive(doc, "event"), "created", logged_ns);
	r = add_story(finding, doc);
	if (r)
		return r;
	/* what every receiver knows stands first */
	cJSON_AddItemToObject(doc, "credlineage", cJSON_DetachItemFromObjectCaseSensitive(doc, "credlineage"));
	text = doc ? cJSON_PrintUnformatted(doc) : NULL;
	return text ? cl_text_puts(out, text) : -ENOMEM;
}

const struct cl_output_format cl_format_ecs = {.name = "ecs", .media = "application/json", .render = render};
