/* SPDX-License-Identifier: Apache-2.0 */
#include "store/review.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "store/store_internal.h"

struct put {
	const char *id;
	const cJSON *review, *entry;
};

/* What is over stays over, whatever is said of it. */
static int reviewed(cJSON *finding, const cJSON *review)
{
	cJSON *copy = cJSON_Duplicate(review, true);

	cJSON_DeleteItemFromObjectCaseSensitive(finding, "review");
	if (!copy || !cJSON_AddItemToObject(finding, "review", copy)) {
		cJSON_Delete(copy);
		return -ENOMEM;
	}
	if (!strcmp(cl_json_get_str(finding, "activity"), "close"))
		return 0;
	cJSON_DeleteItemFromObjectCaseSensitive(finding, "activity");
	cl_json_str(finding, "activity", "update");
	return 0;
}

static int put(struct cl_store_db *db, void *arg, struct cl_error *err)
{
	const struct put *p = arg;
	_cleanup_json_ cJSON *finding = NULL;
	uint64_t seq;
	int r = cl_store_finding(db, p->id, &finding, err);

	r = r ? r : reviewed(finding, p->review);
	r = r ? r : cl_store_put_report(db, finding, &seq, err);
	return r ? r : cl_store_put_entry(db, p->entry, err);
}

int cl_store_review(struct cl_store_db *db, const char *id, const cJSON *review, const cJSON *entry,
		    struct cl_error *err)
{
	struct put p = {.id = id, .review = review, .entry = entry};

	return cl_store_durably(db, put, &p, err);
}

int cl_store_carry_review(struct cl_store_db *db, const cJSON *finding, cJSON **out, struct cl_error *err)
{
	_cleanup_json_ cJSON *review = NULL, *copy = NULL;
	sqlite3_stmt *s = NULL;
	const char *text;
	int step, r = cl_store_lend(db, CL_SQL_REVIEW, &s, err);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, cl_json_get_str(finding, "id"), -1, SQLITE_STATIC);
	step = sqlite3_step(s);
	text = step == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
	review = text ? cJSON_Parse(text) : NULL;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		r = cl_store_fail(db, "read", err);
	cl_store_return(db, CL_SQL_REVIEW, s);
	if (r || !cJSON_IsObject(review))
		return r;
	copy = cJSON_Duplicate(finding, true);
	if (!copy || !cJSON_AddItemToObject(copy, "review", review))
		return -ENOMEM;
	review = NULL;
	*out = TAKE_PTR(copy);
	return 0;
}
