/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "event/facts.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#define NAME_MAX_LEN 40
#define LINE_MAX_LEN (NAME_MAX_LEN + CL_FACT_VALUE_MAX + 8)
#define CUT_ROOM 24 /* for "\nfacts_cut=N" */

static bool is_name(const char *s, size_t len)
{
	if (!len || len > NAME_MAX_LEN || *s < 'a' || *s > 'z')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '_'))
			return false;
	return true;
}

/* Printable, at most CL_FACT_VALUE_MAX bytes, never ending within a character or an escape of one. */
static void clean(char out[CL_FACT_VALUE_MAX + 1], const char *value, size_t len)
{
	char raw[CL_FACT_VALUE_MAX + 1], escaped[4 * CL_FACT_VALUE_MAX + 16];
	size_t n = len < CL_FACT_VALUE_MAX ? len : CL_FACT_VALUE_MAX, end = 0;

	for (size_t i = 0; i < n; i++)
		raw[i] = value[i] ? value[i] : ' ';
	raw[n] = '\0';
	cl_escape(escaped, sizeof(escaped), raw);
	if (len <= CL_FACT_VALUE_MAX && strlen(escaped) <= CL_FACT_VALUE_MAX) {
		memcpy(out, escaped, strlen(escaped) + 1);
		return;
	}
	for (size_t next = 0; next <= CL_FACT_VALUE_MAX - 3 && escaped[next];) {
		end = next;
		if (escaped[next] == '\\')
			next += escaped[next + 1] == 'x'   ? 4
				: escaped[next + 1] == 'u' ? strcspn(escaped + next, "}") + 1
							   : 2;
		else
			for (next++; ((unsigned char)escaped[next] & 0xc0) == 0x80; next++)
				;
	}
	memcpy(out, escaped, end);
	memcpy(out + end, "...", 4);
}

static void append(struct cl_facts *f, const char *line, size_t len)
{
	if (f->len)
		f->text[f->len++] = '\n';
	memcpy(f->text + f->len, line, len);
	f->len += len;
	f->text[f->len] = '\0';
}

void cl_facts_put_clean(struct cl_facts *f, const char *name, const char *value, size_t len)
{
	char line[LINE_MAX_LEN];
	struct cl_fact_line known;
	int n;

	if (!len || len > CL_FACT_VALUE_MAX || !is_name(name, strlen(name)) || cl_facts_find(f->text, name, &known))
		return;
	n = snprintf(line, sizeof(line), "%s=%.*s", name, (int)len, value);
	if (!f->cut && f->len + 1 + (size_t)n + CUT_ROOM < sizeof(f->text)) {
		append(f, line, (size_t)n);
		return;
	}
	if (f->cut++)
		f->len = (size_t)(strrchr(f->text, '\n') - f->text);
	n = snprintf(line, sizeof(line), "facts_cut=%u", f->cut);
	append(f, line, (size_t)n);
}

void cl_facts_put(struct cl_facts *f, const char *name, const char *value, size_t len)
{
	char shown[CL_FACT_VALUE_MAX + 1];

	if (!len)
		return;
	clean(shown, value, len);
	cl_facts_put_clean(f, name, shown, strlen(shown));
}

void cl_facts_puts(struct cl_facts *f, const char *name, const char *value)
{
	cl_facts_put(f, name, value, strlen(value));
}

void cl_facts_put_time(struct cl_facts *f, const char *name, uint64_t wall_ns)
{
	char text[CL_TIME_SIZE];

	if (wall_ns)
		cl_facts_puts(f, name, cl_time_format(text, wall_ns));
}

const char *cl_facts_text(const struct cl_facts *f)
{
	return f->len ? f->text : NULL;
}

bool cl_facts_next(const char **at, struct cl_fact_line *out)
{
	while (**at) {
		const char *line = *at, *end = strchrnul(line, '\n'), *equals = memchr(line, '=', (size_t)(end - line));

		*at = *end ? end + 1 : end;
		if (!equals || equals + 1 == end || !is_name(line, (size_t)(equals - line)))
			continue;
		*out = (struct cl_fact_line){line, equals + 1, (size_t)(equals - line), (size_t)(end - equals) - 1};
		return true;
	}
	return false;
}

bool cl_facts_find(const char *facts, const char *name, struct cl_fact_line *out)
{
	while (facts && cl_facts_next(&facts, out))
		if (strlen(name) == out->name_len && !memcmp(name, out->name, out->name_len))
			return true;
	return false;
}

void cl_facts_json(cJSON *object, const char *facts)
{
	char name[NAME_MAX_LEN + 1], value[CL_FACTS_SIZE];
	struct cl_fact_line line;

	while (facts && cl_facts_next(&facts, &line)) {
		snprintf(name, sizeof(name), "%.*s", (int)line.name_len, line.name);
		snprintf(value, sizeof(value), "%.*s",
			 (int)(line.value_len < sizeof(value) ? line.value_len : sizeof(value) - 1), line.value);
		if (!cJSON_GetObjectItemCaseSensitive(object, name))
			cl_json_str(object, name, value);
	}
}
