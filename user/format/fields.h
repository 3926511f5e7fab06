/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each member of a native finding (detect/detect.h) stands in each format: one table. CEF, LEEF and ECS are written
 * from it; OCSF has a writer of its own, which the table describes and a test holds it to. What a format has no row for
 * is not in it.
 */
#pragma once

#include <stddef.h>

#include <cjson/cJSON.h>

#include "base/text.h"

enum cl_field_kind {
	CL_FIELD_TEXT,
	CL_FIELD_NUMBER,
	CL_FIELD_FLAG,	 /* true or false */
	CL_FIELD_TIME,	 /* RFC 3339 in the finding and in ECS; milliseconds since 1970 in OCSF and CEF; LEEF: leef.c */
	CL_FIELD_DIGITS, /* a number that names something (a user): text in OCSF and ECS */
	CL_FIELD_IP,	 /* the address, where it is one of IPv4 or IPv6 */
	CL_FIELD_IPV4,	 /* the address, where it is such a one */
	CL_FIELD_IPV6,
	CL_FIELD_SEVERITY, /* the number of the severity: cl_field_severity */
	CL_FIELD_REPORT,   /* "fnd-...:update:3": one report of a finding, the same when it is sent again */
	CL_FIELD_LIST,	   /* `member` of each element; ", " between them in CEF and LEEF */
	CL_FIELD_TREE,	   /* a whole object or list, as it is */
};

struct cl_field {
	/*
	 * As cl_json_at takes it, but for the first word: "actor" is the side whose use is reported (the later one),
	 * "origin" the earlier side where there are two, "agent" the actor's run when that is an AI agent, "destination"
	 * the element of destinations to which the actor's use went.
	 */
	const char *path;
	enum cl_field_kind kind;
	const char *member;  /* of a list */
	const char *meaning; /* in a few words; NULL: as the row before */
	/* Paths: "a.b", "a[].b" for each or some of a list; "[]" at the end: one of several values. NULL: nowhere. */
	const char *ocsf, *ecs;
	const char *cef;   /* a key of the extension; with a capital: a field of the header */
	const char *label; /* of a custom string, number or date in CEF: what <key>Label says */
	const char *leef;  /* an attribute; with a capital: a field of the header */
};

const struct cl_field *cl_fields(size_t *n);

/* The member of the finding that a row's path leads to; NULL: absent. */
const cJSON *cl_field_at(const cJSON *finding, const char *path);
/* The row's value as one piece of text, times as the finding has them; nothing is appended when it is absent. */
int cl_field_text(const struct cl_field *field, const cJSON *finding, struct cl_text *out);

/* "<id>:<activity>:<count>", and ":<time>" of the last review when there is one */
int cl_field_report(const cJSON *finding, struct cl_text *out);

struct cl_field_severity {
	const char *word; /* in the finding */
	int ocsf;	  /* severity_id */
	int flat;	  /* CEF and LEEF: 3 Low, 4 to 6 Medium, 7 and 8 High, 9 and 10 Very-High */
	int ecs;	  /* event.severity, event.risk_score: where Elastic's own detection rules draw their lines */
};
/* Never NULL: "Unknown" has a row of its own; LEEF begins at 1. */
const struct cl_field_severity *cl_field_severity(const char *word);

/* The element of the finding's destinations that a use or a piece of evidence names; NULL: it found no place there. */
const cJSON *cl_field_destination(const cJSON *finding, const char *shown);
