/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a file, an environment or arguments. What is found is complete, nothing of it is left by redaction, and
 * what redaction gives is printable.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "credential/credential.h"

#define MAX 256

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct cl_catalogue *catalogue;
static struct cl_fp_key *key;
static struct cl_scanner *scanner;
static struct cl_arena *arena;

/* Here, since making the scanner takes longer than an input may. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct cl_error err;

	(void)argc;
	(void)argv;
	if (cl_catalogue_new(&catalogue, NULL, &err) || cl_fp_key_once(&key, &err) ||
	    cl_scanner_new(&scanner, catalogue, key, &err) || cl_arena_new(&arena, 1 << 24))
		abort();
	return 0;
}

static void check_sightings(const struct cl_sighting *s, int n, uint32_t source)
{
	static const uint8_t none[CL_FP_SIZE];

	if (n < 0 || n > MAX)
		abort();
	for (int i = 0; i < n; i++) {
		if (!s[i].provider || !s[i].format || s[i].source != source || !memcmp(s[i].fp, none, sizeof(none)))
			abort();
		for (const char *p = s[i].name; p && *p; p++)
			if ((unsigned char)*p < 0x20)
				abort();
	}
}

/* The redacted text holds none of what was found in the text. */
static void check_redacted(const char *bytes, size_t len, const struct cl_sighting *s, int n)
{
	struct cl_sighting left[MAX];
	struct cl_text t = {0};
	int m;

	if (cl_redact(scanner, bytes, len, &t))
		abort();
	for (const char *p = cl_text_str(&t); *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			abort();
	m = cl_scan(scanner, CL_SOURCE_FILE, NULL, cl_text_str(&t), t.len, arena, left, MAX);
	for (int i = 0; i < m; i++)
		for (int j = 0; j < n; j++)
			if (!memcmp(left[i].fp, s[j].fp, CL_FP_SIZE))
				abort();
	cl_text_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cl_sighting found[MAX];
	uint32_t source;
	char *copy;
	int n;

	if (!size)
		return 0;
	source = CL_SOURCE_FILE + data[0] % 3;
	copy = malloc(size); /* its last byte is the last that may be read */
	if (!copy)
		return 0;
	memcpy(copy, data + 1, size - 1);
	cl_arena_reset(arena);
	n = cl_scan(scanner, source, NULL, copy, size - 1, arena, found, MAX);
	check_sightings(found, n, source);
	check_redacted(copy, size - 1, found, n);
	free(copy);
	return 0;
}
