/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue/glob.h"

#include <string.h>

bool cl_glob_match(const char *glob, const char *path)
{
	/* Where to go on after a mismatch: behind the last "*" and behind the last double star. */
	const char *star = NULL, *star_at = NULL, *deep = NULL, *deep_at = NULL;
	const char *g = glob, *s = path + (*path == '/');

	if (!strncmp(g, "~/", 2)) {
		g += 2;
		deep = g;
		deep_at = s;
	} else if (*g == '/') {
		g++;
	}
	for (;;) {
		if (!strncmp(g, "**", 2) && !g[2])
			return *s != '\0';
		if (!strncmp(g, "**/", 3)) {
			g += 3;
			deep = g;
			deep_at = s;
			star = NULL;
		} else if (*g == '*') {
			star = ++g;
			star_at = s;
		} else if (*s && *g == *s) {
			g++;
			s++;
		} else if (!*s && !*g) {
			return true;
		} else if (star && *star_at && *star_at != '/') {
			s = ++star_at;
			g = star;
		} else if (deep && (deep_at = strchr(deep_at, '/'))) {
			s = ++deep_at;
			g = deep;
			star = NULL;
		} else {
			return false;
		}
	}
}

const char *cl_glob_check(const char *glob)
{
	if (strlen(glob) > CL_GLOB_MAX)
		return "longer than 255 bytes";
	if (*glob != '/' && strncmp(glob, "~/", 2) && strncmp(glob, "**/", 3))
		return "starts with none of \"/\", \"~/\" and \"**/\"";
	if (strpbrk(glob, "?[]{}\\"))
		return "holds one of ? [ ] { } \\, only * and ** are known";
	for (const char *s = strstr(glob, "**"); s; s = strstr(s + 2, "**"))
		if ((s > glob && s[-1] != '/') || (s[2] && s[2] != '/'))
			return "\"**\" is not a whole component";
	if (strstr(glob, "//") || strstr(glob, "/../") || glob[strlen(glob) - 1] == '/')
		return "has an empty component or \"..\"";
	return NULL;
}
