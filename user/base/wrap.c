/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wrap.h"

#include <ctype.h>
#include <string.h>
#include <sys/ioctl.h>

#define NARROWEST 40
#define WIDEST 100
#define USUAL 80

size_t cl_wrap_width(int fd)
{
	struct winsize size = {0};

	if (ioctl(fd, TIOCGWINSZ, &size) || !size.ws_col)
		return USUAL;
	return size.ws_col < NARROWEST ? NARROWEST : size.ws_col > WIDEST ? WIDEST : size.ws_col;
}

/* Characters, as far as a terminal's columns can be told from the bytes. */
static size_t columns(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

static size_t hanging(const char *line)
{
	size_t digits = 0;

	while (isdigit((unsigned char)line[digits]))
		digits++;
	return digits && !strncmp(line + digits, ". ", 2) ? digits + 2 : 0;
}

static int wrap_line(const char *line, size_t len, size_t width, struct cl_text *out)
{
	size_t at = 0, indent = hanging(line);
	int r = 0;

	for (size_t i = 0; i < len && !r;) {
		size_t word = strcspn(line + i, " \n"), wide;

		word = word < len - i ? word : len - i;
		wide = columns(line + i, word);
		if (at && at + 1 + wide > width) {
			r = cl_text_printf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at) {
			r = cl_text_puts(out, " ");
			at++;
		}
		r = r ? r : cl_text_append(out, line + i, word);
		at += wide;
		i += word + (i + word < len);
	}
	return r;
}

int cl_wrap(const char *text, size_t width, struct cl_text *out)
{
	int r = 0;

	for (const char *line = text; !r && *line;) {
		size_t len = strcspn(line, "\n");

		r = strncmp(line, "  ", 2) ? wrap_line(line, len, width, out) : cl_text_append(out, line, len);
		line += len;
		if (*line)
			r = r ? r : cl_text_puts(out, "\n");
		line += *line == '\n';
	}
	return r;
}
