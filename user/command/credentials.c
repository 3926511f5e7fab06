/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `credlineage credentials`: which credentials were seen, where they lie, who uses them, where to; and what policy says
 * about one (policy.h).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/text.h"
#include "command/credential_filter.h"
#include "command/credential_record.h"
#include "command/policy.h"
#include "query/query.h"
#include "store/statements.h"

struct options {
	const char *verb, *fingerprint, *name;
	cJSON *request; /* what the options say of a change */
	struct cl_credential_filter filter;
	bool json;
};

static const char doc[] =
	"Lists the credentials that were seen, or shows one: provider, class, age, where it lies, the runs that held it "
	"and where it was used; when it ends, who issued it to which workload (as the credential declares), and which "
	"value took its place (inferred). Never a value. FP is a fingerprint or its beginning.\n\n"
	"With --json, and into a pipe, list writes one record per line, whose members keep their names: fingerprint, "
	"provider, format, class, first_seen, last_seen, last_used, age_seconds, label, owner, state, processes, "
	"files_total, runs_total, destinations_total, findings_total, and of files, runs (the newest), destinations and "
	"findings some; show has 200 of each. What is not known is absent. \"Used\" means that a process that held it "
	"connected somewhere.\n\n"
	"Policy on one credential: its label and owner, who may share it (allow: findings about reuse between these "
	"workflows and environments, toward these destinations, are not made until the date), that it is revoked (every "
	"use from then on is Critical). A new allowance takes the place of the one before; --undo takes allowance or "
	"revocation back, an empty NAME a label or owner. A running monitor makes the change and acts on it at once; "
	"without one it is written to the store. The configuration can say the same (section policy.credentials): "
	"allowances and revocations of both count, of two labels or owners the configuration's is shown. Every change "
	"and every refusal stays in the log (audit).";
static const char examples[] =
	"  credlineage credentials list --unused --older-than 90d\n"
	"  credlineage credentials list --workflow ci:github/acme/shop/deploy/release --since 24h\n"
	"  credlineage credentials list --json | jq 'select(.class == \"static\")'\n"
	"  credlineage credentials show ab12 --json | jq .destinations\n"
	"  credlineage credentials label ab12 \"deploy key of shop\"\n"
	"  credlineage credentials allow ab12 --workflow ci:build --workflow ci:test \\\n"
	"      --until 30d --reason \"one key until the split\"\n"
	"  credlineage credentials allow ab12 --environment staging \\\n"
	"      --destination 192.0.2.7:443 --until 2027-03-31 --reason \"load test\"\n"
	"  credlineage credentials revoke ab12 --reason \"leaked in a build log\"\n"
	"  credlineage credentials revoke ab12 --undo --reason \"wrong one\"\n"
	"  credlineage credentials audit --json | jq '[.time, .by.name, .what]'\n";

enum {
	KEY_WORKFLOW = 1,
	KEY_ENVIRONMENT,
	KEY_DESTINATION,
	KEY_UNTIL,
	KEY_REASON,
	KEY_UNDO,
	KEY_SINCE,
	KEY_OLDER,
	KEY_PROVIDER,
	KEY_UNUSED,
};

static const struct argp_option options[] = {
	{"since", KEY_SINCE, "TIME", 0,
	 "list: seen since then (RFC 3339, or 15m, 24h, 7d ago); with --unused: not used since then", 0},
	{"older-than", KEY_OLDER, "TIME", 0, "list: first seen before then (90d: more than 90 days ago)", 0},
	{"provider", KEY_PROVIDER, "NAME", 0, "list: of this provider", 0},
	{"unused", KEY_UNUSED, NULL, 0, "list: no process that held it ever connected anywhere (or --since)", 0},
	{"workflow", KEY_WORKFLOW, "NAME", 0, "list: held in a run of it; allow: in this workflow (may be repeated)",
	 0},
	{"environment", KEY_ENVIRONMENT, "NAME", 0, "allow: in runs of this environment (may be repeated)", 0},
	{"destination", KEY_DESTINATION, "H:P", 0,
	 "allow: toward this address and port, or unix socket (may be repeated)", 0},
	{"until", KEY_UNTIL, "T", 0, "allow: 2027-03-31, 2027-03-31T12:00:00Z, or 15m, 24h, 30d from now", 0},
	{"reason", KEY_REASON, "TEXT", 0, "Why; allow and revoke need one", 0},
	{"undo", KEY_UNDO, NULL, 0, "allow, revoke: take it back", 0},
	{0},
};

static void add_name(struct options *o, const char *list, const char *name)
{
	cJSON *array = cJSON_GetObjectItemCaseSensitive(o->request, list);

	cJSON_AddItemToArray(array ? array : cl_json_arr(o->request, list), cl_json_clean_string(name));
}

static void take_until(struct options *o, const char *arg, struct argp_state *state)
{
	uint64_t ns, from_now;

	if (!cl_parse_duration(arg, &from_now))
		ns = cl_wall_ns() + from_now;
	else if (cl_parse_time(arg, 0, &ns))
		argp_error(state, "--until \"%s\": not a time (2027-03-31T12:00:00Z, 2027-03-31, or 24h, 30d from now)",
			   arg);
	cl_json_time(o->request, "until", ns);
}

static void take_word(struct options *o, char *arg, struct argp_state *state)
{
	bool named = o->verb && (!strcmp(o->verb, "label") || !strcmp(o->verb, "owner"));

	if (!o->verb)
		o->verb = arg;
	else if (strcmp(o->verb, "list") && !o->fingerprint)
		o->fingerprint = arg;
	else if (named && !o->name)
		o->name = arg;
	else
		argp_error(state, "too many words: \"%s\"", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_WORKFLOW:
		o->filter.workflow = arg;
		add_name(o, "workflows", arg);
		return 0;
	case KEY_SINCE:
		o->filter.since = cl_reader_time("--since", arg, state);
		return 0;
	case KEY_OLDER:
		o->filter.older = cl_reader_time("--older-than", arg, state);
		return 0;
	case KEY_PROVIDER:
		o->filter.provider = arg;
		return 0;
	case KEY_UNUSED:
		o->filter.unused = true;
		return 0;
	case KEY_ENVIRONMENT:
		add_name(o, "environments", arg);
		return 0;
	case KEY_DESTINATION:
		add_name(o, "destinations", arg);
		return 0;
	case KEY_UNTIL:
		take_until(o, arg, state);
		return 0;
	case KEY_REASON:
		cl_json_str(o->request, "reason", arg);
		return 0;
	case KEY_UNDO:
		cl_json_bool(o->request, "undo", true);
		return 0;
	case ARGP_KEY_ARG:
		take_word(o, arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* ---- commands ---- */

struct output {
	const struct options *o;
	struct cl_store_db *db;
	const cJSON *config; /* its statements */
	bool whole;
	struct cl_error err;
};

static int put(void *ctx, const struct cl_node *n)
{
	struct output *out = ctx;
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;
	const struct cl_credential_ask ask = {
		.db = out->db,
		.config = out->config,
		.listed = out->whole	 ? CL_CREDENTIAL_LISTED
			  : out->o->json ? CL_CREDENTIAL_SOME
					 : 0,
	};
	int r = o ? cl_credential_fill(&ask, n, o, &out->err) : -ENOMEM;

	if (!r && out->whole)
		r = cl_policy_fill_changes(out->db, n->id, o, &out->err);
	if (r)
		return r;
	if (out->o->json) {
		text = cJSON_PrintUnformatted(o);
		if (!text)
			return -ENOMEM;
		puts(text);
	} else if (out->whole) {
		cl_credential_put_whole(o);
	} else {
		cl_credential_put_row(o);
	}
	return ferror(stdout) != 0;
}

static int put_wanted(void *ctx, const struct cl_node *n)
{
	struct output *out = ctx;
	int wanted = cl_credential_filter_wants(&out->o->filter, out->db, n);

	return wanted > 0 ? put(ctx, n) : wanted;
}

static int list(struct output *out)
{
	int r;

	if (!out->o->json)
		cl_credential_put_head();
	r = cl_store_hold(out->db, &out->err);
	r = r ? r : cl_store_nodes(out->db, CL_NODE_CREDENTIAL, put_wanted, out);
	if (!r && cl_credential_filter_is_empty(&out->o->filter))
		r = cl_policy_unseen(out->db, out->config, put, out, &out->err);
	cl_store_release(out->db);
	if (r < 0)
		cl_err("cannot list credentials: %s", *out->err.text ? out->err.text : strerror(-r));
	return r < 0 ? CL_EXIT_FAILED : cl_reader_flush();
}

/* Policy may speak of one that nobody has seen. */
static int show_unseen(struct output *out, const char *id)
{
	const struct cl_node n = {.id = id, .kind = CL_NODE_CREDENTIAL};
	const cJSON *item;
	bool known = false;
	cJSON *told = NULL;
	int r = cl_store_policy(out->db, CL_POLICY_STORE, id, &told, &out->err);

	cJSON_ArrayForEach (item, out->config)
		known |= !strcmp(cl_json_get_str(item, "fingerprint"), id);
	known |= told != NULL;
	cJSON_Delete(told);
	if (r || known)
		return r ? r : put(out, &n);
	return cl_fail(&out->err, -ENOENT, "no credential \"%s\" in the store", id);
}

static int show(struct output *out)
{
	char id[CL_STORE_CREDENTIAL_ID];
	int r = cl_store_policy_resolve(out->db, out->o->fingerprint, id, &out->err);

	r = r ? r : cl_store_node(out->db, id, put, out);
	if (r == -ENOENT && !*out->err.text)
		r = show_unseen(out, id);
	if (r < 0)
		cl_err("%s", *out->err.text ? out->err.text : strerror(-r));
	return r == -EINVAL ? CL_EXIT_USAGE : r < 0 ? CL_EXIT_FAILED : cl_reader_flush();
}

static bool is_change(const char *verb)
{
	return !strcmp(verb, "label") || !strcmp(verb, "owner") || !strcmp(verb, "allow") || !strcmp(verb, "revoke");
}

static bool is_plain(const struct cl_credential_filter *f)
{
	return !f->since && !f->older && !f->provider && !f->unused;
}

static const char *wrong(const struct options *o)
{
	static const char *const only_allow[] = {"workflows", "environments", "destinations", "until"};
	bool change = is_change(o->verb), allow = !strcmp(o->verb, "allow"), list = !strcmp(o->verb, "list");

	if (!change && !list && strcmp(o->verb, "show") && strcmp(o->verb, "audit"))
		return "say list or show, label, owner, allow, revoke or audit";
	if ((change || !strcmp(o->verb, "show")) && !o->fingerprint)
		return change ? "which one? give a fingerprint" : "show needs a fingerprint";
	if ((!strcmp(o->verb, "label") || !strcmp(o->verb, "owner")) && !o->name)
		return "label and owner need a name (\"\" takes it away)";
	for (size_t i = list; i < ARRAY_SIZE(only_allow) && !allow; i++)
		if (cl_json_at(o->request, only_allow[i]))
			return "only allow takes --workflow (and list), --environment, --destination and --until";
	if (!list && !is_plain(&o->filter))
		return "only list takes --since, --older-than, --provider and --unused";
	if (cl_json_at(o->request, "undo") && !allow && strcmp(o->verb, "revoke"))
		return "only allow and revoke take --undo";
	return cl_json_at(o->request, "reason") && !change ? "only a change takes --reason" : NULL;
}

static int change(struct options *o, struct cl_common *common)
{
	if (cl_common_load(common))
		return CL_EXIT_FAILED;
	cl_json_str(o->request, "verb", o->verb);
	cl_json_str(o->request, "fingerprint", o->fingerprint);
	cl_json_str(o->request, "name", o->name);
	return cl_policy_ask(common, o->request);
}

/* A name that means nothing is the asker's mistake. */
static int prepare(struct options *o, struct output *out)
{
	int r = cl_credential_filter_prepare(&o->filter, out->db, &out->err);

	if (r)
		cl_err("%s", *out->err.text ? out->err.text : strerror(-r));
	return r ? CL_EXIT_FAILED : CL_EXIT_OK;
}

static int read_store(struct options *o, struct cl_common *common)
{
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	struct output out = {.o = o, .whole = !strcmp(o->verb, "show")};
	int status;

	o->json = cl_common_json(common);
	status = cl_reader_open(common, &db);
	if (status)
		return status;
	out.db = db;
	out.config = common->settings.policy.credentials;
	if (!strcmp(o->verb, "audit"))
		return cl_policy_audit(common, db, o->fingerprint);
	if (out.whole)
		return show(&out);
	status = prepare(o, &out);
	return status ? status : list(&out);
}

static int run(int argc, char **argv)
{
	_cleanup_(cl_common_free) struct cl_common common = {0};
	_cleanup_json_ cJSON *request = cJSON_CreateObject();
	struct options o = {.request = request};
	int status;

	cl_command_parse(
		"credentials",
		"[list]\nshow FP\nlabel FP NAME\nowner FP NAME\nallow FP --reason TEXT\nrevoke FP --reason TEXT\n"
		"audit [FP]",
		doc, examples, options, parse, argc, argv, &o, &common);
	if (!o.verb)
		o.verb = "list";
	if (wrong(&o)) {
		cl_err("credentials: %s (credlineage credentials --help)", wrong(&o));
		return CL_EXIT_USAGE;
	}
	status = is_change(o.verb) ? change(&o, &common) : read_store(&o, &common);
	cl_credential_filter_free(&o.filter);
	return status;
}

const struct cl_command cl_command_credentials = {
	.name = "credentials",
	.summary = "inventory and policy: provider, age, where each lies, runs, destinations; who may use it",
	.run = run,
};
