/* SPDX-License-Identifier: Apache-2.0 */
#include "identity_case.h"

#include <stdio.h>
#include <string.h>

#include "identity/recognise.h"

#define INIT mk_key(1, 10)
#define CID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define CID2 "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define POD "1a2b3c4d-1111-2222-3333-444455556666"
#define INVOCATION "00112233445566778899aabbccddeeff"
#define VARS(...)                                                                                                      \
	((const struct cl_var[]){__VA_ARGS__}), (sizeof((const struct cl_var[]){__VA_ARGS__}) / sizeof(struct cl_var))
#define GITHUB                                                                                                         \
	{"GITHUB_ACTIONS", "true"}, {"GITHUB_REPOSITORY", "octo/app"}, {"GITHUB_WORKFLOW", "release"},                 \
		{"GITHUB_JOB", "build"}, {"GITHUB_RUN_ID", "42"},                                                      \
	{                                                                                                              \
		"GITHUB_RUN_ATTEMPT", "2"                                                                              \
	}

static int setup(void **state)
{
	static struct identity_case c;

	case_open(&c, 1024, 64);
	case_exec(&c, INIT, mk_key(0, 0), "/usr/lib/systemd/systemd", "/init.scope");
	*state = &c;
	return 0;
}

static int teardown(void **state)
{
	case_close(*state);
	return 0;
}

static void check_run(const struct cl_run *run, uint32_t kind, const char *workflow, const char *run_id)
{
	assert_int_equal(run->kind, kind);
	assert_string_equal(run->workflow, workflow);
	if (run_id)
		assert_string_equal(run->id, run_id);
}

/* A child of `parent`, executed with an environment. */
static struct cl_process *start(struct identity_case *c, struct cl_process_key parent, struct cl_process_key key,
				const char *exe, const char *cgroup, const struct cl_var *vars, size_t n)
{
	case_fork(c, parent, key);
	return case_exec_env(c, key, exe, cgroup, vars, n);
}

/* ---- the list itself ---- */

static void test_variables(void **state)
{
	struct cl_recogniser_list *list = NULL;
	struct cl_recognisers *r = NULL;
	const char *const *names;
	size_t n, rows;

	(void)state;
	assert_int_equal(cl_recogniser_list_new(&list, NULL), 0);
	assert_int_equal(cl_recognisers_new(&r, list), 0);
	cl_recogniser_list_rows(list, &rows);
	assert_true(rows >= 90);
	names = cl_recognisers_variables(r, &n);
	assert_true(n > 150);
	for (size_t i = 1; i < n; i++)
		assert_true(strcmp(names[i - 1], names[i]) < 0);
	for (size_t i = 0; i < n; i++)
		assert_true(cl_recognisers_want(r, names[i], strlen(names[i])));
	/* conditions, templates, each choice of one, what is behind a name left out, and identity's own */
	assert_true(cl_recognisers_want(r, "FORGEJO_ACTIONS", 15));
	assert_true(cl_recognisers_want(r, "GITHUB_RUN_ATTEMPT", 18));
	assert_true(cl_recognisers_want(r, "CIRCLE_BUILD_NUM", 16));
	assert_true(cl_recognisers_want(r, "VCAP_APPLICATION", 16));
	assert_true(cl_recognisers_want(r, "INVOCATION_ID", 13));
	assert_false(cl_recognisers_want(r, "GITHUB_TOKEN", 12));
	assert_false(cl_recognisers_want(r, "GITHUB_JO", 9));
	assert_false(cl_recognisers_want(r, "GITHUB_JOBS", 11));
	assert_false(cl_recognisers_want(r, "GITHUB_JOB\0X", 12));
	assert_false(cl_recognisers_want(r, "", 0));
	cl_recognisers_free(&r);
	cl_recogniser_list_free(&list);
}

static void test_expand(void **state)
{
	struct cl_observation o = {.command = "/bin/sh -c backup --all"};
	static const struct cl_var vars[] = {{"A", "one"},
					     {"B", "two\n"},
					     {"EMPTY", ""},
					     {NULL, NULL},
					     {"ARN", "project:12:34"},
					     {"POD", "web-5d4f8c7b9d-x2x4z"},
					     {"JSON", "{\"n\":1,\"app\": \"shop\",\"cut\":\"of"}};
	struct cl_process p = {.uid = 7};
	struct cl_scope scope = {.obs = &o, .process = &p, .captures = {{"job", "4711/x", 3, 4}}, .n = 1};
	char out[CL_VALUE_BYTES], longest[1000];
	struct cl_var big = {"BIG", longest};

	(void)state;
	mk_obs_vars(&o, vars, 7);
	assert_true(cl_template_expand("x/{A}/{B}", &scope, out));
	assert_string_equal(out, "x/one/two\\x0a");
	assert_true(cl_template_expand("{NONE|A}-{EMPTY|=none}", &scope, out));
	assert_string_equal(out, "one-none");
	assert_false(cl_template_expand("{A}{NONE}", &scope, out));
	assert_false(cl_template_expand("{EMPTY}", &scope, out));
	assert_false(cl_template_expand(NULL, &scope, out));
	assert_true(cl_template_expand("{ARN^:}|{POD%}|{JSON#app}|{.job}|{.uid}|{.command}", &scope, out));
	assert_string_equal(out, "project|web|shop|4711|7|backup --all");
	assert_false(cl_template_expand("{JSON#n}", &scope, out));
	assert_false(cl_template_expand("{JSON#cut}", &scope, out));
	assert_false(cl_template_expand("{JSON#none}", &scope, out));
	assert_false(cl_template_expand("{.other}", &scope, out));
	assert_true(cl_template_expand("{.other|.job}", &scope, out));
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	mk_obs_vars(&o, &big, 1);
	assert_true(cl_template_expand("{BIG}{BIG}tail", &scope, out));
	assert_int_equal(strlen(out), CL_VALUE_BYTES - 1);
}

/* One row each: what a process of this system has in its environment, and what comes out. */
static void test_systems(void **state)
{
	static const struct {
		const struct cl_var vars[8];
		uint32_t kind;
		const char *workflow, *run_id, *repository, *environment;
	} cases[] = {
		{{GITHUB}, CL_RUN_CI_JOB, "ci:github/octo/app/release/build", "42.2/build", "octo/app", NULL},
		{{{"GITHUB_ACTIONS", "true"}}, CL_RUN_CI_JOB, "ci:github/unknown/unknown/unknown", NULL, NULL, NULL},
		{{{"GITEA_ACTIONS", "true"}, GITHUB},
		 CL_RUN_CI_JOB,
		 "ci:gitea/octo/app/release/build",
		 "42.2/build",
		 "octo/app",
		 NULL},
		{{{"GITLAB_CI", "true"},
		  {"CI_PROJECT_PATH", "g/sub/p"},
		  {"CI_JOB_NAME", "test"},
		  {"CI_PIPELINE_ID", "7"},
		  {"CI_JOB_ID", "8"},
		  {"CI_ENVIRONMENT_NAME", "review/x"},
		  {"CI_ENVIRONMENT_TIER", "staging"}},
		 CL_RUN_CI_JOB,
		 "ci:gitlab/g/sub/p/test",
		 "7/8",
		 "g/sub/p",
		 "staging"},
		{{{"JENKINS_URL", "http://ci.example/"},
		  {"BUILD_ID", "5"},
		  {"JOB_NAME", "app/main"},
		  {"BUILD_TAG", "jenkins-app-main-5"}},
		 CL_RUN_CI_JOB,
		 "ci:jenkins/app/main",
		 "jenkins-app-main-5",
		 NULL,
		 NULL},
		{{{"CIRCLECI", "true"},
		  {"CIRCLE_PROJECT_USERNAME", "o"},
		  {"CIRCLE_PROJECT_REPONAME", "r"},
		  {"CIRCLE_JOB", "t"},
		  {"CIRCLE_WORKFLOW_ID", "w"},
		  {"CIRCLE_BUILD_NUM", "3"}},
		 CL_RUN_CI_JOB,
		 "ci:circleci/o/r/t",
		 "w/3",
		 "o/r",
		 NULL},
		{{{"BUILDKITE", "true"},
		  {"BUILDKITE_ORGANIZATION_SLUG", "o"},
		  {"BUILDKITE_PIPELINE_SLUG", "p"},
		  {"BUILDKITE_STEP_KEY", "s"},
		  {"BUILDKITE_BUILD_ID", "b"},
		  {"BUILDKITE_JOB_ID", "j"}},
		 CL_RUN_CI_JOB,
		 "ci:buildkite/o/p/s",
		 "b/j",
		 "o/p",
		 NULL},
		{{{"TF_BUILD", "True"},
		  {"SYSTEM_TEAMPROJECT", "t"},
		  {"BUILD_DEFINITIONNAME", "d"},
		  {"SYSTEM_JOBDISPLAYNAME", "j"},
		  {"BUILD_BUILDID", "9"},
		  {"SYSTEM_JOBID", "x"}},
		 CL_RUN_CI_JOB,
		 "ci:azure/t/d/j",
		 "9/x",
		 NULL,
		 NULL},
		{{{"BITBUCKET_BUILD_NUMBER", "4"},
		  {"BITBUCKET_COMMIT", "c"},
		  {"BITBUCKET_REPO_FULL_NAME", "w/r"},
		  {"BITBUCKET_STEP_UUID", "{u}"},
		  {"BITBUCKET_DEPLOYMENT_ENVIRONMENT", "production"}},
		 CL_RUN_CI_JOB,
		 "ci:bitbucket/w/r",
		 "4/{u}",
		 "w/r",
		 "production"},
		{{{"TRAVIS", "true"}, {"TRAVIS_REPO_SLUG", "o/r"}, {"TRAVIS_BUILD_ID", "1"}, {"TRAVIS_JOB_ID", "2"}},
		 CL_RUN_CI_JOB,
		 "ci:travis/o/r/job",
		 "1/2",
		 "o/r",
		 NULL},
		{{{"TEAMCITY_VERSION", "2024"},
		  {"TEAMCITY_PROJECT_NAME", "P"},
		  {"TEAMCITY_BUILDCONF_NAME", "B"},
		  {"BUILD_NUMBER", "6"}},
		 CL_RUN_CI_JOB,
		 "ci:teamcity/P/B",
		 "B#6",
		 NULL,
		 NULL},
		{{{"DRONE", "true"}, {"DRONE_REPO", "o/r"}, {"DRONE_STAGE_NAME", "s"}, {"DRONE_BUILD_NUMBER", "3"}},
		 CL_RUN_CI_JOB,
		 "ci:drone/o/r/s",
		 "o/r#3/1",
		 "o/r",
		 NULL},
		{{{"HARNESS_BUILD_ID", "1"},
		  {"HARNESS_EXECUTION_ID", "e"},
		  {"HARNESS_ORG_ID", "o"},
		  {"HARNESS_PROJECT_ID", "p"},
		  {"HARNESS_PIPELINE_ID", "l"},
		  {"DRONE", "true"}},
		 CL_RUN_CI_JOB,
		 "ci:harness/o/p/l",
		 "e/stage",
		 NULL,
		 NULL},
		{{{"CI", "woodpecker"}, {"CI_REPO", "o/r"}, {"CI_WORKFLOW_NAME", "w"}, {"CI_PIPELINE_NUMBER", "2"}},
		 CL_RUN_CI_JOB,
		 "ci:woodpecker/o/r/w",
		 "o/r#2/w",
		 "o/r",
		 NULL},
		{{{"SLURM_JOB_ID", "77"}, {"SLURM_JOB_NAME", "train"}, {"SLURM_JOB_ACCOUNT", "lab"}},
		 CL_RUN_BATCH,
		 "batch:slurm/lab/train",
		 "slurm:77",
		 NULL,
		 NULL},
		{{{"NOMAD_ALLOC_ID", "a"}, {"NOMAD_JOB_NAME", "web"}, {"NOMAD_TASK_NAME", "t"}},
		 CL_RUN_BATCH,
		 "batch:nomad/default/web/t",
		 "a/t",
		 NULL,
		 NULL},
		{{{"AIRFLOW_CTX_DAG_ID", "etl"}, {"AIRFLOW_CTX_DAG_RUN_ID", "m__1"}, {"AIRFLOW_CTX_TASK_ID", "load"}},
		 CL_RUN_BATCH,
		 "batch:airflow/etl/load",
		 "etl/m__1/load",
		 NULL,
		 NULL},
		{{{"CLAUDECODE", "1"}, {"CLAUDE_CODE_SESSION_ID", "s-1"}},
		 CL_RUN_AGENT,
		 "agent:claude-code",
		 "claude-code:s-1",
		 NULL,
		 NULL},
		{{{"CODEX_THREAD_ID", "t-1"}}, CL_RUN_AGENT, "agent:codex", "codex:t-1", NULL, NULL},
		{{{"GEMINI_CLI", "1"}}, CL_RUN_AGENT, "agent:gemini-cli", "gemini-cli:00000000:200:2000", NULL, NULL},
		{{{"CURSOR_AGENT", "1"}}, CL_RUN_AGENT, "agent:cursor", NULL, NULL, NULL},
		{{{"COPILOT_AGENT_SESSION_ID", "c"}}, CL_RUN_AGENT, "agent:copilot", "copilot:c", NULL, NULL},
		{{{"AI_AGENT", "newcomer"}}, CL_RUN_AGENT, "agent:newcomer", NULL, NULL, NULL},
		{{{"AI_AGENT", "claude"}, {"CLAUDECODE", "1"}}, CL_RUN_AGENT, "agent:claude-code", NULL, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct identity_case c;
		struct cl_process *p;
		size_t n = 0;

		case_open(&c, 64, 16);
		case_exec(&c, INIT, mk_key(0, 0), "/sbin/init", "/init.scope");
		while (n < 8 && cases[i].vars[n].name)
			n++;
		p = start(&c, INIT, mk_key(200, 2000), "/bin/sh", "/", cases[i].vars, n);
		check_run(p->run, cases[i].kind, cases[i].workflow, cases[i].run_id);
		assert_ptr_equal(p->run->parent, cl_identity_host_run(c.id));
		assert_int_equal(p->run->root.tgid, 200);
		assert_false(p->run->unattributed);
		if (cases[i].repository)
			assert_string_equal(p->run->repository, cases[i].repository);
		if (cases[i].environment)
			assert_string_equal(p->run->environment, cases[i].environment);
		case_close(&c);
	}
}

static void test_not_quite(void **state)
{
	struct identity_case *c = *state;
	static const struct cl_var cases[][2] = {
		{{"GITHUB_ACTIONS", "false"}, {"GITHUB_REPOSITORY", "o/r"}},
		{{"GITHUB_REPOSITORY", "o/r"}, {"GITHUB_JOB", "x"}},
		{{"CI", "true"}, {"HOSTNAME", "h"}},
		{{"BUILD_ID", "1"}, {"JOB_NAME", "x"}},
		{{"CLAUDECODE", ""}, {"CLAUDECODE", "0"}},
	};

	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cl_process *p = start(c, INIT, mk_key(200 + i, 2000 + i), "/bin/sh", "/", cases[i], 2);

		assert_ptr_equal(p->run, cl_identity_host_run(c->id));
	}
}

static void test_agent_programs(void **state)
{
	static const struct {
		const char *exe, *filename, *command, *workflow;
	} cases[] = {
		{"/home/u/.local/bin/claude", NULL, "claude -p x", "agent:claude-code"},
		{"/home/u/.local/share/claude/versions/2.0.1", "/home/u/.local/bin/claude", "claude",
		 "agent:claude-code"},
		{"/usr/bin/node", "/usr/bin/node", "node --max-old-space-size=1 /usr/bin/claude -p x",
		 "agent:claude-code"},
		{"/usr/bin/node", "node", "node /x/node_modules/@openai/codex/bin/codex.js", "agent:codex"},
		{"/usr/bin/node", "node", "node /usr/bin/gemini", "agent:gemini-cli"},
		{"/usr/bin/python3.11", "python3", "python3 -m aider --model x", "agent:aider"},
		{"/usr/bin/env", "/usr/bin/gemini", "/usr/bin/env node /usr/bin/gemini", "agent:gemini-cli"},
		{"/usr/bin/node", "node", "node server.js /usr/bin/claude", NULL},
		{"/usr/bin/cat", "cat", "cat /usr/bin/claude", NULL},
		{"/usr/bin/claudette", NULL, "claudette", NULL},
		{"/usr/bin/copilot", NULL, "copilot deploy", NULL},
	};
	(void)state;
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct identity_case c;
		struct cl_observation o = mk_obs_exec(5000, mk_key(200, 2000), INIT, cases[i].exe);
		struct cl_process *p;

		case_open(&c, 64, 16);
		if (cases[i].filename)
			o.filename = cases[i].filename;
		o.command = cases[i].command;
		p = case_apply(&c, &o);
		if (cases[i].workflow)
			check_run(p->run, CL_RUN_AGENT, cases[i].workflow, NULL);
		else
			assert_ptr_equal(p->run, cl_identity_host_run(c.id));
		case_close(&c);
	}
}

/* ---- nesting ---- */

static void test_five_deep(void **state)
{
	struct identity_case *c = *state;
	const char *unit = "/system.slice/actions.runner.octo.service";
	struct cl_process_key runner = mk_key(50, 500), worker = mk_key(51, 510), step = mk_key(52, 520),
			      claude = mk_key(53, 530), tool = mk_key(54, 540), deploy = mk_key(55, 550),
			      deeper = mk_key(56, 560);
	struct cl_run *unit_run, *ci, *agent, *declared;
	struct cl_process *p;

	p = start(c, INIT, runner, "/opt/r/bin/Runner.Listener", unit, VARS({"INVOCATION_ID", INVOCATION}));
	unit_run = p->run;
	check_run(unit_run, CL_RUN_UNIT, "unit:actions.runner.octo.service", INVOCATION);
	p = start(c, runner, worker, "/opt/r/bin/Runner.Worker", unit, VARS({"INVOCATION_ID", INVOCATION}));
	assert_ptr_equal(p->run, unit_run);
	p = start(c, worker, step, "/usr/bin/bash", unit, VARS({"INVOCATION_ID", INVOCATION}, GITHUB));
	ci = p->run;
	check_run(ci, CL_RUN_CI_JOB, "ci:github/octo/app/release/build", "42.2/build");
	assert_ptr_equal(ci->parent, unit_run);
	/* the worker lives as long as the job: it belongs to it */
	assert_ptr_equal(cl_identity_process(c->id, worker)->run, ci);
	assert_int_equal(ci->root.tgid, 51);
	assert_ptr_equal(cl_identity_process(c->id, runner)->run, unit_run);
	p = start(c, step, claude, "/usr/local/bin/claude", unit, VARS({"INVOCATION_ID", INVOCATION}, GITHUB));
	agent = p->run;
	check_run(agent, CL_RUN_AGENT, "agent:claude-code", "claude-code:00000000:53:530");
	assert_ptr_equal(agent->parent, ci);
	p = start(c, claude, tool, "/usr/bin/bash", unit,
		  VARS({"INVOCATION_ID", INVOCATION}, GITHUB, {"CLAUDECODE", "1"}, {"CLAUDE_CODE_SESSION_ID", "S"}));
	assert_ptr_equal(p->run, agent); /* its session's name came later than its run */
	case_fork(c, tool, deploy);
	declared = case_begin(c, deploy, "deploy", "d-1");
	assert_ptr_equal(declared->parent, agent);
	/* all the variables are still there: the innermost stays the innermost */
	p = case_exec_env(
		c, deploy, "/usr/bin/make", unit,
		VARS({"INVOCATION_ID", INVOCATION}, GITHUB, {"CLAUDECODE", "1"}, {"CLAUDE_CODE_SESSION_ID", "S"}));
	assert_ptr_equal(p->run, declared);
	p = start(c, deploy, deeper, "/usr/bin/curl", unit,
		  VARS({"INVOCATION_ID", INVOCATION}, GITHUB, {"CLAUDECODE", "1"}, {"CLAUDE_CODE_SESSION_ID", "S"}));
	assert_ptr_equal(p->run, declared);
	assert_int_equal(declared->depth, 4);
	assert_int_equal(cl_identity_stats(c->id)->runs, 5);
	assert_true(cl_run_is_ancestor(cl_identity_host_run(c->id), declared));
	assert_true(cl_run_is_ancestor(ci, declared));
	/* between two steps the worker keeps the job alive, with the end of it the job ends */
	case_exit(c, deeper);
	assert_ptr_equal(case_exit(c, deploy), declared);
	case_exit(c, tool);
	assert_ptr_equal(case_exit(c, claude), agent);
	assert_null(case_exit(c, step));
	p = start(c, worker, mk_key(57, 570), "/usr/bin/bash", unit, VARS(GITHUB));
	assert_ptr_equal(p->run, ci);
	case_exit(c, mk_key(57, 570));
	assert_ptr_equal(case_exit(c, worker), ci);
	assert_int_equal(unit_run->state, CL_RUN_ACTIVE);
	assert_ptr_equal(case_exit(c, runner), unit_run);
}

/* A shell executor: nobody of the job lives between two of its stages. */
static void test_job_comes_back(void **state)
{
	struct identity_case *c = *state;
	const char *unit = "/system.slice/gitlab-runner.service";
	struct cl_process_key runner = mk_key(50, 500), a = mk_key(51, 510), b = mk_key(52, 520), at = mk_key(53, 530);
	struct cl_run *ci;
	struct cl_process *p;
#define GITLAB                                                                                                         \
	{"GITLAB_CI", "true"}, {"CI_PROJECT_PATH", "g/p"}, {"CI_JOB_NAME", "t"}, {"CI_PIPELINE_ID", "1"},              \
		{"CI_JOB_ID", "2"}

	start(c, INIT, runner, "/usr/bin/gitlab-runner", unit, NULL, 0);
	p = start(c, runner, a, "/bin/bash", unit, VARS(GITLAB));
	ci = p->run;
	check_run(ci, CL_RUN_CI_JOB, "ci:gitlab/g/p/t", "1/2");
	assert_ptr_equal(case_exit(c, a), ci);
	assert_int_equal(ci->state, CL_RUN_ENDED);
	/* the job's variables, kept by another service that runs it later: not the job */
	p = start(c, INIT, at, "/bin/sh", "/system.slice/later.service", VARS(GITLAB));
	check_run(p->run, CL_RUN_UNIT, "unit:later.service", NULL);
	assert_int_equal(ci->state, CL_RUN_ENDED);
	/* the next stage: the job */
	p = start(c, runner, b, "/bin/bash", unit, VARS(GITLAB));
	assert_ptr_equal(p->run, ci);
	assert_int_equal(ci->state, CL_RUN_ACTIVE);
	assert_int_equal(ci->end, 0);
	assert_ptr_equal(case_exit(c, b), ci);
	/* ended by word is ended */
	struct cl_observation o = mk_obs_run_end(c->now++, "1/2", "success");

	case_apply(c, &o);
	assert_null(c->ended);
	p = start(c, runner, mk_key(54, 540), "/bin/bash", unit, VARS(GITLAB));
	check_run(p->run, CL_RUN_UNIT, "unit:gitlab-runner.service", NULL);
}

/* A broker (dockerd) starts the job's containers: no line of parents leads to the job, its variables do. */
static void test_broker(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key dockerd = mk_key(50, 500), a = mk_key(51, 510), b = mk_key(52, 520);
	struct cl_run *ci;
	struct cl_process *p;

	start(c, INIT, dockerd, "/usr/bin/dockerd", "/system.slice/docker.service", NULL, 0);
	p = start(c, dockerd, a, "/bin/sh", "/system.slice/docker-" CID ".scope", VARS(GITLAB));
	ci = p->run;
	check_run(ci, CL_RUN_CI_JOB, "ci:gitlab/g/p/t", "1/2");
	check_run(ci->parent, CL_RUN_CONTAINER, "container:0123456789ab", "container:" CID);
	check_run(ci->parent->parent, CL_RUN_UNIT, "unit:docker.service", NULL);
	assert_string_equal(p->container, CID);
	case_exit(c, a);
	/* the next stage has a container of its own */
	p = start(c, dockerd, b, "/bin/sh", "/system.slice/docker-" CID2 ".scope", VARS(GITLAB));
	assert_ptr_equal(p->run, ci);
	assert_string_equal(p->container, CID2);
}

/* What carries another job's variables does not leave the task that it is in. */
static void test_task_is_not_left(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key job = mk_key(50, 500), mine = mk_key(60, 600), agent = mk_key(61, 610);
	struct cl_run *ci, *declared;
	struct cl_process *p;

	ci = start(c, INIT, job, "/bin/bash", "/", VARS(GITHUB))->run;
	case_fork(c, INIT, mine);
	declared = case_begin(c, mine, "mine", "m-1");
	p = case_exec_env(c, mine, "/bin/bash", "/", VARS(GITHUB));
	assert_ptr_equal(p->run, declared);
	/* but a new one opens within it */
	p = start(c, mine, agent, "/bin/bash", "/", VARS(GITHUB, {"CODEX_THREAD_ID", "t"}));
	check_run(p->run, CL_RUN_AGENT, "agent:codex", "codex:t");
	assert_ptr_equal(p->run->parent, declared);
	assert_int_equal(ci->live, 1);
}

static void test_agent_sessions(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key main_key = mk_key(50, 500), tool = mk_key(51, 510), helper = mk_key(52, 520),
			      second = mk_key(53, 530), orphan = mk_key(54, 540);
	struct cl_run *agent;
	struct cl_process *p;

	agent = start(c, INIT, main_key, "/usr/bin/claude", "/", NULL, 0)->run;
	/* it executes itself as a helper: no second agent */
	p = start(c, main_key, helper, "/usr/bin/claude", "/", NULL, 0);
	assert_ptr_equal(p->run, agent);
	p = start(c, main_key, tool, "/bin/bash", "/", VARS({"CLAUDECODE", "1"}, {"CLAUDE_CODE_SESSION_ID", "A"}));
	assert_ptr_equal(p->run, agent);
	/* another session below it is a run within it */
	p = start(c, tool, second, "/bin/bash", "/", VARS({"CLAUDECODE", "1"}, {"CLAUDE_CODE_SESSION_ID", "B"}));
	check_run(p->run, CL_RUN_AGENT, "agent:claude-code", "claude-code:B");
	assert_ptr_equal(p->run->parent, agent);
	p = start(c, second, mk_key(55, 550), "/bin/ls", "/", VARS({"CLAUDE_CODE_SESSION_ID", "A"}));
	check_run(p->run, CL_RUN_AGENT, "agent:claude-code", "claude-code:B");
	/* started elsewhere for the first session, which has its id from its main process */
	p = start(c, INIT, orphan, "/bin/bash", "/", VARS({"CLAUDE_CODE_SESSION_ID", "A"}));
	assert_ptr_equal(p->run, agent);
	/* the variables are dropped, the run is not */
	p = start(c, tool, mk_key(56, 560), "/usr/bin/env", "/", NULL, 0);
	assert_ptr_equal(p->run, agent);
}

/* A job without an id is not given the id of one that starts within it. */
static void test_job_in_job(void **state)
{
	struct identity_case *c = *state;
	struct cl_run *outer = start(c, INIT, mk_key(50, 500), "/bin/sh", "/", VARS({"GITHUB_ACTIONS", "true"}))->run;
	struct cl_process *p = start(c, mk_key(50, 500), mk_key(51, 510), "/bin/sh", "/", VARS(GITHUB));

	check_run(p->run, CL_RUN_CI_JOB, "ci:github/octo/app/release/build", "42.2/build");
	assert_ptr_equal(p->run->parent, outer);
}

/* ---- units, containers, pods, sessions ---- */

static void test_units(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key a = mk_key(50, 500), b = mk_key(51, 510), d = mk_key(52, 520);
	struct cl_observation o;
	struct cl_run *first;
	struct cl_process *p;

	p = start(c, INIT, a, "/usr/bin/app", "/system.slice/app.service", VARS({"INVOCATION_ID", INVOCATION}));
	first = p->run;
	check_run(first, CL_RUN_UNIT, "unit:app.service", INVOCATION);
	assert_ptr_equal(first->parent, cl_identity_host_run(c->id));
	assert_false(p->unattributed);
	/* ExecStartPost: another child of init, the same start of the unit */
	p = start(c, INIT, b, "/usr/bin/post", "/system.slice/app.service", VARS({"INVOCATION_ID", INVOCATION}));
	assert_ptr_equal(p->run, first);
	/* its variables are gone; the cgroup is the same */
	p = start(c, INIT, d, "/usr/bin/sub", "/system.slice/app.service/sub", NULL, 0);
	assert_ptr_equal(p->run, first);
	/* a scope started from it inherits the variable: not that unit */
	p = start(c, a, mk_key(53, 530), "/usr/bin/x", "/system.slice/x.scope", VARS({"INVOCATION_ID", INVOCATION}));
	check_run(p->run, CL_RUN_UNIT, "unit:x.scope", "unit:x.scope:00000000:11");
	assert_ptr_equal(p->run->parent, first);
	/* back among the outer unit's: still within */
	p = start(c, mk_key(53, 530), mk_key(54, 540), "/usr/bin/y", "/system.slice/app.service", NULL, 0);
	check_run(p->run, CL_RUN_UNIT, "unit:x.scope", NULL);
	/* a restart is another run of the same workflow */
	p = start(c, INIT, mk_key(55, 550), "/usr/bin/app", "/system.slice/app.service",
		  VARS({"INVOCATION_ID", "ffeeddccbbaa99887766554433221100"}));
	check_run(p->run, CL_RUN_UNIT, "unit:app.service", "ffeeddccbbaa99887766554433221100");
	o = mk_obs_exec(c->now++, mk_key(56, 560), INIT, "/usr/bin/app");
	o.cgroup = "/system.slice/app.service";
	o.cgroup_id = 99; /* systemd makes the cgroup anew */
	p = case_apply(c, &o);
	check_run(p->run, CL_RUN_UNIT, "unit:app.service", "unit:app.service:00000000:99");
}

static void test_forged_invocation(void **state)
{
	struct identity_case *c = *state;
	struct cl_process *p = start(c, INIT, mk_key(50, 500), "/usr/bin/app", "/system.slice/app.service",
				     VARS({"INVOCATION_ID", "../../x"}));

	check_run(p->run, CL_RUN_UNIT, "unit:app.service", "unit:app.service:00000000:11");
}

static void test_containers(void **state)
{
	struct identity_case *c = *state;
	struct cl_process *p;

	p = start(c, INIT, mk_key(50, 500), "/bin/sh", "/docker/" CID, VARS({"HOSTNAME", "0123456789ab"}));
	check_run(p->run, CL_RUN_CONTAINER, "container:0123456789ab", "container:" CID);
	p = start(c, INIT, mk_key(51, 510), "/bin/sh", "/docker/" CID, NULL, 0); /* exec'ed into it */
	check_run(p->run, CL_RUN_CONTAINER, "container:0123456789ab", "container:" CID);
	assert_int_equal(p->run->live, 2);
	p = start(c, INIT, mk_key(52, 520), "/bin/sh", "/docker/" CID2, VARS({"HOSTNAME", "web"}));
	check_run(p->run, CL_RUN_CONTAINER, "container:web", "container:" CID2);
	p = start(c, mk_key(50, 500), mk_key(53, 530), "/usr/sbin/nginx", "/docker/" CID "/system.slice/nginx.service",
		  NULL, 0);
	check_run(p->run, CL_RUN_UNIT, "unit:nginx.service", NULL);
	check_run(p->run->parent, CL_RUN_CONTAINER, "container:0123456789ab", NULL);
	assert_string_equal(p->container, CID);
	/* all at once, as a baseline without the parents sees it */
	p = start(c, INIT, mk_key(54, 540), "/bin/x", "/system.slice/web.service/libpod-payload-" CID, NULL, 0);
	check_run(p->run, CL_RUN_CONTAINER, "container:0123456789ab", NULL);
}

static void test_pods(void **state)
{
	static const struct {
		const char *host, *workflow;
	} names[] = {
		{"web-5d4f8c7b9d-x2x4z", "pod:shop/web"}, {"db-0", "pod:shop/db"},
		{"agent-x2x4z", "pod:shop/agent"},	  {"my-app", "pod:shop/my-app"},
		{"etcd-node1", "pod:shop/etcd-node1"},	  {"backup-28391040-x2x4z", "pod:shop/backup"},
	};
	struct identity_case *c = *state;
	struct cl_process *p;

	p = start(c, INIT, mk_key(50, 500), "/pause", "/kubepods/pod" POD "/" CID, NULL, 0);
	check_run(p->run, CL_RUN_POD, "pod:" POD, "pod:" POD);
	assert_ptr_equal(p->run->parent, cl_identity_host_run(c->id));
	/* another container of the pod shares its run */
	p = start(c, INIT, mk_key(51, 510), "/app", "/kubepods/pod" POD "/" CID2, NULL, 0);
	check_run(p->run, CL_RUN_POD, "pod:" POD, "pod:" POD);
	assert_string_equal(p->container, CID2);
	/* one started inside of it does not */
	p = start(c, mk_key(51, 510), mk_key(52, 520), "/app", "/kubepods/pod" POD "/" CID2 "/docker/" CID, NULL, 0);
	check_run(p->run, CL_RUN_CONTAINER, "container:0123456789ab", NULL);
	check_run(p->run->parent, CL_RUN_POD, "pod:" POD, NULL);
	for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char cgroup[200];

		snprintf(cgroup, sizeof(cgroup), "/kubepods/pod%08u-1111-2222-3333-444455556666/" CID, i);
		p = start(c, INIT, mk_key(60 + i, 600 + i), "/app", cgroup,
			  VARS({"HOSTNAME", names[i].host}, {"POD_NAMESPACE", "shop"}));
		check_run(p->run, CL_RUN_POD, names[i].workflow, NULL);
	}
}

static struct cl_process *login(struct identity_case *c, struct cl_process_key key, uint32_t uid, uint32_t session,
				const char *cgroup)
{
	struct cl_observation o = mk_obs_exec(c->now++, key, mk_key(0, 0), "/bin/bash");

	o.loginuid = uid;
	o.session = session;
	o.cgroup = cgroup;
	return case_apply(c, &o);
}

static void test_sessions(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key sshd = mk_key(50, 500), shell = mk_key(51, 510), child = mk_key(52, 520);
	struct cl_run *session;
	struct cl_process *p;

	start(c, INIT, sshd, "/usr/sbin/sshd", "/system.slice/ssh.service", NULL, 0);
	case_fork(c, sshd, shell);
	p = login(c, shell, 1000, 7, "/user.slice/user-1000.slice/session-7.scope");
	session = p->run;
	check_run(session, CL_RUN_SESSION, "session:1000", "session:00000000:7");
	assert_true(session->unattributed);
	check_run(session->parent, CL_RUN_UNIT, "unit:ssh.service", NULL);
	case_fork(c, shell, child);
	assert_ptr_equal(login(c, child, 1000, 7, "/user.slice/user-1000.slice/session-7.scope")->run, session);
	/* detached and reparented: still of that session */
	case_exit(c, shell);
	assert_int_equal(session->state, CL_RUN_ACTIVE);
	p = login(c, child, 1000, 7, "/user.slice/user-1000.slice/session-7.scope");
	assert_ptr_equal(p->run, session);
	assert_ptr_equal(case_exit(c, child), session);
	/* a container is more than the session of whoever entered it */
	case_fork(c, sshd, mk_key(60, 600));
	p = login(c, mk_key(60, 600), 1000, 8, "/docker/" CID);
	check_run(p->run, CL_RUN_CONTAINER, "container:0123456789ab", NULL);
	p = login(c, mk_key(60, 600), 1000, 9, "/docker/" CID);
	check_run(p->run, CL_RUN_CONTAINER, "container:0123456789ab", NULL);
	/* and so is a task */
	case_fork(c, INIT, mk_key(61, 610));
	struct cl_run *task = case_begin(c, mk_key(61, 610), "task", "t-1");

	assert_ptr_equal(login(c, mk_key(61, 610), 1000, 10, "/")->run, task);
	/* a process that was never seen acts */
	struct cl_observation o = mk_obs_read(c->now++, mk_key(70, 700), "/x");

	o.loginuid = 1001;
	o.session = 11;
	p = case_apply(c, &o);
	check_run(p->run, CL_RUN_SESSION, "session:1001", "session:00000000:11");
}

/* su, sudo and a multiplexer change nothing: the kernel keeps whose login it was. */
static void test_session_is_kept(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key sshd = mk_key(50, 500), shell = mk_key(51, 510), sudo = mk_key(52, 520),
			      root = mk_key(53, 530), tmux = mk_key(54, 540), pane = mk_key(55, 550);
	const char *scope = "/user.slice/user-1000.slice/session-7.scope";
	static const struct cl_var vars[] = {{"SUDO_USER", "alice"}, {"TMUX", "/tmp/tmux-1000/default,54,0"}};
	struct cl_run *session;
	struct cl_observation o;

	start(c, INIT, sshd, "/usr/sbin/sshd", "/system.slice/ssh.service", NULL, 0);
	case_fork(c, sshd, shell);
	session = login(c, shell, 1000, 7, scope)->run;
	case_fork(c, shell, sudo);
	o = mk_obs_exec(c->now++, sudo, shell, "/usr/bin/sudo");
	o.loginuid = 1000;
	o.session = 7;
	o.cgroup = scope;
	assert_ptr_equal(case_apply(c, &o)->run, session);
	case_fork(c, sudo, root);
	o = mk_obs_exec(c->now++, root, sudo, "/bin/bash");
	o.uid = o.euid = 0;
	o.loginuid = 1000;
	o.session = 7;
	o.cgroup = scope;
	mk_obs_vars(&o, vars, 2);
	assert_ptr_equal(case_apply(c, &o)->run, session);
	/* the multiplexer's server outlives the login; what it starts later is of the same session */
	case_fork(c, shell, tmux);
	assert_ptr_equal(login(c, tmux, 1000, 7, scope)->run, session);
	case_exit(c, root);
	case_exit(c, sudo);
	assert_null(case_exit(c, shell));
	case_fork(c, tmux, pane);
	assert_ptr_equal(login(c, pane, 1000, 7, scope)->run, session);
	case_exit(c, pane);
	assert_ptr_equal(case_exit(c, tmux), session);
}

static void test_cron(void **state)
{
	struct identity_case *c = *state;
	const char *unit = "/system.slice/cron.service";
	struct cl_process_key cron = mk_key(50, 500), middle = mk_key(51, 510), job = mk_key(52, 520);
	struct cl_observation o;
	struct cl_process *p;

	start(c, INIT, cron, "/usr/sbin/cron", unit, NULL, 0);
	case_fork(c, cron, middle);
	case_fork(c, middle, job);
	o = mk_obs_exec(c->now++, job, middle, "/usr/bin/dash");
	o.cgroup = unit;
	o.command = "/bin/sh -c /usr/local/bin/backup --all";
	o.loginuid = 0;
	o.session = 12;
	p = case_apply(c, &o);
	check_run(p->run, CL_RUN_BATCH, "cron:0:/usr/local/bin/backup --all", "cron:00000000:52:520");
	check_run(p->run->parent, CL_RUN_SESSION, "session:0", NULL);
	check_run(p->run->parent->parent, CL_RUN_UNIT, "unit:cron.service", NULL);
	/* the shell becomes the command: the same run */
	o.exe = "/usr/local/bin/backup";
	o.command = "/usr/local/bin/backup --all";
	assert_ptr_equal(case_apply(c, &o), p);
	check_run(p->run, CL_RUN_BATCH, "cron:0:/usr/local/bin/backup --all", "cron:00000000:52:520");
	assert_int_equal(cl_identity_process(c->id, middle)->run->kind, CL_RUN_UNIT);
}

/* Host with cgroup v1 only: nothing to tell processes apart by; the line of parents and the sessions do. */
static void test_without_cgroups(void **state)
{
	struct identity_case *c = *state;
	struct cl_process *a, *b;

	case_fork(c, INIT, mk_key(50, 500));
	case_fork(c, INIT, mk_key(51, 510));
	a = login(c, mk_key(50, 500), 1000, 1, "/");
	b = login(c, mk_key(51, 510), 1000, 2, "/");
	assert_ptr_not_equal(a->run, b->run);
	assert_true(cl_run_same_workflow(a->run, b->run));
}

/* At the start: parents before children, then the same is seen live. */
static void test_baseline(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key svc = mk_key(50, 500), child = mk_key(51, 510);
	struct cl_observation o = mk_obs_process(c->now++, svc, INIT, "/usr/bin/app");
	static const struct cl_var vars[] = {{"INVOCATION_ID", INVOCATION}};
	struct cl_run *run;
	struct cl_process *p;

	o.cgroup = "/system.slice/app.service";
	mk_obs_vars(&o, vars, 1);
	run = case_apply(c, &o)->run;
	check_run(run, CL_RUN_UNIT, "unit:app.service", INVOCATION);
	assert_int_equal(run->begin, 500); /* as old as its first process at least */
	o = mk_obs_process(c->now++, child, svc, "/usr/bin/app");
	o.cgroup = "/system.slice/app.service";
	p = case_apply(c, &o);
	assert_ptr_equal(p->run, run);
	assert_false(p->unattributed);
	assert_ptr_equal(p->parent, cl_identity_process(c->id, svc));
	case_fork(c, svc, child);
	case_exec(c, child, svc, "/usr/bin/app", "/system.slice/app.service");
	assert_ptr_equal(p->run, run);
	assert_int_equal(run->live, 2);
	assert_int_equal(cl_identity_stats(c->id)->runs, 2);
}

/* After a restart the store's runs and the baseline name the same ones. */
static void test_known_then_recognised(void **state)
{
	struct identity_case *c = *state;
	struct cl_observation o = {.kind = CL_OBS_KNOWN_RUN,
				   .ts = 10,
				   .run_id = "claude-code:A",
				   .workflow = "agent:claude-code",
				   .run_kind = "agent"};
	struct cl_run *run;
	struct cl_process *p;

	case_apply(c, &o);
	o = (struct cl_observation){
		.kind = CL_OBS_KNOWN_RUN, .ts = 10, .run_id = "claude-code:A", .process = mk_key(50, 500)};
	case_apply(c, &o);
	run = cl_identity_run(c->id, "claude-code:A");
	p = case_exec_env(c, mk_key(50, 500), "/bin/bash", "/", VARS({"CLAUDE_CODE_SESSION_ID", "A"}));
	assert_ptr_equal(p->run, run);
	p = start(c, INIT, mk_key(51, 510), "/bin/bash", "/", VARS({"CLAUDE_CODE_SESSION_ID", "A"}));
	assert_ptr_equal(p->run, run);
	assert_int_equal(run->live, 2);
}

static void test_same_id_of_two_systems(void **state)
{
	struct identity_case *c = *state;
	struct cl_process *p;

	start(c, INIT, mk_key(50, 500), "/bin/sh", "/", VARS(GITLAB));
	p = start(c, INIT, mk_key(51, 510), "/bin/sh", "/",
		  VARS({"TRAVIS", "true"}, {"TRAVIS_BUILD_ID", "1"}, {"TRAVIS_JOB_ID", "2"}));
	check_run(p->run, CL_RUN_CI_JOB, "ci:travis/unknown/job", "1/2@51:510");
	p = start(c, INIT, mk_key(52, 520), "/bin/sh", "/",
		  VARS({"TRAVIS", "true"}, {"TRAVIS_BUILD_ID", "1"}, {"TRAVIS_JOB_ID", "2"}));
	check_run(p->run, CL_RUN_CI_JOB, "ci:travis/unknown/job", "1/2@51:510");
	assert_int_equal(p->run->live, 2);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_systems),
		cmocka_unit_test(test_agent_programs),
		T(test_not_quite),
		T(test_five_deep),
		T(test_job_comes_back),
		T(test_broker),
		T(test_task_is_not_left),
		T(test_agent_sessions),
		T(test_job_in_job),
		T(test_units),
		T(test_forged_invocation),
		T(test_containers),
		T(test_pods),
		T(test_sessions),
		T(test_session_is_kept),
		T(test_cron),
		T(test_without_cgroups),
		T(test_baseline),
		T(test_known_then_recognised),
		T(test_same_id_of_two_systems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
