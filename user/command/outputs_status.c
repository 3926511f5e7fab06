/* SPDX-License-Identifier: Apache-2.0 */
#include "command/outputs_status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "control/control.h"
#include "store/outbox.h"

static int add_stored(void *ctx, const struct cl_outbox *s)
{
	cJSON *o = cl_json_push(ctx);

	cl_json_str(o, "name", s->name);
	cl_json_str(o, "state", "stopped");
	cl_json_num(o, "waiting", (double)s->waiting);
	cl_json_num(o, "sent", (double)s->sent);
	cl_json_num(o, "refused", (double)s->refused);
	cl_json_num(o, "dropped", (double)s->dropped);
	cl_json_num(o, "dead_letters", (double)s->dead);
	cl_json_num(o, "dead_letters_dropped", (double)s->dead_dropped);
	cl_json_time(o, "last_success", s->last_success);
	cl_json_time(o, "error_time", s->error_time);
	cl_json_str(o, "error", *s->error ? s->error : NULL);
	return 0;
}

int cl_outputs_store(struct cl_store_db **db, const struct cl_common *common, enum cl_store_mode mode,
		     struct cl_error *err)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/credlineage.db", common->settings.state_dir);
	return cl_store_open(db, path, mode, err);
}

int cl_outputs_gather(const struct cl_common *common, cJSON **out, bool *is_running, struct cl_error *err)
{
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	_cleanup_json_ cJSON *request = cJSON_CreateObject(), *reply = NULL, *list = NULL;
	int r;

	cl_json_str(request, "op", "status");
	r = cl_control_call(common->settings.socket_path, request, &reply, NULL);
	if (is_running)
		*is_running = !r;
	if (!r) {
		*out = cJSON_DetachItemFromObjectCaseSensitive(reply, "outputs");
		return *out ? 0 : cl_fail(err, -EPROTO, "the monitor says nothing of its outputs: restart it");
	}
	list = cJSON_CreateArray();
	r = cl_outputs_store(&db, common, CL_STORE_READ, err);
	r = r ? r : cl_outbox_list(db, add_stored, list, err);
	if (!r)
		*out = TAKE_PTR(list);
	return r;
}

/* "-": it asked for no events. */
static void count_events(const cJSON *output, char sent[24], char lost[24])
{
	const cJSON *events = cl_json_at(output, "events");

	snprintf(sent, 24, events ? "%.0f" : "-", cl_json_get_num(events, "sent"));
	snprintf(lost, 24, events ? "%.0f" : "-",
		 cl_json_get_num(events, "refused") + cl_json_get_num(events, "dropped"));
}

static void print_row(const cJSON *o)
{
	char name[160], error[600], sent[24], lost[24];

	count_events(o, sent, lost);
	printf("%-36s %-8s %8.0f %8.0f %8.0f %8.0f %6.0f %8s %8s  %-19.19s %s\n",
	       cl_escape(name, sizeof(name), cl_json_get_str(o, "name")), cl_json_get_str(o, "state"),
	       cl_json_get_num(o, "waiting"), cl_json_get_num(o, "sent"), cl_json_get_num(o, "refused"),
	       cl_json_get_num(o, "dropped"), cl_json_get_num(o, "dead_letters"), sent, lost,
	       cl_json_get_str(o, "last_success"), cl_escape(error, sizeof(error), cl_json_get_str(o, "error")));
}

void cl_outputs_line(const cJSON *o)
{
	_cleanup_free_ char *line = cJSON_PrintUnformatted(o);

	puts(line ? line : "{}");
}

int cl_outputs_show(const struct cl_common *common, const char *only)
{
	_cleanup_json_ cJSON *list = NULL;
	bool json = cl_common_json(common);
	struct cl_error err = {0};
	const cJSON *item;

	if (cl_outputs_gather(common, &list, NULL, &err)) {
		cl_err("%s", err.text);
		return CL_EXIT_FAILED;
	}
	if (!json)
		printf("%-36s %-8s %8s %8s %8s %8s %6s %8s %8s  %-19s %s\n", "OUTPUT", "STATE", "WAITING", "SENT",
		       "REFUSED", "DROPPED", "DEAD", "EVENTS", "LOST", "LAST SUCCESS", "LAST ERROR");
	cJSON_ArrayForEach (item, list) {
		if (only && strcmp(only, cl_json_get_str(item, "name")))
			continue;
		if (json)
			cl_outputs_line(item);
		else
			print_row(item);
	}
	return CL_EXIT_OK;
}
