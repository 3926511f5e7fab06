/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage task begin|end|list`: an orchestrator tells of work whose processes exist already. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/text.h"
#include "capture/procfs.h"
#include "command/command.h"
#include "command/declare.h"
#include "control/control.h"

struct options {
	const char *verb, *outcome, *cgroup;
	struct cl_declared declared;
	uint64_t pid;
};

enum { KEY_OUTCOME = 1, KEY_PID, KEY_CGROUP };

static const struct argp_option options[] = {
	{"pid", KEY_PID, "PID", 0, "begin: first process of the run, which what it has started joins", 0},
	{"cgroup", KEY_CGROUP, "PATH", 0, "begin: instead, all in this cgroup, as in /proc/PID/cgroup", 0},
	{"outcome", KEY_OUTCOME, "WORD", 0, "end: success (default), failure or cancelled", 0},
	CL_DECLARE_OPTIONS};

static const char doc[] =
	"Registers, ends or lists runs of processes that exist already. What is declared with a run (--workflow and the "
	"following options) belongs to begin; end takes --run-id. Whoever is not root may name processes of "
	"their own and cgroups whose directory is theirs, and end what they have begun. Work that nobody "
	"registers is recognised by what it shows of itself; recognisers of one's own stand under "
	"\"workflows\" in /etc/credlineage/catalog.d/*.json or as workflows.recognisers in the configuration "
	"(their schema: credlineage scan --catalogue-schema).";
static const char examples[] =
	"  credlineage task begin --pid 4242 --workflow nightly-triage\n"
	"  credlineage task begin --pid $$ --workflow release --environment production --ttl 15m\n"
	"  credlineage task end --run-id nightly-triage-5f0c21aa --outcome failure\n"
	"  credlineage task begin --cgroup /system.slice/worker.service --workflow worker --owner payments\n"
	"  credlineage task list --json | jq .workflow\n";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_OUTCOME:
		if (strcmp(arg, "success") && strcmp(arg, "failure") && strcmp(arg, "cancelled"))
			argp_error(state, "--outcome \"%s\": must be success, failure or cancelled", arg);
		o->outcome = arg;
		return 0;
	case KEY_PID:
		if (cl_parse_u64(arg, INT32_MAX, &o->pid) || !o->pid)
			argp_error(state, "--pid \"%s\": not a process id", arg);
		return 0;
	case KEY_CGROUP:
		if (*arg != '/')
			argp_error(state, "--cgroup \"%s\": must begin with / (as in /proc/PID/cgroup)", arg);
		o->cgroup = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->verb)
			argp_error(state, "too many words: \"%s\"", arg);
		o->verb = arg;
		return 0;
	default:
		return cl_declare_parse(&o->declared, key, arg, state);
	}
}

/* When the process began, as it says itself: should the number be another one's when the monitor looks, it is refused. */
static void put_start(uint64_t pid, cJSON *request)
{
	_cleanup_close_ int dir = -1;
	char path[32], text[1024];
	uint64_t ticks;

	snprintf(path, sizeof(path), "/proc/%llu", (unsigned long long)pid);
	dir = open(path, O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 && cl_procfs_read(dir, "stat", text, sizeof(text)) > 0 && !cl_procfs_start_ticks(text, &ticks))
		cl_json_num(request, "start", (double)ticks);
}

static cJSON *make_request(const struct options *o)
{
	cJSON *request = cJSON_CreateObject();
	char op[16];

	snprintf(op, sizeof(op), "task-%s", o->verb);
	cl_json_str(request, "op", op);
	if (o->pid) {
		cl_json_num(request, "pid", (double)o->pid);
		put_start(o->pid, request);
	}
	cl_json_str(request, "cgroup", o->cgroup);
	cl_declare_put(&o->declared, request);
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
	if (!strcmp(o->verb, "begin") && (!o->pid == !o->cgroup || !o->declared.workflow))
		return "begin needs --workflow, and --pid or --cgroup";
	if (!strcmp(o->verb, "end") && !o->declared.run_id)
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
