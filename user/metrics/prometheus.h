/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's status, as the control socket gives it, in Prometheus' text format 0.0.4: one source for both. What a
 * number is called and what it means is one row of a table (numbers.c) or, with labels, one function (series.c).
 * Sources: prometheus.io/docs/instrumenting/exposition_formats, .../writing_clientlibs (process_*), and
 * prometheus.io/docs/practices/naming.
 *
 * Labels hold words of our own (kinds, stages, detectors, severities, tables, acts, tiers) and the names of outputs that
 * the configuration gives; never a name of the watched host. They are escaped and cut all the same, and a metric has at
 * most CL_METRICS_SERIES of them.
 */
#pragma once

#include <cjson/cJSON.h>

#include "base/text.h"

#define CL_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define CL_METRICS_SERIES 256
#define CL_METRICS_LABEL 128 /* bytes of a label's value; longer ones are cut */

/* Appends all metrics; 0 or -ENOMEM. What the status does not say is left out. */
int cl_metrics_write(struct cl_text *out, const cJSON *status);
