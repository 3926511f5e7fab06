/* SPDX-License-Identifier: Apache-2.0 */
/* A finding as a damaged or foreign store might hold it: every format must cope with any JSON in its place. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "format/format.h"
#include "output/syslog_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_json_ cJSON *finding = cJSON_ParseWithLength((const char *)data, size), *event = NULL;
	_cleanup_text_ struct cl_text ocsf = {0}, human = {0}, syslog = {0};

	if (!finding)
		return 0;
	if (!cl_format_ocsf.render(finding, 1, &ocsf)) {
		event = cJSON_ParseWithLength(ocsf.s, ocsf.len);
		if (!event)
			abort();
	}
	cl_format_human.render(finding, 1, &human);
	for (size_t i = 0; i < human.len; i++)
		if ((unsigned char)human.s[i] < 0x20 && human.s[i] != '\n')
			abort();
	if (!cl_syslog_message(&cl_format_ocsf, finding, 1, &syslog) && syslog.len > CL_SYSLOG_MAX)
		abort();
	return 0;
}
