/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "command/veil.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "credential/credential.h"

#define WORD_MIN 16 /* no credential that a pattern knows is shorter */

static struct {
	pthread_mutex_t lock;
	struct cl_catalogue *catalogue;
	struct cl_fp_key *key;
	struct cl_scanner *scanner;
	bool tried;
	int failed;
} veil = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Long words in which digits or capitals are, and addresses with a user. */
static bool may_hold_one(const char *s, size_t len)
{
	size_t word = 0;
	bool odd = false;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (!isalnum(c) && !(c && strchr("_-+=%~", c))) {
			word = 0;
			odd = false;
			continue;
		}
		odd |= isdigit(c) || isupper(c);
		if (++word >= WORD_MIN && odd)
			return true;
	}
	return memmem(s, len, "://", 3) && memchr(s, '@', len);
}

/* 0 once there is a scanner. What failed is tried no second time. */
static int open_scanner(void)
{
	if (veil.tried)
		return veil.failed;
	veil.tried = true;
	veil.failed = cl_catalogue_new(&veil.catalogue, NULL, NULL);
	veil.failed = veil.failed ? veil.failed : cl_fp_key_once(&veil.key, NULL);
	veil.failed = veil.failed ? veil.failed : cl_scanner_new(&veil.scanner, veil.catalogue, veil.key, NULL);
	return veil.failed;
}

static ssize_t write_all(int fd, const char *s, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, s + done, len - done);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)len;
}

static ssize_t write_redacted(int fd, const char *s, size_t len)
{
	_cleanup_text_ struct cl_text text = {0};
	int r;

	pthread_mutex_lock(&veil.lock);
	r = open_scanner();
	r = r ? r : cl_redact_message(veil.scanner, s, len, &text);
	pthread_mutex_unlock(&veil.lock);
	if (r) {
		cl_text_free(&text);
		cl_text_printf(&text, "(a message that could not be looked through for credentials: %s)\n",
			       strerror(-r));
	}
	return write_all(fd, cl_text_str(&text), text.len) < 0 ? -1 : (ssize_t)len;
}

static ssize_t on_write(void *cookie, const char *s, size_t len)
{
	int fd = *(const int *)cookie;

	return may_hold_one(s, len) ? write_redacted(fd, s, len) : write_all(fd, s, len);
}

void cl_veil(FILE **stream)
{
	static int fds[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
	static char buffer[1 << 16];
	int *fd = &fds[*stream == stderr ? STDERR_FILENO : STDOUT_FILENO];
	FILE *veiled = fopencookie(fd, "w", (cookie_io_functions_t){.write = on_write});

	if (!veiled)
		return;
	/* Whole messages: a credential must not be cut in two. */
	if (*fd == STDERR_FILENO)
		setvbuf(veiled, NULL, _IONBF, 0);
	else
		setvbuf(veiled, buffer, _IOFBF, sizeof(buffer));
	fflush(*stream);
	*stream = veiled;
}
