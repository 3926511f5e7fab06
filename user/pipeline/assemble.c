/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/assemble.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/secure.h"

#define READERS 16
#define BUFFER_SIZE (CL_ASSEMBLE_KEEP + CL_CONTENT_MAX)
#define SEEN_MAX 32

struct reader {
	struct cl_process_key process;
	uint64_t ino, next, used; /* next: offset that continues; used: when, 0: free */
	uint64_t ts;		  /* of the last read */
	uint32_t dev, generation;
	uint32_t line; /* of the buffer's first byte; 0: not known */
	bool from_start;
	size_t len;
	size_t n_seen;
	uint8_t seen[SEEN_MAX][CL_FP_SIZE];
	char *buffer;
};

struct cl_assembler {
	void *memory; /* secure: READERS buffers */
	uint64_t clock, evicted;
	struct reader readers[READERS];
};

int cl_assembler_new(struct cl_assembler **out)
{
	_cleanup_(cl_assembler_free) struct cl_assembler *a = calloc(1, sizeof(*a));

	if (!a || cl_secure_alloc(&a->memory, READERS * BUFFER_SIZE))
		return -ENOMEM;
	for (size_t i = 0; i < READERS; i++)
		a->readers[i].buffer = (char *)a->memory + i * BUFFER_SIZE;
	*out = TAKE_PTR(a);
	return 0;
}

void cl_assembler_free(struct cl_assembler **p)
{
	if (!*p)
		return;
	cl_secure_free(&(*p)->memory, READERS * BUFFER_SIZE);
	free(TAKE_PTR(*p));
}

uint64_t cl_assembler_evicted(const struct cl_assembler *a)
{
	return a->evicted;
}

static void clear(struct reader *r)
{
	explicit_bzero(r->buffer, r->len);
	r->len = r->n_seen = 0;
	r->used = 0;
}

static bool is_of(const struct reader *r, struct cl_process_key process, const struct cl_file *file)
{
	return r->used && cl_key_equal(r->process, process) && r->ino == file->ino && r->dev == file->dev &&
	       r->generation == file->generation;
}

static struct reader *find(struct cl_assembler *a, struct cl_process_key process, const struct cl_file *file)
{
	struct reader *oldest = &a->readers[0];

	for (size_t i = 0; i < READERS; i++) {
		if (is_of(&a->readers[i], process, file))
			return &a->readers[i];
		if (a->readers[i].used < oldest->used)
			oldest = &a->readers[i];
	}
	a->evicted += oldest->used != 0;
	clear(oldest);
	oldest->process = process;
	oldest->ino = file->ino;
	oldest->dev = file->dev;
	oldest->generation = file->generation;
	return oldest;
}

/* Drops all but the last CL_ASSEMBLE_KEEP bytes. */
static void shorten(struct reader *r)
{
	size_t gone = r->len - CL_ASSEMBLE_KEEP;

	for (size_t i = 0; i < gone && r->line; i++)
		r->line += r->buffer[i] == '\n';
	memmove(r->buffer, r->buffer + gone, CL_ASSEMBLE_KEEP);
	explicit_bzero(r->buffer + CL_ASSEMBLE_KEEP, gone);
	r->len = CL_ASSEMBLE_KEEP;
}

/* Whether the last byte is one that no credential's text goes across: a sign that stands between values, or a zero. */
static bool ends_word(const char *s, size_t len)
{
	char c = s[len - 1];

	/* The upper half of a 16-bit character says nothing, its lower half does. */
	if (!c && len >= 2 && s[len - 2] && (len == 2 || !s[len - 3]))
		c = s[len - 2];
	return strchr(" \t\r\n\"'`,;<>()", c) != NULL;
}

static size_t whole_words(const char *s, size_t len)
{
	while (len && !ends_word(s, len))
		len--;
	return len;
}

void cl_assembler_forget(struct cl_assembler *a, uint64_t before)
{
	for (size_t i = 0; i < READERS; i++)
		if (a->readers[i].used && a->readers[i].ts < before)
			clear(&a->readers[i]);
}

void cl_assemble(struct cl_assembler *a, struct cl_process_key process, const struct cl_event *read, bool last,
		 struct cl_assembled *out)
{
	struct reader *r = find(a, process, read->file);
	bool continues = r->used && read->offset >= 0 && (uint64_t)read->offset == r->next;

	if (!continues) {
		clear(r);
		r->from_start = read->offset == 0;
		r->line = r->from_start;
	}
	if (r->len + read->content.len > BUFFER_SIZE)
		shorten(r);
	if (read->content.len)
		memcpy(r->buffer + r->len, read->content.p, read->content.len);
	r->len += read->content.len;
	r->used = ++a->clock;
	r->ts = read->h->ts;
	r->next = (uint64_t)read->offset + read->content.len;
	*out = (struct cl_assembled){.text = {r->buffer, last ? r->len : whole_words(r->buffer, r->len)},
				     .line = r->line,
				     .from_start = r->from_start,
				     .slot = r};
}

size_t cl_assembled_news(const struct cl_assembled *a, struct cl_sighting *s, size_t n)
{
	struct reader *r = a->slot;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < r->n_seen && memcmp(r->seen[j], s[i].fp, CL_FP_SIZE))
			j++;
		if (j < r->n_seen)
			continue;
		if (r->n_seen < SEEN_MAX)
			memcpy(r->seen[r->n_seen++], s[i].fp, CL_FP_SIZE);
		s[kept++] = s[i];
	}
	return kept;
}

void cl_assembled_done(const struct cl_assembled *done, bool last)
{
	if (last)
		clear(done->slot);
}
