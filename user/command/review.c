/* SPDX-License-Identifier: Apache-2.0 */
#include "command/review.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "command/policy.h"
#include "format/review.h"

static int put_json(cJSON *after, bool monitored)
{
	_cleanup_free_ char *text = NULL;

	cl_json_str(after, "way", monitored ? "monitor" : "store");
	text = cJSON_PrintUnformatted(after);
	return text && puts(text) >= 0 ? 0 : -1;
}

static int put_words(const cJSON *after, bool monitored)
{
	_cleanup_text_ struct cl_text said = {0};
	struct cl_pen p = {.out = &said};

	cl_review_say(&p, after);
	if (p.r)
		return p.r;
	printf("%s %s\n  %s\n", cl_json_get_str(after, "finding"), cl_text_str(&said),
	       monitored ? "every output is told" : "written to the store: the outputs are told when a monitor runs");
	return 0;
}

int cl_review_ask(struct cl_common *common, const char *id, const char *reason, bool reopen)
{
	_cleanup_json_ cJSON *request = cJSON_CreateObject(), *after = NULL;
	struct cl_error err = {0};
	bool monitored;
	int r;

	cl_json_str(request, "verb", "ack");
	cl_json_str(request, "finding", id);
	cl_json_str(request, "reason", reason);
	if (reopen)
		cl_json_bool(request, "undo", true);
	r = cl_policy_send(common, request, &after, &monitored, &err);
	if (r) {
		cl_err("%s", *err.text ? err.text : strerror(-r));
		return CL_EXIT_FAILED;
	}
	r = cl_common_json(common) ? put_json(after, monitored) : put_words(after, monitored);
	return r ? CL_EXIT_FAILED : cl_reader_flush();
}
