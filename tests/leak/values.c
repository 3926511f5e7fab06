/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of every format of the catalogue, made at run time, as JSON lines on a pipe: format, value, the name that has
 * to stand before it (if any), and which piece of it is found nowhere by chance: 12 bytes near the middle that differ
 * from one sample of the format to the next. Refuses to write to a terminal or a file.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "make_sample.h"

#define PIECE 12
#define TRIES 8

/* A bare hexadecimal or digit string says what it is only through its name: a key that the format's context takes. */
static const char *name_for(const struct cl_format *f)
{
	if (!f->context)
		return "";
	if (strstr(f->context, "session"))
		return "aws_session_token";
	if (strstr(f->context, "AKIA") || strstr(f->context, "secret"))
		return "aws_secret_access_key";
	return strstr(f->context, "[Pp]rivate") || strstr(f->id, "wireguard") ? "PrivateKey" : "";
}

static size_t differences(const char *a, const char *b, size_t at)
{
	size_t n = 0;

	for (size_t i = at; i < at + PIECE; i++)
		n += a[i] != b[i];
	return n;
}

/* The window nearest to the middle that no other sample shares. */
static size_t piece_of(const struct cl_format *f, const char *value)
{
	size_t len = strlen(value), best = 0, best_differs = 0, middle = (len - PIECE) / 2;

	for (int i = 0; i < TRIES; i++) {
		char *other = mk_sample(f);
		size_t shared = strlen(other) < len ? strlen(other) : len;

		for (size_t d = 0; d < len && best_differs < PIECE - 4; d++) {
			size_t at = d % 2 ? middle + (d + 1) / 2 : middle - d / 2;

			if (at + PIECE > shared || memchr(value + at, '\n', PIECE))
				continue;
			if (differences(value, other, at) > best_differs) {
				best_differs = differences(value, other, at);
				best = at;
			}
		}
		free(other);
	}
	return best;
}

int main(void)
{
	struct cl_catalogue *c = NULL;
	const struct cl_format *formats;
	struct cl_error err;
	struct stat st;
	size_t n;

	if (fstat(STDOUT_FILENO, &st) || !S_ISFIFO(st.st_mode) || cl_catalogue_new(&c, NULL, &err))
		return 1;
	n = cl_catalogue_formats(c, &formats);
	for (size_t i = 0; i < n; i++) {
		char *value = mk_sample(&formats[i]), *line;
		cJSON *o = cJSON_CreateObject();

		cJSON_AddStringToObject(o, "format", formats[i].id);
		cJSON_AddStringToObject(o, "value", value);
		cJSON_AddStringToObject(o, "name", name_for(&formats[i]));
		cJSON_AddNumberToObject(o, "piece", (double)piece_of(&formats[i], value));
		line = cJSON_PrintUnformatted(o);
		puts(line);
		free(line);
		cJSON_Delete(o);
		free(value);
	}
	cl_catalogue_free(&c);
	return 0;
}
