/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a credential besides its nature: who issued it, for whom, for which piece of work, how it can be
 * checked. One bounded text, a fact per line ("issuer=https://ci.example"), names of [a-z0-9_], values escaped: it
 * travels through recordings and stores as one string and becomes flat attributes at the end. Facts are what a
 * credential, or what lies beside it, declares of itself: nothing here was verified unless it says so, and none of it
 * is the credential.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CL_FACTS_SIZE 1536
#define CL_FACT_VALUE_MAX 192 /* bytes of one value; a longer one ends in "..." */

/* Zero-initialise. */
struct cl_facts {
	char text[CL_FACTS_SIZE];
	size_t len;
	unsigned int cut; /* facts that did not fit; the text then ends in "facts_cut=N" */
};

/* Adds one; nothing for an empty value, a bad name or a name that is there already. */
void cl_facts_put(struct cl_facts *f, const char *name, const char *value, size_t len);
/* The same for a value that comes out of facts: escaped already. */
void cl_facts_put_clean(struct cl_facts *f, const char *name, const char *value, size_t len);
void cl_facts_puts(struct cl_facts *f, const char *name, const char *value);
void cl_facts_put_time(struct cl_facts *f, const char *name, uint64_t wall_ns); /* RFC 3339; nothing for 0 */
const char *cl_facts_text(const struct cl_facts *f);				/* NULL: no fact */

struct cl_fact_line {
	const char *name, *value; /* not NUL-terminated */
	size_t name_len, value_len;
};
/* Walks facts text that may come from anywhere: *at starts as the text. Lines that are no fact are skipped. */
bool cl_facts_next(const char **at, struct cl_fact_line *out);
bool cl_facts_find(const char *facts, const char *name, struct cl_fact_line *out); /* facts may be NULL */
/* Adds each as a string member; members that are there stay as they are. */
void cl_facts_json(cJSON *object, const char *facts);
