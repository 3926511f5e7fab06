/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of a finding in plain sentences: what it is about, who had the credential first and how it came to the other
 * side, where it went, what policy says, what was not seen, why it matters, and what to do next. A pure function of the
 * native finding (detect/detect.h), so one out of the store tells the same as a live one.
 *
 * Text with line ends and empty lines between parts, escaped, of at most CL_STORY_MAX bytes; commands stand on lines of
 * their own, are indented and can be pasted as they are.
 */
#pragma once

#include <cjson/cJSON.h>

#include "base/text.h"

#define CL_STORY_MAX 6144

int cl_story(const cJSON *finding, struct cl_text *out); /* 0 or -ENOMEM */
/* The story that was told before something was left out of the finding (within.c), else as cl_story. */
int cl_story_told(const cJSON *finding, struct cl_text *out);
