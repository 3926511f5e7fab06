/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a program by its file's name alone: enum cl_program_kind, or'ed. */
#pragma once

#include <stdint.h>

/* `name` without directories; 0: nothing is known. Asked at every start and act, so it costs one search. */
uint32_t cl_program_name_kinds(const char *name);
