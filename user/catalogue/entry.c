/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue/entry.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/parse.h"

/* Line of `"key"` behind the entry's id, 0 when it is not found. */
static unsigned int line_of(const struct cl_entry_input *in, const char *key)
{
	const char *at = in->text;
	unsigned int line = 1;
	char quoted[128];

	for (int pass = *in->id ? 0 : 1; pass < 2 && at; pass++) {
		const char *word = pass ? key : in->id;

		if (strlen(word) + 3 > sizeof(quoted))
			return 0;
		snprintf(quoted, sizeof(quoted), "\"%s\"", word);
		at = strstr(at, quoted);
	}
	if (!at)
		return 0;
	for (const char *s = in->text; s < at; s++)
		line += *s == '\n';
	return line;
}

int cl_entry_bad(const struct cl_entry_input *in, const char *key, const char *what)
{
	return cl_fail(in->err, -EINVAL, "cannot read catalogue \"%s\": line %u: \"%s\" of entry \"%s\" %s", in->name,
		       line_of(in, key), key, in->id, what);
}

int cl_entry_keys(const struct cl_entry_input *in, const cJSON *entry, const char *const *keys, size_t n)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, entry) {
		const char *hint;
		char what[128];
		size_t i = 0;

		while (i < n && strcmp(keys[i], item->string))
			i++;
		if (i < n)
			continue;
		hint = cl_nearest(item->string, keys, n);
		snprintf(what, sizeof(what), hint ? "is not a known key, did you mean \"%s\"" : "is not a known key%s",
			 hint ? hint : "");
		return cl_entry_bad(in, item->string, what);
	}
	return 0;
}

int cl_entry_string(const struct cl_entry_input *in, const cJSON *entry, const char *key, bool required,
		    const char **out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(entry, key);

	if (!item)
		return required ? cl_entry_bad(in, key, "is missing") : 0;
	if (!cJSON_IsString(item) || !*item->valuestring)
		return cl_entry_bad(in, key, "is not a text");
	*out = cl_arena_strdup(in->arena, item->valuestring);
	return *out ? 0 : -ENOMEM;
}

int cl_entry_bool(const struct cl_entry_input *in, const cJSON *entry, const char *key, bool *out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(entry, key);

	if (item && !cJSON_IsBool(item))
		return cl_entry_bad(in, key, "is neither true nor false");
	*out = cJSON_IsTrue(item);
	return 0;
}

int cl_entry_list(const struct cl_entry_input *in, const cJSON *entry, const char *key, const char ***out, size_t *n)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(entry, key), *item;
	const char **texts;
	size_t i = 0;

	*n = 0;
	if (!list)
		return 0;
	if (!cJSON_IsArray(list) || !list->child || cJSON_GetArraySize(list) > CL_ENTRY_LIST)
		return cl_entry_bad(in, key, "is not a list of 1 to 128 texts");
	texts = cl_arena_alloc(in->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	cJSON_ArrayForEach (item, list) {
		if (!cJSON_IsString(item) || !*item->valuestring)
			return cl_entry_bad(in, key, "holds something that is not a text");
		texts[i] = cl_arena_strdup(in->arena, item->valuestring);
		if (!texts[i++])
			return -ENOMEM;
	}
	*out = texts;
	*n = i;
	return 0;
}
