/* SPDX-License-Identifier: Apache-2.0 */
/* use-after-expiry: a credential that has ended is used. */
#include "mk_stage.h"

#define TTL(max) "rules {\"time_to_live\":[{\"provider\":\"Example\",\"max\":\"" max "\"}]}; "
#define CREATED "use-after-expiry Medium create 1"

static const struct stage_case cases[] = {
	{"ended, read, then connected", "run 10 ci:a a1; read 10 A/e-300; connect 10 127.0.0.1 8080", CREATED},
	{"given in the environment", "run 10 ci:a a1; spawn 10 11 env=A/e-300", CREATED},
	{"given on the command line", "run 10 ci:a a1; spawn 10 11 arg=A/e-300",
	 CREATED "; exposed-in-arguments Low create 1"},
	{"it ended while it was held", "run 10 ci:a a1; read 10 A/e+60; wait 200; connect 10 192.0.2.1 443", CREATED},
	{"again and again is one",
	 "run 10 ci:a a1; read 10 A/e-300; connect 10 192.0.2.1 443; connect 10 192.0.2.1 443; wait 61; "
	 "connect 10 192.0.2.1 443",
	 CREATED "; use-after-expiry Medium update 4"},
	{"another run of the workflow is the same fact",
	 "run 10 ci:a a1; spawn 10 11 env=A/e-300; run 20 ci:a a2; wait 61; spawn 20 21 env=A/e-300",
	 CREATED "; use-after-expiry Medium update 2"},
	{"an heir that connects",
	 "run 10 ci:a a1; exec 10 env=A/e+1; wait 300; spawn 10 11 env=A/e-299; connect 11 192.0.2.1 443", CREATED},
	/* none of it */
	{"in time", "run 10 ci:a a1; read 10 A/e+60; connect 10 192.0.2.1 443", ""},
	{"within a minute of its end", "run 10 ci:a a1; read 10 A/e+1; wait 60; connect 10 192.0.2.1 443", ""},
	{"a minute and more", "run 10 ci:a a1; read 10 A/e+1; wait 62; connect 10 192.0.2.1 443", CREATED},
	{"only read", "run 10 ci:a a1; read 10 A/e-300", CREATED},
	{"read by who can renew it",
	 "run 10 ci:a a1; file 10 /srv/t 1 A/e-300:access_token:renewable=x B/s:refresh_token", ""},
	{"only inherited", "run 10 ci:a a1; exec 10 env=A/e+1; wait 300; spawn 10 11 env=A/e-299", ""},
	{"it lies there", "run 10 ci:a a1; read 10 A/e+60; wait 3000; run 20 ci:b b1; connect 20 192.0.2.1 443", ""},
	{"a process of before", "proc 10 env=A/e-300", ""},
	{"which connects", "proc 10 env=A/e-300; connect 10 192.0.2.1 443", CREATED},
	{"no end is known", "run 10 ci:a a1; read 10 A/e; wait 90000; connect 10 192.0.2.1 443", ""},
	{"static", "run 10 ci:a a1; read 10 A/s; wait 90000; connect 10 192.0.2.1 443", ""},
	{"name service is no use", "run 10 ci:a a1; read 10 A/e+60; wait 200; connect 10 /run/nscd/socket", ""},
	{"the program before had it", "run 10 ci:a a1; read 10 A/e+60; exec 10; wait 200; connect 10 192.0.2.1 443",
	 ""},
	{"it renews",
	 "run 10 ci:a a1; file 10 /srv/t 1 A/e-300:access_token:renewable=x B/s:refresh_token; "
	 "connect 10 192.0.2.1 443",
	 ""},
	{"refreshed in time",
	 "run 10 ci:a a1; file 10 /srv/t 1 A/e+60:token; wait 50; file 10 /srv/t 2 B/e+600:token; wait 100; "
	 "connect 10 192.0.2.1 443",
	 ""},
	{"refreshed, and not read again",
	 "run 10 ci:a a1; file 10 /srv/t 1 A/e+60:token; wait 50; run 20 ci:b b1; file 20 /srv/t 2 B/e+600:token; "
	 "wait 100; connect 10 192.0.2.1 443",
	 CREATED},
	/* policy */
	{"policy ends it earlier", TTL("1h") "run 10 ci:a a1; read 10 A/e+90000; wait 3700; connect 10 192.0.2.1 443",
	 CREATED},
	{"within policy's time", TTL("1h") "run 10 ci:a a1; read 10 A/e+90000; wait 3500; connect 10 192.0.2.1 443",
	 ""},
	{"policy ends what says nothing", TTL("1h") "run 10 ci:a a1; read 10 A/e; wait 3700; connect 10 192.0.2.1 443",
	 CREATED},
	{"policy prolongs nothing", TTL("9h") "run 10 ci:a a1; read 10 A/e+60; wait 200; connect 10 192.0.2.1 443",
	 CREATED},
	{"for ever by policy's word", TTL("never") "run 10 ci:a a1; read 10 A/e; wait 90000; connect 10 192.0.2.1 443",
	 ""},
	{"what never ends is long-lived", TTL("1h") "run 10 ci:a a1; read 10 A/s; wait 3700; connect 10 192.0.2.1 443",
	 "long-lived Medium create 1"},
	{"with the minute forgiven only once", "run 10 ci:a a1; read 10 A/e-59; connect 10 192.0.2.1 443", ""},
};

static void test_cases(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), stage_events);
}

static void test_words(void **state)
{
	struct stage s = {.ocsf = NULL};
	const char *message;

	(void)state;
	stage_open(&s);
	stage_play(&s,
		   "run 10 ci:a a1; file 10 /srv/t 1 A/e+60:token:expiry=declared; wait 200; connect 10 127.0.0.1 80");
	assert_int_equal(s.n, 1);
	message = cl_json_get_str(s.findings[0], "message");
	assert_non_null(strstr(message, " ended at 2023-11-14T23:1"));
	assert_non_null(strstr(message,
			       "Z (declared) and is used: in workflow ci:a (run a1) p10 (pid 10, uid 0) connected to "
			       "tcp:127.0.0.1:80 while holding it at "));
	assert_string_equal(cl_json_get_str(s.findings[0], "credential.facts.expiry"), "declared");
	assert_true(cJSON_GetArraySize(cl_json_at(s.findings[0], "frameworks")) > 5);
	stage_close(&s);
}

/* Everything of it comes from facts, in a fixed order. */
static void test_says_to_whom_it_was_issued(void **state)
{
	struct stage s = {.ocsf = stage_events};
	char story[] = "run 10 ci:a a1; file 10 /srv/t 1 A/e-300:token:@; connect 10 127.0.0.1 80";
	char *facts = strdup(
		"workload=kubernetes\nworkload_namespace=prod\nworkload_pod=api-0\nworkload_service_account=api");

	(void)state;
	stage_open(&s);
	stage_facts = facts;
	stage_play(&s, story);
	stage_facts = NULL;
	assert_int_equal(s.n, 1);
	assert_non_null(strstr(cl_json_get_str(s.findings[0], "message"),
			       "; it was issued to kubernetes prod/api-0 service account api (declared by the token)"));
	stage_close(&s);
	free(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_says_to_whom_it_was_issued),
		cmocka_unit_test(test_events_are_sound),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
