/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage monitor`: watches this host in the foreground. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/parse.h"
#include "capture/capture.h"
#include "command/command.h"
#include "confine/rights.h"
#include "monitor/live.h"

#define EVENTS_SPEC_SIZE 4096

struct options {
	const char *record, *outputs[CL_CONFIG_OUTPUTS + 1]; /* one for --events */
	size_t n_outputs;
	bool quiet, unpin, loose;
	const char *events; /* NULL: none */
	char events_spec[EVENTS_SPEC_SIZE];
	const char *pin;
	uint32_t tier;
	uint64_t learn;
	const char *learn_out; /* NULL: in the state directory */
};

enum {
	KEY_RECORD = 1,
	KEY_EVENTS,
	KEY_OUTPUT,
	KEY_TIER,
	KEY_QUIET,
	KEY_PIN,
	KEY_UNPIN,
	KEY_LEARN,
	KEY_LEARN_OUT,
	KEY_NO_CONFINE
};

static const struct argp_option options[] = {
	{"record", KEY_RECORD, "FILE", 0, "Also write the fingerprinted event stream to FILE (replay it later)", 0},
	{"events", KEY_EVENTS, "FILE", 0,
	 "Also append every act with a credential to FILE, as an OCSF event (1001, 1007, 4001), one a line; the same as "
	 "--output 'file:FILE?events=credential&findings=none' (credlineage outputs --help)",
	 0},
	{"output", KEY_OUTPUT, "SPEC", 0,
	 "Also send findings there, as to file:PATH, journald: or syslog+tls://HOST, with ?events=credential events, too; "
	 "may be repeated",
	 0},
	{"quiet", KEY_QUIET, NULL, 0, "No findings on stdout", 0},
	{"tier", KEY_TIER, "NAME", 0, "Use this hook tier only: fentry, kprobe or tracepoint", 0},
	{"pin", KEY_PIN, "DIR", OPTION_ARG_OPTIONAL,
	 "Keep the probes and their rings in DIR (default " CL_PIN_DIR "): they go on while no monitor runs", 0},
	{"unpin", KEY_UNPIN, NULL, 0, "Remove what --pin left there, and exit", 0},
	{"learn", KEY_LEARN, "24h", 0,
	 "For so long note who reads what, shares what and goes where; then propose a policy of it, for review", 0},
	{"learn-out", KEY_LEARN_OUT, "FILE", 0, "Where the proposal goes (default STATE/policy-proposal.json)", 0},
	{"no-confine", KEY_NO_CONFINE, NULL, 0,
	 "Keep all rights of root and make any system call (for a debugger or a sanitizer)", 0},
	{0},
};

static const char doc[] =
	"Watches this host: loads the probes, follows every credential and reports findings on stdout (one OCSF "
	"Detection Finding a line into a pipe, a few lines for people on a terminal) and to every output. With --pin the "
	"probes outlive the monitor: the next one takes them over and reports what happened in between.";
static const char examples[] =
	"  sudo credlineage monitor\n"
	"  sudo credlineage monitor | jq .finding_info.title\n"
	"  sudo credlineage monitor --record /var/tmp/today.clrec\n"
	"  sudo credlineage monitor --quiet --output syslog+tcp://127.0.0.1:6514\n"
	"  sudo credlineage monitor --pin            # stop, upgrade, start again: nothing is missed\n"
	"  sudo credlineage monitor --unpin          # stop for good\n"
	"  sudo credlineage monitor --learn 24h      # then: credlineage policy test .../policy-proposal.json ...\n"
	"  sudo credlineage monitor --state /tmp/try --socket /tmp/try/control.sock\n";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_RECORD:
		o->record = arg;
		return 0;
	case KEY_EVENTS:
		o->events = arg;
		return 0;
	case KEY_OUTPUT:
		if (o->n_outputs == CL_CONFIG_OUTPUTS)
			argp_error(state, "more than %d outputs", CL_CONFIG_OUTPUTS);
		o->outputs[o->n_outputs++] = arg;
		return 0;
	case KEY_QUIET:
		o->quiet = true;
		return 0;
	case KEY_PIN:
		o->pin = arg ? arg : CL_PIN_DIR;
		return 0;
	case KEY_UNPIN:
		o->unpin = true;
		return 0;
	case KEY_LEARN:
		if (cl_parse_duration(arg, &o->learn) || !o->learn)
			argp_error(state, "--learn \"%s\": must be a duration such as 24h", arg);
		return 0;
	case KEY_LEARN_OUT:
		o->learn_out = arg;
		return 0;
	case KEY_NO_CONFINE:
		o->loose = true;
		return 0;
	case KEY_TIER:
		for (uint32_t tier = CL_TIER_FENTRY; tier <= CL_TIER_TRACEPOINT; tier++) {
			if (!strcmp(arg, cl_tier_name(tier)))
				o->tier = tier;
		}
		if (!o->tier)
			argp_error(state, "--tier \"%s\": must be fentry, kprobe or tracepoint", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "takes no words: \"%s\"", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* One more output. */
static int add_events(struct options *o)
{
	char directory[PATH_MAX] = "";
	int n;

	if (strchr(o->events, '?')) {
		cl_err("monitor: --events \"%s\": a file whose name has a ? cannot be an output", o->events);
		return CL_EXIT_USAGE;
	}
	if (*o->events != '/' && !getcwd(directory, sizeof(directory))) {
		cl_err("monitor: --events \"%s\": cannot tell which directory this is: %s", o->events, strerror(errno));
		return CL_EXIT_FAILED;
	}
	n = snprintf(o->events_spec, sizeof(o->events_spec), "file:%s%s%s?events=credential&findings=none", directory,
		     *directory ? "/" : "", o->events);
	if (n < 0 || (size_t)n >= sizeof(o->events_spec)) {
		cl_err("monitor: --events: the name is too long, at most %zu bytes", sizeof(o->events_spec));
		return CL_EXIT_USAGE;
	}
	o->outputs[o->n_outputs++] = o->events_spec;
	return CL_EXIT_OK;
}

static int failed(int r, const struct cl_error *err)
{
	cl_err("%s", *err->text ? err->text : strerror(-r));
	return r == -EPERM || r == -EACCES || r == -ENOTSUP ? CL_EXIT_UNABLE : CL_EXIT_FAILED;
}

/* Before mounts become private: pins are for whoever comes later. */
static int prepare_pins(const char *dir)
{
	struct cl_error err = {0};
	int r = cl_pin_mount(dir, &err);

	if (r > 0)
		cl_info("there was no BPF file system on /sys/fs/bpf: mounted one, it stays");
	return r < 0 ? failed(r, &err) : CL_EXIT_OK;
}

static int unpin(const char *dir)
{
	struct cl_error err = {0};
	int r = cl_unpin(dir, &err);

	if (r < 0)
		return failed(r, &err);
	cl_info(r ? "removed the pinned probes in \"%s\"" : "nothing is pinned in \"%s\"", dir);
	return CL_EXIT_OK;
}

static int watch(const struct cl_common *common, const struct options *o)
{
	char proposal[sizeof(common->settings.state_dir) + 32];
	_cleanup_(cl_live_free) struct cl_live *live = NULL;
	const struct cl_live_options settings = {
		.config = &common->settings,
		.config_path = cl_common_config(common),
		.config_optional = !common->config,
		.record = o->record,
		.force_tier = o->tier,
		.pin = o->pin,
		.confine = !o->loose,
		.learn = o->learn,
		.learn_path = o->learn_out ? o->learn_out : proposal,
		.outputs = o->outputs,
		.n_outputs = o->n_outputs,
		.stdout_output = o->quiet		  ? NULL
				 : cl_common_json(common) ? "stdout:?format=ocsf"
							  : "stdout:?format=human",
	};
	struct cl_error err = {0};
	int r;

	snprintf(proposal, sizeof(proposal), "%s/policy-proposal.json", common->settings.state_dir);
	/* In a chroot "/" is no mount point. What a hook misses for it shows in its self-test. */
	if (cl_private_mounts(&err))
		cl_warn("%s, ignoring", err.text);
	err = (struct cl_error){0};
	r = cl_live_new(&live, &settings, &err);
	if (r)
		return failed(r, &err);
	if (o->loose)
		cl_warn("--no-confine: this process keeps every right of root, for debugging only");
	cl_info("watching this host; findings follow, Ctrl-C stops");
	r = cl_live_run(live, &err);
	return r ? failed(r, &err) : CL_EXIT_OK;
}

static int run(int argc, char **argv)
{
	_cleanup_(cl_common_free) struct cl_common common = {0};
	struct options o = {0};
	struct cl_error err = {0};
	int r;

	cl_command_parse("monitor", "", doc, examples, options, parse, argc, argv, &o, &common);
	if (cl_common_load(&common))
		return CL_EXIT_FAILED;
	r = o.events ? add_events(&o) : CL_EXIT_OK;
	if (r)
		return r;
	r = cl_rights_check(&err);
	if (r)
		return failed(r, &err);
	if (!o.pin)
		o.pin = *common.settings.pin_dir ? common.settings.pin_dir : NULL;
	if (o.unpin)
		return unpin(o.pin ? o.pin : CL_PIN_DIR);
	if (o.pin && prepare_pins(o.pin))
		return CL_EXIT_UNABLE;
	return watch(&common, &o);
}

const struct cl_command cl_command_monitor = {"monitor", "watch this host and report findings", run};
