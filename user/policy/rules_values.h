/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single values of a policy's document, for rules_read.c. What is wrong is an error that names the file, the line and the
 * path of the place. All return 0, -EINVAL or -ENOMEM.
 */
#pragma once

#include "base/json.h"
#include "policy/rules_internal.h"

struct cl_rules_reader {
	const char *name, *text;
	const char *const *detectors;
	struct cl_error *err;
};

int cl_rules_bad(const struct cl_rules_reader *in, const struct cl_json_place *at, const char *why);
int cl_rules_unknown(const struct cl_rules_reader *in, const struct cl_json_place *at, const char *what,
		     const char *word, const char *const *known, size_t n);
int cl_rules_take_patterns(const struct cl_rules_reader *in, const cJSON *value, uint32_t criterion,
			   const struct cl_json_place *at, struct cl_patterns *out);
int cl_rules_take_max(const struct cl_rules_reader *in, const cJSON *value, const struct cl_json_place *at,
		      uint64_t *out);
int cl_rules_take_until(const struct cl_rules_reader *in, const cJSON *value, const struct cl_json_place *at,
			uint64_t *out);
int cl_rules_take_reason(const struct cl_rules_reader *in, const cJSON *value, const struct cl_json_place *at,
			 const char **out);
int cl_rules_take_severity(const struct cl_rules_reader *in, const cJSON *value, const struct cl_json_place *at,
			   const char **out);
