/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "fingerprint/key_source.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "base/secure.h"
#include "base/text.h"
#include "base/base64.h"
#include "fingerprint/key_command.h"

#define TEXT_MAX 128 /* of a key however it is written, and room to see that there is more */
#define PATH_SIZE 4096
#define COMMAND_SECONDS 10

const char *cl_key_source_text(const struct cl_key_source *s, char *buf, size_t size)
{
	if (s->command)
		snprintf(buf, size, "command \"%s\"", s->command[0]);
	else if (s->credential)
		snprintf(buf, size, "systemd credential \"%s\"", s->credential);
	else
		snprintf(buf, size, "file \"%s\"", s->file);
	return buf;
}

uint32_t cl_key_id_of(const uint8_t key[CL_KEY_SIZE])
{
	uint8_t h[SHA256_DIGEST_LENGTH];

	SHA256(key, CL_KEY_SIZE, h);
	return (uint32_t)h[0] << 24 | (uint32_t)h[1] << 16 | (uint32_t)h[2] << 8 | h[3];
}

/* ---- how it is written ---- */

static bool all_hex(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	return true;
}

/* A file system that was not shut down cleanly can leave a file of zeros. */
static bool all_equal(const uint8_t *p, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (p[i] != p[0])
			return false;
	return true;
}

/* NULL, or what is wrong with it. `text` holds one byte more than len; it is changed. */
static const char *decode(char *text, size_t len, uint8_t key[CL_KEY_SIZE])
{
	ssize_t n = 0;

	if (len == CL_KEY_SIZE && all_hex(text, len))
		return "has 16 bytes in hex where 32 are needed";
	if (len == CL_KEY_SIZE) {
		memcpy(key, text, CL_KEY_SIZE);
	} else {
		while (len && isspace((unsigned char)text[len - 1]))
			len--;
		text[len] = '\0';
		if (len == 2 * (size_t)CL_KEY_SIZE && !cl_parse_hex(text, key, CL_KEY_SIZE))
			n = CL_KEY_SIZE;
		else if (len == 43 || len == 44)
			n = cl_base64_decode(text, len, key, CL_KEY_SIZE);
		if (n != CL_KEY_SIZE)
			return "is not 32 bytes, neither as they are nor in hex or base64";
	}
	return all_equal(key, CL_KEY_SIZE) ? "is the same byte 32 times" : NULL;
}

/* ---- where it lies ---- */

static int check_owner(const char *path, const struct stat *st, struct cl_error *err)
{
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

/* The service manager makes it root's, and opens it to the service by an ACL, which shows as the group's right. */
static int check_credential(const char *path, const struct stat *st, struct cl_error *err)
{
	return st->st_mode & 027 ? cl_fail(err, -EPERM,
					   "fingerprint key \"%s\" is open to others (mode %04o): the service manager "
					   "does not leave it so; let LoadCredential= put it there",
					   path, st->st_mode & 07777)
				 : 0;
}

/* Up to `max` bytes and the number of bytes that are there. */
static int read_file(const char *path, bool managed, char *text, size_t max, size_t *len, uint64_t *made,
		     struct cl_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n = 0;
	int r;

	if (fd < 0 || fstat(fd, &st))
		return cl_fail(err, -errno, "cannot open fingerprint key \"%s\": %s%s", path, strerror(errno),
			       errno == EACCES ? "; run as the user who owns it, or use another --state" : "");
	if (!S_ISREG(st.st_mode))
		return cl_fail(err, -EINVAL, "fingerprint key \"%s\" is not a regular file; move it away", path);
	r = managed ? check_credential(path, &st, err) : check_owner(path, &st, err);
	while (!r && *len < max && (n = read(fd, text + *len, max - *len)) > 0)
		*len += (size_t)n;
	if (!r && n < 0)
		return cl_fail(err, -errno, "cannot read fingerprint key \"%s\": %s", path, strerror(errno));
	*made = (uint64_t)st.st_mtim.tv_sec * CL_NS_PER_S;
	return r;
}

static int credential_path(const char *name, char path[PATH_SIZE], struct cl_error *err)
{
	const char *directory = secure_getenv("CREDENTIALS_DIRECTORY");

	if (!*name || *name == '.' || strchr(name, '/'))
		return cl_fail(err, -EINVAL, "fingerprint key: systemd credential \"%s\" is not a name", name);
	if (!directory)
		return cl_fail(err, -ENOENT,
			       "cannot read fingerprint key: systemd credential \"%s\" is not there, "
			       "$CREDENTIALS_DIRECTORY is not set; start it as a service with LoadCredential=%s:PATH",
			       name, name);
	if (snprintf(path, PATH_SIZE, "%s/%s", directory, name) >= PATH_SIZE)
		return cl_fail(err, -ENAMETOOLONG, "fingerprint key: systemd credential \"%s\": name too long", name);
	return 0;
}

static int read_text(const struct cl_key_source *s, char *text, size_t *len, uint64_t *made, struct cl_error *err)
{
	char path[PATH_SIZE];
	int r;

	if (s->command)
		return cl_key_command(s->command, COMMAND_SECONDS, text, TEXT_MAX, len, err);
	if (!s->credential)
		return read_file(s->file, false, text, TEXT_MAX, len, made, err);
	r = credential_path(s->credential, path, err);
	return r ? r : read_file(path, true, text, TEXT_MAX, len, made, err);
}

int cl_key_read(const struct cl_key_source *s, uint8_t key[CL_KEY_SIZE], uint64_t *made, struct cl_error *err)
{
	const char *wrong;
	void *text = NULL;
	char source[300];
	size_t len = 0;
	int r = cl_secure_alloc(&text, TEXT_MAX + 1);

	*made = 0;
	r = r ? r : read_text(s, text, &len, made, err);
	wrong = r ? NULL : decode(text, len, key);
	if (wrong)
		r = cl_fail(
			err, -EINVAL,
			"fingerprint key from %s is damaged: it %s (%zu%s bytes read); restore it from a backup, or "
			"when there is none move it away and start again: what to do then is said there",
			cl_key_source_text(s, source, sizeof(source)), wrong, len, len == TEXT_MAX ? " or more" : "");
	cl_secure_free(&text, TEXT_MAX + 1);
	return r;
}
