/* SPDX-License-Identifier: Apache-2.0 */
/* Native finding -> one plain line for people and for logs that know lines only, escaped like the human format. */
#include <string.h>

#include "base/json.h"
#include "format/format.h"
#include "format/review.h"

#define MESSAGE_MAX 1000

/* "2026-01-02T03:05:05Z testhost credlineage High: Title: Sentence. (detector, fnd-..., seen 3 times)" */
static int render(const cJSON *finding, uint64_t logged_ns, struct cl_text *out)
{
	struct cl_pen pen = {.out = out};
	double count = cl_json_get_num(finding, "count");

	(void)logged_ns;
	cl_pen_time(&pen, "", finding, "last");
	cl_pen_member(&pen, " ", finding, "host.name", CL_PEN_NAME);
	cl_pen_puts(&pen, " credlineage ");
	cl_pen_name(&pen, cl_json_get_str(finding, "severity"), CL_PEN_NAME);
	cl_pen_member(&pen, ": ", finding, "title", CL_PEN_PATH);
	cl_pen_puts(&pen, ": ");
	cl_pen_sentence(&pen, cl_json_get_str(finding, "message"), MESSAGE_MAX);
	cl_pen_member(&pen, " (", finding, "detector", CL_PEN_NAME);
	cl_pen_member(&pen, ", ", finding, "id", CL_PEN_NAME);
	if (!strcmp(cl_json_get_str(finding, "activity"), "close"))
		cl_pen_puts(&pen, ", closed");
	else if (count > 1)
		cl_pen_printf(&pen, ", seen %.0f times", count);
	cl_pen_puts(&pen, cl_json_at(finding, "review") ? ", " : "");
	cl_review_say(&pen, finding);
	if (cJSON_IsTrue(cl_json_at(finding, "truncated")))
		cl_pen_puts(&pen, ", shortened to fit");
	cl_pen_puts(&pen, ")");
	return pen.r;
}

const struct cl_output_format cl_format_line = {.name = "line", .media = "text/plain; charset=utf-8", .render = render};
