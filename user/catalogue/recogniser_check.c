/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "catalogue/recogniser_check.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

#define TEXT_MAX_BYTES 512 /* of a template or a pattern */
#define VARIABLE_BYTES 128

static bool is_variable(const char *s, size_t len)
{
	if (!len || len > VARIABLE_BYTES || isdigit((unsigned char)*s))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '_')
			return false;
	return true;
}

/* Its value is kept and shown. */
static bool is_secret(const char *s, size_t len)
{
	static const char *const ends[] = {"TOKEN",	 "SECRET",     "PASSWORD",    "PASSWD",
					   "PASS",	 "API_KEY",    "ACCESS_KEY",  "PRIVATE_KEY",
					   "SECRET_KEY", "CREDENTIAL", "CREDENTIALS", "CONNECTION_STRING",
					   "DSN"};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t n = strlen(ends[i]);

		if (len >= n && !strncasecmp(s + len - n, ends[i], n))
			return true;
	}
	return false;
}

static const char *check_variable(const char *s, size_t len)
{
	if (!is_variable(s, len))
		return "names something that is no environment variable";
	return is_secret(s, len) ? "names a variable that holds a secret: its value would be kept" : NULL;
}

static const char *check_capture(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) && s[i] != '_')
			return "names a part with something else than small letters, digits and \"_\"";
	return len && len <= 32 ? NULL : "has a part without a name";
}

/* One name of a template's choice, with what stands behind it. */
static const char *check_choice(const char *s, size_t len)
{
	size_t n = 0;

	if (*s == '=')
		return NULL;
	while (n < len && !strchr("^%#", s[n]))
		n++;
	if (n < len && ((s[n] == '^' && len - n != 2) || (s[n] == '%' && len - n != 1) || (s[n] == '#' && len - n < 2)))
		return "has a name with something behind it that is none of ^c, %, #member";
	return *s == '.' ? check_capture(s + 1, n - 1) : check_variable(s, n);
}

const char *cl_recogniser_check_template(const char *t)
{
	if (strlen(t) > TEXT_MAX_BYTES)
		return "is longer than 512 bytes";
	while (*(t += strcspn(t, "{}"))) {
		const char *end = strpbrk(t + 1, "{}"), *why;

		if (*t == '}' || !end || *end == '{' || end == t + 1)
			return "has braces that do not belong together";
		for (t++; t <= end;) {
			size_t n = *t == '=' ? (size_t)(end - t) : strcspn(t, "|}");

			why = check_choice(t, n);
			if (why)
				return why;
			t += n + 1;
		}
	}
	return NULL;
}

const char *cl_recogniser_check_condition(const char *c)
{
	size_t n = strcspn(c, "=");

	if (strlen(c) > TEXT_MAX_BYTES)
		return "holds something longer than 512 bytes";
	return c[n] && !c[n + 1] ? "holds a condition with an empty value" : check_variable(c, n);
}

const char *cl_recogniser_check_basename(const char *s)
{
	return strchr(s, '/') || strlen(s) > TEXT_MAX_BYTES ? "holds something that is not the name of a program"
							    : NULL;
}

const char *cl_recogniser_check_part(const char *s)
{
	return strlen(s) < 4 || strlen(s) > TEXT_MAX_BYTES ? "holds something that is not 4 to 512 bytes long" : NULL;
}

/* Braces of a pattern: {name}, with a literal between two of them. */
static const char *check_pattern(const char *p)
{
	bool open = true;

	if (strlen(p) > TEXT_MAX_BYTES)
		return "is longer than 512 bytes";
	for (const char *end; *p; p = *p ? p + 1 : p) {
		if (*p == '}')
			return "has braces that do not belong together";
		if (*p != '{') {
			open = true;
			continue;
		}
		end = strpbrk(p + 1, "{}/ ");
		if (!end || *end != '}')
			return "has braces that do not belong together";
		if (!open || check_capture(p + 1, (size_t)(end - p) - 1))
			return open ? check_capture(p + 1, (size_t)(end - p) - 1)
				    : "has two parts with nothing between them";
		open = false;
		p = end;
	}
	return NULL;
}

const char *cl_recogniser_check_cgroup(const char *p)
{
	return *p != '/' && strncmp(p, "**/", 3) ? "holds a pattern that begins with neither / nor **/"
						 : check_pattern(p);
}

const char *cl_recogniser_check_command(const char *p)
{
	return *p == ' ' || *p == '{' || !strncmp(p, "...", 3) || strstr(p, "  ")
		       ? "does not begin with a program, or has two blanks in a row"
		       : check_pattern(p);
}
