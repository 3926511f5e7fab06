/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/beginnings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "credential/pattern.h"

#define LITERAL_MIN 3
#define LITERAL_PLAIN 4 /* a shorter one says nothing by itself: ... */
#define FOLLOWING 16	/* ... so many characters must follow */
#define LITERAL_SIZE 24

struct cl_beginnings {
	size_t n;
	uint16_t first[256], end[256]; /* literals that begin with that byte */
	struct literal {
		char s[LITERAL_SIZE];
		size_t len;
	} literals[];
};

static int by_text(const void *a, const void *b)
{
	const struct literal *x = a, *y = b;

	return strcmp(x->s, y->s);
}

int cl_beginnings_new(struct cl_beginnings **out, const struct cl_catalogue *c)
{
	const struct cl_format *formats;
	size_t n = cl_catalogue_formats(c, &formats);
	struct cl_beginnings *b = calloc(1, sizeof(*b) + n * sizeof(*b->literals));

	if (!b)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct literal *l = &b->literals[b->n];

		if (!formats[i].pattern || formats[i].context)
			continue;
		l->len = cl_pattern_prefix(formats[i].pattern, l->s, sizeof(l->s) - 1);
		l->s[l->len] = '\0';
		b->n += l->len >= LITERAL_MIN;
	}
	qsort(b->literals, b->n, sizeof(*b->literals), by_text);
	for (size_t i = b->n; i-- > 0;) {
		unsigned char first = (unsigned char)b->literals[i].s[0];

		b->first[first] = (uint16_t)i;
		b->end[first] = b->end[first] ? b->end[first] : (uint16_t)(i + 1);
	}
	*out = b;
	return 0;
}

void cl_beginnings_free(struct cl_beginnings **p)
{
	free(TAKE_PTR(*p));
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool begins(const struct cl_beginnings *b, const char *s, size_t len)
{
	unsigned char first = (unsigned char)*s;

	for (size_t i = b->first[first]; i < b->end[first]; i++) {
		const struct literal *l = &b->literals[i];
		size_t more = l->len < LITERAL_PLAIN ? FOLLOWING : 1;

		if (l->len + more <= len && !memcmp(l->s, s, l->len))
			return true;
	}
	return false;
}

size_t cl_beginnings_find(const struct cl_beginnings *b, const char *s, size_t len)
{
	size_t word = len; /* where the text's last run of a value's characters begins */

	while (word && (is_word(s[word - 1]) || (s[word - 1] && strchr("-.+/=%:", s[word - 1]))))
		word--;
	for (size_t i = word; i < len; i++)
		if ((i == 0 || !is_word(s[i - 1])) && begins(b, s + i, len - i))
			return i;
	return len;
}
