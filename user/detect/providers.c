/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/providers.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"

#define FILE_NAME "user/detect/providers.json"

__asm__(".section .rodata\n"
	".global cl_providers_begin\n"
	".global cl_providers_end\n"
	"cl_providers_begin:\n"
	".incbin \"" FILE_NAME "\"\n"
	"cl_providers_end:\n"
	".byte 0\n"
	".previous\n");
extern const char cl_providers_begin[], cl_providers_end[];

/* A domain without a dot would take in half of the world. */
static int check(const cJSON *providers, struct cl_error *err)
{
	const cJSON *list, *domain;

	cJSON_ArrayForEach (list, providers)
		cJSON_ArrayForEach (domain, list)
			if (!cJSON_IsString(domain) || !strchr(domain->valuestring, '.') ||
			    strpbrk(domain->valuestring, "* /:"))
				return cl_fail(err, -EINVAL, "cannot use \"" FILE_NAME "\": \"%s\" has no such domain",
					       list->string);
	return 0;
}

int cl_providers_load(cJSON **out, struct cl_error *err)
{
	_cleanup_json_ cJSON *data = NULL;
	int r = cl_json_parse(FILE_NAME, cl_providers_begin, (size_t)(cl_providers_end - cl_providers_begin), &data,
			      err);

	if (!r && strcmp(cl_json_get_str(data, "schema"), "credlineage.providers/1"))
		r = cl_fail(err, -EINVAL, "cannot use \"" FILE_NAME "\": not of schema credlineage.providers/1");
	r = r ? r : check(cl_json_at(data, "providers"), err);
	if (r)
		return r;
	*out = cJSON_DetachItemFromObjectCaseSensitive(data, "providers");
	return 0;
}

bool cl_providers_has(const cJSON *providers, const char *provider)
{
	return provider && cJSON_GetObjectItemCaseSensitive(providers, provider);
}

bool cl_name_next(const char **at, const char **name, size_t *len)
{
	if (!*at)
		return false;
	*at += strspn(*at, " ");
	*name = *at;
	*len = strcspn(*at, " ");
	*at += *len;
	return *len;
}

bool cl_name_is_below(const char *name, size_t len, const char *domain)
{
	size_t n = strlen(domain);

	return len >= n && !memcmp(name + len - n, domain, n) && (len == n || name[len - n - 1] == '.');
}

bool cl_providers_own(const cJSON *providers, const char *provider, const char *names)
{
	const cJSON *domains = provider ? cJSON_GetObjectItemCaseSensitive(providers, provider) : NULL, *domain;
	const char *name;
	size_t len;

	while (domains && cl_name_next(&names, &name, &len))
		cJSON_ArrayForEach (domain, domains)
			if (cl_name_is_below(name, len, domain->valuestring))
				return true;
	return false;
}
