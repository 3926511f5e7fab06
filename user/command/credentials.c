/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage credentials [list|show FP]`: which credentials were seen, where they lie, who uses them, where to. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "command/reader.h"
#include "lineage/query.h"

/* Of each list in a record; how many there are in all is said beside it. */
#define LISTED_MAX 200

struct options {
	const char *verb, *fingerprint;
	bool json;
};

static const char doc[] = "Lists the credentials that were seen, or shows one: provider, class, age, where it lies, "
			  "the runs that held it and where it was used. Never a value.";
static const char examples[] =
	"  credlineage credentials\n"
	"  credlineage credentials list --json | jq -r 'select(.class == \"static\") | .fingerprint'\n"
	"  credlineage credentials show cred:ab12cd34\n"
	"  credlineage credentials show ab12 --json | jq .destinations\n"
	"  credlineage credentials list --state /srv/credlineage\n";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (o->verb && (strcmp(o->verb, "show") || o->fingerprint))
		argp_error(state, "too many words: \"%s\"", arg);
	*(o->verb ? &o->fingerprint : &o->verb) = arg;
	return 0;
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

static void add_facts(cJSON *o, const struct cl_node *n)
{
	static const char *const members[] = {
		"fingerprint", "key_id", "first_fingerprint", "first_key_id", "provider", "format", "class", "expires"};
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
}

static int fill(struct cl_store_db *db, const struct cl_node *n, cJSON *o)
{
	const struct cl_finding_filter filter = {.credential = n->id};
	struct record rec = {.db = db};
	int r;

	add_facts(o, n);
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
	printf("%5s %5s %5.0f %5.0f %9.0f %5.0f %8.0f\n", cl_reader_age(first, cl_json_get_time(o, "first_seen")),
	       cl_reader_age(last, cl_json_get_time(o, "last_seen")), cl_json_get_num(o, "files_total"),
	       cl_json_get_num(o, "runs_total"), cl_json_get_num(o, "processes"),
	       cl_json_get_num(o, "destinations_total"), cl_json_get_num(o, "findings_total"));
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
	if (*cl_json_get_str(o, "expires"))
		printf("  %-13s %.19sZ\n", "expires", cl_json_get_str(o, "expires"));
	put_list(o, "files", "lies in", "path", "place");
	printf("  %-13s %.0f\n", "processes", cl_json_get_num(o, "processes"));
	put_list(o, "runs", "held in", "workflow", "run_id");
	put_list(o, "destinations", "used toward", "address", "by");
	put_list(o, "findings", "findings", "id", "detector");
}

/* ---- commands ---- */

struct output {
	const struct options *o;
	struct cl_store_db *db;
	bool whole;
};

static int put(void *ctx, const struct cl_node *n)
{
	struct output *out = ctx;
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;
	int r = o ? fill(out->db, n, o) : -ENOMEM;

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
		printf("%-17s %-14s %-24s %-9s %5s %5s %5s %5s %9s %5s %8s\n", "FINGERPRINT", "PROVIDER", "FORMAT",
		       "CLASS", "FIRST", "LAST", "FILES", "RUNS", "PROCESSES", "DESTS", "FINDINGS");
	r = cl_store_nodes(out->db, CL_NODE_CREDENTIAL, put, out);
	if (r < 0)
		cl_err("cannot list credentials: %s", strerror(-r));
	return r < 0 ? CL_EXIT_FAILED : cl_reader_flush();
}

static int show(struct output *out)
{
	_cleanup_free_ char *id = NULL;
	struct cl_error err = {0};
	int r = cl_lineage_credential(out->db, out->o->fingerprint, &id, &err);

	if (!r)
		r = cl_store_node(out->db, id, put, out);
	if (r < 0)
		cl_err("%s", *err.text ? err.text : strerror(-r));
	return r == -EINVAL ? CL_EXIT_USAGE : r < 0 ? CL_EXIT_FAILED : cl_reader_flush();
}

static const char *wrong(const struct options *o)
{
	if (strcmp(o->verb, "list") && strcmp(o->verb, "show"))
		return "say list or show";
	if (!strcmp(o->verb, "show") && !o->fingerprint)
		return "show needs a fingerprint";
	return NULL;
}

static int run(int argc, char **argv)
{
	_cleanup_(cl_common_free) struct cl_common common = {0};
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	struct options o = {0};
	struct output out = {.o = &o};
	int status;

	cl_command_parse("credentials", "[list|show FP]", doc, examples, NULL, parse, argc, argv, &o, &common);
	if (!o.verb)
		o.verb = "list";
	if (wrong(&o)) {
		cl_err("credentials: %s (credlineage credentials --help)", wrong(&o));
		return CL_EXIT_USAGE;
	}
	o.json = cl_common_json(&common);
	status = cl_reader_open(&common, &db);
	if (status)
		return status;
	out.db = db;
	out.whole = !strcmp(o.verb, "show");
	return out.whole ? show(&out) : list(&out);
}

const struct cl_command cl_command_credentials = {
	.name = "credentials",
	.summary = "inventory: provider, class, age, where each lies, runs, destinations",
	.run = run,
};
