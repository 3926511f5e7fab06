/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts findings into a store as the monitor does: `reports N DIRECTORY`. Every tenth is reported a second time, with a
 * count of 2, after ten others. Prints how many reports there are now.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "mk_finding.h"
#include "store/store.h"

static int report(struct cl_store_db *db, unsigned int number, bool again)
{
	_cleanup_json_ cJSON *f = mk_finding(number, "/srv/plain", 2);
	struct cl_error err = {0};
	uint64_t seq;
	int r;

	if (again) {
		cJSON_ReplaceItemInObjectCaseSensitive(f, "count", cJSON_CreateNumber(2));
		cJSON_ReplaceItemInObjectCaseSensitive(f, "activity", cJSON_CreateString("update"));
	}
	r = f ? cl_store_report(db, f, &seq, &err) : -1;
	if (r)
		fprintf(stderr, "finding %u: %s\n", number, err.text);
	return r;
}

int main(int argc, char **argv)
{
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	unsigned long n = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, told = 0;
	struct cl_error err = {0};
	char path[4096];

	if (!n || n > UINT32_MAX) {
		fputs("reports N DIRECTORY\n", stderr);
		return 2;
	}
	snprintf(path, sizeof(path), "%s/credlineage.db", argv[2]);
	if (cl_store_open(&db, path, CL_STORE_WRITE, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	for (unsigned int i = 0; i < n + 10; i++) {
		bool again = i >= 10 && i % 10 == 0;

		if ((i < n && report(db, i, false)) || (again && report(db, i - 10, true)))
			return 1;
		told += (i < n) + again;
	}
	printf("%lu\n", told);
	return 0;
}
