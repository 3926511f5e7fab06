/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "command/dead_letters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "control/control.h"
#include "store/outbox.h"

static int open_store(struct cl_store_db **db, const struct cl_common *common, enum cl_store_mode mode,
		      struct cl_error *err)
{
	char path[512];
	int r;

	snprintf(path, sizeof(path), "%s/credlineage.db", common->settings.state_dir);
	r = cl_store_open(db, path, mode, err);
	return r == -EBUSY ? cl_fail(err, r,
				     "cannot change dead letters: a monitor has store \"%s\" and does not answer at "
				     "\"%s\": name its socket with --socket",
				     path, common->settings.socket_path)
			   : r;
}

/* ---- listed ---- */

static int print_line(cJSON *o)
{
	_cleanup_free_ char *line = o ? cJSON_PrintUnformatted(o) : NULL;

	return line && puts(line) >= 0 ? 0 : -ENOMEM;
}

struct listing {
	const char *finding; /* NULL: all */
	bool json;
};

static int print_letter(void *ctx, const struct cl_dead_letter *l)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	const struct listing *which = ctx;
	char text[CL_TIME_SIZE], reason[600];

	if (which->finding && strcmp(which->finding, l->finding))
		return 0;
	if (!which->json) {
		printf("%s  %-20s %-36s %s\n", cl_time_format(text, l->time), l->finding, l->output,
		       cl_escape(reason, sizeof(reason), l->reason));
		return 0;
	}
	cl_json_str(o, "output", l->output);
	cl_json_str(o, "finding", l->finding);
	cl_json_time(o, "time", l->time);
	cl_json_str(o, "reason", l->reason);
	return print_line(o);
}

static int list(const struct cl_common *common, const char *output, const char *finding, struct cl_error *err)
{
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	struct listing which = {finding, cl_common_json(common)};
	int r = open_store(&db, common, CL_STORE_READ, err);

	return r ? r : cl_dead_list(db, output, print_letter, &which, err);
}

/* ---- changed ---- */

/* 1: there is no monitor for this store. */
static int ask_monitor(const struct cl_common *common, const char *verb, const char *output, const char *finding,
		       uint64_t *n, struct cl_error *err)
{
	_cleanup_json_ cJSON *request = cJSON_CreateObject(), *reply = NULL;
	_cleanup_free_ char *state = realpath(common->settings.state_dir, NULL);
	int r;

	cl_json_str(request, "op", "dead-letters");
	cl_json_str(request, "verb", verb);
	cl_json_str(request, "output", output);
	cl_json_str(request, "finding", finding);
	cl_json_str(request, "state", state);
	r = request ? cl_control_call(common->settings.socket_path, request, &reply, err) : -ENOMEM;
	if (r == -ENOENT || r == -ECONNREFUSED || r == -EACCES || (!r && *cl_json_get_str(reply, "elsewhere")))
		return 1;
	if (!r)
		*n = (uint64_t)cl_json_get_num(reply, "letters");
	return r;
}

static int change_store(const struct cl_common *common, bool retry, const char *output, const char *finding,
			uint64_t *n, struct cl_error *err)
{
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	int r = open_store(&db, common, CL_STORE_WRITE, err);

	return r ? r : cl_dead_settle(db, output, finding, retry, cl_wall_ns(), n, err);
}

static int tell(const struct cl_common *common, bool retry, uint64_t n, bool monitored)
{
	_cleanup_json_ cJSON *o = NULL;

	if (!cl_common_json(common)) {
		cl_info("%llu dead letters %s", (unsigned long long)n,
			!retry	    ? "thrown away"
			: monitored ? "are sent once more (credlineage outputs status tells)"
				    : "wait to be sent once more: by the next monitor, or credlineage outputs drain");
		return 0;
	}
	o = cJSON_CreateObject();
	cl_json_str(o, "verb", retry ? "retry" : "discard");
	cl_json_num(o, "letters", (double)n);
	cl_json_str(o, "way", monitored ? "monitor" : "store");
	return print_line(o);
}

static int change(const struct cl_common *common, bool retry, const char *output, const char *finding,
		  struct cl_error *err)
{
	uint64_t n = 0;
	bool monitored;
	int r = ask_monitor(common, retry ? "retry" : "discard", output, finding, &n, err);

	monitored = !r;
	r = r > 0 ? change_store(common, retry, output, finding, &n, err) : r;
	return r ? r : tell(common, retry, n, monitored);
}

int cl_dead_letters(const struct cl_common *common, enum cl_dead_verb verb, const char *output, const char *finding)
{
	struct cl_error err = {0};
	int r = verb == CL_DEAD_LIST ? list(common, output, finding, &err)
				     : change(common, verb == CL_DEAD_RETRY, output, finding, &err);

	if (r)
		cl_err("%s", *err.text ? err.text : strerror(-r));
	return r ? CL_EXIT_FAILED : CL_EXIT_OK;
}
