/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the document strictly: one table of members, every error names file, line and the path of what is wrong. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/parse.h"
#include "policy/rules_values.h"

#define LABEL_MAX 64
#define RUNS_MAX 256

enum type { TYPE_CRITERION, TYPE_LIST, TYPE_RUNS, TYPE_MAX, TYPE_UNTIL, TYPE_REASON, TYPE_SEVERITY };

#define IN(section) (1u << CL_RULES_##section)
#define RUN (1u << CL_RULES_SECTIONS) /* an entry of an environment's runs */
#define ACTS (IN(EXCLUSIONS) | IN(SEVERITIES))
#define CREDENTIALS (ACTS | IN(TIME_TO_LIVE) | IN(SHARING))
#define WHO (ACTS | IN(READERS))
#define LIST_AT(f) offsetof(struct cl_rule_full, f)

struct member {
	const char *name;
	enum type type;
	uint32_t criterion;
	uint32_t in, needed; /* sections */
	size_t offset;	     /* TYPE_LIST */
};

static const struct member members[] = {
	{"detector", TYPE_CRITERION, CL_BY_DETECTOR, ACTS, ACTS, 0},
	{"workflow", TYPE_CRITERION, CL_BY_WORKFLOW, WHO | RUN, 0, 0},
	{"repository", TYPE_CRITERION, CL_BY_REPOSITORY, WHO | RUN, 0, 0},
	{"environment", TYPE_CRITERION, CL_BY_ENVIRONMENT, WHO, 0, 0},
	{"container", TYPE_CRITERION, CL_BY_CONTAINER, WHO | RUN, 0, 0},
	{"user", TYPE_CRITERION, CL_BY_USER, WHO | RUN, 0, 0},
	{"exe", TYPE_CRITERION, CL_BY_EXE, WHO, 0, 0},
	{"path", TYPE_CRITERION, CL_BY_PATH, WHO, 0, 0},
	{"store", TYPE_CRITERION, CL_BY_STORE, IN(READERS), IN(READERS), 0},
	{"credential", TYPE_CRITERION, CL_BY_CREDENTIAL, CREDENTIALS, 0, 0},
	{"provider", TYPE_CRITERION, CL_BY_PROVIDER, CREDENTIALS, 0, 0},
	{"format", TYPE_CRITERION, CL_BY_FORMAT, CREDENTIALS, 0, 0},
	{"kind", TYPE_CRITERION, CL_BY_KIND, CREDENTIALS, 0, 0},
	{"class", TYPE_CRITERION, CL_BY_CLASS, CREDENTIALS, 0, 0},
	{"destination", TYPE_CRITERION, CL_BY_DESTINATION, ACTS, 0, 0},
	{"runs", TYPE_RUNS, 0, IN(ENVIRONMENTS), 0, 0},
	{"workflows", TYPE_LIST, CL_BY_WORKFLOW, IN(SHARING), 0, LIST_AT(workflows)},
	{"environments", TYPE_LIST, CL_BY_ENVIRONMENT, IN(SHARING), 0, LIST_AT(environments)},
	{"destinations", TYPE_LIST, CL_BY_DESTINATION, IN(SHARING) | IN(ENVIRONMENTS), 0, LIST_AT(destinations)},
	{"max", TYPE_MAX, 0, IN(TIME_TO_LIVE), IN(TIME_TO_LIVE), 0},
	{"severity", TYPE_SEVERITY, 0, IN(SEVERITIES), IN(SEVERITIES), 0},
	{"reason", TYPE_REASON, 0, ~(RUN | IN(ENVIRONMENTS)), IN(SHARING) | IN(EXCLUSIONS), 0},
	{"until", TYPE_UNTIL, 0, ACTS | IN(READERS) | IN(SHARING), IN(SHARING), 0},
};

typedef struct cl_json_place place;

static const char *const section_names[] = {
	[CL_RULES_ENVIRONMENTS] = "environments", [CL_RULES_TIME_TO_LIVE] = "time_to_live",
	[CL_RULES_READERS] = "readers",		  [CL_RULES_SHARING] = "sharing",
	[CL_RULES_EXCLUSIONS] = "exclusions",	  [CL_RULES_SEVERITIES] = "severities",
};

const char *cl_rules_section_name(uint32_t section)
{
	return section < CL_RULES_SECTIONS ? section_names[section] : "unknown";
}

static int take_members(const struct cl_rules_reader *in, const cJSON *object, uint32_t section, const place *at,
			struct cl_rule_full *rule, struct cl_match *match);

static int take_runs(const struct cl_rules_reader *in, const cJSON *value, const place *at, struct cl_rule_full *rule)
{
	const cJSON *item;
	int n = cJSON_IsArray(value) ? cJSON_GetArraySize(value) : 0, r = 0;

	if (n < 1 || n > RUNS_MAX)
		return cl_rules_bad(in, at, "must be a list of 1 to 256 objects");
	rule->runs = calloc((size_t)n, sizeof(*rule->runs));
	if (!rule->runs)
		return -ENOMEM;
	cJSON_ArrayForEach (item, value) {
		const place entry = {at, NULL, (int)rule->n_runs};

		r = r ? r : take_members(in, item, CL_RULES_SECTIONS, &entry, rule, &rule->runs[rule->n_runs++]);
		if (!r && !item->child)
			r = cl_rules_bad(in, &entry, "must say which runs: workflow, repository, container or user");
	}
	return r;
}

static int take_member(const struct cl_rules_reader *in, const cJSON *value, const struct member *m, const place *at,
		       struct cl_rule_full *rule, struct cl_match *match)
{
	struct cl_rule *head = &rule->head;

	switch (m->type) {
	case TYPE_CRITERION:
		return cl_rules_take_patterns(in, value, m->criterion, at, &match->by[m->criterion]);
	case TYPE_LIST:
		if (!cJSON_IsArray(value))
			return cl_rules_bad(in, at, "must be a list of texts");
		return cl_rules_take_patterns(in, value, m->criterion, at,
					      (struct cl_patterns *)(void *)((char *)rule + m->offset));
	case TYPE_RUNS:
		return take_runs(in, value, at, rule);
	case TYPE_MAX:
		return cl_rules_take_max(in, value, at, &head->max);
	case TYPE_UNTIL:
		return cl_rules_take_until(in, value, at, &head->until);
	case TYPE_REASON:
		return cl_rules_take_reason(in, value, at, &head->reason);
	default:
		return cl_rules_take_severity(in, value, at, &head->severity);
	}
}

static int find_member(const struct cl_rules_reader *in, const cJSON *object, const cJSON *item, uint32_t section,
		       const place *at, const struct member **out)
{
	const char *known[ARRAY_SIZE(members)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (!(members[i].in & (1u << section)))
			continue;
		known[n++] = members[i].name;
		if (strcmp(members[i].name, item->string))
			continue;
		*out = &members[i];
		return cJSON_GetObjectItemCaseSensitive(object, item->string) == item
			       ? 0
			       : cl_rules_bad(in, at, "stands twice");
	}
	return cl_rules_unknown(in, at, "is not known", item->string, known, n);
}

static int take_members(const struct cl_rules_reader *in, const cJSON *object, uint32_t section, const place *at,
			struct cl_rule_full *rule, struct cl_match *match)
{
	const cJSON *item;
	char why[64];

	if (!cJSON_IsObject(object))
		return cl_rules_bad(in, at, "must be an object");
	cJSON_ArrayForEach (item, object) {
		const place here = {at, item->string, 0};
		const struct member *m = NULL;
		int r = find_member(in, object, item, section, &here, &m);

		r = r ? r : take_member(in, item, m, &here, rule, match);
		if (r)
			return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (!(members[i].needed & (1u << section)) || cJSON_GetObjectItemCaseSensitive(object, members[i].name))
			continue;
		snprintf(why, sizeof(why), "lacks \"%s\"", members[i].name);
		return cl_rules_bad(in, at, why);
	}
	return 0;
}

static size_t said(const struct cl_match *m, uint32_t except)
{
	size_t n = 0;

	for (uint32_t i = 0; i < CL_CRITERIA; i++)
		n += i != except && m->by[i].n;
	return n;
}

/* What a rule must say beyond members that are always there, so that none covers everything by an oversight. */
static int check_scope(const struct cl_rules_reader *in, const struct cl_rule_full *rule, const place *at)
{
	switch (rule->head.section) {
	case CL_RULES_ENVIRONMENTS:
		return rule->n_runs || rule->destinations.n ? 0
							    : cl_rules_bad(in, at, "must name runs or destinations");
	case CL_RULES_READERS:
		return said(&rule->match, CL_BY_STORE)
			       ? 0
			       : cl_rules_bad(in, at, "must say who may read: exe, user, workflow, container ...");
	case CL_RULES_SHARING:
		if (!said(&rule->match, CL_CRITERIA))
			return cl_rules_bad(in, at,
					    "must say which credential: credential, provider, format, kind or class");
		return rule->workflows.n || rule->environments.n || rule->destinations.n
			       ? 0
			       : cl_rules_bad(in, at, "must name workflows, environments or destinations");
	case CL_RULES_EXCLUSIONS:
		if (said(&rule->match, CL_BY_DETECTOR))
			return 0;
		for (size_t i = 0; i < rule->match.by[CL_BY_DETECTOR].n; i++)
			if (strpbrk(rule->match.by[CL_BY_DETECTOR].list[i].text, "*?"))
				return cl_rules_bad(in, at,
						    "would exclude every finding: name the detector, or say more");
		return 0;
	default:
		return 0;
	}
}

static int name_rule(struct cl_rule_full *rule, const cJSON *object)
{
	_cleanup_free_ char *text = cJSON_PrintUnformatted(object);
	_cleanup_text_ struct cl_text whole = {0};

	if (!text ||
	    cl_text_printf(&whole, "%s %s ", cl_rules_section_name(rule->head.section),
			   rule->head.label ? rule->head.label : "") ||
	    cl_text_puts(&whole, text))
		return -ENOMEM;
	snprintf(rule->head.id, sizeof(rule->head.id), "%016llx",
		 (unsigned long long)cl_fnv1a(cl_text_str(&whole), whole.len));
	return 0;
}

static int take_rule(const struct cl_rules_reader *in, const cJSON *object, uint32_t section, const place *at,
		     struct cl_rule_full *rule)
{
	int r;

	rule->head.section = section;
	rule->written = cJSON_Duplicate(object, true);
	if (!rule->written)
		return -ENOMEM;
	rule->head.label = section == CL_RULES_ENVIRONMENTS ? rule->written->string : NULL;
	/* What is taken borrows from the copy. */
	r = take_members(in, rule->written, section, at, rule, &rule->match);
	r = r ? r : check_scope(in, rule, at);
	return r ? r : name_rule(rule, object);
}

static int take_section(const struct cl_rules_reader *in, const cJSON *value, uint32_t section, const place *at,
			struct cl_rules *out)
{
	bool named = section == CL_RULES_ENVIRONMENTS;
	int n = cJSON_GetArraySize(value), r = 0, i = 0;
	const cJSON *item;

	if (named ? !cJSON_IsObject(value) : !cJSON_IsArray(value))
		return cl_rules_bad(in, at,
				    named ? "must be an object: a name, then its runs and destinations"
					  : "must be a list of objects");
	if (n > CL_RULES_MAX)
		return cl_rules_bad(in, at, "has more than 4096 rules");
	out->list[section] = calloc(n ? (size_t)n : 1, sizeof(*out->list[section]));
	if (!out->list[section])
		return -ENOMEM;
	cJSON_ArrayForEach (item, value) {
		const place here = {at, named ? item->string : NULL, i++};

		if (named && (!*item->string || strlen(item->string) > LABEL_MAX))
			return cl_rules_bad(in, &here, "must have a name of 1 to 64 bytes");
		if (named && cJSON_GetObjectItemCaseSensitive(value, item->string) != item)
			return cl_rules_bad(in, &here, "stands twice");
		r = take_rule(in, item, section, &here, &out->list[section][out->n[section]++]);
		if (r)
			return r;
	}
	return 0;
}

static int take_document(const struct cl_rules_reader *in, const cJSON *document, const place *at, struct cl_rules *out)
{
	const cJSON *item;

	if (!cJSON_IsObject(document))
		return cl_rules_bad(in, at, "must be an object");
	cJSON_ArrayForEach (item, document) {
		const place here = {at, item->string, 0};
		uint32_t section = 0;
		int r;

		while (section < CL_RULES_SECTIONS && strcmp(section_names[section], item->string))
			section++;
		if (section == CL_RULES_SECTIONS)
			return cl_rules_unknown(in, &here, "is not known", item->string, section_names,
						CL_RULES_SECTIONS);
		r = out->list[section] ? cl_rules_bad(in, &here, "stands twice")
				       : take_section(in, item, section, &here, out);
		if (r)
			return r;
	}
	return 0;
}

int cl_rules_take(struct cl_rules **out, const char *name, const cJSON *document, const struct cl_json_place *at,
		  const char *text, const char *const *detectors, struct cl_error *err)
{
	const struct cl_rules_reader in = {name, text, detectors, err};
	struct cl_rules *r = calloc(1, sizeof(*r));
	int e = r ? take_document(&in, document, at, r) : -ENOMEM;

	if (e) {
		cl_rules_free(&r);
		return e;
	}
	*out = r;
	return 0;
}

int cl_rules_parse(struct cl_rules **out, const char *name, const char *text, size_t len, const char *const *detectors,
		   struct cl_error *err)
{
	_cleanup_free_ char *copy = NULL;
	_cleanup_json_ cJSON *document = NULL;
	int r;

	if (len > CL_RULES_TEXT)
		return cl_fail(err, -EINVAL, "cannot read policy \"%s\": more than %u bytes", name, CL_RULES_TEXT);
	copy = strndup(text, len);
	if (!copy)
		return -ENOMEM;
	r = cl_json_parse(name, copy, strlen(copy), &document, err);
	return r ? r : cl_rules_take(out, name, document, NULL, copy, detectors, err);
}
