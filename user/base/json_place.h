/* SPDX-License-Identifier: Apache-2.0 */
/* Where a value stands in a JSON text: the path that an error names, and its line. */
#pragma once

#include "base/text.h"

/* One step from the root; the root itself is NULL. A step with a key goes to a member, one without to an element. */
struct cl_json_place {
	const struct cl_json_place *up;
	const char *key;
	int index;
};

/* "policy.exclusions[3].until"; 0 or -ENOMEM. */
int cl_json_place_say(const struct cl_json_place *at, struct cl_text *out);
/* Line (from 1) of the value, or of what is left of the way to it; `text` is the one that parsed, without comments. */
unsigned int cl_json_place_line(const struct cl_json_place *at, const char *text);
