/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/policies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "detect/engine.h"
#include "lineage/ids.h"

static struct cl_policy_entry *find(const struct cl_policies *p, const uint8_t fp[CL_FP_SIZE])
{
	struct cl_policy_entry *e = NULL;

	HASH_FIND(hh, p->entries, fp, CL_FP_SIZE, e);
	return e;
}

static void forget(struct cl_policies *p, struct cl_policy_entry *e)
{
	HASH_DEL(p->entries, e);
	for (size_t i = 0; i < CL_POLICY_SOURCES; i++)
		cJSON_Delete(e->said[i]);
	free(e);
}

void cl_policies_free(struct cl_policies *p)
{
	while (p->entries)
		forget(p, p->entries);
}

/* ---- statements ---- */

static int entry_of(struct cl_policies *p, const uint8_t fp[CL_FP_SIZE], struct cl_policy_entry **out)
{
	struct cl_policy_entry *e = find(p, fp);

	if (!e && HASH_COUNT(p->entries) >= CL_POLICIES_MAX)
		return -ENOSPC;
	if (!e) {
		e = calloc(1, sizeof(*e));
		if (!e)
			return -ENOMEM;
		memcpy(e->fp, fp, CL_FP_SIZE);
		HASH_ADD(hh, p->entries, fp, CL_FP_SIZE, e);
		if (!cl_table_added(e)) {
			free(e);
			return -ENOMEM;
		}
	}
	*out = e;
	return 0;
}

/* Two statements of one source are one too many: a revocation stays, else the later name's is the later word. */
static void merge(struct cl_policy_entry *of, struct cl_policy_entry *later)
{
	for (size_t i = 0; i < CL_POLICY_SOURCES; i++) {
		if (!later->said[i] || cJSON_HasObjectItem(of->said[i], "revoked"))
			continue;
		cJSON_Delete(of->said[i]);
		of->said[i] = TAKE_PTR(later->said[i]);
	}
	of->allowed += later->allowed;
}

void cl_policies_join(struct cl_policies *p, const uint8_t later[CL_FP_SIZE], const uint8_t first[CL_FP_SIZE])
{
	struct cl_policy_entry *e = find(p, later), *of = find(p, first);

	if (!e || e == of)
		return;
	if (of) {
		merge(of, e);
		forget(p, e);
		return;
	}
	HASH_DEL(p->entries, e);
	memcpy(e->fp, first, CL_FP_SIZE);
	HASH_ADD(hh, p->entries, fp, CL_FP_SIZE, e);
}

static uint32_t source_of(const char *name)
{
	for (uint32_t s = CL_POLICY_STORE; name && s <= CL_POLICY_SOURCES; s++)
		if (!strcmp(cl_policy_source_name(s), name))
			return s;
	return 0;
}

/* The fingerprint is the sighting's, which follows a change of keys; the text has the one of when it was written. */
static int take(struct cl_detect *d, const struct cl_observation *obs, uint32_t source, cJSON **statement)
{
	struct cl_policy_entry *e = NULL;
	int r = entry_of(&d->policies, obs->sightings[0].fp, &e);

	if (r)
		return r;
	cJSON_Delete(e->said[source - 1]);
	e->said[source - 1] = cl_policy_is_empty(*statement) ? NULL : TAKE_PTR(*statement);
	e->allowed = obs->count > e->allowed ? obs->count : e->allowed;
	for (size_t i = 0; i < CL_POLICY_SOURCES; i++)
		if (e->said[i])
			return 0;
	forget(&d->policies, e);
	return 0;
}

/* A statement that makes no sense (of a recording that somebody changed) says nothing. */
int cl_policies_apply(struct cl_detect *d, const struct cl_observation *obs)
{
	uint32_t source = source_of(obs->detail);
	_cleanup_json_ cJSON *statement = NULL;
	int r = -EINVAL;

	if (source && obs->n_sightings == 1 && obs->policy)
		r = cl_policy_parse(obs->policy, strlen(obs->policy), &statement, NULL);
	r = r ? r : take(d, obs, source, &statement);
	d->stats.policies_refused += r != 0;
	d->stats.policies = HASH_COUNT(d->policies.entries);
	return r == -ENOMEM ? r : 0;
}

const struct cl_policy_entry *cl_policies_of(const struct cl_policies *p, const uint8_t fp[CL_FP_SIZE])
{
	return find(p, fp);
}

const char *cl_policies_get(const struct cl_policies *p, const uint8_t fp[CL_FP_SIZE], const char *member)
{
	const struct cl_policy_entry *e = find(p, fp);

	return e ? cl_policy_get(e->said[CL_POLICY_STORE - 1], e->said[CL_POLICY_CONFIG - 1], member) : "";
}

/* ---- judgement ---- */

static bool covers(const struct cl_detect *d, const cJSON *allowance, const struct cl_use *u)
{
	char place[CL_POLICY_DESTINATION];
	bool restricts = cJSON_GetObjectItemCaseSensitive(allowance, "destinations");

	if (!cl_policy_covers(allowance, "workflows", u->run.workflow) ||
	    !cl_policy_covers(allowance, "environments", cl_detect_environment(d, u)) ||
	    (restricts && u->destinations_cut))
		return false;
	for (size_t i = 0; restricts && i < u->n_destinations; i++) {
		const struct cl_destination *to = &u->destinations[i];

		cl_policy_place(to->address, to->port, !strcmp(to->transport, "unix"), place);
		if (!cl_policy_covers(allowance, "destinations", place))
			return false;
	}
	return true;
}

static bool is_stated(struct cl_detect *d, const struct cl_use *a, const struct cl_use *b)
{
	const struct cl_policy_entry *e = find(&d->policies, a->credential->fp);

	for (size_t i = 0; e && i < CL_POLICY_SOURCES; i++) {
		const cJSON *allowance = cl_policy_allowance(e->said[i], d->now);

		if (allowance && covers(d, allowance, a) && covers(d, allowance, b))
			return true;
	}
	return false;
}

bool cl_detect_allows(struct cl_detect *d, const struct cl_use *a, const struct cl_use *b)
{
	struct cl_rule *rule;

	if (is_stated(d, a, b)) {
		d->policies.excused = true;
		return true;
	}
	rule = cl_rulebook_shares(d, a, b);
	d->rulebook.excused_by = rule ? rule : d->rulebook.excused_by;
	return rule;
}

/* Where the run went before is not asked here. */
bool cl_detect_allows_place(struct cl_detect *d, const struct cl_credential *c, const char *run_id, const char *place)
{
	const struct cl_policy_entry *e = find(&d->policies, c->fp);
	const struct cl_use *u = e ? cl_credential_use(c, run_id) : NULL;

	for (size_t i = 0; u && i < CL_POLICY_SOURCES; i++) {
		const cJSON *allowance = cl_policy_allowance(e->said[i], d->now);

		if (!allowance || !cl_policy_covers(allowance, "workflows", u->run.workflow) ||
		    !cl_policy_covers(allowance, "environments", u->run.environment) ||
		    !cl_policy_covers(allowance, "destinations", place))
			continue;
		d->policies.excused = true;
		cl_policies_settle(d, c); /* detectors of connections are asked after the act was */
		return true;
	}
	return false;
}

const cJSON *cl_detect_revocation(const struct cl_detect *d, const struct cl_credential *c)
{
	const struct cl_policy_entry *e = find(&d->policies, c->fp);
	const cJSON *revoked = NULL;

	for (size_t i = 0; e && !revoked && i < CL_POLICY_SOURCES; i++)
		revoked = cl_policy_revocation(e->said[i], d->now);
	return revoked;
}

/* How often the statements about a credential excused something is kept with it. */
static int count_statement(struct cl_detect *d, const struct cl_credential *c)
{
	struct cl_policy_entry *e = find(&d->policies, c->fp);
	_cleanup_json_ cJSON *attrs = NULL;
	char id[CL_ID_SIZE];

	if (!e)
		return 0;
	e->allowed++;
	attrs = d->graph ? cJSON_CreateObject() : NULL;
	if (!attrs)
		return d->graph ? -ENOMEM : 0;
	cl_json_num(attrs, "allowed_times", (double)e->allowed);
	cl_json_time(attrs, "allowed_last", d->now);
	return cl_graph_node(d->graph, CL_NODE_CREDENTIAL, cl_id_credential(id, sizeof(id), c->fp), NULL, d->now,
			     TAKE_PTR(attrs));
}

int cl_policies_settle(struct cl_detect *d, const struct cl_credential *c)
{
	struct cl_rule *rule = TAKE_PTR(d->rulebook.excused_by);
	bool stated = d->policies.excused;

	d->policies.excused = false;
	if (d->baseline || (!stated && !rule))
		return 0;
	d->stats.allowed++;
	if (rule)
		cl_rule_count(rule, d->now);
	return stated ? count_statement(d, c) : 0;
}
