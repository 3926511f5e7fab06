/* SPDX-License-Identifier: Apache-2.0 */
/* What rules answer, and how often they did. */
#include "policy/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "policy/rules_internal.h"

/* Nobody's credentials are held to have lived too long before a site has said how long they may. */
static const char defaults[] = "{}";

int cl_rules_defaults(struct cl_rules **out)
{
	return cl_rules_parse(out, "built in", defaults, strlen(defaults), NULL, NULL);
}

static void free_match(struct cl_match *m)
{
	for (uint32_t i = 0; i < CL_CRITERIA; i++)
		cl_patterns_free(&m->by[i]);
}

static void free_rule(struct cl_rule_full *rule)
{
	free_match(&rule->match);
	for (size_t i = 0; i < rule->n_runs; i++)
		free_match(&rule->runs[i]);
	free(rule->runs);
	cl_patterns_free(&rule->workflows);
	cl_patterns_free(&rule->environments);
	cl_patterns_free(&rule->destinations);
	cJSON_Delete(rule->written);
}

void cl_rules_free(struct cl_rules **p)
{
	struct cl_rules *r = TAKE_PTR(*p);

	for (uint32_t s = 0; r && s < CL_RULES_SECTIONS; s++) {
		for (size_t i = 0; i < r->n[s]; i++)
			free_rule(&r->list[s][i]);
		free(r->list[s]);
	}
	free(r);
}

/* ---- questions ---- */

const char *cl_rules_environment_of_run(const struct cl_rules *r, const struct cl_subject *run)
{
	for (size_t i = 0; i < r->n[CL_RULES_ENVIRONMENTS]; i++) {
		const struct cl_rule_full *rule = &r->list[CL_RULES_ENVIRONMENTS][i];

		for (size_t j = 0; j < rule->n_runs; j++)
			if (cl_match(&rule->runs[j], run))
				return rule->head.label;
	}
	return NULL;
}

const char *cl_rules_environment_of_destination(const struct cl_rules *r, const struct cl_subject_place *to)
{
	for (size_t i = 0; i < r->n[CL_RULES_ENVIRONMENTS]; i++) {
		const struct cl_rule_full *rule = &r->list[CL_RULES_ENVIRONMENTS][i];

		if (cl_patterns_reach(&rule->destinations, to))
			return rule->head.label;
	}
	return NULL;
}

static bool holds(const struct cl_rule *rule, uint64_t now)
{
	return !rule->until || now < rule->until;
}

static struct cl_rule *first_of(struct cl_rules *r, uint32_t section, const struct cl_subject *s, uint64_t now)
{
	for (size_t i = 0; i < r->n[section]; i++) {
		struct cl_rule_full *rule = &r->list[section][i];

		if (holds(&rule->head, now) && cl_match(&rule->match, s))
			return &rule->head;
	}
	return NULL;
}

uint64_t cl_rules_ttl(const struct cl_rules *r, const struct cl_subject *credential)
{
	for (size_t i = 0; i < r->n[CL_RULES_TIME_TO_LIVE]; i++) {
		const struct cl_rule_full *rule = &r->list[CL_RULES_TIME_TO_LIVE][i];

		if (cl_match(&rule->match, credential))
			return rule->head.max;
	}
	return 0;
}

struct cl_rule *cl_rules_reader(struct cl_rules *r, const struct cl_subject *s, uint64_t now)
{
	return first_of(r, CL_RULES_READERS, s, now);
}

struct cl_rule *cl_rules_excludes(struct cl_rules *r, const struct cl_subject *s, uint64_t now)
{
	return first_of(r, CL_RULES_EXCLUSIONS, s, now);
}

struct cl_rule *cl_rules_severity(struct cl_rules *r, const struct cl_subject *s, uint64_t now)
{
	return first_of(r, CL_RULES_SEVERITIES, s, now);
}

/* A list that is not there does not restrict. */
static bool covers(const struct cl_rule_full *rule, const struct cl_subject *s)
{
	return cl_match(&rule->match, s) &&
	       (!rule->workflows.n || cl_patterns_match(&rule->workflows, CL_BY_WORKFLOW, s)) &&
	       (!rule->environments.n || cl_patterns_match(&rule->environments, CL_BY_ENVIRONMENT, s));
}

static bool covers_reached(const struct cl_rule_full *rule, const struct cl_subject *s)
{
	if (rule->destinations.n && s->reached_cut)
		return false;
	for (size_t i = 0; rule->destinations.n && i < s->n_reached; i++)
		if (!cl_patterns_reach(&rule->destinations, &s->reached[i]))
			return false;
	return covers(rule, s);
}

struct cl_rule *cl_rules_shares(struct cl_rules *r, const struct cl_subject *a, const struct cl_subject *b,
				uint64_t now)
{
	for (size_t i = 0; i < r->n[CL_RULES_SHARING]; i++) {
		struct cl_rule_full *rule = &r->list[CL_RULES_SHARING][i];

		if (holds(&rule->head, now) && (rule->workflows.n || rule->environments.n) && covers_reached(rule, a) &&
		    covers_reached(rule, b))
			return &rule->head;
	}
	return NULL;
}

struct cl_rule *cl_rules_may_reach(struct cl_rules *r, const struct cl_subject *s, uint64_t now)
{
	for (size_t i = 0; i < r->n[CL_RULES_SHARING]; i++) {
		struct cl_rule_full *rule = &r->list[CL_RULES_SHARING][i];

		if (holds(&rule->head, now) && cl_patterns_reach(&rule->destinations, &s->to) && covers(rule, s))
			return &rule->head;
	}
	return NULL;
}

/* ---- use ---- */

void cl_rule_count(struct cl_rule *rule, uint64_t now)
{
	rule->used++;
	rule->first = rule->first ? rule->first : now;
	rule->last = now > rule->last ? now : rule->last;
}

static struct cl_rule *by_id(const struct cl_rules *r, const char *id)
{
	for (uint32_t s = 0; s < CL_RULES_SECTIONS; s++)
		for (size_t i = 0; i < r->n[s]; i++)
			if (!strcmp(r->list[s][i].head.id, id))
				return &r->list[s][i].head;
	return NULL;
}

void cl_rules_inherit(struct cl_rules *r, const struct cl_rules *before)
{
	for (uint32_t s = 0; s < CL_RULES_SECTIONS; s++) {
		for (size_t i = 0; i < before->n[s]; i++) {
			const struct cl_rule *old = &before->list[s][i].head;
			struct cl_rule *same = old->used ? by_id(r, old->id) : NULL;

			if (!same)
				continue;
			same->used = old->used;
			same->first = old->first;
			same->last = old->last;
		}
	}
}

static void add_counts(const struct cl_rule *rule, cJSON *o)
{
	cl_json_num(o, "used", (double)rule->used);
	cl_json_time(o, "first", rule->first);
	cl_json_time(o, "last", rule->last);
}

cJSON *cl_rules_counts(const struct cl_rules *r)
{
	cJSON *out = cJSON_CreateObject();

	for (uint32_t s = 0; out && s < CL_RULES_SECTIONS; s++)
		for (size_t i = 0; i < r->n[s]; i++)
			if (r->list[s][i].head.used)
				add_counts(&r->list[s][i].head, cl_json_obj(out, r->list[s][i].head.id));
	return out;
}

void cl_rules_restore(struct cl_rules *r, const cJSON *counts)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, counts) {
		struct cl_rule *rule = by_id(r, item->string);
		double used = cl_json_get_num(item, "used");

		if (!rule || !(used >= 1) || used > 9e15)
			continue;
		rule->used += (uint64_t)used;
		rule->first = cl_json_get_time(item, "first");
		rule->last = cl_json_get_time(item, "last");
	}
}

uint64_t cl_rules_used(const struct cl_rules *r, uint32_t section)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < r->n[section]; i++)
		sum += r->list[section][i].head.used;
	return sum;
}

size_t cl_rules_count(const struct cl_rules *r, uint32_t section)
{
	return r->n[section];
}

static void add_rule(const struct cl_rule_full *rule, uint64_t now, cJSON *list)
{
	cJSON *o = cl_json_push(list), *copy = cJSON_Duplicate(rule->written, true);

	cl_json_str(o, "section", cl_rules_section_name(rule->head.section));
	cl_json_str(o, "id", rule->head.id);
	cl_json_str(o, "name", rule->head.label);
	if (copy && !cJSON_AddItemToObject(o, "rule", copy))
		cJSON_Delete(copy);
	add_counts(&rule->head, o);
	if (!holds(&rule->head, now))
		cl_json_bool(o, "over", true);
}

cJSON *cl_rules_json(const struct cl_rules *r, uint64_t now)
{
	cJSON *list = cJSON_CreateArray();

	for (uint32_t s = 0; list && s < CL_RULES_SECTIONS; s++)
		for (size_t i = 0; i < r->n[s]; i++)
			add_rule(&r->list[s][i], now, list);
	return list;
}
