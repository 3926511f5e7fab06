/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of MITRE's frameworks, taken apart the way that OCSF and ECS have them. */
#pragma once

#include <stdbool.h>

#include <cjson/cJSON.h>

struct cl_attack {
	char id[64], name[128];	       /* the technique's */
	const char *sub_id, *sub_name; /* borrowed; NULL: the entry is the technique itself */
};

/* Of an entry of the finding's frameworks: "Parent: Sub" with id "T1.001" is a sub-technique. */
void cl_attack_split(const cJSON *entry, struct cl_attack *out);
