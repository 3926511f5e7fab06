/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/tally.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "detect/detect.h"

static const uint32_t severities[] = {CL_SEVERITY_LOW, CL_SEVERITY_MEDIUM, CL_SEVERITY_HIGH, CL_SEVERITY_CRITICAL};

void cl_tally_take(struct cl_tally *t, const cJSON *finding)
{
	const char *detector = cl_json_get_str(finding, "detector"), *severity = cl_json_get_str(finding, "severity");
	const char *const *ids = cl_detector_ids();
	size_t d = 0, s = 0;

	if (strcmp(cl_json_get_str(finding, "activity"), "create") != 0)
		return;
	while (ids[d] && strcmp(ids[d], detector) != 0)
		d++;
	while (s < ARRAY_SIZE(severities) && strcmp(cl_severity_name(severities[s]), severity) != 0)
		s++;
	if (d < CL_TALLY_DETECTORS && ids[d] && s < ARRAY_SIZE(severities))
		t->counts[d][s]++;
}

void cl_tally_json(const struct cl_tally *t, cJSON *out, const char *name)
{
	const char *const *ids = cl_detector_ids();
	cJSON *list = cl_json_arr(out, name);

	for (size_t d = 0; d < CL_TALLY_DETECTORS && ids[d]; d++) {
		for (size_t s = 0; s < ARRAY_SIZE(severities); s++) {
			cJSON *o = cl_json_push(list);

			cl_json_str(o, "detector", ids[d]);
			cl_json_str(o, "severity", cl_severity_name(severities[s]));
			cl_json_num(o, "count", (double)t->counts[d][s]);
		}
	}
}
