/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/second.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "lineage/weave.h"

struct file_id {
	uint64_t ino, dev;
};

struct file {
	struct file_id id;
	uint32_t generation;
	struct cl_process_key writer;
	char *run, *path;
	uint8_t fps[CL_SECOND_FPS][CL_FP_SIZE];
	size_t n;
	bool held;	 /* by its writer, in whatever way */
	bool found;	 /* a credential was seen in it */
	uint64_t opened; /* boot ns */
	UT_hash_handle hh;
};

struct cl_second {
	struct file *files; /* the one that was written longest ago first */
	size_t max;
	struct cl_second_stats stats;
};

int cl_second_new(struct cl_second **out, size_t max)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->max = max;
	return 0;
}

static void file_free(struct file *f)
{
	free(f->run);
	free(f->path);
	free(f);
}

static void drop(struct cl_second *t, struct file *f)
{
	HASH_DEL(t->files, f); /* the analyser takes it for no element. NOLINT(clang-analyzer-core.NullDereference) */
	t->stats.files--;
	file_free(f);
}

void cl_second_free(struct cl_second **p)
{
	struct file *f, *next;

	if (!*p)
		return;
	HASH_ITER (hh, (*p)->files, f, next)
		drop(*p, f);
	free(TAKE_PTR(*p));
}

static struct file *find(const struct cl_second *t, uint64_t ino, uint32_t dev)
{
	const struct file_id id = {.ino = ino, .dev = dev};
	struct file *f = NULL;

	/* The analyzer does not follow the members into the key's bytes. NOLINTNEXTLINE(clang-analyzer-core.*) */
	HASH_FIND(hh, t->files, &id, sizeof(id), f);
	return f;
}

static struct file *find_of(const struct cl_second *t, const struct cl_observation *obs)
{
	struct file *f = obs->ino ? find(t, obs->ino, obs->dev) : NULL;

	return f && f->generation == obs->generation ? f : NULL;
}

bool cl_second_is_held(const struct cl_second *t, uint64_t ino, uint32_t dev, struct cl_process_key *writer)
{
	const struct file *f = find(t, ino, dev);

	if (!f || !(f->held || f->found))
		return false;
	*writer = f->writer;
	return true;
}

bool cl_second_knows(const struct cl_second *t, const struct cl_observation *obs)
{
	const struct file *f = find_of(t, obs);

	return f && (f->held || f->found);
}

static bool is_claimed(const struct file *f)
{
	return f->n || f->found;
}

/* Who is said to have written it: the latest of those that hold most. */
static unsigned int weight(const struct file *f)
{
	return is_claimed(f) ? 2 : f->held;
}

/* Makes room for one more file of the writer. */
static void make_room(struct cl_second *t, struct cl_process_key writer)
{
	struct file *own = NULL, *unclaimed = NULL;
	size_t n = 0;

	for (struct file *f = t->files; f; f = f->hh.next) {
		if (cl_key_equal(f->writer, writer) && !n++)
			own = f;
		if (!unclaimed && !is_claimed(f))
			unclaimed = f;
	}
	if (n >= CL_SECOND_WRITER) {
		drop(t, own);
		t->stats.evicted++;
	} else if (t->stats.files >= t->max) {
		drop(t, unclaimed ? unclaimed : t->files);
		t->stats.evicted++;
	}
}

/* The file as its latest writer left it: an earlier one's claim stands while it is the same file. */
static int enter(struct cl_second *t, const struct cl_observation *obs, const struct cl_process *writer,
		 struct file **out)
{
	struct file *f = find(t, obs->ino, obs->dev);

	if (f && (f->generation != obs->generation || !cl_key_equal(f->writer, writer->key))) {
		drop(t, f);
		f = NULL;
	}
	*out = f;
	if (f)
		return 0;
	make_room(t, writer->key);
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->id = (struct file_id){.ino = obs->ino, .dev = obs->dev};
	f->generation = obs->generation;
	f->writer = writer->key;
	f->run = strdup(writer->run->id);
	f->path = strdup(obs->path);
	if (f->run && f->path)
		HASH_ADD(hh, t->files, id, sizeof(f->id), f);
	if (!f->run || !f->path || !cl_table_added(f)) {
		file_free(f);
		return -ENOMEM;
	}
	t->stats.files++;
	*out = f;
	return 0;
}

static void claim(struct file *f, const struct cl_process *writer, const struct cl_detect *detect)
{
	uint8_t any[1][CL_FP_SIZE];

	f->n = cl_detect_in_hand(detect, writer, f->fps, CL_SECOND_FPS);
	f->held = f->n || cl_detect_holding(detect, writer->key, any, 1);
}

static int on_write(struct cl_second *t, const struct cl_observation *obs, const struct cl_process *actor,
		    const struct cl_detect *detect)
{
	const struct file *before = find_of(t, obs);
	struct file *f, now = {0};
	int r;

	if (!actor || !obs->path)
		return 0;
	claim(&now, actor, detect);
	if (before && !cl_key_equal(before->writer, actor->key) && weight(before) > weight(&now))
		return 0; /* what was written before is in it still */
	now.found = before && before->found;
	r = enter(t, obs, actor, &f);
	if (r)
		return r;
	f->opened = obs->ts;
	f->found |= now.found;
	claim(f, actor, detect);
	return 0;
}

/* It has something that it had not when it opened them. */
static void claim_open(struct cl_second *t, const struct cl_observation *obs, const struct cl_process *actor,
		       const struct cl_detect *detect)
{
	for (struct file *f = t->files; f; f = f->hh.next)
		if (cl_key_equal(f->writer, actor->key) && obs->ts - f->opened < CL_SECOND_OPEN_NS)
			claim(f, actor, detect);
}

static int on_stored(struct cl_second *t, const struct cl_observation *obs, struct cl_identity *identity,
		     struct cl_graph *graph)
{
	const struct cl_process *writer = cl_identity_process(identity, obs->process);
	struct file *f;
	int r = writer ? enter(t, obs, writer, &f) : 0;

	if (!r && writer)
		f->found = true;
	return r ? r : cl_weave_stored(graph, identity, obs);
}

static bool is_among(const struct cl_observation *obs, const uint8_t fp[CL_FP_SIZE])
{
	for (size_t i = 0; i < obs->n_sightings; i++)
		if (!memcmp(obs->sightings[i].fp, fp, CL_FP_SIZE))
			return true;
	return false;
}

/* Another run has what was written: what of it the bytes themselves did not tell is inferred. */
static int pass(struct cl_second *t, const struct file *f, const struct cl_observation *obs, struct cl_process *actor,
		struct cl_identity *identity, struct cl_graph *graph)
{
	struct cl_second_hand hand = {.writer = f->writer, .path = f->path};
	uint8_t fps[CL_SECOND_FPS][CL_FP_SIZE];

	if (cl_key_equal(f->writer, actor->key) || !strcmp(f->run, actor->run->id))
		return 0;
	for (size_t i = 0; i < f->n; i++)
		if (!is_among(obs, f->fps[i]))
			memcpy(fps[hand.n++], f->fps[i], CL_FP_SIZE);
	hand.fps = fps;
	t->stats.passed++;
	return cl_weave_second_hand(graph, identity, obs, actor, &hand);
}

int cl_second_take(struct cl_second *t, const struct cl_observation *obs, struct cl_process *actor,
		   struct cl_identity *identity, struct cl_detect *detect, struct cl_graph *graph)
{
	struct file *f = NULL;

	if (obs->n_sightings && actor)
		claim_open(t, obs, actor, detect);
	switch (obs->kind) {
	case CL_OBS_WRITE:
		return on_write(t, obs, actor, detect);
	case CL_OBS_STORED:
		return on_stored(t, obs, identity, graph);
	case CL_OBS_READ:
		f = find_of(t, obs);
		break;
	case CL_OBS_EXEC:
		f = find(t, obs->exe_ino, obs->exe_dev);
		break;
	}
	return f && actor && (f->held || f->found) ? pass(t, f, obs, actor, identity, graph) : 0;
}

const struct cl_second_stats *cl_second_stats(const struct cl_second *t)
{
	return &t->stats;
}
