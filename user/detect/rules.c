/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/engine.h"
#include "detect/severity.h"

/* ---- the document ---- */

int cl_rulebook_open(struct cl_rulebook *b)
{
	return cl_rules_defaults(&b->rules);
}

static void forget_text(struct cl_rulebook *b)
{
	free(b->text);
	b->text = NULL;
	b->len = b->whole = 0;
	b->pieces = 0;
}

void cl_rulebook_free(struct cl_rulebook *b)
{
	forget_text(b);
	cl_rules_free(&b->rules);
}

static int add_piece(struct cl_rulebook *b, const struct cl_observation *obs)
{
	size_t n = obs->policy ? strlen(obs->policy) : 0;

	if (!obs->count) {
		forget_text(b);
		if (!obs->length || obs->length > CL_RULES_TEXT)
			return -EINVAL;
		b->text = malloc(obs->length);
		if (!b->text)
			return -ENOMEM;
		b->whole = obs->length;
	}
	if (!b->text || obs->count != b->pieces || obs->length != b->whole || n > b->whole - b->len)
		return -EINVAL;
	memcpy(b->text + b->len, obs->policy ? obs->policy : "", n);
	b->len += n;
	b->pieces++;
	return 0;
}

static int take_over(struct cl_rulebook *b)
{
	struct cl_rules *fresh = NULL;
	int r = cl_rules_parse(&fresh, "recorded", b->text, b->len, NULL, NULL);

	forget_text(b);
	if (r)
		return r;
	cl_rules_inherit(fresh, b->rules);
	b->excused_by = NULL; /* one of those that go */
	cl_rules_free(&b->rules);
	b->rules = fresh;
	return 0;
}

int cl_rulebook_apply(struct cl_detect *d, const struct cl_observation *obs)
{
	struct cl_rulebook *b = &d->rulebook;
	int r = add_piece(b, obs);

	if (!r && b->len == b->whole)
		r = take_over(b);
	if (r)
		forget_text(b);
	d->stats.rules_refused += r != 0;
	return r == -ENOMEM ? r : 0;
}

struct cl_rules *cl_detect_rules(struct cl_detect *d)
{
	return d->rulebook.rules;
}

/* ---- subjects ---- */

static void add_credential(const struct cl_credential *c, struct cl_subject *out)
{
	out->provider = c->provider;
	out->format = c->format;
	out->kind = c->kind;
	out->class = cl_class_name(c->class);
	out->fps[0] = c->fp;
	out->fps[1] = c->shown;
	out->fps[2] = c->succession.has_origin ? c->succession.origin : NULL;
}

static const char *const *hosts_of(const struct cl_destination *to)
{
	return (const char *const *)to->hosts;
}

/* "tcp:192.0.2.1:443" as acts have it: the use keeps the parts. */
static void add_act(const struct cl_use *use, const struct cl_act *act, struct cl_subject *out)
{
	out->path = act->path;
	for (size_t i = 0; act->destination && i < use->n_destinations; i++)
		if (cl_ends_with(use->destinations[i].id, act->destination))
			out->to = (struct cl_subject_place){.address = use->destinations[i].address,
							    .port = use->destinations[i].port,
							    .hosts = hosts_of(&use->destinations[i])};
}

static void add_process(const struct cl_snapshot *p, struct cl_subject *out)
{
	if (!p)
		return;
	out->exe = p->exe;
	out->script = p->script;
	out->container = p->container;
	out->uid = p->uid;
	out->has_uid = true;
}

/* Its process is any that is known, best the one of the act. */
static const struct cl_snapshot *process_of(const struct cl_use *use, const struct cl_act *act)
{
	if (act && act->process)
		return act->process;
	for (size_t i = use->n_acts; i--;)
		if (use->acts[i].process)
			return use->acts[i].process;
	return NULL;
}

static void add_run(const struct cl_use *use, const struct cl_act *act, struct cl_subject *out)
{
	out->workflow = use->run.workflow;
	out->repository = use->run.repository;
	add_process(process_of(use, act), out);
}

static const char *environment_of(const struct cl_detect *d, const struct cl_use *use, const struct cl_subject *s)
{
	const char *label = cl_rules_environment_of_run(d->rulebook.rules, s);

	return label ? label : use->run.environment;
}

void cl_subject_of_use(const struct cl_detect *d, const struct cl_use *use, const struct cl_act *act,
		       struct cl_subject_place *places, struct cl_subject *out)
{
	*out = (struct cl_subject){.reached = places, .n_reached = use->n_destinations};
	add_run(use, act, out);
	out->environment = environment_of(d, use, out);
	if (use->credential)
		add_credential(use->credential, out);
	if (act)
		add_act(use, act, out);
	for (size_t i = 0; i < use->n_destinations; i++)
		places[i] = (struct cl_subject_place){.address = use->destinations[i].address,
						      .port = use->destinations[i].port,
						      .hosts = hosts_of(&use->destinations[i])};
	out->reached_cut = use->destinations_cut;
}

/* ---- what detectors ask ---- */

const char *cl_detect_environment(const struct cl_detect *d, const struct cl_use *use)
{
	struct cl_subject s = {0};

	add_run(use, NULL, &s);
	return environment_of(d, use, &s);
}

const char *cl_detect_environment_of(const struct cl_detect *d, const char *address, uint32_t port,
				     const char *const *hosts)
{
	const struct cl_subject_place to = {.address = address, .port = port, .hosts = hosts};

	return cl_rules_environment_of_destination(d->rulebook.rules, &to);
}

uint64_t cl_detect_ttl(const struct cl_detect *d, const struct cl_credential *c)
{
	struct cl_subject s = {0};

	add_credential(c, &s);
	return cl_rules_ttl(d->rulebook.rules, &s);
}

static bool counted(const struct cl_detect *d, struct cl_rule *rule)
{
	if (rule && !d->baseline)
		cl_rule_count(rule, d->now);
	return rule;
}

bool cl_detect_expects_reader(struct cl_detect *d, const struct cl_use *use, const char *store, const char *path)
{
	struct cl_subject_place places[CL_USE_DESTINATIONS];
	struct cl_subject s;

	cl_subject_of_use(d, use, cl_use_last(use), places, &s);
	s.store = store;
	s.path = path;
	return counted(d, cl_rules_reader(d->rulebook.rules, &s, d->now));
}

bool cl_detect_may_reach(struct cl_detect *d, const struct cl_use *use, const char *address, uint32_t port,
			 const char *const *hosts)
{
	struct cl_subject_place places[CL_USE_DESTINATIONS];
	struct cl_subject s;

	cl_subject_of_use(d, use, cl_use_last(use), places, &s);
	s.to = (struct cl_subject_place){.address = address, .port = port, .hosts = hosts};
	return counted(d, cl_rules_may_reach(d->rulebook.rules, &s, d->now));
}

struct cl_rule *cl_rulebook_shares(struct cl_detect *d, const struct cl_use *a, const struct cl_use *b)
{
	struct cl_subject_place places[2][CL_USE_DESTINATIONS];
	struct cl_subject s[2];

	if (!cl_rules_count(d->rulebook.rules, CL_RULES_SHARING))
		return NULL;
	cl_subject_of_use(d, a, cl_use_last(a), places[0], &s[0]);
	cl_subject_of_use(d, b, cl_use_last(b), places[1], &s[1]);
	return cl_rules_shares(d->rulebook.rules, &s[0], &s[1], d->now);
}

/* ---- judgement ---- */

static uint64_t came(const struct cl_use *use)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < use->n_acts; i++)
		first = use->acts[i].first < first ? use->acts[i].first : first;
	return first;
}

/* The side that came later made it a finding, whichever acts now. */
static size_t newcomer(const struct cl_fact *fact)
{
	return fact->sides[1] && came(fact->sides[1]) >= came(fact->sides[0]);
}

static void subject_of_fact(const struct cl_detect *d, const struct cl_fact *fact, struct cl_subject_place *places,
			    struct cl_subject *out)
{
	size_t side = newcomer(fact);
	const struct cl_use *use = fact->sides[side];

	if (use)
		cl_subject_of_use(d, use, use == d->acting ? cl_use_last(use) : cl_fact_act(fact, side), places, out);
	if (fact->credential && (!use || !use->credential))
		add_credential(fact->credential, out);
}

bool cl_rulebook_judge(struct cl_detect *d, const struct cl_detector *by, struct cl_fact *fact, struct cl_ruling *out)
{
	struct cl_rules *rules = d->rulebook.rules;
	struct cl_subject_place places[CL_USE_DESTINATIONS];
	struct cl_subject s = {0};
	struct cl_rule *rule;

	*out = (struct cl_ruling){.own = fact->severity};
	if (!cl_rules_count(rules, CL_RULES_EXCLUSIONS) && !cl_rules_count(rules, CL_RULES_SEVERITIES))
		return true;
	subject_of_fact(d, fact, places, &s);
	s.detector = by->id;
	rule = cl_rules_excludes(rules, &s, d->now);
	if (rule) {
		cl_rule_count(rule, d->now);
		d->stats.excluded++;
		return false;
	}
	rule = cl_rules_severity(rules, &s, d->now);
	if (rule) {
		cl_rule_count(rule, d->now);
		fact->severity = cl_severity_parse(rule->severity);
		out->rule = rule;
	}
	return true;
}
