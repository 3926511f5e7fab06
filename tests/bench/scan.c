/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the scanner finds and what it costs; `make bench-scan` and row B10 of `make bench`.
 *   scan recall [N]     N samples of every format, each in every surrounding it may stand in, behind text that is not
 *                       interesting: one line of JSON per format that misses some, and one for all
 *   scan speed FILE     slices of the file, which holds no credential, 64 B to 1 MiB, and arguments with environment of
 *                       8 KiB: ns a slice and MB/s, beside the bare engine with the same patterns
 */
#include <hs/hs.h>
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

/* ---- speed ---- */

struct speed {
	struct bench *b;
	hs_scratch_t *scratch;
	char *text;
	size_t size;
	uint64_t matches;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* others use the machine, too */
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int count_match(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *ctx)
{
	(void)id, (void)from, (void)to, (void)flags;
	++*(uint64_t *)ctx;
	return 0;
}

static void scan_one(struct speed *s, bool bare, uint32_t source, const char *text, size_t len)
{
	if (bare) {
		hs_scan(cl_matcher_database(s->b->matcher), text, (unsigned int)len, 0, s->scratch, count_match,
			&s->matches);
		return;
	}
	cl_arena_reset(s->b->arena);
	cl_scan(s->b->scanner, source, NULL, text, len, s->b->arena, s->b->finds, FINDS);
}

/* ns per slice, over all slices of this size. */
static double once(struct speed *s, bool bare, size_t slice)
{
	size_t n = 0, stride = slice < 4096 ? slice * 7 : slice, limit = slice < 4096 ? 100000 : 20000;
	uint64_t began = now_ns();

	for (size_t at = 0; at + slice <= s->size && n < limit; at += stride, n++)
		scan_one(s, bare, CL_SOURCE_FILE, s->text + at, slice);
	return (double)(now_ns() - began) / (double)n;
}

/* An exec's strings: 2 KiB of arguments and 6 KiB of environment without a credential. */
static double exec_once(struct speed *s, bool bare, const char *args, const char *env)
{
	uint64_t began = now_ns();

	for (int i = 0; i < 2000; i++) {
		scan_one(s, bare, CL_SOURCE_ARGUMENTS, args, 2048);
		scan_one(s, bare, CL_SOURCE_ENVIRONMENT, env, 6144);
	}
	return (double)(now_ns() - began) / 2000;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

#define PAIRS 15

static void print_pairs(const char *what, size_t bytes, double (*pairs)[PAIRS])
{
	double ratios[PAIRS];

	for (int i = 0; i < PAIRS; i++)
		ratios[i] = pairs[1][i] / pairs[0][i];
	qsort(pairs[0], PAIRS, sizeof(double), by_value);
	qsort(pairs[1], PAIRS, sizeof(double), by_value);
	qsort(ratios, PAIRS, sizeof(double), by_value);
	printf("{\"what\": \"%s\", \"bytes\": %zu, \"ns\": %.0f, \"bare_ns\": %.0f, \"ratio\": %.2f, \"mb_s\": %.0f}\n",
	       what, bytes, pairs[0][PAIRS / 2], pairs[1][PAIRS / 2], ratios[PAIRS / 2],
	       (double)bytes * 1000 / pairs[0][PAIRS / 2]);
}

/* Strings as processes have them, of this size in all; the last one is cut. */
static void make_strings(char *out, size_t size, bool env)
{
	static const char *const names[] = {"PATH",
					    "HOME",
					    "LS_COLORS",
					    "XDG_RUNTIME_DIR",
					    "SHELL",
					    "LANG",
					    "npm_config_cache",
					    "MAIL",
					    "PKG_CONFIG_PATH",
					    "BUILD_NUMBER"};
	static const char value[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin --color=auto 17.04 en_GB.UTF-8";
	size_t n = 0;

	for (unsigned int i = 0; n < size; i++)
		n += (size_t)snprintf(out + n, 512, env ? "%s_%u=%.*s" : "--%s-%u=%.*s", names[i % ARRAY_SIZE(names)],
				      i, 10 + (int)(i * 13 % 70), value) +
		     1;
	out[size - 1] = '\0';
}

static int speed(struct bench *b, const char *path)
{
	static const size_t sizes[] = {64, 256, 1024, 4096, 16384, 65536, 1048576};
	static char args[4096], env[8192];
	struct speed s = {.b = b, .text = malloc(SPEED_SIZE)};
	double pairs[2][PAIRS];
	FILE *f = fopen(path, "r");

	if (!f || !s.text || hs_alloc_scratch(cl_matcher_database(b->matcher), &s.scratch) != HS_SUCCESS)
		return 2;
	s.size = fread(s.text, 1, SPEED_SIZE, f);
	fclose(f);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (int j = 0; j < PAIRS; j++)
			for (int bare = 0; bare < 2; bare++)
				pairs[bare][j] = once(&s, bare, sizes[i]);
		print_pairs("text", sizes[i], pairs);
	}
	make_strings(args, 2048, false);
	make_strings(env, 6144, true);
	for (int j = 0; j < PAIRS; j++)
		for (int bare = 0; bare < 2; bare++)
			pairs[bare][j] = exec_once(&s, bare, args, env);
	print_pairs("arguments and environment", 8192, pairs);
	hs_free_scratch(s.scratch);
	free(s.text);
	return 0;
}

int main(int argc, char **argv)
{
	struct bench b = {0};

	if (argc < 2 || open_bench(&b))
		return 2;
	if (!strcmp(argv[1], "recall"))
		return recall(&b, argc > 2 ? (unsigned int)atoi(argv[2]) : 20);
	if (!strcmp(argv[1], "speed") && argc == 3)
		return speed(&b, argv[2]);
	return 2;
}
