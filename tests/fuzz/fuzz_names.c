/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes around a value: a name is a bounded run of the text before it, a place that is hidden lies within. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "credential/names.h"
#include "credential/surroundings.h"
#include "event/observation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_names(const char *s, size_t len)
{
	for (size_t from = 0; from <= len; from += 1 + len / 16)
		for (uint32_t source = CL_SOURCE_FILE; source <= CL_SOURCE_ARGUMENTS; source++) {
			size_t at = 0, n = cl_name_before(source, s, from, &at);

			if (n >= CL_NAME_SIZE || (n && at + n > from))
				abort();
			if (n)
				cl_name_is_secret(s + at, n);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	check_names(copy, size);
	for (int separator = 0; separator < 2; separator++) {
		struct cl_spans l = {.s = copy, .len = size, .separator = separator ? '\n' : '\0'};

		if (cl_surroundings(&l))
			abort();
		for (size_t i = 0; i < l.n; i++)
			if (l.spans[i].from >= l.spans[i].to || l.spans[i].to > size)
				abort();
		cl_spans_free(&l);
	}
	free(copy);
	return 0;
}
