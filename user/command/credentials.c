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
#include "command/policy.h"
#include "lineage/query.h"
#include "lineage/store_policy.h"

/* Of each list in a record; how many there are in all is said beside it. */
#define LISTED_MAX 200

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

/* ---- one credential's record ---- */

struct record {
	struct cl_store_db *db;
	cJSON *files, *destinations, *runs, *findings; /* lists in the record */
	double holders, n_files, n_destinations, n_runs, n_findings;
};

/* A new entry, or NULL when the list is full; counts either way. */
static cJSON *entry(cJSON *list, double *count)
{
	return ++*count <= LISTED_MAX ? cl_json_push(list) : NULL;
}

static int add_label(void *ctx, const struct cl_node *n)
{
	cJSON *o = ctx;

	if (n->kind == CL_NODE_FILE)
		cl_json_str(o, "path",
			    *cl_json_get_str(n->attrs, "path") ? cl_json_get_str(n->attrs, "path") : n->label);
	else
		cl_json_str(o, "address", n->label ? n->label : n->id);
	return 0;
}

static int add_edge(void *ctx, const struct cl_edge *e)
{
	struct record *rec = ctx;
	bool file = e->kind == CL_EDGE_STORED_IN, out = file || e->kind == CL_EDGE_USED_TOWARD;
	cJSON *o;

	if (!out) {
		rec->holders++;
		return 0;
	}
	o = file ? entry(rec->files, &rec->n_files) : entry(rec->destinations, &rec->n_destinations);
	if (!o)
		return 0;
	cl_json_str(o, "id", e->target);
	cl_store_node(rec->db, e->target, add_label, o);
	cl_json_str(o, file ? "place" : "by", e->evidence);
	cl_json_time(o, "first", e->first);
	cl_json_time(o, "last", e->last);
	if (!file)
		cl_json_num(o, "count", (double)e->count);
	return 0;
}

static int add_run(void *ctx, const struct cl_node *run)
{
	static const char *const members[] = {"run_id", "workflow", "run_kind", "environment", "state", "begin", "end"};
	struct record *rec = ctx;
	cJSON *o = entry(rec->runs, &rec->n_runs);

	for (size_t i = 0; o && i < ARRAY_SIZE(members); i++)
		if (*cl_json_get_str(run->attrs, members[i]))
			cl_json_str(o, members[i], cl_json_get_str(run->attrs, members[i]));
	return 0;
}

static int add_finding(void *ctx, const cJSON *finding)
{
	static const char *const members[] = {"id", "detector", "severity", "last"};
	struct record *rec = ctx;
	cJSON *o = entry(rec->findings, &rec->n_findings);

	for (size_t i = 0; o && i < ARRAY_SIZE(members); i++)
		cl_json_str(o, members[i], cl_json_get_str(finding, members[i]));
	return 0;
}

/* What else the graph knows of it, which is what it or its place declared. */
static void add_declared(cJSON *o, const struct cl_node *n)
{
	cJSON *facts = NULL;
	const cJSON *a;

	cJSON_ArrayForEach (a, n->attrs) {
		if (!cJSON_IsString(a) || !cl_credential_attr_is_fact(a->string))
			continue;
		facts = facts ? facts : cl_json_obj(o, "facts");
		cl_json_str(facts, a->string, a->valuestring);
	}
}

static void add_facts(cJSON *o, const struct cl_node *n)
{
	static const char *const members[] = {
		"fingerprint", "key_id",      "first_fingerprint", "first_key_id",  "provider",
		"format",      "class",	      "expires",	   "rotated_to",    "rotated_from",
		"rotated_at",  "replaced_at", "rotated_in",	   "rotation_basis"};
	uint64_t now = cl_wall_ns();

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (*cl_json_get_str(n->attrs, members[i]))
			cl_json_str(o, members[i], cl_json_get_str(n->attrs, members[i]));
	if (cJSON_IsTrue(cl_json_at(n->attrs, "local")))
		cl_json_bool(o, "local", true);
	cl_json_time(o, "first_seen", n->first);
	cl_json_time(o, "last_seen", n->last);
	if (n->first && n->first < now)
		cl_json_num(o, "age_seconds", (double)((now - n->first) / CL_NS_PER_S));
	if (cl_json_get_num(n->attrs, "lifetime_seconds") > 0)
		cl_json_num(o, "lifetime_seconds", cl_json_get_num(n->attrs, "lifetime_seconds"));
	add_declared(o, n);
}

static int fill(struct cl_store_db *db, const cJSON *config, const struct cl_node *n, cJSON *o, struct cl_error *err)
{
	const struct cl_finding_filter filter = {.credential = n->id};
	struct record rec = {.db = db};
	int r;

	add_facts(o, n);
	r = cl_policy_fill(db, config, n, o, err);
	if (r)
		return r;
	rec.files = cl_json_arr(o, "files");
	rec.runs = cl_json_arr(o, "runs");
	rec.destinations = cl_json_arr(o, "destinations");
	rec.findings = cl_json_arr(o, "findings");
	r = cl_store_edges(db, n->id, CL_BOTH, add_edge, &rec);
	if (!r)
		r = cl_store_runs_of(db, n->id, add_run, &rec);
	if (!r)
		r = cl_store_findings(db, &filter, add_finding, &rec, NULL);
	cl_json_num(o, "processes", rec.holders);
	cl_json_num(o, "files_total", rec.n_files);
	cl_json_num(o, "runs_total", rec.n_runs);
	cl_json_num(o, "destinations_total", rec.n_destinations);
	cl_json_num(o, "findings_total", rec.n_findings);
	return r;
}

/* ---- for people ---- */

static void put_row(const cJSON *o)
{
	char first[16], last[16];

	cl_reader_cell(cl_json_get_str(o, "fingerprint"), 17);
	cl_reader_cell(cl_json_get_str(o, "provider"), 14);
	cl_reader_cell(cl_json_get_str(o, "format"), 24);
	cl_reader_cell(cl_json_get_str(o, "class"), 9);
	printf("%5s %5s %5.0f %5.0f %9.0f %5.0f %8.0f ", cl_reader_age(first, cl_json_get_time(o, "first_seen")),
	       cl_reader_age(last, cl_json_get_time(o, "last_seen")), cl_json_get_num(o, "files_total"),
	       cl_json_get_num(o, "runs_total"), cl_json_get_num(o, "processes"),
	       cl_json_get_num(o, "destinations_total"), cl_json_get_num(o, "findings_total"));
	cl_reader_cell(cl_json_get_str(o, "label"), 20);
	cl_reader_cell(cl_json_get_str(o, "state"), -60);
}

/* "  lies in      /root/.netrc (password, line 3)": up to four members of an entry, those in `extra` in brackets. */
static void put_list(const cJSON *o, const char *member, const char *title, const char *what, const char *extra)
{
	const cJSON *list = cl_json_at(o, member), *item;
	char text[512], more[256], path[64];

	cJSON_ArrayForEach (item, list) {
		printf("  %-13s %s", item == list->child ? title : "",
		       cl_escape(text, sizeof(text), cl_json_get_str(item, what)));
		if (*cl_json_get_str(item, extra))
			printf(" (%s)", cl_escape(more, sizeof(more), cl_json_get_str(item, extra)));
		putchar('\n');
	}
	snprintf(path, sizeof(path), "%s_total", member);
	if (cl_json_get_num(o, path) > LISTED_MAX)
		printf("  %-13s ... %.0f in all\n", "", cl_json_get_num(o, path));
}

static void put_time(const cJSON *o, const char *member, const char *title)
{
	char age[16];

	if (*cl_json_get_str(o, member))
		printf("  %-13s %.19sZ (%s ago)\n", title, cl_json_get_str(o, member),
		       cl_reader_age(age, cl_json_get_time(o, member)));
}

/* "  workload run  77" */
static void put_facts(const cJSON *o)
{
	char title[64], text[512];
	const cJSON *a;

	cJSON_ArrayForEach (a, cl_json_at(o, "facts")) {
		snprintf(title, sizeof(title), "%s", a->string);
		for (char *c = title; *c; c++)
			*c = *c == '_' ? ' ' : *c;
		printf("  %-13s %s\n", title, cl_escape(text, sizeof(text), a->valuestring));
	}
}

/* "  replaced by   cred:... at 2026-01-01T00:00:00Z in /root/.netrc (inferred)" */
static void put_succession(const cJSON *o)
{
	static const char *const sides[][3] = {{"rotated_from", "rotated_at", "replaced"},
					       {"rotated_to", "replaced_at", "replaced by"}};
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++)
		if (*cl_json_get_str(o, sides[i][0]))
			printf("  %-13s %s at %.19sZ in %s (inferred)\n", sides[i][2], cl_json_get_str(o, sides[i][0]),
			       cl_json_get_str(o, sides[i][1]),
			       cl_escape(text, sizeof(text), cl_json_get_str(o, "rotated_in")));
}

static void put_end(const cJSON *o)
{
	uint64_t end = cl_json_get_time(o, "expires"), now = cl_wall_ns();
	char age[16];

	if (end && end < now)
		printf("  %-13s %.19sZ (%s ago)\n", "expired", cl_json_get_str(o, "expires"), cl_reader_age(age, end));
	else if (end)
		printf("  %-13s %.19sZ\n", "expires", cl_json_get_str(o, "expires"));
	else if (cl_json_get_num(o, "lifetime_seconds") > 0)
		printf("  %-13s usually %.0f s\n", "lives", cl_json_get_num(o, "lifetime_seconds"));
}

static void put_whole(const cJSON *o)
{
	char provider[128], format[128];

	printf("%s  %s %s, %s\n", cl_json_get_str(o, "fingerprint"),
	       cl_escape(provider, sizeof(provider), cl_json_get_str(o, "provider")),
	       cl_escape(format, sizeof(format), cl_json_get_str(o, "format")), cl_json_get_str(o, "class"));
	if (*cl_json_get_str(o, "first_fingerprint"))
		printf("  %-13s %s, under key %s\n", "known before", cl_json_get_str(o, "first_fingerprint"),
		       cl_json_get_str(o, "first_key_id"));
	if (cJSON_IsTrue(cl_json_at(o, "local")))
		printf("  %-13s a password: its fingerprint compares on this host only\n", "local");
	put_time(o, "first_seen", "first seen");
	put_time(o, "last_seen", "last seen");
	put_end(o);
	put_succession(o);
	put_facts(o);
	put_list(o, "files", "lies in", "path", "place");
	printf("  %-13s %.0f\n", "processes", cl_json_get_num(o, "processes"));
	put_list(o, "runs", "held in", "workflow", "run_id");
	put_list(o, "destinations", "used toward", "address", "by");
	put_list(o, "findings", "findings", "id", "detector");
	cl_policy_put(o);
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
	int r = o ? fill(out->db, out->config, n, o, &out->err) : -ENOMEM;

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
		put_whole(o);
	} else {
		put_row(o);
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
