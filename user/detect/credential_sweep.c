/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One piece of work reads credentials of several kinds in a short time: at least three classes of stores and three
 * providers within a minute. High; Critical when it connects out afterwards. Class and lifetime of the values change
 * nothing: it is the collecting that is reported. One finding per workflow and, in surroundings (host, session), per
 * program with which the piece of work began; each further class counts.
 *
 * A piece of work is the innermost run; in surroundings the tree of processes below the shell or daemon that started it.
 * Counted is what strangers, runtimes with libraries, and readers of stores of unknown readers read (touch.h). Not
 * counted: a store's own programs (a build that pulls, installs, pushes with five tools touches five stores by five
 * owners); what handles all files alike (a backup of a home is told by its program and its surroundings, not by where
 * it connects: it connects to its own storage, as a thief would); a person who looks; stores that are shared by design;
 * what every process of a job has in its environment. A process that looks at its own environment cannot be seen.
 *
 * A class is a store; what lies in a project is one class altogether (a search through it meets .env, .npmrc and more),
 * and so is what was put there for the work that runs there.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "credlineage/event.h"
#include "detect/detector.h"
#include "detect/snapshot.h"
#include "detect/touch.h"

#define WINDOW (60 * CL_NS_PER_S)
#define PATIENCE (3600 * CL_NS_PER_S) /* after a sweep: a connection still belongs to it */
#define CLASSES 3
#define PROVIDERS 3
#define SWEEPS 256
#define TOUCHES 32 /* of one piece of work; the oldest goes first */
#define PROVIDER_SHOWN 32

struct touch {
	uint64_t class, when; /* hash; 0: free */
	char provider[PROVIDER_SHOWN];
};

struct sweep {
	char *key, *name; /* whose; name: of the program with which it began, NULL in a run of its own */
	struct touch touches[TOUCHES];
	size_t next;
	struct cl_use *use;
	uint8_t fp[CL_FP_SIZE]; /* of the first credential */
	bool of_credential, reported;
	uint64_t last;
};

struct memory {
	struct sweep sweeps[SWEEPS];
};

static int start(void **state)
{
	*state = calloc(1, sizeof(struct memory));
	return *state ? 0 : -ENOMEM;
}

static void forget(struct sweep *s)
{
	free(s->key);
	free(s->name);
	cl_use_free(&s->use);
	*s = (struct sweep){0};
}

static void stop(void **state)
{
	struct memory *m = *state;

	for (size_t i = 0; m && i < SWEEPS; i++)
		forget(&m->sweeps[i]);
	free(m);
	*state = NULL;
}

/* ---- whose ---- */

static const struct cl_process *root_of(const struct cl_process *actor)
{
	return cl_run_is_ambient(actor->run->kind) ? cl_touch_root(actor) : NULL;
}

static int say_key(const struct cl_process *actor, struct cl_text *key)
{
	const struct cl_process *root = root_of(actor);

	if (!root)
		return cl_text_puts(key, actor->run->id);
	return cl_text_printf(key, "%s %u %" PRIu64, actor->run->id, root->key.tgid, root->key.start);
}

/* NULL: none, or, with `begin`, out of memory. */
static struct sweep *sweep_of(struct memory *m, const struct cl_process *actor, bool begin)
{
	_cleanup_text_ struct cl_text key = {0}, name = {0};
	struct sweep *oldest = &m->sweeps[0];
	const struct cl_process *root = root_of(actor);

	if (say_key(actor, &key) || (root && cl_say_program(&name, root)))
		return NULL;
	for (size_t i = 0; i < SWEEPS; i++) {
		struct sweep *s = &m->sweeps[i];

		if (s->key && !strcmp(s->key, cl_text_str(&key)))
			return s;
		if (s->last < oldest->last)
			oldest = s;
	}
	if (!begin)
		return NULL;
	forget(oldest);
	oldest->key = cl_text_take(&key);
	oldest->name = cl_text_take(&name);
	return oldest->key ? oldest : NULL;
}

/* ---- what ---- */

static uint64_t class_of(const struct cl_observation *obs)
{
	if (obs->traits & CL_STORE_INJECTED)
		return 1;
	if (obs->traits & CL_STORE_PROJECT)
		return 2;
	return cl_fnv1a(obs->store, strlen(obs->store)) | 4;
}

static bool is_recent(const struct touch *t, uint64_t now)
{
	return t->class && now < t->when + WINDOW;
}

/* What was long ago is another story. */
static void age(struct sweep *s, uint64_t now)
{
	if (now < s->last + (s->reported ? PATIENCE : WINDOW))
		return;
	cl_use_free(&s->use);
	memset(s->touches, 0, sizeof(s->touches));
	s->reported = s->of_credential = false;
}

static void touch(struct sweep *s, uint64_t class, const char *provider, uint64_t now)
{
	struct touch *t = NULL;

	for (size_t i = 0; i < TOUCHES && !t; i++)
		if (s->touches[i].class == class && !strncmp(s->touches[i].provider, provider, PROVIDER_SHOWN - 1))
			t = &s->touches[i];
	if (!t) {
		t = &s->touches[s->next];
		s->next = (s->next + 1) % TOUCHES;
		t->class = class;
		snprintf(t->provider, sizeof(t->provider), "%s", provider);
	}
	t->when = now;
}

static bool touched(const struct sweep *s, uint64_t class, uint64_t now)
{
	for (size_t i = 0; i < TOUCHES; i++)
		if (s->touches[i].class == class && is_recent(&s->touches[i], now))
			return true;
	return false;
}

struct counts {
	size_t classes, providers;
};

/* Of the last minute; their names, too. */
static struct counts count(const struct sweep *s, uint64_t now, struct cl_text *names)
{
	struct counts n = {0};

	for (size_t i = 0; i < TOUCHES; i++) {
		const struct touch *t = &s->touches[i];
		bool class = is_recent(t, now), provider = class;

		for (size_t j = 0; j < i; j++) {
			if (!is_recent(&s->touches[j], now))
				continue;
			class &= s->touches[j].class != t->class;
			provider &= strcmp(s->touches[j].provider, t->provider) != 0;
		}
		n.classes += class;
		if (provider && !cl_text_printf(names, "%s%s", n.providers ? ", " : "", t->provider))
			n.providers++;
	}
	return n;
}

static bool is_counted(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor)
{
	enum cl_touch how;

	if (!obs->store || obs->exempt || !cl_touch_counts(obs) || !strcmp(obs->store, "proc_environ"))
		return false;
	if (cl_detect_touch(d, obs, actor, &how))
		return false;
	return how == CL_TOUCH_STRANGER || how == CL_TOUCH_LIBRARY || how == CL_TOUCH_NOBODY;
}

/* ---- reports ---- */

static int report(struct cl_detect *d, struct sweep *s, uint32_t severity)
{
	_cleanup_text_ struct cl_text names = {0}, detail = {0};
	struct counts n = count(s, s->last, &names);
	struct cl_fact fact = {
		.compared = {s->use->run.workflow, s->name},
		.credential = s->of_credential ? cl_detect_credential(d, s->fp) : NULL,
		.sides = {s->use},
		.latest = {true},
		.gathered = true,
		.severity = severity,
	};
	int r = cl_text_printf(&detail, "of %zu providers (%s) from %zu kinds of stores", n.providers,
			       cl_text_str(&names), n.classes);

	if (r)
		return r;
	fact.detail = cl_text_str(&detail);
	s->reported = true;
	return cl_detect_report(d, &cl_detector_credential_sweep, &fact);
}

static int enter(struct cl_detect *d, struct sweep *s, const struct cl_observation *obs, const struct cl_process *actor)
{
	struct cl_act act = {.how = CL_USE_READ, .basis = CL_BASIS_OBSERVED, .unverified = obs->unverified};
	int r = cl_dup_bounded(&act.path, obs->path, CL_PATH_SHOWN);

	r = r ? r : cl_detect_gather(d, actor, &act, NULL, &s->use);
	free(act.path);
	if (!s->of_credential && obs->n_sightings) {
		s->of_credential = true;
		memcpy(s->fp, obs->sightings[0].fp, CL_FP_SIZE);
	}
	return r;
}

static int on_read(struct cl_detect *d, struct memory *m, const struct cl_observation *obs,
		   const struct cl_process *actor)
{
	_cleanup_text_ struct cl_text names = {0};
	struct sweep *s = sweep_of(m, actor, true);
	const char *owner = obs->owner ? obs->owner : obs->store;
	uint64_t now = cl_detect_now(d), class = class_of(obs);
	struct counts n;
	bool fresh;
	int r;

	if (!s)
		return -ENOMEM;
	age(s, now);
	s->last = now;
	fresh = !touched(s, class, now);
	for (size_t i = 0; i < obs->n_sightings; i++)
		touch(s, class, obs->sightings[i].provider ? obs->sightings[i].provider : owner, now);
	if (!obs->n_sightings)
		touch(s, class, owner, now);
	r = enter(d, s, obs, actor);
	n = count(s, now, &names);
	if (r || n.classes < CLASSES || n.providers < PROVIDERS || (s->reported && !fresh))
		return r;
	return report(d, s, CL_SEVERITY_HIGH);
}

/* The resolver that runs on this host is no way out. */
static bool is_way_out(const struct cl_observation *obs)
{
	return obs->family != AF_UNIX && obs->how != CL_CONNECT_ACCEPT && !cl_detect_is_plumbing(obs) &&
	       !(obs->port == 53 && obs->address && cl_starts_with(obs->address, "127.0.0.5"));
}

static int on_connect(struct cl_detect *d, struct memory *m, const struct cl_observation *obs,
		      const struct cl_process *actor)
{
	struct sweep *s = is_way_out(obs) ? sweep_of(m, actor, false) : NULL;
	int r;

	if (!s || !s->reported || cl_detect_now(d) >= s->last + PATIENCE)
		return 0;
	r = cl_detect_gather_connect(d, actor, obs, &s->use);
	return r ? r : report(d, s, CL_SEVERITY_CRITICAL);
}

static int observe(struct cl_detect *d, void *state, const struct cl_observation *obs, const struct cl_process *actor)
{
	if (actor && obs->kind == CL_OBS_READ && is_counted(d, obs, actor))
		return on_read(d, state, obs, actor);
	if (actor && obs->kind == CL_OBS_CONNECT)
		return on_connect(d, state, obs, actor);
	return 0;
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	const struct cl_act *last = cl_fact_act(fact, 0);
	bool out_again = fact->severity == CL_SEVERITY_CRITICAL;
	int r = cl_say_run(out, &fact->sides[0]->run);

	r = r ? r : cl_text_puts(out, " collected credentials ");
	r = r ? r : cl_text_puts(out, fact->detail ? fact->detail : "of several providers");
	r = r ? r : cl_text_puts(out, out_again ? " within a minute and connected out: " : " within a minute: ");
	return r ? r : cl_say_act(out, last, fact->latest[0]);
}

const struct cl_detector cl_detector_credential_sweep = {
	.id = "credential-sweep",
	.title = "Credentials of several providers collected in a short time",
	.start = start,
	.stop = stop,
	.observe = observe,
	.describe = describe,
};
