/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An observation as bytes: per field that is set, a varint (tag << 1 | is_bytes), then a varint, or a varint length and
 * that many bytes. The low bit lets an old reader skip a field that it does not know. Signed numbers are zigzag; a zero
 * number and a NULL string are left out; list elements are nested messages of the same form, one per element.
 */
#include "event/codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "event/observation.h"

/* ---- writing ---- */

#define VARINT_MAX 10

struct writer {
	uint8_t *buf;
	size_t len, cap;
};

static int room(struct writer *w, size_t extra)
{
	size_t cap = w->cap ? w->cap : 512;
	uint8_t *buf;

	if (w->cap - w->len >= extra)
		return 0;
	while (cap - w->len < extra)
		cap *= 2;
	buf = realloc(w->buf, cap);
	if (!buf)
		return -ENOMEM;
	w->buf = buf;
	w->cap = cap;
	return 0;
}

/* The caller has made room. */
static void put_varint(struct writer *w, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		w->buf[w->len++] = (uint8_t)(v | 0x80);
	w->buf[w->len++] = (uint8_t)v;
}

static int put_number(struct writer *w, size_t tag, uint64_t v)
{
	if (!v)
		return 0;
	if (room(w, 2 * VARINT_MAX))
		return -ENOMEM;
	put_varint(w, tag << 1);
	put_varint(w, v);
	return 0;
}

static int put_bytes(struct writer *w, size_t tag, const void *p, size_t len)
{
	if (room(w, 2 * VARINT_MAX + len))
		return -ENOMEM;
	put_varint(w, tag << 1 | 1);
	put_varint(w, len);
	if (len)
		memcpy(w->buf + w->len, p, len);
	w->len += len;
	return 0;
}

static uint64_t zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

static int put_scalar(struct writer *w, size_t tag, const struct cl_field *f, const char *base)
{
	static const uint8_t none[CL_FP_SIZE];
	const void *at = base + f->offset;
	const char *s;

	switch (f->type) {
	case CL_FIELD_U32:
		return put_number(w, tag, *(const uint32_t *)at);
	case CL_FIELD_I32:
		return put_number(w, tag, zigzag(*(const int32_t *)at));
	case CL_FIELD_U64:
		return put_number(w, tag, *(const uint64_t *)at);
	case CL_FIELD_I64:
		return put_number(w, tag, zigzag(*(const int64_t *)at));
	case CL_FIELD_FP:
		return memcmp(at, none, CL_FP_SIZE) ? put_bytes(w, tag, at, CL_FP_SIZE) : 0;
	case CL_FIELD_STRING:
		s = *(const char *const *)at;
		return s ? put_bytes(w, tag, s, strnlen(s, CL_CODEC_STRING_MAX)) : 0;
	default:
		return 0;
	}
}

static int put_flat(struct writer *w, const struct cl_message *m, const char *base)
{
	int r = 0;

	for (size_t tag = 1; tag < m->n && !r; tag++)
		r = put_scalar(w, tag, &m->fields[tag], base);
	return r;
}

/* A nested message is written behind room for the longest length, then moved up to its real one. */
static int put_list(struct writer *w, size_t tag, const struct cl_message *m, const void *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t start, len;
		int r = room(w, 3 * VARINT_MAX);

		if (r)
			return r;
		put_varint(w, tag << 1 | 1);
		start = w->len;
		w->len += VARINT_MAX;
		r = put_flat(w, m, (const char *)list + i * m->size);
		if (r)
			return r;
		len = w->len - start - VARINT_MAX;
		w->len = start;
		put_varint(w, len);
		memmove(w->buf + w->len, w->buf + start + VARINT_MAX, len);
		w->len += len;
	}
	return 0;
}

int cl_obs_encode(const struct cl_observation *obs, uint8_t **buf, size_t *len, size_t *cap)
{
	struct writer w = {.buf = *buf, .len = *len, .cap = *cap};
	int r;

	if (obs->n_sightings > CL_CODEC_LIST_MAX || obs->n_vars > CL_CODEC_LIST_MAX)
		return -E2BIG;
	r = put_flat(&w, &cl_message_observation, (const char *)obs);
	if (!r)
		r = put_list(&w, CL_TAG_SIGHTINGS, &cl_message_sighting, obs->sightings, obs->n_sightings);
	if (!r)
		r = put_list(&w, CL_TAG_VARS, &cl_message_var, obs->vars, obs->n_vars);
	if (!r && w.len - *len > CL_CODEC_SIZE_MAX)
		r = -E2BIG;
	*buf = w.buf;
	*cap = w.cap;
	if (!r)
		*len = w.len;
	return r;
}

/* ---- reading ---- */

struct reader {
	const uint8_t *p, *end;
	struct cl_arena *arena;
	size_t sightings_cap, vars_cap;
};

static int get_varint(struct reader *r, uint64_t *out)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64; shift += 7) {
		uint8_t b;

		if (r->p == r->end)
			return -EPROTO;
		b = *r->p++;
		if (shift == 63 && b > 1)
			return -EPROTO;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80)) {
			*out = v;
			return 0;
		}
	}
	return -EPROTO;
}

struct token {
	size_t tag;
	bool is_bytes;
	uint64_t number; /* the value, or the length of bytes */
	const uint8_t *bytes;
};

static int get_token(struct reader *r, struct token *t)
{
	uint64_t key;

	if (get_varint(r, &key) || get_varint(r, &t->number))
		return -EPROTO;
	t->tag = (size_t)(key >> 1);
	t->is_bytes = key & 1;
	t->bytes = r->p;
	if (!t->is_bytes)
		return 0;
	if (t->number > (uint64_t)(r->end - r->p))
		return -EPROTO;
	r->p += t->number;
	return 0;
}

static int get_string(struct reader *r, const struct token *t, const char **out)
{
	char *s;

	if (t->number > CL_CODEC_STRING_MAX || memchr(t->bytes, 0, t->number))
		return -EPROTO;
	s = cl_arena_strndup(r->arena, (const char *)t->bytes, t->number);
	if (!s)
		return -ENOMEM;
	*out = s;
	return 0;
}

static int get_number(const struct token *t, uint8_t type, void *at)
{
	int64_t i = (int64_t)(t->number >> 1) ^ -(int64_t)(t->number & 1);

	switch (type) {
	case CL_FIELD_U32:
		if (t->number > UINT32_MAX)
			return -EPROTO;
		*(uint32_t *)at = (uint32_t)t->number;
		return 0;
	case CL_FIELD_I32:
		if (i < INT32_MIN || i > INT32_MAX)
			return -EPROTO;
		*(int32_t *)at = (int32_t)i;
		return 0;
	case CL_FIELD_U64:
		*(uint64_t *)at = t->number;
		return 0;
	case CL_FIELD_I64:
		*(int64_t *)at = i;
		return 0;
	default:
		return -EPROTO;
	}
}

/* A tag that this version does not know, or knows as another type, is skipped or refused. */
static int get_scalar(struct reader *r, const struct cl_message *m, const struct token *t, char *base)
{
	const struct cl_field *f = t->tag < m->n ? &m->fields[t->tag] : NULL;

	if (!f || f->type == CL_FIELD_NONE)
		return 0;
	if (!t->is_bytes)
		return get_number(t, f->type, base + f->offset);
	if (f->type == CL_FIELD_STRING)
		return get_string(r, t, (const char **)(void *)(base + f->offset));
	if (f->type != CL_FIELD_FP || t->number != CL_FP_SIZE)
		return -EPROTO;
	memcpy(base + f->offset, t->bytes, CL_FP_SIZE);
	return 0;
}

/* Room for one more element: doubles in the arena, old copies die with it. */
static void *list_grow(struct reader *r, const void *list, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap ? *cap * 2 : 4;
	char *grown = cl_arena_alloc(r->arena, want * size);

	if (grown && list)
		memcpy(grown, list, n * size);
	if (grown)
		*cap = want;
	return grown;
}

static int get_element(struct reader *r, const struct cl_message *m, const struct token *t, void *element)
{
	struct reader inner = {.p = t->bytes, .end = t->bytes + t->number, .arena = r->arena};
	struct token field = {0};
	int err = 0;

	while (!err && inner.p < inner.end) {
		err = get_token(&inner, &field);
		if (!err)
			err = get_scalar(&inner, m, &field, element);
	}
	return err;
}

static int get_list(struct reader *r, const struct cl_message *m, const struct token *t, void **list, size_t *n,
		    size_t *cap)
{
	void *grown;
	int err;

	if (!t->is_bytes || *n >= CL_CODEC_LIST_MAX)
		return -EPROTO;
	if (*n == *cap) {
		grown = list_grow(r, *list, *n, cap, m->size);
		if (!grown)
			return -ENOMEM;
		*list = grown;
	}
	err = get_element(r, m, t, (char *)*list + *n * m->size);
	if (!err)
		++*n;
	return err;
}

int cl_obs_decode(const uint8_t *bytes, size_t len, struct cl_arena *arena, struct cl_observation *out)
{
	struct reader r = {.p = bytes, .end = bytes + len, .arena = arena};
	struct cl_observation o = {0};
	void *sightings = NULL, *vars = NULL;
	struct token t = {0};
	int err = len > CL_CODEC_SIZE_MAX ? -EPROTO : 0;

	while (!err && r.p < r.end) {
		err = get_token(&r, &t);
		if (err)
			break;
		if (t.tag == CL_TAG_SIGHTINGS)
			err = get_list(&r, &cl_message_sighting, &t, &sightings, &o.n_sightings, &r.sightings_cap);
		else if (t.tag == CL_TAG_VARS)
			err = get_list(&r, &cl_message_var, &t, &vars, &o.n_vars, &r.vars_cap);
		else
			err = get_scalar(&r, &cl_message_observation, &t, (char *)&o);
	}
	if (err)
		return err;
	o.sightings = sightings;
	o.vars = vars;
	*out = o;
	return 0;
}
