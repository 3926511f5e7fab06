/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage findings [list|show ID|follow|ack ID]`: past and live findings out of the store. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "command/finding_filter.h"
#include "command/reader.h"
#include "command/review.h"
#include "base/wrap.h"
#include "format/format.h"
#include "format/review.h"
#include "format/story.h"

#define POLL_MS 200

struct options {
	const char *verb, *id;
	struct cl_finding_choice choice;
	const char *reason;
	bool reopen;
	const struct cl_output_format *format;
	bool native; /* the finding itself, whatever the format */
	bool colour;
};

enum {
	KEY_SINCE = 1,
	KEY_DETECTOR,
	KEY_SEVERITY,
	KEY_CREDENTIAL,
	KEY_PROVIDER,
	KEY_WORKFLOW,
	KEY_STATUS,
	KEY_FORMAT,
	KEY_REASON,
	KEY_REOPEN
};

static const struct argp_option options[] = {
	{"since", KEY_SINCE, "TIME", 0, "Only what was last seen since then (RFC 3339, or 15m, 24h, 7d ago)", 0},
	{"detector", KEY_DETECTOR, "ID", 0, "Only this detector's", 0},
	{"severity", KEY_SEVERITY, "WORD", 0, "Only this severity and above: Low, Medium, High, Critical", 0},
	{"credential", KEY_CREDENTIAL, "FP", 0, "Only this credential's; a beginning will do", 0},
	{"provider", KEY_PROVIDER, "NAME", 0, "Only about credentials of this provider", 0},
	{"workflow", KEY_WORKFLOW, "NAME", 0,
	 "Only where this workflow is one of the sides; its kind (ci:) may be left out", 0},
	{"status", KEY_STATUS, "WORD", 0, "Only what is new, acknowledged or resolved", 0},
	{"format", KEY_FORMAT, "NAME", 0,
	 "human (on a terminal, and of show), ocsf (into a pipe and with --json), native (show --json), or what outputs "
	 "know: ocsf-1.8.0, ecs, cef, leef, line",
	 0},
	{"reason", KEY_REASON, "TEXT", 0, "Of ack: why; a credential in it is hidden", 0},
	{"reopen", KEY_REOPEN, NULL, 0, "Of ack: the finding is new again", 0},
	{0},
};

static const char doc[] =
	"Lists findings (the newest last), tells the story of one, or follows new ones as they are reported. A story says "
	"who had the credential first, how it came to the other side, what policy says, what was not seen, and what to "
	"do.\n\n"
	"ack takes note of a finding: who, when and why stay with it, every output gets an update of it, and so do later "
	"ones; the log (credentials audit) has each ack and each --reopen. Only root and the monitor's user may.\n\n"
	"With --json, and into a pipe, a line is one OCSF 1.9.0 Detection Finding: finding_info.uid is its id, "
	"finding_info.analytic.uid the detector, severity, message, count, time, and unmapped.credlineage all that is kept "
	"(--format native has that alone).";
static const char examples[] = "  credlineage findings\n"
			       "  credlineage findings list --since 24h --severity High --provider GitHub\n"
			       "  credlineage findings show fnd-00112233aabbccdd\n"
			       "  credlineage findings follow --status new --json | jq -r .message\n"
			       "  credlineage findings ack fnd-00112233aabbccdd --reason \"rotated, ticket 1234\"\n";

/* Set by the handler alone: follow ends at its next look. */
static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void parse_format(const char *arg, struct options *o, struct argp_state *state)
{
	o->native = !strcmp(arg, "native");
	o->format = cl_output_format_find(o->native ? "ocsf" : arg);
	if (!o->format)
		argp_error(state, "--format \"%s\": there are %s, and native", arg, cl_output_format_names());
}

static const char *parse_status(const char *arg, struct argp_state *state)
{
	if (strcmp(arg, "new") && strcmp(arg, "acknowledged") && strcmp(arg, "resolved"))
		argp_error(state, "--status \"%s\": must be new, acknowledged or resolved", arg);
	return arg;
}

static bool takes_id(const char *verb)
{
	return !strcmp(verb, "show") || !strcmp(verb, "ack");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_SINCE:
		o->choice.stored.since = cl_reader_time("--since", arg, state);
		return 0;
	case KEY_DETECTOR:
		o->choice.stored.detector = arg;
		return 0;
	case KEY_SEVERITY:
		if (!cl_store_severity(arg))
			argp_error(state, "--severity \"%s\": must be Low, Medium, High or Critical", arg);
		o->choice.stored.severity_at_least = arg;
		return 0;
	case KEY_CREDENTIAL:
		o->choice.stored.credential = arg;
		return 0;
	case KEY_PROVIDER:
		o->choice.provider = arg;
		return 0;
	case KEY_WORKFLOW:
		o->choice.workflow = arg;
		return 0;
	case KEY_STATUS:
		o->choice.status = parse_status(arg, state);
		return 0;
	case KEY_FORMAT:
		parse_format(arg, o, state);
		return 0;
	case KEY_REASON:
		o->reason = arg;
		return 0;
	case KEY_REOPEN:
		o->reopen = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->verb && (!takes_id(o->verb) || o->id))
			argp_error(state, "too many words: \"%s\"", arg);
		*(o->verb ? &o->id : &o->verb) = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- one finding ---- */

static const char *colour_of(const char *severity)
{
	if (!strcmp(severity, "Critical") || !strcmp(severity, "High"))
		return "\033[1;31m";
	return !strcmp(severity, "Medium") ? "\033[33m" : "";
}

static bool is_human(const struct options *o)
{
	return !o->native && o->format == &cl_format_human;
}

static int render(const struct options *o, const cJSON *finding, struct cl_text *out)
{
	if (o->native) {
		_cleanup_free_ char *text = cJSON_PrintUnformatted(finding);

		return text ? cl_text_puts(out, text) : -ENOMEM;
	}
	return o->format->render(finding, cl_wall_ns(), out);
}

/* The human form begins with the severity: that word gets the colour. 1 when stdout takes no more. */
static int put(const struct options *o, const cJSON *finding)
{
	const char *severity = cl_json_get_str(finding, "severity");
	_cleanup_text_ struct cl_text text = {0};
	size_t word = strlen(severity);
	int r = render(o, finding, &text);

	if (r)
		return r;
	if (o->colour && *colour_of(severity) && is_human(o) && cl_starts_with(cl_text_str(&text), severity))
		printf("%s%s\033[0m%s\n", colour_of(severity), severity, cl_text_str(&text) + word);
	else
		printf("%s\n", cl_text_str(&text));
	return fflush(stdout) || ferror(stdout);
}

/* ---- list ---- */

static int add_workflows(struct cl_text *t, const cJSON *finding)
{
	const cJSON *sides = cl_json_at(finding, "sides"), *side;
	const char *last = "";
	int r = 0;

	cJSON_ArrayForEach (side, sides) {
		const char *workflow = cl_json_get_str(side, "run.workflow");

		if (!*workflow || !strcmp(workflow, last))
			continue;
		r = r || !t->len ? r : cl_text_puts(t, ", ");
		r = r ? r : cl_text_puts(t, workflow);
		last = workflow;
	}
	return r;
}

static int put_row(void *ctx, const cJSON *finding)
{
	const char *severity = cl_json_get_str(finding, "severity");
	const struct options *o = ctx;
	_cleanup_text_ struct cl_text workflows = {0};
	char time[24];
	int r;

	if (!cl_finding_concerns(&o->choice, finding))
		return 0;
	if (!is_human(o))
		return put(o, finding);
	r = add_workflows(&workflows, finding);
	if (r)
		return r;
	snprintf(time, sizeof(time), "%.19sZ", cl_json_get_str(finding, "last"));
	cl_reader_cell(time, 20);
	fputs(o->colour ? colour_of(severity) : "", stdout);
	cl_reader_cell(severity, 8);
	fputs(o->colour && *colour_of(severity) ? "\033[0m" : "", stdout);
	cl_reader_cell(cl_json_get_str(finding, "detector"), 21);
	cl_reader_cell(cl_json_get_str(finding, "id"), 20);
	cl_reader_cell(cl_review_status(finding), 12);
	cl_reader_cell(cl_json_get_str(finding, "credential.fingerprint"), 14);
	cl_reader_cell(cl_text_str(&workflows), -100);
	return ferror(stdout) != 0;
}

static int list(const struct options *o, struct cl_store_db *db)
{
	struct cl_error err = {0};
	int r;

	if (is_human(o))
		printf("%-20s %-8s %-21s %-20s %-12s %-14s %s\n", "LAST SEEN", "SEVERITY", "DETECTOR", "ID", "STATUS",
		       "CREDENTIAL", "WORKFLOWS");
	r = cl_store_findings(db, &o->choice.stored, put_row, (void *)(uintptr_t)o, &err);
	if (r < 0) {
		cl_err("%s", *err.text ? err.text : strerror(-r));
		return r == -EINVAL ? CL_EXIT_USAGE : CL_EXIT_FAILED;
	}
	return cl_reader_flush();
}

/* ---- show, follow ---- */

/* A pipe gets the text as it is, one line per sentence or step: whoever reads there breaks lines himself. */
static int put_story(const struct options *o, const cJSON *finding)
{
	const char *severity = cl_json_get_str(finding, "severity"), *colour = o->colour ? colour_of(severity) : "";
	_cleanup_text_ struct cl_text story = {0}, text = {0};
	const char *said;
	int r = cl_story(finding, &story);

	if (!r && isatty(STDOUT_FILENO))
		r = cl_wrap(cl_text_str(&story), cl_wrap_width(STDOUT_FILENO), &text);
	if (r)
		return r;
	said = cl_text_str(text.len ? &text : &story);
	printf("%s%.*s%s%s\n", colour, (int)strlen(severity), said, *colour ? "\033[0m" : "", said + strlen(severity));
	return fflush(stdout) || ferror(stdout);
}

static int show(const struct options *o, struct cl_store_db *db)
{
	_cleanup_json_ cJSON *finding = NULL;
	struct cl_error err = {0};

	if (cl_store_finding(db, o->id, &finding, &err)) {
		cl_err("%s", err.text);
		return CL_EXIT_FAILED;
	}
	if ((is_human(o) ? put_story(o, finding) : put(o, finding)) < 0) {
		cl_err("cannot show finding \"%s\": out of memory", o->id);
		return CL_EXIT_FAILED;
	}
	return cl_reader_flush();
}

/* All reports after *seq. 1 when stdout takes no more. */
static int catch_up(const struct options *o, struct cl_store_db *db, uint64_t *seq, struct cl_error *err)
{
	int r = 0;

	while (!r && !stopped) {
		_cleanup_json_ cJSON *finding = NULL;
		int found = cl_store_next_report(db, *seq, seq, &finding, err);

		if (found <= 0)
			return found;
		if (cl_finding_wanted(&o->choice, finding))
			r = put(o, finding);
	}
	return r;
}

static int follow(const struct options *o, struct cl_store_db *db)
{
	const struct sigaction on_stop = {.sa_handler = stop};
	struct cl_error err = {0};
	uint64_t seq = 0;
	int r = cl_store_last_report(db, &seq, &err);

	sigaction(SIGINT, &on_stop, NULL);
	sigaction(SIGTERM, &on_stop, NULL);
	cl_debug("following reports after %llu", (unsigned long long)seq);
	while (!r && !stopped) {
		r = catch_up(o, db, &seq, &err);
		if (!r && cl_reader_gone(POLL_MS))
			break;
	}
	if (r >= 0)
		return cl_reader_flush();
	cl_err("%s", *err.text ? err.text : strerror(-r));
	return CL_EXIT_FAILED;
}

static const char *wrong(const struct options *o)
{
	bool ack = !strcmp(o->verb, "ack");

	if (!takes_id(o->verb) && strcmp(o->verb, "list") && strcmp(o->verb, "follow"))
		return "say list, show, follow or ack";
	if (takes_id(o->verb) && !o->id)
		return ack ? "ack needs the id of a finding" : "show needs the id of a finding";
	if (!ack && (o->reason || o->reopen))
		return "only ack takes --reason and --reopen";
	return NULL;
}

/* The story of one finding is for people wherever it goes. */
static void choose_format(struct options *o, const struct cl_common *common)
{
	bool show = !strcmp(o->verb, "show"), json = show ? common->json : cl_common_json(common);

	o->native = show && json;
	o->format = json ? &cl_format_ocsf : &cl_format_human;
}

static int run(int argc, char **argv)
{
	_cleanup_(cl_common_free) struct cl_common common = {0};
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	struct options o = {0};
	int status;

	cl_command_parse("findings", "[list|show ID|follow|ack ID]", doc, examples, options, parse, argc, argv, &o,
			 &common);
	if (!o.verb)
		o.verb = "list";
	if (wrong(&o)) {
		cl_err("findings: %s (credlineage findings --help)", wrong(&o));
		return CL_EXIT_USAGE;
	}
	if (!strcmp(o.verb, "ack")) {
		status = cl_common_load(&common) ? CL_EXIT_FAILED : 0;
		return status ? status : cl_review_ask(&common, o.id, o.reason, o.reopen);
	}
	if (!o.format)
		choose_format(&o, &common);
	o.colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	status = cl_reader_open(&common, &db);
	if (status)
		return status;
	if (!strcmp(o.verb, "show"))
		return show(&o, db);
	return !strcmp(o.verb, "follow") ? follow(&o, db) : list(&o, db);
}

const struct cl_command cl_command_findings = {
	.name = "findings",
	.summary = "past and live findings",
	.run = run,
};
