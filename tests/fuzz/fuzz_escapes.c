/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as text with escapes, and as 16-bit text. Undoing gives no more than there was, every byte of it comes from
 * where its origin says, and what has no escape is left as it is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "credential/escapes.h"
#include "credential/wide.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct cl_plain *p, const char *s, size_t from, size_t stop)
{
	size_t last = from;

	for (size_t i = 0; i <= p->len; i++) {
		size_t origin = cl_plain_origin(p, i);

		if (origin < last || origin > stop)
			abort();
		if (i < p->len && s[origin] != p->s[i] && s[origin] != '%' && s[origin] != '\\')
			abort();
		last = origin;
	}
	if (cl_plain_origin(p, p->len) != stop)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cl_plain p;
	char *copy = malloc(size ? size : 1), *out = malloc(size ? size : 1);
	size_t at = 0, stop;

	if (!copy || !out)
		abort();
	memcpy(copy, data, size);
	p.s = out;
	p.cap = size > 1 ? 1 + data[0] % size : 1;
	while (at < size && (at = cl_escapes_next(copy, size, at)) < size) {
		stop = cl_escapes_undo(&p, copy, at, size);
		if (stop <= at || p.len > p.cap || p.len > stop - at)
			abort();
		check(&p, copy, at, stop);
		at = stop;
	}
	if (cl_wide_text(copy, size) && cl_wide_narrow(copy, size, out) > size / 2)
		abort();
	free(out);
	free(copy);
	return 0;
}
