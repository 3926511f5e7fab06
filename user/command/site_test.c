/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `credlineage policy test`: a recording judged twice, by the rules that are in it and by others. A finding is the same
 * when its id is; its last severity counts.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "command/reader.h"
#include "command/site.h"
#include "event/recording.h"
#include "monitor/site.h"
#include "pipeline/pipeline.h"

struct judged {
	struct cl_pipeline *pipeline;
	cJSON *findings; /* by id: the latest report of each */
	int failed;
};

static void judged_free(struct judged *j)
{
	cl_pipeline_free(&j->pipeline);
	cl_json_freep(&j->findings);
}

static void on_finding(void *ctx, const cJSON *finding)
{
	static const char *const kept[] = {"id", "detector", "severity", "title", "message"};
	struct judged *j = ctx;
	cJSON *o = cJSON_CreateObject();
	const char *id = cl_json_get_str(finding, "id");

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		cl_json_str(o, kept[i], cl_json_get_str(finding, kept[i]));
	cJSON_DeleteItemFromObjectCaseSensitive(j->findings, id);
	if (!o || !cJSON_AddItemToObject(j->findings, id, o))
		j->failed = -ENOMEM;
}

static void feed(void *ctx, const struct cl_observation *obs)
{
	struct judged *j = ctx;
	int r = j->failed ? 0 : cl_pipeline_feed(j->pipeline, obs);

	j->failed = r ? r : j->failed;
}

/* With rules given the recorded ones are left out; they hold from the host on, as at a start. */
static int play(struct judged *j, const char *recording, const char *rules, struct cl_error *err)
{
	struct cl_player *player = NULL;
	struct cl_observation obs;
	int r = cl_player_new(&player, recording, err), more;

	while (!r && (more = cl_player_next(player, &obs, err))) {
		r = more < 0 ? more : 0;
		if (!r && (!rules || obs.kind != CL_OBS_RULES))
			feed(j, &obs);
		if (!r && rules && obs.kind == CL_OBS_HOST)
			cl_site_feed(rules, feed, j);
		if (!r && j->failed)
			r = cl_fail(err, j->failed, "cannot judge \"%s\": %s", recording, strerror(-j->failed));
	}
	cl_player_free(&player);
	if (!r)
		cl_pipeline_flush(j->pipeline);
	return r;
}

static int judge(struct judged *j, const struct cl_config *config, const char *recording, const char *rules,
		 struct cl_error *err)
{
	const struct cl_limits limits = cl_limits_of(config);
	int r = cl_pipeline_new(&j->pipeline, &limits, on_finding, j);

	j->findings = cJSON_CreateObject();
	r = r || j->findings ? r : -ENOMEM;
	return r ? r : play(j, recording, rules, err);
}

/* ---- the difference ---- */

struct difference {
	size_t same, appear, vanish, rated;
	bool json;
};

static void print_json(const char *change, const cJSON *finding, const cJSON *before)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	_cleanup_free_ char *line = NULL;
	const cJSON *item;

	cl_json_str(o, "change", change);
	cJSON_ArrayForEach (item, finding)
		cl_json_str(o, item->string, item->valuestring);
	if (before)
		cl_json_str(o, "severity_before", cl_json_get_str(before, "severity"));
	line = cJSON_PrintUnformatted(o);
	puts(line ? line : "");
}

static void print(struct difference *d, const char *change, char sign, const cJSON *finding, const cJSON *before)
{
	char severity[40];

	if (d->json) {
		print_json(change, finding, before);
		return;
	}
	snprintf(severity, sizeof(severity), "%s%s%s", before ? cl_json_get_str(before, "severity") : "",
		 before ? " -> " : "", cl_json_get_str(finding, "severity"));
	printf("%c %-9s %-16s %-22s %s\n", sign, change, severity, cl_json_get_str(finding, "detector"),
	       cl_json_get_str(finding, "id"));
	printf("    %s\n", cl_json_get_str(finding, "message"));
}

static void compare(struct difference *d, const cJSON *before, const cJSON *after)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, before) {
		const cJSON *now = cJSON_GetObjectItemCaseSensitive(after, item->string);

		if (!now) {
			d->vanish++;
			print(d, "vanishes", '-', item, NULL);
		} else if (strcmp(cl_json_get_str(now, "severity"), cl_json_get_str(item, "severity"))) {
			d->rated++;
			print(d, "severity", '~', now, item);
		} else {
			d->same++;
		}
	}
	cJSON_ArrayForEach (item, after)
		if (!cJSON_HasObjectItem(before, item->string)) {
			d->appear++;
			print(d, "appears", '+', item, NULL);
		}
	if (!d->json)
		printf("%zu finding%s as before, %zu appear%s, %zu vanish%s, %zu with another severity\n", d->same,
		       d->same == 1 ? "" : "s", d->appear, d->appear == 1 ? "s" : "", d->vanish,
		       d->vanish == 1 ? "es" : "", d->rated);
}

int cl_site_test(struct cl_common *common, const char *policy, const char *recording)
{
	_cleanup_(judged_free) struct judged before = {0}, after = {0};
	struct difference d = {.json = cl_common_json(common)};
	_cleanup_free_ char *rules = NULL;
	struct cl_error err = {0};
	int r;

	if (cl_common_load(common) || cl_site_read(common, policy, &rules))
		return CL_EXIT_FAILED;
	r = judge(&before, &common->settings, recording, NULL, &err);
	r = r ? r : judge(&after, &common->settings, recording, rules, &err);
	if (r) {
		cl_err("%s", *err.text ? err.text : strerror(-r));
		return CL_EXIT_FAILED;
	}
	compare(&d, before.findings, after.findings);
	if (cl_reader_flush())
		return CL_EXIT_FAILED;
	return d.appear || d.vanish || d.rated ? CL_EXIT_FAILED : CL_EXIT_OK;
}
