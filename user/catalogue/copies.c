/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue/copies.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "catalogue/internal.h"

/* An editor's swap file begins with a dot that the file's own name may have already. */
static const struct {
	const char *tail;
	bool dotted;
} forms[] = {{"~", false}, {".bak", false}, {".old", false}, {".orig", false}, {".swp", true}};
_Static_assert(ARRAY_SIZE(forms) == CL_COPY_FORMS, "forms");

bool cl_copy_name(char *out, size_t size, const char *name, size_t form)
{
	const char *dot = forms[form].dotted && *name != '.' ? "." : "";
	int n = snprintf(out, size, "%s%s%s", dot, name, forms[form].tail);

	return n > 0 && (size_t)n < size;
}

bool cl_copy_of(const char *path, char *out, size_t size)
{
	size_t len = strlen(path), directory = (size_t)(cl_basename(path) - path);

	for (size_t i = 0; i < CL_COPY_FORMS; i++) {
		size_t tail = strlen(forms[i].tail);

		if (len <= directory + tail || len >= size || strcmp(path + len - tail, forms[i].tail))
			continue;
		snprintf(out, size, "%.*s", (int)(len - tail), path);
		return true;
	}
	return false;
}
