/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ownership by scope: every owning local is declared with one of these attributes and leaves its scope only through
 * TAKE_PTR / TAKE_FD. A type `struct cl_x` with cl_x_free(struct cl_x **) gets its attribute from CL_CLEANUP(cl_x).
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

static inline void cl_freep(void *p)
{
	free(*(void **)p);
	*(void **)p = NULL;
}

/* Closes and sets to -1; keeps errno. */
static inline void cl_closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

static inline void cl_fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
	*f = NULL;
}

static inline void cl_closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
	*d = NULL;
}

#define _cleanup_free_ _cleanup_(cl_freep)
#define _cleanup_close_ _cleanup_(cl_closep)
#define _cleanup_fclose_ _cleanup_(cl_fclosep)
#define _cleanup_closedir_ _cleanup_(cl_closedirp)

#define TAKE_PTR(p)                                                                                                    \
	({                                                                                                             \
		typeof(p) _p = (p);                                                                                    \
		(p) = NULL;                                                                                            \
		_p;                                                                                                    \
	})

#define TAKE_FD(fd)                                                                                                    \
	({                                                                                                             \
		int _f = (fd);                                                                                         \
		(fd) = -1;                                                                                             \
		_f;                                                                                                    \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
