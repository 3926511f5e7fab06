/* SPDX-License-Identifier: Apache-2.0 */
/* Acts on files: which file it is, which store claims it, which credentials its bytes hold. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "pipeline/observe_internal.h"
#include "pipeline/strings.h"

/* The file's name and store, as it is remembered: what is open in its name is hidden before. */
static int remember_name(struct cl_observer *o, struct cl_known_file *f, const struct cl_store *store, const char *path)
{
	const char *safe = path;
	int r = f->path && !strcmp(f->path, path) ? 0 : cl_observer_text(o, path, false, &safe);

	return r ? r : cl_known_file_name(f, store, safe);
}

static int remember_asked(struct cl_observer *o, struct cl_known_file *f, const struct cl_observation *obs)
{
	const char *safe = NULL;
	int r = obs->filename ? cl_observer_text(o, obs->filename, obs->flags & CL_F_NAME_TRUNCATED, &safe) : 0;

	return r ? r : cl_known_file_asked(f, safe, obs->process);
}

void cl_observer_file(const struct cl_file *f, struct cl_observation *obs)
{
	obs->ino = f->ino;
	obs->dev = f->dev;
	obs->generation = f->generation;
	obs->ctime = f->ctime;
	obs->size = f->size;
}

/*
 * The kernel took the file for its own name, and the path does not end in one that it looks for: the path is a bind
 * mount's, the file is a store's all the same. What it holds decides.
 */
static bool is_alias(const struct cl_observer *o, const struct cl_event *ev)
{
	return *ev->path && !cl_name_rules_pass(&o->rules, ev->path);
}

/*
 * By its path, which begins at the mount namespace's root. A process below another root (chroot) asked for the store's
 * own name there: an absolute name that leads to a longer path which ends in it.
 */
static const struct cl_store *store_of(const struct cl_observer *o, const struct cl_event *ev)
{
	const struct cl_store *store = *ev->path ? cl_catalogue_store_for(o->catalogue, ev->path) : NULL;
	size_t path = strlen(ev->path), asked = ev->filename ? strlen(ev->filename) : 0;

	if (store || !asked || *ev->filename != '/' || asked >= path ||
	    memcmp(ev->path + path - asked, ev->filename, asked) != 0)
		return store;
	return cl_catalogue_store_for(o->catalogue, ev->filename);
}

/*
 * The file of an open or read: from the path when it is carried and a store claims it, else from what is known of the
 * inode (another name, or none). 0: a candidate that is no credential file; 1: *out is its entry.
 */
static int find_file(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs,
		     struct cl_known_file **out)
{
	const struct cl_store *store = store_of(o, ev);
	struct cl_known_file *f = cl_files_find(&o->files, ev->file);
	int r;

	cl_observer_file(ev->file, obs);
	obs->path = cl_some(ev->path);
	if (!store && !f && !(ev->h->flags & CL_F_BY_INODE) && !is_alias(o, ev)) {
		o->stats.ignored++;
		return 0;
	}
	if (!f)
		f = cl_files_enter(&o->files, ev->file);
	if (!f)
		return -ENOMEM;
	if (obs->path)
		f->elsewhere = !store && f->store && f->path && strcmp(f->path, obs->path) && ev->file->nlink <= 1;
	if (obs->path && (store || !f->store)) {
		r = remember_name(o, f, store, obs->path);
		if (r)
			return r;
	}
	if (!obs->path && f->path) {
		obs->path = cl_arena_strdup(o->arena, f->path);
		if (!obs->path)
			return -ENOMEM;
	}
	obs->store = f->store ? f->store->id : NULL;
	obs->exempt = f->store && f->store->shared;
	*out = f;
	return 1;
}

static void fill_opener(const struct cl_event *ev, struct cl_observation *obs)
{
	obs->opener = (struct cl_process_key){.start = ev->opener.start, .tgid = ev->opener.tgid};
	obs->opener_uid = ev->opener.uid;
}

int cl_observe_open(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	struct cl_known_file *f = NULL;
	int r;

	obs->kind = CL_OBS_OPEN;
	obs->open_flags = ev->open_flags;
	obs->repeats = ev->repeats;
	obs->filename = cl_some(ev->filename);
	r = find_file(o, ev, obs, &f);
	if (r <= 0 || !f)
		return r;
	return remember_asked(o, f, obs) ?: 1;
}

/* The certificate of an OpenSSH key lies beside it and says until when it is good. */
static size_t read_certificate(struct cl_observer *o, const struct cl_event *ev, struct cl_view text)
{
	static const char mark[] = "OPENSSH PRIVATE KEY";
	const char *path;
	int n;

	if (!o->read_beside || *ev->path != '/' || !text.len || !memmem(text.p, text.len, mark, strlen(mark)))
		return 0;
	path = cl_arena_printf(o->arena, "%s-cert.pub", ev->path);
	n = path ? o->read_beside(ev, path, o->beside, sizeof(o->beside)) : 0;
	return n > 0 ? (size_t)n : 0;
}

/* Scans content of the file: when that was written tells when a token ends that says only how long it lives. */
static int scan_file(struct cl_observer *o, const struct cl_event *ev, struct cl_view text)
{
	const struct cl_file_around around = {
		.written = ev->file->ctime, .certificate = o->beside, .certificate_len = read_certificate(o, ev, text)};

	cl_scanner_around(o->scanner, &around);
	return cl_observer_scan(o, CL_SOURCE_FILE, ev->path, text);
}

/* Scans what a read brought, joined with what the same reader had before. */
static int scan_content(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs,
			struct cl_known_file *f)
{
	uint64_t end = (uint64_t)ev->offset + ev->content.len;
	/* Without a size (procfs) or an offset each read stands alone. */
	bool alone = !ev->file->size || ev->offset < 0;
	bool last = alone || (end >= ev->file->size && ev->content.len >= ev->length);
	struct cl_assembled text;
	int r;

	cl_assemble(o->assembler, obs->process, ev, last, &text);
	r = scan_file(o, ev, text.text);
	for (size_t i = 0; i < o->n_sightings; i++)
		o->sightings[i].line = text.line ? o->sightings[i].line + text.line - 1 : 0;
	if (r >= 0 && !alone) {
		r = cl_known_file_add(f, o->sightings, o->n_sightings);
		/* The kernel carries nothing that starts behind CL_CONTENT_MAX. */
		if (text.from_start && (last || end >= CL_CONTENT_MAX))
			f->complete = true;
	}
	o->n_sightings = cl_assembled_news(&text, o->sightings, o->n_sightings);
	cl_assembled_done(&text, last);
	return r < 0 ? r : 0;
}

/* The version's credentials are known although this event does not carry its bytes. */
static int copy_known(struct cl_observer *o, const struct cl_known_file *f)
{
	for (size_t i = 0; i < f->n_sightings && i < SIGHTINGS_MAX; i++) {
		struct cl_sighting *s = &o->sightings[o->n_sightings++];

		*s = f->sightings[i];
		s->name = cl_arena_strdup(o->arena, s->name);
		s->facts = cl_arena_strdup(o->arena, s->facts);
		if (!s->name && f->sightings[i].name)
			return -ENOMEM;
	}
	return 0;
}

/* The first bytes of the very version that was read, from the file itself. */
static int scan_again(struct cl_observer *o, const struct cl_event *ev, struct cl_known_file *f)
{
	const char *path = *ev->path ? ev->path : f->path;
	uint64_t head = ev->file->size < CL_CONTENT_MAX ? ev->file->size : CL_CONTENT_MAX;
	int n, r;

	if (!o->read_again || !path)
		return -ENOTSUP;
	n = o->read_again(ev, path, o->again, CL_CONTENT_MAX);
	if (n < 0 || (uint64_t)n < head)
		return n < 0 ? n : -ESTALE;
	r = scan_file(o, ev, (struct cl_view){o->again, (size_t)n});
	explicit_bzero(o->again, (size_t)n);
	if (r >= 0)
		r = cl_known_file_add(f, o->sightings, o->n_sightings);
	if (r)
		return r;
	f->complete = true;
	o->stats.read_again++;
	return 0;
}

/*
 * Which credentials were read: from the bytes as the reader got them, else from what is known of this version, else
 * from the file itself. What none of them tells is not guessed.
 */
static int find_credentials(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs,
			    struct cl_known_file *f)
{
	bool faulty = ev->h->flags & CL_F_CONTENT_FAULT;
	int r;

	if (ev->content.len && !(faulty && !f->complete))
		return scan_content(o, ev, obs, f);
	if (f->complete)
		return copy_known(o, f);
	r = scan_again(o, ev, f);
	if (!r || r == -ENOMEM)
		return r;
	o->n_sightings = 0;
	obs->unverified = 1;
	o->stats.unverified++;
	return ev->content.len ? scan_content(o, ev, obs, f) : 0;
}

/* By which other name the file was opened, by this process or by whom it has the descriptor from. */
static int fill_asked(struct cl_observer *o, const struct cl_known_file *f, struct cl_observation *obs)
{
	if (!f->asked || !cl_key_equal(f->asked_by, obs->opener.tgid ? obs->opener : obs->process))
		return 0;
	obs->filename = cl_arena_strdup(o->arena, f->asked);
	return obs->filename ? 0 : -ENOMEM;
}

/* File systems without generations give a deleted file's number to the next one: what lies elsewhere, and holds nothing
 * that is known, need not be the store's any more. */
static void fill_store(const struct cl_observer *o, const struct cl_known_file *f, struct cl_observation *obs)
{
	if (!f->store || (f->elsewhere && !o->n_sightings))
		return;
	obs->owner = f->store->owner;
	obs->readers = f->store->expected;
	obs->traits = f->store->traits;
}

int cl_observe_read(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	struct cl_known_file *f = NULL;
	int r;

	obs->kind = CL_OBS_READ;
	obs->length = ev->length;
	obs->how = ev->how;
	obs->repeats = ev->repeats;
	fill_opener(ev, obs);
	r = find_file(o, ev, obs, &f);
	if (r <= 0 || !f)
		return r;
	cl_known_file_version(f, ev->file);
	r = find_credentials(o, ev, obs, f);
	fill_store(o, f, obs);
	r = r ? r : fill_asked(o, f, obs);
	o->knows_content = f->complete;
	obs->whole = f->complete;
	o->misses_content = (ev->h->flags & CL_F_CONTENT_KNOWN) && !f->complete;
	return r ? r : 1;
}

/* Whoever has the descriptor can read what the file holds, and need not have done so. */
static void through_descriptor(struct cl_observer *o)
{
	for (size_t i = 0; i < o->n_sightings; i++)
		o->sightings[i].source = CL_SOURCE_DESCRIPTOR;
}

int cl_observe_receive(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	struct cl_known_file *f = NULL;
	int r;

	obs->kind = CL_OBS_RECEIVE;
	obs->how = ev->how;
	fill_opener(ev, obs);
	r = find_file(o, ev, obs, &f);
	if (r <= 0 || !f)
		return r;
	cl_known_file_version(f, ev->file);
	r = copy_known(o, f);
	through_descriptor(o);
	return r ? r : 1;
}

/* The content that it carries is that of the file as it is: all of what is ever carried. */
int cl_observe_held(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	struct cl_known_file *f = NULL;
	int r;

	obs->kind = CL_OBS_HELD;
	fill_opener(ev, obs);
	r = find_file(o, ev, obs, &f);
	if (r <= 0 || !f)
		return r;
	cl_known_file_version(f, ev->file);
	if (!ev->content.len || f->complete) {
		r = copy_known(o, f);
	} else {
		r = scan_file(o, ev, ev->content);
		r = r < 0 ? r : cl_known_file_add(f, o->sightings, o->n_sightings);
		f->complete = !r;
	}
	obs->unverified = !f->complete && ev->file->size;
	o->knows_content = f->complete;
	obs->whole = f->complete;
	through_descriptor(o);
	return r ? r : 1;
}
