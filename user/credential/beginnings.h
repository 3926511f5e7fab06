/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How credentials begin: the literals of the catalogue's patterns. For texts that the kernel cuts off (comm holds 15
 * bytes), where a pattern can't match any more and half a credential would be left.
 */
#pragma once

#include "credential/credential.h"

struct cl_beginnings;
int cl_beginnings_new(struct cl_beginnings **out, const struct cl_catalogue *c); /* 0, -ENOMEM */
void cl_beginnings_free(struct cl_beginnings **p);
/* Where a credential begins that goes on to the end of the text; len: none does. */
size_t cl_beginnings_find(const struct cl_beginnings *b, const char *s, size_t len);
