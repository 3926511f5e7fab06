/* SPDX-License-Identifier: Apache-2.0 */
#include "command/windows.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/secure.h"

#define FIRST_SIZE (256u << 10)
#define WINDOW_SIZE (4u << 20)
#define OVERLAP (64u << 10) /* more than a key and the longest credential */

void cl_windows_begin(struct cl_windows *w, int fd)
{
	if (w->buffer)
		explicit_bzero(w->buffer, w->filled);
	*w = (struct cl_windows){.fd = fd, .buffer = w->buffer, .size = w->size, .line = 1};
}

void cl_windows_free(struct cl_windows *w)
{
	cl_secure_free(&w->buffer, w->size);
	*w = (struct cl_windows){.fd = -1};
}

static int grow(struct cl_windows *w)
{
	size_t size = w->size ? w->size * 2 : FIRST_SIZE;
	void *bigger = NULL;

	if (cl_secure_alloc(&bigger, size))
		return -ENOMEM;
	if (w->filled)
		memcpy(bigger, w->buffer, w->filled);
	cl_secure_free(&w->buffer, w->size);
	w->buffer = bigger;
	w->size = size;
	return 0;
}

/* Reads until the window is full or the file ends; sizes are not asked, procfs has none. */
static int fill(struct cl_windows *w)
{
	while (!w->end) {
		ssize_t n;
		int r;

		if (w->filled == WINDOW_SIZE)
			return 0;
		r = w->filled == w->size ? grow(w) : 0;
		if (r)
			return r;
		n = read(w->fd, (char *)w->buffer + w->filled, w->size - w->filled);
		if (n < 0 && errno != EINTR)
			return -errno;
		w->filled += n > 0 ? (size_t)n : 0;
		w->end = !n;
	}
	return 0;
}

/* Behind the last sign in [low, high) that no credential goes across; high when there is none. */
static size_t between_words(const char *s, size_t low, size_t high)
{
	size_t at = high;

	while (at > low && s[at - 1] && !strchr(" \t\r\n", s[at - 1]))
		at--;
	return at > low ? at : high;
}

/* Drops what is behind us, and counts its lines. */
static void advance(struct cl_windows *w)
{
	const char *p = w->buffer, *end = p + w->next;

	while (w->next && (p = memchr(p, '\n', (size_t)(end - p)))) {
		w->line++;
		p++;
	}
	w->continues = w->len != 0;
	memmove(w->buffer, end, w->filled - w->next);
	explicit_bzero((char *)w->buffer + w->filled - w->next, w->next);
	w->filled -= w->next;
	w->next = 0;
}

int cl_windows_next(struct cl_windows *w)
{
	int r;

	if (w->end)
		return 0;
	if (w->len)
		advance(w);
	r = fill(w);
	if (r)
		return r;
	w->len = w->filled;
	if (!w->end) {
		w->len = between_words(w->buffer, w->filled - OVERLAP, w->filled);
		w->next = between_words(w->buffer, w->len - 2 * OVERLAP, w->len - OVERLAP);
	}
	return w->len ? 1 : 0;
}
