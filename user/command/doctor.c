/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `credlineage doctor`: can this host be watched, how well, and if not, why. Loads the probes for a moment and makes
 * one real event of each kind: what does not arrive is not covered, whatever the kernel promised.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "capture/capture.h"
#include "catalogue/recogniser.h"
#include "command/command.h"
#include "command/doctor_self.h"
#include "command/health.h"
#include "command/veil.h"
#include "control/control.h"
#include "base/clock.h"
#include "credential/credential.h"
#include "monitor/keys.h"
#include "monitor/site.h"

struct options {
	bool self;
	uint32_t tier;
	bool health;
	uint64_t watch; /* seconds; 0: once */
};

enum { KEY_TIER = 1, KEY_HEALTH, KEY_WATCH, KEY_SELF };

#define WATCH_DEFAULT 10
#define WATCH_MAX 86400

static const struct argp_option options[] = {
	{"tier", KEY_TIER, "NAME", 0, "Try this hook tier only: fentry, kprobe or tracepoint", 0},
	{"health", KEY_HEALTH, NULL, 0, "Ask the running monitor only: is anything amiss now", 0},
	{"watch", KEY_WATCH, NULL, 0, "The same every SECONDS (10), a line each, until interrupted", 0},
	{"self", KEY_SELF, NULL, 0,
	 "Instead: what the running monitor can still do, and why; exit status 1: more than it needs, or less", 0},
	{0},
};

static const char doc[] =
	"Checks kernel, rights, configuration and catalogue, then loads the probes and makes one real event of each kind "
	"to see it arrive. Exit status 0: all is covered; 1: configuration or catalogue are at fault; 3: the kernel or "
	"the rights cannot do it, wholly or in part.\n\n"
	"--health asks the running monitor instead and loads nothing; it needs no more rights than the control socket asks "
	"for. Exit status 0: healthy; 1: degraded, with a line for each reason (an act that no probe sees, events lost in "
	"the last five minutes, a store that cannot be written, an output that cannot send); 3: no monitor answers. So it "
	"serves as a container's health check, and as one of Nagios (OK, WARNING, UNKNOWN).";
static const char examples[] = "  sudo credlineage doctor\n"
			       "  sudo credlineage doctor --json | jq .coverage\n"
			       "  sudo credlineage doctor --config ./new.json\n"
			       "  sudo credlineage doctor --self\n"
			       "  credlineage doctor --health --json | jq -r '.problems[].text'\n"
			       "  credlineage doctor --watch 30\n";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_SELF:
		o->self = true;
		return 0;
	case KEY_TIER:
		for (uint32_t tier = CL_TIER_FENTRY; tier <= CL_TIER_TRACEPOINT; tier++) {
			if (!strcmp(arg, cl_tier_name(tier)))
				o->tier = tier;
		}
		if (!o->tier)
			argp_error(state, "--tier \"%s\": must be fentry, kprobe or tracepoint", arg);
		return 0;
	case KEY_HEALTH:
		o->health = true;
		return 0;
	case KEY_WATCH:
		o->watch = WATCH_DEFAULT;
		return 0;
	case ARGP_KEY_ARG:
		if (o->watch) {
			if (cl_parse_u64(arg, WATCH_MAX, &o->watch) || !o->watch)
				argp_error(state, "--watch \"%s\": must be seconds from 1 to %d", arg, WATCH_MAX);
			return 0;
		}
		argp_error(state, "takes no words: \"%s\"", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void add_kernel(cJSON *report)
{
	cJSON *kernel = cl_json_obj(report, "kernel");
	struct utsname name;

	uname(&name);
	cl_json_str(kernel, "release", name.release);
	cl_json_str(kernel, "machine", name.machine);
	cl_json_bool(kernel, "btf", !access("/sys/kernel/btf/vmlinux", R_OK));
	cl_json_bool(kernel, "tracefs",
		     !access("/sys/kernel/tracing/events", F_OK) || !access("/sys/kernel/debug/tracing/events", F_OK));
	cl_json_bool(kernel, "cgroup2",
		     !access("/sys/fs/cgroup/cgroup.controllers", F_OK) ||
			     !access("/sys/fs/cgroup/unified/cgroup.controllers", F_OK));
	cl_json_bool(report, "root", geteuid() == 0);
}

static int add_catalogue(cJSON *report, struct cl_catalogue **catalogue, const struct cl_config *config,
			 struct cl_error *err)
{
	const struct cl_format *formats;
	const struct cl_store *stores;
	size_t recognisers, own;
	cJSON *o;
	int r = cl_catalogue_open(catalogue, config, err);

	if (r)
		return r;
	o = cl_json_obj(report, "catalogue");
	cl_json_num(o, "formats", (double)cl_catalogue_formats(*catalogue, &formats));
	cl_json_num(o, "stores", (double)cl_catalogue_stores(*catalogue, &stores));
	cl_recogniser_list_rows(cl_catalogue_recognisers(*catalogue), &recognisers);
	cl_recogniser_list_taken(cl_catalogue_recognisers(*catalogue), &own);
	cl_json_num(o, "recognisers", (double)recognisers);
	cl_json_num(o, "recognisers_own", (double)own);
	return 0;
}

/* Where the fingerprint key comes from and whether it is the store's; a first start makes it. */
static int add_fingerprint(cJSON *report, const struct cl_config *config, struct cl_error *err)
{
	_cleanup_(cl_fp_key_free) struct cl_fp_key *key = NULL;
	cJSON *o = cl_json_obj(report, "fingerprint");
	struct cl_fp_options with;
	struct cl_known_keys known;
	const struct cl_fp_info *i;
	char path[CL_KEYS_PATH], text[CL_KEY_ID_TEXT];
	int r;

	cl_keys_options(config, &with, path);
	cl_json_bool(o, "share_passwords", config->fingerprint.share_passwords);
	r = cl_keys_known(config->state_dir, &known, err);
	r = r ? r : cl_fp_key_open(&key, &with, err);
	if (r == -ENOENT && !known.id) {
		cl_json_str(o, "source", "none yet: the monitor's first start makes it");
		return 0;
	}
	r = r ? r : cl_keys_check(key, &known, config->state_dir, err);
	if (!key)
		return r;
	i = cl_fp_key_info(key);
	cl_json_str(o, "key_id", cl_key_id_format(text, i->id));
	cl_json_str(o, "source", i->source);
	cl_json_time(o, "made", i->made);
	if (i->made && i->made < cl_wall_ns())
		cl_json_num(o, "age_seconds", (double)((cl_wall_ns() - i->made) / CL_NS_PER_S));
	if (i->old_id) {
		cl_json_str(o, "old_key_id", cl_key_id_format(text, i->old_id));
		cl_json_str(o, "old_source", i->old_source);
	}
	return r;
}

/* A running monitor has counters of its own; none running is no fault. */
static void add_monitor(cJSON *report, const struct cl_config *config)
{
	_cleanup_json_ cJSON *request = cJSON_CreateObject(), *reply = NULL;

	cl_json_str(request, "op", "status");
	if (cl_control_call(config->socket_path, request, &reply, NULL))
		cl_json_bool(report, "monitor", false);
	else
		cJSON_AddItemToObject(report, "monitor", TAKE_PTR(reply));
}

/* What a monitor --pin left to its successor. */
static void add_pins(cJSON *report, const struct cl_config *config)
{
	const char *dir = *config->pin_dir ? config->pin_dir : CL_PIN_DIR;
	struct cl_pinned_set sets[8];
	int n = cl_pins_list(dir, sets, ARRAY_SIZE(sets), NULL);
	cJSON *pins = cl_json_obj(report, "pins"), *list;

	cl_json_str(pins, "directory", dir);
	list = cl_json_arr(pins, "sets");
	for (int i = 0; i < n; i++) {
		cJSON *set = cl_json_push(list);

		cl_json_str(set, "name", sets[i].name);
		cl_json_num(set, "schema", sets[i].schema);
		cl_json_num(set, "links", sets[i].links);
		cl_json_num(set, "maps", sets[i].maps);
	}
	cl_json_str(pins, "remove", n > 0 ? "credlineage monitor --unpin" : NULL);
}

static void add_limits(cJSON *report, const struct cl_capture *capture)
{
	cJSON *list = cl_json_arr(report, "limits");
	const struct cl_limit *const *limits;
	size_t n;

	limits = cl_capture_limits(capture, &n);
	for (size_t i = 0; i < n; i++) {
		cJSON *limit = cl_json_push(list);

		cl_json_str(limit, "way", limits[i]->way);
		cl_json_str(limit, "act", limits[i]->act < CL_ACT_MAX ? cl_act_name(limits[i]->act) : NULL);
		cl_json_str(limit, "reason", limits[i]->reason);
	}
}

static int add_coverage(cJSON *report, const struct cl_catalogue *catalogue, uint32_t tier, struct cl_error *err)
{
	_cleanup_(cl_name_rules_free) struct cl_name_rules rules = {0};
	_cleanup_(cl_capture_free) struct cl_capture *capture = NULL;
	const struct cl_capture_options o = {.force_tier = tier, .process_ring = 1 << 20, .credential_ring = 1 << 20};
	const struct cl_coverage *coverage;
	cJSON *list;
	int r;

	if (cl_private_mounts(err))
		cl_warn("%s, ignoring", err->text);
	*err = (struct cl_error){0};
	r = cl_catalogue_name_rules(catalogue, &rules);
	r = r ? r : cl_capture_new(&capture, &o, &rules, err);
	if (r)
		return r;
	coverage = cl_capture_coverage(capture);
	list = cl_json_arr(report, "coverage");
	for (unsigned int i = 0; i < CL_ACT_MAX; i++) {
		cJSON *act = cl_json_push(list);

		cl_json_str(act, "act", cl_act_name(i));
		cl_json_str(act, "tier", cl_tier_name(coverage[i].tier));
		cl_json_bool(act, "attached", coverage[i].attached);
		cl_json_bool(act, "seen", coverage[i].seen);
		cl_json_str(act, "detail", *coverage[i].detail ? coverage[i].detail : NULL);
		r = coverage[i].seen ? r : -ENOTSUP;
	}
	add_limits(report, capture);
	return r;
}

static const char *yes(const cJSON *report, const char *path)
{
	return cJSON_IsTrue(cl_json_at(report, path)) ? "yes" : "no";
}

/* How many rules there are; a running monitor says how often it went by them (monitor.rules). */
static int add_policy(cJSON *report, const struct cl_config *config, struct cl_error *err)
{
	_cleanup_(cl_rules_free) struct cl_rules *rules = NULL;
	_cleanup_free_ char *text = NULL;
	int r = cl_site_gather(&text, config, NULL, err);
	cJSON *o;

	r = r ? r : cl_rules_parse(&rules, "policy", text, strlen(text), NULL, err);
	o = r ? NULL : cl_json_obj(report, "policy");
	for (uint32_t s = 0; o && s < CL_RULES_SECTIONS; s++)
		cl_json_num(o, cl_rules_section_name(s), (double)cl_rules_count(rules, s));
	return r;
}

static void print_policy(const cJSON *report)
{
	const cJSON *section;
	const char *before = "";

	printf("policy      ");
	cJSON_ArrayForEach (section, cl_json_at(report, "policy")) {
		const cJSON *used =
			cJSON_GetObjectItemCaseSensitive(cl_json_at(report, "monitor.rules"), section->string);

		if (!section->valuedouble && !cl_json_get_num(used, "used"))
			continue;
		printf("%s%s %.0f", before, section->string, section->valuedouble);
		if (used)
			printf(" (used %.0f times)", cl_json_get_num(used, "used"));
		before = ", ";
	}
	puts(*before ? "" : "no rules");
}

static void print(const cJSON *report, const struct cl_config *config)
{
	_cleanup_free_ char *text = cl_config_print(config);
	const cJSON *act, *limit;

	printf("kernel      %s %s, BTF %s, tracefs %s, cgroup v2 %s\n", cl_json_get_str(report, "kernel.release"),
	       cl_json_get_str(report, "kernel.machine"), yes(report, "kernel.btf"), yes(report, "kernel.tracefs"),
	       yes(report, "kernel.cgroup2"));
	printf("catalogue   %.0f token formats, %.0f credential stores, %.0f workflow recognisers (%.0f entries of the site)\n",
	       cl_json_get_num(report, "catalogue.formats"), cl_json_get_num(report, "catalogue.stores"),
	       cl_json_get_num(report, "catalogue.recognisers"), cl_json_get_num(report, "catalogue.recognisers_own"));
	printf("fingerprint %s%s%s", cl_json_get_str(report, "fingerprint.key_id"),
	       cl_json_at(report, "fingerprint.key_id") ? " from " : "", cl_json_get_str(report, "fingerprint.source"));
	if (cl_json_at(report, "fingerprint.age_seconds"))
		printf(", %.0f days old", cl_json_get_num(report, "fingerprint.age_seconds") / 86400);
	if (cl_json_at(report, "fingerprint.old_key_id"))
		printf(", old key %s still in use", cl_json_get_str(report, "fingerprint.old_key_id"));
	puts("");
	print_policy(report);
	printf("monitor     %s\n", cJSON_IsObject(cl_json_at(report, "monitor")) ? "running" : "not running");
	cJSON_ArrayForEach (act, cl_json_at(report, "pins.sets")) {
		printf("pinned      %s/%s: %.0f links, %.0f maps (remove with: credlineage monitor --unpin)\n",
		       cl_json_get_str(report, "pins.directory"), cl_json_get_str(act, "name"),
		       cl_json_get_num(act, "links"), cl_json_get_num(act, "maps"));
	}
	puts("coverage    act       tier        event seen");
	cJSON_ArrayForEach (act, cl_json_at(report, "coverage")) {
		printf("            %-9s %-11s %-4s %s\n", cl_json_get_str(act, "act"), cl_json_get_str(act, "tier"),
		       cJSON_IsTrue(cl_json_at(act, "seen")) ? "yes" : "NO", cl_json_get_str(act, "detail"));
	}
	puts("not seen    way              why");
	cJSON_ArrayForEach (limit, cl_json_at(report, "limits"))
		printf("            %-16s %s\n", cl_json_get_str(limit, "way"), cl_json_get_str(limit, "reason"));
	printf("configuration in effect:\n%s\n", text ? text : "");
}

static int examine(const struct cl_common *common, const struct options *o)
{
	_cleanup_(cl_catalogue_free) struct cl_catalogue *catalogue = NULL;
	_cleanup_json_ cJSON *report = cJSON_CreateObject();
	_cleanup_free_ char *line = NULL;
	struct cl_error err = {0};
	int status = CL_EXIT_OK, r;

	add_kernel(report);
	if (add_catalogue(report, &catalogue, &common->settings, &err)) {
		cl_err("%s", err.text);
		return CL_EXIT_FAILED;
	}
	if (add_policy(report, &common->settings, &err) || add_fingerprint(report, &common->settings, &err)) {
		cl_err("%s", err.text);
		return CL_EXIT_FAILED;
	}
	add_monitor(report, &common->settings);
	add_pins(report, &common->settings);
	r = geteuid() ? cl_fail(&err, -EPERM, "cannot load probes: not root (run: sudo credlineage doctor)")
		      : add_coverage(report, catalogue, o->tier, &err);
	if (r) {
		cl_json_str(report, "problem", *err.text ? err.text : "not every act is covered: see the details");
		status = CL_EXIT_UNABLE;
	}
	if (cl_common_json(common)) {
		line = cJSON_PrintUnformatted(report);
		puts(line ? line : "{}");
	} else {
		print(report, &common->settings);
	}
	if (r)
		cl_err("%s", cl_json_get_str(report, "problem"));
	return status;
}

static int run(int argc, char **argv)
{
	_cleanup_(cl_common_free) struct cl_common common = {0};
	struct options o = {0};

	cl_veil(&stdout);
	cl_command_parse("doctor", "[SECONDS]", doc, examples, options, parse, argc, argv, &o, &common);
	if (cl_common_load(&common))
		return CL_EXIT_FAILED;
	if (o.watch)
		return cl_health_watch(&common, o.watch);
	if (o.health)
		return cl_health_once(&common);
	return o.self ? cl_doctor_self(&common) : examine(&common, &o);
}

const struct cl_command cl_command_doctor = {"doctor", "what this host allows, with a self-test of every hook", run};
