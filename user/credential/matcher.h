/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One Vectorscan database over every pattern of the catalogue: bytes in, places of possible credentials out.
 *
 * The database reports only where a match ends (asking it for the start as well doubles the cost of clean text and
 * limits the patterns). The start follows from a fixed width, from the literal that the pattern begins with, or from
 * the context; the few patterns that allow none of these are compiled with start reports.
 */
#pragma once

#include <stdio.h>
#include <sys/types.h>

#include "credential/credential.h"

struct cl_hit {
	const struct cl_format *format;
	size_t from, to; /* the bare value; PEM: from BEGIN to behind the BEGIN line */
	bool valid;	 /* false: looks like one but for its surroundings, checksum or structure */
};

struct cl_matcher;
int cl_matcher_new(struct cl_matcher **out, const struct cl_catalogue *c, struct cl_error *err);
void cl_matcher_free(struct cl_matcher **p);
/* For the build: what compiled.h finds linked in. 0, -EIO, -ENOMEM. */
int cl_matcher_write(const struct cl_matcher *m, FILE *f);
/*
 * *hits is valid until the next call; sorted by from, then the longer one, then the catalogue's order. Returns how
 * many, or -errno. *cut grows by the matches beyond what one call keeps.
 */
ssize_t cl_matcher_run(struct cl_matcher *m, const char *bytes, size_t len, struct cl_hit **hits, uint64_t *cut);
/* The engine by itself, with all patterns: an hs_database_t, for measuring. */
const void *cl_matcher_database(const struct cl_matcher *m);
