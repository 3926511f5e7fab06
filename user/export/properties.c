/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "export/view.h"

/* Names that an element or a format uses itself. */
static const char *const taken[] = {
	"id",
	"lineage_id",
	"kind",
	"label",
	"first",
	"last",
	"count",
	"basis",
	"evidence",
	"findings",
	"focus",
	"complete",
	"gaps",
	"source",
	"target",
	"source_label",
	"target_label",
	/* BloodHound keeps these for itself. */
	"objectid",
	"name",
	"displayname",
	"lastseen",
	"kinds",
	"operatingsystem",
	"distinguishedname",
	"environmentid",
	/* Timesketch gives these a meaning. */
	"message",
	"datetime",
	"timestamp",
	"timestamp_desc",
	"tag",
	"data_type",
};

static bool is_taken(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (!strcmp(taken[i], name))
			return true;
	return cl_starts_with(name, "attr_");
}

/* Of an attribute: lower-case letters, digits and '_', as the schema has it. */
static int property_name(const char *name, struct cl_text *t)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	int r = is_taken(name) || !*name || !strchr(plain, *name) || (*name >= '0' && *name <= '9')
			? cl_text_puts(t, "attr_")
			: 0;

	for (; !r && *name; name++)
		r = cl_text_append(t, strchr(plain, *name) ? name : "_", 1);
	return r;
}

static bool is_plain(const cJSON *value)
{
	return cJSON_IsString(value) || cJSON_IsBool(value) || (cJSON_IsNumber(value) && isfinite(value->valuedouble));
}

static bool is_uniform(const cJSON *array)
{
	const cJSON *item;

	if (!cJSON_IsArray(array))
		return false;
	cJSON_ArrayForEach (item, array)
		if (!is_plain(item) || cJSON_IsBool(item) || item->type != array->child->type)
			return false;
	return true;
}

static cJSON *plain_copy(const cJSON *value)
{
	return cJSON_IsString(value) ? cl_json_clean_string(value->valuestring) : cJSON_Duplicate(value, false);
}

static cJSON *flat(const cJSON *value)
{
	_cleanup_free_ char *text = NULL;
	const cJSON *item;
	cJSON *array;

	if (is_plain(value))
		return plain_copy(value);
	if (!is_uniform(value)) {
		text = cJSON_PrintUnformatted(value);
		return cl_json_clean_string(text ? text : "");
	}
	array = cJSON_CreateArray();
	cJSON_ArrayForEach (item, value)
		cJSON_AddItemToArray(array, plain_copy(item));
	return array;
}

static void add(cJSON *to, const char *name, cJSON *value)
{
	if (cJSON_GetObjectItemCaseSensitive(to, name) || !cJSON_AddItemToObject(to, name, value))
		cJSON_Delete(value);
}

static int add_attributes(const cJSON *element, cJSON *to)
{
	const cJSON *a;

	cJSON_ArrayForEach (a, cl_json_at(element, "attrs")) {
		_cleanup_text_ struct cl_text name = {0};
		int r = a->string ? property_name(a->string, &name) : 0;

		if (r)
			return r;
		if (a->string && !cJSON_IsNull(a))
			add(to, cl_text_str(&name), flat(a));
	}
	return 0;
}

/* ---- focus ---- */

int cl_export_add_gaps(const cJSON *lineage, cJSON *to)
{
	const cJSON *gap;
	cJSON *gaps;

	cl_json_bool(to, "complete", cJSON_IsTrue(cl_json_at(lineage, "complete")));
	gaps = cl_json_arr(to, "gaps");
	cJSON_ArrayForEach (gap, cl_json_at(lineage, "gaps")) {
		_cleanup_text_ struct cl_text words = {0};

		if (cl_export_gap(gap, &words))
			return -ENOMEM;
		cJSON_AddItemToArray(gaps, cl_json_clean_string(cl_text_str(&words)));
	}
	return 0;
}

/* A reader of these formats has no other place to see that something is missing. */
static int add_focus(const cJSON *lineage, cJSON *to)
{
	cl_json_bool(to, "focus", true);
	return cl_export_add_gaps(lineage, to);
}

static void add_findings(const struct cl_export_view *v, const char *id, cJSON *to)
{
	const struct cl_export_mark *m = cl_export_marks(v, id);
	cJSON *findings = m ? cl_json_arr(to, "findings") : NULL;

	for (; findings && m < v->marks + v->n_marks && !strcmp(m->id, id); m++)
		cJSON_AddItemToArray(findings, cl_json_clean_string(m->finding));
}

cJSON *cl_export_properties(const struct cl_export_view *v, const cJSON *element)
{
	static const char *const members[] = {"kind", "label", "first", "last", "count", "basis", "evidence"};
	_cleanup_json_ cJSON *to = cJSON_CreateObject();
	const char *id = cl_json_get_str(element, "id");

	if (!to)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const cJSON *member = cl_json_at(element, members[i]);

		if (is_plain(member))
			add(to, members[i], flat(member));
	}
	add_findings(v, id, to);
	if (add_attributes(element, to) || (cl_export_in_focus(v, id) && add_focus(v->lineage, to)))
		return NULL;
	return TAKE_PTR(to);
}

int cl_export_put(FILE *out, const cJSON *item)
{
	_cleanup_free_ char *text = item ? cJSON_PrintUnformatted(item) : NULL;

	if (!text)
		return -ENOMEM;
	fputs(text, out);
	return 0;
}
