/* SPDX-License-Identifier: Apache-2.0 */
#include "command/doctor_self.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "confine/inspect.h"
#include "confine/rights.h"
#include "control/control.h"

#define CAPABILITIES 64

/* The running monitor's number, and what nothing in /proc says. */
static int ask(const struct cl_common *common, pid_t *pid, bool *dumpable, struct cl_error *err)
{
	_cleanup_json_ cJSON *request = cJSON_CreateObject(), *reply = NULL;
	int r;

	cl_json_str(request, "op", "status");
	r = cl_control_call(common->settings.socket_path, request, &reply, err);
	if (r)
		return r;
	*pid = (pid_t)cl_json_get_num(reply, "pid");
	*dumpable = !cJSON_IsFalse(cl_json_at(reply, "dumpable"));
	return *pid > 0 ? 0 : cl_fail(err, -EPROTO, "the monitor does not say which process it is (an older one?)");
}

static void add_set(cJSON *report, const char *name, uint64_t set)
{
	cJSON *list = cl_json_arr(report, name);
	char buf[CL_RIGHT_NAME];

	for (unsigned int c = 0; c < CAPABILITIES; c++)
		if (set >> c & 1)
			cJSON_AddItemToArray(list, cJSON_CreateString(cl_right_name(buf, c)));
}

static void add_rights(cJSON *report, uint64_t effective)
{
	static const char *const when[] = {
		[CL_RIGHT_START_WANTED] = "start, if there",
		[CL_RIGHT_START] = "start",
		[CL_RIGHT_KEPT] = "always",
	};
	cJSON *list = cl_json_arr(report, "rights");
	char buf[CL_RIGHT_NAME];

	for (size_t i = 0; i < cl_n_rights; i++) {
		cJSON *o = cl_json_push(list);

		cl_json_str(o, "capability", cl_right_name(buf, cl_rights[i].capability));
		cl_json_str(o, "needed", when[cl_rights[i].when]);
		cl_json_bool(o, "has", effective >> cl_rights[i].capability & 1);
		cl_json_str(o, "reason", cl_rights[i].reason);
	}
}

static void add_open(cJSON *report, const struct cl_open_rights *open)
{
	cJSON *o = cl_json_obj(report, "open");

	cl_json_num(o, "bpf_maps", open->bpf_maps);
	cl_json_num(o, "bpf_programs", open->bpf_programs);
	cl_json_num(o, "bpf_links", open->bpf_links);
	cl_json_num(o, "perf_events", open->perf_events);
	cl_json_num(o, "sockets", open->sockets);
	cl_json_num(o, "files", open->files);
	cl_json_num(o, "others", open->others);
}

static void add_problem(cJSON *list, bool wrong, const char *what)
{
	if (wrong)
		cJSON_AddItemToArray(list, cJSON_CreateString(what));
}

static void add_problems(cJSON *report, const struct cl_inspected *i, bool dumpable)
{
	const struct cl_thread_rights *t = &i->first;
	cJSON *list = cl_json_arr(report, "problems");
	uint64_t kept = cl_rights_kept();

	add_problem(list, t->effective & ~kept || t->permitted & ~kept, "it has capabilities that it does not need");
	add_problem(list, kept & ~t->effective, "it lacks capabilities that it needs");
	add_problem(list, t->inheritable || t->ambient || t->bounding,
		    "another program could get capabilities from it");
	add_problem(list, !t->no_new_privs, "an execve could give it privileges (no_new_privs is off)");
	add_problem(list, t->seccomp != 2, "it may make any system call (no seccomp filter)");
	add_problem(list, dumpable, "its memory may be dumped and traced");
	add_problem(list, i->differing, "not all of its threads have the same rights");
}

static void add_process(cJSON *report, pid_t pid, const struct cl_inspected *i, bool dumpable)
{
	const struct cl_thread_rights *t = &i->first;

	cl_json_num(report, "pid", pid);
	cl_json_num(report, "uid", (double)t->uid);
	add_set(report, "effective", t->effective);
	add_set(report, "permitted", t->permitted);
	add_set(report, "inheritable", t->inheritable);
	add_set(report, "bounding", t->bounding);
	add_set(report, "ambient", t->ambient);
	cl_json_bool(report, "no_new_privs", t->no_new_privs);
	cl_json_num(report, "seccomp", (double)t->seccomp);
	cl_json_num(report, "seccomp_filters", (double)t->filters);
	cl_json_bool(report, "dumpable", dumpable);
	cl_json_num(report, "threads", i->threads);
	cl_json_num(report, "threads_differing", i->differing);
	add_open(report, &i->open);
	add_rights(report, t->effective);
	add_problems(report, i, dumpable);
}

static void print(const cJSON *report)
{
	const cJSON *item, *open = cl_json_at(report, "open");

	printf("monitor     process %.0f, uid %.0f, %.0f threads\n", cl_json_get_num(report, "pid"),
	       cl_json_get_num(report, "uid"), cl_json_get_num(report, "threads"));
	puts("rights      capability           has  needed           reason");
	cJSON_ArrayForEach (item, cl_json_at(report, "rights"))
		printf("            %-20s %-4s %-16s %s\n", cl_json_get_str(item, "capability"),
		       cJSON_IsTrue(cl_json_at(item, "has")) ? "yes" : "no", cl_json_get_str(item, "needed"),
		       cl_json_get_str(item, "reason"));
	printf("others      %d in the bounding set, %d inheritable, %d ambient\n",
	       cJSON_GetArraySize(cl_json_at(report, "bounding")),
	       cJSON_GetArraySize(cl_json_at(report, "inheritable")),
	       cJSON_GetArraySize(cl_json_at(report, "ambient")));
	printf("process     no_new_privs %s, seccomp mode %.0f, dumpable %s\n",
	       cJSON_IsTrue(cl_json_at(report, "no_new_privs")) ? "yes" : "NO", cl_json_get_num(report, "seccomp"),
	       cJSON_IsTrue(cl_json_at(report, "dumpable")) ? "YES" : "no");
	printf("open        %.0f maps, %.0f programs and %.0f links of the probes, %.0f sockets, %.0f files\n",
	       cl_json_get_num(open, "bpf_maps"), cl_json_get_num(open, "bpf_programs"),
	       cl_json_get_num(open, "bpf_links"), cl_json_get_num(open, "sockets"), cl_json_get_num(open, "files"));
	cJSON_ArrayForEach (item, cl_json_at(report, "problems"))
		printf("PROBLEM     %s\n", item->valuestring);
}

int cl_doctor_self(const struct cl_common *common)
{
	_cleanup_json_ cJSON *report = cJSON_CreateObject();
	_cleanup_free_ char *line = NULL;
	struct cl_inspected inspected;
	struct cl_error err = {0};
	bool dumpable = true;
	pid_t pid = 0;
	int r = ask(common, &pid, &dumpable, &err), problems;

	r = r ? r : cl_inspect(pid, &inspected, &err);
	if (r) {
		cl_err("%s", err.text);
		return CL_EXIT_UNABLE;
	}
	add_process(report, pid, &inspected, dumpable);
	problems = cJSON_GetArraySize(cl_json_at(report, "problems"));
	if (cl_common_json(common)) {
		line = cJSON_PrintUnformatted(report);
		puts(line ? line : "{}");
	} else {
		print(report);
	}
	if (problems)
		cl_err("the monitor is not confined as it should be: %d problems (was it started with --no-confine?)",
		       problems);
	return problems ? CL_EXIT_FAILED : CL_EXIT_OK;
}
