/* SPDX-License-Identifier: Apache-2.0 */
/* What to do: numbered, with commands that can be pasted. A name that a shell or a terminal could take amiss is left out. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "format/advice.h"
#include "format/story_parts.h"

#define WORD_MAX 200

/* ---- words of a command ---- */

static bool is_plain(const char *s)
{
	return *s && !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:@%+=,-")];
}

/* Visible ASCII that single quotes hold. */
static bool can_be_quoted(const char *s)
{
	for (const char *at = s; *at; at++)
		if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e || *at == '\'' || *at == '\\' || *at == '!')
			return false;
	return *s;
}

static bool say_word(struct cl_pen *p, const char *option, const char *s)
{
	if (strlen(s) > WORD_MAX || !can_be_quoted(s))
		return false;
	cl_pen_puts(p, option);
	cl_pen_puts(p, is_plain(s) ? "" : "'");
	cl_pen_name(p, s, WORD_MAX);
	cl_pen_puts(p, is_plain(s) ? "" : "'");
	return true;
}

/* ---- steps ---- */

struct steps {
	struct cl_pen *pen;
	const cJSON *finding;
	int n;
};

static void begin(struct steps *s)
{
	cl_pen_printf(s->pen, "\n%d. ", ++s->n);
}

static void say_replace(struct steps *s)
{
	const char *provider = cl_json_get_str(s->finding, "credential.provider");
	const struct cl_provider *known = cl_provider_of(provider);

	begin(s);
	cl_pen_puts(s->pen, "If in doubt, replace it");
	if (*provider)
		cl_pen_puts(s->pen, known ? ". " : " at ");
	cl_pen_name(s->pen, *provider ? provider : " where it was issued", CL_PEN_NAME);
	cl_pen_puts(s->pen, known ? ": " : "");
	cl_pen_puts(s->pen, known ? known->how : "");
	cl_pen_puts(s->pen, ".");
	cl_pen_puts(s->pen, known && known->url ? "\n   " : "");
	cl_pen_puts(s->pen, known && known->url ? known->url : "");
}

/* A value that is marked makes every later use Critical. */
static void say_revoke(struct steps *s)
{
	begin(s);
	cl_pen_puts(s->pen, "Tell this host that it is revoked; every use from then on is Critical:\n");
	cl_pen_member(s->pen, "   credlineage credentials revoke ", s->finding, "credential.fingerprint", CL_PEN_NAME);
	cl_pen_member(s->pen, " --reason 'see ", s->finding, "id", CL_PEN_NAME);
	cl_pen_puts(s->pen, "'");
}

static bool say_twice(struct cl_pen *p, const char *option, const struct cl_sides *sides, const char *member)
{
	const char *a = cl_json_get_str(sides->first, member), *b = cl_json_get_str(sides->then, member);
	bool any = *a && say_word(p, option, a);

	return (*b && strcmp(a, b) && say_word(p, option, b)) || any;
}

static bool say_destination(struct cl_pen *p, const cJSON *finding)
{
	const cJSON *to = cl_json_at(finding, "destinations.0");
	const char *address = cl_json_get_str(to, "address");
	char place[WORD_MAX];

	if (!*address || strlen(address) > WORD_MAX - 10)
		return false;
	if (cl_json_get_num(to, "port"))
		snprintf(place, sizeof(place), strchr(address, ':') ? "[%s]:%.0f" : "%s:%.0f", address,
			 cl_json_get_num(to, "port"));
	else
		snprintf(place, sizeof(place), "%s", address);
	return say_word(p, " --destination ", place);
}

static void say_allow(struct steps *s, const struct cl_sides *sides, enum cl_sharing sharing)
{
	_cleanup_text_ struct cl_text text = {0};
	struct cl_pen names = {.out = &text};
	bool any;

	if (sharing == CL_SHARING_DESTINATIONS)
		any = say_destination(&names, s->finding);
	else if (sharing == CL_SHARING_ENVIRONMENTS)
		any = say_twice(&names, " --environment ", sides, "run.environment");
	else
		any = say_twice(&names, " --workflow ", sides, "run.workflow");
	begin(s);
	cl_pen_puts(s->pen, "If it is meant to be so, say it, and for how long:\n");
	cl_pen_member(s->pen, "   credlineage credentials allow ", s->finding, "credential.fingerprint", CL_PEN_NAME);
	cl_pen_puts(s->pen, names.r || !any ? " --workflow NAME" : cl_text_str(&text));
	cl_pen_puts(s->pen, " --until 90d --reason 'WHY'");
}

static void say_look(struct steps *s)
{
	begin(s);
	cl_pen_puts(s->pen, "See how everything hangs together:\n");
	cl_pen_member(s->pen, "   credlineage lineage --finding ", s->finding, "id", CL_PEN_NAME);
	if (cl_json_at(s->finding, "credential"))
		cl_pen_member(s->pen, "\n   credlineage credentials show ", s->finding, "credential.fingerprint",
			      CL_PEN_NAME);
}

void cl_story_next(struct cl_pen *p, const cJSON *finding, const struct cl_sides *sides)
{
	const struct cl_advice *advice = cl_advice_of(cl_json_get_str(finding, "detector"));
	struct steps s = {.pen = p, .finding = finding};
	bool of_credential = cl_json_at(finding, "credential");

	cl_pen_puts(p, "\n\nWhat to do next:");
	begin(&s);
	cl_pen_puts(p, advice->ask);
	cl_pen_puts(p, ".");
	if (of_credential && advice->replace) {
		say_replace(&s);
		say_revoke(&s);
	}
	begin(&s);
	cl_pen_puts(p, advice->narrow);
	cl_pen_puts(p, ".");
	if (of_credential && advice->sharing != CL_SHARING_NONE)
		say_allow(&s, sides, advice->sharing);
	say_look(&s);
}
