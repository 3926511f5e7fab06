/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change of policy or a review of a finding. A running monitor owns the store: it is asked, and makes the change take effect at once. Where no
 * monitor runs the command writes the store itself, under the same lock. The outcome says which it was.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "command/policy.h"
#include "control/control.h"
#include "credential/credential.h"
#include "fingerprint/fingerprint.h"
#include "query/ledger.h"
#include "monitor/desk.h"

/* ---- by the monitor ---- */

static void complete(const struct cl_common *common, cJSON *request)
{
	_cleanup_free_ char *state = realpath(common->settings.state_dir, NULL);
	struct cl_who self;
	cJSON *who;

	cl_json_str(request, "op", "policy");
	cl_json_str(request, "state", state);
	cl_who_self(&self);
	who = cl_who_json(&self);
	if (who && !cJSON_AddItemToObject(request, "who", who))
		cJSON_Delete(who);
}

/* 1: there is no monitor for this store. */
static int ask_monitor(const struct cl_common *common, const cJSON *request, cJSON **statement, struct cl_error *err)
{
	_cleanup_json_ cJSON *reply = NULL;
	int r = cl_control_call(common->settings.socket_path, request, &reply, err);

	if (r == -ENOENT || r == -ECONNREFUSED || r == -EACCES)
		return 1;
	if (r)
		return r;
	if (*cl_json_get_str(reply, "elsewhere"))
		return 1;
	*statement = cJSON_DetachItemFromObjectCaseSensitive(reply, "statement");
	return *statement ? 0 : cl_fail(err, -EPROTO, "the monitor's answer makes no sense: is it of this version?");
}

/* ---- by oneself ---- */

static int redact(const struct cl_common *common, cJSON *request, struct cl_error *err)
{
	_cleanup_(cl_catalogue_free) struct cl_catalogue *catalogue = NULL;
	_cleanup_(cl_fp_key_free) struct cl_fp_key *key = NULL;
	_cleanup_(cl_scanner_free) struct cl_scanner *scanner = NULL;
	int r = cl_catalogue_new(&catalogue, common->settings.catalogue_dir, err);

	r = r ? r : cl_fp_key_once(&key, err);
	r = r ? r : cl_scanner_new(&scanner, catalogue, key, err);
	return r ? r : cl_policy_redact(request, cl_desk_redact, scanner);
}

static int open_store(const struct cl_common *common, struct cl_store_db **out, struct cl_error *err)
{
	char path[sizeof(common->settings.state_dir) + 32];
	struct stat st;
	int r;

	snprintf(path, sizeof(path), "%s/credlineage.db", common->settings.state_dir);
	if (stat(path, &st))
		return cl_fail(err, -errno, "cannot change anything: no store at \"%s\": %s%s", path, strerror(errno),
			       errno == EACCES ? " (run as root)"
					       : ", start a monitor once; policy can also be written in "
						 "the configuration (policy.credentials)");
	r = cl_store_open(out, path, CL_STORE_WRITE, err);
	if (r == -EBUSY)
		return cl_fail(err, r,
			       "cannot change anything: a monitor has store \"%s\" and does not answer at \"%s\": name "
			       "its socket with --socket",
			       path, common->settings.socket_path);
	return r;
}

static int change_store(const struct cl_common *common, cJSON *request, cJSON **statement, struct cl_error *err)
{
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	struct cl_who self;
	const struct cl_ledger_ask ask = {.request = request, .who = &self, .way = "store", .wall_ns = cl_wall_ns()};
	int r = redact(common, request, err);

	r = r ? r : open_store(common, &db, err);
	if (r)
		return r;
	cl_who_self(&self);
	return cl_ledger_change(db, &ask, statement, err);
}

/* ---- what came of it ---- */

static int put_json(const cJSON *statement, const char *way)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;
	cJSON *copy = o ? cJSON_Duplicate(statement, true) : NULL;

	cl_json_str(o, "fingerprint", cl_json_get_str(statement, "fingerprint"));
	cl_json_str(o, "way", way);
	if (copy && !cJSON_AddItemToObject(o, "statement", copy))
		cJSON_Delete(copy);
	text = o ? cJSON_PrintUnformatted(o) : NULL;
	if (text)
		puts(text);
	return text ? 0 : -ENOMEM;
}

static int put_words(const cJSON *statement, bool monitored)
{
	static const char *const members[] = {"label", "owner"};
	_cleanup_text_ struct cl_text t = {0};
	char shown[CL_POLICY_NAME * 4];
	int r = cl_policy_say_state(statement, NULL, cl_wall_ns(), &t);

	printf("%s", cl_json_get_str(statement, "fingerprint"));
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (*cl_json_get_str(statement, members[i]))
			printf(", %s \"%s\"", members[i],
			       cl_escape(shown, sizeof(shown), cl_json_get_str(statement, members[i])));
	if (t.len)
		printf(", %s", cl_escape(shown, sizeof(shown), cl_text_str(&t)));
	puts(monitored ? "\n  the monitor has it: in force now"
		       : "\n  written to the store: no monitor runs there, in force when one starts");
	return r;
}

int cl_policy_send(struct cl_common *common, cJSON *request, cJSON **after, bool *monitored, struct cl_error *err)
{
	int r;

	complete(common, request);
	r = ask_monitor(common, request, after, err);
	*monitored = !r;
	return r > 0 ? change_store(common, request, after, err) : r;
}

int cl_policy_ask(struct cl_common *common, cJSON *request)
{
	_cleanup_json_ cJSON *statement = NULL;
	struct cl_error err = {0};
	bool monitored;
	int r = cl_policy_send(common, request, &statement, &monitored, &err);

	if (r) {
		cl_err("%s", *err.text ? err.text : strerror(-r));
		return CL_EXIT_FAILED;
	}
	r = cl_common_json(common) ? put_json(statement, monitored ? "monitor" : "store")
				   : put_words(statement, monitored);
	return r ? CL_EXIT_FAILED : cl_reader_flush();
}
