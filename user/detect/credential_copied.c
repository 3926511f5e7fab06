/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A known credential is found in a second file: always Low, whatever its class. One finding per file into which
 * credentials are copied, counted with each of them and with every further file of theirs (a value and what took its
 * place are one credential); the credential that came last is shown. No copies are: another name of the same file (link,
 * bind mount, the same path in another root), an editor's or package manager's copy beside the file, the files of one
 * tool (what it is known by begins with the same word), what no store claims in the same directory (a file that is
 * being rewritten lies there under another name for a moment), what is put into several places for the work that runs there,
 * what a backup writes, and stores that are shared by design. A file that a holder wrote counts when the value was found in it; who made any
 * other copy is not known, and who read it is shown.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "catalogue/copies.h"
#include "detect/detector.h"
#include "detect/snapshot.h"
#include "detect/touch.h"

#define CREDENTIALS 8192 /* the one that was found longest ago goes first */
#define PLACES 8	 /* of one credential; more are only counted as what is known already */
#define OWNER 24

struct place {
	char *path;
	char owner[OWNER]; /* first word of the software that it belongs to */
	uint64_t store;	   /* hash of its id; 0: none */
	uint64_t ino;
	uint32_t dev;
	bool injected;
	uint8_t first[CL_FP_SIZE], latest[CL_FP_SIZE]; /* the values that were found in it */
};

struct copied {
	uint8_t origin[CL_FP_SIZE];
	char *lead; /* the first file that it was copied into, after which its finding is named; NULL: none */
	struct place places[PLACES];
	size_t n;
	UT_hash_handle hh;
};

struct memory {
	struct copied *table;
};

static int start(void **state)
{
	*state = calloc(1, sizeof(struct memory));
	return *state ? 0 : -ENOMEM;
}

static void release(struct copied *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->places[i].path);
	free(c->lead);
	free(c);
}

static void drop(struct memory *m, struct copied *c)
{
	HASH_DEL(m->table, c);
	release(c);
}

static void stop(void **state)
{
	struct memory *m = *state;

	while (m && m->table)
		drop(m, m->table);
	free(m);
	*state = NULL;
}

static struct copied *entry_of(struct memory *m, const uint8_t origin[CL_FP_SIZE])
{
	struct copied *c = NULL;

	HASH_FIND(hh, m->table, origin, CL_FP_SIZE, c);
	if (c && c->hh.next)
		HASH_DEL(m->table, c);
	else if (c)
		return c;
	if (!c) {
		if (HASH_COUNT(m->table) >= CREDENTIALS)
			drop(m, m->table);
		c = calloc(1, sizeof(*c));
		if (!c)
			return NULL;
		memcpy(c->origin, origin, CL_FP_SIZE);
	}
	HASH_ADD(hh, m->table, origin, CL_FP_SIZE, c);
	if (cl_table_added(c))
		return c;
	release(c);
	return NULL;
}

/* ---- the same place ---- */

/* The path in another root: a container's, a change root's. */
static bool ends_alike(const char *a, const char *b)
{
	return cl_ends_with(a, b) || cl_ends_with(b, a);
}

static bool is_copy_beside(const char *path, const char *original)
{
	char of[CL_PATH_SHOWN];
	size_t name;

	if (!cl_copy_of(path, of, sizeof(of)))
		return false;
	if (!strcmp(of, original))
		return true;
	name = (size_t)(cl_basename(of) - of);
	return of[name] == '.' && !strncmp(of, original, name) && !strcmp(of + name + 1, original + name);
}

static bool is_beside(const char *a, const char *b)
{
	size_t n = (size_t)(cl_basename(a) - a);

	return n == (size_t)(cl_basename(b) - b) && !strncmp(a, b, n);
}

static bool is_same(const struct place *known, const struct place *found)
{
	if (known->ino && known->ino == found->ino && known->dev == found->dev)
		return true;
	if (known->injected && found->injected)
		return true;
	if (!found->store && is_beside(known->path, found->path))
		return true;
	if (*known->owner && !strcmp(known->owner, found->owner) &&
	    (known->store != found->store || is_beside(known->path, found->path)))
		return true;
	return ends_alike(known->path, found->path) || is_copy_beside(found->path, known->path) ||
	       is_copy_beside(known->path, found->path);
}

/* Some owners are many: "various", "application and frameworks", "shells". */
static void take_owner(struct place *p, const char *owner)
{
	size_t n = owner ? strcspn(owner, " /,") : 0;

	if (owner &&
	    (!strncmp(owner, "various", n) || !strncmp(owner, "application", n) || !strncmp(owner, "shells", n)))
		n = 0;
	n = n < OWNER ? n : OWNER - 1;
	memcpy(p->owner, owner ? owner : "", n);
	p->owner[n] = '\0';
}

static void take_place(struct place *p, const struct cl_observation *obs, const uint8_t fp[CL_FP_SIZE])
{
	*p = (struct place){.path = (char *)(uintptr_t)obs->path,
			    .ino = obs->ino,
			    .dev = obs->dev,
			    .store = obs->store ? cl_fnv1a(obs->store, strlen(obs->store)) : 0,
			    .injected = obs->traits & CL_STORE_INJECTED};
	memcpy(p->first, fp, CL_FP_SIZE);
	memcpy(p->latest, fp, CL_FP_SIZE);
	take_owner(p, obs->owner);
}

static bool held(const struct place *p, const uint8_t fp[CL_FP_SIZE])
{
	return !memcmp(p->first, fp, CL_FP_SIZE) || !memcmp(p->latest, fp, CL_FP_SIZE);
}

/* 1: the value lies in a further place than before. What took its place may lie elsewhere, behind a link that was turned. */
static int add(struct copied *c, const struct place *found)
{
	bool elsewhere = false;
	struct place *p;

	for (size_t i = 0; i < c->n; i++) {
		if (is_same(&c->places[i], found)) {
			memcpy(c->places[i].latest, found->latest, CL_FP_SIZE);
			return 0;
		}
		elsewhere |= held(&c->places[i], found->latest);
	}
	if (c->n == PLACES)
		return 0;
	p = &c->places[c->n++];
	*p = *found;
	p->path = NULL;
	if (!cl_dup_bounded(&p->path, found->path, CL_PATH_SHOWN) && p->path)
		return elsewhere;
	c->n--;
	return -ENOMEM;
}

/* ---- reports ---- */

/* Others that were copied into the file after which its finding is named. */
static size_t count_others(const struct memory *m, const struct copied *c)
{
	size_t n = 0;

	for (const struct copied *o = m->table; o; o = o->hh.next)
		n += o != c && o->lead && !strcmp(o->lead, c->lead);
	return n;
}

static int words(const struct memory *m, const struct copied *c, struct cl_text *out)
{
	size_t others = count_others(m, c);
	int r = cl_text_puts(out, "in ");

	for (size_t i = 0; i < c->n && !r; i++) {
		r = i ? cl_text_puts(out, i + 1 == c->n ? " and in " : ", in ") : 0;
		r = r ? r : cl_text_escape(out, c->places[i].path, strlen(c->places[i].path));
	}
	if (r || !others)
		return r;
	r = cl_text_printf(out, "; %zu more credential%s copied into ", others, others == 1 ? " was" : "s were");
	return r ? r : cl_text_escape(out, c->lead, strlen(c->lead));
}

static int report(struct cl_detect *d, const struct memory *m, const struct copied *c, const struct cl_credential *of,
		  const char *run)
{
	_cleanup_text_ struct cl_text detail = {0};
	const struct cl_use *found = cl_credential_use_in(of, run);
	struct cl_fact fact = {.credential = of, .latest = {true}, .severity = CL_SEVERITY_LOW, .gathered = true};
	struct cl_use *use = NULL;
	int r;

	/* Who wrote it down need not have had it otherwise; then it is who did. */
	found = found ? found : of->uses;
	r = found ? words(m, c, &detail) : 0;
	if (r || !found)
		return r;
	r = cl_use_dup(&use, found);
	fact.sides[0] = use;
	fact.compared[0] = "copied";
	fact.compared[1] = c->lead;
	fact.detail = cl_text_str(&detail);
	r = r ? r : cl_detect_report(d, &cl_detector_credential_copied, &fact);
	cl_use_free(&use);
	return r;
}

static int on_file(struct cl_detect *d, struct memory *m, const struct cl_observation *obs, const struct cl_sighting *s,
		   const char *run)
{
	const struct cl_credential *of = cl_detect_credential(d, s->fp);
	struct copied *c = entry_of(m, of && of->succession.has_origin ? of->succession.origin : s->fp);
	struct place found;
	int r;

	if (!c)
		return -ENOMEM;
	take_place(&found, obs, s->fp);
	r = add(c, &found);
	if (r <= 0 || !run || !of)
		return r < 0 ? r : 0;
	r = c->lead ? 0 : cl_dup_bounded(&c->lead, obs->path, CL_PATH_SHOWN);
	return r ? r : report(d, m, c, of, run);
}

static bool is_place(const struct cl_observation *obs)
{
	if (obs->kind != CL_OBS_READ && obs->kind != CL_OBS_STORED && obs->kind != CL_OBS_KNOWN_PLACE)
		return false;
	return obs->path && !obs->exempt && !cl_starts_with(obs->path, "/proc/") &&
	       !cl_starts_with(obs->path, "/dev/fd/");
}

static int observe(struct cl_detect *d, void *state, const struct cl_observation *obs, const struct cl_process *actor)
{
	const struct cl_process *by = actor ? actor : cl_detect_process(d, obs->process);
	const char *run = by ? by->run->id : "";
	int r = 0;

	if (!is_place(obs))
		return 0;
	if (obs->kind == CL_OBS_KNOWN_PLACE || (obs->kind == CL_OBS_STORED && by && cl_touch_backs_up(by)))
		run = NULL;
	for (size_t i = 0; i < obs->n_sightings && !r; i++)
		r = on_file(d, state, obs, &obs->sightings[i], run);
	return r;
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	int r = cl_say_credential(out, fact->credential);

	r = r ? r : cl_text_puts(out, " lies in more than one file: ");
	r = r ? r : cl_text_puts(out, fact->detail ? fact->detail : "a copy was found");
	r = r ? r : cl_text_puts(out, "; in ");
	return r ? r : cl_say_side(out, fact, 0);
}

const struct cl_detector cl_detector_credential_copied = {
	.id = "credential-copied",
	.title = "Credential found in a second file",
	.start = start,
	.stop = stop,
	.observe = observe,
	.describe = describe,
};
