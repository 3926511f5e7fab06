/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token, key or password of an output, out of the file that an option of its spec names. It lies in locked memory, is
 * wiped when it goes, and stands in no message.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"

#define CL_SECRET_MAX 8192 /* bytes */

/* Zero-initialise. `bytes` ends with a NUL that len does not count; NULL: there is none. */
struct cl_secret {
	char *bytes;
	size_t len;
};

/*
 * The whole file without the line break at its end. Takes the place of what was there; on failure that stays.
 * -EPERM: the file is open to everyone; -EINVAL: no regular file, empty, too long.
 */
int cl_secret_read(struct cl_secret *s, const char *path, struct cl_error *err);
/* Room for a secret that is made of another, CL_SECRET_MAX bytes and the NUL; len is 0. */
int cl_secret_make(struct cl_secret *s);
void cl_secret_free(struct cl_secret *s);
#define _cleanup_secret_ __attribute__((cleanup(cl_secret_free)))
