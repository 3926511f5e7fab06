/* SPDX-License-Identifier: Apache-2.0 */
/* The table of settings, one row each, for the files that read, check and print them. */
#pragma once

#include "config/config.h"

enum cl_config_type {
	CL_CONFIG_STRING,   /* char[size] */
	CL_CONFIG_STRINGS,  /* char *[limit] and a size_t behind `count` */
	CL_CONFIG_NUMBER,   /* uint64_t within min..max */
	CL_CONFIG_POWER,    /* the same, a power of two */
	CL_CONFIG_DURATION, /* "30d" -> uint64_t ns */
	CL_CONFIG_BOOL,
	CL_CONFIG_MODE,	  /* of a file: "0660", the owner's rights and no others than min..max has -> uint64_t */
	CL_CONFIG_POLICY, /* list of statements -> cJSON * */
	CL_CONFIG_LIST,	  /* list of objects that another reader checks -> cJSON * */
	CL_CONFIG_RULES,  /* a section of the site's policy -> member of a cJSON * */
};

struct cl_config_key {
	const char *section, *name;
	enum cl_config_type type;
	size_t offset, limit, count;
	uint64_t min, max;
};

extern const struct cl_config_key cl_config_keys[];
extern const size_t cl_config_n_keys;

void cl_config_say_duration(uint64_t ns, char buf[32]); /* "30d" */
