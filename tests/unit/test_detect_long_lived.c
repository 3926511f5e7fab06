/* SPDX-License-Identifier: Apache-2.0 */
/* long-lived: a credential is in use for longer than policy lets its kind live. */
#include "mk_stage.h"

#define CREATED "long-lived Medium create 1"
#define TTL(max) "rules {\"time_to_live\":[{\"class\":\"static\",\"max\":\"" max "\"}]}; "
#define DAY "wait 86401; "

static const struct stage_case cases[] = {
	{"read when it is too old", TTL("1d") "run 10 ci:a a1; read 10 A/s; " DAY "read 10 A/s", CREATED},
	{"connected with", TTL("1d") "run 10 ci:a a1; read 10 A/s; " DAY "connect 10 192.0.2.1 443", CREATED},
	{"given on", TTL("1d") "run 10 ci:a a1; read 10 A/s; " DAY "spawn 10 11 env=A/s", CREATED},
	{"on the command line", TTL("1d") "run 10 ci:a a1; read 10 A/s; " DAY "spawn 10 11 arg=A/s",
	 CREATED "; exposed-in-arguments Low create 1"},
	{"of a class that is not known",
	 "rules {\"time_to_live\":[{\"provider\":\"Example\",\"max\":\"1d\"}]}; "
	 "run 10 ci:a a1; read 10 A/u; " DAY "read 10 A/u",
	 CREATED},
	{"by its own issue", TTL("90d") "run 10 ci:a a1; file 10 /srv/t 1 A/s:token:issued=2023-01-01T00:00:00Z",
	 CREATED},
	{"by its certificate's begin",
	 TTL("90d") "run 10 ci:a a1; file 10 /srv/t 1 A/s:token:not_before=2023-01-01T00:00:00Z", CREATED},
	{"without policy a year after its issue",
	 "run 10 ci:a a1; file 10 /srv/t 1 A/s:token:issued=2021-01-01T00:00:00Z", CREATED},
	{"once, whoever uses it",
	 TTL("1d") "run 10 ci:a a1; read 10 A/s; " DAY "read 10 A/s; connect 10 192.0.2.1 443; run 20 ci:a a2 unit; "
		   "read 20 A/s; flush",
	 CREATED "; long-lived Medium update 3"},
	{"known since before the start", TTL("1d") "run 10 ci:a a1; knownuse a1 A/s; " DAY "read 10 A/s", CREATED},
	/* none of it */
	{"in time", TTL("2d") "run 10 ci:a a1; read 10 A/s; " DAY "read 10 A/s", ""},
	{"without policy, by when it was first seen", "run 10 ci:a a1; read 10 A/s; wait 40000000; read 10 A/s", ""},
	{"without policy, in the year of its issue",
	 "run 10 ci:a a1; file 10 /srv/t 1 A/s:token:issued=2023-01-01T00:00:00Z", ""},
	{"for ever by policy's word",
	 TTL("never") "run 10 ci:a a1; file 10 /srv/t 1 A/s:token:issued=2021-01-01T00:00:00Z", ""},
	{"issued in the future says nothing",
	 TTL("1d") "run 10 ci:a a1; file 10 /srv/t 1 A/s:token:issued=2030-01-01T00:00:00Z", ""},
	{"a time that is none says nothing", "run 10 ci:a a1; file 10 /srv/t 1 A/s:token:issued=yesterday", ""},
	{"it was only inherited", TTL("1d") "run 10 ci:a a1; exec 10 env=A/s; " DAY "spawn 10 11 env=A/s", ""},
	{"another kind",
	 "rules {\"time_to_live\":[{\"provider\":\"GitHub\",\"max\":\"1d\"}]}; run 10 ci:a a1; "
	 "read 10 A/s; " DAY "read 10 A/s",
	 ""},
	{"a new value took its place",
	 TTL("1d") "run 10 ci:a a1; file 10 /srv/t 1 A/s:token; " DAY "file 10 /srv/t 2 B/s:token; "
		   "connect 10 192.0.2.1 443",
	 ""},
	{"what ends by itself",
	 "rules {\"time_to_live\":[{\"provider\":\"Example\",\"max\":\"9d\"}]}; run 10 ci:a a1; "
	 "file 10 /srv/t 1 A/e:token:issued=2021-01-01T00:00:00Z",
	 "use-after-expiry Medium create 1"},
	{"it lies there", TTL("1d") "run 10 ci:a a1; read 10 A/s; " DAY "tick", ""},
};

static void test_cases(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), stage_events);
}

static void test_words(void **state)
{
	struct stage s = {.ocsf = NULL};

	(void)state;
	stage_open(&s);
	stage_play(&s, TTL("12h") "run 10 ci:a a1; read 10 A/s; " DAY "read 10 A/s");
	assert_int_equal(s.n, 1);
	assert_non_null(strstr(cl_json_get_str(s.findings[0], "message"),
			       " is still in use 1 day after it was first seen, where 12 hours are let pass: in "));
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_events_are_sound),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
