/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage version`: what somebody who reports a fault should send along. */
#include <bpf/libbpf.h>
#include <cjson/cJSON.h>
#include <hs/hs.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdio.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "command/command.h"
#include "credlineage/event.h"
#include "event/observation.h"
#include "store/store.h"

static const struct {
	const char *name;
	int number;
} schemas[] = {
	{"record", CL_SCHEMA},
	{"recording", CL_OBSERVATION_SCHEMA},
	{"store", CL_STORE_SCHEMA},
};

static int run(int argc, char **argv)
{
	struct cl_common common = {0};
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;
	cJSON *libraries, *numbers;

	cl_command_parse("version", "", "Prints the version, the schema numbers and the libraries in use.", NULL, NULL,
			 NULL, argc, argv, NULL, &common);
	cl_json_str(o, "version", CL_VERSION);
	cl_json_str(o, "revision", CL_REVISION);
	numbers = cl_json_obj(o, "schemas");
	for (size_t i = 0; i < ARRAY_SIZE(schemas); i++)
		cl_json_num(numbers, schemas[i].name, schemas[i].number);
	cl_json_str(numbers, "lineage", "credlineage.lineage/1");
	cl_json_str(numbers, "ocsf", "1.9.0");
	libraries = cl_json_obj(o, "libraries");
	cl_json_str(libraries, "libbpf", libbpf_version_string());
	cl_json_str(libraries, "vectorscan", hs_version());
	cl_json_str(libraries, "openssl", OpenSSL_version(OPENSSL_VERSION_STRING));
	cl_json_str(libraries, "sqlite", sqlite3_libversion());
	cl_json_str(libraries, "cjson", cJSON_Version());
	cl_json_str(libraries, "zlib", zlibVersion());
	if (cl_common_json(&common)) {
		text = cJSON_PrintUnformatted(o);
		puts(text ? text : "{}");
		return CL_EXIT_OK;
	}
	printf("credlineage %s (%s)\n", CL_VERSION, CL_REVISION);
	for (cJSON *i = numbers->child; i; i = i->next) {
		if (cJSON_IsString(i))
			printf("  schema  %-12s %s\n", i->string, i->valuestring);
		else
			printf("  schema  %-12s %d\n", i->string, i->valueint);
	}
	for (cJSON *i = libraries->child; i; i = i->next)
		printf("  library %-12s %s\n", i->string, i->valuestring);
	return CL_EXIT_OK;
}

const struct cl_command cl_command_version = {"version", "version, schema numbers, libraries", run};
