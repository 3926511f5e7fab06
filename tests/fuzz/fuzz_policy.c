/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a statement, which then reads back the same; and any bytes as a request to change one: an error with a
 * text, or a statement that is as strict as one that was read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/policy.h"

#define FP "cred:00112233445566778899aabbccddeeff"
#define NOW 1795000000000000000ull

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_again(const cJSON *statement)
{
	_cleanup_free_ char *first = cJSON_PrintUnformatted(statement), *second = NULL;
	_cleanup_text_ struct cl_text words = {0};
	cJSON *again = NULL;

	if (cl_policy_say_state(statement, NULL, NOW, &words) || cl_policy_parse(first, strlen(first), &again, NULL))
		abort();
	second = cJSON_PrintUnformatted(again);
	if (!second || strcmp(first, second))
		abort();
	cJSON_Delete(again);
}

static void change(const cJSON *before, const cJSON *request)
{
	struct cl_error err = {0};
	cJSON *after = NULL;

	if (!cl_policy_change(before, FP, request, "ann (uid 1000)", NOW, &after, &err))
		same_again(after);
	else if (!*err.text)
		abort();
	cJSON_Delete(after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_json_ cJSON *statement = NULL, *request = cJSON_ParseWithLength((const char *)data, size);
	struct cl_error err = {0};

	if (!cl_policy_parse((const char *)data, size, &statement, &err))
		same_again(statement);
	change(NULL, request);
	change(statement, request);
	return 0;
}
