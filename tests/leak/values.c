/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of every format of the catalogue, made at run time, as JSON lines on a pipe: format; value; text, the value
 * with the key that it needs; places, what a file may hold it in; alone, whether it needs no key; piece, where 12 bytes
 * near the middle begin that are this value's own. Refuses to write to a terminal or a file.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "make_place.h"

#define PIECE 12
#define WORD 5
#define ENOUGH 22
#define TRIES 500
#define OTHERS 8 /* in base64 the same words look different by their place in three bytes */

/* What a file may hold it in, all of it. malloc'ed. */
static char *everywhere(const struct cl_format *f, const char *value)
{
	struct cl_text t = {0};
	const struct mk_place *places;
	size_t n = mk_places(f, &places), len;

	for (size_t i = 0; i < n; i++) {
		char *key = f->context ? mk_sample_key(f) : NULL;
		char *text = places[i].source == CL_SOURCE_FILE ? mk_fill(&places[i], key, value, &len) : NULL;

		if (text && (cl_text_puts(&t, text) || cl_text_puts(&t, "\n")))
			abort();
		free(text);
		free(key);
	}
	return cl_text_take(&t);
}

/* Long enough that a piece of it says something. */
static char *sample(const struct cl_format *f)
{
	char *value = mk_sample(f);

	for (int i = 0; strlen(value) < ENOUGH && i < TRIES; i++) {
		free(value);
		value = mk_sample(f);
	}
	return value;
}

/* No chance: of a line break, of the pattern's own words, of what all values of the format have there. */
static size_t chance(const struct cl_format *f, const char *value, const char *other, size_t at)
{
	size_t n = 0;

	for (size_t i = at; i < at + PIECE; i++) {
		char word[WORD + 1] = "";

		n += i >= strlen(other) || value[i] != other[i];
		if (value[i] == '\n')
			return 0;
		memcpy(word, value + i, i + WORD <= at + PIECE ? WORD : 0);
		if (*word && ((f->pattern && strstr(f->pattern, word)) || strstr(other, word)))
			return 0;
	}
	return n;
}

/* The window nearest to the middle that is the value's own. */
static size_t piece_of(const struct cl_format *f, const char *value)
{
	size_t len = strlen(value), best = 0, most = 0, middle = (len - PIECE) / 2;
	char *others[OTHERS];

	for (size_t i = 0; i < OTHERS; i++)
		others[i] = sample(f);
	for (size_t d = 0; d < 2 * len && most < PIECE - 3; d++) {
		size_t at = d % 2 ? middle + (d + 1) / 2 : middle - d / 2, own = PIECE;

		if (at > len - PIECE)
			continue;
		for (size_t i = 0; i < OTHERS; i++) {
			size_t n = chance(f, value, others[i], at);

			own = n < own ? n : own;
		}
		best = own > most ? at : best;
		most = own > most ? own : most;
	}
	for (size_t i = 0; i < OTHERS; i++)
		free(others[i]);
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
		char *value = sample(&formats[i]), *text = mk_shortest(&formats[i], value), *line;
		char *places = everywhere(&formats[i], value);
		cJSON *o = cJSON_CreateObject();

		cJSON_AddStringToObject(o, "format", formats[i].id);
		cJSON_AddStringToObject(o, "value", value);
		cJSON_AddStringToObject(o, "text", text);
		cJSON_AddStringToObject(o, "places", places);
		cJSON_AddBoolToObject(o, "alone", !formats[i].context);
		cJSON_AddNumberToObject(o, "piece", (double)piece_of(&formats[i], value));
		line = cJSON_PrintUnformatted(o);
		puts(line);
		free(line);
		cJSON_Delete(o);
		free(value);
		free(text);
		free(places);
	}
	cl_catalogue_free(&c);
	return 0;
}
