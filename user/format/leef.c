/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Native finding -> QRadar's Log Event Extended Format, version 2.0. The delimiter is ^: a tab, the default, is rewritten
 * by syslog relays. LEEF has no escapes: the delimiter, line ends and, in the header, | become \xNN in values. Times
 * are "2026-01-02T03:05:05.123+0000", as devTimeFormat says in Java's SimpleDateFormat, which takes no microseconds.
 */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "format/fields.h"
#include "format/flat.h"
#include "format/format.h"

#define TIME_FORMAT "yyyy-MM-dd'T'HH:mm:ss.SSSZ"
#define MS_LEN 23 /* "2026-01-02T03:05:05.123" */

static int put_header(struct cl_text *out, const cJSON *finding)
{
	const char *detector = cl_json_get_str(finding, "detector");
	int r = cl_text_puts(out, "LEEF:2.0|credlineage|credlineage|" CL_VERSION "|");

	r = r ? r : cl_flat_visible(out, detector, strlen(detector), "", "|^");
	return r ? r : cl_text_puts(out, "|^|devTimeFormat=" TIME_FORMAT);
}

static int get_value(const struct cl_field *field, const cJSON *finding, struct cl_text *value)
{
	_cleanup_text_ struct cl_text text = {0};
	char time[CL_TIME_SIZE];
	int r;

	if (field->kind == CL_FIELD_TIME) {
		uint64_t ns = cl_json_get_time(cl_field_at(finding, field->path), "");

		return ns ? cl_text_printf(value, "%.*s+0000", MS_LEN, cl_time_format(time, ns)) : 0;
	}
	r = cl_field_text(field, finding, &text);
	return r ? r : cl_flat_visible(value, cl_text_str(&text), text.len, "", "^");
}

static int put_pair(struct cl_text *out, const struct cl_field *field, const cJSON *finding)
{
	_cleanup_text_ struct cl_text value = {0};
	int r = get_value(field, finding, &value);

	if (r || !value.len)
		return r;
	r = cl_text_printf(out, "^%s=", field->leef);
	return r ? r : cl_text_append(out, cl_text_str(&value), value.len);
}

static int render(const cJSON *finding, uint64_t logged_ns, struct cl_text *out)
{
	const struct cl_field *fields;
	size_t n;
	int r = put_header(out, finding);

	(void)logged_ns;
	fields = cl_fields(&n);
	for (size_t i = 0; i < n && !r; i++)
		if (fields[i].leef && islower((unsigned char)fields[i].leef[0]))
			r = put_pair(out, &fields[i], finding);
	return r;
}

const struct cl_output_format cl_format_leef = {.name = "leef", .media = "text/plain; charset=utf-8", .render = render};
