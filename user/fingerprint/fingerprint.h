/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fingerprint: HMAC-SHA-256 of the bare value under the installation's key, cut to 128 bits, beside the id of the
 * key (first 32 bits of its SHA-256; not secret).
 *
 * What it protects. A token is random: nobody finds it from its fingerprint, with or without the key. A password can be
 * guessed: who has a fingerprint *and* the key can try a dictionary. So passwords (formats of kind "password") are
 * fingerprinted under a key of this host alone, derived (HKDF) from the installation's key and <state>/host.key, which
 * never leaves the host. Such a fingerprint is marked `local`: it may be shown anywhere, since without this host's two
 * keys it says nothing, and it compares with none of another host. Whoever can read both keys (root here) can guess
 * passwords that were seen here; but root here can watch them pass, too. What equal fingerprints say remains: the same
 * value, twice. With `fingerprint.share_passwords` passwords go under the shared key: every host of the fleet, and
 * everybody who has its key and the findings, can try a dictionary on them.
 *
 * A fleet shares a key by giving each host the same file, systemd credential or command.
 *
 * Exchange of the key. While there is an old key beside the key, every value is fingerprinted under both; what comes
 * after (pipeline/aliases.h) knows by that that old and new name the same credential, and history stays in one piece.
 *
 * Keys and what they compute with lie in secure memory and are wiped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "event/observation.h"

#define CL_KEY_SIZE 32

/*
 * Where a key lies. What is found there is 32 random bytes as they are, in hex (64 digits) or in base64; white space
 * behind the latter two is let go. At most one member is set.
 */
struct cl_key_source {
	const char *file;	/* of the user who runs this, closed to all others */
	const char *credential; /* the service manager's: $CREDENTIALS_DIRECTORY/NAME (systemd's LoadCredential=) */
	char *const
		*command; /* absolute path and arguments, NULL-terminated; run without a shell, its stdout is the key */
};

struct cl_fp_options {
	struct cl_key_source key,
		old;	      /* no old one: what `fingerprint rotate` left beside the key's file, if anything */
	const char *state;    /* directory of host.key; NULL: one for this run alone */
	bool share_passwords; /* no host.key: everything goes under the shared key */
	bool make, make_host; /* a key file (host.key) that is not there is made; else it is an error */
};

struct cl_fp_key;
/*
 * A damaged, foreign or open key is an error that says what to do, and is never replaced. -ENOENT: there is none and
 * `make` is not set, or no directory to make it in; -EACCES: not readable by this user.
 */
int cl_fp_key_open(struct cl_fp_key **out, const struct cl_fp_options *o, struct cl_error *err);
/* A key that is kept nowhere: its fingerprints compare with those of the same run only. */
int cl_fp_key_once(struct cl_fp_key **out, struct cl_error *err);
void cl_fp_key_free(struct cl_fp_key **p); /* wipes */
/* Each becomes the other: whoever holds a pointer to one has the other's keys from then on. */
void cl_fp_key_swap(struct cl_fp_key *a, struct cl_fp_key *b);

struct cl_fp_info {
	uint32_t id, local_id;		   /* of the key, of what it makes of passwords; local_id 0: they are shared */
	uint32_t old_id, old_local_id;	   /* 0: no old key */
	uint64_t made;			   /* wall ns, when the key's file was written; 0: not known */
	char source[300], old_source[300]; /* "file \"/x\"" */
};
const struct cl_fp_info *cl_fp_key_info(const struct cl_fp_key *k);
uint32_t cl_fp_key_id(const struct cl_fp_key *k);

/* All names of one value, as a sighting has them. */
struct cl_fp_names {
	uint8_t fp[CL_FP_SIZE], other[CL_FP_SIZE];
	uint32_t key_id, other_key_id, local;
};
/* `guessable`: a password. Not by two threads at once with one key. */
int cl_fp_name(const struct cl_fp_key *k, const void *value, size_t len, bool guessable, struct cl_fp_names *out);
/* The fingerprint under the key alone, of what is no password. */
int cl_fingerprint(const struct cl_fp_key *k, const void *value, size_t len, uint8_t out[CL_FP_SIZE]);
