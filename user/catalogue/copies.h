/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names that editors, backups and package managers give to the copy that they leave beside a file: .env~, .env.swp,
 * .npmrc.bak. Such a copy holds what the file held, so a store is a store under these names, too.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CL_COPY_FORMS 5

/* Name number `form` of a copy of a file that is called `name`; false when it does not fit. */
bool cl_copy_name(char *out, size_t size, const char *name, size_t form);
/* The path of which this would be the copy; false: it is no copy's name. */
bool cl_copy_of(const char *path, char *out, size_t size);
