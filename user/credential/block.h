/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands around a value: the innermost object of JSON, section of ini, or block of lines that are indented alike,
 * and in it keys with their values. Looks a few KiB to both sides and no further.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"

/* The block around [from, to) of the text; source CL_SOURCE_ENVIRONMENT: all of it. */
struct cl_view cl_block_around(uint32_t source, const char *bytes, size_t len, size_t from, size_t to);

struct cl_block_reader {
	const char *p, *end;
};
struct cl_block_reader cl_block_members(struct cl_view block);
/* The next key with a value ("key": "value", key = value, key: value, KEY=value). The key comes in lower case without
 * '_', '-' and quotes; one that is too long for it is passed over. */
#define CL_BLOCK_KEY 48
bool cl_block_next(struct cl_block_reader *r, char key[CL_BLOCK_KEY], struct cl_view *value);
