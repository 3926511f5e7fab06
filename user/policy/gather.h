/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A site's policy from where it is written: the configuration and the files that it names, put together into the one
 * document that reaches judgement. Each part is checked by itself, so that an error names its file and line. The
 * configuration's rules come first, then the files', each pattern's in the order of their names; environments of one name
 * are one. Names of users become numbers here: judgement looks nothing up.
 */
#pragma once

#include "policy/policy.h"
#include "policy/rules.h"

#define CL_GATHER_FILES 256

struct cl_gather {
	const char *name, *text; /* the configuration, for errors; may be NULL */
	const cJSON *rules;	 /* its sections; NULL: none */
	char *const *files;	 /* paths and globs; a glob may match nothing */
	size_t n_files;
	const char *const *detectors; /* NULL-terminated; NULL: not checked */
	bool any_owner;		      /* else a file must belong to root or this user and be writable by nobody else */
};

/* One section of the configuration: "environments" lies at its root, the others in "policy". */
int cl_gather_check(const char *name, const char *text, const char *section, const cJSON *value,
		    const char *const *detectors, struct cl_error *err);
/* *out: the document. 0, -EINVAL, -ENOMEM, what opening a file gave. */
int cl_gather(cJSON **out, const struct cl_gather *from, struct cl_error *err);
/* One file alone. */
int cl_gather_file(cJSON **out, const char *path, const char *const *detectors, struct cl_error *err);
