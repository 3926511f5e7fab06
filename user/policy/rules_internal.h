/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as they are read (rules_read.c), held against acts (rules_match.c) and asked (rules.c). */
#pragma once

#include "policy/rules.h"

/* Criteria and lists; the order of the table in rules_read.c. */
enum cl_criterion {
	CL_BY_DETECTOR,
	CL_BY_WORKFLOW,
	CL_BY_REPOSITORY,
	CL_BY_ENVIRONMENT,
	CL_BY_CONTAINER,
	CL_BY_STORE,
	CL_BY_PROVIDER,
	CL_BY_FORMAT,
	CL_BY_KIND,
	CL_BY_CLASS,
	CL_BY_EXE,
	CL_BY_PATH,
	CL_BY_USER,
	CL_BY_CREDENTIAL,
	CL_BY_DESTINATION,
	CL_CRITERIA,
};

enum cl_pattern_kind {
	CL_PATTERN_NAME,
	CL_PATTERN_PATH,
	CL_PATTERN_USER,
	CL_PATTERN_CREDENTIAL,
	CL_PATTERN_DESTINATION
};

#define CL_PATTERN_FP 16

struct cl_pattern {
	char *text;		      /* name, path, host, socket; NULL: an address */
	uint8_t bytes[CL_PATTERN_FP]; /* fingerprint, address (IPv4 mapped) */
	uint32_t number;	      /* uid, port */
	uint32_t bits;		      /* of the address that count */
	bool has_number;
};

struct cl_patterns {
	struct cl_pattern *list;
	size_t n;
};

struct cl_match {
	struct cl_patterns by[CL_CRITERIA];
};

/* The part that is shown first: a struct cl_rule * given out is one of these. */
struct cl_rule_full {
	struct cl_rule head;
	struct cl_match match; /* for sharing: which credential */
	struct cl_match *runs; /* environments: any of them */
	size_t n_runs;
	struct cl_patterns workflows, environments, destinations; /* sharing; environments has the last */
	cJSON *written;
};

struct cl_rules {
	struct cl_rule_full *list[CL_RULES_SECTIONS];
	size_t n[CL_RULES_SECTIONS];
};

/* ---- rules_match.c ---- */
bool cl_match(const struct cl_match *m, const struct cl_subject *s);
/* An empty list matches nothing. */
bool cl_patterns_match(const struct cl_patterns *list, uint32_t criterion, const struct cl_subject *s);
bool cl_patterns_reach(const struct cl_patterns *list, const struct cl_subject_place *to);
uint32_t cl_criterion_pattern(uint32_t criterion); /* enum cl_pattern_kind */

/* ---- rules_pattern.c ---- */
/* NULL when `text` was taken, else what is wrong with it; *nomem is set when that is memory. */
const char *cl_pattern_take(struct cl_pattern *out, uint32_t kind, const char *text, bool *nomem);
void cl_patterns_free(struct cl_patterns *p);
/* "192.0.2.1" -> the mapped form of IPv6; false: no address. */
bool cl_pattern_address(const char *text, uint8_t out[16]);
