/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of an installation: the one in use, the one before it, and what each makes of passwords on this host. */
#include "fingerprint/fingerprint.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/secure.h"
#include "fingerprint/key_file.h"
#include "fingerprint/key_source.h"
#include "fingerprint/mac.h"

#define PATH_SIZE 4096

static const char LOCAL[] = "credlineage passwords of this host"; /* never changes: it is part of every such key */

enum { NOW, OLD, LOCAL_NOW, LOCAL_OLD, KEYS };

struct secrets {
	struct cl_mac keys[KEYS], work;
	uint8_t key[CL_KEY_SIZE], host[CL_KEY_SIZE], derived[CL_KEY_SIZE]; /* while they are read only */
};

struct cl_fp_key {
	void *secrets;	    /* secure */
	uint32_t ids[KEYS]; /* 0: there is no such key */
	struct cl_fp_info info;
};

static struct secrets *of(const struct cl_fp_key *k)
{
	return k->secrets;
}

static int key_new(struct cl_fp_key **out)
{
	struct cl_fp_key *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	if (cl_secure_alloc(&k->secrets, sizeof(struct secrets))) {
		free(k);
		return -ENOMEM;
	}
	*out = k;
	return 0;
}

/* secrets->key becomes the key `which`, and together with secrets->host its local one when `local`. */
static int enter(struct cl_fp_key *k, int which, bool local)
{
	struct secrets *s = of(k);
	int r = cl_mac_prepare(&s->keys[which], s->key, CL_KEY_SIZE);

	k->ids[which] = cl_key_id_of(s->key);
	if (r || !local)
		return r;
	r = cl_mac_derive(&s->work, s->key, CL_KEY_SIZE, s->host, CL_KEY_SIZE, LOCAL, sizeof(LOCAL) - 1, s->derived);
	r = r ? r : cl_mac_prepare(&s->keys[LOCAL_NOW + which], s->derived, CL_KEY_SIZE);
	k->ids[LOCAL_NOW + which] = cl_key_id_of(s->derived);
	return r;
}

static void forget_bytes(struct cl_fp_key *k)
{
	struct secrets *s = of(k);

	explicit_bzero(s->key, sizeof(s->key));
	explicit_bzero(s->host, sizeof(s->host));
	explicit_bzero(s->derived, sizeof(s->derived));
}

static void describe(struct cl_fp_key *k)
{
	k->info.id = k->ids[NOW];
	k->info.old_id = k->ids[OLD];
	k->info.local_id = k->ids[LOCAL_NOW];
	k->info.old_local_id = k->ids[LOCAL_OLD];
}

static int read_or_make(const struct cl_key_source *s, bool make, uint8_t key[CL_KEY_SIZE], uint64_t *made,
			struct cl_error *err)
{
	int r = cl_key_read(s, key, made, err);

	if (r != -ENOENT || !s->file || !make)
		return r;
	r = cl_key_make(s->file, err);
	return r ? r : cl_key_read(s, key, made, err);
}

static int read_host(struct cl_fp_key *k, const struct cl_fp_options *o, struct cl_error *err)
{
	char path[PATH_SIZE];
	const struct cl_key_source source = {.file = path};
	uint64_t made;

	if (o->share_passwords)
		return 0;
	if (!o->state)
		return RAND_bytes(of(k)->host, CL_KEY_SIZE) == 1 ? 0 : -EIO;
	snprintf(path, sizeof(path), "%s/host.key", o->state);
	return read_or_make(&source, o->make_host, of(k)->host, &made, err);
}

/* The key before this one. That there is none, where nobody said that there is, is as it should be. */
static int read_old(struct cl_fp_key *k, const struct cl_fp_options *o, struct cl_error *err)
{
	bool told = o->old.file || o->old.credential || o->old.command;
	struct cl_key_source source = o->old;
	char path[PATH_SIZE];
	uint64_t made;
	int r;

	if (!told && !o->key.file)
		return 0;
	if (!told && cl_key_old_path(o->key.file, path, sizeof(path)))
		return 0;
	if (!told)
		source.file = path;
	r = cl_key_read(&source, of(k)->key, &made, err);
	if (r == -ENOENT && !told) {
		if (err)
			*err->text = '\0';
		return 0;
	}
	if (r || cl_key_id_of(of(k)->key) == k->ids[NOW])
		return r; /* the same: an exchange that broke off before there was a new one */
	cl_key_source_text(&source, k->info.old_source, sizeof(k->info.old_source));
	return enter(k, OLD, !o->share_passwords);
}

int cl_fp_key_open(struct cl_fp_key **out, const struct cl_fp_options *o, struct cl_error *err)
{
	_cleanup_(cl_fp_key_free) struct cl_fp_key *k = NULL;
	int r = key_new(&k);

	if (r)
		return cl_fail(err, r, "cannot read the fingerprint key: out of memory");
	r = read_or_make(&o->key, o->make, of(k)->key, &k->info.made, err);
	r = r ? r : read_host(k, o, err);
	r = r ? r : enter(k, NOW, !o->share_passwords);
	r = r ? r : read_old(k, o, err);
	forget_bytes(k);
	if (r)
		return err && !*err->text ? cl_fail(err, r, "cannot use the fingerprint key: %s", strerror(-r)) : r;
	cl_key_source_text(&o->key, k->info.source, sizeof(k->info.source));
	describe(k);
	*out = TAKE_PTR(k);
	return 0;
}

int cl_fp_key_once(struct cl_fp_key **out, struct cl_error *err)
{
	_cleanup_(cl_fp_key_free) struct cl_fp_key *k = NULL;

	if (key_new(&k) || RAND_bytes(of(k)->key, CL_KEY_SIZE) != 1 || RAND_bytes(of(k)->host, CL_KEY_SIZE) != 1 ||
	    enter(k, NOW, true))
		return cl_fail(err, -EIO, "cannot make a one-time fingerprint key");
	forget_bytes(k);
	snprintf(k->info.source, sizeof(k->info.source), "this run alone");
	describe(k);
	*out = TAKE_PTR(k);
	return 0;
}

void cl_fp_key_free(struct cl_fp_key **p)
{
	if (!*p)
		return;
	cl_secure_free(&(*p)->secrets, sizeof(struct secrets));
	free(TAKE_PTR(*p));
}

void cl_fp_key_swap(struct cl_fp_key *a, struct cl_fp_key *b)
{
	struct cl_fp_key c = *a;

	*a = *b;
	*b = c;
}

const struct cl_fp_info *cl_fp_key_info(const struct cl_fp_key *k)
{
	return &k->info;
}

uint32_t cl_fp_key_id(const struct cl_fp_key *k)
{
	return k->ids[NOW];
}

static int name_by(const struct cl_fp_key *k, int which, const void *value, size_t len, uint8_t out[CL_FP_SIZE])
{
	uint8_t mac[CL_MAC_SIZE];
	int r = cl_mac(&of(k)->keys[which], value, len, mac);

	memcpy(out, mac, CL_FP_SIZE);
	return r;
}

int cl_fp_name(const struct cl_fp_key *k, const void *value, size_t len, bool guessable, struct cl_fp_names *out)
{
	int now = guessable && k->ids[LOCAL_NOW] ? LOCAL_NOW : NOW, old = now + OLD;
	int r = name_by(k, now, value, len, out->fp);

	out->key_id = k->ids[now];
	out->other_key_id = k->ids[old];
	out->local = now == LOCAL_NOW;
	return r || !k->ids[old] ? r : name_by(k, old, value, len, out->other);
}

int cl_fingerprint(const struct cl_fp_key *k, const void *value, size_t len, uint8_t out[CL_FP_SIZE])
{
	return name_by(k, NOW, value, len, out);
}
