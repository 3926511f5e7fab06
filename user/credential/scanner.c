/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From places to credentials: of overlapping places the more specific one stays, placeholders go, wrapped values are
 * unwrapped (once), and what is left is fingerprinted over the bare value, so that one token has one fingerprint
 * however it is written down. Decoded bytes are in secure memory and are wiped before a call returns.
 */
#include "credential/scanner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/secure.h"
#include "credential/base64.h"
#include "credential/check.h"
#include "credential/encoded.h"
#include "credential/jwt.h"
#include "credential/matcher.h"
#include "credential/names.h"

#define BODY_SIZE 16384	     /* decoded key or claims */
#define UNWRAPPED_SIZE 49152 /* decoded base64 */
#define WRAPS_MAX 64
#define LAYERS_MAX 3 /* of encodings around each other */
#define FINDS_MAX 65536

struct wrap {
	size_t from, to;
};

struct cl_scanner {
	const struct cl_catalogue *catalogue;
	const struct cl_fp_key *key;
	struct cl_matcher *matcher;
	struct cl_find *finds;
	size_t n_finds, cap_finds;
	struct wrap wraps[WRAPS_MAX];
	size_t n_wraps;
	void *body, *unwrapped; /* secure */
	struct cl_scanner_stats stats;
};

int cl_scanner_new(struct cl_scanner **out, const struct cl_catalogue *c, const struct cl_fp_key *k,
		   struct cl_error *err)
{
	_cleanup_(cl_scanner_free) struct cl_scanner *s = calloc(1, sizeof(*s));
	int r;

	if (!s || cl_secure_alloc(&s->body, BODY_SIZE) || cl_secure_alloc(&s->unwrapped, UNWRAPPED_SIZE))
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
	cl_secure_free(&(*p)->body, BODY_SIZE);
	cl_secure_free(&(*p)->unwrapped, UNWRAPPED_SIZE);
	free((*p)->finds);
	free(TAKE_PTR(*p));
}

const struct cl_scanner_stats *cl_scanner_stats(const struct cl_scanner *s)
{
	return &s->stats;
}

static int push(struct cl_scanner *s, const struct cl_find *f)
{
	if (s->n_finds == s->cap_finds) {
		size_t cap = s->cap_finds ? s->cap_finds * 2 : 64;
		struct cl_find *bigger;

		if (cap > FINDS_MAX) {
			s->stats.candidates_cut++;
			return 0;
		}
		bigger = realloc(s->finds, cap * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		s->finds = bigger;
		s->cap_finds = cap;
	}
	s->finds[s->n_finds++] = *f;
	return 0;
}

static bool claim_fits(const struct cl_format *f, struct cl_view claims)
{
	size_t n = f->claim_prefix ? strlen(f->claim_prefix) : 0;
	struct cl_view value;

	return f->claim && cl_jwt_member(claims, f->claim, &value) && value.len >= n &&
	       (!n || !memcmp(value.p, f->claim_prefix, n));
}

/* Expiry, and whose token it is, from what it says of itself. */
static void read_claims(struct cl_scanner *s, const char *value, size_t len, struct cl_find *f)
{
	const struct cl_format *formats;
	size_t n = cl_catalogue_formats(s->catalogue, &formats);
	struct cl_view claims;

	if (cl_jwt_claims(value, len, s->body, BODY_SIZE, &claims))
		return;
	for (size_t i = 0; i < n && !strcmp(f->format->kind, "jwt"); i++) {
		if (!claim_fits(&formats[i], claims))
			continue;
		f->format = &formats[i];
		f->class = formats[i].class;
		break;
	}
	f->expires = cl_jwt_expires(claims);
	if (f->expires)
		f->class = CL_CLASS_EPHEMERAL;
	explicit_bzero(s->body, claims.len);
}

/* Fingerprints one hit in `text` and keeps it; outer: the base64 around the text, NULL: none. */
static int keep(struct cl_scanner *s, const char *text, size_t len, const struct cl_hit *h, const struct wrap *outer)
{
	struct cl_find f = {.format = h->format, .from = h->from, .to = h->to, .sure = true, .class = h->format->class};
	const char *value = text + h->from;
	size_t n = h->to - h->from, end;
	ssize_t body = 0;
	int r;

	if (h->format->form == CL_FORM_PEM) {
		const char *line = memchr(value + 5, '-', n - 5);

		body = cl_pem_body(text, len, (size_t)(line - text) + 5, s->body, BODY_SIZE, &end);
		value = s->body;
		n = body > 0 ? (size_t)body : 0;
	} else if (h->format->valid == cl_jwt_valid) {
		read_claims(s, value, n, &f);
	}
	r = body < 0 ? 0 : cl_fingerprint(s->key, value, n, f.fp);
	if (body > 0)
		explicit_bzero(s->body, (size_t)body);
	if (body < 0)
		f.sure = false;
	if (outer) {
		f.from = outer->from;
		f.to = outer->to;
	}
	return r ? r : push(s, &f);
}

/* A PEM hit is its BEGIN line: makes it the whole block, or no valid hit when there is none. */
static void complete_pem(struct cl_scanner *s, const char *text, size_t len, struct cl_hit *h)
{
	size_t end;
	ssize_t n = cl_pem_body(text, len, h->to, s->body, BODY_SIZE, &end);

	h->valid = n >= 0;
	if (n < 0)
		return;
	h->to = end;
	explicit_bzero(s->body, (size_t)n);
}

static bool is_placeholder(const struct cl_hit *h, const char *text)
{
	size_t n = h->to - h->from;

	/* What has a structure that was checked is no placeholder; long values are encoded binary data. */
	if (h->format->form == CL_FORM_PEM || h->format->valid == cl_jwt_valid)
		return false;
	return cl_is_placeholder(text + h->from, n, n > 200);
}

/* a, the earlier one, or b, which overlaps it: the longer says more, then the one that the catalogue lists first. */
static bool goes_first(const struct cl_hit *a, const struct cl_hit *b)
{
	size_t x = a->to - a->from, y = b->to - b->from;

	return x != y ? x > y : a->format <= b->format;
}

static void note_wrap(struct cl_scanner *s, const struct cl_hit *h)
{
	if (s->n_wraps == WRAPS_MAX)
		s->stats.candidates_cut++;
	else
		s->wraps[s->n_wraps++] = (struct wrap){h->from, h->to};
}

/* Sorts the hits out in place: what is valid and goes first over what it overlaps moves to the front. */
static int settle(struct cl_scanner *s, const char *text, size_t len, struct cl_hit *hits, size_t *n,
		  const struct wrap *outer)
{
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < *n && !r; i++) {
		struct cl_hit h = hits[i];

		if (!h.format) {
			if (!outer)
				note_wrap(s, &h);
			continue;
		}
		if (h.format->form == CL_FORM_PEM)
			complete_pem(s, text, len, &h);
		if (!h.valid) {
			struct cl_find suspect = {.format = h.format, .from = h.from, .to = h.to};

			r = outer ? 0 : push(s, &suspect);
		} else if (!kept || hits[kept - 1].to <= h.from) {
			hits[kept++] = h;
		} else if (!goes_first(&hits[kept - 1], &h)) {
			hits[kept - 1] = h;
		}
	}
	*n = kept;
	return r;
}

static int scan_text(struct cl_scanner *s, const char *text, size_t len, const struct wrap *outer)
{
	struct cl_hit *hits;
	ssize_t found = cl_matcher_run(s->matcher, text, len, &hits, &s->stats.candidates_cut);
	size_t n = (size_t)found;
	int r;

	if (found <= 0)
		return (int)found;
	r = settle(s, text, len, hits, &n, outer);
	for (size_t i = 0; i < n && !r; i++)
		if (!is_placeholder(&hits[i], text))
			r = keep(s, text, len, &hits[i], outer);
	return r;
}

/* Wholly, but for white space: text, and most of what else there is, says no within a few bytes. */
static bool is_encoded(const char *bytes, size_t len)
{
	static const size_t quick = 24;

	for (size_t i = 0; i < len; i++) {
		if (cl_base64_digit(bytes[i]) >= 0)
			continue;
		if (i < quick || !strchr("=\r\n\t ", bytes[i]) || !bytes[i])
			return false;
	}
	return len >= quick;
}

static bool overlaps_find(const struct cl_scanner *s, const struct wrap *w)
{
	for (size_t i = 0; i < s->n_finds; i++)
		if (s->finds[i].sure && s->finds[i].from < w->to && w->from < s->finds[i].to)
			return true;
	return false;
}

/* The decoded bytes; where they are wholly encoded themselves, what is below that, too. They are wiped. */
static int scan_layers(struct cl_scanner *s, size_t len, const struct wrap *outer)
{
	size_t n = len, used;
	int r = 0;

	for (int layer = 1; n && !r; layer++) {
		r = scan_text(s, s->unwrapped, n, outer);
		if (layer == LAYERS_MAX || !is_encoded(s->unwrapped, n))
			break;
		n = cl_encoded_decode(s->unwrapped, n, s->unwrapped, UNWRAPPED_SIZE, &used);
	}
	explicit_bzero(s->unwrapped, len);
	return r;
}

/* Looks into encoded values. One that is too long is looked at as far as it fits. */
static int unwrap(struct cl_scanner *s, const char *bytes, size_t len)
{
	size_t done = 0, used, n;
	int r = 0;

	for (size_t i = 0; i < s->n_wraps && !r; i++) {
		struct wrap w = s->wraps[i];

		if (w.from < done || overlaps_find(s, &w))
			continue;
		n = cl_encoded_decode(bytes + w.from, len - w.from, s->unwrapped, UNWRAPPED_SIZE, &used);
		w.to = done = w.from + used;
		r = scan_layers(s, n, &w);
	}
	return r;
}

static int by_place(const void *a, const void *b)
{
	const struct cl_find *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return memcmp(x->fp, y->fp, sizeof(x->fp));
}

ssize_t cl_scanner_find(struct cl_scanner *s, const char *bytes, size_t len, const struct cl_find **finds)
{
	int r;

	s->n_finds = s->n_wraps = 0;
	s->stats.scans++;
	s->stats.bytes += len;
	r = scan_text(s, bytes, len, NULL);
	if (!r && !s->n_finds && is_encoded(bytes, len)) {
		s->wraps[0] = (struct wrap){0, len};
		s->n_wraps = 1;
	}
	if (!r && s->n_wraps)
		r = unwrap(s, bytes, len);
	if (r)
		return r;
	if (s->n_finds > 1)
		qsort(s->finds, s->n_finds, sizeof(*s->finds), by_place);
	*finds = s->finds;
	return (ssize_t)s->n_finds;
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

int cl_scan(struct cl_scanner *s, uint32_t source, const char *path, const char *bytes, size_t len,
	    struct cl_arena *arena, struct cl_sighting *out, size_t max)
{
	const struct cl_find *finds = NULL;
	ssize_t found = cl_scanner_find(s, bytes, len, &finds);
	size_t n = 0, counted = 0;
	uint32_t line = 1;

	/* Every surrounding is recognised by itself; a store's own format adds nothing yet. */
	(void)path;
	for (ssize_t i = 0; finds && i < found; i++) {
		const struct cl_find *f = &finds[i];
		struct cl_sighting one = {.key_id = cl_fp_key_id(s->key),
					  .source = source,
					  .class = f->class,
					  .expires = f->expires,
					  .provider = f->format->provider,
					  .format = f->format->id};

		if (!f->sure)
			continue;
		line += count_lines(bytes, counted, f->from);
		counted = f->from;
		one.line = source == CL_SOURCE_FILE ? line : 0;
		memcpy(one.fp, f->fp, CL_FP_SIZE);
		one.name = name_of(s, source, bytes, (size_t)i, arena);
		/* Two variables with one token are two places; in a file the first place stands for all. */
		if (is_known(out, n, &one, source == CL_SOURCE_ENVIRONMENT))
			continue;
		if (n == max)
			s->stats.sightings_cut++;
		else
			out[n++] = one;
	}
	return found < 0 ? (int)found : (int)n;
}
