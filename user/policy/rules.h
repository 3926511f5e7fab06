/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a site says about credential use as a whole: its policy. One JSON document, strict; written in the configuration
 * (section `policy`) and in files of its own, which are put together into one (policy/gather.h):
 *
 *   {"environments":{"production":{"runs":[CRITERIA...],"destinations":[DESTINATION...]}, ...},
 *    "time_to_live":[{CRITERIA,"max":"90d"|"never","reason"}],
 *    "readers":[{"store":...,CRITERIA,"reason","until"}],
 *    "sharing":[{CRITERIA,"workflows":[],"environments":[],"destinations":[],"reason","until"}],
 *    "exclusions":[{"detector":...,CRITERIA,"reason","until"}],
 *    "severities":[{"detector":...,CRITERIA,"severity":"Low|Medium|High|Critical","reason","until"}]}
 *
 * CRITERIA are members that say what a rule is about; each is a text or a list of texts of which one must match, and all
 * members that are there must match:
 *   detector, workflow, repository, environment, container, store, provider, format, kind, class
 *                 names; "*" is any text, "?" any character
 *   exe, path     absolute; "*" and "?" stay within a component, "**" does not
 *   user          a name or a number (of the initial user namespace)
 *   credential    "cred:" and 32 hex digits
 *   destination   ADDRESS, ADDRESS/BITS or the name of a host (wildcards), each with an optional ":PORT"
 *                 ("[2001:db8::/32]:443"); a unix socket's path
 * What is not known of an act matches no criterion: a rule never covers more than what it says.
 *
 * environments  which label a run or a destination has. In the order of the document the first that matches counts.
 * time_to_live  how long a credential may live: the first that matches counts.
 * readers       who may read a store beside those that the catalogue expects.
 * sharing       a credential may be in all of these workflows, environments, destinations; a list that is absent does
 *               not restrict, at least one is there. With destinations alone it may go there, and that is all: it
 *               takes workflows or environments to let several of them have it. Reason and until are demanded.
 * exclusions    findings that are not reported. Of two sides the criteria are held against the one that came
 *               later: leaving out a backup that reads what others use leaves in who uses what the backup has. A reason
 *               is demanded.
 * severities    the severity that a finding has instead of its own: the first that matches counts.
 *
 * A rule's use is counted (struct cl_rule) and shown (`credlineage policy show`): nothing is left out in silence. A rule
 * is known by a hash of what it says. Rules are a function of the document alone; names of users are numbers by the time
 * that the document reaches a judgement (cl_rules_gather), a name that is left matches nobody.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"
#include "base/json_place.h"

#define CL_RULES_TEXT (1u << 20) /* bytes of a document */
#define CL_RULES_MAX 4096	 /* rules in one section */
#define CL_RULES_LIST 64	 /* texts of one criterion */
#define CL_RULE_ID 17

enum cl_rules_section {
	CL_RULES_ENVIRONMENTS,
	CL_RULES_TIME_TO_LIVE,
	CL_RULES_READERS,
	CL_RULES_SHARING,
	CL_RULES_EXCLUSIONS,
	CL_RULES_SEVERITIES,
	CL_RULES_SECTIONS,
};
const char *cl_rules_section_name(uint32_t section);

struct cl_subject_place {
	const char *address; /* "192.0.2.1", a unix socket's path */
	uint32_t port;
	const char *const *hosts; /* names of that address, NULL-terminated; NULL: none known */
};

/* An act as rules see it. NULL, 0: not known. */
struct cl_subject {
	const char *detector;
	const char *workflow, *repository, *environment, *container;
	const char *exe, *script; /* the criterion exe may name either */
	const char *path, *store;
	const char *provider, *format, *kind, *class;
	const uint8_t *fps[3]; /* every name of the credential */
	uint32_t uid;
	bool has_uid;
	struct cl_subject_place to;		/* the destination of the act */
	const struct cl_subject_place *reached; /* every destination so far */
	size_t n_reached;
	bool reached_cut; /* there were more */
};

struct cl_rules;

struct cl_rule {
	char id[CL_RULE_ID];
	uint32_t section;
	const char *label;    /* environments: its name */
	const char *severity; /* severities */
	const char *reason;   /* NULL: none given */
	uint64_t max;	      /* time_to_live, ns; UINT64_MAX: never ends */
	uint64_t until;	      /* wall ns; 0: always */
	uint64_t used, first, last;
};

/*
 * `name` stands in errors: cannot read policy "NAME": line 7: "exclusions[1].until" must be ... `detectors`
 * (NULL-terminated) are those that there are; NULL: not checked. 0, -EINVAL, -ENOMEM.
 */
int cl_rules_parse(struct cl_rules **out, const char *name, const char *text, size_t len, const char *const *detectors,
		   struct cl_error *err);
/* The same for a document that is parsed and lies at `at` in `text`. */
int cl_rules_take(struct cl_rules **out, const char *name, const cJSON *document, const struct cl_json_place *at,
		  const char *text, const char *const *detectors, struct cl_error *err);
/* What holds where no policy is given. */
int cl_rules_defaults(struct cl_rules **out);
void cl_rules_free(struct cl_rules **p);

/* ---- questions; a rule that is over at `now` (wall ns) does not answer ---- */

/* By workflow, repository, container and user; NULL: no rule speaks of it. */
const char *cl_rules_environment_of_run(const struct cl_rules *r, const struct cl_subject *run);
/* By address, port and hosts. */
const char *cl_rules_environment_of_destination(const struct cl_rules *r, const struct cl_subject_place *to);
/* ns that such a credential may live, UINT64_MAX: for ever by word of a rule; 0: no rule speaks of it. */
uint64_t cl_rules_ttl(const struct cl_rules *r, const struct cl_subject *credential);
/* Whoever asks counts (cl_rule_count) the rule that it goes by. NULL: none. */
struct cl_rule *cl_rules_reader(struct cl_rules *r, const struct cl_subject *s, uint64_t now);
/* Both may have the credential. */
struct cl_rule *cl_rules_shares(struct cl_rules *r, const struct cl_subject *a, const struct cl_subject *b,
				uint64_t now);
/* The credential may go to the subject's destination: a sharing rule with destinations says so. */
struct cl_rule *cl_rules_may_reach(struct cl_rules *r, const struct cl_subject *s, uint64_t now);
struct cl_rule *cl_rules_excludes(struct cl_rules *r, const struct cl_subject *s, uint64_t now);
struct cl_rule *cl_rules_severity(struct cl_rules *r, const struct cl_subject *s, uint64_t now);

/* ---- use ---- */

void cl_rule_count(struct cl_rule *rule, uint64_t now);
/* The same rules of before go on counting; what a rule says makes it the same. */
void cl_rules_inherit(struct cl_rules *r, const struct cl_rules *before);
/* {"<rule id>":{"used","first","last"}}: what was used. Taking it in adds nothing to rules that are not there. */
cJSON *cl_rules_counts(const struct cl_rules *r);
void cl_rules_restore(struct cl_rules *r, const cJSON *counts);
/* Sum of the counts of a section. */
uint64_t cl_rules_used(const struct cl_rules *r, uint32_t section);
size_t cl_rules_count(const struct cl_rules *r, uint32_t section);
/* [{"section","id","rule":{as written},"used","first","last","over":true}], in the order of the document. */
cJSON *cl_rules_json(const struct cl_rules *r, uint64_t now);
