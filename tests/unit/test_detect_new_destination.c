/* SPDX-License-Identifier: Apache-2.0 */
/* new-destination: a credential goes where it does not belong. */
#include "mk_stage.h"

#define CREATED "new-destination Medium create 1"
#define LOW "new-destination Low create 1"
/* A GitHub token's owner, and another program in another run of it that has read the token. */
#define OWNER "run 10 ci:a a1; read 10 g/s; connect 10 127.0.0.2 443; "
#define OTHER OWNER "spawn 10 11 as=evil; read 11 g/s; "
/* The same for a credential of which nobody knows where it belongs. */
#define NOBODYS "run 10 ci:a a1; read 10 A/s; connect 10 127.0.0.2 443; "
/* Nothing else than this detector is looked at: what the second run means to others is theirs to say. */
#define LATER OWNER "end a1; exit 10; run 20 ci:a a2 unit; read 20 g/s; "

static const struct stage_case cases[] = {
	{"another program of the run goes elsewhere", OTHER "connect 11 127.0.0.3 443", CREATED},
	{"a later run goes elsewhere", LATER "connect 20 127.0.0.3 443", CREATED},
	{"the same place on another port is another place", OTHER "connect 11 127.0.0.2 8443", CREATED},
	{"by a name that is not the provider's", OTHER "connect 11 192.0.2.9 443 collector.example", CREATED},
	{"a name that only looks like the provider's", OTHER "connect 11 192.0.2.9 443 evilgithub.com", CREATED},
	{"and one that begins like it", OTHER "connect 11 192.0.2.9 443 github.com.evil.example", CREATED},
	{"it has it on its command line", OWNER "spawn 10 11 as=evil arg=g/s; connect 11 127.0.0.3 443",
	 "exposed-in-arguments Low create 1; " CREATED},
	{"it alone was given it in a variable", OWNER "spawn 10 11 as=evil env=g/s; connect 11 127.0.0.3 443", CREATED},
	{"a forked child of the reader", OTHER "fork 11 12; connect 12 127.0.0.3 443", CREATED},
	{"a class that ends by itself is no better",
	 "run 10 ci:a a1; read 10 g/e+900; connect 10 127.0.0.2 443; "
	 "spawn 10 11 as=evil; read 11 g/e+900; connect 11 127.0.0.3 443",
	 CREATED},
	{"a datagram", OTHER "connect 11 127.0.0.3 4000u", CREATED},
	{"IPv6", OTHER "connect 11 2001:db8::1 443 collector.example", CREATED},
	{"its owner goes to the provider by name, another program of the run elsewhere",
	 "run 10 ci:a a1; read 10 g/s; connect 10 192.0.2.9 443 api.github.com; spawn 10 11 as=evil; read 11 g/s; "
	 "connect 11 127.0.0.3 443",
	 CREATED},
	{"a later run, after the provider by name",
	 "run 10 ci:a a1; read 10 g/s; connect 10 192.0.2.9 443 api.github.com; end a1; exit 10; "
	 "run 20 ci:a a2 unit; read 20 g/s; connect 20 192.0.2.10 443 collector.example",
	 CREATED},
	{"after what its run was declared to need",
	 "run 10 ci:a a1 to=127.0.0.2:443; read 10 A/s; connect 10 127.0.0.2 443; run 20 ci:a a2 unit; read 20 A/s; "
	 "connect 20 127.0.0.3 443",
	 CREATED},
	{"after a day the first one, too", OWNER "wait 90000; connect 10 127.0.0.3 443", CREATED},
	{"nobody's credential, other work", NOBODYS "run 20 ci:a a2 unit; read 20 A/s; connect 20 127.0.0.3 443",
	 CREATED},
	{"a restart forgets nothing",
	 "usual g/s 127.0.0.2:443,api.github.com a0 /bin/gh; run 10 ci:a a1; read 10 g/s; connect 10 127.0.0.3 443",
	 CREATED},

	/* one finding for one incident */
	{"again and again",
	 OTHER "connect 11 127.0.0.3 443; connect 11 127.0.0.3 443; wait 61; connect 11 127.0.0.3 443",
	 CREATED "; new-destination Medium update 3"},
	{"several places", OTHER "connect 11 127.0.0.3 443; connect 11 127.0.0.4 443; flush",
	 CREATED "; new-destination Medium update 2"},
	{"several credentials",
	 "run 10 ci:a a1; read 10 g/s; read 10 n/s; connect 10 127.0.0.2 443; "
	 "spawn 10 11 as=evil; read 11 g/s; read 11 n/s; connect 11 127.0.0.3 443",
	 CREATED},
	{"several processes",
	 OTHER "connect 11 127.0.0.3 443; spawn 10 12 as=worse; read 12 g/s; connect 12 127.0.0.3 443; flush",
	 CREATED "; new-destination Medium update 2"},

	/* it belongs there */
	{"the owner at its usual place", OWNER "connect 10 127.0.0.2 443", ""},
	{"another program at the usual place", OTHER "connect 11 127.0.0.2 443", ""},
	{"a later run at the usual place", LATER "connect 20 127.0.0.2 443", ""},
	{"the provider", OTHER "connect 11 192.0.2.9 443 api.github.com", ""},
	{"the provider itself", OTHER "connect 11 192.0.2.9 443 github.com", ""},
	{"the provider by one of its names", OTHER "connect 11 192.0.2.9 443 lb.example.net github.com", ""},
	{"its usual name, with another address",
	 "run 10 ci:a a1; read 10 g/s; connect 10 192.0.2.1 443 git.corp.example; spawn 10 11 as=b; read 11 g/s; "
	 "connect 11 192.0.2.2 443 git.corp.example",
	 ""},
	{"a host below its usual host",
	 "run 10 ci:a a1; read 10 g/s; connect 10 192.0.2.1 443 git.corp.example; spawn 10 11 as=b; read 11 g/s; "
	 "connect 11 192.0.2.2 443 lfs.git.corp.example",
	 ""},
	{"a host beside it is another",
	 "run 10 ci:a a1; read 10 g/s; connect 10 192.0.2.1 443 git.corp.example; spawn 10 11 as=b; read 11 g/s; "
	 "connect 11 192.0.2.2 443 evil.corp.example",
	 CREATED},
	{"a restart remembers",
	 "usual g/s 127.0.0.2:443,api.github.com a0 /bin/gh; run 10 ci:a a1; read 10 g/s; connect 10 127.0.0.2 443",
	 ""},
	{"policy allows the place", OTHER "policy g/s store destinations=127.0.0.3:443; connect 11 127.0.0.3 443", ""},
	{"policy allows another", OTHER "policy g/s store destinations=127.0.0.4:443; connect 11 127.0.0.3 443",
	 CREATED},
	{"policy allows the work whatever it does", OTHER "policy g/s store workflows=ci:a; connect 11 127.0.0.3 443",
	 ""},
	{"another of its credentials belongs there", OTHER "read 11 n/s; connect 11 192.0.2.9 443 registry.npmjs.org",
	 ""},
	{"what took its place belongs there, too",
	 "run 10 ci:a a1; file 10 /srv/t 1 g/s:token; connect 10 127.0.0.2 443; run 20 ci:a a2 unit; "
	 "file 20 /srv/t 2 n/s:token; connect 20 127.0.0.2 443",
	 ""},

	/* what its run was declared to need */
	{"outside of it, on the first use", "run 10 ci:a a1 to=127.0.0.2:443; read 10 A/s; connect 10 127.0.0.3 443",
	 CREATED},
	{"by whatever holds it",
	 "run 10 ci:a a1 to=127.0.0.2:443; exec 10 env=A/s; spawn 10 11 env=A/s; "
	 "connect 11 127.0.0.3 443",
	 CREATED},
	{"the provider is not in it",
	 "run 10 ci:a a1 to=127.0.0.2:443; read 10 g/s; connect 10 192.0.2.1 443 github.com", CREATED},
	{"within it", OWNER "run 20 ci:a a2 unit to=127.0.0.3:443; read 20 g/s; connect 20 127.0.0.3 443", ""},
	{"within it by name",
	 OWNER "run 20 ci:a a2 unit to=*.corp.example:443; read 20 g/s; connect 20 192.0.2.1 443 a.corp.example", ""},
	{"by name, which is not known", "run 10 ci:a a1 to=*.corp.example:443; read 10 g/s; connect 10 10.0.0.1 443",
	 ""},
	{"policy allows what it did not declare",
	 "run 10 ci:a a1 to=127.0.0.2:443; policy A/s store destinations=127.0.0.3:443; read 10 A/s; "
	 "connect 10 127.0.0.3 443",
	 ""},
	{"without a credential", "run 10 ci:a a1 to=127.0.0.2:443; connect 10 127.0.0.3 443", ""},

	/* it is being learned */
	{"the first use", "run 10 ci:a a1; read 10 g/s; connect 10 192.0.2.1 443 ghe.corp.example", ""},
	{"the first one goes on", OWNER "connect 10 127.0.0.3 443", ""},
	{"the first one goes on after the provider",
	 "run 10 ci:a a1; read 10 g/s; connect 10 192.0.2.9 443 api.github.com; connect 10 127.0.0.3 443", ""},
	{"what is only held beside the one that belongs there",
	 "run 10 ci:a a1; read 10 g/s; read 10 n/s; connect 10 192.0.2.9 443 api.github.com; "
	 "run 20 ci:a a2 unit; read 20 n/s; connect 20 127.0.0.3 443",
	 ""},
	{"so does its forked child", OWNER "fork 10 11; connect 11 127.0.0.3 443", ""},
	{"nobody's credential, another program of the run",
	 NOBODYS "spawn 10 11 as=b; read 11 A/s; connect 11 127.0.0.3 443", ""},
	{"nobody's credential, the same work again",
	 "run 10 unit:a a1 unit; exec 10 as=app; read 10 A/s; connect 10 127.0.0.2 443; end a1; exit 10; "
	 "run 20 unit:a a2 unit; exec 20 as=app; read 20 A/s; connect 20 127.0.0.3 443",
	 LOW},
	{"nobody's credential, the same work again, after other work had it",
	 "run 10 unit:a a1 unit; exec 10 as=app; read 10 A/s; connect 10 127.0.0.2 443; end a1; exit 10; "
	 "run 30 ci:b b1; read 30 A/s; run 20 unit:a a2 unit; exec 20 as=app; read 20 A/s; "
	 "connect 20 127.0.0.3 443",
	 "cross-workflow-reuse High create 1; " CREATED},
	{"who takes everything teaches nothing",
	 "run 10 ci:a a1; read 10 g/s; read 10 n/s; read 10 w/s; connect 10 127.0.0.9 443; "
	 "run 20 ci:a a2 unit; read 20 g/s; connect 20 127.0.0.2 443",
	 ""},

	{"nor at their providers",
	 "run 10 ci:a a1; read 10 g/s; read 10 n/s; read 10 w/s; connect 10 192.0.2.9 443 api.github.com; "
	 "run 20 ci:a a2 unit; read 20 g/s; connect 20 127.0.0.2 443",
	 ""},

	/* it did not mean it */
	{"only inherited",
	 "run 10 ci:a a1; exec 10 env=g/s; connect 10 127.0.0.2 443; spawn 10 11 env=g/s; "
	 "connect 11 127.0.0.3 443; connect 11 127.0.0.4 443",
	 ""},
	{"the surroundings of its run",
	 "fork 1 10; exec 10 cgroup=/system.slice/a.service env=g/s; connect 10 127.0.0.2 443; connect 10 127.0.0.3 443",
	 ""},
	{"exported to whatever is started",
	 OWNER "spawn 10 11 as=ls env=g/s; spawn 10 12 as=curl env=g/s; connect 12 127.0.0.3 443", ""},
	{"the program before it had it", OTHER "exec 11 as=curl; connect 11 127.0.0.3 443", ""},
	{"it looked into a process", OWNER "run 20 ci:a a2 unit; reach 20 10 mem; connect 20 127.0.0.3 443",
	 "process-scrape High create 1"},
	{"a process of before", OWNER "proc 30 env=g/s; connect 30 127.0.0.3 443", ""},
	{"it came with a descriptor", OWNER "spawn 10 11; receive 11 g/s 10 message; connect 11 127.0.0.3 443", ""},
	{"no credential at all", OWNER "spawn 10 11; connect 11 127.0.0.3 443", ""},
	{"its own service is visited", OTHER "accept 11 127.0.0.3 8080", ""},
	{"the connection is older", OWNER "spawn 10 11 as=rsync; connect 11 127.0.0.3 873; read 11 g/s", ""},

	/* nothing is sent there */
	{"a unix socket", OTHER "connect 11 /run/user/0/agent.sock", ""},
	{"name service", OTHER "connect 11 127.0.0.53 53u; connect 11 127.0.0.53 53; connect 11 224.0.0.251 5353u", ""},
	{"the time", OTHER "connect 11 192.0.2.5 123u", ""},
	{"a route is looked up", OTHER "connect 11 192.0.2.5 0u; connect 11 192.0.2.5 9u; connect 11 192.0.2.5 65535u",
	 ""},

	/* how sure it is */
	{"a public address without a name, where none is seen", OTHER "connect 11 203.0.113.9 443", LOW},
	{"where names are seen",
	 "run 9 ci:z z1; connect 9 203.0.113.1 443 www.example; " OTHER "connect 11 203.0.113.9 443", CREATED},
	{"a private address has none", OTHER "connect 11 10.1.2.3 443", CREATED},
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
