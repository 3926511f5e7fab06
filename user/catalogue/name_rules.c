/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stores' globs as rules on one basename, for the kernel's filter. A rule may let through too much (userspace asks
 * the glob afterwards), never too little; what would let through nearly everything ("*.json") makes no rule and is
 * listed by cl_catalogue_unruled.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "catalogue/internal.h"
#include "catalogue/copies.h"

#define PARENTS (ARRAY_SIZE(((struct cl_name_exact *)0)->parents) - 1)
#define NAME_MAX_BYTES 63
#define PARENT_SIZE 128

enum rule { RULE_NONE, RULE_EXACT, RULE_PREFIX, RULE_SUFFIX };

/* Four bytes that too many other files share. */
static bool is_common(const char *affix)
{
	static const char *const common[] = {
		"json", "yaml", ".yml", "toml", "conf", ".cfg", ".ini", ".xml", ".txt", ".log", "file", "ties",
		".bak", ".sql", "lite", "data", "user", "serv", "sett", "test", "inde", "main", "lock",
	};

	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		if (!memcmp(affix, common[i], 4))
			return true;
	return false;
}

/* What kind of rule a glob gets; affix gets the four bytes of a prefix or suffix. */
static enum rule classify(const char *glob, char affix[5])
{
	const char *base = cl_basename(glob), *star = strchr(base, '*');
	size_t len = strlen(base), tail;

	if (!star)
		return len <= NAME_MAX_BYTES ? RULE_EXACT : RULE_NONE;
	memset(affix, 0, 5);
	if (star - base >= 4) {
		memcpy(affix, base, 4);
		if (!is_common(affix))
			return RULE_PREFIX;
	}
	tail = strlen(strrchr(base, '*') + 1);
	if (tail < 4)
		return RULE_NONE;
	memcpy(affix, base + len - 4, 4);
	return is_common(affix) ? RULE_NONE : RULE_SUFFIX;
}

/* The directory's name when the glob gives it literally. */
static bool literal_parent(const char *glob, char parent[PARENT_SIZE])
{
	const char *end = cl_basename(glob) - 1, *start = end;

	while (start > glob && start[-1] != '/')
		start--;
	if (end <= start || (size_t)(end - start) >= PARENT_SIZE)
		return false;
	memcpy(parent, start, (size_t)(end - start));
	parent[end - start] = '\0';
	return !strchr(parent, '*') && strcmp(parent, "~");
}

static struct cl_name_exact *find_exact(struct cl_name_rules *r, const char *name)
{
	for (size_t i = 0; i < r->n_exact; i++)
		if (!strcmp(r->exact[i].name, name))
			return &r->exact[i];
	return NULL;
}

static void free_parents(struct cl_name_exact *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(e->parents); i++) {
		free((void *)(uintptr_t)e->parents[i]);
		e->parents[i] = NULL;
	}
}

/* Any directory will do from now on. */
static void open_to_all(struct cl_name_exact *e)
{
	free_parents(e);
}

static int add_parent(struct cl_name_exact *e, const char *parent)
{
	size_t n = 0;

	for (; e->parents[n]; n++)
		if (!strcmp(e->parents[n], parent))
			return 0;
	if (n == PARENTS) {
		open_to_all(e);
		return 0;
	}
	e->parents[n] = strdup(parent);
	return e->parents[n] ? 0 : -ENOMEM;
}

static int add_exact(struct cl_name_rules *r, const char *glob)
{
	struct cl_name_exact *e = find_exact(r, cl_basename(glob));
	char parent[PARENT_SIZE];
	bool fresh = !e;

	if (fresh) {
		e = &r->exact[r->n_exact];
		e->name = strdup(cl_basename(glob));
		if (!e->name)
			return -ENOMEM;
		r->n_exact++;
	}
	if (literal_parent(glob, parent))
		return fresh || e->parents[0] ? add_parent(e, parent) : 0;
	open_to_all(e);
	return 0;
}

/* The same directories for the names of a file's copies. */
static int add_copies(struct cl_name_rules *r, size_t original)
{
	char name[NAME_MAX_BYTES + 1];

	for (size_t form = 0; form < CL_COPY_FORMS; form++) {
		struct cl_name_exact *e = &r->exact[r->n_exact];
		const char *const *parents = r->exact[original].parents;

		if (!cl_copy_name(name, sizeof(name), r->exact[original].name, form) || find_exact(r, name))
			continue;
		e->name = strdup(name);
		if (!e->name)
			return -ENOMEM;
		r->n_exact++;
		for (size_t i = 0; parents[i]; i++)
			if (add_parent(e, parents[i]))
				return -ENOMEM;
	}
	return 0;
}

static int add_affix(char (*list)[5], size_t *n, const char *affix)
{
	for (size_t i = 0; i < *n; i++)
		if (!strcmp(list[i], affix))
			return 0;
	if (*n == ARRAY_SIZE(((struct cl_name_rules *)0)->prefixes))
		return -E2BIG;
	memcpy(list[(*n)++], affix, 5);
	return 0;
}

int cl_catalogue_name_rules(const struct cl_catalogue *c, struct cl_name_rules *out)
{
	_cleanup_(cl_name_rules_free) struct cl_name_rules r = {0};
	size_t originals;
	int s = 0;

	r.exact = calloc(c->n_stores * (1 + CL_COPY_FORMS) + 1, sizeof(*r.exact));
	if (!r.exact)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_stores && !s; i++) {
		char affix[5];

		switch (classify(c->stores[i].path, affix)) {
		case RULE_EXACT:
			s = add_exact(&r, c->stores[i].path);
			break;
		case RULE_PREFIX:
			s = add_affix(r.prefixes, &r.n_prefixes, affix);
			break;
		case RULE_SUFFIX:
			s = add_affix(r.suffixes, &r.n_suffixes, affix);
			break;
		case RULE_NONE:
			break;
		}
	}
	originals = r.n_exact;
	for (size_t i = 0; i < originals && !s; i++)
		s = add_copies(&r, i);
	if (s)
		return s;
	*out = r;
	r = (struct cl_name_rules){0};
	return 0;
}

static bool exact_passes(const struct cl_name_exact *e, const char *path, const char *base)
{
	size_t len;

	if (strcmp(e->name, base))
		return false;
	for (size_t i = 0; e->parents[i]; i++) {
		len = strlen(e->parents[i]);
		if (base - path > (ptrdiff_t)len && !memcmp(base - 1 - len, e->parents[i], len) &&
		    (base - 1 - len == path || base[-2 - (ptrdiff_t)len] == '/'))
			return true;
	}
	return !e->parents[0];
}

bool cl_name_rules_pass(const struct cl_name_rules *r, const char *path)
{
	const char *base = cl_basename(path);
	size_t len = strlen(base);

	for (size_t i = 0; i < r->n_exact; i++)
		if (exact_passes(&r->exact[i], path, base))
			return true;
	for (size_t i = 0; i < r->n_prefixes; i++)
		if (len >= 4 && !memcmp(base, r->prefixes[i], 4))
			return true;
	for (size_t i = 0; i < r->n_suffixes; i++)
		if (len >= 4 && !memcmp(base + len - 4, r->suffixes[i], 4))
			return true;
	return false;
}

void cl_name_rules_free(struct cl_name_rules *r)
{
	for (size_t i = 0; i < r->n_exact; i++) {
		free_parents(&r->exact[i]);
		free((void *)(uintptr_t)r->exact[i].name);
	}
	free(r->exact);
	*r = (struct cl_name_rules){0};
}

size_t cl_catalogue_unruled(const struct cl_catalogue *c, const struct cl_store **out, size_t max)
{
	size_t n = 0;
	char affix[5];

	for (size_t i = 0; i < c->n_stores; i++) {
		if (classify(c->stores[i].path, affix) != RULE_NONE)
			continue;
		if (n < max)
			out[n] = &c->stores[i];
		n++;
	}
	return n;
}
