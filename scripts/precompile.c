/* SPDX-License-Identifier: Apache-2.0 */
/* Part of the build: the built-in catalogue's patterns in the pattern engine's own form.   precompile FILE */
#include <stdio.h>

#include "credential/matcher.h"

int main(int argc, char **argv)
{
	struct cl_catalogue *catalogue = NULL;
	struct cl_matcher *matcher = NULL;
	struct cl_error err = {0};
	FILE *f = argc == 2 ? fopen(argv[1], "we") : NULL;
	int r;

	if (!f) {
		perror("precompile FILE");
		return 2;
	}
	r = cl_catalogue_new(&catalogue, NULL, &err);
	r = r ? r : cl_matcher_new(&matcher, catalogue, &err);
	r = r ? r : cl_matcher_write(matcher, f);
	if (fclose(f) || r)
		fprintf(stderr, "cannot write \"%s\": %s\n", argv[1], *err.text ? err.text : "output error");
	cl_matcher_free(&matcher);
	cl_catalogue_free(&catalogue);
	return r != 0;
}
