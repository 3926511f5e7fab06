/* SPDX-License-Identifier: Apache-2.0 */
#include "format/story.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "detect/coverage.h"
#include "format/advice.h"
#include "format/review.h"
#include "format/story_parts.h"

#define SENTENCE_MAX 1200 /* of a detector */
#define GAPS_SHOWN 6

static struct cl_sides order(const cJSON *finding)
{
	struct cl_sides s = {cl_json_at(finding, "sides.0"), cl_json_at(finding, "sides.1")};
	uint64_t a = cl_json_get_time(s.first, "use.time"), b = cl_json_get_time(s.then, "use.time");

	if (s.then && b && b < a)
		return (struct cl_sides){s.then, s.first};
	return s;
}

/* ---- what ---- */

static void say_head(struct cl_pen *p, const cJSON *finding)
{
	const char *activity = cl_json_get_str(finding, "activity");

	cl_pen_member(p, "", finding, "severity", CL_PEN_NAME);
	cl_pen_member(p, ": ", finding, "title", CL_PEN_PATH);
	cl_pen_member(p, "\n", finding, "id", CL_PEN_NAME);
	cl_pen_member(p, " on ", finding, "host.name", CL_PEN_NAME);
	cl_pen_time(p, ", ", finding, "last");
	if (!strcmp(activity, "close"))
		cl_pen_puts(p, ", over now");
	else if (cl_json_get_num(finding, "count") > 1) {
		cl_pen_printf(p, ", seen %.0f times", cl_json_get_num(finding, "count"));
		cl_pen_time(p, " since ", finding, "first");
	}
	cl_pen_puts(p, cl_json_at(finding, "review") ? ", " : "");
	cl_review_say(p, finding);
}

static void say_lead(struct cl_pen *p, const cJSON *finding, const struct cl_advice *advice)
{
	const char *provider = cl_json_get_str(finding, "credential.provider");

	cl_pen_puts(p, "\n\n");
	if (!advice->lead) {
		cl_pen_sentence(p, cl_json_get_str(finding, "message"), SENTENCE_MAX);
		return;
	}
	cl_pen_name(p, provider, CL_PEN_NAME);
	cl_pen_puts(p, *provider ? " credential " : "Credential ");
	cl_pen_member(p, "", finding, "credential.fingerprint", CL_PEN_NAME);
	cl_pen_puts(p, " ");
	cl_pen_puts(p, advice->lead);
	cl_pen_puts(p, ".");
}

static void say_class(struct cl_pen *p, const cJSON *credential)
{
	const char *class = cl_json_get_str(credential, "class");

	if (!strcmp(class, "static"))
		cl_pen_puts(p, "It is good until somebody revokes it");
	else if (!strcmp(class, "ephemeral"))
		cl_pen_puts(p, "It ends by itself");
	else
		cl_pen_puts(p, "Whether it ends by itself is not known");
	cl_pen_time(p, ", at ", credential, "expires");
}

static void say_credential(struct cl_pen *p, const cJSON *finding)
{
	const cJSON *c = cl_json_at(finding, "credential");

	if (!c)
		return;
	cl_pen_puts(p, " ");
	say_class(p, c);
	cl_pen_member(p, "; its form is ", c, "format", CL_PEN_NAME);
	cl_pen_time(p, "; it was first seen at ", c, "first_seen");
	cl_pen_puts(p, ".");
	cl_pen_member(p, " In its place there is now ", c, "rotated_to", CL_PEN_NAME);
	cl_pen_puts(p, *cl_json_get_str(c, "rotated_to") ? " (inferred)." : "");
}

/* ---- what policy says ---- */

static void say_names(struct cl_pen *p, const char *before, const cJSON *list)
{
	const cJSON *item;
	int n = 0;

	cJSON_ArrayForEach (item, list) {
		if (n == GAPS_SHOWN)
			break;
		cl_pen_puts(p, n++ ? ", " : before);
		cl_pen_name(p, cJSON_IsString(item) ? item->valuestring : "", CL_PEN_NAME);
	}
	if (cJSON_GetArraySize(list) > n)
		cl_pen_printf(p, " and %d more", cJSON_GetArraySize(list) - n);
}

static void say_signed(struct cl_pen *p, const cJSON *said)
{
	cl_pen_member(p, ", by ", said, "by", CL_PEN_NAME);
	cl_pen_time(p, " at ", said, "at");
	cl_pen_member(p, ", because: ", said, "reason", CL_PEN_PATH);
	cl_pen_puts(p, ".");
}

static void say_statement(struct cl_pen *p, const cJSON *s)
{
	const cJSON *allow = cl_json_at(s, "allow"), *revoked = cl_json_at(s, "revoked");

	if (revoked) {
		cl_pen_puts(p, " It is revoked");
		say_signed(p, revoked);
	}
	if (!allow)
		return;
	cl_pen_puts(p, " It may be shared");
	say_names(p, " by workflows ", cl_json_at(allow, "workflows"));
	say_names(p, " in environments ", cl_json_at(allow, "environments"));
	say_names(p, " toward ", cl_json_at(allow, "destinations"));
	cl_pen_time(p, ", until ", allow, "until");
	say_signed(p, allow);
}

static void say_policy(struct cl_pen *p, const cJSON *finding)
{
	const cJSON *c = cl_json_at(finding, "credential"), *statements = cl_json_at(c, "policy"), *s;

	if (!c)
		return;
	cl_pen_puts(p, "\n\nPolicy: ");
	if (*cl_json_get_str(c, "label"))
		cl_pen_member(p, "this credential is called ", c, "label", CL_PEN_NAME);
	else
		cl_pen_puts(p, "this credential has no label");
	if (*cl_json_get_str(c, "owner"))
		cl_pen_member(p, " and belongs to ", c, "owner", CL_PEN_NAME);
	else
		cl_pen_puts(p, " and no owner");
	cl_pen_puts(p, cJSON_GetArraySize(statements) ? "." : "; nothing is said about sharing it.");
	cJSON_ArrayForEach (s, statements)
		say_statement(p, s);
}

/* ---- what was not seen ---- */

static void say_gaps(struct cl_pen *p, const cJSON *coverage)
{
	const cJSON *item;
	int n = 0;

	cJSON_ArrayForEach (item, cl_json_at(coverage, "acts"))
		if (cl_tier_is_blind(cl_json_get_str(item, "tier")) && n < GAPS_SHOWN) {
			cl_pen_puts(p, n++ ? ", " : " ");
			cl_pen_member(p, "acts of kind ", item, "act", CL_PEN_NAME);
			cl_pen_puts(p, " are not seen");
			cl_pen_member(p, " (", item, "detail", CL_PEN_NAME);
			cl_pen_puts(p, *cl_json_get_str(item, "detail") ? ")" : "");
		}
	cJSON_ArrayForEach (item, cl_json_at(coverage, "lost"))
		if (n < GAPS_SHOWN) {
			cl_pen_puts(p, n++ ? ", " : " ");
			cl_pen_printf(p, "%.0f ", cl_json_get_num(item, "count"));
			cl_pen_member(p, "", item, "act", CL_PEN_NAME);
			cl_pen_puts(p, cl_json_get_num(item, "count") == 1 ? " record was lost" : " records were lost");
		}
	cl_pen_puts(p, n ? "." : " the monitor was stopped uncleanly, or more is missing than can be listed.");
}

static void say_coverage(struct cl_pen *p, const cJSON *finding)
{
	const cJSON *coverage = cl_json_at(finding, "coverage");

	if (!coverage)
		return;
	if (cJSON_IsTrue(cl_json_at(coverage, "complete"))) {
		cl_pen_puts(p, "\n\nCoverage: every kind of act was watched and no record was lost.");
		return;
	}
	cl_pen_puts(p, "\n\nCoverage was not complete, so there may be more to this:");
	say_gaps(p, coverage);
}

/* ---- the whole ---- */

static void write_story(struct cl_pen *p, const cJSON *finding)
{
	const struct cl_advice *advice = cl_advice_of(cl_json_get_str(finding, "detector"));
	struct cl_sides sides = order(finding);

	say_head(p, finding);
	say_lead(p, finding, advice);
	say_credential(p, finding);
	cl_story_sides(p, &sides, advice->lead || sides.then);
	cl_story_passage(p, finding, &sides);
	cl_story_further(p, finding);
	say_policy(p, finding);
	say_coverage(p, finding);
	cl_pen_puts(p, "\n\nWhy it matters: ");
	cl_pen_puts(p, advice->cause);
	cl_pen_puts(p, ".");
	cl_story_next(p, finding, &sides);
}

int cl_story(const cJSON *finding, struct cl_text *out)
{
	_cleanup_text_ struct cl_text text = {0};
	struct cl_pen pen = {.out = &text};
	size_t len;

	write_story(&pen, finding);
	if (pen.r)
		return pen.r;
	len = text.len;
	if (len > CL_STORY_MAX)
		for (len = CL_STORY_MAX - 3; len && ((unsigned char)text.s[len] & 0xc0) == 0x80;)
			len--;
	pen.r = cl_text_append(out, cl_text_str(&text), len);
	return pen.r || len == text.len ? pen.r : cl_text_puts(out, "...");
}

int cl_story_told(const cJSON *finding, struct cl_text *out)
{
	const cJSON *told = cl_json_at(finding, "story");

	return told ? cl_text_puts(out, cl_json_get_str(told, "")) : cl_story(finding, out);
}
