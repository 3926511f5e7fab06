/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue/readers.h"

#include <string.h>

#include "catalogue/glob.h"

#define ENTRY 256

static bool fits(const char *entry, const char *name, const char *path)
{
	size_t n = strlen(entry);

	if (strchr(entry, '/'))
		return cl_glob_match(entry, path);
	if (strchr(entry, '*'))
		return cl_glob_match(entry, name);
	return !strncmp(name, entry, n) && !name[n + strspn(name + n, "0123456789.-")];
}

bool cl_readers_have(const char *readers, enum cl_readers_part part, const char *name, const char *path)
{
	const char *split = strchr(readers, ';');
	const char *end = split && part == CL_READERS_PROGRAMS ? split : readers + strlen(readers);
	char entry[ENTRY];

	if (part == CL_READERS_LIBRARIES)
		readers = split ? split + 1 : end;
	for (size_t n; readers < end; readers += n + 1) {
		n = strcspn(readers, ",;");
		if (!n || n >= sizeof(entry))
			continue;
		memcpy(entry, readers, n);
		entry[n] = '\0';
		if (fits(entry, name, path))
			return true;
	}
	return false;
}
