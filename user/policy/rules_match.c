/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a rule speaks of an act. What is not known of the act matches nothing. */
#include <string.h>

#include "base/cleanup.h"
#include "base/wildcard.h"
#include "policy/rules_internal.h"

#define AT(member) offsetof(struct cl_subject, member)

static const struct {
	uint32_t pattern;
	size_t text; /* of names and paths: where the subject has it */
} criteria[CL_CRITERIA] = {
	[CL_BY_DETECTOR] = {CL_PATTERN_NAME, AT(detector)},
	[CL_BY_WORKFLOW] = {CL_PATTERN_NAME, AT(workflow)},
	[CL_BY_REPOSITORY] = {CL_PATTERN_NAME, AT(repository)},
	[CL_BY_ENVIRONMENT] = {CL_PATTERN_NAME, AT(environment)},
	[CL_BY_CONTAINER] = {CL_PATTERN_NAME, AT(container)},
	[CL_BY_STORE] = {CL_PATTERN_NAME, AT(store)},
	[CL_BY_PROVIDER] = {CL_PATTERN_NAME, AT(provider)},
	[CL_BY_FORMAT] = {CL_PATTERN_NAME, AT(format)},
	[CL_BY_KIND] = {CL_PATTERN_NAME, AT(kind)},
	[CL_BY_CLASS] = {CL_PATTERN_NAME, AT(class)},
	[CL_BY_EXE] = {CL_PATTERN_PATH, AT(exe)},
	[CL_BY_PATH] = {CL_PATTERN_PATH, AT(path)},
	[CL_BY_USER] = {CL_PATTERN_USER, 0},
	[CL_BY_CREDENTIAL] = {CL_PATTERN_CREDENTIAL, 0},
	[CL_BY_DESTINATION] = {CL_PATTERN_DESTINATION, 0},
};

uint32_t cl_criterion_pattern(uint32_t criterion)
{
	return criteria[criterion].pattern;
}

static bool is_in_network(const struct cl_pattern *p, const char *address)
{
	uint8_t bytes[16];
	size_t whole = p->bits / 8, rest = p->bits % 8;

	if (!cl_pattern_address(address, bytes) || memcmp(bytes, p->bytes, whole))
		return false;
	return !rest || !((bytes[whole] ^ p->bytes[whole]) >> (8 - rest));
}

static bool is_destination(const struct cl_pattern *p, const struct cl_subject_place *to)
{
	if (!to->address || (p->has_number && p->number != to->port))
		return false;
	if (!p->text)
		return is_in_network(p, to->address);
	if (*p->text == '/' || *p->text == '@')
		return *to->address == *p->text && cl_wildcard_path(p->text, to->address);
	for (const char *const *host = to->hosts; host && *host; host++)
		if (cl_wildcard_host(p->text, *host))
			return true;
	return false;
}

static bool is_credential(const struct cl_pattern *p, const struct cl_subject *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->fps); i++)
		if (s->fps[i] && !memcmp(s->fps[i], p->bytes, CL_PATTERN_FP))
			return true;
	return false;
}

static bool matches(const struct cl_pattern *p, uint32_t criterion, const struct cl_subject *s)
{
	const char *text = *(const char *const *)(const void *)((const char *)s + criteria[criterion].text);

	switch (criteria[criterion].pattern) {
	case CL_PATTERN_USER:
		return p->has_number && s->has_uid && p->number == s->uid;
	case CL_PATTERN_CREDENTIAL:
		return is_credential(p, s);
	case CL_PATTERN_DESTINATION:
		return is_destination(p, &s->to);
	case CL_PATTERN_PATH:
		return (text && cl_wildcard_path(p->text, text)) ||
		       (criterion == CL_BY_EXE && s->script && cl_wildcard_path(p->text, s->script));
	default:
		return text && cl_wildcard_name(p->text, text);
	}
}

bool cl_patterns_match(const struct cl_patterns *list, uint32_t criterion, const struct cl_subject *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (matches(&list->list[i], criterion, s))
			return true;
	return false;
}

bool cl_patterns_reach(const struct cl_patterns *list, const struct cl_subject_place *to)
{
	for (size_t i = 0; i < list->n; i++)
		if (is_destination(&list->list[i], to))
			return true;
	return false;
}

bool cl_match(const struct cl_match *m, const struct cl_subject *s)
{
	for (uint32_t i = 0; i < CL_CRITERIA; i++)
		if (m->by[i].n && !cl_patterns_match(&m->by[i], i, s))
			return false;
	return true;
}
