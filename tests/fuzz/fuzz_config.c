/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a configuration: an error with a text, or a configuration that prints and reads back the same. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cl_config c = {0}, again = {0};
	struct cl_error err = {0};
	_cleanup_free_ char *first = NULL, *second = NULL;

	if (cl_config_parse(&c, "fuzz", (const char *)data, size, &err)) {
		if (!*err.text)
			abort();
		return 0;
	}
	first = cl_config_print(&c);
	if (!first || cl_config_parse(&again, "again", first, strlen(first), &err))
		abort();
	second = cl_config_print(&again);
	if (!second || strcmp(first, second))
		abort();
	cl_config_free(&c);
	cl_config_free(&again);
	return 0;
}
