/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "detect/engine.h"
#include "detect/frameworks.h"
#include "detect/snapshot.h"
#include "event/facts.h"
#include "lineage/ids.h"

#define EVIDENCE_MAX 32
#define DESTINATIONS_MAX 32

/* ---- sides ---- */

static const char *state_name(uint32_t state)
{
	static const char *const names[] = {[CL_RUN_ACTIVE] = "active",
					    [CL_RUN_ENDED] = "ended",
					    [CL_RUN_ENDED_WITH_SURVIVORS] = "ended-with-survivors"};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

static void add_run(const struct cl_detect *d, const struct cl_run_view *run, const char *environment,
		    const struct cl_act *a, cJSON *side)
{
	cJSON *o = cl_json_obj(side, "run"), *parents;
	uint64_t end = 0;
	uint32_t state = cl_detect_run_state(d, run, &end);

	cl_json_str(o, "id", run->id);
	cl_json_str(o, "workflow", run->workflow);
	cl_json_str(o, "kind", cl_run_kind_name(run->kind));
	cl_json_str(o, "environment", environment);
	cl_json_time(o, "begin", run->begin);
	cl_json_time(o, "end", end);
	cl_json_str(o, "state", state_name(state));
	cl_json_bool(o, "unattributed", run->unattributed || (a->process && a->process->unattributed));
	parents = cl_json_arr(o, "parents");
	for (size_t i = 0; i < run->n_parents; i++)
		cJSON_AddItemToArray(parents, cl_json_clean_string(run->parents[i]));
}

static void add_act(const struct cl_act *a, bool latest, cJSON *o)
{
	cl_json_str(o, "name", a->name);
	cl_json_str(o, "path", a->path);
	if (a->line)
		cl_json_num(o, "line", a->line);
	cl_json_str(o, "asked_for", a->asked);
	if (a->unverified)
		cl_json_str(o, "content", "unverified");
	cl_json_str(o, "destination", a->destination);
	cl_json_time(o, "time", latest ? a->latest : a->first);
	cl_json_str(o, "basis", cl_basis_name(a->basis));
	cl_json_bool(o, "inherited", a->inherited);
}

static void add_side(const struct cl_detect *d, const struct cl_fact *fact, size_t i, cJSON *sides)
{
	const struct cl_act *a = cl_fact_act(fact, i);
	cJSON *side = cl_json_push(sides), *use, *process;

	add_run(d, &fact->sides[i]->run, cl_detect_environment(d, fact->sides[i]), a, side);
	process = a->process ? cJSON_Parse(a->process->json) : NULL;
	if (process)
		cJSON_AddItemToObject(side, "process", process);
	use = cl_json_obj(side, "use");
	cl_json_str(use, "how", cl_use_how_name(a->how));
	add_act(a, fact->latest[i], use);
}

/* ---- credential ---- */

void cl_finding_policy(const struct cl_detect *d, const uint8_t fp[CL_FP_SIZE], cJSON *o)
{
	static const char *const members[] = {"label", "owner"};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const char *value = cl_policies_get(&d->policies, fp, members[i]);

		cl_json_str(o, members[i], *value ? value : NULL);
	}
}

/* What is in force now. */
static void add_statements(const struct cl_detect *d, const uint8_t fp[CL_FP_SIZE], cJSON *o)
{
	const struct cl_policy_entry *e = cl_policies_of(&d->policies, fp);
	cJSON *list = NULL;

	for (uint32_t i = 0; e && i < CL_POLICY_SOURCES; i++) {
		const cJSON *allow = cl_policy_allowance(e->said[i], d->now);
		const cJSON *revoked = cl_policy_revocation(e->said[i], d->now);
		cJSON *said;

		if (!allow && !revoked)
			continue;
		list = list ? list : cl_json_arr(o, "policy");
		said = cl_json_push(list);
		cl_json_str(said, "source", cl_policy_source_name(i + 1));
		if (allow)
			cJSON_AddItemToObject(said, "allow", cJSON_Duplicate(allow, true));
		if (revoked)
			cJSON_AddItemToObject(said, "revoked", cJSON_Duplicate(revoked, true));
	}
}

static void add_credential(const struct cl_detect *d, const struct cl_credential *c, cJSON *finding)
{
	cJSON *o = cl_json_obj(finding, "credential");
	char fp[CL_FP_TEXT], key_id[CL_KEY_ID_TEXT];

	cl_json_str(o, "fingerprint", cl_fp_format(fp, c->shown));
	cl_json_str(o, "key_id", cl_key_id_format(key_id, c->shown_key_id));
	if (memcmp(c->shown, c->fp, CL_FP_SIZE)) {
		cl_json_str(o, "first_fingerprint", cl_fp_format(fp, c->fp));
		cl_json_str(o, "first_key_id", cl_key_id_format(key_id, c->key_id));
	}
	if (c->local)
		cl_json_bool(o, "local", true);
	cl_json_str(o, "provider", c->provider);
	cl_json_str(o, "format", c->format);
	cl_json_str(o, "kind", c->kind);
	cl_json_str(o, "class", cl_class_name(c->class));
	cl_json_time(o, "first_seen", c->first);
	cl_json_num(o, "age_seconds", d->now > c->first ? (double)((d->now - c->first) / CL_NS_PER_S) : 0);
	cl_json_time(o, "expires", c->expires);
	if (c->facts)
		cl_facts_json(cl_json_obj(o, "facts"), c->facts);
	cl_succession_json(c, o);
	cl_finding_policy(d, c->fp, o);
	add_statements(d, c->fp, o);
}

/* ---- evidence ---- */

static int by_time(const void *a, const void *b)
{
	const struct cl_act *const *x = a, *const *y = b;

	return (*x)->first < (*y)->first ? -1 : (*x)->first > (*y)->first;
}

static void add_evidence_process(const struct cl_detect *d, const struct cl_act *a, cJSON *o)
{
	const struct cl_host *host = cl_detect_host(d);
	char id[CL_ID_SIZE];

	if (a->process)
		cl_json_str(o, "process",
			    cl_id_process(id, sizeof(id), host && host->boot_id ? host->boot_id : "unknown",
					  a->process->key));
}

static void add_evidence(const struct cl_detect *d, const struct cl_fact *fact, cJSON *finding)
{
	const struct cl_act *acts[2 * CL_USE_ACTS] = {NULL};
	cJSON *list = cl_json_arr(finding, "evidence");
	uint64_t cut = 0;
	size_t n = 0;

	for (size_t i = 0; i < 2 && fact->sides[i]; i++) {
		for (size_t j = 0; j < fact->sides[i]->n_acts; j++)
			acts[n++] = &fact->sides[i]->acts[j];
		cut += fact->sides[i]->acts_cut;
	}
	qsort(acts, n, sizeof(*acts), by_time);
	for (size_t i = 0; i < n && i < EVIDENCE_MAX; i++) {
		cJSON *o = cl_json_push(list);

		cl_json_str(o, "kind", cl_use_how_name(acts[i]->how));
		add_evidence_process(d, acts[i], o);
		add_act(acts[i], false, o);
		cl_json_time(o, "latest", acts[i]->latest);
		cl_json_num(o, "count", (double)acts[i]->count);
	}
	cut += n > EVIDENCE_MAX ? n - EVIDENCE_MAX : 0;
	if (cut)
		cl_json_num(finding, "evidence_cut", (double)cut);
}

/* A fact about the monitor itself: what happened to what. */
static void add_own_evidence(const struct cl_known *k, const struct cl_fact *fact, cJSON *finding)
{
	cJSON *o = cl_json_push(cl_json_arr(finding, "evidence"));

	cl_json_str(o, "kind", fact->compared[0]);
	cl_json_time(o, "time", k->last);
	cl_json_str(o, "name", fact->compared[1]);
	cl_json_str(o, "basis", cl_basis_name(CL_BASIS_OBSERVED));
}

static bool has_destination(const cJSON *list, const char *id)
{
	const cJSON *o;

	cJSON_ArrayForEach (o, list)
		if (!strcmp(cl_json_get_str(o, "id"), id))
			return true;
	return false;
}

static void add_destinations(const struct cl_fact *fact, cJSON *finding)
{
	cJSON *list = cl_json_arr(finding, "destinations");
	uint64_t cut = 0;

	for (size_t i = 0; i < 2 && fact->sides[i]; i++) {
		const struct cl_use *u = fact->sides[i];

		for (size_t j = 0; j < u->n_destinations; j++) {
			const struct cl_destination *to = &u->destinations[j];
			cJSON *o;

			if (has_destination(list, to->id))
				continue;
			o = cl_json_push(list);
			cl_json_str(o, "id", to->id);
			cl_json_str(o, "address", to->address);
			cl_json_str(o, "name", *to->hosts);
			if (strcmp(to->transport, "unix"))
				cl_json_num(o, "port", to->port);
			cl_json_str(o, "transport", to->transport);
		}
		cut += u->destinations_cut;
	}
	if (cut)
		cl_json_num(finding, "destinations_cut", (double)cut);
}

/* ---- the whole ---- */

static void add_ruling(const struct cl_known *k, cJSON *finding)
{
	cJSON *o = k->rule ? cl_json_obj(finding, "policy") : NULL;

	if (!o)
		return;
	cl_json_str(o, "rule", k->rule);
	cl_json_str(o, "reason", k->reason);
	cl_json_str(o, "own_severity", cl_severity_name(k->own_severity));
}

static void add_host(const struct cl_detect *d, cJSON *finding)
{
	const struct cl_host *host = cl_detect_host(d);
	cJSON *o = cl_json_obj(finding, "host");

	if (!host)
		return;
	cl_json_str(o, "id", host->id);
	cl_json_str(o, "name", host->name);
	cl_json_str(o, "boot_id", host->boot_id);
}

static int add_message(const struct cl_known *k, const struct cl_fact *fact, cJSON *finding)
{
	_cleanup_text_ struct cl_text text = {0};
	int r = k->by->describe(fact, &text);

	if (!r && fact->credential)
		(void)((r = cl_say_issued(&text, fact->credential)) ||
		       (r = cl_succession_say(&text, fact->credential)));
	if (r)
		return r;
	cl_json_str(finding, "message", cl_text_str(&text));
	return 0;
}

static void add_sides(const struct cl_detect *d, const struct cl_fact *fact, cJSON *finding)
{
	cJSON *sides = cl_json_arr(finding, "sides");

	for (size_t i = 0; i < 2 && fact->sides[i]; i++)
		add_side(d, fact, i, sides);
}

int cl_finding_build(const struct cl_detect *d, const struct cl_known *k, const struct cl_fact *fact,
		     const char *activity, cJSON **out)
{
	_cleanup_json_ cJSON *f = cJSON_CreateObject();
	int r;

	if (!f)
		return -ENOMEM;
	cl_json_str(f, "schema", "credlineage.finding/1");
	cl_json_str(f, "id", k->id);
	cl_json_str(f, "detector", k->by->id);
	cl_json_str(f, "title", k->by->title);
	r = add_message(k, fact, f);
	if (r)
		return r;
	cl_json_str(f, "severity", cl_severity_name(k->severity));
	add_ruling(k, f);
	cl_json_str(f, "activity", activity);
	cl_json_num(f, "count", (double)k->count);
	cl_json_time(f, "first", k->first);
	cl_json_time(f, "last", k->last);
	add_host(d, f);
	if (fact->credential)
		add_credential(d, fact->credential, f);
	add_sides(d, fact, f);
	if (fact->sides[0])
		add_evidence(d, fact, f);
	else
		add_own_evidence(k, fact, f);
	add_destinations(fact, f);
	cl_frameworks_json(d->frameworks, k->by->id, f);
	cl_coverage_json(&d->coverage, f);
	r = cl_finding_lineage(d, fact, f);
	if (r)
		return r;
	*out = TAKE_PTR(f);
	return 0;
}

int cl_act_build(const struct cl_detect *d, const struct cl_use *u, cJSON **out)
{
	const struct cl_fact fact = {.credential = u->credential, .sides = {u}, .latest = {true}};
	cJSON *o = cJSON_CreateObject();

	if (!o)
		return -ENOMEM;
	cl_json_str(o, "schema", "credlineage.act/1");
	cl_json_time(o, "last", d->now);
	add_host(d, o);
	add_credential(d, u->credential, o);
	add_sides(d, &fact, o);
	add_destinations(&fact, o);
	*out = o;
	return 0;
}
