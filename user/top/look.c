/* SPDX-License-Identifier: Apache-2.0 */
#include "top/look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "control/control.h"

void cl_top_look_end(struct cl_top_look *l)
{
	cl_top_model_free(&l->model);
	cl_store_close(&l->db);
}

/* What was remembered is of the store before. */
static int open_store(struct cl_top_look *l, struct cl_error *err)
{
	struct stat st;
	int r;

	cl_top_look_end(l);
	r = cl_top_model_new(&l->model);
	r = r ? r : cl_store_open(&l->db, l->o->store, CL_STORE_READ, err);
	if (!r)
		l->file = stat(l->o->store, &st) ? 0 : st.st_ino;
	return r;
}

int cl_top_look_begin(struct cl_top_look *l, const struct cl_top_options *o, struct cl_error *err)
{
	l->o = o;
	return open_store(l, err);
}

/* A damaged store is moved aside and another one begun: whoever keeps the old file open sees nothing happen any more. */
static void follow_store(struct cl_top_look *l)
{
	struct stat st;

	if (l->db && !stat(l->o->store, &st) && st.st_ino == l->file)
		return;
	l->store_why = (struct cl_error){0};
	if (open_store(l, &l->store_why) && !*l->store_why.text)
		cl_fail(&l->store_why, -EIO, "cannot open store \"%s\"", l->o->store);
}

static bool is_ours(struct cl_top_look *l, const cJSON *status)
{
	_cleanup_free_ char *state = realpath(l->o->state, NULL);
	const char *other = cl_json_get_str(status, "state");

	if (!state || !*other || !strcmp(state, other))
		return true;
	cl_fail(&l->monitor_why, -EXDEV,
		"the monitor at \"%s\" keeps its state in \"%s\", what is shown is of \"%s\" (--state, --socket)",
		l->o->socket, other, state);
	return false;
}

static void ask_monitor(struct cl_top_look *l, cJSON **status)
{
	_cleanup_json_ cJSON *request = cJSON_CreateObject(), *reply = NULL;
	int r;

	l->monitor_why = (struct cl_error){0};
	cl_json_str(request, "op", "status");
	r = cl_control_call(l->o->socket, request, &reply, &l->monitor_why);
	l->monitor_gone = r == -ENOENT || r == -ECONNREFUSED;
	if (r) {
		if (!*l->monitor_why.text)
			cl_fail(&l->monitor_why, -EIO, "cannot reach the monitor at \"%s\"", l->o->socket);
		return;
	}
	if (is_ours(l, reply))
		*status = TAKE_PTR(reply);
}

int cl_top_look(struct cl_top_look *l, cJSON **out, struct cl_error *err)
{
	_cleanup_json_ cJSON *status = NULL;
	struct cl_top_sources from;

	follow_store(l);
	if (!l->model)
		return -ENOMEM;
	ask_monitor(l, &status);
	from = (struct cl_top_sources){
		.db = l->db,
		.store_why = l->store_why.text,
		.status = status,
		.monitor_why = l->monitor_why.text,
		.monitor_gone = l->monitor_gone,
		.now = cl_boot_ns(),
	};
	return cl_top_gather(l->model, &from, out, err);
}
