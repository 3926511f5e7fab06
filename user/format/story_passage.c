/* SPDX-License-Identifier: Apache-2.0 */
/* How a credential came from the one side to the other, what else was done with it, and where its holders connected. */
#include <string.h>

#include "base/json.h"
#include "format/story_parts.h"

#define FURTHER_SHOWN 6
#define DESTINATIONS_SHOWN 6

/* ---- from the one to the other ---- */

/* The nearest process that both come from, the first one of all not counted; NULL: none that says anything. */
static const cJSON *common_parent(const cJSON *a, const cJSON *b)
{
	const cJSON *x, *y;

	cJSON_ArrayForEach (x, cl_json_at(b, "process.chain"))
		cJSON_ArrayForEach (y, cl_json_at(a, "process.chain"))
			if (*cl_json_get_str(x, "name") && cl_json_get_num(x, "pid") > 2 &&
			    !strcmp(cl_json_get_str(x, "id"), cl_json_get_str(y, "id")))
				return x;
	return NULL;
}

static bool is_below(const cJSON *process, const char *id)
{
	const cJSON *link;

	cJSON_ArrayForEach (link, cl_json_at(process, "chain"))
		if (*id && !strcmp(cl_json_get_str(link, "id"), id))
			return true;
	return false;
}

/* A process of the finding that wrote the file which the second side read, by the lineage; NULL: none. */
static const cJSON *writer_of(const cJSON *finding, const char *path)
{
	const cJSON *edge, *node;

	if (!*path)
		return NULL;
	cJSON_ArrayForEach (edge, cl_json_at(finding, "lineage.edges")) {
		const char *source = cl_json_get_str(edge, "source");

		if (strcmp(cl_json_get_str(edge, "kind"), "WROTE") ||
		    !cl_ends_with(cl_json_get_str(edge, "target"), path))
			continue;
		cJSON_ArrayForEach (node, cl_json_at(finding, "lineage.nodes"))
			if (!strcmp(cl_json_get_str(node, "id"), source))
				return node;
	}
	return NULL;
}

static bool say_handed_on(struct cl_pen *p, const cJSON *use, const cJSON *parent)
{
	const char *how = cl_json_get_str(use, "how");

	if (!*cl_json_get_str(parent, "name"))
		return false;
	if (strcmp(how, "arguments") && (strcmp(how, "environment") || cJSON_IsTrue(cl_json_at(use, "inherited"))))
		return false;
	cl_pen_name(p, cl_story_name(parent), CL_PEN_NAME);
	cl_pen_printf(p, " (pid %.0f)", cl_json_get_num(parent, "pid"));
	cl_pen_puts(p, !strcmp(how, "arguments") ? ", which started it, wrote it on its command line."
						 : ", which started it, put it into its environment.");
	return true;
}

static void say_passage(struct cl_pen *p, const cJSON *finding, const struct cl_sides *s)
{
	const cJSON *use = cl_json_at(s->then, "use"), *process = cl_json_at(s->then, "process");
	const char *path = cl_json_get_str(use, "path");
	const cJSON *writer = writer_of(finding, path);

	if (!strcmp(cl_json_get_str(use, "how"), "reached")) {
		cl_pen_puts(p, "It was taken from a process that had it; nobody handed it on.");
	} else if (is_below(process, cl_json_get_str(s->first, "process.id"))) {
		cl_pen_name(p, cl_story_name(process), CL_PEN_NAME);
		cl_pen_puts(p, " descends from ");
		cl_pen_name(p, cl_story_name(cl_json_at(s->first, "process")), CL_PEN_NAME);
		cl_pen_puts(p, cJSON_IsTrue(cl_json_at(use, "inherited"))
				       ? ", which handed it down with its environment."
				       : ", which had it.");
	} else if (writer) {
		cl_pen_member(p, "", writer, "label", CL_PEN_NAME);
		cl_pen_puts(p, " wrote the file that it was read from.");
	} else if (*path && !strcmp(path, cl_json_get_str(s->first, "use.path"))) {
		cl_pen_puts(p, "Both read the same file.");
	} else if (!say_handed_on(p, use, cl_json_at(process, "chain.0"))) {
		cl_pen_puts(p, *path ? "The second place holds the same value; how it came to be there was not seen."
				     : "How it came from the one to the other was not seen.");
	}
}

void cl_story_passage(struct cl_pen *p, const cJSON *finding, const struct cl_sides *sides)
{
	const cJSON *parent;

	if (!sides->then)
		return;
	cl_pen_puts(p, "\n\nHow it got there: ");
	say_passage(p, finding, sides);
	parent = common_parent(sides->first, sides->then);
	if (!parent)
		return;
	cl_pen_puts(p, " Both sides come from ");
	cl_pen_name(p, cl_story_name(parent), CL_PEN_NAME);
	cl_pen_printf(p, " (pid %.0f).", cl_json_get_num(parent, "pid"));
}

/* ---- what else ---- */

static const cJSON *process_of(const cJSON *finding, const char *id)
{
	const cJSON *side;

	cJSON_ArrayForEach (side, cl_json_at(finding, "sides"))
		if (*id && !strcmp(cl_json_get_str(side, "process.id"), id))
			return cl_json_at(side, "process");
	return NULL;
}

/* What a side's own sentence says already. */
static bool is_told(const cJSON *finding, const cJSON *act)
{
	const cJSON *side;

	cJSON_ArrayForEach (side, cl_json_at(finding, "sides"))
		if (!strcmp(cl_json_get_str(side, "use.how"), cl_json_get_str(act, "kind")) &&
		    !strcmp(cl_json_get_str(side, "process.id"), cl_json_get_str(act, "process")) &&
		    !strcmp(cl_json_get_str(side, "use.path"), cl_json_get_str(act, "path")) &&
		    !strcmp(cl_json_get_str(side, "use.destination"), cl_json_get_str(act, "destination")))
			return true;
	return false;
}

static void say_further(struct cl_pen *p, const cJSON *finding, const cJSON *act)
{
	const cJSON *process = process_of(finding, cl_json_get_str(act, "process")), *node;
	const char *name = "another process";

	cJSON_ArrayForEach (node, cl_json_at(finding, "lineage.nodes"))
		if (!strcmp(cl_json_get_str(node, "id"), cl_json_get_str(act, "process")))
			name = cl_json_get_str(node, "label");
	cl_pen_time(p, "at ", act, "time");
	cl_pen_puts(p, " ");
	cl_pen_name(p, process ? cl_story_name(process) : name, CL_PEN_NAME);
	cl_story_act(p, act, cl_json_get_str(act, "kind"));
	if (cl_json_get_num(act, "count") > 1)
		cl_pen_printf(p, " (%.0f times)", cl_json_get_num(act, "count"));
}

static void say_evidence(struct cl_pen *p, const cJSON *finding)
{
	double left = cl_json_get_num(finding, "evidence_cut");
	const cJSON *act;
	int said = 0;

	cJSON_ArrayForEach (act, cl_json_at(finding, "evidence")) {
		if (is_told(finding, act))
			continue;
		if (said == FURTHER_SHOWN) {
			left++;
			continue;
		}
		cl_pen_puts(p, said++ ? "; " : "\n\nAlso seen: ");
		say_further(p, finding, act);
	}
	if (!said)
		return;
	cl_pen_puts(p, left > 0 ? "; and " : ".");
	if (left > 0) {
		cl_pen_number(p, left, "act", "acts");
		cl_pen_puts(p, " more.");
	}
}

void cl_story_further(struct cl_pen *p, const cJSON *finding)
{
	double left = cl_json_get_num(finding, "destinations_cut");
	const cJSON *to;
	int said = 0;

	if (cl_json_at(finding, "credential"))
		say_evidence(p, finding);
	cJSON_ArrayForEach (to, cl_json_at(finding, "destinations")) {
		if (said == DESTINATIONS_SHOWN) {
			left++;
			continue;
		}
		cl_pen_puts(p, said++ ? ", " : "\n\nIts holders connected to ");
		cl_pen_member(p, "", to, "address", CL_PEN_PATH);
		if (cl_json_get_num(to, "port"))
			cl_pen_printf(p, " port %.0f", cl_json_get_num(to, "port"));
	}
	if (said && left > 0)
		cl_pen_printf(p, " and %.0f more", left);
	cl_pen_puts(p, said ? ". What was sent there was not looked into." : "");
}
