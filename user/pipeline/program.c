/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `ld-linux-x86-64.so.2 ./program`: the kernel has executed the loader, and what that loads only its arguments say. So
 * this is an inference: shown beside the executable, never instead of it.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "pipeline/strings.h"

static bool is_loader(const char *exe)
{
	static const char *const names[] = {"ld-linux", "ld-musl-", "ld.so", "ld64.so.", "ld-2."};
	const char *base = cl_basename(exe);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (cl_starts_with(base, names[i]))
			return true;
	return false;
}

/* Options that take the next argument; what they take is no program. */
static bool takes_value(const char *option)
{
	static const char *const options[] = {"--library-path",	    "--inhibit-rpath", "--audit",
					      "--preload",	    "--argv0",	       "--glibc-hwcaps-prepend",
					      "--glibc-hwcaps-mask"};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(option, options[i]))
			return true;
	return false;
}

static const char *next(const char *s, const char *end)
{
	s += strlen(s) + 1;
	return s < end ? s : end;
}

const char *cl_loaded_program(const char *exe, struct cl_view args)
{
	const char *s = args.p, *end = args.p + args.len;

	if (!exe || !is_loader(exe) || !args.len || end[-1])
		return NULL;
	for (s = next(s, end); s < end; s = next(s, end)) {
		if (strncmp(s, "--", 2))
			return *s ? s : NULL;
		if (takes_value(s))
			s = next(s, end);
		if (s == end)
			break;
	}
	return NULL;
}
