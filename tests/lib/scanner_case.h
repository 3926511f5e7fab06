/* SPDX-License-Identifier: Apache-2.0 */
/* What every test of the scanner begins with: the built-in catalogue and a key of its own. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "credential/credential.h"
#include "fingerprint/fingerprint.h"

static struct cl_catalogue *catalogue;
static struct cl_fp_key *key;
static struct cl_scanner *scanner;
static struct cl_arena *arena;
#define FOUND_MAX 64
static struct cl_sighting found[FOUND_MAX]; /* of the latest scan */

static int setup(void **state)
{
	struct cl_error err = {0};

	(void)state;
	if (cl_catalogue_new(&catalogue, NULL, &err) || cl_fp_key_once(&key, &err) ||
	    cl_scanner_new(&scanner, catalogue, key, &err) || cl_arena_new(&arena, 1 << 22)) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cl_arena_free(&arena);
	cl_scanner_free(&scanner);
	cl_fp_key_free(&key);
	cl_catalogue_free(&catalogue);
	return 0;
}

__attribute__((unused)) static int scan_file(uint32_t source, const char *path, const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1); /* exactly as long as said: reading past the end is seen by the sanitizer */
	int n;

	memcpy(copy, text, len);
	cl_arena_reset(arena);
	n = cl_scan(scanner, source, path, copy, len, arena, found, FOUND_MAX);
	free(copy);
	return n;
}

__attribute__((unused)) static int scan_bytes(uint32_t source, const char *text, size_t len)
{
	return scan_file(source, NULL, text, len);
}
