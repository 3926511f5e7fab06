/* SPDX-License-Identifier: Apache-2.0 */
/* credential-sweep: one piece of work collects credentials of several kinds. */
#include "mk_stage.h"

#define HIGH "credential-sweep High create 1"
#define MEDIUM "unexpected-reader Medium create 1"
#define AWS(pid) "store " #pid " aws_credentials /root/.aws/credentials A/s:AWS; "
#define VAULT(pid) "store " #pid " vault_token /root/.vault-token B/s:Vault; "
#define GH(pid) "store " #pid " gh_hosts /root/.config/gh/hosts.yml C/s:GitHub; "
#define CODEX(pid) "store " #pid " codex_auth /root/.codex/auth.json D/s:OpenAI; "
#define ENV(pid) "store " #pid " dotenv /srv/p/.env E/s:Stripe F/s:Slack G/s:Twilio; "
#define GIT(pid) "store " #pid " git_config_token /srv/p/.git/config H/s:GitLab; "
#define POD(pid) "store " #pid " k8s_sa_token /run/secrets/kubernetes.io/serviceaccount/token I/s:Kubernetes; "
#define EKS(pid)                                                                                                       \
	"store " #pid                                                                                                  \
	" k8s_eks_pod_identity /run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token J/s:EKS; "
#define OUT "connect 90 192.0.2.1 443; "
/* 90 is a program of its own in a run of its own. */
#define JOB "run 20 ci:a a1 ci-job; spawn 20 90 exe=/tmp/x; "
#define READER MEDIUM "; "

static const struct stage_case cases[] = {
	{"three kinds", JOB AWS(90) VAULT(90) GH(90), READER HIGH},
	{"two kinds", JOB AWS(90) VAULT(90) OUT, MEDIUM},
	{"many of one provider",
	 JOB AWS(90) "store 90 aws_config /root/.aws/config B/s:AWS; store 90 aws_cli_cache /root/.aws/cli/cache/x.json C/s:AWS; ",
	 MEDIUM},
	{"many providers in one file", JOB ENV(90) AWS(90), MEDIUM},
	{"not within a minute", JOB AWS(90) "wait 40; " VAULT(90) "wait 40; " GH(90),
	 MEDIUM "; unexpected-reader Medium update 3"},
	{"at last within a minute", JOB AWS(90) "wait 40; " VAULT(90) "wait 40; " GH(90) AWS(90),
	 READER "unexpected-reader Medium update 3; " HIGH},
	{"of any class",
	 JOB "store 90 aws_credentials /a/.aws/credentials A/e:AWS; store 90 vault_token /a/.vault-token B/e:Vault; "
	     "store 90 gh_hosts /a/.config/gh/hosts.yml C/u:GitHub",
	 READER HIGH},
	/* and out */
	{"and out", JOB AWS(90) VAULT(90) GH(90) OUT, READER HIGH "; credential-sweep Critical update 2"},
	{"and out by another process of the run",
	 JOB AWS(90) VAULT(90) GH(90) "exit 90; spawn 20 91; wait 600; connect 91 192.0.2.1 443",
	 READER HIGH "; credential-sweep Critical update 2"},
	{"out already", JOB OUT AWS(90) VAULT(90) GH(90), READER HIGH "; credential-sweep Critical update 2"},
	{"to a socket of this host", JOB AWS(90) VAULT(90) GH(90) "connect 90 /run/x.sock", READER HIGH},
	{"to be connected to", JOB AWS(90) VAULT(90) GH(90) "accept 90 192.0.2.1 443", READER HIGH},
	{"a name is asked for", JOB AWS(90) VAULT(90) GH(90) "connect 90 127.0.0.53 53u", READER HIGH},
	{"out somewhere else", JOB AWS(90) VAULT(90) GH(90) "run 30 ci:b b1; connect 30 192.0.2.1 443", READER HIGH},
	/* who */
	{"many processes of one run",
	 JOB "spawn 90 91 exe=/bin/cat; spawn 90 92 exe=/bin/cat; spawn 90 93 exe=/bin/cat; " AWS(91) VAULT(92)
		 GH(93) "flush",
	 READER HIGH "; unexpected-reader Medium update 3"},
	{"several runs",
	 "run 20 ci:a a1; spawn 20 90 exe=/tmp/x; run 30 ci:b b1; spawn 30 91 exe=/tmp/x; run 40 ci:c c1; spawn 40 92 exe=/tmp/x; " AWS(
		 90) VAULT(91) GH(92),
	 MEDIUM "; " MEDIUM "; " MEDIUM},
	{"a backup in Python, where there is a library for it",
	 "spawn 1 90 exe=/usr/bin/python3 script=/usr/bin/borg line=python3_/usr/bin/borg_create; " AWS(90)
		 VAULT(90) "store 90 docker_config /root/.docker/config.json C/s:Docker; " OUT,
	 ""},
	{"a program in Python, which does so",
	 "spawn 1 90 exe=/usr/bin/python3 script=/srv/x line=python3_/srv/x; " AWS(90)
		 VAULT(90) "store 90 docker_config /root/.docker/config.json C/s:Docker; " OUT,
	 HIGH "; credential-sweep Critical update 2"},
	{"a tree in surroundings",
	 "spawn 1 20 exe=/tmp/s; spawn 20 91 exe=/bin/cat; spawn 20 92 exe=/bin/cat; spawn 20 93 exe=/bin/cat; " AWS(91)
		 VAULT(92) GH(93) "connect 93 192.0.2.1 443; ",
	 READER HIGH "; credential-sweep Critical update 2"},
	{"a tree whose first process is gone",
	 "spawn 1 20 exe=/tmp/s; spawn 20 30 exe=/tmp/t; exit 20; spawn 30 91 exe=/bin/cat; spawn 30 92 exe=/bin/cat; "
	 "exit 30; spawn 91 93 exe=/bin/cat; " AWS(91) VAULT(92) GH(93),
	 READER HIGH},
	{"several trees in surroundings",
	 "spawn 1 91 exe=/bin/cat; spawn 1 92 exe=/bin/cat; spawn 1 93 exe=/bin/cat; " AWS(91) VAULT(92) GH(93),
	 MEDIUM},
	{"what a person types",
	 "spawn 1 5 exe=/usr/sbin/sshd; spawn 5 6 exe=/bin/bash line=-bash session=7; spawn 6 91 session=7 exe=/bin/cat; "
	 "spawn 6 92 session=7 exe=/bin/cat; spawn 6 93 session=7 exe=/bin/cat; " AWS(91) VAULT(92) GH(93),
	 "unexpected-reader Low create 1"},
	{"what a person searches",
	 "spawn 1 5 exe=/usr/sbin/sshd; spawn 5 6 exe=/bin/bash line=-bash session=7; spawn 6 91 session=7 exe=/bin/grep; " AWS(
		 91) VAULT(91) GH(91),
	 "unexpected-reader Low create 1"},
	{"what is piped into a person's shell",
	 "spawn 1 5 exe=/usr/sbin/sshd; spawn 5 6 exe=/bin/bash line=-bash session=7; spawn 6 7 session=7 exe=/bin/bash line=bash; "
	 "spawn 7 91 session=7 exe=/bin/cat; spawn 7 92 session=7 exe=/bin/cat; spawn 7 93 session=7 exe=/bin/cat; " AWS(
		 91) VAULT(92) GH(93),
	 READER HIGH},
	/* what does not count */
	{"a backup", "spawn 1 90 exe=/usr/bin/tar; " AWS(90) VAULT(90) GH(90) CODEX(90) OUT, ""},
	{"a backup that a person starts",
	 "spawn 1 5 exe=/usr/sbin/sshd; spawn 5 6 exe=/bin/bash line=-bash session=7; spawn 6 90 session=7 exe=/usr/bin/rsync; " AWS(
		 90) VAULT(90) GH(90) CODEX(90) OUT,
	 ""},
	{"tar in what a package brings",
	 "spawn 1 20 exe=/usr/bin/node script=/usr/bin/npm line=node_/usr/bin/npm_ci; spawn 20 90 exe=/usr/bin/tar; " AWS(
		 90) VAULT(90) GH(90),
	 READER HIGH},
	{"tar in a CI job", "run 20 ci:a a1 ci-job; spawn 20 90 exe=/usr/bin/tar; " AWS(90) VAULT(90) GH(90),
	 READER HIGH},
	{"a build with five tools",
	 "run 20 ci:a a1 ci-job; spawn 20 91 exe=/usr/bin/aws; spawn 20 92 exe=/usr/bin/vault; spawn 20 93 exe=/usr/bin/gh; "
	 "spawn 20 94 exe=/usr/bin/codex; " AWS(91) VAULT(92) GH(93) CODEX(94),
	 ""},
	{"an agent with its own and two more",
	 "run 20 agent:codex s1 agent; spawn 20 90 exe=/usr/bin/codex; " CODEX(90)
		 ENV(90) "spawn 90 91 exe=/usr/bin/gh; " GH(91) "connect 90 192.0.2.1 443",
	 ""},
	{"a search through a project",
	 JOB ENV(90) GIT(
		 90) "store 90 npmrc /srv/p/.npmrc A/s:npm; store 90 credentials_json /srv/p/credentials.json B/s:Google; ",
	 MEDIUM},
	{"what a pod is given",
	 "run 20 pod:p p1 pod; spawn 20 90 exe=/app/main; " POD(90) EKS(90)
		 ENV(90) "store 90 docker_secrets /run/secrets/db A/s:Postgres; ",
	 ""},
	{"inherited variables",
	 "run 20 ci:a a1; exec 20 env=A/s env=B/s env=C/s env=D/s; spawn 20 90 env=A/s env=B/s env=C/s env=D/s; " OUT,
	 ""},
	{"shared by design", JOB AWS(90) VAULT(90) "store 90 etc_shadow /etc/shadow", MEDIUM},
	{"a runtime with libraries",
	 "run 20 ci:a a1 ci-job; spawn 20 90 exe=/usr/bin/python3 line=python3_x.py; " AWS(90)
		 VAULT(90) "store 90 gcloud_adc /root/.config/gcloud/application_default_credentials.json C/s:Google; ",
	 HIGH},
	{"whom policy lets read",
	 "rules {\"readers\":[{\"store\":\"*\",\"exe\":\"/tmp/x\",\"reason\":\"r\"}]}; " JOB AWS(90) VAULT(90) GH(90),
	 ""},
	/* one incident */
	{"a further kind counts", JOB AWS(90) VAULT(90) GH(90) CODEX(90) "flush",
	 READER HIGH "; unexpected-reader Medium update 4; credential-sweep High update 2"},
	{"the same again does not", JOB AWS(90) VAULT(90) GH(90) GH(90) "flush",
	 READER HIGH "; unexpected-reader Medium update 4"},
};

static void test_cases(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), stage_events);
}

static void test_words(void **state)
{
	struct stage s = {0};
	const cJSON *f;

	(void)state;
	stage_open(&s);
	stage_play(&s, JOB AWS(90) VAULT(90) GH(90) OUT);
	f = s.findings[s.n - 1];
	assert_non_null(
		strstr(cl_json_get_str(f, "message"),
		       "workflow ci:a (run a1) collected credentials of 3 providers (AWS, Vault, GitHub) from 3 kinds "
		       "of stores within a minute and connected out: x (pid 90, uid 0) connected to "
		       "tcp:192.0.2.1:443"));
	assert_string_equal(cl_json_get_str(f, "evidence.0.path"), "/root/.aws/credentials");
	assert_string_equal(cl_json_get_str(f, "evidence.2.path"), "/root/.config/gh/hosts.yml");
	assert_string_equal(cl_json_get_str(f, "evidence.3.kind"), "connect");
	assert_string_equal(cl_json_get_str(f, "destinations.0.address"), "192.0.2.1");
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
