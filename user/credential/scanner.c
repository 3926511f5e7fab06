/* SPDX-License-Identifier: Apache-2.0 */
/* The scanner as others use it: what was found becomes sightings, each with its place and the name beside it. */
#include "credential/scanner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/secure.h"
#include "credential/ccache.h"
#include "credential/matcher.h"
#include "credential/names.h"
#include "credential/tell.h"
#include "credential/wide.h"

static int make_layers(struct cl_scanner *s)
{
	for (size_t i = 0; i < CL_LAYERS_MAX; i++) {
		void *text = NULL;

		if (cl_secure_alloc(&text, CL_LAYER_SIZE))
			return -ENOMEM;
		s->layers[i].s = text;
		s->layers[i].cap = CL_LAYER_SIZE;
	}
	return 0;
}

int cl_scanner_new(struct cl_scanner **out, const struct cl_catalogue *c, const struct cl_fp_key *k,
		   struct cl_error *err)
{
	_cleanup_(cl_scanner_free) struct cl_scanner *s = calloc(1, sizeof(*s));
	int r;

	if (!s || cl_secure_alloc(&s->body, CL_BODY_SIZE) || make_layers(s) || cl_arena_new(&s->claims, CL_CLAIMS_SIZE))
		return cl_fail(err, -ENOMEM, "cannot make the scanner: out of memory");
	s->catalogue = c;
	s->key = k;
	r = cl_matcher_new(&s->matcher, c, err);
	if (r)
		return r;
	*out = TAKE_PTR(s);
	return 0;
}

void cl_scanner_free(struct cl_scanner **p)
{
	if (!*p)
		return;
	cl_matcher_free(&(*p)->matcher);
	cl_secure_free(&(*p)->body, CL_BODY_SIZE);
	for (size_t i = 0; i < CL_LAYERS_MAX; i++)
		cl_secure_free((void **)&(*p)->layers[i].s, CL_LAYER_SIZE);
	cl_arena_free(&(*p)->claims);
	free((*p)->finds);
	free(TAKE_PTR(*p));
}

const struct cl_scanner_stats *cl_scanner_stats(const struct cl_scanner *s)
{
	return &s->stats;
}

/* The name beside a find, when that is not itself part of one ("<token>:<token>"). */
static char *name_of(const struct cl_scanner *s, uint32_t source, const char *bytes, size_t find,
		     struct cl_arena *arena)
{
	_cleanup_text_ struct cl_text text = {0};
	size_t at = 0, n = cl_name_before(source, bytes, s->finds[find].from, &at);
	size_t back = find < 8 ? find : 8;

	for (size_t i = find - back; i < find && n; i++)
		if (s->finds[i].from < at + n && at < s->finds[i].to)
			return NULL;
	if (!n || cl_text_escape(&text, bytes + at, n))
		return NULL;
	return cl_arena_strdup(arena, cl_text_str(&text));
}

static bool is_known(const struct cl_sighting *out, size_t n, const struct cl_sighting *one, bool by_name)
{
	for (size_t i = 0; i < n; i++) {
		if (memcmp(out[i].fp, one->fp, CL_FP_SIZE))
			continue;
		if (!by_name || !out[i].name || !one->name || !strcmp(out[i].name, one->name))
			return true;
	}
	return false;
}

static uint32_t count_lines(const char *bytes, size_t from, size_t to)
{
	uint32_t n = 0;

	for (const char *p = bytes + from; p < bytes + to && (p = memchr(p, '\n', (size_t)(bytes + to - p))); p++)
		n++;
	return n;
}

void cl_scanner_around(struct cl_scanner *s, const struct cl_file_around *around)
{
	s->around = *around;
}

static void tell(struct cl_scanner *s, const char *bytes, size_t len, const struct cl_find *f, struct cl_arena *arena,
		 struct cl_sighting *one)
{
	const struct cl_beside b = {
		.source = one->source,
		.bytes = bytes,
		.len = len,
		.from = f->from,
		.to = f->to,
		.name = one->name,
		.format = f->format,
		.written = s->around.written,
		.key = s->key,
		.other = {s->around.certificate, s->around.certificate_len},
		.scratch = s->body,
		.scratch_size = CL_BODY_SIZE,
	};

	cl_tell(&b, f, arena, one);
}

static int scan_text(struct cl_scanner *s, uint32_t source, const char *bytes, size_t len, struct cl_arena *arena,
		     struct cl_sighting *out, size_t max)
{
	const struct cl_find *finds = NULL;
	ssize_t found = cl_scanner_find(s, bytes, len, &finds);
	size_t n = 0, counted = 0;
	uint32_t line = 1;

	for (ssize_t i = 0; finds && i < found; i++) {
		const struct cl_find *f = &finds[i];
		struct cl_sighting one = {.key_id = f->names.key_id,
					  .other_key_id = f->names.other_key_id,
					  .local = f->names.local,
					  .source = source,
					  .class = f->class,
					  .expires = f->expires,
					  .provider = f->format->provider,
					  .format = f->format->id,
					  .kind = f->format->kind};

		if (!f->sure)
			continue;
		line += count_lines(bytes, counted, f->from);
		counted = f->from;
		one.line = source == CL_SOURCE_FILE ? line : 0;
		memcpy(one.fp, f->names.fp, CL_FP_SIZE);
		memcpy(one.other, f->names.other, CL_FP_SIZE);
		one.name = name_of(s, source, bytes, (size_t)i, arena);
		/* Two variables with one token are two places; in a file the first place stands for all. */
		if (is_known(out, n, &one, source == CL_SOURCE_ENVIRONMENT))
			continue;
		if (n == max) {
			s->stats.sightings_cut++;
			continue;
		}
		tell(s, bytes, len, f, arena, &one);
		out[n++] = one;
	}
	return found < 0 ? (int)found : (int)n;
}

/* Places in a file are lines and names: the same ones in the narrow text. */
static int scan_wide(struct cl_scanner *s, uint32_t source, const char *bytes, size_t len, struct cl_arena *arena,
		     struct cl_sighting *out, size_t max)
{
	void *narrow = NULL;
	int r = cl_secure_alloc(&narrow, len / 2);

	if (r)
		return r;
	r = scan_text(s, source, narrow, cl_wide_narrow(bytes, len, narrow), arena, out, max);
	cl_secure_free(&narrow, len / 2);
	return r;
}

int cl_scan(struct cl_scanner *s, uint32_t source, const char *path, const char *bytes, size_t len,
	    struct cl_arena *arena, struct cl_sighting *out, size_t max)
{
	int n, r;

	/* Every surrounding is recognised by itself; a store's own format adds nothing yet. */
	(void)path;
	if (source == CL_SOURCE_FILE && cl_ccache_is(bytes, len))
		n = (int)cl_tell_tickets(s->key, bytes, len, arena, out, max, &s->stats.sightings_cut);
	else if (source == CL_SOURCE_FILE && cl_wide_text(bytes, len))
		n = scan_wide(s, source, bytes, len, arena, out, max);
	else
		n = scan_text(s, source, bytes, len, arena, out, max);
	s->around = (struct cl_file_around){0};
	r = n > 0 ? cl_tell_redact(s, arena, out, (size_t)n) : 0;
	return r < 0 ? r : n;
}
