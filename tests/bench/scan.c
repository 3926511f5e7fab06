/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the scanner finds and what it costs; `make bench-scan` and row B10 of `make bench`.
 *   scan recall [N]     N samples of every format, each in every surrounding it may stand in, behind text that is not
 *                       interesting: one line of JSON per format that misses some, and one for all
 *   scan speed FILE     slices of the file, which holds no credential, 64 B to 1 MiB, and arguments with environment of
 *                       8 KiB: ns a slice and MB/s, beside the bare engine with the same patterns
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/cleanup.h"
#include "credential/matcher.h"
#include "make_place.h"

#define SPEED_SIZE (8u << 20)
#define FINDS 64
#define PADDING_MAX 4096

struct bench {
	struct cl_catalogue *catalogue;
	struct cl_fp_key *key;
	struct cl_scanner *scanner;
	struct cl_matcher *matcher;
	struct cl_arena *arena;
	struct cl_sighting finds[FINDS];
};

static int open_bench(struct bench *b)
{
	struct cl_error err = {0};

	if (cl_catalogue_new(&b->catalogue, NULL, &err) || cl_fp_key_once(&b->key, &err) ||
	    cl_scanner_new(&b->scanner, b->catalogue, b->key, &err) ||
	    cl_matcher_new(&b->matcher, b->catalogue, &err) || cl_arena_new(&b->arena, 1 << 22)) {
		fprintf(stderr, "scan: %s\n", err.text);
		return -1;
	}
	return 0;
}

/* ---- recall ---- */

/* Lines of text and numbers; ends where a line or, in lists of strings, a string ends. */
static size_t pad(char *out, uint32_t source)
{
	static const char line[] =
		"Plain text with numbers 17, 2.5e3 and a path /usr/lib/x86_64-linux-gnu/libz.so.1.\n";
	size_t n = mk_random(PADDING_MAX);

	for (size_t i = 0; i < n; i++)
		out[i] = line[i % (sizeof(line) - 1)];
	if (n)
		out[n - 1] = source == CL_SOURCE_FILE ? '\n' : '\0';
	return n;
}

static bool is_found(struct bench *b, const struct cl_format *f, const struct mk_place *place)
{
	static char text[PADDING_MAX + 16384];
	char *key = f->context ? mk_sample_key(f) : NULL, *value = mk_sample(f), *filled;
	size_t before = pad(text, place->source), len;
	int n;

	filled = mk_fill(place, key, value, &len);
	assert(len < sizeof(text) - before);
	memcpy(text + before, filled, len);
	cl_arena_reset(b->arena);
	n = cl_scan(b->scanner, place->source, NULL, text, before + len, b->arena, b->finds, FINDS);
	if ((n != 1 || strcmp(b->finds[0].format, f->id)) && key && getenv("SCAN_KEYS"))
		fprintf(stderr, "%s: %s in %s: %d %s\n", f->id, key, place->text, n, n > 0 ? b->finds[0].format : "");
	free(filled);
	free(value);
	free(key);
	return n == 1 && !strcmp(b->finds[0].format, f->id);
}

static int recall(struct bench *b, unsigned int samples)
{
	static const struct mk_place blocks[] = {{"#", NULL, CL_SOURCE_FILE},
						 {"key: |\n#\nother: 1\n", NULL, CL_SOURCE_FILE},
						 {"before\n#after\n", NULL, CL_SOURCE_FILE},
						 {"X=1^KEY=#^", NULL, CL_SOURCE_ENVIRONMENT},
						 {"cmd^--key^#^", NULL, CL_SOURCE_ARGUMENTS},
						 {"{\"key\": 1}\n#", NULL, CL_SOURCE_FILE}};
	const struct cl_format *formats;
	size_t n = cl_catalogue_formats(b->catalogue, &formats), all = 0, found = 0;

	for (size_t i = 0; i < n; i++) {
		const struct mk_place *places = blocks;
		size_t n_places = ARRAY_SIZE(blocks), here = 0;

		if (formats[i].form != CL_FORM_PEM)
			n_places = mk_places(&formats[i], &places);
		for (size_t j = 0; j < n_places * samples; j++)
			here += is_found(b, &formats[i], &places[j % n_places]);
		all += n_places * samples;
		found += here;
		if (here < n_places * samples)
			printf("{\"format\": \"%s\", \"samples\": %zu, \"found\": %zu}\n", formats[i].id,
			       n_places * samples, here);
	}
	printf("{\"formats\": %zu, \"samples\": %zu, \"found\": %zu}\n", n, all, found);
	return found < all;
}

int main(int argc, char **argv)
{
	struct bench b = {0};

	if (argc < 2 || open_bench(&b))
		return 2;
	if (!strcmp(argv[1], "recall"))
		return recall(&b, argc > 2 ? (unsigned int)atoi(argv[2]) : 20);
	return 2;
}
