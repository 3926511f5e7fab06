/* SPDX-License-Identifier: Apache-2.0 */
/*
 * W3C PROV-JSON. What acts is an activity (Process); whom it acts for is an agent (Run, Workflow, User, Container,
 * Host); what is acted upon is an entity (Credential, File, Destination). Each edge is the PROV relation that says the
 * same of such ends, or wasInfluencedBy where PROV has none; ll:kind tells which edge it was. A node's or edge's id is
 * the local part behind "lineage:", with what an IRI cannot hold as %XX.
 *
 * PROV-JSON is grouped by relation, so the lineage is gone through once for each.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "export/formats.h"
#include "export/view.h"

enum class { ENTITY = 1, ACTIVITY, AGENT };
static const char *const class_names[] = {"", "entity", "activity", "agent"};

static const struct {
	const char *kind;
	enum class class;
} classes[] = {
	{"Process", ACTIVITY}, {"Run", AGENT},	     {"Workflow", AGENT},
	{"User", AGENT},       {"Container", AGENT}, {"Host", AGENT},
};

static const struct relation {
	const char *name, *from, *to; /* roles of the edge's source and target */
	const char *time;	      /* role of its first time; NULL: has none */
} relations[] = {
	{"used", "prov:activity", "prov:entity", "prov:time"},
	{"wasStartedBy", "prov:starter", "prov:activity", "prov:time"},
	{"wasAssociatedWith", "prov:activity", "prov:agent", NULL},
	{"actedOnBehalfOf", "prov:delegate", "prov:responsible", NULL},
	{"actedOnBehalfOf", "prov:responsible", "prov:delegate", NULL},
	{"wasInfluencedBy", "prov:influencer", "prov:influencee", NULL},
};
enum { USED, STARTED, ASSOCIATED, BEHALF, DELEGATED, INFLUENCED };

/* Of which ends an edge of a kind makes which relation; any other is INFLUENCED. */
static const struct {
	const char *kind;
	enum class source, target;
	int relation;
} rules[] = {
	{"SPAWNED", ACTIVITY, ACTIVITY, STARTED},
	{"PART_OF", ACTIVITY, AGENT, ASSOCIATED},
	{"RAN_IN", ACTIVITY, AGENT, ASSOCIATED},
	{"RAN_AS", ACTIVITY, AGENT, ASSOCIATED},
	{"PART_OF", AGENT, AGENT, BEHALF},
	{"DELEGATED_TO", AGENT, AGENT, DELEGATED},
	{"READ", ACTIVITY, ENTITY, USED},
	{"HELD_IN_ENVIRONMENT", ACTIVITY, ENTITY, USED},
	{"PASSED_IN_ARGUMENTS", ACTIVITY, ENTITY, USED},
	{"RECEIVED", ACTIVITY, ENTITY, USED},
	{"CONNECTED_TO", ACTIVITY, ENTITY, USED},
};

static enum class class_of(const cJSON *node) {
	const char *kind = cl_json_get_str(node, "kind");

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) if (!strcmp(classes[i].kind, kind)) return classes[i].class;
	return ENTITY;
}

static const struct relation *relation_of(const struct cl_export_view *v, const cJSON *edge)
{
	const struct cl_export_node *source = cl_export_node(v, cl_json_get_str(edge, "source"));
	const struct cl_export_node *target = cl_export_node(v, cl_json_get_str(edge, "target"));
	const char *kind = cl_json_get_str(edge, "kind");

	for (size_t i = 0; source && target && i < ARRAY_SIZE(rules); i++)
		if (!strcmp(rules[i].kind, kind) && rules[i].source == class_of(source->json) &&
		    rules[i].target == class_of(target->json))
			return &relations[rules[i].relation];
	return &relations[INFLUENCED];
}

/* ---- names and values ---- */

static int qualified(struct cl_text *t, const char *id)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/@";
	int r = cl_text_puts(t, "lineage:");

	for (; !r && *id; id++)
		r = strchr(plain, *id) ? cl_text_append(t, id, 1) : cl_text_printf(t, "%%%02X", (unsigned char)*id);
	return r;
}

static int add_reference(cJSON *to, const char *role, const char *id)
{
	_cleanup_text_ struct cl_text t = {0};
	int r = qualified(&t, id);

	if (!r)
		cl_json_str(to, role, cl_text_str(&t));
	return r;
}

static void add_typed(cJSON *to, const char *name, const char *value, const char *type)
{
	cJSON *o = cl_json_obj(to, name);

	cl_json_str(o, "$", value);
	cl_json_str(o, "type", type);
}

/* Every property as ll:NAME; the label and the kind also where PROV's own readers look for them. */
static int add_properties(const struct cl_export_view *v, const cJSON *element, cJSON *to)
{
	_cleanup_json_ cJSON *properties = cl_export_properties(v, element);
	char kind[CL_EXPORT_KIND_SIZE], type[CL_EXPORT_KIND_SIZE + 4];
	int r = properties ? 0 : -ENOMEM;

	if (*cl_json_get_str(properties, "label"))
		cl_json_str(to, "prov:label", cl_json_get_str(properties, "label"));
	snprintf(type, sizeof(type), "ll:%s", cl_export_kind(element, kind));
	add_typed(to, "prov:type", type, "prov:QUALIFIED_NAME");
	while (!r && properties->child) {
		_cleanup_json_ cJSON *item = cJSON_DetachItemViaPointer(properties, properties->child);
		_cleanup_text_ struct cl_text name = {0};

		r = cl_text_printf(&name, "ll:%s", item->string);
		if (!r && cJSON_AddItemToObject(to, cl_text_str(&name), item))
			item = NULL;
	}
	return r;
}

/* ---- the document ---- */

/* "id":{...} with a comma before all but the first. */
static int put_record(const char *id, const cJSON *record, size_t *n, FILE *out)
{
	_cleanup_text_ struct cl_text name = {0};
	int r = qualified(&name, id);

	fprintf(out, "%s\"%s\":", (*n)++ ? ",\n" : "\n", cl_text_str(&name));
	return r ? r : cl_export_put(out, record);
}

static int put_node(const struct cl_export_view *v, const cJSON *n, size_t *count, FILE *out)
{
	_cleanup_json_ cJSON *record = cJSON_CreateObject();
	int r;

	if (class_of(n) == ACTIVITY && *cl_json_get_str(n, "first"))
		cl_json_str(record, "prov:startTime", cl_json_get_str(n, "first"));
	r = add_properties(v, n, record);
	return r ? r : put_record(cl_json_get_str(n, "id"), record, count, out);
}

static int put_edge(const struct cl_export_view *v, const struct relation *relation, const cJSON *e, size_t *count,
		    FILE *out)
{
	_cleanup_json_ cJSON *record = cJSON_CreateObject();
	int r = add_reference(record, relation->from, cl_json_get_str(e, "source"));

	r = r ? r : add_reference(record, relation->to, cl_json_get_str(e, "target"));
	if (relation->time && *cl_json_get_str(e, "first"))
		cl_json_str(record, relation->time, cl_json_get_str(e, "first"));
	r = r ? r : add_properties(v, e, record);
	return r ? r : put_record(cl_json_get_str(e, "id"), record, count, out);
}

static int put_class(const struct cl_export_view *v, enum class class, FILE *out)
{
	const cJSON *n;
	size_t count = 0;
	int r = 0;

	fprintf(out, ",\n\"%s\":{", class_names[class]);
	cJSON_ArrayForEach (n, cl_json_at(v->lineage, "nodes"))
		if (!r && class_of(n) == class)
			r = put_node(v, n, &count, out);
	fputc('}', out);
	return r;
}

/* All relations of one name, whichever way round they are. */
static int put_relations(const struct cl_export_view *v, const char *name, FILE *out)
{
	const cJSON *e;
	size_t count = 0;
	int r = 0;

	fprintf(out, ",\n\"%s\":{", name);
	cJSON_ArrayForEach (e, cl_json_at(v->lineage, "edges")) {
		const struct relation *relation = relation_of(v, e);

		if (!r && !strcmp(relation->name, name))
			r = put_edge(v, relation, e, &count, out);
	}
	fputc('}', out);
	return r;
}

static int write_prov(const cJSON *lineage, FILE *out, struct cl_error *err)
{
	static const char *const names[] = {"used", "wasStartedBy", "wasAssociatedWith", "actedOnBehalfOf",
					    "wasInfluencedBy"};
	_cleanup_view_ struct cl_export_view v = {0};
	int r = cl_export_view(&v, lineage);

	errno = 0;
	fputs("{\"prefix\":{\"lineage\":\"urn:credlineage:lineage:\",\"ll\":\"urn:credlineage:term:\"}", out);
	for (enum class class = ENTITY; !r && class <= AGENT; class ++)
		r = put_class(&v, class, out);
	for (size_t i = 0; !r && i < ARRAY_SIZE(names); i++)
		r = put_relations(&v, names[i], out);
	fputs("}\n", out);
	return r ? cl_fail(err, r, "cannot write the prov export: out of memory") : cl_export_check(out, "prov", err);
}

const struct cl_export_format cl_export_prov = {.name = "prov", .write = write_prov};
