/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From places to credentials: of overlapping places the more specific one stays, placeholders go, and what is left is
 * fingerprinted over the bare value, so that one token has one fingerprint however it is written down. Encoded text
 * and text with escapes is looked into in the same way, layer by layer. Decoded bytes are in secure memory and are
 * wiped before a call returns.
 */
#define _GNU_SOURCE
#include "credential/scanner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/check.h"
#include "catalogue/examples.h"
#include "credential/claims.h"
#include "credential/encoded.h"
#include "catalogue/jwt.h"
#include "credential/lifetime.h"
#include "credential/matcher.h"
#include "credential/pattern.h"

#define FINDS_MAX 65536
#define ADDRESS_MAX 512 /* bytes before a value that may belong to an address */
#define REACH 2048	/* around an escape: a key, and a value that has the escape somewhere in it */

/* A text that is looked at, and what it was made from. */
struct layer {
	const struct layer *up; /* NULL: it is the text that was given */
	const char *s;
	size_t len;
	const struct cl_plain *plain; /* up with its escapes undone; NULL: decoded */
	size_t from, to;	      /* decoded: the encoding's place in up */
	unsigned int depth;
};

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
	struct cl_facts facts = {.len = 0};
	struct cl_view claims;

	if (cl_jwt_claims(value, len, s->body, CL_BODY_SIZE, &claims))
		return;
	for (size_t i = 0; i < n && !strcmp(f->format->kind, "jwt"); i++) {
		if (!claim_fits(&formats[i], claims))
			continue;
		f->format = &formats[i];
		f->class = formats[i].class;
		break;
	}
	cl_lifetime_read(f->format, &facts);
	cl_claims_read(claims, &facts, &f->expires);
	f->claims = cl_arena_strdup(s->claims, cl_facts_text(&facts));
	if (f->expires)
		f->class = CL_CLASS_EPHEMERAL;
	explicit_bzero(s->body, claims.len);
}

/* From a place in a layer to the place in the text that was given. */
static void place(const struct layer *l, struct cl_find *f)
{
	for (; l->up; l = l->up) {
		f->from = l->plain ? cl_plain_origin(l->plain, f->from) : l->from;
		f->to = l->plain ? cl_plain_origin(l->plain, f->to) : l->to;
		f->plain |= l->plain != NULL;
		f->decoded |= !l->plain;
	}
}

/* Fingerprints one hit and keeps it. */
static int keep(struct cl_scanner *s, const struct layer *l, const struct cl_hit *h)
{
	struct cl_find f = {.format = h->format, .from = h->from, .to = h->to, .class = h->format->class};
	const char *value = l->s + h->from;
	size_t n = h->to - h->from, end;
	ssize_t body = 0;
	int r;

	if (h->format->form == CL_FORM_PEM) {
		const char *line = memchr(value + 5, '-', n - 5);

		body = cl_pem_body(l->s, l->len, (size_t)(line - l->s) + 5, s->body, CL_BODY_SIZE, &end);
		value = s->body;
		n = body > 0 ? (size_t)body : 0;
	} else if (h->format->valid == cl_jwt_valid) {
		read_claims(s, value, n, &f);
	}
	f.sure = body >= 0 && !cl_is_documented_example(value, n);
	r = body < 0 ? 0 : cl_fp_name(s->key, value, n, cl_format_is_guessable(f.format), &f.names);
	if (body > 0)
		explicit_bzero(s->body, (size_t)body);
	place(l, &f);
	return r ? r : push(s, &f);
}

/* A PEM hit is its BEGIN line: makes it the whole block, or no valid hit when there is none. */
static void complete_pem(struct cl_scanner *s, const struct layer *l, struct cl_hit *h)
{
	size_t end;
	ssize_t n = cl_pem_body(l->s, l->len, h->to, s->body, CL_BODY_SIZE, &end);

	h->valid = n >= 0;
	if (n < 0)
		return;
	h->to = end;
	explicit_bzero(s->body, (size_t)n);
}

static bool is_placeholder(const struct cl_hit *h, const char *text)
{
	size_t n = h->to - h->from, fixed;
	char prefix[64];

	/* What has a structure that was checked is no placeholder; long values are encoded binary data. */
	if (h->format->form == CL_FORM_PEM || h->format->valid == cl_jwt_valid)
		return false;
	fixed = cl_pattern_prefix(h->format->pattern, prefix, sizeof(prefix));
	return cl_is_placeholder(text + h->from + fixed, n - fixed, n > 200);
}

/* a, the earlier one, or b, which overlaps it: the longer says more, then the one that the catalogue lists first. */
static bool goes_first(const struct cl_hit *a, const struct cl_hit *b)
{
	size_t x = a->to - a->from, y = b->to - b->from;

	return x != y ? x > y : a->format <= b->format;
}

/* What has the form of a token but not its checksum or structure is no token of no form either. Hits are sorted. */
static void drop_near_misses(struct cl_hit *hits, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (hits[i].valid || hits[i].format->context || !hits[i].format->valid)
			continue;
		for (size_t j = i + 1; j < n && hits[j].from == hits[i].from; j++)
			hits[j].valid &= !hits[j].format->context;
		for (size_t j = i; j && hits[j - 1].from == hits[i].from; j--)
			hits[j - 1].valid &= !hits[j - 1].format->context;
	}
}

/*
 * Sorts the hits out in place: what is valid and goes first over what it overlaps moves to the front. A placeholder of
 * one form takes no place from another: "AAAA..." is one to a form that does not know it as a beginning.
 */
static int settle(struct cl_scanner *s, const struct layer *l, struct cl_hit *hits, size_t *n)
{
	size_t kept = 0;
	int r = 0;

	drop_near_misses(hits, *n);
	for (size_t i = 0; i < *n && !r; i++) {
		struct cl_hit h = hits[i];

		if (h.format->form == CL_FORM_PEM)
			complete_pem(s, l, &h);
		if (!h.valid) {
			struct cl_find suspect = {.format = h.format, .from = h.from, .to = h.to};

			r = l->up ? 0 : push(s, &suspect);
		} else if (is_placeholder(&h, l->s)) {
			continue;
		} else if (!kept || hits[kept - 1].to <= h.from) {
			hits[kept++] = h;
		} else if (!goes_first(&hits[kept - 1], &h)) {
			hits[kept - 1] = h;
		}
	}
	*n = kept;
	return r;
}

static int match(struct cl_scanner *s, const struct layer *l)
{
	struct cl_hit *hits;
	ssize_t found = cl_matcher_run(s->matcher, l->s, l->len, &hits, &s->stats.candidates_cut);
	size_t n = (size_t)found;
	int r;

	if (found <= 0)
		return (int)found;
	r = settle(s, l, hits, &n);
	for (size_t i = 0; i < n && !r; i++)
		r = keep(s, l, &hits[i]);
	return r;
}

static int look_into(struct cl_scanner *s, const struct layer *l);

/* Whether one of the finds of the given text, from *next on, that is known by itself lies over [from, to). */
static bool is_found(const struct cl_scanner *s, size_t *next, size_t end, size_t from, size_t to)
{
	while (*next < end && (!s->finds[*next].sure || s->finds[*next].format->context || s->finds[*next].to <= from))
		++*next;
	return *next < end && s->finds[*next].from < to;
}

/* Encodings. One that is too long is looked at as far as it fits. */
static int look_into_encoded(struct cl_scanner *s, const struct layer *l)
{
	struct cl_plain *out = &s->layers[l->depth];
	size_t at = 0, from, used, next = 0, end = l->up ? 0 : s->n_finds;
	int r = 0;

	while (!r && cl_encoded_next(l->s, l->len, at, &from)) {
		struct layer below = {.up = l, .s = out->s, .from = from, .depth = l->depth + 1};

		below.len = cl_encoded_decode(l->s + from, l->len - from, out->s, out->cap, &used);
		below.to = at = from + used;
		if (!is_found(s, &next, end, from, at))
			r = look_into(s, &below);
		explicit_bzero(out->s, below.len);
	}
	return r;
}

/* Where the text around the escape at `at`, and around those that are near it, ends. */
static size_t reach_of(const struct layer *l, size_t at)
{
	while (at < l->len) {
		size_t next = cl_escapes_next(l->s, l->len, at + 1);

		if (next == l->len || next - at > REACH)
			return l->len - at > REACH ? at + REACH : l->len;
		at = next;
	}
	return l->len;
}

static int look_into_escaped(struct cl_scanner *s, const struct layer *l)
{
	struct cl_plain *out = &s->layers[l->depth];
	size_t low = 0, at, from, to;
	int r = 0;

	while (!r && (at = cl_escapes_next(l->s, l->len, low)) < l->len) {
		struct layer below = {.up = l, .s = out->s, .plain = out, .depth = l->depth + 1};

		from = at - low > REACH ? at - REACH : low;
		to = reach_of(l, at);
		low = cl_escapes_undo(out, l->s, from, to);
		below.len = out->len;
		r = look_into(s, &below);
		explicit_bzero(out->s, out->len);
		/* What does not fit at once: values that lie across the end are whole in the next turn. */
		if (low < to)
			low -= low - from > 2 * REACH ? REACH : 0;
	}
	return r;
}

static int look_into(struct cl_scanner *s, const struct layer *l)
{
	int r = match(s, l);

	if (l->depth == CL_LAYERS_MAX)
		return r;
	r = r ? r : look_into_encoded(s, l);
	return r || l->plain ? r : look_into_escaped(s, l);
}

static int by_place(const void *a, const void *b)
{
	const struct cl_find *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return memcmp(x->names.fp, y->names.fp, CL_FP_SIZE);
}

/*
 * Whether an escape is one where a value stands: a backslash always, a percent sign in an address or a form only. In a
 * line of settings it is part of a password.
 */
static bool undoing_is_right(const char *s, size_t len, const struct cl_find *f)
{
	size_t at = f->from, low = at > ADDRESS_MAX ? at - ADDRESS_MAX : 0;

	if (memchr(s + f->from, '\\', f->to - f->from) || (f->to < len && s[f->to] == '&'))
		return true;
	while (at > low && !strchr(" \t\n\r\"'`<>", s[at - 1]))
		at--;
	if (memmem(s + at, f->from - at, "://", 3))
		return true;
	return memchr(s + at, '&', f->from - at) || memchr(s + at, '?', f->from - at);
}

/* One of two finds in one place is what is there. */
static void choose(const char *s, size_t len, struct cl_find *plain, struct cl_find *f)
{
	size_t x = plain->to - plain->from, y = f->to - f->from;

	if (x == y && !memcmp(plain->names.fp, f->names.fp, CL_FP_SIZE))
		return;
	/* A piece, cut off by an escape or by the sign that it stands for. */
	if (x != y ? x > y : undoing_is_right(s, len, plain))
		f->sure = false;
	else
		plain->sure = false;
}

/* Finds are sorted. What was seen with escapes undone and without them is one value. */
static void settle_escapes(struct cl_scanner *s, const char *bytes, size_t len)
{
	size_t low = 0;

	for (size_t i = 0; i < s->n_finds; i++) {
		struct cl_find *plain = &s->finds[i];

		while (low < i && s->finds[low].to <= plain->from)
			low++;
		for (size_t j = low; plain->plain && plain->sure && j < s->n_finds; j++) {
			struct cl_find *f = &s->finds[j];

			if (f->from >= plain->to)
				break;
			if (f->sure && !f->plain && f->to > plain->from)
				choose(bytes, len, plain, f);
		}
	}
}

/* A value that is known by its key alone, and holds an encoded one that is known by itself, is not one more. */
static void drop_wrappers(struct cl_scanner *s)
{
	for (size_t i = 0; i < s->n_finds; i++) {
		struct cl_find *f = &s->finds[i];

		for (size_t j = i + 1; f->sure && f->format->context && j < s->n_finds && s->finds[j].from < f->to; j++)
			if (s->finds[j].sure && s->finds[j].decoded)
				f->sure = false;
		for (size_t j = i; f->sure && f->format->context && j && s->finds[j - 1].from == f->from; j--)
			if (s->finds[j - 1].sure && s->finds[j - 1].decoded)
				f->sure = false;
	}
}

ssize_t cl_scanner_find(struct cl_scanner *s, const char *bytes, size_t len, const struct cl_find **finds)
{
	struct layer given = {.s = bytes, .len = len};
	int r;

	s->n_finds = 0;
	cl_arena_reset(s->claims);
	s->stats.scans++;
	s->stats.bytes += len;
	r = look_into(s, &given);
	if (r)
		return r;
	if (s->n_finds > 1) {
		qsort(s->finds, s->n_finds, sizeof(*s->finds), by_place);
		settle_escapes(s, bytes, len);
		drop_wrappers(s);
	}
	*finds = s->finds;
	return (ssize_t)s->n_finds;
}
