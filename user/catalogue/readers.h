/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who reads a store, in the form that an observation carries: "aws,terraform;python3": programs, then runtimes whose
 * programs do so through a library. An entry is a name ("php" stands for "php8.2" too, "docker-credential-*" for many),
 * or, with a slash, a glob of a path.
 */
#pragma once

#include <stdbool.h>

enum cl_readers_part {
	CL_READERS_PROGRAMS = 0,
	CL_READERS_LIBRARIES = 1,
};

/* Whether a program that is called `name` and lies at `path` is among them. */
bool cl_readers_have(const char *readers, enum cl_readers_part part, const char *name, const char *path);
