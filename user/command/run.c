/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `credlineage run -- CMD`: starts CMD as one run of a workflow. The child registers itself, waits for the monitor's
 * answer and becomes CMD, so the run's first process is CMD itself and nothing of CMD happens unregistered. The end is
 * seen by the monitor from the process's exit; this program only passes signals and the exit status on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "command/command.h"
#include "command/declare.h"
#include "control/control.h"

#define EXIT_NOT_FOUND 127
#define EXIT_NOT_EXECUTABLE 126

struct options {
	struct cl_declared declared;
	char **command; /* NULL-terminated */
};

static const struct argp_option options[] = {CL_DECLARE_OPTIONS};

static const char doc[] =
	"Runs CMD as one run of a workflow and exits with its status. Without --workflow it is called by CMD's own name.";
static const char examples[] =
	"  credlineage run --workflow deploy -- ./deploy.sh\n"
	"  credlineage run --workflow triage --environment staging -- claude -p 'triage the new bugs'\n"
	"  credlineage run --workflow backup --run-id 2026-11-25 -- restic backup /srv\n"
	"  credlineage run --workflow release --ttl 15m -- npm publish\n"
	"  credlineage run --spiffe-id spiffe://example.org/ci/build --owner payments -- make\n"
	"  credlineage run --allow-credential cred:82238b96caa09840e54580784a7f5083 --allow-destination github.com:443 -- git push\n";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		o->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no command given (credlineage run --workflow NAME -- CMD ...)");
		return 0;
	default:
		return cl_declare_parse(&o->declared, key, arg, state);
	}
}

static int request_run(const struct options *o, const char *socket_path)
{
	_cleanup_json_ cJSON *request = cJSON_CreateObject(), *reply = NULL;
	const char *slash = strrchr(o->command[0], '/');
	struct cl_declared declared = o->declared;
	struct cl_error err = {0};

	cl_json_str(request, "op", "run");
	if (!declared.workflow)
		declared.workflow = slash ? slash + 1 : o->command[0];
	cl_declare_put(&declared, request);
	if (cl_control_call(socket_path, request, &reply, &err)) {
		cl_err("cannot register the run: %s", err.text);
		return -EIO;
	}
	return setenv("CREDLINEAGE_RUN_ID", cl_json_get_str(reply, "run_id"), 1) ? -errno : 0;
}

/* The child's side; the return value is the exit status when CMD could not be started. */
static int become(const struct options *o, const char *socket_path)
{
	if (request_run(o, socket_path))
		return CL_EXIT_FAILED;
	prctl(PR_SET_DUMPABLE, 1); /* CMD is not ours to protect */
	signal(SIGPIPE, SIG_DFL);
	execvp(o->command[0], o->command);
	cl_err("cannot run \"%s\": %s", o->command[0], strerror(errno));
	return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
}

static pid_t child;

static void pass_on(int number)
{
	kill(child, number);
}

static int wait_for_child(void)
{
	struct sigaction action = {.sa_handler = pass_on, .sa_flags = SA_RESTART};
	int status;

	/* The terminal sends SIGINT and SIGQUIT to the child itself. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return CL_EXIT_FAILED;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(int argc, char **argv)
{
	_cleanup_(cl_common_free) struct cl_common common = {0};
	struct options o = {0};

	cl_command_parse("run", "-- CMD [ARG...]", doc, examples, options, parse, argc, argv, &o, &common);
	if (cl_common_load(&common))
		return CL_EXIT_FAILED;
	child = fork();
	if (child < 0) {
		cl_err("cannot start a process: %s", strerror(errno));
		return CL_EXIT_FAILED;
	}
	if (!child)
		_exit(become(&o, common.settings.socket_path));
	return wait_for_child();
}

const struct cl_command cl_command_run = {"run", "run a command as one run of a workflow", run};
