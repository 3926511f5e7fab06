/* SPDX-License-Identifier: Apache-2.0 */
/* cross-environment-reuse: one credential in runs, or toward places, of different environments. */
#include "mk_stage.h"

#define CREATED "cross-environment-reuse High create 1"
#define LABELS                                                                                                         \
	"rules {\"environments\":{\"prod\":{\"runs\":[{\"workflow\":\"ci:p*\"}],\"destinations\":[\"127.0.0.2\"]},"    \
	"\"test\":{\"runs\":[{\"workflow\":\"ci:t*\"}],\"destinations\":[\"127.0.0.3\",\"*.test.example\"]}}}; "
/* One run in each: what two workflows with one credential mean besides is another detector's. */
#define TWO "run 10 ci:a a1 unit in=prod; run 20 ci:a a2 unit in=test; "

static const struct stage_case cases[] = {
	{"two runs that say so", TWO "read 10 A/s; read 20 A/s", CREATED},
	{"given to both", TWO "exec 10 env=A/s; exec 20 env=A/s", CREATED},
	{"a class that ends by itself", TWO "read 10 A/e+900; read 20 A/e+900", CREATED},
	{"a run toward another environment's place",
	 LABELS "run 10 ci:a a1 unit in=prod; read 10 A/s; connect 10 127.0.0.3 443", CREATED},
	{"toward places of two",
	 LABELS "run 10 ci:a a1 unit; read 10 A/s; connect 10 127.0.0.2 443; connect 10 127.0.0.3 443", CREATED},
	{"by name", LABELS "run 10 ci:a a1 unit in=prod; read 10 A/s; connect 10 10.0.0.9 443 db.test.example",
	 CREATED},
	{"by policy's label", LABELS "run 10 ci:p a1 unit; read 10 A/s; connect 10 127.0.0.3 443", CREATED},
	{"nested runs, too",
	 TWO "run 30 ci:a a3 unit in=prod; read 30 A/s; fork 30 31; run 31 ci:a a4 unit in=test; read 31 A/s",
	 "delegated-credential Low create 1; delegated-credential Medium update 2; " CREATED},
	{"a value that took the other's place",
	 TWO "file 10 /srv/t 1 A/s:token; file 20 /srv/t 2 B/s:token; file 20 /srv/u 1 A/s:token", CREATED},
	{"again is counted", TWO "read 10 A/s; read 20 A/s; connect 20 192.0.2.1 443; flush",
	 CREATED "; cross-environment-reuse High update 2"},
	{"a third environment is another pair", TWO "run 30 ci:a a3 unit in=lab; read 10 A/s; read 20 A/s; read 30 A/s",
	 CREATED "; " CREATED "; " CREATED},
	{"known since before the start", TWO "knownuse a1 A/s; read 20 A/s", CREATED},
	/* none of it */
	{"one environment", "run 10 ci:a a1 unit in=prod; run 20 ci:a a2 unit in=prod; read 10 A/s; read 20 A/s", ""},
	{"two credentials", TWO "read 10 A/s; read 20 B/s", ""},
	{"one has no label", "run 10 ci:a a1 unit in=prod; run 20 ci:a a2 unit; read 10 A/s; read 20 A/s", ""},
	{"one only inherited it", TWO "read 10 A/s; knownuse a2 A/s env; read 10 A/s", ""},
	{"its own environment's place", LABELS "run 10 ci:a a1 unit in=test; read 10 A/s; connect 10 127.0.0.3 443",
	 ""},
	{"a place without a label", LABELS "run 10 ci:a a1 unit in=test; read 10 A/s; connect 10 127.0.0.4 443", ""},
	{"who only inherited it goes there",
	 LABELS "run 10 ci:a a1 unit in=prod; exec 10 env=A/s; spawn 10 11 env=A/s; connect 11 127.0.0.3 443", ""},
	{"whoever goes there holds nothing",
	 LABELS "run 10 ci:a a1 unit in=prod; read 10 A/s; spawn 10 11; connect 11 127.0.0.3 443", ""},
	{"policy allows both", TWO "policy A/s store environments=prod,test; read 10 A/s; read 20 A/s", ""},
	{"policy allows one", TWO "policy A/s store environments=prod; read 10 A/s; read 20 A/s", CREATED},
};

static void test_cases(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), stage_events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_events_are_sound),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
