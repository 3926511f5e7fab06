/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the text format. The first failure is kept in `r`, later calls do nothing. */
#pragma once

#include <cjson/cJSON.h>

#include "base/text.h"

struct cl_metrics_pen {
	struct cl_text *out;
	const char *name; /* of the metric in hand */
	size_t series;	  /* written of it */
	int r;
};

struct cl_metrics_label {
	const char *name, *value;
};

/* HELP and TYPE. */
void cl_metrics_begin(struct cl_metrics_pen *p, const char *name, const char *type, const char *help);
/* One line; `suffix` follows the name ("_bucket"), at most n labels, of which those without a value are left out. */
void cl_metrics_line(struct cl_metrics_pen *p, const char *suffix, const struct cl_metrics_label *labels, size_t n,
		     double value);
/* The same with one label, and without any. */
void cl_metrics_labelled(struct cl_metrics_pen *p, const char *label, const char *value, double number);
void cl_metrics_plain(struct cl_metrics_pen *p, double number);

/* numbers.c: all that are one number of the status. */
void cl_metrics_numbers(struct cl_metrics_pen *p, const cJSON *status);
/* series.c: all that have labels. */
void cl_metrics_series(struct cl_metrics_pen *p, const cJSON *status);
