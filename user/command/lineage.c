/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage lineage`: exports who started whom, holding what, talking to whom, around one focus. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "command/lineage_text.h"
#include "command/reader.h"
#include "export/export.h"
#include "query/query.h"

struct options {
	struct cl_lineage_query query;
	const char *format, *output; /* format NULL: not given */
	uint64_t begun, told;	     /* progress, monotonic */
	bool verbose;
	const char *schema; /* of which format; NULL: not asked for */
};

enum {
	KEY_CREDENTIAL = 1,
	KEY_PROCESS,
	KEY_PID,
	KEY_RUN,
	KEY_WORKFLOW,
	KEY_FINDING,
	KEY_DESTINATION,
	KEY_SINCE,
	KEY_UNTIL,
	KEY_DEPTH,
	KEY_BLAST_RADIUS,
	KEY_DIRECTION,
	KEY_AT,
	KEY_FORMAT,
	KEY_SCHEMA,
};

static const struct argp_option options[] = {
	{NULL, 0, NULL, 0, "Focus, exactly one:", 1},
	{"credential", KEY_CREDENTIAL, "FP", 0, "Fingerprint, or a unique beginning of one", 1},
	{"process", KEY_PROCESS, "KEY", 0, "process:BOOT:PID:START as a finding names it, or PID:START", 1},
	{"pid", KEY_PID, "PID", 0, "The process that has the number now, or had it last (or --at)", 1},
	{"run", KEY_RUN, "ID", 0, "One run with everything in it", 1},
	{"workflow", KEY_WORKFLOW, "NAME", 0, "Every run of a workflow", 1},
	{"finding", KEY_FINDING, "ID", 0, "What a finding compared", 1},
	{"destination", KEY_DESTINATION, "HOST:PORT", 0, "Who connected there; also a service: ssh-agent", 1},
	{"at", KEY_AT, "TIME", 0, "With --pid: the process that had the number then", 1},
	{NULL, 0, NULL, 0, "Extent and form:", 2},
	{"since", KEY_SINCE, "TIME", 0, "Only acts since then (RFC 3339, or 15m, 24h, 7d ago)", 2},
	{"until", KEY_UNTIL, "TIME", 0, "Only acts until then", 2},
	{"depth", KEY_DEPTH, "N", 0, "Steps from the focus (default 2); ancestors always come whole", 2},
	{"direction", KEY_DIRECTION, "WORD", 0,
	 "origins: where it came from; consequences: where it went from there; both (default)", 2},
	{"blast-radius", KEY_BLAST_RADIUS, NULL, 0,
	 "Also every run, host, file and destination that the focus' credentials reached, and what else was held there",
	 2},
	{"format", KEY_FORMAT, "NAME", 0, "Of the export: " CL_EXPORT_NAMES " (default json; on a terminal a summary)",
	 2},
	{"output", 'o', "FILE", 0, "Write there instead of stdout", 2},
	{"schema", KEY_SCHEMA, "NAME", OPTION_ARG_OPTIONAL,
	 "Print what describes a format: json (default): its JSON Schema; opengraph: the extension to install in BloodHound",
	 2},
	{0},
};

static const char doc[] =
	"Exports the lineage around one credential, process, run, workflow, finding or destination: who started whom, "
	"holding what, talking to whom, up to the first process. On a terminal it tells in words what a responder needs "
	"first: the blast radius.\n\n"
	"Not everything is gone through: of a node with more than 500 edges of one sort (the children of a shell, the "
	"connections of a proxy) these are counted, and 4000 nodes and 20000 edges are the most. What was left out, what "
	"was not seen and which parents are not known is said in \"gaps\".";
static const char examples[] =
	"  credlineage lineage --credential cred:ab12cd34 --blast-radius --json | jq .blast_radius.destinations\n"
	"  credlineage lineage --finding fnd-00112233aabbccdd --format html -o finding.html\n"
	"  credlineage lineage --workflow ci:github/acme/shop/deploy/release --since 24h -o deploy.json\n"
	"  credlineage lineage --pid 4242 --at 2026-11-25T16:00:00Z --direction origins\n"
	"  credlineage lineage --destination github.com:443 --until 2026-11-25T16:00:00Z --depth 3\n";

static void set_focus(const char **to, const char *arg, const struct options *o, struct argp_state *state)
{
	const struct cl_lineage_query *q = &o->query;

	if (q->credential || q->process || q->pid || q->run || q->workflow || q->finding || q->destination)
		argp_error(state, "more than one focus: name exactly one");
	*to = arg;
}

static error_t parse_focus(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	struct cl_lineage_query *q = &o->query;
	const char *pid = NULL;

	switch (key) {
	case KEY_CREDENTIAL:
		set_focus(&q->credential, arg, o, state);
		return 0;
	case KEY_PROCESS:
		set_focus(&q->process, arg, o, state);
		return 0;
	case KEY_PID:
		set_focus(&pid, arg, o, state);
		if (cl_parse_u64(arg, INT32_MAX, &q->pid) || !q->pid)
			argp_error(state, "--pid \"%s\": not a process id", arg);
		return 0;
	case KEY_RUN:
		set_focus(&q->run, arg, o, state);
		return 0;
	case KEY_WORKFLOW:
		set_focus(&q->workflow, arg, o, state);
		return 0;
	case KEY_FINDING:
		set_focus(&q->finding, arg, o, state);
		return 0;
	case KEY_DESTINATION:
		set_focus(&q->destination, arg, o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void take_direction(struct options *o, const char *arg, struct argp_state *state)
{
	static const char *const words[] = {
		[CL_LINEAGE_BOTH] = "both",
		[CL_LINEAGE_ORIGINS] = "origins",
		[CL_LINEAGE_CONSEQUENCES] = "consequences",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(arg, words[i]))
			continue;
		o->query.direction = (enum cl_lineage_direction)i;
		return;
	}
	argp_error(state, "--direction \"%s\": must be origins, consequences or both", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	uint64_t depth;

	switch (key) {
	case KEY_SINCE:
		o->query.since = cl_reader_time("--since", arg, state);
		return 0;
	case KEY_UNTIL:
		o->query.until = cl_reader_time("--until", arg, state);
		return 0;
	case KEY_DEPTH:
		if (cl_parse_u64(arg, 64, &depth) || !depth)
			argp_error(state, "--depth \"%s\": must be 1 to 64", arg);
		o->query.depth = (unsigned int)depth;
		return 0;
	case KEY_AT:
		o->query.at = cl_reader_time("--at", arg, state);
		return 0;
	case KEY_DIRECTION:
		take_direction(o, arg, state);
		return 0;
	case KEY_BLAST_RADIUS:
		o->query.blast_radius = true;
		return 0;
	case KEY_FORMAT:
		if (!cl_export_find(arg))
			argp_error(state, "--format \"%s\": this version writes %s", arg, cl_export_names());
		o->format = arg;
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case KEY_SCHEMA:
		o->schema = arg ? arg : "json";
		return 0;
	case ARGP_KEY_ARG:
		if (o->schema) { /* --schema NAME as well as --schema=NAME */
			o->schema = arg;
			return 0;
		}
		argp_error(state, "unexpected \"%s\"", arg);
		return 0;
	default:
		return parse_focus(key, arg, state);
	}
}

static int convert(const struct options *o, bool line, const cJSON *lineage, FILE *out)
{
	struct cl_error err = {0};
	int r = line ? cl_export_json_line(lineage, out, &err) : cl_export_find(o->format)->write(lineage, out, &err);

	if (!r || (r == -EPIPE && out == stdout))
		return CL_EXIT_OK;
	cl_err("%s", err.text);
	return CL_EXIT_FAILED;
}

static int write_failed(const char *path)
{
	cl_err("cannot write \"%s\": %s", path, strerror(errno));
	return CL_EXIT_FAILED;
}

/* Whole or not at all: a new file takes the place of the old one when everything is in it. */
static int write_file(const struct options *o, bool line, const cJSON *lineage)
{
	_cleanup_free_ char *temporary = NULL;
	FILE *out;
	int fd, status;

	if (asprintf(&temporary, "%s.XXXXXX", o->output) < 0) {
		temporary = NULL;
		return write_failed(o->output);
	}
	fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600: a lineage is for the people who asked for it */
	if (fd < 0)
		return write_failed(o->output);
	out = fdopen(fd, "w");
	if (!out) {
		close(fd);
		unlink(temporary);
		return write_failed(o->output);
	}
	status = convert(o, line, lineage, out);
	if (fclose(out) && !status)
		status = write_failed(o->output);
	if (!status && rename(temporary, o->output))
		status = write_failed(o->output);
	if (status)
		unlink(temporary);
	return status;
}

/* What is there already and is not a regular file (a device, a pipe) is written to as it is. */
static int put(const struct options *o, bool line, const cJSON *lineage)
{
	_cleanup_fclose_ FILE *out = NULL;
	struct stat st;

	if (!o->output || !strcmp(o->output, "-"))
		return convert(o, line, lineage, stdout);
	if (stat(o->output, &st) || S_ISREG(st.st_mode))
		return write_file(o, line, lineage);
	out = fopen(o->output, "we");
	return out ? convert(o, line, lineage, out) : write_failed(o->output);
}

static bool has_focus(const struct cl_lineage_query *q)
{
	return q->credential || q->process || q->pid || q->run || q->workflow || q->finding || q->destination;
}

static int print_schema(const char *format)
{
	const char *text = cl_export_schema(format);

	if (!text) {
		cl_err("lineage --schema \"%s\": nothing describes that format; json and opengraph have a schema",
		       format);
		return CL_EXIT_USAGE;
	}
	fputs(text, stdout);
	return cl_reader_flush();
}

/* Said only when it takes long, and to who may be waiting. */
static void tell_progress(void *ctx, size_t nodes, size_t edges)
{
	struct options *o = ctx;
	uint64_t now = cl_boot_ns();

	if (now - o->begun < CL_NS_PER_S || now - o->told < CL_NS_PER_S || (!o->verbose && !isatty(STDERR_FILENO)))
		return;
	o->told = now;
	cl_info("lineage: %zu nodes and %zu edges so far", nodes, edges);
}

/* A person at a terminal who asks for nothing else gets words. */
static bool is_for_people(const struct options *o, const struct cl_common *common)
{
	return !o->format && !o->output && !common->json && isatty(STDOUT_FILENO);
}

static int ask(struct options *o, struct cl_store_db *db, cJSON **lineage)
{
	struct cl_error err = {0};
	int r;

	cl_store_scatter(db);
	o->begun = cl_boot_ns();
	o->query.progress = tell_progress;
	o->query.progress_ctx = o;
	r = cl_lineage(db, &o->query, lineage, &err);
	if (r)
		cl_err("%s", *err.text ? err.text : strerror(-r));
	return !r ? CL_EXIT_OK : r == -EINVAL ? CL_EXIT_USAGE : CL_EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	_cleanup_(cl_common_free) struct cl_common common = {0};
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	_cleanup_json_ cJSON *lineage = NULL;
	struct options o = {0};
	bool people;
	int status;

	cl_command_parse("lineage", "", doc, examples, options, parse, argc, argv, &o, &common);
	if (o.schema)
		return print_schema(o.schema);
	if (!has_focus(&o.query)) {
		cl_err("lineage: name a focus: --credential, --process, --pid, --run, --workflow, --finding or "
		       "--destination (credlineage lineage --help)");
		return CL_EXIT_USAGE;
	}
	if (o.query.at && !o.query.pid) {
		cl_err("lineage: --at goes with --pid; --since and --until are for every focus");
		return CL_EXIT_USAGE;
	}
	people = is_for_people(&o, &common);
	o.verbose = common.verbose;
	o.format = o.format ? o.format : "json";
	o.query.blast_radius |= people || !strcmp(o.format, "html"); /* the page has a table of it */
	o.query.written = !people && !strcmp(o.format, "json");
	status = cl_reader_open(&common, &db);
	status = status ? status : ask(&o, db, &lineage);
	if (status)
		return status;
	if (!people)
		return put(&o, common.json && !strcmp(o.format, "json"), lineage);
	cl_lineage_put_text(lineage);
	return cl_reader_flush();
}

const struct cl_command cl_command_lineage = {
	.name = "lineage",
	.summary = "export the lineage of one credential, process, run, workflow, finding or destination",
	.run = run,
};
