/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage task begin|end|list`: an orchestrator tells of work whose processes exist already. */
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/text.h"
#include "command/command.h"
#include "control/control.h"

struct options {
	const char *verb, *workflow, *run_id, *environment, *ttl, *spiffe_id, *outcome;
	uint64_t pid;
};

enum { KEY_WORKFLOW = 1, KEY_RUN_ID, KEY_ENVIRONMENT, KEY_TTL, KEY_SPIFFE_ID, KEY_OUTCOME, KEY_PID };

static const struct argp_option options[] = {
	{"pid", KEY_PID, "PID", 0, "begin: first process of the run", 0},
	{"workflow", KEY_WORKFLOW, "NAME", 0, "begin: name of the work", 0},
	{"run-id", KEY_RUN_ID, "ID", 0, "begin: id of this run (default: made); end: which run", 0},
	{"environment", KEY_ENVIRONMENT, "NAME", 0, "begin: dev, staging, production or a label of the site", 0},
	{"ttl", KEY_TTL, "DURATION", 0, "begin: how long the run's credentials may be used", 0},
	{"spiffe-id", KEY_SPIFFE_ID, "URI", 0, "begin: workload identity of the run", 0},
	{"outcome", KEY_OUTCOME, "WORD", 0, "end: success (default), failure or cancelled", 0},
	{0},
};

static const char doc[] = "Registers, ends or lists runs of processes that exist already.";
static const char examples[] =
	"  credlineage task begin --pid 4242 --workflow nightly-triage\n"
	"  credlineage task begin --pid $$ --workflow release --environment production --ttl 15m\n"
	"  credlineage task end --run-id nightly-triage-5f0c21aa --outcome failure\n"
	"  credlineage task list\n"
	"  credlineage task list --json | jq .workflow\n";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_WORKFLOW:
		o->workflow = arg;
		return 0;
	case KEY_RUN_ID:
		o->run_id = arg;
		return 0;
	case KEY_ENVIRONMENT:
		o->environment = arg;
		return 0;
	case KEY_TTL:
		o->ttl = arg;
		return 0;
	case KEY_SPIFFE_ID:
		o->spiffe_id = arg;
		return 0;
	case KEY_OUTCOME:
		if (strcmp(arg, "success") && strcmp(arg, "failure") && strcmp(arg, "cancelled"))
			argp_error(state, "--outcome \"%s\": must be success, failure or cancelled", arg);
		o->outcome = arg;
		return 0;
	case KEY_PID:
		if (cl_parse_u64(arg, INT32_MAX, &o->pid) || !o->pid)
			argp_error(state, "--pid \"%s\": not a process id", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (o->verb)
			argp_error(state, "too many words: \"%s\"", arg);
		o->verb = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static cJSON *make_request(const struct options *o)
{
	cJSON *request = cJSON_CreateObject();
	char op[16];

	snprintf(op, sizeof(op), "task-%s", o->verb);
	cl_json_str(request, "op", op);
	if (o->pid)
		cl_json_num(request, "pid", (double)o->pid);
	cl_json_str(request, "workflow", o->workflow);
	cl_json_str(request, "run_id", o->run_id);
	cl_json_str(request, "environment", o->environment);
	cl_json_str(request, "ttl", o->ttl);
	cl_json_str(request, "spiffe_id", o->spiffe_id);
	cl_json_str(request, "outcome", o->outcome);
	return request;
}

static void print_list(const cJSON *reply, bool json)
{
	const cJSON *item;

	if (!json)
		printf("%-28s %-10s %-20s %-8s %s\n", "RUN", "KIND", "WORKFLOW", "STATE", "PROCESSES");
	cJSON_ArrayForEach (item, cl_json_at(reply, "runs")) {
		_cleanup_free_ char *line = json ? cJSON_PrintUnformatted(item) : NULL;
		char id[128], workflow[128];

		if (json)
			puts(line ? line : "{}");
		else
			printf("%-28s %-10s %-20s %-8s %.0f\n",
			       cl_escape(id, sizeof(id), cl_json_get_str(item, "run_id")),
			       cl_json_get_str(item, "kind"),
			       cl_escape(workflow, sizeof(workflow), cl_json_get_str(item, "workflow")),
			       cl_json_get_str(item, "state"), cl_json_get_num(item, "live"));
	}
}

static const char *wrong(const struct options *o)
{
	if (!o->verb || (strcmp(o->verb, "begin") && strcmp(o->verb, "end") && strcmp(o->verb, "list")))
		return "say begin, end or list";
	if (!strcmp(o->verb, "begin") && (!o->pid || !o->workflow))
		return "begin needs --pid and --workflow";
	if (!strcmp(o->verb, "end") && !o->run_id)
		return "end needs --run-id";
	return NULL;
}

static int run(int argc, char **argv)
{
	_cleanup_(cl_common_free) struct cl_common common = {0};
	_cleanup_json_ cJSON *request = NULL, *reply = NULL;
	struct cl_error err = {0};
	struct options o = {0};

	cl_command_parse("task", "begin|end|list", doc, examples, options, parse, argc, argv, &o, &common);
	if (wrong(&o)) {
		cl_err("task: %s (credlineage task --help)", wrong(&o));
		return CL_EXIT_USAGE;
	}
	if (cl_common_load(&common))
		return CL_EXIT_FAILED;
	request = make_request(&o);
	if (cl_control_call(common.settings.socket_path, request, &reply, &err)) {
		cl_err("%s", err.text);
		return CL_EXIT_FAILED;
	}
	if (!strcmp(o.verb, "list"))
		print_list(reply, cl_common_json(&common));
	else
		puts(cl_json_get_str(reply, "run_id"));
	return CL_EXIT_OK;
}

const struct cl_command cl_command_task = {"task", "register, end or list runs of existing processes", run};
