/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/holdings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/snapshot.h"
#include "event/facts.h"

static void unlink_use(struct cl_holdings *h, struct cl_credential *c, struct cl_use *u)
{
	if (h->evicting)
		h->evicting(h->ctx, u);
	if (u->prev)
		u->prev->next = u->next;
	else
		c->uses = u->next;
	if (u->next)
		u->next->prev = u->prev;
	c->n_uses--;
	h->stats->uses--;
	cl_use_free(&u);
}

static void append_use(struct cl_credential *c, struct cl_use *u)
{
	struct cl_use *tail = c->uses;

	while (tail && tail->next)
		tail = tail->next;
	u->prev = tail;
	u->next = NULL;
	if (tail)
		tail->next = u;
	else
		c->uses = u;
}

static void touch_use(struct cl_credential *c, struct cl_use *u)
{
	if (!u->next)
		return;
	u->next->prev = u->prev;
	if (u->prev)
		u->prev->next = u->next;
	else
		c->uses = u->next;
	append_use(c, u);
}

static struct cl_use *use_victim(const struct cl_credential *c)
{
	for (struct cl_use *u = c->uses; u; u = u->next)
		for (const struct cl_use *o = u->next; o; o = o->next)
			if (o->workflow_hash == u->workflow_hash)
				return u;
	return c->uses;
}

static void credential_free(struct cl_holdings *h, struct cl_credential *c)
{
	while (c->uses)
		unlink_use(h, c, c->uses);
	HASH_DEL(h->credentials, c);
	h->stats->credentials--;
	cl_run_view_free(&c->home);
	free(c->provider);
	free(c->format);
	free(c->kind);
	free(c->facts);
	free(c);
}

struct cl_credential *cl_holdings_credential(const struct cl_holdings *h, const uint8_t fp[CL_FP_SIZE])
{
	struct cl_credential *c = NULL;

	HASH_FIND(hh, h->credentials, fp, CL_FP_SIZE, c);
	return c;
}

/* What an earlier sighting could not tell. */
static int complete(struct cl_credential *c, const struct cl_sighting *s)
{
	int r = 0;

	if (s->other_key_id) {
		memcpy(c->shown, s->other, CL_FP_SIZE);
		c->shown_key_id = s->other_key_id;
	}
	if (!c->class)
		c->class = s->class;
	/* What is written beside a token may be put off. */
	if (s->expires > c->expires)
		c->expires = s->expires;
	if (s->lifetime)
		c->lifetime = s->lifetime;
	if (!c->provider)
		r = cl_dup_bounded(&c->provider, s->provider, CL_NAME_SHOWN);
	if (!c->format && !r)
		r = cl_dup_bounded(&c->format, s->format, CL_NAME_SHOWN);
	if (!c->kind && !r)
		r = cl_dup_bounded(&c->kind, s->kind, CL_NAME_SHOWN);
	if (s->facts && !r && (!c->facts || strlen(s->facts) > strlen(c->facts))) {
		free(c->facts);
		c->facts = NULL;
		r = cl_dup_bounded(&c->facts, s->facts, CL_FACTS_SIZE);
	}
	return r;
}

static int credential_new(struct cl_holdings *h, const struct cl_sighting *s, uint64_t when, struct cl_credential **out)
{
	struct cl_credential *c;

	while (HASH_COUNT(h->credentials) >= h->max_credentials && h->credentials) {
		credential_free(h, h->credentials);
		h->stats->credentials_evicted++;
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	memcpy(c->fp, s->fp, CL_FP_SIZE);
	memcpy(c->shown, s->fp, CL_FP_SIZE);
	c->key_id = c->shown_key_id = s->key_id;
	c->local = s->local;
	c->first = when;
	HASH_ADD(hh, h->credentials, fp, CL_FP_SIZE, c);
	if (!c->hh.tbl) {
		free(c);
		return -ENOMEM;
	}
	h->stats->credentials++;
	*out = c;
	return 0;
}

int cl_holdings_enter(struct cl_holdings *h, const struct cl_sighting *s, uint64_t when, struct cl_credential **out)
{
	struct cl_credential *c = cl_holdings_credential(h, s->fp);
	int r = 0;

	if (!c) {
		r = credential_new(h, s, when, &c);
	} else if (c->hh.next) { /* uthash keeps the order of insertion: the head is the least recent */
		HASH_DEL(h->credentials, c);
		HASH_ADD(hh, h->credentials, fp, CL_FP_SIZE, c);
	}
	r = r ? r : complete(c, s);
	if (r)
		return r;
	c->first = when < c->first ? when : c->first;
	c->last = when > c->last ? when : c->last;
	*out = c;
	return 0;
}

struct cl_use *cl_credential_use(const struct cl_credential *c, const char *run_id)
{
	for (struct cl_use *u = c->uses; u; u = u->next)
		if (!strcmp(u->run.id, run_id))
			return u;
	return NULL;
}

static int use_new(struct cl_holdings *h, struct cl_credential *c, const struct cl_run *run, const struct cl_host *host,
		   struct cl_use **out)
{
	struct cl_use *u;
	int r = cl_use_alone(run, host, &u);

	if (r)
		return r;
	while (c->n_uses >= h->max_uses && c->uses) {
		unlink_use(h, c, use_victim(c));
		h->stats->uses_evicted++;
	}
	u->credential = c;
	append_use(c, u);
	c->n_uses++;
	h->stats->uses++;
	*out = u;
	return 0;
}

int cl_holdings_use(struct cl_holdings *h, struct cl_credential *c, const struct cl_run *run,
		    const struct cl_host *host, struct cl_use **out)
{
	struct cl_use *u = cl_credential_use(c, run->id);

	if (!u)
		return use_new(h, c, run, host, out);
	u->run.state = run->state;
	u->run.end = cl_wall(host, run->end);
	touch_use(c, u);
	*out = u;
	return 0;
}

void cl_holdings_free(struct cl_holdings *h)
{
	struct cl_credential *c, *next_c;
	struct cl_holder *p, *next_p;

	h->evicting = NULL;
	HASH_ITER (hh, h->credentials, c, next_c)
		credential_free(h, c);
	HASH_ITER (hh, h->holders, p, next_p)
		cl_holdings_drop(h, p->key);
}
