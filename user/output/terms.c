/* SPDX-License-Identifier: Apache-2.0 */
#include "output/terms.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/text.h"
#include "base/wildcard.h"
#include "detect/detect.h"

#define SIZE_MAX_REPORTS 1000000
#define AGE_MAX_NS (365 * 86400 * CL_NS_PER_S)
#define RATE_MAX 1000000

const char *const cl_terms_options[] = {"severity",   "detector", "workflow", "rate", "outbox-size",
					"outbox-age", "findings", "events",   NULL};

static int parse_severity(struct cl_output_terms *t, const struct cl_output_spec *spec, struct cl_error *err)
{
	const char *value = cl_spec_get(spec, "severity");

	if (!value)
		return 0;
	for (uint32_t s = CL_SEVERITY_LOW; s <= CL_SEVERITY_CRITICAL; s++)
		if (!strcasecmp(value, cl_severity_name(s)))
			t->severity = s;
	if (t->severity)
		return 0;
	return cl_fail(
		err, -EINVAL,
		"cannot use output \"%s\": severity \"%s\" is not known; there is low, medium, high and critical",
		spec->text, value);
}

static bool is_detector(const char *name, size_t len)
{
	for (const char *const *id = cl_detector_ids(); *id; id++)
		if (strlen(*id) == len && !strncmp(*id, name, len))
			return true;
	return false;
}

static int parse_detectors(struct cl_output_terms *t, const struct cl_output_spec *spec, struct cl_error *err)
{
	const char *at = t->detectors = cl_spec_get(spec, "detector");

	while (at && *at) {
		size_t len = strcspn(at, ",");

		if (!is_detector(at, len)) {
			_cleanup_text_ struct cl_text known = {0};

			for (const char *const *id = cl_detector_ids(); *id; id++)
				cl_text_printf(&known, "%s%s", known.len ? ", " : "", *id);
			return cl_fail(err, -EINVAL,
				       "cannot use output \"%.100s\": detector \"%.*s\" is not known; there is %s",
				       spec->text, (int)(len < 40 ? len : 40), at, cl_text_str(&known));
		}
		at += len + (at[len] == ',');
	}
	return 0;
}

/* "10/s", "600/m", "1000/h" */
static int parse_rate(struct cl_output_terms *t, const struct cl_output_spec *spec, struct cl_error *err)
{
	static const struct {
		const char *suffix;
		uint64_t ns;
	} units[] = {{"/s", CL_NS_PER_S}, {"/m", 60 * CL_NS_PER_S}, {"/h", 3600 * CL_NS_PER_S}};
	const char *value = cl_spec_get(spec, "rate");
	char digits[16] = {0};
	size_t len;

	if (!value)
		return 0;
	len = strcspn(value, "/");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(value + len, units[i].suffix))
			t->rate_ns = units[i].ns;
	if (t->rate_ns && len < sizeof(digits)) {
		memcpy(digits, value, len);
		if (!cl_parse_u64(digits, RATE_MAX, &t->rate) && t->rate)
			return 0;
	}
	return cl_fail(err, -EINVAL,
		       "cannot use output \"%s\": rate \"%s\" must be a number of 1 to %d and /s, /m or /h (10/s)",
		       spec->text, value, RATE_MAX);
}

static int parse_age(struct cl_output_terms *t, const struct cl_output_spec *spec, struct cl_error *err)
{
	const char *value = cl_spec_get(spec, "outbox-age");
	uint64_t age;

	t->outbox_age = CL_OUTBOX_AGE_NS;
	if (!value)
		return 0;
	if (cl_parse_duration(value, &age) || age < CL_NS_PER_S || age > AGE_MAX_NS)
		return cl_fail(err, -EINVAL,
			       "cannot use output \"%s\": outbox-age \"%s\" must be a time of 1s to 365d (24h, 7d)",
			       spec->text, value);
	t->outbox_age = age;
	return 0;
}

/* *is_other: it says `other`, not `usual`, which it is when the option is not given. */
static int parse_choice(const struct cl_output_spec *spec, const char *key, const char *usual, const char *other,
			bool *is_other, struct cl_error *err)
{
	const char *value = cl_spec_get(spec, key);

	*is_other = value && !strcmp(value, other);
	if (!value || *is_other || !strcmp(value, usual))
		return 0;
	return cl_fail(err, -EINVAL, "cannot use output \"%s\": %s \"%s\" is not known; there is %s and %s", spec->text,
		       key, value, usual, other);
}

static int parse_kinds(struct cl_output_terms *t, const struct cl_output_spec *spec, struct cl_error *err)
{
	int r = parse_choice(spec, "events", "none", "credential", &t->events, err);

	r = r ? r : parse_choice(spec, "findings", "all", "none", &t->no_findings, err);
	if (!r && t->no_findings && !t->events)
		return cl_fail(err, -EINVAL,
			       "cannot use output \"%s\": findings=none leaves nothing that would go there; add "
			       "events=credential, or leave findings= out",
			       spec->text);
	return r;
}

int cl_terms_parse(struct cl_output_terms *out, const struct cl_output_spec *spec, struct cl_error *err)
{
	struct cl_output_terms t = {.outbox_size = CL_OUTBOX_SIZE, .workflow = cl_spec_get(spec, "workflow")};
	int r = parse_severity(&t, spec, err);

	r = r ? r : parse_detectors(&t, spec, err);
	r = r ? r : parse_rate(&t, spec, err);
	r = r ? r : parse_age(&t, spec, err);
	r = r ? r : parse_kinds(&t, spec, err);
	r = r ? r : cl_spec_number(spec, "outbox-size", 1, SIZE_MAX_REPORTS, &t.outbox_size, err);
	if (!r)
		*out = t;
	return r;
}

static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (; *list; list += strcspn(list, ","), list += *list == ',')
		if (strcspn(list, ",") == len && !strncmp(list, name, len))
			return true;
	return false;
}

static uint32_t severity_of(const cJSON *finding)
{
	const char *name = cl_json_get_str(finding, "severity");

	for (uint32_t s = CL_SEVERITY_LOW; s <= CL_SEVERITY_CRITICAL; s++)
		if (!strcmp(name, cl_severity_name(s)))
			return s;
	return 0;
}

bool cl_terms_want(const struct cl_output_terms *t, const cJSON *finding)
{
	const cJSON *side;

	if (t->no_findings || severity_of(finding) < t->severity)
		return false;
	if (t->detectors && !is_listed(t->detectors, cl_json_get_str(finding, "detector")))
		return false;
	if (!t->workflow)
		return true;
	cJSON_ArrayForEach (side, cl_json_at(finding, "sides"))
		if (cl_wildcard_name(t->workflow, cl_json_get_str(side, "run.workflow")))
			return true;
	return false;
}
