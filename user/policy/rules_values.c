/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/rules_values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"

#define REASON_MAX 1024

typedef struct cl_json_place place;

int cl_rules_bad(const struct cl_rules_reader *in, const place *at, const char *why)
{
	_cleanup_text_ struct cl_text path = {0};

	if (cl_json_place_say(at, &path))
		return -ENOMEM;
	return cl_fail(in->err, -EINVAL, "cannot read policy \"%s\": line %u: \"%.200s\" %s", in->name,
		       cl_json_place_line(at, in->text), cl_text_str(&path), why);
}

/* "... is not known (did you mean "x"?)" */
int cl_rules_unknown(const struct cl_rules_reader *in, const place *at, const char *what, const char *word,
		     const char *const *known, size_t n)
{
	const char *near = cl_nearest(word, known, n);
	char why[160];

	snprintf(why, sizeof(why), near ? "%s (did you mean \"%s\"?)" : "%s", what, near);
	return cl_rules_bad(in, at, why);
}

static bool is_detector(const struct cl_rules_reader *in, const char *text)
{
	size_t n = 0;

	while (in->detectors && in->detectors[n] && strcmp(in->detectors[n], text))
		n++;
	return !in->detectors || in->detectors[n] || strpbrk(text, "*?");
}

static int check_word(const struct cl_rules_reader *in, uint32_t criterion, const char *text, const place *at)
{
	static const char *const classes[] = {"static", "ephemeral", "unknown"};
	size_t n = 0;

	if (criterion == CL_BY_CLASS) {
		while (n < ARRAY_SIZE(classes) && strcmp(classes[n], text))
			n++;
		return n < ARRAY_SIZE(classes)
			       ? 0
			       : cl_rules_bad(in, at, "must be \"static\", \"ephemeral\" or \"unknown\"");
	}
	if (criterion != CL_BY_DETECTOR || is_detector(in, text))
		return 0;
	while (in->detectors[n])
		n++;
	return cl_rules_unknown(in, at, "is no detector", text, in->detectors, n);
}

static int take_pattern(const struct cl_rules_reader *in, const cJSON *item, uint32_t criterion, const place *at,
			struct cl_pattern *out)
{
	char number[24];
	const char *text = cJSON_GetStringValue(item), *why;
	bool nomem;

	if (cJSON_IsNumber(item) && criterion == CL_BY_USER && item->valuedouble >= 0 &&
	    item->valuedouble <= UINT32_MAX && item->valuedouble == (double)(uint32_t)item->valuedouble) {
		snprintf(number, sizeof(number), "%u", (uint32_t)item->valuedouble);
		text = number;
	}
	if (!text)
		return cl_rules_bad(in, at, "must be a text, or a list of texts");
	why = cl_pattern_take(out, cl_criterion_pattern(criterion), text, &nomem);
	if (nomem)
		return -ENOMEM;
	return why ? cl_rules_bad(in, at, why) : check_word(in, criterion, text, at);
}

int cl_rules_take_patterns(const struct cl_rules_reader *in, const cJSON *value, uint32_t criterion, const place *at,
			   struct cl_patterns *out)
{
	bool list = cJSON_IsArray(value);
	const cJSON *item = list ? value->child : value;
	size_t n = list ? (size_t)cJSON_GetArraySize(value) : 1;
	int r = 0;

	if (!n || n > CL_RULES_LIST)
		return cl_rules_bad(in, at, "must have 1 to 64 entries");
	out->list = calloc(n, sizeof(*out->list));
	if (!out->list)
		return -ENOMEM;
	for (; item && !r; item = list ? item->next : NULL) {
		const place entry = {at, NULL, (int)out->n};

		r = take_pattern(in, item, criterion, list ? &entry : at, &out->list[out->n++]);
	}
	return r;
}

int cl_rules_take_max(const struct cl_rules_reader *in, const cJSON *value, const place *at, uint64_t *out)
{
	const char *text = cJSON_GetStringValue(value);

	if (text && !strcmp(text, "never")) {
		*out = UINT64_MAX;
		return 0;
	}
	return text && !cl_parse_duration(text, out) && *out
		       ? 0
		       : cl_rules_bad(in, at, "must be a duration such as \"12h\" or \"90d\", or \"never\"");
}

/* A duration would mean "ago": it is no date. */
int cl_rules_take_until(const struct cl_rules_reader *in, const cJSON *value, const place *at, uint64_t *out)
{
	const char *text = cJSON_GetStringValue(value);
	uint64_t duration;

	return text && cl_parse_duration(text, &duration) && !cl_parse_time(text, 0, out) && *out
		       ? 0
		       : cl_rules_bad(in, at, "must be a time such as \"2027-01-31\" or \"2027-01-31T12:00:00Z\"");
}

int cl_rules_take_reason(const struct cl_rules_reader *in, const cJSON *value, const place *at, const char **out)
{
	const char *text = cJSON_GetStringValue(value);
	size_t len = text ? strlen(text) : 0;

	if (!len || len > REASON_MAX || cl_utf8_span(text, len) != len)
		return cl_rules_bad(in, at, "must be a text of 1 to 1024 bytes");
	*out = text;
	return 0;
}

int cl_rules_take_severity(const struct cl_rules_reader *in, const cJSON *value, const place *at, const char **out)
{
	static const char *const names[] = {"Low", "Medium", "High", "Critical"};
	const char *text = cJSON_GetStringValue(value);

	for (size_t i = 0; text && i < ARRAY_SIZE(names); i++) {
		if (strcmp(names[i], text))
			continue;
		*out = names[i];
		return 0;
	}
	return cl_rules_bad(in, at, "must be \"Low\", \"Medium\", \"High\" or \"Critical\"");
}
