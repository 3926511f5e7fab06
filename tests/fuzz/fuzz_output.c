/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finding as a damaged or foreign store might hold it: every format must cope with any JSON in its place. What is JSON
 * stays JSON, what is one line one line, and no control character reaches a log. The same within a limit.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "format/format.h"
#include "output/syslog_message.h"

#define LIMIT 1600
#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct cl_output_format *format, const struct cl_text *record)
{
	bool json = !strcmp(format->media, "application/json"), lines = format == &cl_format_human;
	_cleanup_json_ cJSON *event = json ? cJSON_ParseWithLength(cl_text_str(record), record->len) : NULL;

	if (json != (event != NULL))
		abort();
	for (size_t i = 0; i < record->len; i++) {
		unsigned char c = (unsigned char)record->s[i];

		if ((c < 0x20 && !(lines && c == '\n')) || (!json && c == 0x7f))
			abort();
	}
	if (!json && cl_utf8_span(cl_text_str(record), record->len) != record->len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct cl_output_format *const formats[] = {
		&cl_format_ocsf, &cl_format_ocsf_1_8, &cl_format_ecs,  &cl_format_cef,
		&cl_format_leef, &cl_format_human,    &cl_format_line,
	};
	_cleanup_json_ cJSON *finding = cJSON_ParseWithLength((const char *)data, size);
	_cleanup_text_ struct cl_text cut = {0}, syslog = {0};

	if (!finding)
		return 0;
	for (size_t i = 0; i < N_FORMATS; i++) {
		_cleanup_text_ struct cl_text whole = {0};

		if (!formats[i]->render(finding, 1, &whole))
			look(formats[i], &whole);
	}
	/* up to a dozen renderings: one format's a time */
	if (!cl_render_within(formats[size % N_FORMATS], finding, 1, LIMIT, &cut)) {
		look(formats[size % N_FORMATS], &cut);
		if (cut.len > LIMIT)
			abort();
	}
	if (!cl_syslog_message(&cl_format_ocsf, finding, 1, CL_SYSLOG_MAX, &syslog) && syslog.len > CL_SYSLOG_MAX)
		abort();
	return 0;
}
