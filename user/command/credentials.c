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
#include "command/credential_record.h"
#include "command/policy.h"
#include "lineage/query.h"
#include "lineage/store_policy.h"

struct options {
	const char *verb, *fingerprint, *name;
	cJSON *request; /* what the options say of a change */
	bool json;
};

static const char doc[] =
	"Lists the credentials that were seen, or shows one: provider, class, age, where it lies, the runs that held it "
	"and where it was used; when it ends, who issued it to which workload (as the credential declares), and which "
	"value took its place (inferred). Never a value. FP is a fingerprint or its beginning.\n\n"
	"Policy on one credential: its label and owner, who may share it (allow: findings about reuse between these "
	"workflows and environments, toward these destinations, are not made until the date), that it is revoked (every "
	"use from then on is Critical). A new allowance takes the place of the one before; --undo takes allowance or "
	"revocation back, an empty NAME a label or owner. A running monitor makes the change and acts on it at once; "
	"without one it is written to the store. The configuration can say the same (section policy.credentials): "
	"allowances and revocations of both count, of two labels or owners the configuration's is shown. Every change "
	"and every refusal stays in the log (audit).";
static const char examples[] = "  credlineage credentials\n"
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

enum { KEY_WORKFLOW = 1, KEY_ENVIRONMENT, KEY_DESTINATION, KEY_UNTIL, KEY_REASON, KEY_UNDO };

static const struct argp_option options[] = {
	{"workflow", KEY_WORKFLOW, "NAME", 0, "allow: in this workflow (may be repeated)", 0},
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
		add_name(o, "workflows", arg);
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
	int r = o ? cl_credential_fill(out->db, out->config, n, o, &out->err) : -ENOMEM;

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

static int list(struct output *out)
{
	int r;

	if (!out->o->json)
		printf("%-17s %-14s %-24s %-9s %5s %5s %5s %5s %9s %5s %8s %-20s %s\n", "FINGERPRINT", "PROVIDER",
		       "FORMAT", "CLASS", "FIRST", "LAST", "FILES", "RUNS", "PROCESSES", "DESTS", "FINDINGS", "LABEL",
		       "STATE");
	r = cl_store_nodes(out->db, CL_NODE_CREDENTIAL, put, out);
	r = r ? r : cl_policy_unseen(out->db, out->config, put, out, &out->err);
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

static const char *wrong(const struct options *o)
{
	static const char *const only_allow[] = {"workflows", "environments", "destinations", "until"};
	bool change = is_change(o->verb), allow = !strcmp(o->verb, "allow");

	if (!change && strcmp(o->verb, "list") && strcmp(o->verb, "show") && strcmp(o->verb, "audit"))
		return "say list or show, label, owner, allow, revoke or audit";
	if ((change || !strcmp(o->verb, "show")) && !o->fingerprint)
		return change ? "which one? give a fingerprint" : "show needs a fingerprint";
	if ((!strcmp(o->verb, "label") || !strcmp(o->verb, "owner")) && !o->name)
		return "label and owner need a name (\"\" takes it away)";
	for (size_t i = 0; i < ARRAY_SIZE(only_allow) && !allow; i++)
		if (cl_json_at(o->request, only_allow[i]))
			return "only allow takes --workflow, --environment, --destination and --until";
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
	return out.whole ? show(&out) : list(&out);
}

static int run(int argc, char **argv)
{
	_cleanup_(cl_common_free) struct cl_common common = {0};
	_cleanup_json_ cJSON *request = cJSON_CreateObject();
	struct options o = {.request = request};

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
	return is_change(o.verb) ? change(&o, &common) : read_store(&o, &common);
}

const struct cl_command cl_command_credentials = {
	.name = "credentials",
	.summary = "inventory and policy: provider, age, where each lies, runs, destinations; who may use it",
	.run = run,
};
