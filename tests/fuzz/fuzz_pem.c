/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes behind the beginning of a key: a body is whole, within its bounds and within the text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t body[512];
	size_t cap = sizeof(body), end = 0, at;
	char *copy;
	ssize_t n;

	if (!size)
		return 0;
	copy = malloc(size);
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	at = data[0] % size;
	n = cl_pem_body(copy, size, at, body, cap, &end);
	if (n > (ssize_t)cap || (n >= 0 && (end <= at || end > size || n < 40)))
		abort();
	free(copy);
	return 0;
}
