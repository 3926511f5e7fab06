/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory that something trusted lies in: nobody but its owner may put anything there, nor anything in its place.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct cl_directory {
	const char *path, *what; /* "state directory", for messages */
	mode_t mode;		 /* when it has to be made */
	bool shared;		 /* may be root's, and one in which each has its own, as /tmp (sticky) */
};

/*
 * Makes it when it is not there. Refused with a text that says what to do: what is no directory (-ENOTDIR; a symbolic link
 * is none: where it leads may be another one by tomorrow), one of another owner than this process's user, one that its
 * group or everybody may write to (-EPERM).
 */
int cl_directory_own(const struct cl_directory *d, struct cl_error *err);
