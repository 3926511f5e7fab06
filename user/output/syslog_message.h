/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One finding as an RFC 5424 message of at most `max` octets, header included. CL_SYSLOG_MAX is what rsyslog takes whole
 * with its defaults (it cuts at 8096 and logs the rest as messages of its own); CL_SYSLOG_DATAGRAM what a receiver of UDP
 * should take (RFC 5426).
 *
 *   <PRI>1 TIME HOST credlineage PID DETECTOR [credlineage@32473 id="" detector="" severity="" activity="" count=""
 *   credential=""] BOM record
 *
 * Facility 10 (security). Severity: Critical 2, High 3, Medium 4, Low 5, else 6. TIME is that of the finding. An act with
 * a credential has "act" in the place of a detector, and 6.
 */
#pragma once

#include "output/transport.h"

#define CL_SYSLOG_FACILITY 10 /* security */
#define CL_SYSLOG_MAX 8000
#define CL_SYSLOG_DATAGRAM 2048

/* -EMSGSIZE: the format has no record that is so short. */
int cl_syslog_message(const struct cl_output_format *format, const cJSON *finding, uint64_t logged_ns, size_t max,
		      struct cl_text *out);
/* Syslog's severity of a finding, 2 to 6. */
unsigned int cl_syslog_severity(const cJSON *finding);
const char *cl_syslog_what(const cJSON *record); /* the detector, or "act" */
/* Option max-size; *max is the default. */
int cl_syslog_max_size(const struct cl_output_spec *spec, size_t *max, struct cl_error *err);
/* Of a send whose cl_syslog_message failed with `r`: settles the parcel, returns what send returns. */
int cl_syslog_refuse(struct cl_parcel *parcel, int r, size_t max, struct cl_error *err);
