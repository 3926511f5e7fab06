/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/secure.h"

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(16) char data[];
};

struct cl_arena {
	struct block *head; /* newest first; the oldest survives a reset */
	size_t total, limit;
	bool secure;
};

#define BLOCK_MIN 65536

static struct block *block_new(const struct cl_arena *a, size_t size)
{
	void *p = NULL;

	if (!a->secure)
		p = malloc(sizeof(struct block) + size);
	else if (cl_secure_alloc(&p, sizeof(struct block) + size))
		return NULL;
	if (p)
		*(struct block *)p = (struct block){.size = size};
	return p;
}

static void block_free(const struct cl_arena *a, struct block *b)
{
	void *p = b;

	if (a->secure)
		cl_secure_free(&p, sizeof(*b) + b->size);
	else
		free(b);
}

static int arena_new(struct cl_arena **out, size_t limit, bool secure)
{
	struct cl_arena *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->limit = limit;
	a->secure = secure;
	*out = a;
	return 0;
}

int cl_arena_new(struct cl_arena **out, size_t limit)
{
	return arena_new(out, limit, false);
}

int cl_arena_new_secure(struct cl_arena **out, size_t limit)
{
	return arena_new(out, limit, true);
}

void cl_arena_free(struct cl_arena **p)
{
	if (!*p)
		return;
	while ((*p)->head) {
		struct block *b = (*p)->head;

		(*p)->head = b->next;
		block_free(*p, b);
	}
	free(TAKE_PTR(*p));
}

void cl_arena_reset(struct cl_arena *a)
{
	while (a->head && a->head->next) {
		struct block *b = a->head;

		a->head = b->next;
		block_free(a, b);
	}
	if (a->head) {
		if (a->secure)
			explicit_bzero(a->head->data, a->head->used);
		a->head->used = 0;
		a->total = a->head->size;
	}
}

void *cl_arena_alloc(struct cl_arena *a, size_t size)
{
	size_t need = (size + 15) & ~(size_t)15;
	void *p;

	if (need < size)
		return NULL;
	if (!a->head || a->head->size - a->head->used < need) {
		size_t left = a->limit - a->total, want = left < BLOCK_MIN ? left : BLOCK_MIN;
		struct block *b;

		if (need > left)
			return NULL;
		want = need > want ? need : want;
		b = block_new(a, want);
		if (!b)
			return NULL;
		b->next = a->head;
		a->head = b;
		a->total += want;
	}
	p = a->head->data + a->head->used;
	a->head->used += need;
	memset(p, 0, need);
	return p;
}

bool cl_arena_holds(const struct cl_arena *a, const void *p)
{
	for (const struct block *b = a->head; b; b = b->next)
		if ((const char *)p >= b->data && (const char *)p < b->data + b->used)
			return true;
	return false;
}

char *cl_arena_strndup(struct cl_arena *a, const char *s, size_t len)
{
	char *p = s ? cl_arena_alloc(a, len + 1) : NULL;

	if (p)
		memcpy(p, s, len);
	return p;
}

char *cl_arena_strdup(struct cl_arena *a, const char *s)
{
	return s ? cl_arena_strndup(a, s, strlen(s)) : NULL;
}

char *cl_arena_printf(struct cl_arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *p = NULL;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0)
		p = cl_arena_alloc(a, (size_t)n + 1);
	if (p)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}
