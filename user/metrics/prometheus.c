/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/prometheus.h"

#include "metrics/pen.h"

int cl_metrics_write(struct cl_text *out, const cJSON *status)
{
	struct cl_metrics_pen pen = {.out = out};

	cl_metrics_numbers(&pen, status);
	cl_metrics_series(&pen, status);
	return pen.r;
}
