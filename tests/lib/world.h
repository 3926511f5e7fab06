/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small worlds for tables of cases: acts between names that say what they are, put into a room's store. A to F are
 * credentials, p processes, r runs, w workflows, h the host, f files, d destinations. Hours count from a noon.
 */
#pragma once

#include "base/text.h"
#include "lineage_room.h"

#define HOUR (3600 * CL_NS_PER_S)
#define AT(hour) (NOON + (uint64_t)(hour)*HOUR)

struct act {
	const char *source;
	uint32_t kind;
	const char *target;
	int first, last; /* last 0: once */
	uint32_t basis;	 /* 0: observed */
	const char *evidence;
};

static const struct {
	char letter;
	uint32_t kind;
	const char *before, *after;
} forms[] = {
	{'p', CL_NODE_PROCESS, "process:b:", ":0"},  {'r', CL_NODE_RUN, "run:h:", ""},
	{'w', CL_NODE_WORKFLOW, "workflow:ci:", ""}, {'h', CL_NODE_HOST, "host:h", ""},
	{'f', CL_NODE_FILE, "file:h:/", ""},	     {'d', CL_NODE_DESTINATION, "destination:tcp:192.0.2.", ":443"},
};

static inline void enter_node(struct room *room, const char *name, char id[64])
{
	char attrs[96] = "{}";

	if (*name >= 'A' && *name <= 'F') {
		snprintf(id, 64, "cred:%.*s", 32, "________________________________");
		memset(id + 5, *name - 'A' + 'a', 32);
		put_with(room, CL_NODE_CREDENTIAL, id, NOON, "{\"provider\":\"GitHub\",\"class\":\"static\"}");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (*name != forms[i].letter)
			continue;
		snprintf(id, 64, "%s%s%s", forms[i].before, name + 1, forms[i].after);
		if (*name == 'r')
			snprintf(attrs, sizeof(attrs), "{\"workflow\":\"ci:%s\"}", name + 1);
		put_with(room, forms[i].kind, id, NOON, attrs);
		return;
	}
	fail_msg("no such name: %s", name);
}

static inline void enter_acts(struct room *room, const struct act *acts)
{
	for (const struct act *a = acts; a->source; a++) {
		uint32_t basis = a->basis ? a->basis : CL_BASIS_OBSERVED;
		char source[64], target[64];

		enter_node(room, a->source, source);
		enter_node(room, a->target, target);
		assert_int_equal(cl_graph_edge(room->g, a->kind, source, target, AT(a->first), basis, a->evidence), 0);
		if (a->last)
			assert_int_equal(cl_graph_edge(room->g, a->kind, source, target, AT(a->last), basis, NULL), 0);
	}
	flush(room);
}

/* An id as its name; a label is the id here. */
static inline void say(struct cl_text *t, const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		size_t n = strlen(forms[i].before);

		if (cl_starts_with(id, forms[i].before)) {
			cl_text_printf(t, " %c%.*s", forms[i].letter, (int)strcspn(id + n, ":"), id + n);
			return;
		}
	}
	cl_text_printf(t, " %c", id[5] - 'a' + 'A');
}

#define HELD(p, c, from, to)                                                                                           \
	{                                                                                                              \
		p, CL_EDGE_READ, c, from, to, 0, NULL                                                                  \
	}
#define IN_RUN(p, r)                                                                                                   \
	{                                                                                                              \
		p, CL_EDGE_PART_OF, r, 0, 0, 0, NULL                                                                   \
	}
#define ON_HOST(r)                                                                                                     \
	{                                                                                                              \
		r, CL_EDGE_RAN_IN, "h", 0, 0, 0, NULL                                                                  \
	}
#define WENT(p, d, from, to)                                                                                           \
	{                                                                                                              \
		p, CL_EDGE_CONNECTED_TO, d, from, to, 0, NULL                                                          \
	}
