/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/tell.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "credential/ccache.h"
#include "credential/lifetime.h"

static void start_with(struct cl_facts *facts, const char *text)
{
	struct cl_fact_line line;
	char name[64];

	while (text && cl_facts_next(&text, &line)) {
		snprintf(name, sizeof(name), "%.*s", (int)line.name_len, line.name);
		cl_facts_put_clean(facts, name, line.value, line.value_len);
	}
}

void cl_tell(const struct cl_beside *b, const struct cl_find *f, struct cl_arena *arena, struct cl_sighting *one)
{
	struct cl_facts facts = {.len = 0};

	start_with(&facts, f->claims);
	cl_lifetime_read(f->format, &facts);
	cl_beside_read(b, &facts, &one->expires, &one->class);
	if (!one->expires && one->class == CL_CLASS_EPHEMERAL)
		one->lifetime = f->format->ttl;
	one->facts = cl_arena_strdup(arena, cl_facts_text(&facts));
}

/* Lines in which the scanner finds or suspects something; the text's offsets are those of the finds. */
static bool is_hit(const struct cl_find *finds, size_t n, size_t from, size_t to)
{
	for (size_t i = 0; i < n; i++)
		if (finds[i].from < to && from < finds[i].to)
			return true;
	return false;
}

static const char *without(const char *text, const struct cl_find *finds, size_t n, struct cl_arena *arena)
{
	struct cl_facts clean = {.len = 0};
	const char *at = text;
	struct cl_fact_line line;
	char name[64];

	while (cl_facts_next(&at, &line)) {
		size_t from = (size_t)(line.value - text);

		snprintf(name, sizeof(name), "%.*s", (int)line.name_len, line.name);
		if (is_hit(finds, n, from, from + line.value_len))
			cl_facts_puts(&clean, name, "[credential]");
		else
			cl_facts_put_clean(&clean, name, line.value, line.value_len);
	}
	return cl_arena_strdup(arena, cl_facts_text(&clean));
}

int cl_tell_redact(struct cl_scanner *s, struct cl_arena *arena, struct cl_sighting *list, size_t n)
{
	const struct cl_find *finds = NULL;

	for (size_t i = 0; i < n; i++) {
		ssize_t hits = list[i].facts ? cl_scanner_find(s, list[i].facts, strlen(list[i].facts), &finds) : 0;

		if (hits < 0)
			return (int)hits;
		if (hits)
			list[i].facts = without(list[i].facts, finds, (size_t)hits, arena);
	}
	return 0;
}

/* ---- Kerberos ---- */

struct tickets {
	const struct cl_fp_key *key;
	struct cl_arena *arena;
	struct cl_sighting *out;
	size_t n, max;
	uint64_t *cut;
};

static int add_ticket(void *ctx, const struct cl_ticket *t)
{
	struct tickets *all = ctx;
	struct cl_sighting *s = &all->out[all->n];
	struct cl_fact_line server;
	struct cl_fp_names names;

	if (all->n == all->max) {
		++*all->cut;
		return 0;
	}
	if (cl_fp_name(all->key, t->secret.p, t->secret.len, false, &names))
		return 0;
	*s = (struct cl_sighting){.key_id = names.key_id,
				  .other_key_id = names.other_key_id,
				  .source = CL_SOURCE_FILE,
				  .class = CL_CLASS_EPHEMERAL,
				  .expires = t->expires,
				  .provider = "Kerberos",
				  .format = "kerberos_ticket",
				  .facts = cl_arena_strdup(all->arena, cl_facts_text(&t->facts))};
	if (cl_facts_find(s->facts, "audience", &server))
		s->name = cl_arena_strndup(all->arena, server.value, server.value_len);
	memcpy(s->fp, names.fp, CL_FP_SIZE);
	memcpy(s->other, names.other, CL_FP_SIZE);
	all->n++;
	return 0;
}

size_t cl_tell_tickets(const struct cl_fp_key *key, const char *bytes, size_t len, struct cl_arena *arena,
		       struct cl_sighting *out, size_t max, uint64_t *cut)
{
	struct tickets all = {.key = key, .arena = arena, .out = out, .max = max, .cut = cut};

	cl_ccache_read(bytes, len, add_ticket, &all);
	return all.n;
}
