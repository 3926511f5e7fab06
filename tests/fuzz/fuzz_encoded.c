/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as text that may hold encodings: each is found behind the last one, and decodes within its bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "credential/encoded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1), out[256]; /* its last byte is the last that may be read */
	size_t cap = size ? data[0] + 1u : 1, at = 0, from = 0, used = 0;

	if (!copy)
		return 0;
	memcpy(copy, data, size);
	while (cl_encoded_next(copy, size, at, &from)) {
		size_t n = cl_encoded_decode(copy + from, size - from, out, cap, &used);

		if (from < at || from + CL_ENCODED_MIN > size || n > cap || from + used > size)
			abort();
		if (!used || (cap > 18 && n < 12))
			abort();
		at = from + used;
	}
	free(copy);
	return 0;
}
