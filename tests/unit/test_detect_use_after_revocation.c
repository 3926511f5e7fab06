/* SPDX-License-Identifier: Apache-2.0 */
/* use-after-revocation: a credential that somebody declared dead is used. */
#include "mk_stage.h"

#define CREATED "use-after-revocation Critical create 1"

static const struct stage_case cases[] = {
	{"read", "run 10 ci:a a1; policy A/s store revoked=0; read 10 A/s", CREATED},
	{"revoked by the configuration, always", "run 10 ci:a a1; policy A/s configuration revoked; read 10 A/s",
	 CREATED},
	{"given at an exec", "run 10 ci:a a1; policy A/s store revoked=0; exec 10 env=A/s", CREATED},
	{"given on a command line", "run 10 ci:a a1; policy A/s store revoked=0; exec 10 arg=A/s",
	 CREATED "; exposed-in-arguments Low create 1"},
	{"inherited at an exec", "run 10 ci:a a1; exec 10 env=A/s; policy A/s store revoked=0; spawn 10 11 env=A/s",
	 CREATED},
	{"its holder connects", "run 10 ci:a a1; read 10 A/s; policy A/s store revoked=0; connect 10 192.0.2.1 443",
	 CREATED},
	{"received", "run 10 ci:a a1; policy A/s store revoked=0; receive 10 A/s 1 message", CREATED},
	{"outside of any run", "proc 5; policy A/s store revoked=0; read 5 A/s", CREATED},

	{"used before only", "run 10 ci:a a1; read 10 A/s; policy A/s store revoked=0; connect 11 192.0.2.1 443", ""},
	{"revoked from later on", "run 10 ci:a a1; policy A/s store revoked=60; read 10 A/s", ""},
	{"and later it is", "run 10 ci:a a1; policy A/s store revoked=60; wait 61; read 10 A/s", CREATED},
	{"another credential", "run 10 ci:a a1; policy A/s store revoked=0; read 10 B/s", ""},
	{"taken back", "run 10 ci:a a1; policy A/s store revoked=0; policy A/s store; read 10 A/s", ""},
	{"taken back in the store, not in the file",
	 "run 10 ci:a a1; policy A/s store revoked=0; policy A/s configuration revoked; policy A/s store; read 10 A/s",
	 CREATED},
	{"a label revokes nothing", "run 10 ci:a a1; policy A/s store label=x owner=y; read 10 A/s", ""},
	{"name service is no use",
	 "run 10 ci:a a1; read 10 A/s; policy A/s store revoked=0; connect 10 /run/nscd/socket", ""},
	{"who still has it when the monitor starts", "policy A/s store revoked=-60; proc 5 env=A/s", ""},
	{"but when it connects", "policy A/s store revoked=-60; proc 5 env=A/s; connect 5 192.0.2.1 443", CREATED},
	{"an exempt store", "run 10 ci:a a1; policy A/s store revoked=0; read 10 A/s exempt", ""},

	{"once, then counted",
	 "run 10 ci:a a1; policy A/s store revoked=0; read 10 A/s; read 10 A/s; wait 61; read 10 A/s",
	 CREATED "; use-after-revocation Critical update 3"},
	{"once per workflow", "run 10 ci:a a1; policy A/e store revoked=0; read 10 A/e; run 20 ci:a a2; read 20 A/e",
	 CREATED},
	{"in two workflows",
	 "run 10 ci:a a1; policy A/s store revoked=0 workflows=ci:a,ci:b; read 10 A/s; run 20 ci:b b1; read 20 A/s",
	 CREATED "; " CREATED},
	{"an allowance does not help", "run 10 ci:a a1; policy A/s store revoked=0 workflows=ci:a; read 10 A/s",
	 CREATED},
	{"closed when taken back", "run 10 ci:a a1; policy A/s store revoked=0; read 10 A/s; policy A/s store",
	 CREATED "; use-after-revocation Critical close 1"},
	{"closed once",
	 "run 10 ci:a a1; policy A/s store revoked=0; read 10 A/s; policy A/s store; policy A/s store label=x",
	 CREATED "; use-after-revocation Critical close 1"},
	{"and opened again",
	 "run 10 ci:a a1; policy A/s store revoked=0; read 10 A/s; policy A/s store; policy A/s store revoked=0; read 10 A/s",
	 CREATED "; use-after-revocation Critical close 1; use-after-revocation Critical update 2"},
	{"known from before",
	 "run 10 ci:a a1; policy A/s store revoked=0; read 10 A/s; knownfinding; read 10 A/s; flush",
	 CREATED "; use-after-revocation Critical update 2"},
};

static void test_cases(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), stage_events);
}

/* The sentence says who, when and why; hostile texts are shown as text. */
static void test_words(void **state)
{
	struct stage s = {.ocsf = stage_events};
	const char *message;

	(void)state;
	stage_open(&s);
	stage_play(&s,
		   "run 10 ci:a a1; policy A/s configuration label=de\x1bploy owner=ann; policy A/s store revoked=0; "
		   "read 10 A/s");
	assert_int_equal(s.n, 1);
	message = cl_json_get_str(s.findings[0], "message");
	assert_non_null(strstr(message, " was revoked at "));
	assert_non_null(strstr(message, " and is used: in workflow ci:a (run a1) "));
	assert_string_equal(cl_json_get_str(s.findings[0], "credential.label"), "de\x1bploy");
	assert_string_equal(cl_json_get_str(s.findings[0], "credential.owner"), "ann");
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
