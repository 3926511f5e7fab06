/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/codec.h"
#include "mk_observation.h"

static int setup(void **state)
{
	struct cl_arena *a = NULL;

	if (cl_arena_new(&a, 64 << 20))
		return -1;
	*state = a;
	return 0;
}

static int teardown(void **state)
{
	struct cl_arena *a = *state;

	cl_arena_free(&a);
	return 0;
}

/* Every field gets a value of its own. */
static void fill(struct cl_observation *o, struct cl_arena *arena)
{
	const struct cl_field *fields;
	size_t n;

	memset(o, 0, sizeof(*o));
	fields = cl_obs_fields(&n);
	for (size_t tag = 1; tag < n; tag++) {
		void *at = (char *)o + fields[tag].offset;

		switch (fields[tag].type) {
		case CL_FIELD_U32:
			*(uint32_t *)at = 0xf0000000u + (uint32_t)tag;
			break;
		case CL_FIELD_I32:
			*(int32_t *)at = -(int32_t)tag;
			break;
		case CL_FIELD_U64:
			*(uint64_t *)at = 0xf000000000000000ull + tag;
			break;
		case CL_FIELD_I64:
			*(int64_t *)at = INT64_MIN + (int64_t)tag;
			break;
		case CL_FIELD_STRING:
			*(char **)at = cl_arena_printf(arena, "string %zu", tag);
			break;
		default:
			break;
		}
	}
}

static size_t field_size(uint8_t type)
{
	switch (type) {
	case CL_FIELD_U32:
	case CL_FIELD_I32:
		return 4;
	case CL_FIELD_SIGHTINGS:
	case CL_FIELD_VARS:
		return sizeof(void *) + sizeof(size_t);
	default:
		return 8;
	}
}

/* A field that somebody adds to the struct and forgets in the table leaves a hole here. */
static void test_table_is_complete(void **state)
{
	static const size_t pads[] = {
		offsetof(struct cl_observation, process.pad),
		offsetof(struct cl_observation, parent.pad),
		offsetof(struct cl_observation, child.pad),
		offsetof(struct cl_observation, opener.pad),
	};
	uint8_t covered[sizeof(struct cl_observation)] = {0};
	const struct cl_field *fields;
	size_t n, holes = 0;

	(void)state;
	fields = cl_obs_fields(&n);
	assert_int_equal(fields[0].type, CL_FIELD_NONE);
	for (size_t tag = 1; tag < n; tag++)
		for (size_t i = 0; i < field_size(fields[tag].type); i++) {
			assert_int_equal(covered[fields[tag].offset + i], 0);
			covered[fields[tag].offset + i] = 1;
		}
	for (size_t i = 0; i < sizeof(pads) / sizeof(pads[0]); i++)
		memset(covered + pads[i], 1, 4);
	for (size_t i = 0; i < sizeof(covered); i++)
		holes += !covered[i];
	/* what the compiler puts between a u32 and a u64; alone never a whole field of 8 bytes */
	for (size_t i = 0; i < sizeof(covered); i += 8)
		assert_memory_not_equal(covered + i, "\0\0\0\0\0\0\0\0", 8);
	assert_true(holes <= 16);
}

static void check_same(const struct cl_observation *a, const struct cl_observation *b)
{
	const struct cl_field *fields;
	size_t n;

	fields = cl_obs_fields(&n);
	for (size_t tag = 1; tag < n; tag++) {
		const char *x = (const char *)a + fields[tag].offset, *y = (const char *)b + fields[tag].offset;

		if (fields[tag].type == CL_FIELD_STRING) {
			const char *s = *(const char *const *)(const void *)x,
				   *t = *(const char *const *)(const void *)y;

			if (!s || !t)
				assert_ptr_equal(s, t);
			else
				assert_string_equal(s, t);
		} else if (fields[tag].type <= CL_FIELD_I64) {
			assert_memory_equal(x, y, field_size(fields[tag].type));
		}
	}
	assert_int_equal(a->n_sightings, b->n_sightings);
	for (size_t i = 0; i < a->n_sightings; i++) {
		const struct cl_sighting *s = &a->sightings[i], *t = &b->sightings[i];

		assert_memory_equal(s->fp, t->fp, CL_FP_SIZE);
		assert_int_equal(s->key_id, t->key_id);
		assert_memory_equal(s->other, t->other, CL_FP_SIZE);
		assert_int_equal(s->other_key_id, t->other_key_id);
		assert_int_equal(s->local, t->local);
		assert_int_equal(s->source, t->source);
		assert_int_equal(s->class, t->class);
		assert_int_equal(s->line, t->line);
		assert_int_equal(s->expires, t->expires);
		assert_string_equal(s->provider, t->provider);
		assert_string_equal(s->format, t->format);
		assert_string_equal(s->name, t->name);
		assert_string_equal(s->facts, t->facts);
		assert_int_equal(s->lifetime, t->lifetime);
	}
	assert_int_equal(a->n_vars, b->n_vars);
	for (size_t i = 0; i < a->n_vars; i++) {
		assert_string_equal(a->vars[i].name, b->vars[i].name);
		assert_string_equal(a->vars[i].value, b->vars[i].value);
	}
}

static void whole(struct cl_observation *o, struct cl_arena *arena)
{
	static struct cl_sighting sightings[7];
	static const struct cl_var vars[] = {{"A", "1"}, {"EMPTY", ""}, {"C", "3"}, {"D", "4"}, {"E", "5"}, {"F", "6"}};

	fill(o, arena);
	for (size_t i = 0; i < 7; i++) {
		sightings[i] = mk_sighting((uint8_t)(i * 37), (uint32_t)i + 1, (uint32_t)i % 3);
		sightings[i].line = (uint32_t)i * 1000;
		sightings[i].expires = UINT64_MAX - i;
		sightings[i].facts = i % 2 ? "issuer=x\nsubject=y" : "issuer=";
		sightings[i].lifetime = i << 40;
		if (i % 2)
			memset(sightings[i].other, (int)i, CL_FP_SIZE);
		sightings[i].other_key_id = (uint32_t)i % 2;
		sightings[i].local = i == 3;
	}
	mk_obs_sightings(o, sightings, 7);
	mk_obs_vars(o, vars, 6);
}

static void test_round_trip(void **state)
{
	struct cl_observation o, back;
	uint8_t *buf = NULL;
	size_t len = 0, cap = 0, first;

	whole(&o, *state);
	assert_int_equal(cl_obs_encode(&o, &buf, &len, &cap), 0);
	assert_int_equal(cl_obs_decode(buf, len, *state, &back), 0);
	check_same(&o, &back);
	/* encode appends */
	first = len;
	assert_int_equal(cl_obs_encode(&back, &buf, &len, &cap), 0);
	assert_int_equal(len, 2 * first);
	assert_memory_equal(buf, buf + first, first);
	free(buf);
}

/* Each field alone: none leans on another, and what is not set is not there. */
static void test_one_field_at_a_time(void **state)
{
	struct cl_observation all, one, back;
	const struct cl_field *fields;
	uint8_t *buf = NULL;
	size_t n, cap = 0;

	fill(&all, *state);
	fields = cl_obs_fields(&n);
	for (size_t tag = 1; tag < n; tag++) {
		size_t len = 0, size = field_size(fields[tag].type);

		if (fields[tag].type > CL_FIELD_STRING)
			continue;
		memset(&one, 0, sizeof(one));
		memcpy((char *)&one + fields[tag].offset, (char *)&all + fields[tag].offset, size);
		assert_int_equal(cl_obs_encode(&one, &buf, &len, &cap), 0);
		assert_true(len <= 16);
		assert_int_equal(cl_obs_decode(buf, len, *state, &back), 0);
		check_same(&one, &back);
	}
	free(buf);
}

static void test_empty_is_not_absent(void **state)
{
	struct cl_observation o = {.kind = 1, .path = ""}, back;
	uint8_t *buf = NULL;
	size_t len = 0, cap = 0;

	assert_int_equal(cl_obs_encode(&o, &buf, &len, &cap), 0);
	assert_int_equal(cl_obs_decode(buf, len, *state, &back), 0);
	assert_string_equal(back.path, "");
	assert_null(back.exe);
	assert_null(back.sightings);
	free(buf);
}

/* Cut anywhere it is either refused, or a shorter observation (the cut fell between two fields). */
static void test_truncated_anywhere(void **state)
{
	struct cl_observation o, back;
	uint8_t *buf = NULL;
	size_t len = 0, cap = 0, taken = 0, fields;

	whole(&o, *state);
	assert_int_equal(cl_obs_encode(&o, &buf, &len, &cap), 0);
	for (size_t n = 0; n < len; n++) {
		uint8_t *cut = malloc(n ? n : 1);
		int r;

		memcpy(cut, buf, n);
		back.kind = 4711;
		r = cl_obs_decode(cut, n, *state, &back);
		assert_true(r == 0 || r == -EPROTO);
		if (r)
			assert_int_equal(back.kind, 4711); /* untouched */
		taken += !r;
		free(cut);
	}
	cl_obs_fields(&fields);
	assert_int_equal(taken, fields - 3 + 7 + 6); /* once before each field and list element */
	free(buf);
}

static void put(uint8_t **p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*(*p)++ = (uint8_t)(v | 0x80);
	*(*p)++ = (uint8_t)v;
}

static void test_unknown_tags_are_skipped(void **state)
{
	uint8_t buf[64], *p = buf;
	struct cl_observation o;

	put(&p, 1000 << 1);
	put(&p, UINT64_MAX);
	put(&p, 1 << 1); /* kind */
	put(&p, 3);
	put(&p, 999 << 1 | 1);
	put(&p, 3);
	memcpy(p, "a\0b", 3);
	p += 3;
	put(&p, (UINT64_MAX >> 1) << 1);
	put(&p, 0);
	put(&p, 61 << 1 | 1); /* a sighting with a field that is not known */
	put(&p, 6);
	put(&p, 50 << 1);
	put(&p, 9);
	put(&p, 5 << 1); /* line */
	put(&p, 300);
	put(&p, 0); /* tag 0 */
	put(&p, 7);
	assert_int_equal(p[-1], 7);
	assert_int_equal(cl_obs_decode(buf, (size_t)(p - buf), *state, &o), -EPROTO);
	/* the message above said 6 bytes and has 5: now it tells the truth */
	for (p = buf; memcmp(p, "\x7b\x06", 2); p++)
		;
	p[1] = 5;
	assert_int_equal(cl_obs_decode(buf, (size_t)(p + 2 + 5 + 2 - buf), *state, &o), 0);
	assert_int_equal(o.kind, 3);
	assert_int_equal(o.n_sightings, 1);
	assert_int_equal(o.sightings[0].line, 300);
}

static int decode(struct cl_arena *arena, const char *bytes, size_t len)
{
	struct cl_observation o;
	uint8_t *copy = malloc(len);
	int r;

	memcpy(copy, bytes, len);
	r = cl_obs_decode(copy, len, arena, &o);
	free(copy);
	return r;
}

static void test_malformed(void **state)
{
	/* kind as bytes; a string as a number; a u32 over 32 bits; an i32 over 32 bits */
	assert_int_equal(decode(*state, "\x03\x01x", 3), -EPROTO);
	assert_int_equal(decode(*state, "\x28\x01", 2), -EPROTO);
	assert_int_equal(decode(*state, "\x02\x80\x80\x80\x80\x10", 6), -EPROTO);
	assert_int_equal(decode(*state, "\x02\xff\xff\xff\xff\x0f", 6), 0);
	assert_int_equal(decode(*state, "\x36\x80\x80\x80\x80\x20", 6), -EPROTO);
	/* a NUL in a string; a string over the end */
	assert_int_equal(decode(*state,
				"\x29\x03"
				"a\0b",
				5),
			 -EPROTO);
	assert_int_equal(decode(*state,
				"\x29\x04"
				"abc",
				5),
			 -EPROTO);
	/* a number without an end, one of 65 bits, a length near 2^64 */
	assert_int_equal(decode(*state, "\x06\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12), -EPROTO);
	assert_int_equal(decode(*state, "\x06\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11), -EPROTO);
	assert_int_equal(decode(*state, "\x06\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11), 0);
	assert_int_equal(decode(*state, "\x29\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11), -EPROTO);
	/* a list element that is a number; a fingerprint of 3 bytes */
	assert_int_equal(decode(*state, "\x7a\x01", 2), -EPROTO);
	assert_int_equal(decode(*state,
				"\x7b\x05\x03\x03"
				"abc",
				7),
			 -EPROTO);
}

static void test_bounds(void **state)
{
	static struct cl_sighting many[257];
	static struct cl_var vars[257];
	struct cl_observation o = {.kind = 1}, back;
	uint8_t *buf = NULL;
	size_t len = 0, cap = 0;
	char *longest = malloc(CL_CODEC_STRING_MAX + 100);

	for (size_t i = 0; i < 257; i++) {
		many[i] = mk_sighting((uint8_t)i, 1, 1);
		vars[i] = (struct cl_var){"N", "v"};
	}
	mk_obs_sightings(&o, many, 256);
	mk_obs_vars(&o, vars, 256);
	assert_int_equal(cl_obs_encode(&o, &buf, &len, &cap), 0);
	assert_int_equal(cl_obs_decode(buf, len, *state, &back), 0);
	assert_int_equal(back.n_sightings, 256);
	assert_int_equal(back.sightings[255].fp[3], 255);
	/* one more by hand */
	assert_int_equal(cl_obs_encode(&o, &buf, &len, &cap), 0);
	assert_int_equal(cl_obs_decode(buf, len, *state, &back), -EPROTO);
	len = 0;
	mk_obs_sightings(&o, many, 257);
	assert_int_equal(cl_obs_encode(&o, &buf, &len, &cap), -E2BIG);
	mk_obs_sightings(&o, NULL, 0);
	mk_obs_vars(&o, vars, 257);
	assert_int_equal(cl_obs_encode(&o, &buf, &len, &cap), -E2BIG);
	assert_int_equal(len, 0);
	/* strings are cut */
	memset(longest, 'x', CL_CODEC_STRING_MAX + 99);
	longest[CL_CODEC_STRING_MAX + 99] = '\0';
	o = (struct cl_observation){.kind = 1, .command = longest};
	assert_int_equal(cl_obs_encode(&o, &buf, &len, &cap), 0);
	assert_int_equal(cl_obs_decode(buf, len, *state, &back), 0);
	assert_int_equal(strlen(back.command), CL_CODEC_STRING_MAX);
	/* and the whole has an end, too */
	for (size_t i = 0; i < 256; i++)
		vars[i].value = longest;
	len = 0;
	mk_obs_vars(&o, vars, 256);
	assert_int_equal(cl_obs_encode(&o, &buf, &len, &cap), -E2BIG);
	assert_int_equal(len, 0);
	assert_int_equal(cl_obs_decode(buf, CL_CODEC_SIZE_MAX + 1, *state, &back), -EPROTO);
	free(longest);
	free(buf);
}

static void test_full_arena(void **state)
{
	struct cl_observation o, back;
	struct cl_arena *small = NULL;
	uint8_t *buf = NULL;
	size_t len = 0, cap = 0;

	whole(&o, *state);
	assert_int_equal(cl_obs_encode(&o, &buf, &len, &cap), 0);
	assert_int_equal(cl_arena_new(&small, 16), 0);
	assert_int_equal(cl_obs_decode(buf, len, small, &back), -ENOMEM);
	cl_arena_free(&small);
	free(buf);
}

static void test_fingerprints(void **state)
{
	uint8_t fp[CL_FP_SIZE], back[CL_FP_SIZE];
	char text[CL_FP_TEXT];

	(void)state;
	for (size_t i = 0; i < CL_FP_SIZE; i++)
		fp[i] = (uint8_t)(i * 17);
	assert_string_equal(cl_fp_format(text, fp), "cred:00112233445566778899aabbccddeeff");
	assert_int_equal(cl_fp_parse(text, back), 0);
	assert_memory_equal(fp, back, CL_FP_SIZE);
	assert_int_equal(cl_fp_parse("00112233445566778899AABBCCDDEEFF", back), 0);
	assert_memory_equal(fp, back, CL_FP_SIZE);
	assert_int_equal(cl_fp_parse("cred:00", back), -EINVAL);
	assert_int_equal(cl_fp_parse("cred:cred:00112233445566778899aabbccddeeff", back), -EINVAL);
	assert_int_equal(cl_fp_parse("", back), -EINVAL);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(cl_class_name(CL_CLASS_STATIC), "static");
	assert_string_equal(cl_class_name(CL_CLASS_EPHEMERAL), "ephemeral");
	assert_string_equal(cl_class_name(9), "unknown");
	assert_string_equal(cl_source_name(CL_SOURCE_DESCRIPTOR), "descriptor");
	assert_string_equal(cl_source_name(0), "unknown");
	assert_string_equal(cl_obs_kind_name(CL_OBS_EXEC), "exec");
	assert_string_equal(cl_obs_kind_name(CL_OBS_UNCLEAN), "unclean");
	assert_string_equal(cl_obs_kind_name(1000), "unknown");
	for (uint32_t k = CL_OBS_HOST; k <= CL_OBS_STORE_ANEW; k++)
		assert_string_not_equal(cl_obs_kind_name(k), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_complete),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_one_field_at_a_time),
		cmocka_unit_test(test_empty_is_not_absent),
		cmocka_unit_test(test_truncated_anywhere),
		cmocka_unit_test(test_unknown_tags_are_skipped),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_full_arena),
		cmocka_unit_test(test_fingerprints),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
