/* SPDX-License-Identifier: Apache-2.0 */
#include "command/finding_filter.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"
#include "format/review.h"

static bool is_workflow(const char *name, const char *typed)
{
	const char *colon = strchr(name, ':');

	return !strcmp(name, typed) || (colon && !strcmp(colon + 1, typed));
}

/* What the store does not filter by. */
bool cl_finding_concerns(const struct cl_finding_choice *c, const cJSON *finding)
{
	const cJSON *side;

	if (c->provider && strcasecmp(cl_json_get_str(finding, "credential.provider"), c->provider))
		return false;
	if (c->status && strcmp(c->status, cl_review_status(finding)))
		return false;
	if (!c->workflow)
		return true;
	cJSON_ArrayForEach (side, cl_json_at(finding, "sides")) {
		if (is_workflow(cl_json_get_str(side, "run.workflow"), c->workflow))
			return true;
	}
	return false;
}

static bool is_called(const char *fingerprint, const char *typed)
{
	return cl_starts_with(fingerprint, typed) ||
	       (cl_starts_with(fingerprint, "cred:") && cl_starts_with(fingerprint + 5, typed));
}

bool cl_finding_wanted(const struct cl_finding_choice *c, const cJSON *finding)
{
	const struct cl_finding_filter *f = &c->stored;

	if (!cl_finding_concerns(c, finding))
		return false;
	if (f->detector && strcmp(f->detector, cl_json_get_str(finding, "detector")))
		return false;
	if (f->severity_at_least &&
	    cl_store_severity(cl_json_get_str(finding, "severity")) < cl_store_severity(f->severity_at_least))
		return false;
	return !f->credential || is_called(cl_json_get_str(finding, "credential.fingerprint"), f->credential) ||
	       is_called(cl_json_get_str(finding, "credential.first_fingerprint"), f->credential);
}
