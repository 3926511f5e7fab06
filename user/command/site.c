/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage policy`: the site's policy, checked, shown with what it was used for, and tried on a recording. */
#include "command/site.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "command/reader.h"
#include "monitor/site.h"
#include "policy/gather.h"
#include "policy/rules.h"

struct options {
	const char *verb, *words[2];
	size_t n;
};

static const char doc[] =
	"The site's policy: which environment runs and destinations belong to, how long credentials may live, who may read "
	"which store, which workflows may share what, which findings are left out and which severity others have. It is "
	"written in the configuration (section policy, and environments) and in files that it names (policy.files); each "
	"rule gives criteria that must all match:\n\n"
	"  {\"environments\": {\"production\": {\"runs\": [{\"workflow\": \"ci:*/deploy\"}],\n"
	"                                   \"destinations\": [\"10.1.0.0/16\", \"*.prod.example:5432\"]}},\n"
	"   \"time_to_live\": [{\"provider\": \"GitHub\", \"class\": \"static\", \"max\": \"90d\"}],\n"
	"   \"readers\": [{\"store\": \"aws_*\", \"exe\": \"/opt/backup/**\"}],\n"
	"   \"sharing\": [{\"provider\": \"GitHub\", \"workflows\": [\"ci:build\", \"ci:test\"],\n"
	"                \"reason\": \"one key until the split\", \"until\": \"2027-03-31\"}],\n"
	"   \"exclusions\": [{\"detector\": \"unexpected-reader\", \"workflow\": \"unit:backup.service\",\n"
	"                   \"reason\": \"reads everything by design\"}],\n"
	"   \"severities\": [{\"detector\": \"exposed-in-arguments\", \"severity\": \"High\"}]}\n\n"
	"Criteria: workflow, repository, environment, container, user, exe, path, store, credential, provider, format, "
	"kind, class, destination; a text or a list, names with * and ?, paths with *, ? and **. What is not known of an "
	"act matches nothing. Of environments, time_to_live and severities the first rule that matches counts. An "
	"exclusion's criteria are held against the side that came later to the credential. Every use of a rule is counted and shown. The monitor "
	"reads it at start and at SIGHUP; what is wrong changes nothing.\n\n"
	"check: reads it and says what is wrong; POLICY is a policy or a configuration, else the one in use. "
	"show: its rules and how often the monitor used each. test: judges a recording by the rules that are in it and by "
	"POLICY's, and shows which findings appear, vanish or change their severity; exit status 1 when one does.";
static const char examples[] = "  credlineage policy check\n"
			       "  credlineage policy check ./exclusions.json && echo good\n"
			       "  sudo credlineage policy show\n"
			       "  sudo credlineage policy show --json | jq 'select(.used == 0)'\n"
			       "  credlineage policy test ./policy.json yesterday.clrec\n"
			       "  credlineage policy test ./policy.json yesterday.clrec --json | jq .change\n";

static const struct argp_option options[] = {{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (!o->verb)
		o->verb = arg;
	else if (o->n < ARRAY_SIZE(o->words))
		o->words[o->n++] = arg;
	else
		argp_error(state, "too many words: \"%s\"", arg);
	return 0;
}

/* ---- reading ---- */

static int gather_file(const char *path, char **out, struct cl_error *err)
{
	char *files[] = {(char *)(uintptr_t)path};
	const struct cl_gather from = {.files = files, .n_files = 1, .detectors = cl_detector_ids(), .any_owner = true};
	_cleanup_json_ cJSON *document = NULL;
	int r;

	if (access(path, R_OK))
		return cl_fail(err, -errno, "cannot open \"%s\": %s", path, strerror(errno));
	r = cl_gather(&document, &from, err);
	*out = r ? NULL : cJSON_PrintUnformatted(document);
	return r ? r : *out ? 0 : -ENOMEM;
}

/* A configuration has a policy; a policy has none. */
static bool is_configuration(const char *path)
{
	_cleanup_json_ cJSON *document = NULL;

	return !cl_json_load(path, CL_RULES_TEXT, &document, NULL, NULL) && cJSON_HasObjectItem(document, "policy");
}

static int gather_configuration(const char *path, char **out, struct cl_error *err)
{
	struct cl_config config;
	int r = cl_config_load(&config, path, false, err);

	if (r)
		return r;
	r = cl_site_gather(out, &config, NULL, err);
	cl_config_free(&config);
	return r;
}

int cl_site_read(struct cl_common *common, const char *policy, char **out)
{
	struct cl_error err = {0};
	int r;

	if (!policy && cl_common_load(common))
		return CL_EXIT_FAILED;
	r = !policy		       ? cl_site_gather(out, &common->settings, NULL, &err)
	    : is_configuration(policy) ? gather_configuration(policy, out, &err)
				       : gather_file(policy, out, &err);
	if (r)
		cl_err("%s", *err.text ? err.text : strerror(-r));
	return r ? CL_EXIT_FAILED : 0;
}

/* ---- showing ---- */

static void print_rule(const cJSON *o)
{
	_cleanup_free_ char *text = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(o, "rule"));
	const char *name = cl_json_get_str(o, "name"), *last = cl_json_get_str(o, "last");
	char used[24];

	snprintf(used, sizeof(used), "%.0f", cl_json_get_num(o, "used"));
	cl_reader_cell(cl_json_get_str(o, "section"), 13);
	cl_reader_cell(cJSON_HasObjectItem(o, "over") ? "over" : used, 8);
	cl_reader_cell(*last ? last : "-", 20);
	printf("%s%s%s\n", name, *name ? " " : "", text ? text : "");
}

static void print_rules(const struct cl_rules *rules, bool json)
{
	_cleanup_json_ cJSON *list = cl_rules_json(rules, cl_wall_ns());
	const cJSON *o;

	if (!json && cJSON_GetArraySize(list)) {
		cl_reader_cell("SECTION", 13);
		cl_reader_cell("USED", 8);
		cl_reader_cell("LAST", 20);
		puts("RULE");
	}
	cJSON_ArrayForEach (o, list) {
		_cleanup_free_ char *line = json ? cJSON_PrintUnformatted(o) : NULL;

		if (line)
			puts(line);
		else if (!json)
			print_rule(o);
	}
	if (!json && !cJSON_GetArraySize(list))
		puts("no rules: every finding has its detector's own severity, nothing is left out");
}

/* The monitor's, as it told the store; the files' where there is no store. */
static int read_used(struct cl_common *common, char **document, struct cl_rules **rules)
{
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	char path[sizeof(common->settings.state_dir) + 32];
	struct cl_error err = {0};
	bool stored;

	snprintf(path, sizeof(path), "%s/credlineage.db", common->settings.state_dir);
	stored = !access(path, R_OK) && !cl_store_open(&db, path, CL_STORE_READ, &err) &&
		 !cl_store_get(db, CL_STORE_RULES, document) && **document;
	if (!stored)
		return -ENOENT;
	if (cl_rules_parse(rules, path, *document, strlen(*document), NULL, &err)) {
		cl_err("%s", err.text);
		return -EINVAL;
	}
	cl_site_restore(*rules, db);
	return 0;
}

static int show(struct cl_common *common)
{
	_cleanup_(cl_rules_free) struct cl_rules *rules = NULL;
	_cleanup_free_ char *written = NULL, *used = NULL;
	struct cl_error err = {0};
	int r;

	if (cl_site_read(common, NULL, &written))
		return CL_EXIT_FAILED;
	r = read_used(common, &used, &rules);
	if (r && r != -ENOENT)
		return CL_EXIT_FAILED;
	if (r)
		cl_info("no monitor has used a policy in \"%s\" yet: these are the files' rules",
			common->settings.state_dir);
	else if (strcmp(used, written))
		cl_warn("the files say something else than the monitor goes by: it reads them at start and at SIGHUP");
	if (r && cl_rules_parse(&rules, "policy", written, strlen(written), NULL, &err)) {
		cl_err("%s", err.text);
		return CL_EXIT_FAILED;
	}
	print_rules(rules, cl_common_json(common));
	return cl_reader_flush();
}

/* ---- checking ---- */

static int check(struct cl_common *common, const char *policy)
{
	_cleanup_(cl_rules_free) struct cl_rules *rules = NULL;
	_cleanup_json_ cJSON *sum = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL, *line = NULL;
	struct cl_error err = {0};

	if (cl_site_read(common, policy, &text) || !text)
		return CL_EXIT_FAILED;
	if (cl_rules_parse(&rules, "policy", text, strlen(text), NULL, &err)) {
		cl_err("%s", err.text);
		return CL_EXIT_FAILED;
	}
	for (uint32_t s = 0; s < CL_RULES_SECTIONS; s++)
		cl_json_num(sum, cl_rules_section_name(s), (double)cl_rules_count(rules, s));
	line = cJSON_PrintUnformatted(sum);
	if (cl_common_json(common))
		puts(line ? line : "{}");
	for (uint32_t s = 0; s < CL_RULES_SECTIONS && !cl_common_json(common); s++)
		printf("%-13s %zu\n", cl_rules_section_name(s), cl_rules_count(rules, s));
	return cl_reader_flush();
}

static const char *wrong(const struct options *o)
{
	static const struct {
		const char *verb;
		size_t min, max;
		const char *why;
	} verbs[] = {
		{"check", 0, 1, "check takes at most one POLICY"},
		{"show", 0, 0, "show takes no words"},
		{"test", 2, 2, "test takes a POLICY and a RECORDING"},
	};

	for (size_t i = 0; o->verb && i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].verb, o->verb))
			return o->n < verbs[i].min || o->n > verbs[i].max ? verbs[i].why : NULL;
	return "what? check, show or test";
}

static int run(int argc, char **argv)
{
	_cleanup_(cl_common_free) struct cl_common common = {0};
	struct options o = {0};

	cl_command_parse("policy", "check [POLICY]\nshow\ntest POLICY RECORDING", doc, examples, options, parse, argc,
			 argv, &o, &common);
	if (wrong(&o)) {
		cl_err("policy: %s (credlineage policy --help)", wrong(&o));
		return CL_EXIT_USAGE;
	}
	if (!strcmp(o.verb, "check"))
		return check(&common, o.words[0]);
	return strcmp(o.verb, "show") ? cl_site_test(&common, o.words[0], o.words[1]) : show(&common);
}

const struct cl_command cl_command_policy = {
	.name = "policy",
	.summary = "the site's policy: check it, show what it is used for, try it on a recording",
	.run = run,
};
