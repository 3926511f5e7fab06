/* SPDX-License-Identifier: Apache-2.0 */
/* credential-copied: a known credential turns up in a second file. */
#include "mk_stage.h"

#define LOW "credential-copied Low create 1"
#define RUN "run 20 ci:a a1; spawn 20 90 exe=/usr/bin/node; "
#define NPM RUN "store 90 npmrc /root/.npmrc A/s; "

static const struct stage_case cases[] = {
	{"a backup",
	 "spawn 1 90 exe=/usr/bin/tar; store 90 aws_credentials /root/.aws/credentials A/s; write 90 /srv/b.tar 7; "
	 "stored 90 /srv/b.tar 7 A/s",
	 ""},
	{"a backup by one of many programs in one file",
	 "spawn 1 90 exe=/bin/busybox line=tar_cf_/srv/b.tar_/root; store 90 aws_credentials /root/.aws/credentials A/s; "
	 "write 90 /srv/b.tar 7; stored 90 /srv/b.tar 7 A/s",
	 ""},
	{"who reads it back has it from there",
	 "spawn 1 90 exe=/usr/bin/tar; store 90 aws_credentials /root/.aws/credentials A/s; write 90 /srv/b.tar 7; "
	 "stored 90 /srv/b.tar 7 A/s; spawn 1 91 exe=/bin/cat; file 91 /srv/b.tar 7 A",
	 ""},
	{"a job's artifact is no backup",
	 "run 20 ci:a a1 ci-job; spawn 20 90 exe=/usr/bin/tar; store 90 aws_credentials /root/.aws/credentials A/s; write 90 /srv/b.tar 7; "
	 "stored 90 /srv/b.tar 7 A/s",
	 "unexpected-reader Medium create 1; credential-copied Low create 1"},
	{"a second file", NPM "store 90 dotenv /srv/.env A/s", LOW},
	{"a file that no store claims", NPM "file 90 /tmp/x 7 A/s", LOW},
	{"a file that is being rewritten", NPM "file 90 /root/.npmrc.12345 7 A/s", ""},
	{"a file that a holder wrote", NPM "stored 90 /var/log/x.log 77 A/s", LOW},
	{"what a holder wrote and the value is not in", NPM "stored 90 /var/log/x.log 77", ""},
	{"what a holder rewrites", NPM "stored 90 /root/.npmrc.tmp 77 A/s; store 90 npmrc /root/.npmrc A/s", ""},
	{"two of one kind", NPM "store 90 npmrc /srv/.npmrc A/s", LOW},
	{"another value", NPM "store 90 dotenv /srv/.env B/s", ""},
	{"the same file again", NPM "store 90 npmrc /root/.npmrc A/s", ""},
	{"the same inode by another name: a link, a bind mount",
	 RUN "file 90 /a/.npmrc 7 A/s; file 90 /mnt/npmrc 7 A/s", ""},
	{"the same path in another root", NPM "store 90 npmrc /var/lib/machines/x/root/.npmrc A/s", ""},
	{"an editor's backup beside it", NPM "store 90 npmrc /root/.npmrc~ A/s; store 90 npmrc /root/.npmrc.bak A/s",
	 ""},
	{"a swap file", NPM "store 90 npmrc /root/.npmrc.swp A/s", ""},
	{"a backup somewhere else", NPM "store 90 npmrc /tmp/.npmrc.bak A/s", LOW},
	{"two files of one tool",
	 "run 20 ci:a a1; spawn 20 90 exe=/usr/bin/aws; store 90 aws_credentials /root/.aws/credentials A/s; "
	 "store 90 aws_cli_cache /root/.aws/cli/cache/x.json A/s",
	 ""},
	{"one file name of one tool, in two homes",
	 "run 20 ci:a a1; spawn 20 90 exe=/usr/bin/aws; store 90 aws_credentials /root/.aws/credentials A/s; "
	 "store 90 aws_credentials /home/x/.aws/credentials A/s",
	 LOW},
	{"put into two places for the work",
	 RUN "store 90 k8s_sa_token /run/secrets/kubernetes.io/serviceaccount/token A/e; "
	     "store 90 docker_secrets /run/secrets/api A/e",
	 ""},
	{"from there into another file",
	 RUN "store 90 docker_secrets /run/secrets/api A/s; store 90 dotenv /srv/.env A/s", LOW},
	{"shared by design", NPM "store 90 ca_bundle /etc/ssl/certs/x.pem A/s", ""},
	{"in an environment, in arguments", NPM "spawn 90 91 env=A/s; environ 90 A/s 91", ""},
	{"of any class", RUN "store 90 npmrc /root/.npmrc A/e; store 90 dotenv /srv/.env A/e", LOW},
	{"further files count", NPM "store 90 dotenv /a/.env A/s; store 90 dotenv /b/.env A/s; flush",
	 LOW "; credential-copied Low update 2"},
	{"several credentials into one file",
	 NPM
	 "store 90 aws_credentials /root/.aws/credentials B/s; stored 90 /srv/found.json 77 A/s; stored 90 /srv/found.json 77 B/s; "
	 "flush",
	 LOW "; credential-copied Low update 2"},
	{"into a file each",
	 NPM "store 90 aws_credentials /root/.aws/credentials B/s; stored 90 /srv/a.json 77 A/s; "
	     "stored 90 /srv/b.json 78 B/s; flush",
	 LOW "; " LOW},
	{"what was copied already counts where it was",
	 NPM
	 "store 90 aws_credentials /root/.aws/credentials B/s; stored 90 /srv/a.json 77 A/s; stored 90 /srv/a.json 77 B/s; "
	 "stored 90 /opt/b.json 78 B/s; flush",
	 LOW "; credential-copied Low update 3"},
	{"two values behind one link, by turns",
	 RUN "file 90 /a/t 7 A/s:T asked=/link; file 90 /b/t 8 B/s:T asked=/link; file 90 /a/t 7 A/s:T asked=/link",
	 ""},
	{"a value that another one has replaced",
	 RUN "file 90 /a/t 7 A/s:T; file 90 /a/t 8 B/s:T; file 90 /b/t 9 A/s:T", LOW},
	{"a rotated value is the same credential",
	 RUN "file 90 /a/t 7 A/s:T; file 90 /b/t 8 A/s:T; file 90 /a/t 9 B/s:T; file 90 /b/t 10 B/s:T; flush", LOW},
};

static void test_cases(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), stage_events);
}

/* A repeat that waits goes out before its credential makes room for another one. */
static void test_evicted(void **state)
{
	struct stage s = {.limits = {.processes = 64,
				     .runs = 16,
				     .credentials = 2,
				     .uses = 4,
				     .findings = 16,
				     .nodes = 1024,
				     .edges = 1024}};

	(void)state;
	stage_open(&s);
	stage_play(&s, NPM "store 90 dotenv /a/.env A/s; store 90 dotenv /b/.env A/s");
	assert_int_equal(s.n, 1);
	stage_play(&s, "store 90 npmrc /c/.npmrc B/s; store 90 npmrc /d/.npmrc C/s; flush");
	assert_int_equal(s.n, 2);
	assert_string_equal(cl_json_get_str(s.findings[1], "activity"), "update");
	assert_int_equal(cl_json_get_num(s.findings[1], "count"), 2);
	assert_string_equal(cl_json_get_str(s.findings[1], "credential.fingerprint"),
			    cl_json_get_str(s.findings[0], "credential.fingerprint"));
	stage_close(&s);
}

/* What the store knew before the start is a place like any other. */
static void test_known(void **state)
{
	struct stage s = {0};
	struct cl_sighting t;
	struct cl_observation o = {.kind = CL_OBS_KNOWN_PLACE, .path = "/root/.npmrc"};

	(void)state;
	stage_open(&s);
	t = stage_token(&s, "A/s", CL_SOURCE_FILE);
	mk_obs_sightings(&o, &t, 1);
	stage_feed(&s, o);
	stage_play(&s, RUN "store 90 npmrc /root/.npmrc A/s");
	assert_int_equal(s.n, 0);
	stage_play(&s, "store 90 dotenv /srv/.env A/s");
	assert_int_equal(s.n, 1);
	assert_non_null(
		strstr(cl_json_get_str(s.findings[0], "message"),
		       " lies in more than one file: in /root/.npmrc and in /srv/.env; in workflow ci:a (run a1) "
		       "node (pid 90, uid 0) read it from /srv/.env"));
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_evicted),
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_events_are_sound),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
