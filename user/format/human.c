/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Native finding -> three to six lines for people. Whatever a watched program could choose (names, paths, commands)
 * passes cl_text_escape: no control character, bidi override or other invisible character reaches a terminal.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "format/format.h"
#include "format/review.h"

#define NAME_SHOWN 200
#define PARENTS_SHOWN 5

static int put(struct cl_text *out, const char *s)
{
	size_t len = strnlen(s, NAME_SHOWN + 1);
	int r;

	if (len <= NAME_SHOWN)
		return cl_text_escape(out, s, len);
	for (len = NAME_SHOWN; len && ((unsigned char)s[len] & 0xc0) == 0x80;)
		len--;
	r = cl_text_escape(out, s, len);
	return r ? r : cl_text_puts(out, "...");
}

static int put_member(struct cl_text *out, const char *before, const cJSON *from, const char *path)
{
	const char *s = cl_json_get_str(from, path);
	int r = *s ? cl_text_puts(out, before) : 0;

	return r || !*s ? r : put(out, s);
}

/* RFC 3339 with whole seconds. */
static int put_time(struct cl_text *out, const char *before, const cJSON *from, const char *path)
{
	const char *s = cl_json_get_str(from, path);
	int r = *s ? cl_text_puts(out, before) : 0;

	if (r || !*s)
		return r;
	r = cl_text_escape(out, s, strnlen(s, 19));
	return r ? r : cl_text_puts(out, "Z");
}

/* " (pid 42, uid 100000, 0 in its namespace, deleted program, started by broker) in container x" */
static int put_who(struct cl_text *out, const cJSON *process)
{
	const cJSON *earlier = cl_json_at(process, "earlier");
	int n = cJSON_GetArraySize(earlier), r;

	r = cl_text_printf(out, " (pid %.0f, uid %.0f", cl_json_get_num(process, "pid"),
			   cl_json_get_num(process, "uid"));
	if (!r && cJSON_IsNumber(cl_json_at(process, "ns_uid")))
		r = cl_text_printf(out, ", %.0f in its namespace", cl_json_get_num(process, "ns_uid"));
	r = r ? r : put_member(out, ", program ", process, "exe_state");
	r = r ? r : put_member(out, ", script ", process, "script");
	if (!r && n)
		r = put_member(out, ", before ", cJSON_GetArrayItem(earlier, n - 1), "exe");
	r = r ? r : put_member(out, ", started by ", process, "started_by");
	r = r ? r : cl_text_puts(out, ")");
	return r ? r : put_member(out, " in container ", process, "container");
}

/* "systemd → bash → cat (pid 42, uid 0)" */
static int put_process(struct cl_text *out, const cJSON *process)
{
	const cJSON *chain = cl_json_at(process, "chain");
	int n = cJSON_GetArraySize(chain), r = 0;

	if (!process)
		return cl_text_puts(out, "a process of an earlier watch");
	if (n > PARENTS_SHOWN) {
		n = PARENTS_SHOWN;
		r = cl_text_puts(out, "... → ");
	}
	while (n-- && !r) {
		const cJSON *link = cJSON_GetArrayItem(chain, n);
		const char *name = cl_json_get_str(link, "name");

		r = put(out, *name ? name : "(unknown)");
		r = r ? r : cl_text_puts(out, " → ");
	}
	r = r ? r : put(out, cl_json_get_str(process, "name"));
	return r ? r : put_who(out, process);
}

static int put_use(struct cl_text *out, const cJSON *use)
{
	const char *how = cl_json_get_str(use, "how");
	int r;

	if (!strcmp(how, "read")) {
		r = put_member(out, " read ", use, "path");
		if (!r && cl_json_get_num(use, "line"))
			r = cl_text_printf(out, ":%.0f", cl_json_get_num(use, "line"));
		r = r ? r : put_member(out, ", asked for as ", use, "asked_for");
		return r ? r : put_member(out, ", content ", use, "content");
	}
	if (!strcmp(how, "reached"))
		return put_member(out, " read ", use, "name");
	if (!strcmp(how, "connect"))
		return put_member(out, " connected to ", use, "destination");
	if (!strcmp(how, "arguments")) {
		r = cl_text_puts(out, " was given it on its command line");
		return r ? r : put_member(out, " as ", use, "name");
	}
	r = cl_text_puts(out, cJSON_IsTrue(cl_json_at(use, "inherited")) ? " inherited it" : " was given it");
	return r ? r : put_member(out, " in ", use, "name");
}

static int put_side(struct cl_text *out, const char *label, const cJSON *side)
{
	bool guess = cJSON_IsTrue(cl_json_at(side, "run.unattributed"));
	int r = cl_text_printf(out, "\n  %-11s ", label);

	r = r ? r : put(out, cl_json_get_str(side, "run.workflow"));
	r = r ? r : put_member(out, " run ", side, "run.id");
	r = r || !guess ? r : cl_text_puts(out, " (unattributed)");
	r = r ? r : cl_text_puts(out, ": ");
	r = r ? r : put_process(out, cl_json_at(side, "process"));
	r = r ? r : put_use(out, cl_json_at(side, "use"));
	return r ? r : put_time(out, " at ", side, "use.time");
}

static int put_credential(struct cl_text *out, const cJSON *finding)
{
	int r = cl_text_printf(out, "\n  %-11s ", "credential");

	r = r ? r : put(out, cl_json_get_str(finding, "credential.fingerprint"));
	if (cJSON_IsTrue(cl_json_at(finding, "credential.local")))
		r = r ? r : cl_text_puts(out, " (compares on this host only)");
	r = r ? r : put_member(out, " ", finding, "credential.provider");
	r = r ? r : put_member(out, " ", finding, "credential.format");
	r = r ? r : put_member(out, ", ", finding, "credential.class");
	r = r ? r : put_member(out, ", label ", finding, "credential.label");
	r = r ? r : put_member(out, ", owner ", finding, "credential.owner");
	return r ? r : put_time(out, ", first seen ", finding, "credential.first_seen");
}

static int put_head(struct cl_text *out, const cJSON *finding)
{
	const char *activity = cl_json_get_str(finding, "activity");
	double count = cl_json_get_num(finding, "count");
	int r = put(out, cl_json_get_str(finding, "severity"));

	r = r ? r : put_member(out, "  ", finding, "title");
	r = r ? r : put_member(out, "  ", finding, "id");
	if (!strcmp(activity, "close"))
		r = r ? r : cl_text_puts(out, "  closed");
	else if (count > 1)
		r = r ? r : cl_text_printf(out, "  seen %.0f times", count);
	return r;
}

static int put_foot(struct cl_text *out, const cJSON *finding)
{
	int r = cl_text_printf(out, "\n  %-11s ", "seen");

	r = r ? r : put_time(out, "", finding, "last");
	r = r ? r : put_member(out, " on ", finding, "host.name");
	r = r ? r : put_member(out, " by ", finding, "detector");
	if (cJSON_IsFalse(cl_json_at(finding, "coverage.complete")))
		r = r ? r : cl_text_puts(out, "; coverage was not complete");
	if (cJSON_IsTrue(cl_json_at(finding, "truncated")))
		r = r ? r : cl_text_puts(out, "; shortened to fit");
	return r;
}

static int put_review(struct cl_text *out, const cJSON *finding)
{
	struct cl_pen p = {.out = out};

	cl_pen_printf(&p, "\n  %-11s ", "status");
	cl_review_say(&p, finding);
	return p.r;
}

static int render(const cJSON *finding, uint64_t logged_ns, struct cl_text *out)
{
	static const char *const labels[] = {"first in", "then in"};
	const cJSON *sides = cl_json_at(finding, "sides");
	int n = cJSON_GetArraySize(sides), r = put_head(out, finding);

	(void)logged_ns;
	if (cl_json_at(finding, "credential"))
		r = r ? r : put_credential(out, finding);
	for (int i = 0; i < n && i < 2 && !r; i++)
		r = put_side(out, n == 1 ? "in" : labels[i], cJSON_GetArrayItem(sides, i));
	if (!n && !r) { /* about the monitor itself: its sentence says it all */
		r = cl_text_printf(out, "\n  %-11s ", "what");
		r = r ? r
		      : cl_text_escape(out, cl_json_get_str(finding, "message"),
				       strlen(cl_json_get_str(finding, "message")));
	}
	if (cl_json_at(finding, "review"))
		r = r ? r : put_review(out, finding);
	return r ? r : put_foot(out, finding);
}

const struct cl_output_format cl_format_human = {
	.name = "human", .media = "text/plain; charset=utf-8", .render = render};
