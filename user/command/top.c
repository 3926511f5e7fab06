/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage top`: a live screen of runs, credentials, findings and what comes in. */
#define _GNU_SOURCE
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "command/reader.h"
#include "top/layout.h"
#include "top/loop.h"
#include "top/terminal.h"

#define ROWS_MAX 500
#define COLS_MAX 1000

struct options {
	bool once;
	int rows, cols;
};

enum { KEY_ONCE = 1, KEY_SIZE };

static const struct argp_option options[] = {
	{"once", KEY_ONCE, NULL, 0, "One picture as text, without a terminal; with --json what it shows", 0},
	{"size", KEY_SIZE, "COLSxROWS", 0, "--once: of this size (default: the terminal's, or 80x24)", 0},
	{0},
};

static const char doc[] =
	"Shows live, a second old at most: the latest findings, credentials by reuse (workflows, runs, destinations), runs "
	"with the credentials that they hold, events and loss by kind, and whether all is watched. Press ? for the keys; "
	"Enter shows a row's lineage as a tree: origins, holders, destinations. Reads the store and asks the monitor; "
	"without a running monitor it shows the store. Needs 60x15 or more.";
static const char examples[] = "  sudo credlineage top\n"
			       "  sudo credlineage top --state /srv/credlineage --socket /run/other.sock\n"
			       "  ssh -t host sudo credlineage top\n"
			       "  credlineage top --once --size 120x40\n"
			       "  credlineage top --json | jq '.credentials[] | select(.workflows > 1)'\n";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char cols[8] = "";
	const char *x;
	uint64_t c = 0, r = 0;

	switch (key) {
	case KEY_ONCE:
		o->once = true;
		return 0;
	case KEY_SIZE:
		x = strchr(arg, 'x');
		if (x && (size_t)(x - arg) < sizeof(cols))
			memcpy(cols, arg, (size_t)(x - arg));
		if (!x || cl_parse_u64(cols, COLS_MAX, &c) || cl_parse_u64(x + 1, ROWS_MAX, &r) || !c || !r)
			argp_error(state, "--size \"%s\": columns and rows, such as 120x40 (at most %dx%d)", arg,
				   COLS_MAX, ROWS_MAX);
		o->cols = (int)c;
		o->rows = (int)r;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected \"%s\"", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void find_size(struct options *o)
{
	struct winsize size = {0};

	if (o->rows)
		return;
	o->rows = 24;
	o->cols = 80;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col) {
		o->rows = size.ws_row;
		o->cols = size.ws_col;
	}
}

static int put_text(struct options *o, const cJSON *snapshot)
{
	_cleanup_(cl_frame_free) struct cl_frame *f = NULL;
	struct cl_top_view view;
	int r;

	find_size(o);
	cl_top_view_begin(&view);
	r = cl_frame_new(&f, o->rows, o->cols, cl_terminal_ascii());
	r = r ? r : cl_top_draw(snapshot, &view, f);
	for (int row = 0; !r && row < o->rows; row++) {
		_cleanup_text_ struct cl_text line = {0};

		r = cl_frame_line(f, row, &line);
		puts(cl_text_str(&line));
	}
	cl_top_view_end(&view);
	return r;
}

static int put_once(const struct cl_top_options *top, struct options *o, bool json, struct cl_error *err)
{
	_cleanup_json_ cJSON *snapshot = NULL;
	_cleanup_free_ char *text = NULL;
	int r = cl_top_once(top, &snapshot, err);

	if (r || !json)
		return r ? r : put_text(o, snapshot);
	text = cJSON_PrintUnformatted(snapshot);
	if (!text)
		return -ENOMEM;
	puts(text);
	return 0;
}

static int run(int argc, char **argv)
{
	_cleanup_(cl_common_free) struct cl_common common = {0};
	struct options o = {0};
	struct cl_error err = {0};
	struct cl_top_options top;
	char store[320];
	int r;

	cl_command_parse("top", "", doc, examples, options, parse, argc, argv, &o, &common);
	if (cl_common_load(&common))
		return CL_EXIT_FAILED;
	setlocale(LC_CTYPE, "");
	snprintf(store, sizeof(store), "%s/credlineage.db", common.settings.state_dir);
	top = (struct cl_top_options){store, common.settings.socket_path, common.settings.state_dir};
	r = o.once || common.json ? put_once(&top, &o, common.json, &err) : cl_top_run(&top, &err);
	if (!r)
		return cl_reader_flush();
	cl_err("%s", *err.text ? err.text : strerror(-r));
	return r == -ENOTTY ? CL_EXIT_USAGE : CL_EXIT_FAILED;
}

const struct cl_command cl_command_top = {
	.name = "top",
	.summary = "a live screen: findings, credentials by reuse, runs, events and loss",
	.run = run,
};
