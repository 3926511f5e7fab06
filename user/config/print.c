/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "config/keys.h"

void cl_config_say_duration(uint64_t ns, char buf[32])
{
	const uint64_t ms = 1000000, s = 1000 * ms, h = 3600 * s;
	uint64_t unit = ns % s ? ms : ns % h ? s : h;

	snprintf(buf, 32, "%llu%s", (unsigned long long)(ns / unit), unit == ms ? "ms" : unit == s ? "s" : "h");
}

static void print_key(cJSON *section, const struct cl_config_key *k, const struct cl_config *c)
{
	const char *at = (const char *)c + k->offset;
	char buf[32];

	if (k->type == CL_CONFIG_STRING) {
		cl_json_str(section, k->name, *at ? at : NULL); /* empty: the default applies */
	} else if (k->type == CL_CONFIG_STRINGS) {
		char *const *list = (char *const *)at;
		cJSON *array = cl_json_arr(section, k->name);

		for (size_t i = 0; i < *(const size_t *)((const char *)c + k->count); i++)
			cJSON_AddItemToArray(array, cl_json_clean_string(list[i]));
	} else if (k->type == CL_CONFIG_POLICY || k->type == CL_CONFIG_LIST || k->type == CL_CONFIG_RULES) {
		const cJSON *whole = *(cJSON *const *)at;
		cJSON *copy = cJSON_Duplicate(
			k->type == CL_CONFIG_RULES ? cJSON_GetObjectItemCaseSensitive(whole, k->name) : whole, true);

		if (copy && !cJSON_AddItemToObject(section, k->name, copy))
			cJSON_Delete(copy);
	} else if (k->type == CL_CONFIG_DURATION) {
		cl_config_say_duration(*(const uint64_t *)at, buf);
		cl_json_str(section, k->name, buf);
	} else if (k->type == CL_CONFIG_MODE) {
		snprintf(buf, sizeof(buf), "%04o", (unsigned int)*(const uint64_t *)at);
		cl_json_str(section, k->name, buf);
	} else if (k->type == CL_CONFIG_BOOL) {
		cl_json_bool(section, k->name, *(const bool *)(const void *)at);
	} else {
		cl_json_num(section, k->name, (double)*(const uint64_t *)at);
	}
}

/* The section as an object of the whole, made when it is not there; "a.b" lies in "a". */
static cJSON *section_in(cJSON *root, const char *section)
{
	cJSON *at = root;
	char name[64];

	while (at && *section) {
		size_t n = strcspn(section, ".");
		cJSON *next;

		snprintf(name, sizeof(name), "%.*s", (int)n, section);
		next = cJSON_GetObjectItemCaseSensitive(at, name);
		at = next ? next : cl_json_obj(at, name);
		section += n + (section[n] == '.');
	}
	return at;
}

char *cl_config_print(const struct cl_config *c)
{
	_cleanup_json_ cJSON *root = cJSON_CreateObject();

	for (size_t i = 0; root && i < cl_config_n_keys; i++)
		print_key(section_in(root, cl_config_keys[i].section), &cl_config_keys[i], c);
	return root ? cJSON_Print(root) : NULL;
}

int cl_config_compare(const struct cl_config *a, const struct cl_config *b,
		      void (*differs)(void *ctx, const char *section, const char *key), void *ctx)
{
	for (size_t i = 0; i < cl_config_n_keys; i++) {
		const struct cl_config_key *k = &cl_config_keys[i];
		_cleanup_json_ cJSON *in_a = cJSON_CreateObject(), *in_b = cJSON_CreateObject();

		if (!in_a || !in_b)
			return -ENOMEM;
		print_key(in_a, k, a);
		print_key(in_b, k, b);
		if (!cJSON_Compare(in_a, in_b, true))
			differs(ctx, k->section, k->name);
	}
	return 0;
}
