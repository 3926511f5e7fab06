/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest event: what the class needs, the severity, the credential and how the story begins (format/format.h). */
#include "base/cleanup.h"
#include "base/json.h"
#include "format/ocsf_internal.h"

void cl_ocsf_sketch(cJSON *event)
{
	static const char *const more[][2] = {
		{NULL, "start_time"},
		{NULL, "end_time"},
		{NULL, "timezone_offset"},
		{NULL, "confidence_id"},
		{NULL, "confidence"},
		{NULL, "remediation"},
		{NULL, "evidences"},
		{NULL, "unmapped"},
		{"metadata", "log_name"},
		{"metadata", "logged_time"},
		{"finding_info", "desc"},
		{"finding_info", "data_sources"},
		{"device", "os"},
		{"device", "boot_uid"},
		{"finding_info", "first_seen_time"},
		{"resources.0", "data"},
		{"finding_info", "last_seen_time"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		const cJSON *at = more[i][0] ? cl_json_at(event, more[i][0]) : event;

		cJSON_DeleteItemFromObjectCaseSensitive((cJSON *)(uintptr_t)at, more[i][1]);
	}
}
