/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Once, then counted. The id of a fact is a hash over detector, host, credential and what was compared, so a restart or
 * a replay gives the same one. A repeat is counted; an update goes out at most once a minute of event time, except
 * that a rise of severity is news and goes out at once.
 */
#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "detect/engine.h"
#include "detect/severity.h"
#include "detect/snapshot.h"

#define UPDATE_INTERVAL (60 * CL_NS_PER_S)
#define DETAIL_SHOWN 512

/* Every piece with its length, so that different pieces never run into the same bytes. */
static int hash_piece(struct cl_text *t, const char *s, size_t len)
{
	int r = cl_text_printf(t, "%zu:", len);

	return r ? r : cl_text_append(t, s, len);
}

static int make_id(const struct cl_detect *d, const struct cl_detector *by, const struct cl_fact *fact,
		   char id[CL_FINDING_ID])
{
	_cleanup_text_ struct cl_text t = {0};
	const struct cl_host *host = cl_detect_host(d);
	const char *host_id = host && host->id ? host->id : "";
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char fp[CL_FP_TEXT] = "";
	int r;

	if (fact->credential && !fact->gathered)
		cl_fp_format(fp, fact->credential->succession.has_origin ? fact->credential->succession.origin
									 : fact->credential->fp);
	r = hash_piece(&t, by->id, strlen(by->id));
	r = r ? r : hash_piece(&t, host_id, strlen(host_id));
	r = r ? r : hash_piece(&t, fp, strlen(fp));
	for (size_t i = 0; i < ARRAY_SIZE(fact->compared) && fact->compared[i] && !r; i++)
		r = hash_piece(&t, fact->compared[i], strlen(fact->compared[i]));
	if (r)
		return r;
	SHA256((const uint8_t *)cl_text_str(&t), t.len, digest);
	memcpy(id, "fnd-", 4);
	cl_hex(id + 4, digest, 8);
	return 0;
}

/* ---- known facts ---- */

static struct cl_known *find(const struct cl_detect *d, const char *id)
{
	struct cl_known *k = NULL;

	HASH_FIND_STR(d->known, id, k);
	return k;
}

static void forget(struct cl_known *k)
{
	for (size_t i = 0; i < 2; i++) {
		free(k->runs[i]);
		free(k->compared[i]);
		k->runs[i] = k->compared[i] = NULL;
	}
	free(k->detail);
	k->detail = NULL;
	cl_use_free(&k->own);
}

static void forget_rule(struct cl_known *k)
{
	free(k->rule);
	free(k->reason);
	k->rule = k->reason = NULL;
	k->own_severity = 0;
}

static void drop(struct cl_detect *d, struct cl_known *k)
{
	HASH_DEL(d->known, k);
	d->stats.findings--;
	d->waiting -= k->waits;
	forget(k);
	forget_rule(k);
	free(k);
}

void cl_reports_free(struct cl_detect *d)
{
	while (d->known)
		drop(d, d->known);
}

static void send_waiting(struct cl_detect *d, struct cl_known *k);

static int enter(struct cl_detect *d, const char *id, struct cl_known **out)
{
	struct cl_known *k;

	while (HASH_COUNT(d->known) >= d->limits.max_findings && d->known) {
		if (d->known->waits)
			send_waiting(d, d->known);
		drop(d, d->known);
		d->stats.findings_evicted++;
	}
	k = calloc(1, sizeof(*k));
	if (!k)
		return -ENOMEM;
	snprintf(k->id, sizeof(k->id), "%s", id);
	HASH_ADD_STR(d->known, id, k);
	if (!k->hh.tbl) {
		free(k);
		return -ENOMEM;
	}
	d->stats.findings++;
	*out = k;
	return 0;
}

/* uthash keeps the order of insertion: the head is the least recent. */
static void touch(struct cl_detect *d, struct cl_known *k)
{
	if (!k->hh.next)
		return;
	HASH_DEL(d->known, k);
	HASH_ADD_STR(d->known, id, k);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool remembers(const struct cl_known *k, const struct cl_detector *by, const struct cl_fact *fact)
{
	for (size_t i = 0; i < 2; i++)
		if (k->latest[i] != fact->latest[i] ||
		    !same_text(k->runs[i], fact->sides[i] ? fact->sides[i]->run.id : NULL))
			return false;
	/* A value and its successors are one fact. */
	if (fact->credential && memcmp(k->fp, fact->credential->fp, CL_FP_SIZE))
		return false;
	return k->by == by && same_text(k->detail, fact->detail);
}

/* What a report that waits needs to be made later. */
static int remember(struct cl_known *k, const struct cl_detector *by, const struct cl_fact *fact)
{
	int r = 0;

	if (!fact->gathered && remembers(k, by, fact))
		return 0;
	forget(k);
	k->by = by;
	k->of_credential = fact->credential;
	if (fact->credential)
		memcpy(k->fp, fact->credential->fp, CL_FP_SIZE);
	for (size_t i = 0; i < 2 && !r; i++) {
		k->latest[i] = fact->latest[i];
		if (!fact->gathered)
			r = cl_dup_bounded(&k->runs[i], fact->sides[i] ? fact->sides[i]->run.id : NULL, CL_NAME_SHOWN);
		if (!r && (!i || fact->compared[0]))
			r = cl_dup_bounded(&k->compared[i], fact->compared[i], CL_NAME_SHOWN);
	}
	if (fact->gathered && !r)
		r = cl_use_dup(&k->own, fact->sides[0]);
	return r ? r : cl_dup_bounded(&k->detail, fact->detail, DETAIL_SHOWN);
}

/* ---- sending ---- */

static int send(struct cl_detect *d, struct cl_known *k, const struct cl_fact *fact, const char *activity)
{
	_cleanup_json_ cJSON *finding = NULL;
	int r = cl_finding_build(d, k, fact, activity, &finding);

	if (r)
		return r;
	d->waiting -= k->waits;
	k->waits = false;
	k->reported = d->now;
	d->stats.reported++;
	d->report(d->ctx, finding);
	return 0;
}

/* Nothing is left that it could speak of. */
static void hold_back(struct cl_detect *d, struct cl_known *k)
{
	d->waiting -= k->waits;
	k->waits = false;
}

static void send_waiting(struct cl_detect *d, struct cl_known *k)
{
	struct cl_fact fact = {
		.compared = {k->compared[0], k->compared[1]},
		.latest = {k->latest[0], k->latest[1]},
		.severity = k->severity,
		.detail = k->detail,
	};

	if (k->own) {
		fact.gathered = true;
		fact.sides[0] = k->own;
		fact.credential = k->of_credential ? cl_holdings_credential(&d->holdings, k->fp) : NULL;
		if (k->of_credential && !fact.credential) {
			hold_back(d, k);
			return;
		}
	} else if (k->of_credential) {
		fact.credential = cl_holdings_credential(&d->holdings, k->fp);
		for (size_t i = 0; i < 2 && fact.credential && k->runs[i]; i++)
			fact.sides[i] = cl_credential_use(fact.credential, k->runs[i]);
		/* Uses leave only after what waits for them went out (cl_reports_use_leaves). */
		if (!fact.sides[0] || (k->runs[1] && !fact.sides[1])) {
			hold_back(d, k);
			return;
		}
	}
	send(d, k, &fact, "update");
}

void cl_reports_send(struct cl_detect *d, bool everything)
{
	if (!d->waiting)
		return;
	for (struct cl_known *k = d->known; k; k = k->hh.next)
		if (k->waits && (everything || d->now >= k->reported + UPDATE_INTERVAL))
			send_waiting(d, k);
}

/* Another run of the workflow can speak for a side; 0 when there is one. */
static int replace_side(struct cl_known *k, size_t side, const struct cl_use *leaving)
{
	const char *other = k->runs[!side] ? k->runs[!side] : "";
	const struct cl_use *o = leaving->credential->uses;

	while (o && (o == leaving || o->workflow_hash != leaving->workflow_hash || !strcmp(o->run.id, other)))
		o = o->next;
	if (!o)
		return -ENOENT;
	free(k->runs[side]);
	k->runs[side] = NULL;
	return cl_dup_bounded(&k->runs[side], o->run.id, CL_NAME_SHOWN);
}

/* A report that waits about this use goes out early, unless somebody else can speak for it. */
void cl_reports_use_leaves(struct cl_detect *d, const struct cl_use *u)
{
	if (!d->waiting)
		return;
	for (struct cl_known *k = d->known; k; k = k->hh.next) {
		if (!k->waits || !k->of_credential || memcmp(k->fp, u->credential->fp, CL_FP_SIZE))
			continue;
		for (size_t i = 0; i < 2 && k->waits; i++)
			if (k->runs[i] && !strcmp(k->runs[i], u->run.id) && replace_side(k, i, u))
				send_waiting(d, k);
		/* Its side is its own, its credential goes with the last use. */
		if (k->waits && k->own && u->credential->n_uses == 1)
			send_waiting(d, k);
	}
}

/* Policy's severity holds as it is, a lower one too: that is what it is for. */
static int remember_ruling(struct cl_known *k, const struct cl_fact *fact, const struct cl_ruling *ruling)
{
	if (ruling->rule || k->rule)
		k->severity = fact->severity;
	forget_rule(k);
	if (!ruling->rule)
		return 0;
	k->own_severity = ruling->own;
	k->rule = strdup(ruling->rule->id);
	return k->rule ? cl_dup_bounded(&k->reason, ruling->rule->reason, DETAIL_SHOWN) : -ENOMEM;
}

static int first_time(struct cl_detect *d, const struct cl_detector *by, const struct cl_fact *fact,
		      const struct cl_ruling *ruling, const char *id)
{
	struct cl_known *k;
	int r = enter(d, id, &k);

	if (r)
		return r;
	k->count = 1;
	k->severity = fact->severity;
	k->first = fact->since ? fact->since : d->now;
	k->last = d->now;
	r = remember(k, by, fact);
	r = r ? r : remember_ruling(k, fact, ruling);
	r = r ? r : send(d, k, fact, "create");
	if (r)
		drop(d, k); /* never reported: the next time is the first */
	return r;
}

static int again(struct cl_detect *d, const struct cl_detector *by, const struct cl_fact *fact,
		 const struct cl_ruling *ruling, struct cl_known *k)
{
	bool rises = fact->severity > k->severity;
	int r;

	if (d->baseline && !rises)
		return 0;
	d->stats.repeated++;
	k->count++;
	k->last = d->now > k->last ? d->now : k->last;
	k->severity = rises ? fact->severity : k->severity;
	touch(d, k);
	r = remember(k, by, fact);
	r = r ? r : remember_ruling(k, fact, ruling);
	if (r)
		return r;
	if (rises || k->closed || d->now >= k->reported + UPDATE_INTERVAL) {
		k->closed = false;
		return send(d, k, fact, "update");
	}
	d->waiting += !k->waits;
	k->waits = true;
	return 0;
}

int cl_detect_report(struct cl_detect *d, const struct cl_detector *by, const struct cl_fact *found)
{
	struct cl_fact fact = *found;
	struct cl_ruling ruling;
	char id[CL_FINDING_ID];
	struct cl_known *k;
	int r;

	if (!cl_rulebook_judge(d, by, &fact, &ruling))
		return 0;
	r = make_id(d, by, &fact, id);
	if (r)
		return r;
	k = find(d, id);
	return k ? again(d, by, &fact, &ruling, k) : first_time(d, by, &fact, &ruling, id);
}

int cl_detect_close(struct cl_detect *d, const struct cl_detector *by, const struct cl_fact *fact)
{
	char id[CL_FINDING_ID];
	struct cl_known *k;
	int r = make_id(d, by, fact, id);

	if (r)
		return r;
	k = find(d, id);
	if (!k || k->closed)
		return 0;
	k->closed = true;
	k->last = d->now;
	r = remember(k, by, fact);
	return r ? r : send(d, k, fact, "close");
}

int cl_reports_restore(struct cl_detect *d, const struct cl_observation *obs)
{
	struct cl_known *k;
	int r;

	if (!obs->finding || strlen(obs->finding) >= CL_FINDING_ID || find(d, obs->finding))
		return 0;
	r = enter(d, obs->finding, &k);
	if (r)
		return r;
	k->count = obs->count ? obs->count : 1;
	k->first = obs->since ? obs->since : d->now;
	k->last = k->first;
	k->severity = cl_severity_parse(obs->tier);
	k->closed = obs->outcome && !strcmp(obs->outcome, "close");
	return 0;
}
