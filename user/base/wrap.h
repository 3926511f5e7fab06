/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Breaks a text for a terminal. Lines that begin with two spaces are commands and addresses: they stay whole, to be
 * copied. What follows "1. " is indented below it.
 */
#pragma once

#include "base/text.h"

int cl_wrap(const char *text, size_t width, struct cl_text *out); /* 0 or -ENOMEM */
/* Columns of the terminal, 40 to 100; 80 when it does not say. */
size_t cl_wrap_width(int fd);
