/* SPDX-License-Identifier: Apache-2.0 */
/* What every command line shares: the common options, the help's layout and the configuration. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "command/command.h"

#define DEFAULT_CONFIG "/etc/credlineage/config.json"

enum { KEY_CONFIG = 0x1000, KEY_STATE, KEY_SOCKET, KEY_JSON };

static const struct argp_option common_options[] = {
	{"config", KEY_CONFIG, "FILE", 0, "Configuration (default " DEFAULT_CONFIG ")", -1},
	{"state", KEY_STATE, "DIR", 0, "State directory (default /var/lib/credlineage)", -1},
	{"socket", KEY_SOCKET, "PATH", 0, "Control socket (default /run/credlineage/control.sock)", -1},
	{"json", KEY_JSON, NULL, 0, "Machine output: one JSON object per line", -1},
	{"verbose", 'v', NULL, 0, "Say more on stderr", -1},
	{0},
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct cl_common *common = state->input;

	switch (key) {
	case KEY_CONFIG:
		common->config = arg;
		return 0;
	case KEY_STATE:
		common->state = arg;
		return 0;
	case KEY_SOCKET:
		common->socket = arg;
		return 0;
	case KEY_JSON:
		common->json = true;
		return 0;
	case 'v':
		common->verbose = true;
		cl_log_set_level(CL_LOG_DEBUG);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp cl_common_argp = {.options = common_options, .parser = parse_common};

/* argp wants one struct with parser and children; the command brings only its own half. */
struct parse_input {
	argp_parser_t parser;
	void *input;
	struct cl_common *common;
};

static error_t parse_any(int key, char *arg, struct argp_state *state)
{
	struct parse_input *in = state->input;
	void *outer = state->input;
	error_t r;

	if (key == ARGP_KEY_INIT)
		state->child_inputs[0] = in->common;
	if (!in->parser)
		return ARGP_ERR_UNKNOWN;
	state->input = in->input;
	r = in->parser(key, arg, state);
	state->input = outer;
	return r;
}

void cl_command_parse(const char *name, const char *usage, const char *doc, const char *examples,
		      const struct argp_option *options, argp_parser_t parser, int argc, char **argv, void *input,
		      struct cl_common *common)
{
	const struct argp_child children[] = {{&cl_common_argp, 0, "Common options:", 1}, {0}};
	struct parse_input in = {.parser = parser, .input = input, .common = common};
	_cleanup_free_ char *text = NULL, *full = NULL;
	struct argp argp = {.options = options, .parser = parse_any, .args_doc = usage, .children = children};

	if (asprintf(&text, "%s\v%s%s", doc, examples ? "Examples:\n" : "", examples ? examples : "") < 0 ||
	    asprintf(&full, "credlineage %s", name) < 0)
		return;
	argp.doc = text;
	argv[0] = full;
	argp_err_exit_status = CL_EXIT_USAGE;
	/* Options end at the first word for a command that runs another one. */
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &in);
}

const char *cl_common_config(const struct cl_common *common)
{
	return common->config ? common->config : DEFAULT_CONFIG;
}

int cl_common_load(struct cl_common *common)
{
	const char *path = cl_common_config(common);
	struct cl_error err = {0};

	if (cl_config_load(&common->settings, path, !common->config, &err)) {
		cl_err("%s", err.text);
		return CL_EXIT_FAILED;
	}
	if (common->state)
		snprintf(common->settings.state_dir, sizeof(common->settings.state_dir), "%s", common->state);
	if (common->socket) {
		if (strlen(common->socket) >= sizeof(common->settings.socket_path)) {
			cl_err("--socket \"%s\": longer than a unix socket's name may be (107 bytes)", common->socket);
			return CL_EXIT_FAILED;
		}
		snprintf(common->settings.socket_path, sizeof(common->settings.socket_path), "%s", common->socket);
	}
	return 0;
}

void cl_common_free(struct cl_common *common)
{
	cl_config_free(&common->settings);
}

bool cl_common_json(const struct cl_common *common)
{
	return common->json || !isatty(STDOUT_FILENO);
}
