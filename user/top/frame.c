/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "top/frame.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/cleanup.h"

#define ELLIPSIS 0x2026

int cl_frame_new(struct cl_frame **out, int rows, int cols, bool ascii)
{
	size_t n = (size_t)rows * (size_t)cols;
	struct cl_frame *f = calloc(1, sizeof(*f) + n * sizeof(f->cells[0]));

	if (!f)
		return -ENOMEM;
	f->rows = rows;
	f->cols = cols;
	f->ascii = ascii;
	for (size_t i = 0; i < n; i++)
		f->cells[i].ch = ' ';
	*out = f;
	return 0;
}

void cl_frame_free(struct cl_frame **p)
{
	free(*p);
	*p = NULL;
}

/* The next character of well-formed UTF-8. */
static uint32_t next(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	int more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
	uint32_t ch = more ? *p & (0x3fu >> more) : *p;

	for (p++; more && (*p & 0xc0) == 0x80; more--)
		ch = ch << 6 | (*p++ & 0x3fu);
	*s = (const char *)p;
	return ch;
}

/* Cells of a text; `width` of each: 1, or 2 with a 0 behind it. What has no width of its own is written out. */
struct strip {
	uint32_t *cells;
	size_t n;
};

static void add(struct strip *out, uint32_t ch, bool ascii)
{
	int width = ch < 0x80 ? 1 : ascii ? 0 : wcwidth((wchar_t)ch);
	char text[16];

	if (width == 1 || width == 2) {
		out->cells[out->n++] = ch;
		if (width == 2)
			out->cells[out->n++] = 0;
		return;
	}
	snprintf(text, sizeof(text), "\\u{%x}", ch);
	for (const char *c = text; *c; c++)
		out->cells[out->n++] = (unsigned char)*c;
}

static int strip_of(struct strip *out, const char *text, bool ascii)
{
	_cleanup_text_ struct cl_text safe = {0};
	const char *s;

	if (cl_text_escape(&safe, text, strlen(text)))
		return -ENOMEM;
	/* at most \u{10ffff} for two bytes or more */
	out->cells = calloc(safe.len * 5 + 1, sizeof(*out->cells));
	if (!out->cells)
		return -ENOMEM;
	for (s = cl_text_str(&safe); *s;) {
		if (s[0] == '\\' && s[1] == '\\') /* much of what comes was escaped before: one is one */
			s++;
		add(out, next(&s), ascii);
	}
	return 0;
}

static void set(struct cl_frame *f, int row, int col, enum cl_style style, uint32_t ch)
{
	struct cl_cell *cell;

	if (row < 0 || row >= f->rows || col < 0 || col >= f->cols)
		return;
	cell = &f->cells[row * f->cols + col];
	cell->ch = ch;
	cell->style = (uint8_t)style;
}

/* The first cells, and a mark. */
static int put_head(struct cl_frame *f, int row, int col, int width, enum cl_style style, const struct strip *s)
{
	int n = (int)s->n;

	if (n > width) {
		n = width - 1;
		if (n > 0 && !s->cells[n]) /* half a character */
			n--;
		set(f, row, col + n, style, f->ascii ? '~' : ELLIPSIS);
	}
	for (int i = 0; i < n; i++)
		set(f, row, col + i, style, s->cells[i]);
	return (int)s->n > width ? n + 1 : n;
}

/* A mark, and the last cells; the text ends before `col`. */
static int put_tail(struct cl_frame *f, int row, int col, int width, enum cl_style style, const struct strip *s)
{
	int n = (int)s->n;

	if (n > width) {
		n = width - 1;
		if (n > 0 && !s->cells[s->n - (size_t)n])
			n--;
		set(f, row, col - n - 1, style, f->ascii ? '~' : ELLIPSIS);
	}
	for (int i = 0; i < n; i++)
		set(f, row, col - n + i, style, s->cells[s->n - (size_t)n + (size_t)i]);
	return (int)s->n > width ? n + 1 : n;
}

int cl_frame_put(struct cl_frame *f, int row, int col, int width, enum cl_style style, const char *text)
{
	struct strip s = {0};
	int taken = 0;

	if (width > f->cols - col)
		width = f->cols - col;
	if (!width || row < 0 || row >= f->rows || strip_of(&s, text, f->ascii))
		return 0;
	if (s.n)
		taken = width > 0 ? put_head(f, row, col, width, style, &s) : put_tail(f, row, col, -width, style, &s);
	free(s.cells);
	return taken;
}

int cl_frame_printf(struct cl_frame *f, int row, int col, int width, enum cl_style style, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return cl_frame_put(f, row, col, width, style, text);
}

void cl_frame_fill(struct cl_frame *f, int row, int col, enum cl_style style, uint32_t ch)
{
	for (int i = col; i < f->cols; i++)
		set(f, row, i, style, ch ? ch : f->cells[row * f->cols + i].ch);
}

void cl_frame_select(struct cl_frame *f, int row)
{
	for (int i = 0; row >= 0 && row < f->rows && i < f->cols; i++)
		f->cells[row * f->cols + i].selected = true;
}

static int put_character(struct cl_text *out, uint32_t ch)
{
	const char four[] = {(char)(0xf0 | ch >> 18), (char)(0x80 | (ch >> 12 & 0x3f)), (char)(0x80 | (ch >> 6 & 0x3f)),
			     (char)(0x80 | (ch & 0x3f))};
	const char three[] = {(char)(0xe0 | ch >> 12), four[2], four[3]}, two[] = {(char)(0xc0 | ch >> 6), four[3]};
	const char one = (char)ch;

	if (ch < 0x80)
		return cl_text_append(out, &one, 1);
	if (ch < 0x800)
		return cl_text_append(out, two, sizeof(two));
	return ch < 0x10000 ? cl_text_append(out, three, sizeof(three)) : cl_text_append(out, four, sizeof(four));
}

int cl_frame_line(const struct cl_frame *f, int row, struct cl_text *out)
{
	const struct cl_cell *cells = &f->cells[row * f->cols];
	int n = f->cols, r = 0;

	while (n && cells[n - 1].ch == ' ')
		n--;
	for (int i = 0; !r && i < n; i++)
		if (cells[i].ch)
			r = put_character(out, cells[i].ch);
	return r;
}
