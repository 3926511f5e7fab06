/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The installation's key and the keyed fingerprint. The key file is 32 random bytes, owned by the user who runs the
 * program and closed to all others. It is never replaced: with another key, everything known before would be lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/secure.h"
#include "credential/credential.h"

#define KEY_SIZE 32
#define PATH_SIZE 4096

struct cl_fp_key {
	void *bytes; /* secure */
	EVP_MAC *mac;
	EVP_MAC_CTX *context; /* holds the key; starting it anew costs a third of making one */
	uint32_t id;
};

static int write_whole(int fd, const uint8_t *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		bytes += n;
		len -= (size_t)n;
	}
	return fsync(fd) ? -errno : 0;
}

/* A directory entry is on disk only when its directory is. */
static int sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_SIZE] = ".";
	_cleanup_close_ int fd = -1;

	if (slash)
		snprintf(directory, sizeof(directory), "%.*s", (int)(slash == path ? 1 : slash - path), path);
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		return -errno;
	return 0;
}

/* Whoever links the finished file first has made the key; a second one uses that. */
static int create_key(const char *path, uint8_t *key, struct cl_error *err)
{
	char temporary[PATH_SIZE];
	_cleanup_close_ int fd = -1;
	int r;

	if (snprintf(temporary, sizeof(temporary), "%s.new-%d", path, (int)getpid()) >= (int)sizeof(temporary))
		return cl_fail(err, -ENAMETOOLONG, "cannot make fingerprint key \"%s\": name too long", path);
	if (RAND_bytes(key, KEY_SIZE) != 1)
		return cl_fail(err, -EIO, "cannot make fingerprint key \"%s\": no random bytes", path);
	unlink(temporary); /* left by a process of the same number that was killed here */
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return cl_fail(err, -errno,
			       "cannot make fingerprint key \"%s\": %m; its directory must exist and be writable (as "
			       "root: install -d -m 700 DIRECTORY), or give another place with --state",
			       path);
	r = write_whole(fd, key, KEY_SIZE);
	if (!r && link(temporary, path) && errno != EEXIST)
		r = -errno;
	unlink(temporary);
	if (!r)
		r = sync_directory(path);
	return r ? cl_fail(err, r, "cannot make fingerprint key \"%s\": %s", path, strerror(-r)) : 0;
}

static int check_owner(const char *path, const struct stat *st, struct cl_error *err)
{
	if (!S_ISREG(st->st_mode))
		return cl_fail(err, -EINVAL, "fingerprint key \"%s\" is not a regular file; move it away", path);
	if (st->st_uid != geteuid())
		return cl_fail(err, -EPERM,
			       "fingerprint key \"%s\" belongs to user %u, not to user %u who runs this; use another "
			       "--state, or give it back with chown",
			       path, st->st_uid, geteuid());
	if (st->st_mode & 077)
		return cl_fail(err, -EPERM,
			       "fingerprint key \"%s\" is open to others (mode %04o): who could read it can guess what "
			       "was fingerprinted; close it with chmod 600, or make a new key if others had access",
			       path, st->st_mode & 07777);
	return 0;
}

static bool all_equal(const uint8_t *p, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (p[i] != p[0])
			return false;
	return true;
}

/* 0, -ENOENT when there is none (no text), or an error with its text. */
static int read_key(const char *path, uint8_t *key, struct cl_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0 || fstat(fd, &st))
		return cl_fail(err, -errno, "cannot open fingerprint key \"%s\": %m%s", path,
			       errno == EACCES ? "; run as the user who owns it, or use another --state" : "");
	r = check_owner(path, &st, err);
	if (r)
		return r;
	/* A file system that was not shut down cleanly can leave a file of zeros. */
	if (st.st_size != KEY_SIZE || read(fd, key, KEY_SIZE) != KEY_SIZE || all_equal(key, KEY_SIZE))
		return cl_fail(
			err, -EINVAL,
			"fingerprint key \"%s\" is damaged (%lld bytes, must be %d random ones); restore it from a "
			"backup, or move it away: a new one is made, and what was known before is not recognised",
			path, (long long)st.st_size, KEY_SIZE);
	return 0;
}

static int prepare(struct cl_fp_key *k)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
			       OSSL_PARAM_construct_end()};
	uint8_t hash[32];
	unsigned int len;

	k->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	k->context = k->mac ? EVP_MAC_CTX_new(k->mac) : NULL;
	if (!k->context || EVP_MAC_init(k->context, k->bytes, KEY_SIZE, params) != 1 ||
	    EVP_Digest(k->bytes, KEY_SIZE, hash, &len, EVP_sha256(), NULL) != 1)
		return -EIO;
	k->id = (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 | hash[3];
	return 0;
}

int cl_fp_key_load(struct cl_fp_key **out, const char *path, struct cl_error *err)
{
	_cleanup_(cl_fp_key_free) struct cl_fp_key *k = calloc(1, sizeof(*k));
	int r = k ? cl_secure_alloc(&k->bytes, KEY_SIZE) : -ENOMEM;

	if (r)
		return cl_fail(err, r, "cannot read fingerprint key \"%s\": out of memory", path);
	r = read_key(path, k->bytes, err);
	if (r == -ENOENT) {
		r = create_key(path, k->bytes, err);
		if (!r)
			r = read_key(path, k->bytes, err);
	}
	if (r)
		return r;
	r = prepare(k);
	if (r)
		return cl_fail(err, r,
			       "cannot use fingerprint key \"%s\": the cryptographic library refuses HMAC-SHA-256",
			       path);
	*out = TAKE_PTR(k);
	return 0;
}

int cl_fp_key_once(struct cl_fp_key **out, struct cl_error *err)
{
	_cleanup_(cl_fp_key_free) struct cl_fp_key *k = calloc(1, sizeof(*k));

	if (!k || cl_secure_alloc(&k->bytes, KEY_SIZE) || RAND_bytes(k->bytes, KEY_SIZE) != 1 || prepare(k))
		return cl_fail(err, -EIO, "cannot make a one-time fingerprint key");
	*out = TAKE_PTR(k);
	return 0;
}

void cl_fp_key_free(struct cl_fp_key **p)
{
	if (!*p)
		return;
	EVP_MAC_CTX_free((*p)->context);
	EVP_MAC_free((*p)->mac);
	cl_secure_free(&(*p)->bytes, KEY_SIZE);
	free(TAKE_PTR(*p));
}

uint32_t cl_fp_key_id(const struct cl_fp_key *k)
{
	return k->id;
}

int cl_fingerprint(const struct cl_fp_key *k, const void *value, size_t len, uint8_t out[CL_FP_SIZE])
{
	uint8_t mac[32];
	size_t n;

	/* Without a key, init starts over with the one that the context has. */
	if (EVP_MAC_init(k->context, NULL, 0, NULL) != 1 || EVP_MAC_update(k->context, value, len) != 1 ||
	    EVP_MAC_final(k->context, mac, &n, sizeof(mac)) != 1)
		return -EIO;
	memcpy(out, mac, CL_FP_SIZE);
	return 0;
}
