/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/pen.h"

#include <math.h>
#include <string.h>

#include "metrics/prometheus.h"

void cl_metrics_begin(struct cl_metrics_pen *p, const char *name, const char *type, const char *help)
{
	p->name = name;
	p->series = 0;
	p->r = p->r ? p->r : cl_text_printf(p->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static int put_escaped(struct cl_text *out, const char *value)
{
	size_t len = strnlen(value, CL_METRICS_LABEL), whole = cl_utf8_span(value, len);
	int r = 0;

	for (size_t i = 0; i < whole && !r; i++) {
		if (value[i] == '\n')
			r = cl_text_puts(out, "\\n");
		else if (value[i] == '"' || value[i] == '\\')
			r = cl_text_printf(out, "\\%c", value[i]);
		else
			r = cl_text_append(out, &value[i], 1);
	}
	return r;
}

static int put_labels(struct cl_text *out, const struct cl_metrics_label *labels, size_t n)
{
	const char *before = "{";
	int r = 0;

	for (size_t i = 0; i < n && !r; i++) {
		if (!labels[i].value)
			continue;
		r = cl_text_printf(out, "%s%s=\"", before, labels[i].name);
		r = r ? r : put_escaped(out, labels[i].value);
		r = r ? r : cl_text_puts(out, "\"");
		before = ",";
	}
	return r || *before == '{' ? r : cl_text_puts(out, "}");
}

/* Whole numbers in full, so that counters do not lose their last digits. */
static int put_number(struct cl_text *out, double v)
{
	return cl_text_printf(out, fabs(v) < 9e15 && v == floor(v) ? " %.0f\n" : " %.15g\n", v);
}

void cl_metrics_line(struct cl_metrics_pen *p, const char *suffix, const struct cl_metrics_label *labels, size_t n,
		     double value)
{
	if (p->series++ >= CL_METRICS_SERIES)
		return;
	p->r = p->r ? p->r : cl_text_printf(p->out, "%s%s", p->name, suffix);
	p->r = p->r ? p->r : put_labels(p->out, labels, n);
	p->r = p->r ? p->r : put_number(p->out, value);
}

void cl_metrics_labelled(struct cl_metrics_pen *p, const char *label, const char *value, double number)
{
	cl_metrics_line(p, "", &(struct cl_metrics_label){label, value}, 1, number);
}

void cl_metrics_plain(struct cl_metrics_pen *p, double number)
{
	cl_metrics_line(p, "", NULL, 0, number);
}
