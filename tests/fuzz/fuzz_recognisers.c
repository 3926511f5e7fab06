/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as recognisers of a site, and any process to try them on: an error with a text, or entries that are read
 * again the same from what is remembered of them, match within their bounds, and give printable names.
 * Input: a list of entries, then what the process shows: cgroup, command line, executable, variables; each ends with NUL.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "identity/identity.h"
#include "identity/recognise.h"

#define VARS 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* The next string of the input; "" when there is none any more. */
static const char *next(char **at, char *end)
{
	char *s = *at;

	if (s >= end)
		return "";
	*at += strlen(s) + 1;
	return s;
}

static size_t take_variables(char **at, char *end, struct cl_var vars[VARS])
{
	size_t n = 0;

	while (*at < end && n < VARS) {
		char *s = *at, *equals = strchr(s, '=');

		*at += strlen(s) + 1;
		if (!equals)
			continue;
		*equals = '\0';
		vars[n++] = (struct cl_var){s, equals + 1};
	}
	return n;
}

static void expand(const char *template, const struct cl_scope *scope)
{
	char out[CL_VALUE_BYTES];

	cl_template_expand(template, scope, out);
	require(strlen(out) < CL_VALUE_BYTES);
	/* the template's own text is the site's; what comes from the process has no control characters */
	for (const char *s = out; *s && template && !strpbrk(template, "\n\t\r\x7f"); s++)
		require((unsigned char)*s >= ' ' || strchr(template, *s));
}

static void match(const struct cl_recogniser_list *list, const struct cl_observation *obs)
{
	struct cl_recognisers *r = NULL;
	struct cl_match matches[CL_MATCHES];
	struct cl_process p = {.uid = 1};
	size_t n;

	require(!cl_recognisers_new(&r, list));
	n = cl_recognisers_match(r, obs, &p, matches);
	require(n <= CL_MATCHES);
	for (size_t i = 0; i < n; i++) {
		const struct cl_recogniser *row = matches[i].row;

		require(matches[i].scope.n <= CL_CAPTURES);
		expand(row->workflow, &matches[i].scope);
		expand(row->run_id, &matches[i].scope);
		expand(row->environment, &matches[i].scope);
	}
	cl_recognisers_instead(r, obs->cgroup);
	cl_recognisers_free(&r);
}

/* What was taken of the site is told on as texts: whoever reads them has the same. */
static void read_again(const struct cl_recogniser_list *list)
{
	struct cl_recogniser_list *again = NULL;
	size_t n, rows, others;
	const char *const *taken = cl_recogniser_list_taken(list, &n);

	require(!cl_recogniser_list_bare(&again));
	for (size_t i = 0; i < n; i++)
		require(!cl_recogniser_list_take_text(again, "again", taken[i], NULL));
	cl_recogniser_list_rows(list, &rows);
	cl_recogniser_list_rows(again, &others);
	require(rows == others);
	cl_recogniser_list_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	_cleanup_json_ cJSON *entries = NULL;
	struct cl_recogniser_list *list = NULL;
	struct cl_error err = {0};
	struct cl_var vars[VARS];
	struct cl_observation obs = {.kind = CL_OBS_EXEC};
	char *at = text, *end = text + size;
	const char *json;

	memcpy(text, data, size);
	text[size] = '\0';
	json = next(&at, end);
	obs.cgroup = next(&at, end);
	obs.command = next(&at, end);
	obs.exe = next(&at, end);
	obs.n_vars = take_variables(&at, end, vars);
	obs.vars = vars;
	require(!cl_recogniser_list_bare(&list));
	if (!cl_json_parse("fuzz", json, strlen(json), &entries, NULL) &&
	    cl_recogniser_list_take(list, "fuzz", json, entries, &err))
		require(*err.text);
	else if (entries)
		read_again(list);
	match(list, &obs);
	cl_recogniser_list_free(&list);
	return 0;
}
