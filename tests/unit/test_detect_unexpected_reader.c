/* SPDX-License-Identifier: Apache-2.0 */
/* unexpected-reader: who may read a credential store without being noticed. */
#include "mk_stage.h"

#define MEDIUM "unexpected-reader Medium create 1"
#define LOW "unexpected-reader Low create 1"
/* A daemon's child that runs EXE. */
#define AS(exe) "spawn 1 90 exe=" exe "; "
#define AWS "store 90 aws_credentials /root/.aws/credentials A/s"
#define RULES(what) "rules {\"readers\":[{" what ",\"reason\":\"r\"}]}; "
#define SHADOW "store 90 etc_shadow /etc/shadow"
/* 5 is sshd, 6 a person's shell, 90 what that starts. */
#define SSH "spawn 1 5 exe=/usr/sbin/sshd; spawn 5 6 exe=/bin/bash line=-bash session=7; "
#define PERSON(exe) SSH "spawn 6 90 session=7 exe=" exe "; "
/* 20 is a package manager at work, 21 the shell of what a package brought. */
#define NPM                                                                                                            \
	"spawn 1 20 exe=/usr/bin/node script=/usr/bin/npm line=node_/usr/bin/npm_install; "                            \
	"spawn 20 21 exe=/bin/dash line=sh_-c_x; "
#define AGENT "run 20 agent:claude s1 agent; "

static const struct stage_case cases[] = {
	/* whose store it is */
	{"its own program", AS("/usr/local/bin/aws") AWS, ""},
	{"a stranger", AS("/usr/bin/x") AWS, MEDIUM},
	{"a name that begins alike", AS("/usr/bin/awsx") AWS, MEDIUM},
	{"a version in the name", AS("/usr/sbin/php-fpm8.2") "store 90 wp_config /srv/w/wp-config.php A/s", ""},
	{"a pattern", AS("/usr/bin/docker-credential-pass") "store 90 docker_config /root/.docker/config.json A/s", ""},
	{"a script of that name",
	 "spawn 1 90 exe=/usr/bin/python3.11 script=/usr/bin/twine line=python3_/usr/bin/twine_upload; "
	 "store 90 pypirc /root/.pypirc A/s",
	 ""},
	{"by its path: the agent's own package",
	 "spawn 1 90 exe=/usr/bin/node line=node_/usr/lib/node/@anthropic-ai/claude-code/cli.js; "
	 "store 90 claude_credentials /root/.claude/.credentials.json A/s",
	 ""},
	{"by its path: a program that is called by its version",
	 AS("/root/.local/share/claude/versions/2.0.14") "store 90 claude_credentials /root/.claude/.credentials.json A/s",
	 ""},
	{"another program of the same interpreter",
	 "spawn 1 90 exe=/usr/bin/node line=node_/tmp/bundle.js; store 90 claude_credentials /root/.claude/.credentials.json A/s",
	 MEDIUM},
	{"a tool in its own shell script",
	 "spawn 1 9 exe=/bin/bash script=/usr/bin/claude line=/bin/bash_/usr/bin/claude; spawn 9 90 exe=/bin/cat; "
	 "store 90 claude_credentials /root/.claude/.credentials.json A/s",
	 ""},
	{"a tool in another script",
	 "spawn 1 9 exe=/bin/bash script=/tmp/x line=/bin/bash_/tmp/x; spawn 9 90 exe=/bin/cat; "
	 "store 90 claude_credentials /root/.claude/.credentials.json A/s",
	 MEDIUM},
	{"the shell that its own program started for somebody",
	 "spawn 1 9 exe=/usr/bin/claude; spawn 9 90 exe=/bin/bash line=bash_-c_x; "
	 "store 90 claude_credentials /root/.claude/.credentials.json A/s",
	 MEDIUM},
	{"its own name, without a file", "spawn 1 90 exe=/memfd:aws memfd; " AWS, MEDIUM},
	{"node is at home at npm's", AS("/usr/bin/node") "store 90 npmrc /root/.npmrc A/s", ""},
	{"a browser's own",
	 AS("/opt/google/chrome/chrome") "store 90 chrome_cookies /root/.config/google-chrome/Default/Cookies", ""},
	{"a browser's, read by another one",
	 AS("/usr/bin/python3") "store 90 chrome_cookies /root/.config/google-chrome/Default/Cookies", MEDIUM},
	{"who reads it is not known", AS("/usr/bin/x") "store 90 dotenv /srv/.env A/s", ""},
	/* through a library */
	{"a program of a runtime with an SDK", AS("/usr/bin/python3") AWS, ""},
	{"where the store has no library", AS("/usr/bin/python3") "store 90 gh_hosts /root/.config/gh/hosts.yml A/s",
	 MEDIUM},
	/* what counts */
	{"a configuration file that holds none", AS("/usr/bin/x") "store 90 npmrc /srv/.npmrc", ""},
	{"a store that is the secret, whatever is in it", AS("/usr/bin/x") SHADOW, MEDIUM},
	{"ephemeral just as well", AS("/usr/bin/x") "store 90 aws_credentials /root/.aws/credentials A/e", MEDIUM},
	/* the password database */
	{"sudo", AS("/usr/bin/sudo") SHADOW, ""},
	{"su", AS("/usr/bin/su") SHADOW, ""},
	{"login over ssh", AS("/usr/sbin/sshd") SHADOW, ""},
	{"cron", AS("/usr/sbin/cron") SHADOW, ""},
	{"PAM's helper", AS("/usr/sbin/unix_chkpwd") SHADOW, ""},
	{"useradd in a package's script",
	 "spawn 1 8 exe=/usr/bin/dpkg; spawn 8 9 exe=/bin/dash script=/var/lib/dpkg/info/x.postinst; spawn 9 90 exe=/usr/sbin/useradd; " SHADOW,
	 ""},
	{"grep in a package's script",
	 "spawn 1 8 exe=/usr/bin/dpkg; spawn 8 9 exe=/bin/dash script=/var/lib/dpkg/info/x.postinst; spawn 9 90 exe=/bin/grep; " SHADOW,
	 ""},
	{"grep in a script of anybody",
	 "spawn 1 9 exe=/bin/dash script=/tmp/x line=/bin/dash_/tmp/x; spawn 9 90 exe=/bin/grep; " SHADOW, MEDIUM},
	{"a shell under a web server", "spawn 1 9 exe=/usr/sbin/nginx; spawn 9 90 exe=/bin/dash line=sh_-c_x; " SHADOW,
	 MEDIUM},
	/* bystanders */
	{"backup by tar", AS("/usr/bin/tar") AWS, ""},
	{"backup by rsync", AS("/usr/bin/rsync") AWS, ""},
	{"backup by a script in Python",
	 "spawn 1 90 exe=/usr/bin/python3 script=/usr/bin/borg line=python3_/usr/bin/borg_create; store 90 ssh_private_keys /root/.ssh/id_rsa A/s",
	 ""},
	{"an editor", AS("/usr/bin/vim.basic") AWS, ""},
	{"version control", AS("/usr/bin/git") "store 90 npmrc /srv/.npmrc A/s", ""},
	{"version control in an agent", AGENT "spawn 20 90 exe=/usr/bin/git; store 90 npmrc /srv/.npmrc A/s", ""},
	{"a virus scanner", AS("/usr/bin/clamscan") AWS, ""},
	{"a program that calls itself so", AS("/tmp/clamscan") AWS, MEDIUM},
	{"root's unit that copies", "spawn 1 90 exe=/bin/cp cgroup=/system.slice/passwd.service; " SHADOW, ""},
	{"another user's unit that copies", "spawn 1 90 exe=/bin/cp cgroup=/system.slice/x.service uid=33; " SHADOW,
	 MEDIUM},
	{"somebody who copies", AS("/bin/cp") SHADOW, MEDIUM},
	/* sums tell nothing of what they were made of */
	{"a sum of a store", AS("/usr/bin/sha256sum") AWS, ""},
	{"a sum in a CI job", "run 20 ci:x j1 ci-job; spawn 20 90 exe=/usr/bin/md5sum; " AWS, ""},
	{"a sum in a package's installation", NPM "spawn 21 90 exe=/usr/bin/md5sum; " AWS, MEDIUM},
	{"a program that calls itself a sum", AS("/tmp/md5sum") AWS, MEDIUM},
	{"what prints where two files differ", AS("/usr/bin/cmp") AWS, MEDIUM},
	{"what prints names from a file", AS("/usr/bin/file") AWS, MEDIUM},
	/* an editor's server on another host than its window */
	{"an editor's server",
	 "spawn 1 90 exe=/root/.vscode-server/cli/servers/Stable-1/server/node "
	 "line=node_/root/.vscode-server/cli/servers/Stable-1/server/out/bootstrap-fork_--type=extensionHost; "
	 "store 90 gh_hosts /root/.config/gh/hosts.yml A/s",
	 ""},
	{"what is started in the terminal of one",
	 "spawn 1 9 exe=/root/.vscode-server/cli/servers/Stable-1/server/node "
	 "line=node_/root/.vscode-server/cli/servers/Stable-1/server/out/bootstrap-fork; "
	 "spawn 9 90 exe=/usr/bin/node line=node_/root/p/x.js; store 90 gh_hosts /root/.config/gh/hosts.yml A/s",
	 MEDIUM},
	{"an agent that has such a directory",
	 AGENT "spawn 20 90 exe=/root/.vscode-server/cli/servers/Stable-1/server/node; "
	       "store 90 gh_hosts /root/.config/gh/hosts.yml A/s",
	 MEDIUM},
	/* a person */
	{"a person looks", PERSON("/bin/cat") AWS, LOW},
	{"a person searches with find",
	 SSH "spawn 6 9 session=7 exe=/usr/bin/find; spawn 9 90 session=7 exe=/bin/grep; " AWS, LOW},
	{"a person as root",
	 SSH
	 "spawn 6 8 session=7 exe=/usr/bin/sudo; spawn 8 9 session=7 exe=/bin/bash line=-bash; spawn 9 90 session=7 exe=/bin/cat; " AWS,
	 LOW},
	{"a person edits", PERSON("/usr/bin/nano") AWS, ""},
	{"a person copies to another host", PERSON("/usr/bin/scp") AWS, LOW},
	{"somebody does", AS("/usr/bin/scp") AWS, MEDIUM},
	{"root's unit does", "spawn 1 90 exe=/usr/bin/scp cgroup=/system.slice/backup.service; " AWS, ""},
	{"a person's script",
	 SSH "spawn 6 9 session=7 exe=/bin/bash line=bash_x.sh; spawn 9 90 session=7 exe=/bin/cat; " AWS, MEDIUM},
	{"what is piped into a person's shell",
	 SSH "spawn 6 9 session=7 exe=/bin/bash line=bash; spawn 9 90 session=7 exe=/bin/cat; " AWS, MEDIUM},
	{"a person's unknown program", PERSON("/home/x/stealer") AWS, MEDIUM},
	/* what a package brings to its own installation */
	{"cat in it", NPM "spawn 21 90 exe=/bin/cat; " AWS, MEDIUM},
	{"tar in it", NPM "spawn 21 90 exe=/bin/tar; " AWS, MEDIUM},
	{"its interpreter", NPM "spawn 21 90 exe=/usr/bin/node line=node_bundle.js; " AWS, MEDIUM},
	{"its interpreter, at the manager's own store",
	 NPM "spawn 21 90 exe=/usr/bin/node line=node_bundle.js; store 90 npmrc /root/.npmrc A/s", ""},
	{"the same by npm run",
	 "spawn 1 20 exe=/usr/bin/node script=/usr/bin/npm line=node_/usr/bin/npm_run_deploy; spawn 20 90 exe=/usr/bin/node line=node_deploy.js; " AWS,
	 ""},
	{"a person's npm install",
	 SSH
	 "spawn 6 20 session=7 exe=/usr/bin/node script=/usr/bin/npm line=node_/usr/bin/npm_i; spawn 20 90 session=7 exe=/bin/cat; " AWS,
	 MEDIUM},
	{"setup.py of a pip install",
	 "spawn 1 20 exe=/usr/bin/python3 script=/usr/bin/pip line=python3_/usr/bin/pip_install_x; spawn 20 90 exe=/usr/bin/python3 line=python3_setup.py; " AWS,
	 MEDIUM},
	{"pip in pip",
	 "spawn 1 20 exe=/usr/bin/python3 script=/usr/bin/pip line=python3_/usr/bin/pip_install_x; "
	 "spawn 20 90 exe=/usr/bin/python3 line=python3_/usr/lib/python3/dist-packages/pip/x.py_install; store 90 pip_conf /etc/pip.conf A/s",
	 ""},
	{"it goes on when the manager is gone",
	 NPM "spawn 21 22 exe=/usr/bin/node line=node_x.js; spawn 22 90 exe=/bin/cat; exit 21; exit 20; exit 22; " AWS,
	 MEDIUM},
	/* work of its own */
	{"cat in an agent", AGENT "spawn 20 90 exe=/bin/cat; " AWS, MEDIUM},
	{"tar in a CI job", "run 20 ci:x j1 ci-job; spawn 20 90 exe=/bin/tar; " AWS, MEDIUM},
	{"the cloud's own tool in a CI job", "run 20 ci:x j1 ci-job; spawn 20 90 exe=/usr/bin/aws; " AWS, ""},
	/* policy */
	{"policy lets it read", RULES("\"store\":\"aws_*\",\"exe\":\"/usr/bin/x\"") AS("/usr/bin/x") AWS, ""},
	{"policy lets others read", RULES("\"store\":\"aws_*\",\"exe\":\"/usr/bin/y\"") AS("/usr/bin/x") AWS, MEDIUM},
	{"policy says nothing of that store", RULES("\"store\":\"npmrc\",\"exe\":\"/usr/bin/x\"") AS("/usr/bin/x") AWS,
	 MEDIUM},
	{"excluded",
	 "rules {\"exclusions\":[{\"detector\":\"unexpected-reader\",\"provider\":\"Example\",\"reason\":\"r\"}]}; " AS(
		 "/usr/bin/x") AWS,
	 ""},
	/* what a run was declared to need */
	{"a declared one", "run 20 task:x t1 declared may=A; spawn 20 90 exe=/usr/bin/aws; " AWS, ""},
	{"another one, by its own program", "run 20 task:x t1 declared may=B; spawn 20 90 exe=/usr/bin/aws; " AWS,
	 MEDIUM},
	{"another one, through a library", "run 20 task:x t1 declared may=B; spawn 20 90 exe=/usr/bin/python3; " AWS,
	 MEDIUM},
	{"another one, of a store that anybody reads",
	 "run 20 task:x t1 declared may=B; spawn 20 90 exe=/usr/bin/x; store 90 dotenv /srv/.env A/s", MEDIUM},
	{"another one, of no store", "run 20 task:x t1 declared may=B; read 20 A/s", MEDIUM},
	{"another one beside it in its file", "run 20 task:x t1 declared may=B; file 20 /srv/f 1 A/s B/s", ""},
	{"without a list", "run 20 task:x t1 declared; spawn 20 90 exe=/usr/bin/aws; " AWS, ""},
	{"a run around it has the list",
	 "run 20 task:x t1 declared may=B; spawn 20 30; run 30 agent:y a1 agent; spawn 30 90 exe=/usr/bin/aws; " AWS,
	 MEDIUM},
	{"a run outside of it", "run 20 task:x t1 declared may=B; " AS("/usr/bin/aws") AWS, ""},
	{"a stranger's read is told once", "run 20 task:x t1 declared may=B; spawn 20 90 exe=/tmp/x; " AWS, MEDIUM},
	{"a backup in it", "run 20 task:x t1 declared may=B; spawn 20 90 exe=/usr/bin/rsync; " AWS, ""},
	{"given in it", "run 20 task:x t1 declared may=B; spawn 20 90 exe=/usr/bin/env; spawn 90 91 env=A/s", MEDIUM},
	{"on a command line in it", "run 20 task:x t1 declared may=B; spawn 20 90 arg=A/s",
	 "unexpected-reader Medium create 1; exposed-in-arguments Low create 1"},
	{"inherited from whoever declared it",
	 "proc 5 env=B/s env=A/s; fork 5 20; run 20 task:x t1 declared may=B; exec 20 env=B/s env=A/s", ""},
	{"twice is one", "run 20 task:x t1 declared may=B; read 20 A/s; wait 70; read 20 A/s; wait 70; tick",
	 MEDIUM "; unexpected-reader Medium update 2"},
	{"two are two", "run 20 task:x t1 declared may=B; read 20 A/s; read 20 C/s", MEDIUM "; " MEDIUM},
	{"a shared one", "run 20 task:x t1 declared may=B; read 20 A/s exempt", ""},
	{"what took its place", "run 20 task:x t1 declared may=A; file 20 /srv/f 1 A/s; file 20 /srv/f 2 B/s", ""},
	{"its own, issued to it", "run 20 task:x t1 declared may=A; read 20 B/e+600", ""},
	/* one incident */
	{"one program at several stores is one",
	 AS("/usr/bin/x") AWS "; store 90 vault_token /root/.vault-token B/s; flush",
	 MEDIUM "; unexpected-reader Medium update 2"},
	{"also as many processes",
	 "spawn 1 9 exe=/tmp/steal; spawn 9 90 exe=/bin/cat; spawn 9 11 exe=/bin/cat; " AWS
	 "; store 11 vault_token /root/.vault-token B/s; flush",
	 MEDIUM "; unexpected-reader Medium update 2"},
	{"also as many programs of one script",
	 "spawn 1 9 exe=/bin/bash line=bash_/srv/x.sh; spawn 9 90 exe=/bin/cat; spawn 9 11 exe=/bin/grep; " AWS
	 "; store 11 vault_token /root/.vault-token B/s; flush",
	 MEDIUM "; unexpected-reader Medium update 2"},
	{"also by as many programs of one run",
	 "run 9 ci:a a1; spawn 9 90 exe=/tmp/x; spawn 9 11 exe=/tmp/y; " AWS
	 "; store 11 vault_token /root/.vault-token B/s; flush",
	 MEDIUM "; unexpected-reader Medium update 2"},
	{"two programs of the host are two",
	 AS("/tmp/x") "spawn 1 11 exe=/tmp/y; " AWS "; store 11 vault_token /root/.vault-token B/s; flush",
	 MEDIUM "; " MEDIUM},
	{"another store after a while", AS("/usr/bin/x") AWS "; wait 61; store 90 vault_token /root/.vault-token B/s",
	 MEDIUM "; " MEDIUM},
	{"the same after a while", AS("/usr/bin/x") AWS "; wait 61; " AWS,
	 MEDIUM "; unexpected-reader Medium update 2"},
	{"two programs",
	 "spawn 1 90 exe=/tmp/x; spawn 1 11 exe=/tmp/y; " AWS "; store 11 aws_credentials /root/.aws/credentials A/s",
	 MEDIUM "; " MEDIUM},
	{"known before", AS("/usr/bin/x") AWS "; knownfinding; " AWS, MEDIUM},
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
	stage_play(&s, AS("/usr/bin/x") AWS "; store 90 vault_token /root/.vault-token B/s; flush");
	assert_int_equal(s.n, 2);
	f = s.findings[1];
	assert_non_null(strstr(cl_json_get_str(f, "message"),
			       "a credential store of Vault CLI was read by a program that is not known to read it: in "
			       "workflow host"));
	assert_non_null(
		strstr(cl_json_get_str(f, "message"), " x (pid 90, uid 0) read it from /root/.vault-token at "));
	assert_string_equal(cl_json_get_str(f, "evidence.0.path"), "/root/.aws/credentials");
	assert_string_equal(cl_json_get_str(f, "evidence.1.path"), "/root/.vault-token");
	assert_string_equal(cl_json_get_str(f, "credential.provider"), "Example");
	assert_string_equal(cl_json_get_str(f, "id"), cl_json_get_str(s.findings[0], "id"));
	stage_close(&s);
	/* Of a store that is shared by design nothing is said but that it was read. */
	stage_open(&s);
	stage_play(&s, AS("/usr/bin/x") "store 90 etc_shadow /etc/shadow A/s");
	assert_int_equal(s.n, 1);
	assert_null(cl_json_at(s.findings[0], "credential"));
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
