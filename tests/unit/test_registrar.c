/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may register what. The processes are this test itself and children of it, with the numbers and namespaces that the
 * kernel's records would give them; /proc is the real one.
 */
#include "identity_case.h"

#include <signal.h>
#include <sys/wait.h>

#include "../../user/capture/procfs.c"
#include "../../user/monitor/refusals.c"
#include "../../user/monitor/registrar_request.c"
#undef NAME_MAX_BYTES
#include "../../user/monitor/registrar.c"

#define USER 1000
#define INIT_NS 0xeffffffdu
#define HOST_PIDNS 77
#define BOX_PIDNS 99

static struct identity_case c;
static struct cl_registrar reg;
static cJSON *reply;
static struct cl_error err;
static uint8_t renamed[CL_FP_SIZE];

int cl_desk_handle(struct cl_desk *d, const struct cl_peer *peer, const cJSON *request, cJSON *out, struct cl_error *e)
{
	(void)d;
	(void)peer;
	(void)request;
	(void)out;
	return cl_fail(e, -EPERM, "not here");
}

int cl_letters_handle(struct cl_letters *l, const struct cl_peer *peer, const cJSON *request, cJSON *out,
		      struct cl_error *e)
{
	(void)l;
	(void)peer;
	(void)request;
	(void)out;
	return cl_fail(e, -EPERM, "not here");
}

static void feed(void *ctx, const struct cl_observation *obs)
{
	(void)ctx;
	case_apply(&c, obs);
}

static int keep(void *ctx, const char *text, const char **out)
{
	(void)ctx;
	*out = strstr(text, "FAKE-SECRET") ? "[credential]" : NULL;
	return 0;
}

static const uint8_t *first(void *ctx, const uint8_t fp[CL_FP_SIZE])
{
	(void)ctx;
	return fp[0] == 0xee ? renamed : fp;
}

/* A real process, entered as the kernel's record would have it. */
static struct cl_process *enter(pid_t pid, uint32_t uid, uint32_t pidns, uint32_t ns_pid, uint32_t userns)
{
	uint64_t tick = CL_NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	struct cl_observation o = mk_obs_exec(c.now++, mk_key((uint32_t)pid, start_ticks((uint32_t)pid) * tick),
					      mk_key(1, 10), "/bin/sh");

	o.uid = o.euid = uid;
	o.pidns = pidns;
	o.ns_tgid = ns_pid;
	o.userns = userns;
	return case_apply(&c, &o);
}

static int setup(void **state)
{
	struct cl_observation o;

	(void)state;
	case_open(&c, 1024, 1024);
	o = mk_obs_exec(c.now++, mk_key(1, 10), mk_key(0, 0), "/sbin/init");
	o.pidns = HOST_PIDNS;
	o.ns_tgid = 1;
	case_apply(&c, &o);
	reg = (struct cl_registrar){.identity = c.id, .feed = feed, .conceal = keep, .first = first};
	reply = cJSON_CreateObject();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cl_json_freep(&reply);
	case_close(&c);
	return 0;
}

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static void stop_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int ask(pid_t pid, uint32_t uid, const char *format, ...)
{
	const struct cl_peer peer = {.pid = pid, .uid = uid, .since = UINT64_MAX};
	_cleanup_json_ cJSON *request = NULL;
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	request = cJSON_Parse(text);
	assert_non_null(request);
	cl_json_freep(&reply);
	reply = cJSON_CreateObject();
	err = (struct cl_error){0};
	return cl_registrar_handle(&reg, &peer, request, reply, &err);
}

static void test_run(void **state)
{
	const struct cl_run *run;

	(void)state;
	enter(getpid(), USER, HOST_PIDNS, (uint32_t)getpid(), INIT_NS);
	memset(renamed, 0x11, sizeof(renamed));
	assert_int_equal(
		ask(getpid(), USER,
		    "{\"op\":\"run\",\"workflow\":\"deploy\",\"run_id\":\"d-1\",\"owner\":\"me\",\"ttl\":\"15m\","
		    "\"allow_credentials\":[\"cred:ee000000000000000000000000000000\","
		    "\"22000000000000000000000000000000\"],\"allow_destinations\":[\"a.example:443\"]}"),
		0);
	assert_string_equal(cl_json_get_str(reply, "run_id"), "d-1");
	run = cl_identity_run(c.id, "d-1");
	assert_int_equal(run->registrant, USER);
	assert_string_equal(run->owner, "me");
	assert_int_equal(run->ttl, 900 * CL_NS_PER_S);
	/* by the names that detectors know them by */
	assert_string_equal(run->allowed_credentials,
			    "cred:11111111111111111111111111111111 cred:22000000000000000000000000000000");
	assert_string_equal(run->allowed_destinations, "a.example:443");
	assert_int_equal(ask(getpid(), USER, "{\"op\":\"run\",\"workflow\":\"x\",\"run_id\":\"d-1\"}"), -EEXIST);
	assert_int_equal(ask(getpid(), USER, "{\"op\":\"run\",\"workflow\":\"x FAKE-SECRET\",\"run_id\":\"s\"}"), 0);
	assert_string_equal(cl_identity_run(c.id, "s")->workflow, "[credential]");
}

static void test_peer(void **state)
{
	struct cl_peer peer = {.pid = getpid(), .uid = USER, .since = 5};
	_cleanup_json_ cJSON *request = cJSON_Parse("{\"op\":\"run\",\"workflow\":\"w\"}");
	pid_t gone = start_child();

	(void)state;
	/* not seen yet: it may come with the next records */
	assert_int_equal(ask(getpid(), USER, "{\"op\":\"run\",\"workflow\":\"w\"}"), -EAGAIN);
	enter(getpid(), USER, HOST_PIDNS, (uint32_t)getpid(), INIT_NS);
	/* it started after the connection was made */
	assert_int_equal(cl_registrar_handle(&reg, &peer, request, reply, &err), -ESRCH);
	assert_non_null(strstr(err.text, "another one has its number"));
	/* it has ended, and its record is still to be read */
	enter(gone, USER, HOST_PIDNS, (uint32_t)gone, INIT_NS);
	stop_child(gone);
	assert_int_equal(ask(gone, USER, "{\"op\":\"run\",\"workflow\":\"w\"}"), -ESRCH);
	assert_int_equal(cl_identity_stats(c.id)->runs, 1);
}

static void test_number_of_another(void **state)
{
	pid_t child = start_child();
	struct cl_observation o;

	(void)state;
	enter(getpid(), USER, HOST_PIDNS, (uint32_t)getpid(), INIT_NS);
	/* what is known is the one that had the number before */
	o = mk_obs_exec(c.now++, mk_key((uint32_t)child, 12345), mk_key(1, 10), "/bin/old");
	o.uid = USER;
	case_apply(&c, &o);
	assert_int_equal(ask(getpid(), USER, "{\"op\":\"task-begin\",\"workflow\":\"w\",\"pid\":%d}", child), -EAGAIN);
	assert_non_null(strstr(err.text, "another one by now"));
	enter(child, USER, HOST_PIDNS, (uint32_t)child, INIT_NS);
	assert_int_equal(
		ask(getpid(), USER, "{\"op\":\"task-begin\",\"workflow\":\"w\",\"pid\":%d,\"start\":1}", child),
		-ESRCH);
	assert_int_equal(ask(getpid(), USER, "{\"op\":\"task-begin\",\"workflow\":\"w\",\"pid\":%d,\"start\":%llu}",
			     child, (unsigned long long)start_ticks((uint32_t)child)),
			 0);
	stop_child(child);
}

static void test_whose_process(void **state)
{
	pid_t child = start_child();

	(void)state;
	enter(getpid(), USER, HOST_PIDNS, (uint32_t)getpid(), INIT_NS);
	enter(child, USER + 1, HOST_PIDNS, (uint32_t)child, INIT_NS);
	assert_int_equal(ask(getpid(), USER, "{\"op\":\"task-begin\",\"workflow\":\"w\",\"pid\":%d}", child), -EPERM);
	/* root, unless it is root of a container's user namespace only */
	enter(getpid(), 0, HOST_PIDNS, (uint32_t)getpid(), 4711);
	assert_int_equal(ask(getpid(), 0, "{\"op\":\"task-begin\",\"workflow\":\"w\",\"pid\":%d}", child), -EPERM);
	enter(getpid(), 0, HOST_PIDNS, (uint32_t)getpid(), INIT_NS);
	assert_int_equal(
		ask(getpid(), 0, "{\"op\":\"task-begin\",\"workflow\":\"w\",\"run_id\":\"r\",\"pid\":%d}", child), 0);
	/* whose it is to end: of who registered it, and of whom its process is */
	assert_int_equal(ask(getpid(), USER, "{\"op\":\"task-end\",\"run_id\":\"r\"}"), -EPERM);
	assert_int_equal(ask(getpid(), USER + 1, "{\"op\":\"task-end\",\"run_id\":\"r\",\"outcome\":\"failure\"}"), 0);
	assert_string_equal(cl_identity_run(c.id, "r")->outcome, "failure");
	assert_int_equal(ask(getpid(), 0, "{\"op\":\"task-end\",\"run_id\":\"r\"}"), -EALREADY);
	stop_child(child);
}

/* In a container numbers mean the container's processes. */
static void test_number_in_a_namespace(void **state)
{
	pid_t inside = start_child();
	struct cl_process *p;

	(void)state;
	enter(getpid(), 0, BOX_PIDNS, 7, INIT_NS);
	p = enter(inside, 0, BOX_PIDNS, 8, INIT_NS);
	assert_int_equal(ask(getpid(), 0, "{\"op\":\"task-begin\",\"workflow\":\"w\",\"run_id\":\"r\",\"pid\":8}"), 0);
	assert_string_equal(p->run->id, "r");
	/* the host's first process is not theirs, nor are numbers of the host */
	assert_int_equal(ask(getpid(), 0, "{\"op\":\"task-begin\",\"workflow\":\"w\",\"pid\":1}"), -EAGAIN);
	assert_int_equal(ask(getpid(), 0, "{\"op\":\"task-begin\",\"workflow\":\"w\",\"pid\":%d}", inside), -EAGAIN);
	assert_int_equal(ask(getpid(), 0, "{\"op\":\"task-begin\",\"workflow\":\"w\",\"cgroup\":\"/x\"}"), -EPERM);
	stop_child(inside);
}

static void test_runs_of_a_user(void **state)
{
	pid_t child = start_child();

	(void)state;
	enter(getpid(), USER, HOST_PIDNS, (uint32_t)getpid(), INIT_NS);
	for (int i = 0; i < RUNS_PER_USER; i++) {
		struct cl_observation o = mk_obs_run_begin(c.now++, mk_key(0, 0), "w", NULL);
		char id[32];

		snprintf(id, sizeof(id), "r-%d", i);
		o.run_id = id;
		o.cgroup = "/nowhere";
		o.registrant = USER;
		case_apply(&c, &o);
	}
	enter(child, USER, HOST_PIDNS, (uint32_t)child, INIT_NS);
	assert_int_equal(ask(getpid(), USER, "{\"op\":\"task-begin\",\"workflow\":\"w\",\"pid\":%d}", child), -EDQUOT);
	assert_int_equal(ask(getpid(), USER, "{\"op\":\"task-end\",\"run_id\":\"r-3\"}"), 0);
	assert_int_equal(ask(getpid(), USER, "{\"op\":\"task-begin\",\"workflow\":\"w\",\"pid\":%d}", child), 0);
	stop_child(child);
}

static void test_floods(void **state)
{
	struct cl_refusals r = {0};
	uint64_t now = 1000 * CL_NS_PER_S;

	(void)state;
	for (unsigned int i = 0; i < CL_FLOOD_BURST; i++)
		assert_true(cl_refusals_admit(&r, USER, now));
	assert_false(cl_refusals_admit(&r, USER, now));
	assert_true(cl_refusals_admit(&r, USER + 1, now)); /* another one is not held to it */
	for (int i = 0; i < 1000; i++)
		assert_true(cl_refusals_admit(&r, 0, now));
	for (unsigned int i = 0; i < CL_FLOOD_RATE; i++)
		assert_true(cl_refusals_admit(&r, USER, now + CL_NS_PER_S));
	assert_false(cl_refusals_admit(&r, USER, now + CL_NS_PER_S));
	assert_int_equal(r.floods, 2);
	assert_false(cl_refusals_admit(&r, USER, now)); /* a clock that goes back gives nothing */
	/* after a long time no more than the burst; and an idle user makes room for another */
	for (uid_t uid = 2000; uid < 2000 + 2 * CL_FLOOD_USERS; uid++)
		assert_true(cl_refusals_admit(&r, uid, now + 10000 * CL_NS_PER_S));
	for (unsigned int i = 0; i < CL_FLOOD_BURST; i++)
		assert_true(cl_refusals_admit(&r, USER, now + 20000 * CL_NS_PER_S));
	assert_false(cl_refusals_admit(&r, USER, now + 20000 * CL_NS_PER_S));
}

static void test_log(void **state)
{
	const struct cl_peer peer = {.pid = 1, .uid = USER};
	struct cl_refusals r = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		cl_refusals_note(&r, &peer, "run", "no", CL_NS_PER_S);
	assert_int_equal(r.refused, 100);
	assert_int_equal(r.logged, CL_REFUSALS_LOGGED);
	assert_int_equal(r.not_logged, 100 - CL_REFUSALS_LOGGED);
	cl_refusals_note(&r, &peer, "", "no", CL_NS_PER_S + CL_REFUSALS_WINDOW_NS);
	assert_int_equal(r.logged, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_run),
		T(test_peer),
		T(test_number_of_another),
		T(test_whose_process),
		T(test_number_in_a_namespace),
		T(test_runs_of_a_user),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
