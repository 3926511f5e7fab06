/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process reads another's memory or environment, or takes a descriptor of a credential's file out of it, while that
 * one holds credentials: always High. What shows environments to who administers the host only shows (touch.h): `ps e`,
 * top, a service manager; memory it has no business with either. What it carries itself is no news, and a debugger of
 * its own children in its own run is at work. The memory of a program that starts the steps of CI jobs holds the job's
 * secrets, though they came over the network and nothing has been seen of them. A scan of many processes is one finding that is counted: further targets of the same program in the
 * same run count for the credential that began it, until it has been quiet for a while.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "credlineage/event.h"
#include "detect/burst.h"
#include "detect/snapshot.h"

#define TAKINGS 64 /* descriptors that are being taken: the answer comes in the same call */
#define REACHES 64 /* credentials of one target */
#define CHAIN 64   /* of parents that are looked at */
#define MEMORY "memory"
#define ENVIRONMENT "environment"
#define DESCRIPTOR "descriptor"

struct taking {
	struct cl_process_key actor, target;
};

struct memory {
	struct cl_bursts scans;
	struct taking takings[TAKINGS];
	size_t next;
};

static int start(void **state)
{
	*state = calloc(1, sizeof(struct memory));
	return *state ? 0 : -ENOMEM;
}

static void stop(void **state)
{
	struct memory *m = *state;

	if (m)
		cl_bursts_free(&m->scans);
	free(m);
	*state = NULL;
}

/* ---- scans ---- */

/* The scan that this goes on with; else a new one, for this credential. */
static int scan_of(struct cl_detect *d, struct memory *m, const struct cl_use *use, const char *program,
		   const char *what, struct cl_burst **out)
{
	_cleanup_text_ struct cl_text key = {0};
	int r = cl_text_printf(&key, "%s\n%s\n%s", what, use->run.id, program);
	struct cl_burst *s = r ? NULL : cl_burst_of(&m->scans, cl_text_str(&key), "", cl_detect_now(d));

	if (!s)
		return -ENOMEM;
	if (s->n == 1)
		memcpy(s->fp, use->credential->fp, CL_FP_SIZE);
	*out = s;
	return 0;
}

/* ---- reports ---- */

/* How the target has it, else how anybody has who did not only look. NULL: the reader's own run alone. */
static const struct cl_use *held_by(const struct cl_detect *d, const struct cl_use *reader,
				    struct cl_process_key target)
{
	const struct cl_process *p = cl_detect_process(d, target);
	const struct cl_use *u = p ? cl_credential_use_in(reader->credential, p->run->id) : NULL;

	for (const struct cl_use *o = reader->credential->uses; o && !u; o = o->next)
		if (o != reader && !o->reached)
			u = o;
	return u != reader ? u : NULL;
}

/* What the reader's run did with the credential that the scan began with; it may be forgotten by now. */
static const struct cl_use *lead_of(struct cl_detect *d, struct cl_burst *s, const struct cl_use *reader)
{
	const struct cl_credential *c = cl_detect_credential(d, s->fp);
	const struct cl_use *lead = c ? cl_credential_use_in(c, reader->run.id) : NULL;

	if (lead)
		return lead;
	memcpy(s->fp, reader->credential->fp, CL_FP_SIZE);
	return reader;
}

static int report(struct cl_detect *d, struct memory *m, const struct cl_use *reader, const struct cl_process *actor,
		  struct cl_process_key target, const char *what)
{
	_cleanup_text_ struct cl_text program = {0}, detail = {0};
	struct cl_fact fact = {.severity = CL_SEVERITY_HIGH};
	const struct cl_use *lead, *holder;
	struct cl_burst *s;
	int r = cl_say_program(&program, actor);

	r = r ? r : scan_of(d, m, reader, cl_text_str(&program), what, &s);
	if (r)
		return r;
	if (s->n > 1)
		r = cl_text_printf(&detail, "%" PRIu64 " times in one scan", s->n);
	if (r)
		return r;
	lead = lead_of(d, s, reader);
	holder = held_by(d, lead, target);
	fact.compared[0] = lead->run.workflow;
	fact.compared[1] = cl_text_str(&program);
	fact.compared[2] = what;
	fact.credential = lead->credential;
	fact.sides[0] = holder ? holder : lead;
	fact.sides[1] = holder ? lead : NULL;
	fact.latest[holder ? 1 : 0] = true;
	fact.detail = s->n > 1 ? cl_text_str(&detail) : NULL;
	return cl_detect_report(d, &cl_detector_process_scrape, &fact);
}

static bool is_below(const struct cl_process *p, struct cl_process_key above)
{
	for (int n = 0; p && n < CHAIN; n++, p = p->parent)
		if (cl_key_equal(p->parent_key, above))
			return true;
	return false;
}

static bool reads_memory(uint32_t how)
{
	return how == CL_ACCESS_PTRACE || how == CL_ACCESS_VM_READ || how == CL_ACCESS_MEM;
}

/* Which secrets these are is not known: a fact without a credential. */
static int report_worker(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor)
{
	_cleanup_text_ struct cl_text program = {0}, what = {0};
	struct cl_act act = {.how = CL_USE_REACHED, .basis = CL_BASIS_INFERRED, .count = 1};
	struct cl_fact fact = {.severity = CL_SEVERITY_HIGH, .gathered = true, .latest = {true}};
	struct cl_use *use = NULL;
	int r = cl_say_program(&program, actor);

	r = r ? r : cl_text_puts(&what, "the memory of ");
	r = r ? r : cl_say_process(&what, cl_detect_process(d, obs->child), obs->child);
	r = r ? r : cl_dup_bounded(&act.name, cl_text_str(&what), CL_NAME_SHOWN);
	r = r ? r : cl_detect_gather(d, actor, &act, NULL, &use);
	free(act.name);
	fact.compared[0] = actor->run->workflow;
	fact.compared[1] = cl_text_str(&program);
	fact.compared[2] = MEMORY;
	fact.sides[0] = use;
	r = r ? r : cl_detect_report(d, &cl_detector_process_scrape, &fact);
	cl_use_free(&use);
	return r;
}

/* ---- acts ---- */

static const struct cl_use *use_of(struct cl_detect *d, const struct cl_process *actor, const uint8_t fp[CL_FP_SIZE])
{
	const struct cl_credential *c = cl_detect_credential(d, fp);

	return c ? cl_credential_use_in(c, actor->run->id) : NULL;
}

static int on_access(struct cl_detect *d, struct memory *m, const struct cl_observation *obs,
		     const struct cl_process *actor)
{
	uint8_t fps[REACHES][CL_FP_SIZE];
	size_t n = cl_detect_laid_open(d, obs, fps, REACHES);
	const struct cl_use *reader = n ? use_of(d, actor, fps[0]) : NULL;

	if (obs->how == CL_ACCESS_FD)
		m->takings[m->next++ % TAKINGS] = (struct taking){.actor = obs->process, .target = obs->child};
	if (!reader && reads_memory(obs->how) && cl_detect_is_worker(d, obs->child) &&
	    !is_below(cl_detect_process(d, obs->child), obs->process))
		return report_worker(d, obs, actor);
	if (!reader)
		return 0;
	return report(d, m, reader, actor, obs->child, obs->how == CL_ACCESS_ENVIRON ? ENVIRONMENT : MEMORY);
}

/* An environment that holds what the target's did not hold at its start. */
static int on_read(struct cl_detect *d, struct memory *m, const struct cl_observation *obs,
		   const struct cl_process *actor)
{
	for (size_t i = 0; i < obs->n_sightings; i++) {
		const struct cl_use *reader = use_of(d, actor, obs->sightings[i].fp);
		const struct cl_act *a = reader ? cl_use_last(reader) : NULL;

		if (a && a->how == CL_USE_REACHED && a->basis == CL_BASIS_OBSERVED && a->latest == cl_detect_now(d))
			return report(d, m, reader, actor, (struct cl_process_key){0}, ENVIRONMENT);
	}
	return 0;
}

static int on_receive(struct cl_detect *d, struct memory *m, const struct cl_observation *obs,
		      const struct cl_process *actor)
{
	const struct cl_use *reader = obs->n_sightings ? use_of(d, actor, obs->sightings[0].fp) : NULL;
	struct cl_process_key target = obs->opener;

	for (size_t i = 0; i < TAKINGS; i++)
		if (cl_key_equal(m->takings[i].actor, obs->process))
			target = m->takings[i].target;
	return reader ? report(d, m, reader, actor, target, DESCRIPTOR) : 0;
}

static int observe(struct cl_detect *d, void *state, const struct cl_observation *obs, const struct cl_process *actor)
{
	if (!actor || obs->exempt)
		return 0;
	if (obs->kind == CL_OBS_ACCESS)
		return on_access(d, state, obs, actor);
	if (obs->kind == CL_OBS_READ)
		return on_read(d, state, obs, actor);
	if (obs->kind == CL_OBS_RECEIVE && obs->how == CL_RECEIVE_TAKEN)
		return on_receive(d, state, obs, actor);
	return 0;
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	size_t reader = fact->sides[1] ? 1 : 0;
	int r = fact->credential ? cl_say_credential(out, fact->credential)
				 : cl_text_puts(out, "what a job's runner keeps secret");

	r = r ? r : cl_text_puts(out, " was taken out of another process: in ");
	r = r ? r : cl_say_run(out, &fact->sides[reader]->run);
	r = r ? r : cl_text_puts(out, " ");
	r = r ? r : cl_say_act(out, cl_fact_act(fact, reader), true);
	if (fact->detail && !r)
		r = cl_text_printf(out, ", %s", fact->detail);
	if (!reader || r)
		return r;
	r = cl_text_puts(out, "; in ");
	r = r ? r : cl_say_run(out, &fact->sides[0]->run);
	r = r ? r : cl_text_puts(out, " ");
	return r ? r : cl_say_act(out, cl_fact_act(fact, 0), false);
}

const struct cl_detector cl_detector_process_scrape = {
	.id = "process-scrape",
	.title = "Credential taken out of another process",
	.start = start,
	.stop = stop,
	.observe = observe,
	.describe = describe,
};
