/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_place.h"

#include <string.h>

/* Nesting that errors are looked for in; what lies deeper is told by the line of what is around it. */
#define STEPS_MAX 16

int cl_json_place_say(const struct cl_json_place *at, struct cl_text *out)
{
	char shown[128];
	int r = at ? cl_json_place_say(at->up, out) : 0;

	if (!at || r)
		return r;
	if (!at->key)
		return cl_text_printf(out, "[%d]", at->index);
	return cl_text_printf(out, "%s%s", out->len ? "." : "", cl_escape(shown, sizeof(shown), at->key));
}

static const char *blanks(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

/* Behind the string that begins here. */
static const char *behind_string(const char *s)
{
	for (s++; *s && *s != '"'; s++)
		if (*s == '\\' && s[1])
			s++;
	return s + (*s == '"');
}

static const char *behind_value(const char *s)
{
	size_t depth = 0;

	do {
		s = blanks(s);
		if (*s == '"') {
			s = behind_string(s);
		} else if (*s == '{' || *s == '[') {
			depth++;
			s++;
		} else if (*s == '}' || *s == ']') {
			depth -= depth > 0;
			s++;
		} else {
			size_t n = strcspn(s, " \t\r\n\"{}[],");

			s += n ? n : (*s != '\0' && depth);
		}
	} while (depth && *s);
	return s;
}

/* The next element or member; NULL behind the last. */
static const char *behind_comma(const char *s)
{
	s = blanks(behind_value(s));
	return *s == ',' ? blanks(s + 1) : NULL;
}

static const char *value_of(const char *member)
{
	const char *s = blanks(behind_string(member));

	return *s == ':' ? blanks(s + 1) : NULL;
}

/* From a value to the begin of one in it; *value is where the next step goes on. NULL: it is not there. */
static const char *step(const char *s, const struct cl_json_place *to, const char **value)
{
	const char *at = *s == (to->key ? '{' : '[') ? blanks(s + 1) : NULL;
	size_t n = to->key ? strlen(to->key) : 0;

	if (!to->key) {
		for (int i = 0; at && i < to->index; i++)
			at = behind_comma(at);
		*value = at;
		return at;
	}
	while (at && *at == '"') {
		*value = value_of(at);
		if (!strncmp(at + 1, to->key, n) && at[1 + n] == '"')
			return *value ? at : NULL;
		at = *value ? behind_comma(*value) : NULL;
	}
	return NULL;
}

unsigned int cl_json_place_line(const struct cl_json_place *at, const char *text)
{
	const struct cl_json_place *steps[STEPS_MAX];
	const char *value = blanks(text), *found = value;
	unsigned int line = 1;
	size_t n = 0;

	for (; at; at = at->up, n++)
		steps[n % STEPS_MAX] = at;
	for (size_t i = n; i-- && n <= STEPS_MAX && value;) {
		const char *to = step(value, steps[i], &value);

		if (!to)
			break;
		found = to;
	}
	for (const char *s = text; s < found; s++)
		line += *s == '\n';
	return line;
}
