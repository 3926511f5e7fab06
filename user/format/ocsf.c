/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Native finding -> OCSF Detection Finding (class 2004), 1.9.0 or 1.8.0: the older has no ai_agent. No profile is named,
 * so no profile's attributes appear; what the class has no place for stands in unmapped.credlineage. A finding that
 * somebody acknowledged is In Progress: the schema's word for one that is under review. Only metadata.logged_time depends
 * on the time of writing. Times are epoch milliseconds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "format/advice.h"
#include "format/attack.h"
#include "format/fields.h"
#include "format/ocsf_internal.h"
#include "format/format.h"
#include "format/review.h"
#include "format/story.h"

#define NS_PER_MS 1000000ull
#define CLASS_UID 2004

/* ---- copying ---- */

void cl_ocsf_str(cJSON *to, const char *key, const cJSON *from, const char *path)
{
	const char *s = cl_json_get_str(from, path);

	if (*s)
		cl_json_str(to, key, s);
}

void cl_ocsf_num(cJSON *to, const char *key, const cJSON *from, const char *path)
{
	if (cJSON_IsNumber(cl_json_at(from, path)))
		cl_json_num(to, key, cl_json_get_num(from, path));
}

void cl_ocsf_ms(cJSON *to, const char *key, const cJSON *from, const char *path)
{
	uint64_t ns = cl_json_get_time(from, path);

	if (ns)
		cl_json_num(to, key, (double)(ns / NS_PER_MS));
}

void cl_ocsf_copy(cJSON *to, const char *key, const cJSON *from, const char *path)
{
	const cJSON *item = cl_json_at(from, path);
	cJSON *copy = item ? cJSON_Duplicate(item, true) : NULL;

	if (copy)
		cJSON_AddItemToObject(to, key, copy);
}

void cl_ocsf_digits(cJSON *to, const char *key, const cJSON *from, const char *path)
{
	char text[32];

	if (!cJSON_IsNumber(cl_json_at(from, path)))
		return;
	snprintf(text, sizeof(text), "%.0f", cl_json_get_num(from, path));
	cl_json_str(to, key, text);
}

/* ---- head ---- */

static void add_class(const cJSON *finding, cJSON *event)
{
	static const struct {
		const char *activity, *name;
		int id;
		const char *status;
		int status_id;
	} activities[] = {
		{"create", "Create", 1, "New", 1},
		{"update", "Update", 2, "New", 1},
		{"close", "Close", 3, "Resolved", 4},
	};
	const char *activity = cl_json_get_str(finding, "activity");
	size_t i = 0;
	char name[64];

	while (i + 1 < ARRAY_SIZE(activities) && strcmp(activities[i].activity, activity))
		i++;
	cl_json_num(event, "activity_id", activities[i].id);
	cl_json_str(event, "activity_name", activities[i].name);
	cl_json_num(event, "category_uid", 2);
	cl_json_str(event, "category_name", "Findings");
	cl_json_num(event, "class_uid", CLASS_UID);
	cl_json_str(event, "class_name", "Detection Finding");
	cl_json_num(event, "type_uid", CLASS_UID * 100 + activities[i].id);
	snprintf(name, sizeof(name), "Detection Finding: %s", activities[i].name);
	cl_json_str(event, "type_name", name);
	if (!strcmp(cl_review_status(finding), "acknowledged")) {
		cl_json_num(event, "status_id", 2);
		cl_json_str(event, "status", "In Progress");
		cl_ocsf_str(event, "status_detail", finding, "review.reason");
		return;
	}
	cl_json_num(event, "status_id", activities[i].status_id);
	cl_json_str(event, "status", activities[i].status);
}

static void add_severity(const cJSON *finding, cJSON *event)
{
	const struct cl_field_severity *severity = cl_field_severity(cl_json_get_str(finding, "severity"));

	cl_json_num(event, "severity_id", severity->ocsf);
	cl_json_str(event, "severity", severity->word);
}

/* High when kernel events show both sides and their runs; less when a side is inferred or its run is a guess. */
static void add_confidence(const cJSON *finding, cJSON *event)
{
	const cJSON *side;
	bool sure = true;

	cJSON_ArrayForEach (side, cl_json_at(finding, "sides")) {
		sure &= !strcmp(cl_json_get_str(side, "use.basis"), "observed");
		sure &= !cJSON_IsTrue(cl_json_at(side, "run.unattributed"));
	}
	cl_json_num(event, "confidence_id", sure ? 3 : 2);
	cl_json_str(event, "confidence", sure ? "High" : "Medium");
}

static int add_metadata(const cJSON *finding, const char *version, uint64_t logged_ns, cJSON *event)
{
	cJSON *m = cl_json_obj(event, "metadata"), *product = cl_json_obj(m, "product");
	_cleanup_text_ struct cl_text uid = {0};
	int r = cl_field_report(finding, &uid);

	cl_json_str(product, "name", "credlineage");
	cl_json_str(product, "uid", "credlineage");
	cl_json_str(product, "vendor_name", "credlineage");
	cl_json_str(product, "version", CL_VERSION);
	cl_json_str(m, "version", version);
	/* one report of a finding: a receiver that gets it twice can tell */
	cl_json_str(m, "uid", cl_text_str(&uid));
	cl_ocsf_str(m, "event_code", finding, "detector");
	cl_json_str(m, "log_name", "findings");
	cl_ocsf_str(m, "original_time", finding, "last");
	cl_json_num(m, "logged_time", (double)(logged_ns / NS_PER_MS));
	if (cJSON_IsTrue(cl_json_at(finding, "truncated"))) {
		cl_json_bool(m, "is_truncated", true);
		cl_ocsf_num(m, "untruncated_size", finding, "untruncated_size");
	}
	return r;
}

void cl_ocsf_device(const cJSON *finding, cJSON *event)
{
	cJSON *device = cl_json_obj(event, "device"), *os;

	cl_json_num(device, "type_id", 0);
	cl_json_str(device, "type", "Unknown");
	cl_ocsf_str(device, "uid", finding, "host.id");
	cl_ocsf_str(device, "hostname", finding, "host.name");
	if (!*cl_json_get_str(finding, "host.name"))
		cl_json_str(device, "name", "unknown");
	cl_ocsf_str(device, "boot_uid", finding, "host.boot_id");
	os = cl_json_obj(device, "os");
	cl_json_str(os, "name", "Linux");
	cl_json_num(os, "type_id", 200);
	cl_json_str(os, "type", "Linux");
}

/* ---- finding_info ---- */

static void add_attack(const cJSON *entry, cJSON *attacks)
{
	cJSON *attack = cl_json_push(attacks), *technique = cl_json_obj(attack, "technique"), *sub;
	struct cl_attack parts;

	cl_attack_split(entry, &parts);
	cl_ocsf_str(attack, "version", entry, "version");
	cl_json_str(technique, "uid", parts.id);
	cl_json_str(technique, "name", parts.name);
	if (!parts.sub_id)
		return;
	sub = cl_json_obj(attack, "sub_technique");
	cl_json_str(sub, "uid", parts.sub_id);
	cl_json_str(sub, "name", parts.sub_name);
}

static void add_attacks(const cJSON *finding, cJSON *info)
{
	cJSON *attacks = NULL;
	const cJSON *entry;

	cJSON_ArrayForEach (entry, cl_json_at(finding, "frameworks")) {
		const char *framework = cl_json_get_str(entry, "framework");

		if (strcmp(framework, "MITRE ATT&CK") && strcmp(framework, "MITRE ATLAS"))
			continue;
		if (!attacks)
			attacks = cl_json_arr(info, "attacks");
		add_attack(entry, attacks);
	}
}

static cJSON *graph_data(const cJSON *item)
{
	static const char *const keys[] = {"first", "last", "count", "basis", "evidence", "attrs"};
	cJSON *data = cJSON_CreateObject();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		cl_ocsf_copy(data, keys[i], item, keys[i]);
	return data;
}

static void add_graph_node(const cJSON *item, cJSON *nodes)
{
	cJSON *node = cl_json_push(nodes);

	cl_ocsf_str(node, "uid", item, "id");
	cl_ocsf_str(node, "name", item, "label");
	cl_ocsf_str(node, "type", item, "kind");
	cJSON_AddItemToObject(node, "data", graph_data(item));
}

static void add_graph_edge(const cJSON *item, cJSON *edges)
{
	cJSON *edge = cl_json_push(edges);

	cl_ocsf_str(edge, "uid", item, "id");
	cl_ocsf_str(edge, "name", item, "kind");
	cl_ocsf_str(edge, "relation", item, "kind");
	cl_ocsf_str(edge, "source", item, "source");
	cl_ocsf_str(edge, "target", item, "target");
	cl_json_bool(edge, "is_directed", true);
	cJSON_AddItemToObject(edge, "data", graph_data(item));
}

static void add_graph(const cJSON *finding, cJSON *info)
{
	const cJSON *nodes = cl_json_at(finding, "lineage.nodes"), *item;
	cJSON *graph, *list;

	if (!cJSON_GetArraySize(nodes))
		return;
	graph = cl_json_obj(info, "attack_graph");
	cl_ocsf_str(graph, "uid", finding, "id");
	cl_json_str(graph, "name", "lineage");
	cl_json_bool(graph, "is_directed", true);
	list = cl_json_arr(graph, "nodes");
	cJSON_ArrayForEach (item, nodes)
		add_graph_node(item, list);
	list = cl_json_arr(graph, "edges");
	cJSON_ArrayForEach (item, cl_json_at(finding, "lineage.edges"))
		add_graph_edge(item, list);
}

static void add_info(const cJSON *finding, cJSON *event)
{
	cJSON *info = cl_json_obj(event, "finding_info"), *analytic;

	cl_ocsf_str(info, "uid", finding, "id");
	cl_ocsf_str(info, "title", finding, "title");
	cl_ocsf_str(info, "desc", finding, "message");
	analytic = cl_json_obj(info, "analytic");
	cl_ocsf_str(analytic, "uid", finding, "detector");
	cl_ocsf_str(analytic, "name", finding, "title");
	cl_json_num(analytic, "type_id", 2);
	cl_json_str(analytic, "type", "Behavioral");
	cl_json_str(analytic, "version", CL_VERSION);
	cl_ocsf_ms(info, "created_time", finding, "first");
	cl_ocsf_ms(info, "modified_time", finding, "last");
	cl_ocsf_ms(info, "first_seen_time", finding, "first");
	cl_ocsf_ms(info, "last_seen_time", finding, "last");
	cJSON_AddItemToArray(cl_json_arr(info, "data_sources"), cJSON_CreateString("eBPF"));
	add_attacks(finding, info);
	add_graph(finding, info);
}

/* ---- the credential, and what has no place elsewhere ---- */

static void add_resources(const cJSON *finding, cJSON *event)
{
	const char *provider = cl_json_get_str(finding, "credential.provider");
	const char *label = cl_json_get_str(finding, "credential.label");
	cJSON *resource;
	char name[300];

	if (!cl_json_at(finding, "credential"))
		return;
	resource = cl_json_push(cl_json_arr(event, "resources"));
	cl_ocsf_str(resource, "uid", finding, "credential.fingerprint");
	cl_ocsf_str(resource, "uid_alt", finding, "credential.first_fingerprint");
	snprintf(name, sizeof(name), "%s%scredential", provider, *provider ? " " : "");
	cl_json_str(resource, "name", name);
	cl_json_str(resource, "type", "Credential");
	cl_json_num(resource, "role_id", 3);
	cl_json_str(resource, "role", "Affected");
	if (*label)
		cJSON_AddItemToArray(cl_json_arr(resource, "labels"), cl_json_clean_string(label));
	if (*cl_json_get_str(finding, "credential.owner"))
		cl_ocsf_str(cl_json_obj(resource, "owner"), "name", finding, "credential.owner");
	cl_ocsf_ms(resource, "created_time", finding, "credential.first_seen");
	cl_ocsf_copy(resource, "data", finding, "credential");
}

static void add_unmapped(const cJSON *finding, cJSON *event)
{
	static const char *const keys[] = {"schema",	   "policy",	       "credential", "sides",	 "evidence_cut",
					   "destinations", "destinations_cut", "frameworks", "coverage", "review"};
	cJSON *own = cl_json_obj(cl_json_obj(event, "unmapped"), "credlineage");
	cJSON *side;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		cl_ocsf_copy(own, keys[i], finding, keys[i]);
	/* The chain stands in the evidence's ancestry already. */
	cJSON_ArrayForEach (side, cJSON_GetObjectItemCaseSensitive(own, "sides"))
		cJSON_DeleteItemFromObjectCaseSensitive(cJSON_GetObjectItemCaseSensitive(side, "process"), "chain");
}

/* The title names the kind, desc is the detector's one sentence, the message is the whole story. */
static int add_message(const cJSON *finding, cJSON *event)
{
	_cleanup_text_ struct cl_text story = {0};
	int r = cl_story_told(finding, &story);

	if (!r)
		cl_json_str(event, "message", cl_text_str(&story));
	return r;
}

static void add_remediation(const cJSON *finding, cJSON *event)
{
	const struct cl_advice *advice = cl_advice_of(cl_json_get_str(finding, "detector"));
	const struct cl_provider *provider = cl_provider_of(cl_json_get_str(finding, "credential.provider"));
	cJSON *o = cl_json_obj(event, "remediation");

	cl_json_str(o, "desc", advice->narrow);
	if (advice->replace && provider && provider->url)
		cJSON_AddItemToArray(cl_json_arr(o, "references"), cJSON_CreateString(provider->url));
}

static int render_as(const char *version, bool agents, const cJSON *finding, uint64_t logged_ns, struct cl_text *out)
{
	_cleanup_json_ cJSON *event = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;
	int r;

	if (cl_format_is_act(finding))
		return cl_ocsf_act(finding, version, agents, logged_ns, out);
	add_class(finding, event);
	cl_ocsf_ms(event, "time", finding, "last");
	cl_ocsf_ms(event, "start_time", finding, "first");
	cl_ocsf_ms(event, "end_time", finding, "last");
	cl_json_num(event, "timezone_offset", 0);
	cl_ocsf_num(event, "count", finding, "count");
	add_severity(finding, event);
	add_confidence(finding, event);
	cl_json_bool(event, "is_alert", true);
	r = add_message(finding, event);
	r = r ? r : add_metadata(finding, version, logged_ns, event);
	if (r)
		return r;
	add_info(finding, event);
	add_remediation(finding, event);
	cl_ocsf_device(finding, event);
	cl_ocsf_evidences(finding, agents, event);
	add_resources(finding, event);
	if (!cl_json_at(finding, "brief"))
		cl_ocsf_observables(event);
	add_unmapped(finding, event);
	if (cl_json_at(finding, "sketch"))
		cl_ocsf_sketch(event);
	text = event ? cJSON_PrintUnformatted(event) : NULL;
	return text ? cl_text_puts(out, text) : -ENOMEM;
}

static int render(const cJSON *finding, uint64_t logged_ns, struct cl_text *out)
{
	return render_as("1.9.0", true, finding, logged_ns, out);
}

static int render_1_8(const cJSON *finding, uint64_t logged_ns, struct cl_text *out)
{
	return render_as("1.8.0", false, finding, logged_ns, out);
}

const struct cl_output_format cl_format_ocsf = {
	.name = "ocsf", .media = "application/json", .acts = true, .render = render};
const struct cl_output_format cl_format_ocsf_1_8 = {
	.name = "ocsf-1.8.0", .media = "application/json", .acts = true, .render = render_1_8};
