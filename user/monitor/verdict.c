/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/table.h"
#include "event/recording.h"

#define KEY_SIZE 96

struct entry {
	char key[KEY_SIZE];
	char *severity, *reason;
	bool drop;
	UT_hash_handle hh;
};

struct cl_verdicts {
	struct entry *entries;
};

/* Which report of which finding: an update is asked about anew. */
static const char *key_of(char buf[KEY_SIZE], const char *id, const char *activity, uint64_t count)
{
	snprintf(buf, KEY_SIZE, "%.40s %.16s %llu", id, activity, (unsigned long long)count);
	return buf;
}

void cl_verdict_apply(const struct cl_verdict *v, cJSON *finding)
{
	cJSON *policy = cJSON_GetObjectItemCaseSensitive(finding, "policy"), *server;

	if (!v->severity)
		return;
	policy = policy ? policy : cl_json_obj(finding, "policy");
	server = cl_json_obj(policy, "server");
	cl_json_str(server, "severity_before", cl_json_get_str(finding, "severity"));
	cl_json_str(server, "reason", v->reason);
	cJSON_ReplaceItemInObjectCaseSensitive(finding, "severity", cJSON_CreateString(v->severity));
}

struct cl_observation cl_verdict_observation(const struct cl_verdict *v, const cJSON *finding)
{
	return (struct cl_observation){
		.kind = CL_OBS_VERDICT,
		.finding = cl_json_get_str(finding, "id"),
		.act = cl_json_get_str(finding, "activity"),
		.count = (uint64_t)cl_json_get_num(finding, "count"),
		.tier = v->severity,
		.outcome = v->drop ? "drop" : NULL,
		.detail = v->reason,
	};
}

static char *copy_of(const char *s)
{
	return s ? strdup(s) : NULL;
}

static int add(struct cl_verdicts *all, const struct cl_observation *obs)
{
	struct entry *e;

	if (!obs->finding || !obs->act || HASH_COUNT(all->entries) >= CL_VERDICTS_MAX)
		return 0;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	key_of(e->key, obs->finding, obs->act, obs->count);
	e->severity = copy_of(obs->tier);
	e->reason = copy_of(obs->detail);
	e->drop = obs->outcome && !strcmp(obs->outcome, "drop");
	HASH_ADD_STR(all->entries, key, e);
	if (cl_table_added(e))
		return 0;
	free(e->severity);
	free(e->reason);
	free(e);
	return -ENOMEM;
}

int cl_verdicts_load(struct cl_verdicts **out, const char *recording, struct cl_error *err)
{
	struct cl_verdicts *all = calloc(1, sizeof(*all));
	struct cl_player *player = NULL;
	struct cl_observation obs;
	int r = all ? cl_player_new(&player, recording, err) : -ENOMEM;

	while (!r && (r = cl_player_next(player, &obs, err)) > 0)
		r = obs.kind == CL_OBS_VERDICT ? add(all, &obs) : 0;
	cl_player_free(&player);
	/* A recording that is cut off or damaged is told of by whoever plays it. */
	if (r == -ENOMEM || !all || !all->entries) {
		cl_verdicts_free(&all);
		return r == -ENOMEM ? r : 0;
	}
	*out = all;
	return 0;
}

void cl_verdicts_free(struct cl_verdicts **p)
{
	struct cl_verdicts *all = TAKE_PTR(*p);
	struct entry *e, *next;

	if (!all)
		return;
	HASH_ITER (hh, all->entries, e, next) {
		HASH_DEL(all->entries, e);
		free(e->severity);
		free(e->reason);
		free(e);
	}
	free(all);
}

bool cl_verdicts_find(const struct cl_verdicts *all, const cJSON *finding, struct cl_verdict *out)
{
	struct entry *e = NULL;
	char key[KEY_SIZE];

	if (!all)
		return false;
	key_of(key, cl_json_get_str(finding, "id"), cl_json_get_str(finding, "activity"),
	       (uint64_t)cl_json_get_num(finding, "count"));
	HASH_FIND_STR(all->entries, key, e);
	if (e)
		*out = (struct cl_verdict){.severity = e->severity, .reason = e->reason, .drop = e->drop};
	return e;
}
