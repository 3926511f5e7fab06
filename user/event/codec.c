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

#define F(type_, member)                                                                                               \
	{                                                                                                              \
		offsetof(struct cl_observation, member), type_, #member                                                \
	}
#define U32(m) F(CL_FIELD_U32, m)
#define I32(m) F(CL_FIELD_I32, m)
#define U64(m) F(CL_FIELD_U64, m)
#define I64(m) F(CL_FIELD_I64, m)
#define STR(m) F(CL_FIELD_STRING, m)

enum { TAG_SIGHTINGS = 61, TAG_VARS = 62 };

static const struct cl_field fields[] = {
	[1] = U32(kind),
	[2] = U32(flags),
	[3] = U64(ts),
	[4] = U64(process.start),
	[5] = U32(process.tgid),
	[6] = U64(parent.start),
	[7] = U32(parent.tgid),
	[8] = U64(child.start),
	[9] = U32(child.tgid),
	[10] = U64(cgroup_id),
	[11] = U32(tid),
	[12] = U32(ns_tgid),
	[13] = U32(uid),
	[14] = U32(euid),
	[15] = U32(gid),
	[16] = U32(loginuid),
	[17] = U32(session),
	[18] = U32(mntns),
	[19] = U32(pidns),
	[20] = STR(comm),
	[21] = STR(exe),
	[22] = STR(filename),
	[23] = STR(command),
	[24] = STR(cgroup),
	[25] = U64(exe_ino),
	[26] = U32(exe_dev),
	[27] = I32(exit_code),
	[28] = STR(path),
	[29] = U64(ino),
	[30] = U64(ctime),
	[31] = U64(size),
	[32] = U64(length),
	[33] = U32(dev),
	[34] = U32(generation),
	[35] = U32(open_flags),
	[36] = U32(how),
	[37] = STR(store),
	[38] = U32(family),
	[39] = U32(sock_type),
	[40] = U32(port),
	[41] = STR(address),
	[42] = STR(workflow),
	[43] = STR(run_id),
	[44] = STR(environment),
	[45] = STR(spiffe_id),
	[46] = STR(outcome),
	[47] = STR(run_kind),
	[48] = STR(parent_run),
	[49] = U64(ttl),
	[50] = STR(host_id),
	[51] = STR(host_name),
	[52] = STR(boot_id),
	[53] = STR(act),
	[54] = STR(tier),
	[55] = STR(detail),
	[56] = STR(finding),
	[57] = I64(wall_offset),
	[58] = U64(count),
	[59] = U64(since),
	[60] = U32(key_id),
	[TAG_SIGHTINGS] = F(CL_FIELD_SIGHTINGS, sightings),
	[TAG_VARS] = F(CL_FIELD_VARS, vars),
	[63] = U32(exempt),
};

#define S(type_, member)                                                                                               \
	{                                                                                                              \
		offsetof(struct cl_sighting, member), type_, #member                                                   \
	}
static const struct cl_field sighting_fields[] = {
	[1] = S(CL_FIELD_FP, fp),	    [2] = S(CL_FIELD_U32, key_id),    [3] = S(CL_FIELD_U32, source),
	[4] = S(CL_FIELD_U32, class),	    [5] = S(CL_FIELD_U32, line),      [6] = S(CL_FIELD_U64, expires),
	[7] = S(CL_FIELD_STRING, provider), [8] = S(CL_FIELD_STRING, format), [9] = S(CL_FIELD_STRING, name),
};

static const struct cl_field var_fields[] = {
	[1] = {offsetof(struct cl_var, name), CL_FIELD_STRING, "name"},
	[2] = {offsetof(struct cl_var, value), CL_FIELD_STRING, "value"},
};

struct message {
	const struct cl_field *fields;
	size_t n;
	size_t size;
};
static const struct message observation = {fields, ARRAY_SIZE(fields), sizeof(struct cl_observation)};
static const struct message sighting = {sighting_fields, ARRAY_SIZE(sighting_fields), sizeof(struct cl_sighting)};
static const struct message var = {var_fields, ARRAY_SIZE(var_fields), sizeof(struct cl_var)};

const struct cl_field *cl_obs_fields(size_t *n)
{
	*n = ARRAY_SIZE(fields);
	return fields;
}

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
	return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

static int put_scalar(struct writer *w, size_t tag, const struct cl_field *f, const char *base)
{
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
		return put_bytes(w, tag, at, CL_FP_SIZE);
	case CL_FIELD_STRING:
		s = *(const char *const *)at;
		return s ? put_bytes(w, tag, s, strnlen(s, CL_CODEC_STRING_MAX)) : 0;
	default:
		return 0;
	}
}

static int put_flat(struct writer *w, const struct message *m, const char *base)
{
	int r = 0;

	for (size_t tag = 1; tag < m->n && !r; tag++)
		r = put_scalar(w, tag, &m->fields[tag], base);
	return r;
}

/* A nested message is written behind room for the longest length, then moved up to its real one. */
static int put_list(struct writer *w, size_t tag, const struct message *m, const void *list, size_t n)
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
	r = put_flat(&w, &observation, (const char *)obs);
	if (!r)
		r = put_list(&w, TAG_SIGHTINGS, &sighting, obs->sightings, obs->n_sightings);
	if (!r)
		r = put_list(&w, TAG_VARS, &var, obs->vars, obs->n_vars);
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
	if (!t->is_bytes)
		return 0;
	if (t->number > (uint64_t)(r->end - r->p))
		return -EPROTO;
	t->bytes = r->p;
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
static int get_scalar(struct reader *r, const struct message *m, const struct token *t, char *base)
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

	if (grown && n)
		memcpy(grown, list, n * size);
	if (grown)
		*cap = want;
	return grown;
}

static int get_element(struct reader *r, const struct message *m, const struct token *t, void *element)
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

static int get_list(struct reader *r, const struct message *m, const struct token *t, void **list, size_t *n,
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
		if (t.tag == TAG_SIGHTINGS)
			err = get_list(&r, &sighting, &t, &sightings, &o.n_sightings, &r.sightings_cap);
		else if (t.tag == TAG_VARS)
			err = get_list(&r, &var, &t, &vars, &o.n_vars, &r.vars_cap);
		else
			err = get_scalar(&r, &observation, &t, (char *)&o);
	}
	if (err)
		return err;
	o.sightings = sightings;
	o.vars = vars;
	*out = o;
	return 0;
}
