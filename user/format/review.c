/* SPDX-License-Identifier: Apache-2.0 */
#include "format/review.h"

#include <string.h>

#include "base/json.h"

const char *cl_review_status(const cJSON *finding)
{
	if (!strcmp(cl_json_get_str(finding, "activity"), "close"))
		return "resolved";
	return !strcmp(cl_json_get_str(finding, "review.status"), "acknowledged") ? "acknowledged" : "new";
}

/* The login's uid before the one that acted: of sudo it is the person's. */
static void say_who(struct cl_pen *p, const cJSON *by)
{
	const cJSON *login = cl_json_at(by, "loginuid");

	if (*cl_json_get_str(by, "name"))
		cl_pen_name(p, cl_json_get_str(by, "name"), CL_PEN_NAME);
	else
		cl_pen_printf(p, "uid %.0f", cJSON_IsNumber(login) ? login->valuedouble : cl_json_get_num(by, "uid"));
}

void cl_review_say(struct cl_pen *p, const cJSON *finding)
{
	const cJSON *review = cl_json_at(finding, "review");

	if (!review)
		return;
	cl_pen_puts(p, !strcmp(cl_json_get_str(review, "status"), "new") ? "reopened by " : "acknowledged by ");
	say_who(p, cl_json_at(review, "by"));
	cl_pen_time(p, " at ", review, "time");
	cl_pen_member(p, ": ", review, "reason", CL_PEN_PATH);
}
