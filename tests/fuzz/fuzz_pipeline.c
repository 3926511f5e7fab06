/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any stream of observations through the whole pipeline with small tables: nothing may crash, every cap must hold and
 * every finding must render in every format. Input: per observation a little-endian u16 length and codec bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "format/format.h"
#include "output/syslog_message.h"
#include "pipeline/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOGGED 1800000000000000000ull

static void must_hold(int holds)
{
	if (!holds)
		abort();
}

static void on_finding(void *ctx, const cJSON *finding)
{
	_cleanup_text_ struct cl_text ocsf = {0}, human = {0}, syslog = {0};
	_cleanup_json_ cJSON *event = NULL;

	(void)ctx;
	must_hold(!cl_format_ocsf.render(finding, LOGGED, &ocsf));
	must_hold(!cl_format_human.render(finding, LOGGED, &human));
	must_hold(!cl_syslog_message(&cl_format_ocsf, finding, LOGGED, CL_SYSLOG_MAX, &syslog));
	must_hold(syslog.len <= CL_SYSLOG_MAX);
	event = cJSON_Parse(cl_text_str(&ocsf));
	must_hold(event && cl_json_get_num(event, "class_uid") == 2004);
	must_hold(strlen(cl_json_get_str(event, "finding_info.uid")) == 20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cl_limits limits = {
		.processes = 32, .runs = 16, .credentials = 8, .uses = 4, .findings = 8, .nodes = 64, .edges = 128};
	const struct cl_detect_stats *stats;
	struct cl_pipeline *p = NULL;
	struct cl_arena *arena = NULL;

	if (cl_pipeline_new(&p, &limits, on_finding, NULL) || cl_arena_new(&arena, 1 << 20))
		abort();
	while (size >= 2) {
		size_t len = (size_t)data[0] | (size_t)data[1] << 8;
		struct cl_observation obs;

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		cl_arena_reset(arena);
		if (!cl_obs_decode(data, len, arena, &obs))
			must_hold(!cl_pipeline_feed(p, &obs));
		data += len;
		size -= len;
	}
	cl_pipeline_flush(p);
	stats = cl_detect_stats(cl_pipeline_detect(p));
	must_hold(stats->credentials <= 8 && stats->uses <= 32 && stats->findings <= 8);
	cl_arena_free(&arena);
	cl_pipeline_free(&p);
	return 0;
}
