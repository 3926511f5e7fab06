/* SPDX-License-Identifier: Apache-2.0 */
#include "top/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "store/recent.h"
#include "top/model_internal.h"

int cl_top_model_new(struct cl_top_model **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

void cl_top_model_free(struct cl_top_model **p)
{
	struct cl_top_model *m = TAKE_PTR(*p);

	if (!m)
		return;
	cl_top_forget(m);
	cJSON_Delete(m->lists);
	cJSON_Delete(m->events);
	free(m);
}

const char *cl_top_severity(uint32_t number)
{
	static const char *const names[] = {[2] = "Low", [3] = "Medium", [4] = "High", [5] = "Critical"};

	return number < ARRAY_SIZE(names) && names[number] ? names[number] : "";
}

static void put_host(struct cl_store_db *db, cJSON *o)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ cJSON *stored = NULL;
	cJSON *host = cl_json_obj(o, "host");

	if (cl_store_get(db, CL_STORE_HOST, &text))
		return;
	stored = cJSON_Parse(text);
	if (*cl_json_get_str(stored, "id"))
		cl_json_str(host, "id", cl_json_get_str(stored, "id"));
	if (*cl_json_get_str(stored, "name"))
		cl_json_str(host, "name", cl_json_get_str(stored, "name"));
}

/* Reads what changed into memory, and makes the lists anew if anything did. */
static int look(struct cl_top_model *m, struct cl_store_db *db, struct cl_error *err)
{
	_cleanup_json_ cJSON *lists = NULL;
	uint64_t changes = 0;
	int r = cl_store_changes(db, &changes);

	if (r || (m->lists && changes == m->changes && !m->pending))
		return r;
	lists = cJSON_CreateObject();
	r = lists ? cl_store_hold(db, err) : -ENOMEM;
	if (r)
		return r;
	r = cl_top_read_findings(m, db, err);
	r = r ? r : cl_top_read_credentials(m, db, cl_boot_ns() + CL_TOP_LOOK_NS, err);
	if (!r)
		put_host(db, lists);
	r = r ? r : cl_top_put_lists(m, db, lists);
	cl_store_release(db);
	if (r)
		return r;
	cJSON_Delete(m->lists);
	m->lists = TAKE_PTR(lists);
	m->changes = changes;
	return 0;
}

int cl_top_gather(struct cl_top_model *m, const struct cl_top_sources *from, cJSON **out, struct cl_error *err)
{
	_cleanup_json_ cJSON *o = NULL;
	struct cl_error why = {0};
	const char *trouble = from->store_why;
	int r = 0;

	if (from->db) {
		r = look(m, from->db, &why);
		trouble = r ? (*why.text ? why.text : strerror(-r)) : NULL;
	}
	if (r == -ENOMEM)
		return r;
	/* What was read before is still worth looking at. */
	o = m->lists ? cJSON_Duplicate(m->lists, true) : cJSON_CreateObject();
	if (!o)
		return -ENOMEM;
	if (!m->lists)
		cl_json_obj(o, "store");
	cl_json_str(o, "schema", CL_TOP_SCHEMA);
	cl_json_time(o, "generated", cl_wall_ns());
	if (trouble)
		cl_json_str(cJSON_GetObjectItemCaseSensitive(o, "store"), "error", trouble);
	r = cl_top_put_monitor(m, from, o);
	if (r)
		return cl_fail(err, r, "cannot make a picture: %s", strerror(-r));
	*out = TAKE_PTR(o);
	return 0;
}
