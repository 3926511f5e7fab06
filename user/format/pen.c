/* SPDX-License-Identifier: Apache-2.0 */
#include "format/pen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

void cl_pen_puts(struct cl_pen *p, const char *s)
{
	p->r = p->r ? p->r : cl_text_puts(p->out, s);
}

void cl_pen_printf(struct cl_pen *p, const char *fmt, ...)
{
	char buf[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	cl_pen_puts(p, buf);
}

void cl_pen_name(struct cl_pen *p, const char *s, size_t max)
{
	p->r = p->r ? p->r : cl_text_escape_short(p->out, s, max);
}

void cl_pen_sentence(struct cl_pen *p, const char *s, size_t max)
{
	_cleanup_text_ struct cl_text clean = {0};
	size_t len = strnlen(s, max + 1);

	p->r = p->r ? p->r : cl_text_escape(&clean, s, len);
	if (p->r || !clean.len)
		return;
	if (clean.s[0] >= 'a' && clean.s[0] <= 'z')
		clean.s[0] = (char)(clean.s[0] - 'a' + 'A');
	for (len = clean.len > max ? max : clean.len; len < clean.len && ((unsigned char)clean.s[len] & 0xc0) == 0x80;)
		len--;
	p->r = cl_text_append(p->out, clean.s, len);
	cl_pen_puts(p, len < clean.len ? "..." : ".");
}

void cl_pen_member(struct cl_pen *p, const char *before, const cJSON *from, const char *path, size_t max)
{
	const char *s = cl_json_get_str(from, path);

	if (!*s)
		return;
	cl_pen_puts(p, before);
	cl_pen_name(p, s, max);
}

void cl_pen_time(struct cl_pen *p, const char *before, const cJSON *from, const char *path)
{
	const char *s = cl_json_get_str(from, path);
	char seconds[20];

	if (!*s)
		return;
	snprintf(seconds, sizeof(seconds), "%.19s", s);
	cl_pen_puts(p, before);
	cl_pen_name(p, seconds, CL_PEN_NAME);
	cl_pen_puts(p, "Z");
}

void cl_pen_number(struct cl_pen *p, double n, const char *one, const char *many)
{
	cl_pen_printf(p, "%.0f %s", n, n == 1 ? one : many);
}
