/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/burst.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct cl_burst *s)
{
	free(s->key);
	free(s->lead);
	cl_use_free(&s->use);
	*s = (struct cl_burst){0};
}

void cl_bursts_free(struct cl_bursts *g)
{
	for (size_t i = 0; i < CL_BURSTS; i++)
		forget(&g->list[i]);
}

static struct cl_burst *begin(struct cl_burst *s, const char *key, const char *lead, uint64_t now)
{
	forget(s);
	s->key = strdup(key);
	s->lead = strdup(lead);
	if (!s->key || !s->lead) {
		forget(s);
		return NULL;
	}
	s->first = now;
	return s;
}

struct cl_burst *cl_burst_of(struct cl_bursts *g, const char *key, const char *lead, uint64_t now)
{
	struct cl_burst *s = &g->list[0];
	bool known = false;

	for (size_t i = 0; i < CL_BURSTS && !known; i++) {
		known = g->list[i].key && !strcmp(g->list[i].key, key);
		if (known || g->list[i].last < s->last)
			s = &g->list[i];
	}
	if (!known || now >= s->last + CL_BURST_QUIET)
		s = begin(s, key, lead, now);
	if (!s)
		return NULL;
	s->last = now;
	s->n++;
	return s;
}
