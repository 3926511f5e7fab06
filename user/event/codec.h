/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The field table of an observation: what codec.c carries, and what a test checks for completeness. A tag is a
 * field's number for ever; a new field takes the next free one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum cl_field_type {
	CL_FIELD_NONE = 0, /* a hole in the table */
	CL_FIELD_U32 = 1,
	CL_FIELD_I32 = 2,
	CL_FIELD_U64 = 3,
	CL_FIELD_I64 = 4,
	CL_FIELD_STRING = 5,
	CL_FIELD_FP = 6,	/* CL_FP_SIZE bytes */
	CL_FIELD_SIGHTINGS = 7, /* pointer and count, one nested message per element */
	CL_FIELD_VARS = 8,
};

struct cl_field {
	uint16_t offset;
	uint8_t type;	  /* enum cl_field_type */
	const char *name; /* as in a dump: "process.tgid" */
};

enum { CL_TAG_SIGHTINGS = 61, CL_TAG_VARS = 62 };

struct cl_message {
	const struct cl_field *fields; /* indexed by tag */
	size_t n;
	size_t size; /* of the struct */
};
extern const struct cl_message cl_message_observation, cl_message_sighting, cl_message_var;

/* The observation's, indexed by tag; *n entries. */
const struct cl_field *cl_obs_fields(size_t *n);

/* Decode refuses more, encode cuts strings and refuses longer lists. */
#define CL_CODEC_LIST_MAX 256
#define CL_CODEC_STRING_MAX 65536
#define CL_CODEC_SIZE_MAX (1u << 20) /* of one observation */
