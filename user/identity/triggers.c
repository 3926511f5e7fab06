/* SPDX-License-Identifier: Apache-2.0 */
/* What clauses of recognisers are found by: names, by binary search, and parts of texts, in one pass over the text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "identity/recognise_internal.h"

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int r = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return r ? r : (a_len > b_len) - (a_len < b_len);
}

static int by_name(const void *a, const void *b)
{
	const struct cl_trigger *x = a, *y = b;

	return compare(x->name, x->len, y->name, y->len);
}

int cl_triggers_add(struct cl_triggers *t, const char *name, size_t len, size_t clause)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 16;
		struct cl_trigger *bigger = realloc(t->list, cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		t->list = bigger;
		t->cap = cap;
	}
	t->list[t->n++] = (struct cl_trigger){name, len, (uint16_t)clause};
	return 0;
}

void cl_triggers_sort(struct cl_triggers *t)
{
	if (t->n)
		qsort(t->list, t->n, sizeof(struct cl_trigger), by_name);
}

void cl_triggers_free(struct cl_triggers *t)
{
	free(t->list);
	*t = (struct cl_triggers){0};
}

size_t cl_triggers_first(const struct cl_triggers *t, const char *name, size_t len)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare(t->list[middle].name, t->list[middle].len, name, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool cl_triggers_is_at(const struct cl_triggers *t, size_t i, const char *name, size_t len)
{
	return i < t->n && !compare(t->list[i].name, t->list[i].len, name, len);
}

void cl_triggers_find(const struct cl_triggers *t, const char *name, size_t len, struct cl_clause_set *out)
{
	for (size_t i = cl_triggers_first(t, name, len); cl_triggers_is_at(t, i, name, len); i++)
		cl_clause_set_add(out, t->list[i].clause);
}

/* ---- parts ---- */

static size_t mark_of(const char *s)
{
	return ((unsigned char)s[0] * 37u + (unsigned char)s[1]) % CL_PART_MARKS;
}

int cl_parts_add(struct cl_parts *p, const char *s, size_t len, size_t clause)
{
	size_t mark = mark_of(s);

	p->marks[mark / 64] |= 1ull << mark % 64;
	return cl_triggers_add(&p->list, s, len, clause);
}

void cl_parts_find(const struct cl_parts *p, const char *text, struct cl_clause_set *out)
{
	for (const char *s = text; s[0] && s[1]; s++) {
		size_t mark = mark_of(s);

		if (!(p->marks[mark / 64] >> mark % 64 & 1))
			continue;
		for (size_t i = 0; i < p->list.n; i++)
			if (!strncmp(s, p->list.list[i].name, p->list.list[i].len))
				cl_clause_set_add(out, p->list.list[i].clause);
	}
}
