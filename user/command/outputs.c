/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage outputs status|test|drain`: how findings get where they shall go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/text.h"
#include "command/command.h"
#include "command/dead_letters.h"
#include "command/outputs_status.h"
#include "control/control.h"
#include "delivery/delivery.h"
#include "output/output.h"
#include "store/outbox.h"

#define TIMEOUT_NS (30 * CL_NS_PER_S)
#define TRY_NS (10 * CL_NS_PER_S)
#define LOOK_US 100000

struct options {
	const char *verb, *name, *finding;
	bool dead, retry, discard;
	uint64_t timeout;
};

enum { KEY_DEAD = 1, KEY_RETRY, KEY_DISCARD, KEY_FINDING, KEY_TIMEOUT };

static const struct argp_option options[] = {
	{"dead", KEY_DEAD, NULL, 0, "drain: list the dead letters, which a receiver refused for good", 0},
	{"retry", KEY_RETRY, NULL, 0, "drain --dead: send them once more", 0},
	{"discard", KEY_DISCARD, NULL, 0, "drain --dead: throw them away", 0},
	{"finding", KEY_FINDING, "ID", 0, "drain --dead: that of this finding only", 0},
	{"timeout", KEY_TIMEOUT, "TIME", 0, "drain: how long to wait (default 30s)", 0},
	{0}};

static const char doc[] =
	"Shows how each output is doing, sends a test finding through each of the configuration (or one SPEC), waits until "
	"an output (default: each) has everything. Without a running monitor status tells what the store knows, and drain "
	"sends by itself. test sends to the receiver directly, past filter and outbox; it exits with 1 when one did not "
	"take it, as drain does when something still waits.\n\n"
	"An output whose SPEC says events=credential, with format=ocsf or ocsf-1.8.0, gets every act with a credential, too: a "
	"read, a program that is given one, a connection of its holder, each as an OCSF event (1001, 1007, 4001) with "
	"ai_agent and delegation. Alertmanager takes none. Findings go first and by a way of their own. Events wait in memory, "
	"4 MiB of them for each output, and are sent until the receiver has them; what finds no room, is refused or still waits "
	"when the monitor ends is lost, counted (EVENTS those sent, LOST; with --json in \"events\") and said in the log. The "
	"filters severity=, detector= and workflow= are about findings, findings=none leaves all of them out, rate= counts "
	"findings and events each by itself.";
static const char examples[] = "  credlineage outputs status\n"
			       "  credlineage outputs test\n"
			       "  credlineage outputs test 'syslog+tcp://127.0.0.1:514?format=cef'\n"
			       "  credlineage outputs drain siem --timeout 2m\n"
			       "  credlineage outputs drain --dead --json | jq .reason\n"
			       "  credlineage outputs drain siem --dead --retry\n";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_DEAD:
		o->dead = true;
		return 0;
	case KEY_RETRY:
		o->retry = true;
		return 0;
	case KEY_DISCARD:
		o->discard = true;
		return 0;
	case KEY_FINDING:
		o->finding = arg;
		return 0;
	case KEY_TIMEOUT:
		if (cl_parse_duration(arg, &o->timeout))
			argp_error(state, "--timeout \"%s\": must be a time such as 30s or 5m", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (o->verb && o->name)
			argp_error(state, "too many words: \"%s\"", arg);
		*(o->verb ? &o->name : &o->verb) = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int failed(const struct cl_error *err)
{
	cl_err("%s", err->text);
	return CL_EXIT_FAILED;
}

/* ---- test ---- */

static cJSON *test_finding(void)
{
	cJSON *f = cJSON_CreateObject(), *host;
	char id[48], name[256] = "";

	gethostname(name, sizeof(name) - 1);
	snprintf(id, sizeof(id), "fnd-%016llx", (unsigned long long)cl_wall_ns());
	cl_json_str(f, "schema", "credlineage.finding/1");
	cl_json_str(f, "id", id);
	cl_json_str(f, "detector", "output-test");
	cl_json_str(f, "title", "Test of an output");
	cl_json_str(f, "message", "This is a test (credlineage outputs test): nothing was found");
	cl_json_str(f, "severity", "Informational");
	cl_json_str(f, "activity", "create");
	cl_json_num(f, "count", 1);
	cl_json_time(f, "first", cl_wall_ns());
	cl_json_time(f, "last", cl_wall_ns());
	host = cl_json_obj(f, "host");
	cl_json_str(host, "name", name);
	return f;
}

/* What the receiver answered; a connection may need more than one try. */
static int send_test(const char *spec, struct cl_parcel *parcel, struct cl_error *err)
{
	_cleanup_(cl_output_free) struct cl_output *output = NULL;
	uint64_t until = cl_boot_ns() + TRY_NS, retry;
	int r = cl_output_new(&output, spec, err);

	if (r)
		return r;
	while ((r = cl_output_send(output, parcel, 1, &retry, err)) && cl_boot_ns() < until)
		usleep(LOOK_US);
	if (r)
		return r;
	return parcel->result ? cl_fail(err, parcel->result, "refused: %s", parcel->why.text) : 0;
}

static int test_one(const char *spec, bool json)
{
	_cleanup_json_ cJSON *finding = test_finding(), *said = cJSON_CreateObject();
	struct cl_parcel parcel = {.finding = finding};
	struct cl_error err = {0};
	int r = send_test(spec, &parcel, &err);

	if (json) {
		cl_json_str(said, "output", spec);
		cl_json_bool(said, "taken", !r);
		cl_json_str(said, "finding", cl_json_get_str(finding, "id"));
		cl_json_str(said, "error", r ? err.text : NULL);
		cl_outputs_line(said);
	} else if (r) {
		printf("%s: %s\n", spec, err.text);
	} else {
		printf("%s: took test finding %s\n", spec, cl_json_get_str(finding, "id"));
	}
	return r;
}

static int test(const struct options *o, const struct cl_common *common)
{
	const struct cl_config *c = &common->settings;
	int bad = 0;

	if (!o->name && !c->outputs.n) {
		cl_err("no outputs in \"%s\": name one (credlineage outputs test file:/tmp/x)",
		       cl_common_config(common));
		return CL_EXIT_FAILED;
	}
	if (o->name)
		return test_one(o->name, cl_common_json(common)) ? CL_EXIT_FAILED : CL_EXIT_OK;
	for (size_t i = 0; i < c->outputs.n; i++)
		bad |= test_one(c->outputs.specs[i], cl_common_json(common));
	return bad ? CL_EXIT_FAILED : CL_EXIT_OK;
}

/* ---- drain ---- */

static double waiting(const cJSON *list, const char *name, bool *is_known)
{
	const cJSON *item;
	double n = 0;

	*is_known = !name;
	cJSON_ArrayForEach (item, list) {
		if (name && strcmp(name, cl_json_get_str(item, "name")))
			continue;
		*is_known = true;
		n += cl_json_get_num(item, "waiting");
	}
	return n;
}

static void nothing(void *ctx)
{
	(void)ctx;
}

/* No monitor runs: what the configuration names is sent from here. */
static int send_ourselves(const struct cl_common *common, uint64_t until, struct cl_error *err)
{
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	_cleanup_(cl_delivery_free) struct cl_delivery *d = NULL;
	struct cl_delivery_options how = {.wake = nothing};
	const struct cl_config *c = &common->settings;
	char path[512];
	int r = cl_outputs_store(&db, common, CL_STORE_WRITE, err);

	snprintf(path, sizeof(path), "%s/credlineage.db", c->state_dir);
	how.db = db;
	how.store = path;
	r = r ? r : cl_delivery_new(&d, &how, c->outputs.specs, c->outputs.n, err);
	r = r ? r : cl_delivery_start(d);
	while (!r && cl_boot_ns() < until) {
		r = cl_delivery_settle(d, err);
		if (!r && cl_delivery_is_empty(d))
			break;
		usleep(LOOK_US / 10);
	}
	return r;
}

static int drain(const struct options *o, const struct cl_common *common)
{
	uint64_t until = cl_boot_ns() + (o->timeout ? o->timeout : TIMEOUT_NS);
	bool is_running, is_known = true, sent = false;
	struct cl_error err = {0};
	double left = 1;

	while (left > 0) {
		_cleanup_json_ cJSON *list = NULL;

		if (cl_outputs_gather(common, &list, &is_running, &err))
			return failed(&err);
		if (!is_running && !sent) { /* the store alone does not know what was reported without a monitor */
			if (send_ourselves(common, until, &err))
				return failed(&err);
			sent = true;
			continue;
		}
		left = waiting(list, o->name, &is_known);
		if (!is_known) {
			cl_err("no output \"%s\" (credlineage outputs status lists them)", o->name);
			return CL_EXIT_FAILED;
		}
		if (left <= 0 || cl_boot_ns() >= until)
			break;
		usleep(LOOK_US);
	}
	if (left > 0)
		cl_err("%.0f findings still wait (credlineage outputs status says for what)", left);
	return left > 0 ? CL_EXIT_FAILED : CL_EXIT_OK;
}

/* ---- which ---- */

static const char *wrong(const struct options *o)
{
	if (!o->verb || (strcmp(o->verb, "status") && strcmp(o->verb, "test") && strcmp(o->verb, "drain")))
		return "say status, test or drain";
	if ((o->dead || o->timeout) && strcmp(o->verb, "drain"))
		return "--dead and --timeout belong to drain";
	if ((o->retry || o->discard || o->finding) && !o->dead)
		return "--retry, --discard and --finding belong to drain --dead";
	return o->retry && o->discard ? "say --retry or --discard" : NULL;
}

static int run(int argc, char **argv)
{
	_cleanup_(cl_common_free) struct cl_common common = {0};
	struct options o = {0};

	cl_command_parse("outputs", "status|test|drain [NAME|SPEC]", doc, examples, options, parse, argc, argv, &o,
			 &common);
	if (wrong(&o)) {
		cl_err("outputs: %s (credlineage outputs --help)", wrong(&o));
		return CL_EXIT_USAGE;
	}
	if (cl_common_load(&common))
		return CL_EXIT_FAILED;
	if (!strcmp(o.verb, "status"))
		return cl_outputs_show(&common, o.name);
	if (!strcmp(o.verb, "test"))
		return test(&o, &common);
	if (!o.dead)
		return drain(&o, &common);
	return cl_dead_letters(&common,
			       o.retry	   ? CL_DEAD_RETRY
			       : o.discard ? CL_DEAD_DISCARD
					   : CL_DEAD_LIST,
			       o.name, o.finding);
}

const struct cl_command cl_command_outputs = {"outputs", "how findings reach each output; test and drain them", run};
