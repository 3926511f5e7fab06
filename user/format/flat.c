/* SPDX-License-Identifier: Apache-2.0 */
#include "format/flat.h"

#include <string.h>

int cl_flat_visible(struct cl_text *out, const char *s, size_t len, const char *keep, const char *drop)
{
	int r = 0;

	while (len && !r) {
		size_t n = 0;

		while (n < len && s[n] && s[n] != '\\' && !strchr(keep, s[n]) && !strchr(drop, s[n]))
			n++;
		r = cl_text_escape(out, s, n);
		if (n == len || r)
			break;
		if (!s[n] || strchr(drop, s[n]))
			r = cl_text_printf(out, "\\x%02x", (unsigned char)s[n]);
		else
			r = cl_text_append(out, &s[n], 1);
		s += n + 1;
		len -= n + 1;
	}
	return r;
}

bool cl_flat_cut(struct cl_text *text, size_t max)
{
	size_t len = max;

	if (text->len <= max)
		return false;
	while (len && ((unsigned char)text->s[len] & 0xc0) == 0x80)
		len--;
	text->s[len] = '\0';
	text->len = len;
	return true;
}
