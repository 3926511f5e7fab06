/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program whose standard output is a key: no shell, standard input empty, its stderr is ours, `seconds` at
 * most. What it prints goes from the pipe into the caller's secure memory; the pipe is read dry or closed with it.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"

/* At most `max` bytes; more is an error, as is any exit status but 0. */
int cl_key_command(char *const *argv, unsigned int seconds, char *out, size_t max, size_t *len, struct cl_error *err);
