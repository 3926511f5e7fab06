/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BloodHound's OpenGraph. With opengraph.schema.json installed as an extension (`lineage --schema opengraph`) its kinds
 * have names and icons and the edges that hand something on are traversable.
 *
 * BloodHound turns ids into upper case, so that two paths that differ in case only would become one node. An upper-case
 * letter therefore stands as '!' and its small form, '!' as "!!", a byte that is not ASCII as "!." and its hex digits.
 * The id as it is everywhere else is in the property lineage_id.
 */
#include <ctype.h>
#include <errno.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "export/formats.h"
#include "export/view.h"

#define NAMESPACE "CredLineage"

static int caseless(struct cl_text *t, const char *id)
{
	int r = 0;

	for (; !r && *id; id++) {
		unsigned char c = (unsigned char)*id;

		if (c >= 0x80)
			r = cl_text_printf(t, "!.%02x", c);
		else if (c == '!' || isupper(c))
			r = cl_text_printf(t, "!%c", tolower(c));
		else
			r = cl_text_append(t, id, 1);
	}
	return r;
}

static int add_id(cJSON *to, const char *key, const char *id)
{
	_cleanup_text_ struct cl_text t = {0};
	int r = caseless(&t, id);

	if (!r)
		cl_json_str(to, key, cl_text_str(&t));
	return r;
}

/* Property names are the lineage's; BloodHound shows `name`, in upper case, and `displayname` as it is. */
static int add_properties(const struct cl_export_view *v, const cJSON *element, cJSON *to)
{
	cJSON *properties = cl_export_properties(v, element);
	const char *label = cl_json_get_str(element, "label");

	if (!properties || !cJSON_AddItemToObject(to, "properties", properties)) {
		cJSON_Delete(properties);
		return -ENOMEM;
	}
	cl_json_str(properties, "lineage_id", cl_json_get_str(element, "id"));
	if (*label) {
		cl_json_str(properties, "name", label);
		cl_json_str(properties, "displayname", label);
	}
	return 0;
}

static int put_node(const struct cl_export_view *v, const cJSON *n, FILE *out)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	char kind[CL_EXPORT_KIND_SIZE], full[CL_EXPORT_KIND_SIZE + sizeof(NAMESPACE)];
	int r = add_id(o, "id", cl_json_get_str(n, "id"));

	snprintf(full, sizeof(full), NAMESPACE "_%s", cl_export_kind(n, kind));
	cJSON_AddItemToArray(cl_json_arr(o, "kinds"), cJSON_CreateString(full));
	r = r ? r : add_properties(v, n, o);
	return r ? r : cl_export_put(out, o);
}

static int add_end(cJSON *o, const char *key, const char *id)
{
	cJSON *end = cl_json_obj(o, key);

	cl_json_str(end, "match_by", "id");
	return add_id(end, "value", id);
}

static int put_edge(const struct cl_export_view *v, const cJSON *e, FILE *out)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	char kind[CL_EXPORT_KIND_SIZE], full[CL_EXPORT_KIND_SIZE + sizeof(NAMESPACE)];
	int r = add_end(o, "start", cl_json_get_str(e, "source"));

	r = r ? r : add_end(o, "end", cl_json_get_str(e, "target"));
	snprintf(full, sizeof(full), NAMESPACE "_%s", cl_export_kind(e, kind));
	cl_json_str(o, "kind", full);
	r = r ? r : add_properties(v, e, o);
	return r ? r : cl_export_put(out, o);
}

static int put_list(const struct cl_export_view *v, const char *name, FILE *out,
		    int (*put)(const struct cl_export_view *, const cJSON *, FILE *))
{
	const cJSON *item;
	const char *between = "\n";
	int r = 0;

	fprintf(out, "\"%s\":[", name);
	cJSON_ArrayForEach (item, cl_json_at(v->lineage, name)) {
		fputs(between, out);
		r = r ? r : put(v, item, out);
		between = ",\n";
	}
	fputc(']', out);
	return r;
}

static int write_opengraph(const cJSON *lineage, FILE *out, struct cl_error *err)
{
	_cleanup_view_ struct cl_export_view v = {0};
	int r = cl_export_view(&v, lineage);

	errno = 0;
	fputs("{\"metadata\":{\"source_kind\":\"" NAMESPACE "\"},\"graph\":{", out);
	r = r ? r : put_list(&v, "nodes", out, put_node);
	fputs(",", out);
	r = r ? r : put_list(&v, "edges", out, put_edge);
	fputs("}}\n", out);
	return r ? cl_fail(err, r, "cannot write the opengraph export: out of memory")
		 : cl_export_check(out, "opengraph", err);
}

const struct cl_export_format cl_export_opengraph = {.name = "opengraph", .write = write_opengraph};
