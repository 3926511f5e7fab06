/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An act with a credential -> OCSF: a read is File System Activity (1001), a credential that a program was started
 * with is Process Activity (1007), a connection of a holder is Network Activity (4001). For whom it was done stands in
 * ai_agent and delegation, a delegation being one run: uid is the run, parent_uid and issuer_uid the run that it came
 * from, "unknown" where that is not known, so that a missing link is never taken for a root. (OCSF 1.8.0 has neither.)
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "format/format.h"
#include "format/ocsf_internal.h"

#define NS_PER_MS 1000000ull

struct class
{
	const char *how, *category, *name, *activity;
	int category_uid, uid, activity_id;
};

static const struct class classes[] = {
	{"read", "System Activity", "File System Activity", "Read", 1, 1001, 2},
	{"environment", "System Activity", "Process Activity", "Launch", 1, 1007, 1},
	{"arguments", "System Activity", "Process Activity", "Launch", 1, 1007, 1},
	{"connect", "Network Activity", "Network Activity", "Open", 4, 4001, 1},
};

static const struct class *class_of(const cJSON *side)
{
	const char *how = cl_json_get_str(side, "use.how");

	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (!strcmp(classes[i].how, how))
			return cl_json_at(side, "process") ? &classes[i] : NULL;
	return NULL;
}

static void add_class(const struct class *c, cJSON *event)
{
	char name[96];

	cl_json_num(event, "activity_id", c->activity_id);
	cl_json_str(event, "activity_name", c->activity);
	cl_json_num(event, "category_uid", c->category_uid);
	cl_json_str(event, "category_name", c->category);
	cl_json_num(event, "class_uid", c->uid);
	cl_json_str(event, "class_name", c->name);
	cl_json_num(event, "type_uid", c->uid * 100 + c->activity_id);
	snprintf(name, sizeof(name), "%s: %s", c->name, c->activity);
	cl_json_str(event, "type_name", name);
	cl_json_num(event, "severity_id", 1);
	cl_json_str(event, "severity", "Informational");
}

bool cl_format_knows_act(const cJSON *act)
{
	return class_of(cl_json_at(act, "sides.0"));
}

static void add_metadata(const cJSON *act, const char *version, bool agents, uint64_t logged_ns, cJSON *event)
{
	cJSON *m = cl_json_obj(event, "metadata"), *product = cl_json_obj(m, "product"), *profiles;

	cl_json_str(product, "name", "credlineage");
	cl_json_str(product, "vendor_name", "credlineage");
	cl_json_str(product, "version", CL_VERSION);
	cl_json_str(m, "version", version);
	profiles = cl_json_arr(m, "profiles");
	cJSON_AddItemToArray(profiles, cJSON_CreateString("host"));
	if (agents)
		cJSON_AddItemToArray(profiles, cJSON_CreateString("ai_operation"));
	cl_ocsf_str(m, "uid", act, "id");
	cl_ocsf_str(m, "event_code", act, "sides.0.use.how");
	cl_json_str(m, "log_name", "acts");
	cl_json_num(m, "logged_time", (double)(logged_ns / NS_PER_MS));
	if (cJSON_IsTrue(cl_json_at(act, "truncated"))) {
		cl_json_bool(m, "is_truncated", true);
		cl_ocsf_num(m, "untruncated_size", act, "untruncated_size");
	}
}

static void add_delegation(const cJSON *run, cJSON *event)
{
	const char *parent = cl_json_get_str(run, "parents.0");
	cJSON *o = cl_json_obj(event, "delegation");

	cl_ocsf_str(o, "uid", run, "id");
	cl_json_str(o, "parent_uid", *parent ? parent : "unknown");
	cl_json_str(o, "issuer_uid", *parent ? parent : "unknown");
	cl_ocsf_ms(o, "created_time", run, "begin");
}

/* Who starts a program is its parent; the program is what was started. */
static void add_launch(const cJSON *process, cJSON *event)
{
	const cJSON *parent = cl_json_at(process, "chain.0");
	_cleanup_json_ cJSON *whole = cJSON_CreateObject();
	cJSON *started;

	cl_ocsf_process(cl_json_obj(cl_json_obj(event, "actor"), "process"), parent ? parent : process);
	cl_ocsf_actor(whole, process);
	started = cJSON_DetachItemFromObjectCaseSensitive(cJSON_GetObjectItem(whole, "actor"), "process");
	if (started && !cJSON_AddItemToObject(event, "process", started))
		cJSON_Delete(started);
}

static void add_read(const cJSON *side, cJSON *event)
{
	const char *path = cl_json_get_str(side, "use.path");

	cl_ocsf_actor(event, cl_json_at(side, "process"));
	cl_ocsf_file(event, *path ? path : "unknown");
}

static void add_own(const cJSON *act, const cJSON *side, cJSON *event)
{
	cJSON *own = cl_json_obj(cl_json_obj(event, "unmapped"), "credlineage");

	cl_ocsf_copy(own, "credential", act, "credential");
	cl_ocsf_copy(own, "run", side, "run");
	cl_ocsf_copy(own, "use", side, "use");
}

int cl_ocsf_act(const cJSON *act, const char *version, bool agents, uint64_t logged_ns, struct cl_text *out)
{
	_cleanup_json_ cJSON *event = cJSON_CreateObject();
	const cJSON *side = cl_json_at(act, "sides.0");
	const struct class *class = class_of(side);
	_cleanup_free_ char *text = NULL;

	if (!class)
		return -EINVAL;
	add_class(class, event);
	cl_ocsf_ms(event, "time", act, "last");
	add_metadata(act, version, agents, logged_ns, event);
	cl_ocsf_device(act, event);
	if (class->uid == 1001) {
		add_read(side, event);
	} else if (class->uid == 1007) {
		add_launch(cl_json_at(side, "process"), event);
	} else {
		cl_ocsf_actor(event, cl_json_at(side, "process"));
		cl_ocsf_endpoint(event, act, cl_json_get_str(side, "use.destination"));
	}
	if (agents) {
		cl_ocsf_agent(event, cl_json_at(side, "run"));
		add_delegation(cl_json_at(side, "run"), event);
	}
	add_own(act, side, event);
	text = event ? cJSON_PrintUnformatted(event) : NULL;
	return text ? cl_text_puts(out, text) : -ENOMEM;
}
