/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A format turns a native record (detect/detect.h) into the bytes of one record: a finding, and where it has records for
 * them (`acts`) an act with a credential. OCSF 1.9.0 tells an act as File System (1001), Process (1007) or Network Activity
 * (4001) with ai_agent and delegation (profile ai_operation), OCSF 1.8.0 without these two.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/text.h"

struct cl_output_format {
	const char *name;
	const char *media; /* as HTTP names it: "application/json" */
	bool acts;	   /* renders those, too, of which cl_format_knows_act says so */
	/* One record without a final newline. logged_ns: wall time of writing. 0 or -errno. */
	int (*render)(const cJSON *finding, uint64_t logged_ns, struct cl_text *out);
};
const struct cl_output_format *cl_output_format_find(const char *name); /* NULL: there is none of that name */
const char *cl_output_format_names(void);				/* "a, b and c", for messages */

extern const struct cl_output_format cl_format_ocsf;	 /* OCSF 1.9.0 Detection Finding, one line */
extern const struct cl_output_format cl_format_ocsf_1_8; /* the same by OCSF 1.8.0 */
extern const struct cl_output_format cl_format_ecs;	 /* Elastic Common Schema 9.4.0, one line */
extern const struct cl_output_format cl_format_cef;	 /* ArcSight CEF:0, one line */
extern const struct cl_output_format cl_format_leef;	 /* QRadar LEEF:2.0 with ^ between attributes, one line */
extern const struct cl_output_format cl_format_human;	 /* a few lines for people, escaped; colour is the caller's */
extern const struct cl_output_format cl_format_line;	 /* one line for people, escaped */

bool cl_format_is_act(const cJSON *record); /* credlineage.act/1, not a finding */
bool cl_format_knows_act(const cJSON *act); /* there is a class of events for it */

/*
 * Renders into at most `limit` bytes: leaves out the lineage, then evidence, chains, destinations and acts of coverage,
 * frameworks, observables, then shortens strings; of the story, which is told before the chains go, last; then leaves out
 * all but a sketch (finding, detector, severity, credential, host, the story's begin: in OCSF some 1,500 bytes). Of an act
 * chains and destinations go, then strings are shortened, then all of the credential but its fingerprint goes. The result
 * is always a whole record that says so: OCSF in metadata.is_truncated and untruncated_size, ECS, CEF and LEEF in what
 * fields.c has for these, human and line in words. -EMSGSIZE when not even that helps.
 */
int cl_render_within(const struct cl_output_format *format, const cJSON *finding, uint64_t logged_ns, size_t limit,
		     struct cl_text *out);
