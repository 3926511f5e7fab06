/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor saw less than all: records were lost, an act has no probe (any more), or the monitor before this one did
 * not stop cleanly, or what it had stored is lost to us. A lower tier that sees everything is no degradation. An act that is seen again closes its finding.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "detect/coverage.h"
#include "detect/detector.h"

static int report(struct cl_detect *d, struct cl_fact *fact, const struct cl_text *sentence)
{
	fact->severity = CL_SEVERITY_MEDIUM;
	fact->detail = cl_text_str(sentence);
	return cl_detect_report(d, &cl_detector_coverage_degraded, fact);
}

/* Sums and the window's begin per act and stage are what a reader of an update needs. */
struct loss {
	char act[32], stage[32];
	uint64_t count, since;
};

struct memory {
	struct loss losses[CL_COVERAGE_LOSSES];
	size_t n;
};

static int start(void **state)
{
	*state = calloc(1, sizeof(struct memory));
	return *state ? 0 : -ENOMEM;
}

static void stop(void **state)
{
	free(*state);
	*state = NULL;
}

static struct loss *loss_of(struct memory *m, const char *act, const char *stage)
{
	struct loss *l;

	for (size_t i = 0; i < m->n; i++)
		if (!strncmp(m->losses[i].act, act, sizeof(l->act) - 1) &&
		    !strncmp(m->losses[i].stage, stage, sizeof(l->stage) - 1))
			return &m->losses[i];
	if (m->n == ARRAY_SIZE(m->losses))
		return &m->losses[m->n - 1]; /* more kinds than there are acts: the last entry speaks for the rest */
	l = &m->losses[m->n++];
	snprintf(l->act, sizeof(l->act), "%s", act);
	snprintf(l->stage, sizeof(l->stage), "%s", stage);
	return l;
}

static int on_loss(struct cl_detect *d, struct memory *m, const struct cl_observation *obs)
{
	_cleanup_text_ struct cl_text sentence = {0};
	const struct cl_host *host = cl_detect_host(d);
	struct loss *l = loss_of(m, obs->act, obs->detail ? obs->detail : "lost");
	struct cl_fact fact = {.compared = {"loss", l->act, l->stage, host && host->boot_id ? host->boot_id : ""}};
	char from[CL_TIME_SIZE], to[CL_TIME_SIZE];
	int r;

	if (!l->since)
		l->since = obs->since && host ? cl_host_wall(host, obs->since) : cl_detect_now(d);
	if (__builtin_add_overflow(l->count, obs->count, &l->count))
		l->count = UINT64_MAX;
	fact.since = l->since;
	cl_time_format(from, l->since);
	cl_time_format(to, cl_detect_now(d));
	if (!strcmp(l->stage, "skipped"))
		r = cl_text_printf(&sentence, "the kernel skipped the probe of %s acts %" PRIu64 " times", l->act,
				   l->count);
	else
		r = cl_text_printf(&sentence, "%" PRIu64 " %s records were lost (%s)", l->count, l->act, l->stage);
	r = r ? r
	      : cl_text_printf(&sentence, " between %.19sZ and %.19sZ: uses of credentials in that time may be missing",
			       from, to);
	return r ? r : report(d, &fact, &sentence);
}

static int on_coverage(struct cl_detect *d, const struct cl_observation *obs)
{
	_cleanup_text_ struct cl_text sentence = {0};
	struct cl_fact fact = {.compared = {"coverage", obs->act}};
	const char *tier = obs->tier && *obs->tier ? obs->tier : "none";
	bool blind = cl_tier_is_blind(tier);
	int r;

	/* Pins see nothing themselves: without them the next restart is blind. */
	if (!strcmp(obs->act, "pins"))
		r = cl_text_printf(&sentence, "the pinned probes were tampered with: %s", tier);
	else if (!strcmp(obs->act, "store"))
		r = cl_text_puts(&sentence,
				 blind ? "findings wait in memory and would be lost with the monitor: the store "
					 "cannot be written"
				       : "the store is written again");
	else
		r = cl_text_printf(&sentence, "acts of kind \"%s\" are %s: tier %s", obs->act,
				   blind ? "not seen" : "seen again", tier);
	if (obs->detail && *obs->detail && !r)
		r = cl_text_printf(&sentence, ", %s", obs->detail);
	if (r)
		return r;
	if (blind)
		return report(d, &fact, &sentence);
	fact.detail = cl_text_str(&sentence);
	return cl_detect_close(d, &cl_detector_coverage_degraded, &fact);
}

static int on_unclean(struct cl_detect *d, const struct cl_observation *obs)
{
	_cleanup_text_ struct cl_text sentence = {0};
	char since[CL_TIME_SIZE], now[CL_TIME_SIZE];
	struct cl_fact fact = {.compared = {"unclean", cl_time_format(since, obs->since)}, .since = obs->since};
	int r = cl_text_printf(&sentence,
			       "the monitor did not stop cleanly: nothing was watched between %.19sZ and %.19sZ", since,
			       cl_time_format(now, cl_detect_now(d)));

	return r ? r : report(d, &fact, &sentence);
}

/* What was used before cannot be compared with what is used now. */
static int on_store_anew(struct cl_detect *d, const struct cl_observation *obs)
{
	_cleanup_text_ struct cl_text sentence = {0};
	struct cl_fact fact = {.compared = {"store", obs->path}};
	char now[CL_TIME_SIZE];
	int r = cl_text_printf(
		&sentence,
		"the store was damaged and is kept as \"%s\", a new one began: the history before %.19sZ, "
		"its findings and what was said of credentials are missing, uses of before are not "
		"compared with later ones",
		obs->path, cl_time_format(now, cl_detect_now(d)));

	if (!r && obs->detail && *obs->detail)
		r = cl_text_printf(&sentence, " (%s)", obs->detail);
	return r ? r : report(d, &fact, &sentence);
}

static int observe(struct cl_detect *d, void *state, const struct cl_observation *obs, const struct cl_process *actor)
{
	(void)actor;
	if (obs->kind == CL_OBS_LOSS && obs->act && obs->count)
		return on_loss(d, state, obs);
	if (obs->kind == CL_OBS_COVERAGE && obs->act)
		return on_coverage(d, obs);
	if (obs->kind == CL_OBS_UNCLEAN)
		return on_unclean(d, obs);
	if (obs->kind == CL_OBS_STORE_ANEW && obs->path)
		return on_store_anew(d, obs);
	return 0;
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	return cl_text_puts(out, fact->detail ? fact->detail : "the monitor saw less than all");
}

const struct cl_detector cl_detector_coverage_degraded = {
	.id = "coverage-degraded",
	.title = "The monitor did not see everything",
	.start = start,
	.stop = stop,
	.observe = observe,
	.describe = describe,
};
