/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "command/health.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "control/control.h"

enum { HEALTHY = CL_EXIT_OK, DEGRADED = CL_EXIT_FAILED, NOT_RUNNING = CL_EXIT_UNABLE };

static int ask(const struct cl_common *common, cJSON **status, struct cl_error *err)
{
	_cleanup_json_ cJSON *request = cJSON_CreateObject();

	cl_json_str(request, "op", "status");
	if (cl_control_call(common->settings.socket_path, request, status, err))
		return NOT_RUNNING;
	return cJSON_IsTrue(cl_json_at(*status, "health.healthy")) ? HEALTHY : DEGRADED;
}

static const char *state_name(int state)
{
	return state == HEALTHY ? "healthy" : state == DEGRADED ? "degraded" : "not running";
}

static void print_json(cJSON *line)
{
	_cleanup_free_ char *text = cJSON_PrintUnformatted(line);

	puts(text ? text : "{}");
	fflush(stdout);
}

static void print_text(const char *before, const char *text)
{
	_cleanup_text_ struct cl_text safe = {0};

	if (!cl_text_escape(&safe, text, strlen(text)))
		printf("%s%s\n", before, cl_text_str(&safe));
}

/* {"time","state","healthy","problems"}; `status` may be NULL */
static cJSON *line_of(int state, const cJSON *status, const struct cl_error *err)
{
	cJSON *line = cJSON_CreateObject(), *problems = cJSON_Duplicate(cl_json_at(status, "health.problems"), true);

	cl_json_time(line, "time", cl_wall_ns());
	cl_json_str(line, "state", state_name(state));
	cl_json_bool(line, "healthy", state == HEALTHY);
	if (state == NOT_RUNNING)
		cl_json_str(line, "error", err->text);
	if (problems && !cJSON_AddItemToObject(line, "problems", problems))
		cJSON_Delete(problems);
	return line;
}

static void print_problems(const char *before, const cJSON *status)
{
	const cJSON *problem;

	cJSON_ArrayForEach (problem, cl_json_at(status, "health.problems"))
		print_text(before, cl_json_get_str(problem, "text"));
}

int cl_health_once(const struct cl_common *common)
{
	_cleanup_json_ cJSON *status = NULL, *line = NULL;
	struct cl_error err = {0};
	int state = ask(common, &status, &err);

	if (common->json) {
		line = line_of(state, status, &err);
		print_json(line);
		return state;
	}
	/* one line first: a check's screen has room for no more */
	printf("%s", state_name(state));
	if (state == NOT_RUNNING)
		print_text(": ", err.text);
	else
		puts("");
	print_problems("", status);
	return state;
}

/* ---- watching ---- */

struct sums {
	double events, lost, findings;
	uint64_t at; /* boot ns; 0: none yet */
};

static double sum_of(const cJSON *status, const char *const *stages, size_t n)
{
	const cJSON *kind;
	double sum = 0;

	cJSON_ArrayForEach (kind, cl_json_at(status, "events"))
		for (size_t i = 0; i < n; i++)
			sum += cl_json_get_num(kind, stages[i]);
	return sum;
}

static struct sums sums_of(const cJSON *status)
{
	static const char *const sent[] = {"sent"}, *const lost[] = {"lost", "failed", "skipped"};
	struct sums s = {.at = cl_boot_ns(),
			 .events = sum_of(status, sent, ARRAY_SIZE(sent)),
			 .lost = sum_of(status, lost, ARRAY_SIZE(lost))};
	const cJSON *o;

	cJSON_ArrayForEach (o, cl_json_at(status, "own_losses"))
		s.lost += cl_json_get_num(o, "count");
	cJSON_ArrayForEach (o, cl_json_at(status, "findings"))
		s.findings += cl_json_get_num(o, "count");
	return s;
}

static void add_numbers(cJSON *line, const cJSON *status, struct sums *before)
{
	struct sums now = sums_of(status);
	double seconds = before->at ? (double)(now.at - before->at) / (double)CL_NS_PER_S : 0, waiting = 0;
	const cJSON *o;

	if (now.events < before->events) /* another monitor */
		seconds = 0;
	cJSON_ArrayForEach (o, cl_json_at(status, "outputs"))
		waiting += cl_json_get_num(o, "waiting");
	cl_json_num(line, "events_per_second",
		    seconds > 0 ? (double)(uint64_t)((now.events - before->events) / seconds) : 0);
	cl_json_num(line, "lost", now.lost);
	cl_json_num(line, "findings", now.findings);
	cl_json_num(line, "findings_waiting", cl_json_get_num(status, "counters.findings_waiting"));
	cl_json_num(line, "outputs_waiting", waiting);
	cl_json_num(line, "resident_bytes", cl_json_get_num(status, "process.resident_bytes"));
	cl_json_num(line, "store_bytes", cl_json_get_num(status, "store.bytes"));
	*before = now;
}

static void print_line(const cJSON *line, const cJSON *status)
{
	printf("%.19sZ  %-11s  %7.0f events/s  %6.0f lost  %6.0f findings  %6.0f waiting  %5.0f MB memory  %6.0f MB store\n",
	       cl_json_get_str(line, "time"), cl_json_get_str(line, "state"),
	       cl_json_get_num(line, "events_per_second"), cl_json_get_num(line, "lost"),
	       cl_json_get_num(line, "findings"),
	       cl_json_get_num(line, "findings_waiting") + cl_json_get_num(line, "outputs_waiting"),
	       cl_json_get_num(line, "resident_bytes") / 1e6, cl_json_get_num(line, "store_bytes") / 1e6);
	print_problems("    ", status);
	fflush(stdout);
}

static int watch_once(const struct cl_common *common, struct sums *before)
{
	_cleanup_json_ cJSON *status = NULL, *line = NULL;
	struct cl_error err = {0};
	int state = ask(common, &status, &err);

	line = line_of(state, status, &err);
	if (status)
		add_numbers(line, status, before);
	else
		*before = (struct sums){0};
	if (cl_common_json(common))
		print_json(line);
	else
		print_line(line, status);
	return state;
}

int cl_health_watch(const struct cl_common *common, uint64_t seconds)
{
	const struct timespec pause = {.tv_sec = (time_t)seconds};
	struct sums before = {0};
	sigset_t ends;
	int state;

	/* they are waited for below: a line is never cut, and the last answer is the status */
	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	do
		state = watch_once(common, &before);
	while (!ferror(stdout) && sigtimedwait(&ends, NULL, &pause) < 0);
	return state;
}
