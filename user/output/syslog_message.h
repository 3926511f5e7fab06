/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One finding as an RFC 5424 message of at most CL_SYSLOG_MAX octets, header included: what rsyslog takes whole with
 * its defaults (it cuts at 8096 and logs the rest as messages of its own).
 *
 *   <PRI>1 TIME HOST credlineage PID DETECTOR [credlineage@32473 id="" detector="" severity="" activity="" count=""
 *   credential=""] BOM record
 *
 * Facility 10 (security). Severity: Critical 2, High 3, Medium 4, Low 5, else 6. TIME is that of the finding.
 */
#pragma once

#include "format/format.h"

#define CL_SYSLOG_MAX 8000

int cl_syslog_message(const struct cl_output_format *format, const cJSON *finding, uint64_t logged_ns,
		      struct cl_text *out);
