/* SPDX-License-Identifier: Apache-2.0 */
/* cross-workflow-reuse: one credential in two workflows, neither of which is around the other. */
#include "mk_stage.h"

#define TWO "run 10 ci:a a1; run 20 agent:b b1; "

static const struct stage_case cases[] = {
	{"both read", TWO "read 10 A/s; read 20 A/s", "cross-workflow-reuse High create 1"},
	{"order does not matter", TWO "read 20 A/s; read 10 A/s", "cross-workflow-reuse High create 1"},
	{"different credentials", TWO "read 10 A/s; read 20 B/s", ""},
	{"one workflow alone", TWO "read 10 A/s; read 10 A/s", ""},
	{"unknown class counts as static", TWO "read 10 A/u; read 20 A/u", "cross-workflow-reuse High create 1"},
	{"ephemeral is one step lower", TWO "read 10 A/e; read 20 A/e", "cross-workflow-reuse Medium create 1"},
	{"ephemeral inside its lifetime", TWO "read 10 A/e+60; read 20 A/e+60", "cross-workflow-reuse Medium create 1"},
	{"expired is not lowered", TWO "read 10 A/e-9; read 20 A/e-9", "cross-workflow-reuse High create 1"},
	{"given at exec", TWO "read 10 A/s; exec 20 env=A/s", "cross-workflow-reuse High create 1"},
	{"given as argument", TWO "read 10 A/s; exec 20 arg=A/s",
	 "cross-workflow-reuse High create 1; exposed-in-arguments Low create 1"},
	{"one only inherited",
	 "proc 5 env=A/s; fork 5 20; run 20 agent:b b1; exec 20 env=A/s; run 10 ci:a a1; read 10 A/s",
	 "cross-workflow-reuse Medium create 1"},
	{"inherited, ephemeral",
	 "proc 5 env=A/e; fork 5 20; run 20 agent:b b1; exec 20 env=A/e; run 10 ci:a a1; read 10 A/e",
	 "cross-workflow-reuse Low create 1"},
	{"a connect makes it used, the rise goes out at once",
	 "proc 5 env=A/s; fork 5 20; run 20 agent:b b1; exec 20 env=A/s; run 10 ci:a a1; read 10 A/s; "
	 "connect 20 192.0.2.1 443",
	 "cross-workflow-reuse Medium create 1; cross-workflow-reuse High update 2"},
	{"the C library's name service is no use",
	 "proc 5 env=A/s; fork 5 20; run 20 agent:b b1; exec 20 env=A/s; run 10 ci:a a1; read 10 A/s; "
	 "connect 20 /run/nscd/socket; connect 20 192.0.2.1 0u",
	 "cross-workflow-reuse Medium create 1"},
	{"a unix socket of a service is one",
	 "proc 5 env=A/s; fork 5 20; run 20 agent:b b1; exec 20 env=A/s; run 10 ci:a a1; read 10 A/s; "
	 "connect 20 /run/vault.sock",
	 "cross-workflow-reuse Medium create 1; cross-workflow-reuse High update 2"},
	{"connect without holding", TWO "read 10 A/s; connect 20 192.0.2.1 443", ""},
	{"the host is around everything", "run 10 ci:a a1; proc 30; read 30 A/s; read 10 A/s", ""},
	{"ancestor and descendant", "run 10 pod:a a1 pod; spawn 10 11; run 11 agent:b b1; read 10 A/s; read 11 A/s",
	 "delegated-credential Medium create 1"},
	{"two children of one run",
	 "run 10 unit:a a1 unit; spawn 10 11; run 11 agent:b b1; spawn 10 12; "
	 "run 12 agent:c c1; read 11 A/s; read 12 A/s",
	 "cross-workflow-reuse High create 1"},
	{"a nested run's use is its own",
	 "run 10 ci:a a1; spawn 10 11; run 11 agent:n n1; read 11 A/s; "
	 "run 20 agent:b b1; read 20 A/s",
	 "cross-workflow-reuse High create 1"},
	{"a person's session and the person's nightly job",
	 "run 10 session:0 a1 session; run 20 cron:0:x b1 batch; read 10 A/s; connect 10 192.0.2.1 443; read 20 A/s; "
	 "connect 20 192.0.2.1 443",
	 ""},
	{"two jobs of one table", "run 10 cron:0:x a1 batch; run 20 at:0:y b1 batch; exec 10 env=A/s; exec 20 env=A/s",
	 ""},
	{"another person's job",
	 "run 10 session:0 a1 session; run 20 cron:7:x b1 batch; exec 10 env=A/s; exec 20 env=A/s",
	 "cross-workflow-reuse High create 1"},
	{"what calls itself so", "run 10 session:0 a1; run 20 cron:0:x b1; exec 10 env=A/s; exec 20 env=A/s",
	 "cross-workflow-reuse High create 1"},
	{"a tool that the person started elsewhere",
	 "run 10 session:0 a1 session; run 20 agent:b b1 agent; exec 10 env=A/s; read 20 A/s", ""},
	{"but not the person's CI job",
	 "run 10 session:0 a1 session; run 20 ci:b b1 ci-job; exec 10 env=A/s; exec 20 env=A/s",
	 "cross-workflow-reuse High create 1"},
	{"a backup by root",
	 "run 10 ci:a a1 ci-job; read 10 A/s; run 20 unit:b b1 unit; exec 20 as=tar; read 20 A/s; read 10 A/s", ""},
	{"a service of root's is no backup", "run 10 unit:a a1 unit; read 10 A/s; run 20 unit:b b1 unit; read 20 A/s",
	 "cross-workflow-reuse High create 1"},
	{"nor is one that shows what is in there",
	 "run 10 unit:a a1 unit; read 10 A/s; run 20 unit:b b1 unit; exec 20 as=cat; read 20 A/s",
	 "cross-workflow-reuse High create 1"},
	{"a nightly search",
	 "run 10 unit:a a1 unit; read 10 A/s; run 20 cron:0:x b1 batch; exec 20 as=grep; read 20 A/s", ""},
	{"an administrator looks first",
	 "run 20 session:7 b1 session; exec 20 as=less; read 20 A/s; run 10 ci:a a1 ci-job; read 10 A/s", ""},
	{"a program that an administrator started",
	 "run 20 session:7 b1 session; read 20 A/s; run 10 ci:a a1 ci-job; read 10 A/s",
	 "cross-workflow-reuse High create 1"},
	{"until it does more",
	 "run 10 ci:a a1 ci-job; read 10 A/s; run 20 unit:b b1 unit; exec 20 as=tar; read 20 A/s; connect 20 192.0.2.1 443",
	 "cross-workflow-reuse High create 1"},
	{"a container looks after nothing",
	 "run 10 ci:a a1 ci-job; read 10 A/s; run 20 container:b b1 container; read 20 A/s",
	 "cross-workflow-reuse High create 1"},
	{"shared store", TWO "read 10 A/s exempt; read 20 A/s exempt", ""},
	{"shared store on one side", TWO "read 10 A/s exempt; read 20 A/s", ""},
	{"repeats wait for their minute", TWO "read 10 A/s; read 20 A/s; read 20 A/s; read 10 A/s; tick",
	 "cross-workflow-reuse High create 1"},
	{"and go out on a tick after it", TWO "read 10 A/s; read 20 A/s; read 20 A/s; read 10 A/s; wait 61; tick; tick",
	 "cross-workflow-reuse High create 1; cross-workflow-reuse High update 3"},
	{"or with the next repeat", TWO "read 10 A/s; read 20 A/s; wait 61; read 20 A/s",
	 "cross-workflow-reuse High create 1; cross-workflow-reuse High update 2"},
	{"or on flush", TWO "read 10 A/s; read 20 A/s; read 20 A/s; flush; flush",
	 "cross-workflow-reuse High create 1; cross-workflow-reuse High update 2"},
	{"three workflows: two have what is the first one's",
	 TWO "run 30 ci:c c1; read 10 A/s; read 20 A/s; read 30 A/s; read 10 A/s; read 20 A/s; read 30 A/s; flush",
	 "cross-workflow-reuse High create 1; cross-workflow-reuse High create 1; cross-workflow-reuse High update 3; "
	 "cross-workflow-reuse High update 3"},
	{"of three, one that only inherited it owns nothing",
	 TWO "run 30 ci:c c1; exec 10 env=A/s; spawn 20 21 env=A/s; read 30 A/s",
	 "cross-workflow-reuse High create 1; cross-workflow-reuse High create 1"},
	{"a parent's, which its child has, too: one who is apart from both has the parent's",
	 "run 10 ci:a a1; read 10 A/s; spawn 10 11; run 11 agent:n n1; read 11 A/s; run 20 agent:b b1; read 20 A/s",
	 "delegated-credential Medium create 1; cross-workflow-reuse High create 1"},
	{"runs of one pair of workflows are one fact",
	 TWO "run 21 agent:b b2 container; read 10 A/s; read 20 A/s; read 21 A/s; flush",
	 "cross-workflow-reuse High create 1; cross-workflow-reuse High update 2"},
	{"known from the store", TWO "knownuse a1 A/s; read 20 A/s", "cross-workflow-reuse High create 1"},
	{"known, as a variable: the weaker claim", TWO "knownuse a1 A/s env; read 20 A/s",
	 "cross-workflow-reuse Medium create 1"},
	{"what is known is not reported by itself", TWO "knownuse a1 A/s; knownuse b1 A/s", ""},
	{"a child's copy of memory", TWO "read 10 A/s; fork 20 21; read 20 A/s; flush",
	 "cross-workflow-reuse High create 1"},
	{"exec drops what was read",
	 "run 10 ci:a a1; run 20 agent:b b1; spawn 20 21; read 10 A/s; "
	 "run 30 ci:c c1; fork 30 31; exec 31; connect 31 192.0.2.1 443",
	 ""},
	{"processes before the probes", "run 10 ci:a a1; read 10 A/s; run 20 agent:b b1; proc 21 20 env=A/s",
	 "cross-workflow-reuse High create 1"},
};

static void test_cases(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), stage_events);
}

static void test_the_finding(void **state)
{
	struct stage s = {0};
	const cJSON *f;

	(void)state;
	stage_open(&s);
	stage_play(&s,
		   "run 10 ci:a a1; run 20 agent:b b1 agent; spawn 20 21; wait 3; read 10 A/s; wait 5; read 21 A/s; "
		   "connect 21 192.0.2.7 443; flush");
	assert_int_equal(s.n, 2);
	f = s.findings[1];
	assert_string_equal(cl_json_get_str(f, "schema"), "credlineage.finding/1");
	assert_string_equal(cl_json_get_str(f, "id"), cl_json_get_str(s.findings[0], "id"));
	assert_int_equal(strlen(cl_json_get_str(f, "id")), 20);
	assert_string_equal(cl_json_get_str(f, "credential.fingerprint"), "cred:41414141414141414141414141414141");
	assert_string_equal(cl_json_get_str(f, "credential.key_id"), "0a0b0c0d");
	assert_string_equal(cl_json_get_str(f, "credential.class"), "static");
	assert_int_equal((int)cl_json_get_num(f, "credential.age_seconds"), 5);
	assert_string_equal(cl_json_get_str(f, "sides.0.run.workflow"), "ci:a");
	assert_string_equal(cl_json_get_str(f, "sides.1.run.workflow"), "agent:b");
	assert_string_equal(cl_json_get_str(f, "sides.1.run.id"), "b1");
	assert_string_equal(cl_json_get_str(f, "sides.1.process.name"), "p21");
	assert_string_equal(cl_json_get_str(f, "sides.1.process.chain.0.name"), "p20");
	assert_string_equal(cl_json_get_str(f, "sides.1.process.chain.1.exe"), "/sbin/init");
	assert_null(cl_json_at(f, "sides.1.process.chain.2"));
	assert_string_equal(cl_json_get_str(f, "sides.1.use.how"), "read");
	assert_string_equal(cl_json_get_str(f, "sides.1.use.path"), "/srv/A");
	assert_int_equal((int)cl_json_get_num(f, "sides.1.use.line"), 3);
	assert_int_equal(cJSON_GetArraySize(cl_json_at(f, "evidence")), 3);
	assert_string_equal(cl_json_get_str(f, "evidence.2.kind"), "connect");
	assert_string_equal(cl_json_get_str(f, "evidence.2.destination"), "tcp:192.0.2.7:443");
	assert_string_equal(cl_json_get_str(f, "destinations.0.id"), "destination:tcp:192.0.2.7:443");
	assert_int_equal((int)cl_json_get_num(f, "destinations.0.port"), 443);
	assert_string_equal(cl_json_get_str(f, "frameworks.0.id"), "ASI03");
	assert_true(cJSON_IsTrue(cl_json_at(f, "coverage.complete")));
	assert_true(cJSON_GetArraySize(cl_json_at(f, "lineage.nodes")) >= 8);
	assert_true(cJSON_GetArraySize(cl_json_at(f, "lineage.edges")) >= 8);
	assert_non_null(
		strstr(cl_json_get_str(f, "message"),
		       "Example credential cred:41414141414141414141414141414141 is in two workflows: in "
		       "workflow ci:a (run a1) p10 (pid 10, uid 0) read it from /srv/A:3 at 2023-11-14T23:13:"));
	stage_close(&s);
}

/* A read by another name, of which the kernel only counted most, and whose bytes are known in part only. */
static void test_what_is_odd_about_a_read_is_said(void **state)
{
	struct stage s = {0};
	struct cl_sighting t;
	struct cl_observation o;
	const cJSON *f;

	(void)state;
	stage_open(&s);
	stage_play(&s, "run 10 ci:a a1; run 20 agent:b b1 agent; wait 3; read 10 A/s; wait 5");
	t = stage_token(&s, "A/s", CL_SOURCE_FILE);
	o = mk_obs_read(0, stage_key(20), "/srv/A");
	o.filename = "/tmp/ln";
	o.unverified = 1;
	o.repeats = 41;
	mk_obs_sightings(&o, &t, 1);
	stage_feed(&s, o);
	stage_play(&s, "flush");
	f = s.findings[s.n - 1];
	assert_string_equal(cl_json_get_str(f, "evidence.1.asked_for"), "/tmp/ln");
	assert_string_equal(cl_json_get_str(f, "evidence.1.content"), "unverified");
	assert_int_equal((int)cl_json_get_num(f, "evidence.1.count"), 42);
	assert_string_equal(cl_json_get_str(f, "sides.1.use.asked_for"), "/tmp/ln");
	assert_null(cl_json_at(f, "evidence.0.content"));
	assert_int_equal((int)cl_json_get_num(f, "evidence.0.count"), 1);
	assert_non_null(strstr(cl_json_get_str(f, "message"),
			       "read it from /srv/A (asked for as /tmp/ln) (content unverified) at"));
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_the_finding),
		cmocka_unit_test(test_what_is_odd_about_a_read_is_said),
		cmocka_unit_test(test_events_are_sound),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
