/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/shared.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"

struct cl_shared {
	UT_hash_handle hh;
	uint32_t refs;
	bool interned;
	char s[];
};

static struct cl_shared *owner(char *s)
{
	return (struct cl_shared *)(void *)(s - offsetof(struct cl_shared, s));
}

static int make(struct cl_shared **table, struct cl_shared **out, const char *s, size_t len, bool intern)
{
	struct cl_shared *e = NULL;

	if (intern)
		HASH_FIND(hh, *table, s, len, e);
	if (e) {
		e->refs++;
		*out = e;
		return 0;
	}
	e = malloc(sizeof(*e) + len + 1);
	if (!e)
		return -ENOMEM;
	e->refs = 1;
	e->interned = intern;
	memcpy(e->s, s, len);
	e->s[len] = '\0';
	if (intern) {
		HASH_ADD_KEYPTR(hh, *table, e->s, len, e);
		if (!cl_table_added(e)) {
			free(e);
			return -ENOMEM;
		}
	}
	*out = e;
	return 0;
}

int cl_shared_set(struct cl_shared **table, char **slot, const char *s, size_t max, bool intern)
{
	struct cl_shared *e = NULL;
	int r;

	if (s == *slot || (s && *slot && !strcmp(s, *slot)))
		return 0;
	if (s) {
		r = make(table, &e, s, strnlen(s, max), intern);
		if (r)
			return r;
	}
	cl_shared_put(table, slot);
	*slot = e ? e->s : NULL;
	return 0;
}

void cl_shared_copy(struct cl_shared **table, char **slot, char *from)
{
	if (from)
		owner(from)->refs++;
	cl_shared_put(table, slot);
	*slot = from;
}

void cl_shared_put(struct cl_shared **table, char **slot)
{
	struct cl_shared *e;

	if (!*slot)
		return;
	e = owner(*slot);
	*slot = NULL;
	if (--e->refs)
		return;
	if (e->interned)
		HASH_DELETE(hh, *table, e);
	free(e);
}
