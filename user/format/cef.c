/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Native finding -> ArcSight Common Event Format, version 0. The header escapes \ and |, the extension \, = and line
 * ends; | is no special character there, nor = in the header. Times are milliseconds since 1970. A value over its key's
 * length in the standard is cut, which the record says.
 */
#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "format/fields.h"
#include "format/flat.h"
#include "format/format.h"

#define NS_PER_MS 1000000ull
#define SIGNATURE_MAX 1023
#define TITLE_MAX 512
#define CUSTOM_MAX 4000 /* cs1 to cs6 */
#define VALUE_MAX 1023

static int put_escaped(struct cl_text *out, const struct cl_text *text, const char *special)
{
	int r = 0;

	for (const char *s = cl_text_str(text); *s && !r;) {
		size_t n = strcspn(s, special);

		r = cl_text_append(out, s, n);
		s += n;
		if (!*s || r)
			continue;
		if (*s == '\n' || *s == '\r')
			r = cl_text_puts(out, *s == '\n' ? "\\n" : "\\r");
		else
			r = cl_text_printf(out, "\\%c", *s);
		s++;
	}
	return r;
}

static int put_header_field(struct cl_text *out, const cJSON *finding, const char *key, size_t max, bool *cut)
{
	_cleanup_text_ struct cl_text text = {0};
	const char *s = cl_json_get_str(finding, key);
	int r = cl_flat_visible(&text, s, strlen(s), "", "");

	*cut |= cl_flat_cut(&text, max);
	r = r ? r : put_escaped(out, &text, "\\|");
	return r ? r : cl_text_puts(out, "|");
}

static int put_header(struct cl_text *out, const cJSON *finding, bool *cut)
{
	int r = cl_text_puts(out, "CEF:0|credlineage|credlineage|" CL_VERSION "|");

	r = r ? r : put_header_field(out, finding, "detector", SIGNATURE_MAX, cut);
	r = r ? r : put_header_field(out, finding, "title", TITLE_MAX, cut);
	return r ? r : cl_text_printf(out, "%d|", cl_field_severity(cl_json_get_str(finding, "severity"))->flat);
}

static int get_value(const struct cl_field *field, const cJSON *finding, struct cl_text *value)
{
	_cleanup_text_ struct cl_text text = {0};
	int r;

	if (field->kind == CL_FIELD_TIME) {
		uint64_t ns = cl_json_get_time(cl_field_at(finding, field->path), "");

		return ns ? cl_text_printf(value, "%llu", ns / NS_PER_MS) : 0;
	}
	r = cl_field_text(field, finding, &text);
	return r ? r : cl_flat_visible(value, cl_text_str(&text), text.len, "\n\r", "");
}

static int put_pair(struct cl_text *out, const struct cl_field *field, const cJSON *finding, bool *cut)
{
	_cleanup_text_ struct cl_text value = {0};
	bool custom = field->cef[0] == 'c' && field->cef[1] == 's';
	int r = get_value(field, finding, &value);

	if (r || !value.len)
		return r;
	*cut |= cl_flat_cut(&value, custom ? CUSTOM_MAX : VALUE_MAX);
	if (field->label)
		r = cl_text_printf(out, "%sLabel=%s ", field->cef, field->label);
	r = r ? r : cl_text_printf(out, "%s=", field->cef);
	r = r ? r : put_escaped(out, &value, "\\=\n\r");
	return r ? r : cl_text_puts(out, " ");
}

static int render(const cJSON *finding, uint64_t logged_ns, struct cl_text *out)
{
	bool cut = false, said = cJSON_IsTrue(cl_json_at(finding, "truncated"));
	const struct cl_field *fields;
	size_t n;
	int r = put_header(out, finding, &cut);

	(void)logged_ns;
	fields = cl_fields(&n);
	for (size_t i = 0; i < n && !r; i++)
		if (fields[i].cef && islower((unsigned char)fields[i].cef[0]))
			r = put_pair(out, &fields[i], finding, &cut);
	if (!r && cut && !said)
		r = cl_text_puts(out, "credlineageTruncated=true ");
	if (!r && out->s[out->len - 1] == ' ')
		out->s[--out->len] = '\0';
	return r;
}

const struct cl_output_format cl_format_cef = {.name = "cef", .media = "text/plain; charset=utf-8", .render = render};
