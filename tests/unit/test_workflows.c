/* SPDX-License-Identifier: Apache-2.0 */
/* One row for each known system: what a process of it shows of itself, and which run it is in then. */
#include "identity_case.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "identity/recognise.h"

#define INIT mk_key(1, 10)
#define MIDDLE mk_key(100, 1000)
#define SUBJECT mk_key(200, 2000)
#define CID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "1a2b3c4d-1111-2222-3333-444455556666"
#define POD_ "1a2b3c4d_1111_2222_3333_444455556666"
#define ALLOC "5f3c1c1e-0d1c-4a9b-8a55-1f2e3d4c5b6a"
#define INVOCATION "00112233445566778899aabbccddeeff"
#define MADE(prefix) prefix ":00000000:200:2000"
#define VARS_MAX 10

struct row {
	const char *name; /* of the system, for messages */
	struct {
		const char *exe, *command, *filename, *cgroup, *parent; /* NULL: /bin/sh, none, none, "/", /sbin/init */
		struct cl_var vars[VARS_MAX];
	} shows;
	struct {
		uint32_t kind;
		const char *workflow, *run_id, *job, *repository, *environment, *attempt;
		const char *outer; /* workflow of the run around it; NULL: the host's */
	} is;
};

#define JOB CL_RUN_CI_JOB
#define GITHUB                                                                                                         \
	{"GITHUB_ACTIONS", "true"}, {"GITHUB_REPOSITORY", "octo/app"}, {"GITHUB_WORKFLOW", "release"},                 \
		{"GITHUB_JOB", "build"}, {"GITHUB_RUN_ID", "42"},                                                      \
	{                                                                                                              \
		"GITHUB_RUN_ATTEMPT", "2"                                                                              \
	}

static const struct row ci[] = {
	{"github_actions",
	 {.vars = {GITHUB}},
	 {JOB, "ci:github/octo/app/release/build", "42.2/build", "build", "octo/app", NULL, "2", NULL}},
	{"github_actions_hosted",
	 {.vars = {GITHUB, {"RUNNER_ENVIRONMENT", "github-hosted"}}},
	 {JOB, "ci:github/octo/app/release/build", "42.2/build", "build", "octo/app", NULL, "2", NULL}},
	{"github_arc, a job",
	 {.cgroup = "/kubepods.slice/kubepods-pod" POD_ ".slice/cri-containerd-" CID ".scope",
	  .vars = {GITHUB, {"ACTIONS_RUNNER_POD_NAME", "set-abcde-runner-x2x4z"}}},
	 {JOB, "ci:github/octo/app/release/build", "42.2/build", "build", "octo/app", NULL, "2",
	  "pod:set-abcde-runner"}},
	{"github_arc, the runner",
	 {.exe = "/home/runner/bin/Runner.Listener",
	  .cgroup = "/kubepods.slice/kubepods-pod" POD_ ".slice/cri-containerd-" CID ".scope",
	  .vars = {{"ACTIONS_RUNNER_POD_NAME", "set-abcde-runner-x2x4z"}}},
	 {CL_RUN_POD, "pod:set-abcde-runner", "pod:" POD, NULL, NULL, NULL, NULL, NULL}},
	{"gitea_actions",
	 {.vars = {GITHUB, {"GITEA_ACTIONS", "true"}}},
	 {JOB, "ci:gitea/octo/app/release/build", "42.2/build", "build", "octo/app", NULL, "2", NULL}},
	{"forgejo",
	 {.vars = {GITHUB, {"FORGEJO_ACTIONS", "true"}}},
	 {JOB, "ci:gitea/octo/app/release/build", "42.2/build", "build", "octo/app", NULL, "2", NULL}},
	{"gitlab_ci",
	 {.vars = {{"GITLAB_CI", "true"},
		   {"CI_PROJECT_PATH", "g/sub/p"},
		   {"CI_JOB_NAME", "test"},
		   {"CI_PIPELINE_ID", "7"},
		   {"CI_JOB_ID", "8"},
		   {"CI_ENVIRONMENT_NAME", "review/x"},
		   {"CI_ENVIRONMENT_TIER", "development"}}},
	 {JOB, "ci:gitlab/g/sub/p/test", "7/8", "test", "g/sub/p", "dev", NULL, NULL}},
	{"jenkins",
	 {.vars = {{"JENKINS_URL", "http://ci.example/"},
		   {"BUILD_ID", "5"},
		   {"JOB_NAME", "app/main"},
		   {"BUILD_TAG", "jenkins-app-main-5"},
		   {"STAGE_NAME", "Deploy"},
		   {"DEPLOY_ENV", "prod"}}},
	 {JOB, "ci:jenkins/app/main", "jenkins-app-main-5", "Deploy", NULL, "production", NULL, NULL}},
	{"circleci",
	 {.vars = {{"CIRCLECI", "true"},
		   {"CIRCLE_PROJECT_USERNAME", "o"},
		   {"CIRCLE_PROJECT_REPONAME", "r"},
		   {"CIRCLE_JOB", "t"},
		   {"CIRCLE_WORKFLOW_ID", "w"},
		   {"CIRCLE_WORKFLOW_JOB_ID", "j"}}},
	 {JOB, "ci:circleci/o/r/t", "w/j", "t", "o/r", NULL, NULL, NULL}},
	{"buildkite",
	 {.vars = {{"BUILDKITE", "true"},
		   {"BUILDKITE_ORGANIZATION_SLUG", "o"},
		   {"BUILDKITE_PIPELINE_SLUG", "p"},
		   {"BUILDKITE_STEP_KEY", "s"},
		   {"BUILDKITE_BUILD_ID", "b"},
		   {"BUILDKITE_JOB_ID", "j"},
		   {"BUILDKITE_RETRY_COUNT", "1"}}},
	 {JOB, "ci:buildkite/o/p/s", "b/j", "s", "o/p", NULL, "1", NULL}},
	{"azure_pipelines",
	 {.vars = {{"TF_BUILD", "True"},
		   {"SYSTEM_TEAMPROJECT", "t"},
		   {"BUILD_DEFINITIONNAME", "d"},
		   {"SYSTEM_JOBDISPLAYNAME", "j"},
		   {"BUILD_BUILDID", "9"},
		   {"SYSTEM_JOBID", "x"},
		   {"BUILD_REPOSITORY_NAME", "o/r"},
		   {"ENVIRONMENT_NAME", "Staging"},
		   {"SYSTEM_JOBATTEMPT", "3"}}},
	 {JOB, "ci:azure/t/d/j", "9/x", "j", "o/r", "staging", "3", NULL}},
	{"bitbucket",
	 {.vars = {{"BITBUCKET_BUILD_NUMBER", "4"},
		   {"BITBUCKET_COMMIT", "c"},
		   {"BITBUCKET_REPO_FULL_NAME", "w/r"},
		   {"BITBUCKET_STEP_UUID", "{u}"},
		   {"BITBUCKET_STEP_RUN_NUMBER", "1"},
		   {"BITBUCKET_DEPLOYMENT_ENVIRONMENT", "Production"}}},
	 {JOB, "ci:bitbucket/w/r", "4/{u}", NULL, "w/r", "production", "1", NULL}},
	{"travis",
	 {.vars = {{"TRAVIS", "true"},
		   {"TRAVIS_REPO_SLUG", "o/r"},
		   {"TRAVIS_BUILD_ID", "1"},
		   {"TRAVIS_JOB_ID", "2"},
		   {"TRAVIS_BUILD_STAGE_NAME", "test"}}},
	 {JOB, "ci:travis/o/r/test", "1/2", "test", "o/r", NULL, NULL, NULL}},
	{"teamcity",
	 {.vars = {{"TEAMCITY_VERSION", "2024"},
		   {"TEAMCITY_PROJECT_NAME", "P"},
		   {"TEAMCITY_BUILDCONF_NAME", "B"},
		   {"BUILD_NUMBER", "6"}}},
	 {JOB, "ci:teamcity/P/B", "B#6", "B", NULL, NULL, NULL, NULL}},
	{"drone",
	 {.vars = {{"DRONE", "true"},
		   {"DRONE_REPO", "o/r"},
		   {"DRONE_STAGE_NAME", "s"},
		   {"DRONE_BUILD_NUMBER", "3"},
		   {"DRONE_DEPLOY_TO", "prod"}}},
	 {JOB, "ci:drone/o/r/s", "o/r#3/1", "s", "o/r", "production", NULL, NULL}},
	{"woodpecker",
	 {.vars = {{"CI", "woodpecker"}, {"CI_REPO", "o/r"}, {"CI_WORKFLOW_NAME", "w"}, {"CI_PIPELINE_NUMBER", "2"}}},
	 {JOB, "ci:woodpecker/o/r/w", "o/r#2/w", "w", "o/r", NULL, NULL, NULL}},
	{"appveyor",
	 {.vars = {{"APPVEYOR", "True"},
		   {"APPVEYOR_REPO_NAME", "o/r"},
		   {"APPVEYOR_PROJECT_SLUG", "p"},
		   {"APPVEYOR_BUILD_ID", "1"},
		   {"APPVEYOR_JOB_ID", "j"}}},
	 {JOB, "ci:appveyor/o/r/p", "1/j", NULL, "o/r", NULL, NULL, NULL}},
	{"cirrus",
	 {.vars = {{"CIRRUS_CI", "true"},
		   {"CIRRUS_REPO_FULL_NAME", "o/r"},
		   {"CIRRUS_TASK_NAME", "t"},
		   {"CIRRUS_BUILD_ID", "1"},
		   {"CIRRUS_TASK_ID", "2"}}},
	 {JOB, "ci:cirrus/o/r/t", "1/2", "t", "o/r", NULL, NULL, NULL}},
	{"semaphore",
	 {.vars = {{"SEMAPHORE", "true"},
		   {"SEMAPHORE_PROJECT_NAME", "p"},
		   {"SEMAPHORE_JOB_NAME", "j"},
		   {"SEMAPHORE_WORKFLOW_ID", "w"},
		   {"SEMAPHORE_JOB_ID", "i"}}},
	 {JOB, "ci:semaphore/p/j", "w/i", "j", "p", NULL, NULL, NULL}},
	{"codebuild",
	 {.vars = {{"CODEBUILD_BUILD_ID", "shop:1f2e-3d"}, {"CODEBUILD_INITIATOR", "alice"}}},
	 {JOB, "ci:codebuild/shop", "shop:1f2e-3d", NULL, NULL, NULL, NULL, NULL}},
	{"gcp_cloud_build",
	 {.vars = {{"BUILDER_OUTPUT", "/builder/outputs"},
		   {"PROJECT_ID", "p"},
		   {"TRIGGER_NAME", "main"},
		   {"BUILD_ID", "b"},
		   {"REPO_NAME", "r"}}},
	 {JOB, "ci:google-cloud-build/p/main", "b", NULL, "r", NULL, NULL, NULL}},
	{"tekton",
	 {.exe = "/tekton/bin/entrypoint", .vars = {{"HOSTNAME", "build-run-x7k2p-pod"}, {"POD_NAMESPACE", "ci"}}},
	 {JOB, "ci:tekton/ci/build-run", "tekton:build-run-x7k2p-pod", "build-run-x7k2p-pod", NULL, NULL, NULL, NULL}},
	{"argo_workflows",
	 {.exe = "/var/run/argo/argoexec",
	  .vars = {{"ARGO_NODE_ID", "n-1"}, {"ARGO_WORKFLOW_NAME", "etl-x2x4z"}, {"ARGO_CONTAINER_NAME", "main"}}},
	 {JOB, "ci:argo/etl/main", "n-1", "n-1", NULL, NULL, NULL, NULL}},
	{"harness_ci",
	 {.vars = {{"HARNESS_BUILD_ID", "1"},
		   {"HARNESS_EXECUTION_ID", "e"},
		   {"HARNESS_ORG_ID", "o"},
		   {"HARNESS_PROJECT_ID", "p"},
		   {"HARNESS_PIPELINE_ID", "l"},
		   {"HARNESS_STAGE_ID", "s"},
		   {"DRONE", "true"}}},
	 {JOB, "ci:harness/o/p/l", "e/s", "s", NULL, NULL, NULL, NULL}},
	{"spacelift",
	 {.vars = {{"TF_VAR_spacelift_run_id", "r"},
		   {"TF_VAR_spacelift_stack_id", "s"},
		   {"TF_VAR_spacelift_repository", "o/r"}}},
	 {JOB, "ci:spacelift/s", "r", NULL, "o/r", NULL, NULL, NULL}},
	{"hcp_terraform",
	 {.vars = {{"TFC_RUN_ID", "run-1"}, {"TFC_WORKSPACE_NAME", "w"}, {"TFC_PROJECT_NAME", "p"}}},
	 {JOB, "ci:terraform/p/w", "run-1", NULL, NULL, NULL, NULL, NULL}},
	{"atlantis",
	 {.parent = "/usr/local/bin/atlantis",
	  .vars = {{"PULL_NUM", "12"},
		   {"BASE_REPO_OWNER", "o"},
		   {"BASE_REPO_NAME", "r"},
		   {"HEAD_COMMIT", "abc"},
		   {"WORKSPACE", "prod"}}},
	 {JOB, "ci:atlantis/o/r/prod", "atlantis:o/r#12@abc/prod", "prod", "o/r", NULL, NULL, NULL}},
	{"atlantis, by its own variable",
	 {.vars = {{"PULL_NUM", "12"}, {"BASE_REPO_NAME", "r"}, {"ATLANTIS_TERRAFORM_VERSION", "1.9"}}},
	 {JOB, "ci:atlantis/unknown/r/default", "atlantis:unknown/r#12@head/default", NULL, NULL, NULL, NULL, NULL}},
	{"bamboo",
	 {.vars = {{"bamboo_planKey", "P"},
		   {"bamboo_shortJobName", "j"},
		   {"bamboo_buildResultKey", "P-J-7"},
		   {"bamboo_deploy_environment", "stg"}}},
	 {JOB, "ci:bamboo/P/j", "P-J-7", "j", NULL, "staging", NULL, NULL}},
	{"gocd",
	 {.vars = {{"GO_PIPELINE_LABEL", "9"},
		   {"GO_PIPELINE_NAME", "p"},
		   {"GO_PIPELINE_COUNTER", "9"},
		   {"GO_STAGE_NAME", "s"},
		   {"GO_STAGE_COUNTER", "2"},
		   {"GO_JOB_NAME", "j"},
		   {"GO_ENVIRONMENT_NAME", "qa"}}},
	 {JOB, "ci:gocd/p/s/j", "p#9/s.2/j", "j", NULL, "qa", "2", NULL}},
	{"concourse",
	 {.vars = {{"BUILD_TEAM_NAME", "t"},
		   {"BUILD_PIPELINE_NAME", "p"},
		   {"BUILD_JOB_NAME", "j"},
		   {"BUILD_ID", "77"},
		   {"BUILD_NAME", "3"}}},
	 {JOB, "ci:concourse/t/p/j", "concourse:77", "j", "t/p", NULL, "3", NULL}},
	{"codefresh",
	 {.vars = {{"CF_BUILD_ID", "b"},
		   {"CF_PIPELINE_NAME", "p"},
		   {"CF_REPO_OWNER", "o"},
		   {"CF_REPO_NAME", "r"},
		   {"CF_STEP_NAME", "s"}}},
	 {JOB, "ci:codefresh/o/r/p", "b", "s", "o/r", NULL, NULL, NULL}},
	{"bitrise",
	 {.vars = {{"BITRISE_IO", "true"},
		   {"BITRISE_APP_SLUG", "a"},
		   {"BITRISE_TRIGGERED_WORKFLOW_ID", "w"},
		   {"BITRISE_BUILD_SLUG", "b"}}},
	 {JOB, "ci:bitrise/a/w", "b", "w", NULL, NULL, NULL, NULL}},
	{"netlify_build",
	 {.vars = {{"NETLIFY", "true"},
		   {"SITE_NAME", "s"},
		   {"BUILD_ID", "b"},
		   {"DEPLOY_ID", "d"},
		   {"CONTEXT", "deploy-preview"}}},
	 {JOB, "ci:netlify/s", "b", "d", NULL, "deploy-preview", NULL, NULL}},
	{"vercel_build",
	 {.vars = {{"VERCEL", "1"},
		   {"VERCEL_PROJECT_ID", "p"},
		   {"VERCEL_DEPLOYMENT_ID", "d"},
		   {"VERCEL_GIT_REPO_OWNER", "o"},
		   {"VERCEL_GIT_REPO_SLUG", "r"},
		   {"VERCEL_ENV", "production"}}},
	 {JOB, "ci:vercel/p", "d", NULL, "o/r", "production", NULL, NULL}},
	{"render_build",
	 {.vars = {{"RENDER", "true"},
		   {"RENDER_SERVICE_NAME", "s"},
		   {"RENDER_INSTANCE_ID", "i"},
		   {"RENDER_SERVICE_ID", "id"},
		   {"RENDER_GIT_REPO_SLUG", "o/r"}}},
	 {JOB, "ci:render/s", "i", "id", "o/r", NULL, NULL, NULL}},
	{"taskcluster",
	 {.vars = {{"TASK_ID", "T"},
		   {"RUN_ID", "0"},
		   {"TASKCLUSTER_ROOT_URL", "https://tc.example"},
		   {"GECKO_HEAD_REPOSITORY", "https://hg.example/x"}}},
	 {JOB, "ci:taskcluster/https://hg.example/x", "T/0", "T", "https://hg.example/x", NULL, "0", NULL}},
	{"dagger",
	 {.vars = {{"DAGGER_SESSION_PORT", "4242"}, {"DAGGER_MODULE", "m"}}},
	 {JOB, "ci:dagger/m", "dagger:4242", NULL, NULL, NULL, NULL, NULL}},
	{"buildkit",
	 {.cgroup = "/docker/buildkit/kxyz1234"},
	 {CL_RUN_CONTAINER, "container:buildkit", "buildkit:kxyz1234", "kxyz1234", NULL, NULL, NULL, NULL}},
};

static const struct row batch[] = {
	{"cron_debian",
	 {.exe = "/usr/bin/dash", .command = "/bin/sh -c /usr/local/bin/backup --all", .parent = "/usr/sbin/cron"},
	 {CL_RUN_BATCH, "cron:0:/usr/local/bin/backup --all", MADE("cron"), NULL, NULL, NULL, NULL, NULL}},
	{"cron_rhel",
	 {.command = "/bin/sh -c run", .parent = "/usr/sbin/crond", .cgroup = "/system.slice/crond.service"},
	 {CL_RUN_BATCH, "cron:0:run", MADE("cron"), NULL, NULL, NULL, NULL, "unit:crond.service"}},
	{"cron_anacron",
	 {.exe = "/bin/dash",
	  .command = "/bin/sh /etc/cron.daily/logrotate",
	  .filename = "/etc/cron.daily/logrotate",
	  .parent = "/usr/bin/run-parts"},
	 {CL_RUN_BATCH, "cron:0:logrotate", MADE("cron-directory"), "logrotate", NULL, NULL, NULL, NULL}},
	{"atd",
	 {.command = "sh", .parent = "/usr/sbin/atd", .cgroup = "/system.slice/atd.service"},
	 {CL_RUN_BATCH, "at:0:sh", MADE("at"), NULL, NULL, NULL, NULL, "unit:atd.service"}},
	{"slurm_v2, by variable",
	 {.vars = {{"SLURM_JOB_ID", "77"},
		   {"SLURM_JOB_NAME", "train"},
		   {"SLURM_JOB_ACCOUNT", "lab"},
		   {"SLURM_RESTART_COUNT", "1"}}},
	 {CL_RUN_BATCH, "batch:slurm/lab/train", "slurm:77", "train", "lab", NULL, "1", NULL}},
	{"slurm_v2, by cgroup",
	 {.cgroup = "/system.slice/slurmstepd.scope/job_77/step_0/user/task_0"},
	 {CL_RUN_BATCH, "batch:slurm/unknown/unknown", "slurm:77", NULL, NULL, NULL, NULL, "unit:slurmstepd.scope"}},
	{"slurm_v2, of a node",
	 {.cgroup = "/system.slice/node7_slurmstepd.scope/job_77/step_batch/user"},
	 {CL_RUN_BATCH, "batch:slurm/unknown/unknown", "slurm:77", NULL, NULL, NULL, NULL,
	  "unit:node7_slurmstepd.scope"}},
	{"slurm_v1",
	 {.cgroup = "/slurm/uid_1000/job_78/step_0"},
	 {CL_RUN_BATCH, "batch:slurm/unknown/unknown", "slurm:78", NULL, NULL, NULL, NULL, NULL}},
	{"nomad_v2",
	 {.cgroup = "/nomad.slice/share.slice/" ALLOC ".web.scope",
	  .vars = {{"NOMAD_ALLOC_ID", ALLOC},
		   {"NOMAD_JOB_NAME", "shop"},
		   {"NOMAD_TASK_NAME", "web"},
		   {"NOMAD_NAMESPACE", "prod"}}},
	 {CL_RUN_BATCH, "batch:nomad/prod/shop/web", ALLOC "/web", "shop", "prod", NULL, NULL, NULL}},
	{"nomad_v2, by cgroup",
	 {.cgroup = "/nomad.slice/" ALLOC ".web.scope"},
	 {CL_RUN_BATCH, "batch:nomad/default/unknown/web", ALLOC "/web", NULL, NULL, NULL, NULL, NULL}},
	{"nomad_v1",
	 {.cgroup = "/nomad/" ALLOC ".web"},
	 {CL_RUN_BATCH, "batch:nomad/default/unknown/web", ALLOC "/web", NULL, NULL, NULL, NULL, NULL}},
	{"pbs",
	 {.vars = {{"PBS_JOBID", "1.head"}, {"PBS_JOBNAME", "n"}, {"PBS_QUEUE", "q"}}},
	 {CL_RUN_BATCH, "batch:pbs/q/n", "pbs:1.head", "n", NULL, NULL, NULL, NULL}},
	{"lsf",
	 {.vars = {{"LSB_JOBID", "1"}, {"LSB_JOBNAME", "n"}, {"LSB_QUEUE", "q"}, {"LSB_JOBINDEX", "4"}}},
	 {CL_RUN_BATCH, "batch:lsf/q/n", "lsf:1.4", "n", NULL, NULL, NULL, NULL}},
	{"sge",
	 {.vars = {{"JOB_ID", "1"}, {"JOB_NAME", "n"}, {"QUEUE", "q"}, {"SGE_TASK_ID", "undefined"}}},
	 {CL_RUN_BATCH, "batch:grid-engine/q/n", "sge:1.undefined", "n", NULL, NULL, NULL, NULL}},
	{"htcondor",
	 {.exe = "/exec/condor_exec.exe",
	  .vars = {{"_CONDOR_SCRATCH_DIR", "/execute/dir_12"}, {"_CONDOR_SLOT", "slot1"}}},
	 {CL_RUN_BATCH, "batch:htcondor/condor_exec.exe", "condor:/execute/dir_12", "slot1", NULL, NULL, NULL, NULL}},
	{"ray",
	 {.vars = {{"RAY_JOB_ID", "01000000"}, {"RAY_JOB_NAME", "tune"}}},
	 {CL_RUN_BATCH, "batch:ray/tune", "ray:01000000", "tune", NULL, NULL, NULL, NULL}},
	{"spark",
	 {.exe = "/usr/lib/jvm/bin/java",
	  .command =
		  "/usr/lib/jvm/bin/java -cp /opt/spark/jars/x -Xmx1g org.apache.spark.executor.CoarseGrainedExecutorBackend --executor-id 3 --hostname h --app-id app-2026-1 --worker-url u"},
	 {CL_RUN_BATCH, "batch:spark/executor", "spark:app-2026-1", "3", NULL, NULL, NULL, NULL}},
	{"aws_batch",
	 {.vars = {{"AWS_BATCH_JOB_ID", "j"}, {"AWS_BATCH_JOB_ATTEMPT", "2"}, {"AWS_BATCH_JQ_NAME", "q"}}},
	 {CL_RUN_BATCH, "batch:aws/q", "j/2", NULL, NULL, NULL, "2", NULL}},
	{"gcp_cloud_run, a job",
	 {.vars = {{"CLOUD_RUN_JOB", "j"}, {"CLOUD_RUN_EXECUTION", "j-x"}, {"CLOUD_RUN_TASK_INDEX", "1"}}},
	 {CL_RUN_BATCH, "batch:cloud-run/j", "j-x/1.0", "1", NULL, NULL, NULL, NULL}},
	{"airflow",
	 {.vars = {{"AIRFLOW_CTX_DAG_ID", "etl"},
		   {"AIRFLOW_CTX_DAG_RUN_ID", "m__1"},
		   {"AIRFLOW_CTX_TASK_ID", "load"},
		   {"AIRFLOW_CTX_TRY_NUMBER", "2"}}},
	 {CL_RUN_BATCH, "batch:airflow/etl/load", "etl/m__1/load", "load", NULL, NULL, "2", NULL}},
	{"airflow, by command",
	 {.exe = "/usr/bin/python3.11",
	  .command = "/usr/bin/python3 /usr/local/bin/airflow tasks run etl load m__1 --local"},
	 {CL_RUN_BATCH, "batch:airflow/etl/load", "etl/m__1/load", "load", NULL, NULL, NULL, NULL}},
	{"airflow, by its script's own line",
	 {.exe = "/usr/bin/python3.11",
	  .filename = "/opt/airflow",
	  .command = "/usr/bin/python3 /opt/airflow tasks run etl load m__1"},
	 {CL_RUN_BATCH, "batch:airflow/etl/load", "etl/m__1/load", "load", NULL, NULL, NULL, NULL}},
	{"a shell script of that name",
	 {.exe = "/bin/dash", .filename = "/opt/prefect", .command = "/bin/sh /opt/prefect flow-run execute f-3"},
	 {CL_RUN_BATCH, "batch:prefect/flow", "f-3", NULL, NULL, NULL, NULL, NULL}},
	{"prefect",
	 {.vars = {{"PREFECT__FLOW_RUN_ID", "f-1"}, {"PREFECT__FLOW_NAME", "sync"}}},
	 {CL_RUN_BATCH, "batch:prefect/sync", "f-1", NULL, NULL, NULL, NULL, NULL}},
	{"prefect, by command",
	 {.exe = "/usr/bin/python3.11", .command = "python3 /usr/local/bin/prefect flow-run execute f-2"},
	 {CL_RUN_BATCH, "batch:prefect/flow", "f-2", NULL, NULL, NULL, NULL, NULL}},
	{"dagster",
	 {.vars = {{"DAGSTER_RUN_JOB_NAME", "j"}, {"DAGSTER_RUN_ID", "r"}, {"DAGSTER_RUN_STEP_KEY", "s"}}},
	 {CL_RUN_BATCH, "batch:dagster/j", "dagster:r/s", "s", NULL, NULL, NULL, NULL}},
	{"dagster, by command",
	 {.exe = "/usr/bin/python3.11", .command = "python3 /usr/local/bin/dagster api execute_run {}"},
	 {CL_RUN_BATCH, "batch:dagster/run", MADE("dagster"), NULL, NULL, NULL, NULL, NULL}},
};

static const struct row places[] = {
	{"systemd_timer",
	 {.cgroup = "/system.slice/backup.service",
	  .vars = {{"INVOCATION_ID", INVOCATION}, {"TRIGGER_UNIT", "backup.timer"}}},
	 {CL_RUN_UNIT, "unit:backup.service", INVOCATION, "backup.timer", NULL, NULL, NULL, NULL}},
	{"systemd_service",
	 {.cgroup = "/system.slice/system-app.slice/app@blue.service",
	  .vars = {{"INVOCATION_ID", INVOCATION}, {"DEPLOY_ENV", "prod"}}},
	 {CL_RUN_UNIT, "unit:app@blue.service", INVOCATION, NULL, NULL, "production", NULL, NULL}},
	{"systemd_user_service",
	 {.cgroup = "/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service",
	  .vars = {{"INVOCATION_ID", INVOCATION}}},
	 {CL_RUN_UNIT, "unit:sync.service", INVOCATION, NULL, NULL, NULL, NULL, NULL}},
	{"systemd_run_transient",
	 {.exe = "/usr/local/bin/backup",
	  .cgroup = "/system.slice/run-r0123456789abcdef0123456789abcdef.service",
	  .vars = {{"INVOCATION_ID", INVOCATION}}},
	 {CL_RUN_UNIT, "unit:run/backup", INVOCATION, NULL, NULL, NULL, NULL, NULL}},
	{"systemd_run_transient, a scope",
	 {.exe = "/usr/local/bin/backup", .cgroup = "/system.slice/run-u17.scope"},
	 {CL_RUN_UNIT, "unit:run/backup", "unit:run-u17.scope:00000000:11", NULL, NULL, NULL, NULL, NULL}},
	{"a unit that is only called so",
	 {.cgroup = "/system.slice/run-user-things.service"},
	 {CL_RUN_UNIT, "unit:run-user-things.service", NULL, NULL, NULL, NULL, NULL, NULL}},
	{"systemd_socket_activated",
	 {.cgroup = "/system.slice/echo@3-10.0.0.1:7-10.0.0.2:4711.service", .vars = {{"INVOCATION_ID", INVOCATION}}},
	 {CL_RUN_UNIT, "unit:echo@.service", INVOCATION, NULL, NULL, NULL, NULL, NULL}},
	{"supervisord",
	 {.vars = {{"SUPERVISOR_ENABLED", "1"},
		   {"SUPERVISOR_PROCESS_NAME", "web_0"},
		   {"SUPERVISOR_GROUP_NAME", "web"}}},
	 {CL_RUN_UNIT, "unit:supervisor/web/web_0", MADE("supervisor"), "web_0", NULL, NULL, NULL, NULL}},
	{"docker_cgroupfs",
	 {.cgroup = "/docker/" CID, .vars = {{"HOSTNAME", "0123456789ab"}, {"APP_ENV", "stage"}}},
	 {CL_RUN_CONTAINER, "container:0123456789ab", "container:" CID, NULL, NULL, "staging", NULL, NULL}},
	{"docker_systemd",
	 {.cgroup = "/system.slice/docker-" CID ".scope", .vars = {{"HOSTNAME", "web"}}},
	 {CL_RUN_CONTAINER, "container:web", "container:" CID, NULL, NULL, NULL, NULL, NULL}},
	{"docker_rootless",
	 {.cgroup = "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" CID ".scope"},
	 {CL_RUN_CONTAINER, "container:0123456789ab", "container:" CID, NULL, NULL, NULL, NULL, NULL}},
	{"containerd",
	 {.cgroup = "/default/" CID},
	 {CL_RUN_CONTAINER, "container:0123456789ab", "container:" CID, NULL, NULL, NULL, NULL, NULL}},
	{"nerdctl",
	 {.cgroup = "/system.slice/nerdctl-" CID ".scope"},
	 {CL_RUN_CONTAINER, "container:0123456789ab", "container:" CID, NULL, NULL, NULL, NULL, NULL}},
	{"podman_root",
	 {.cgroup = "/machine.slice/libpod-" CID ".scope/container"},
	 {CL_RUN_CONTAINER, "container:0123456789ab", "container:" CID, NULL, NULL, NULL, NULL, NULL}},
	{"podman_root, cgroupfs",
	 {.cgroup = "/libpod_parent/libpod-" CID},
	 {CL_RUN_CONTAINER, "container:0123456789ab", "container:" CID, NULL, NULL, NULL, NULL, NULL}},
	{"podman_rootless",
	 {.cgroup = "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" CID ".scope/container"},
	 {CL_RUN_CONTAINER, "container:0123456789ab", "container:" CID, NULL, NULL, NULL, NULL, NULL}},
	{"quadlet",
	 {.cgroup = "/system.slice/web.service/libpod-payload-" CID, .vars = {{"INVOCATION_ID", INVOCATION}}},
	 {CL_RUN_CONTAINER, "container:0123456789ab", "container:" CID, NULL, NULL, NULL, NULL, "unit:web.service"}},
	{"lxc_payload",
	 {.cgroup = "/lxc.payload.web/system.slice/cron.service"},
	 {CL_RUN_UNIT, "unit:cron.service", NULL, NULL, NULL, NULL, NULL, "container:web"}},
	{"lxc, older",
	 {.cgroup = "/lxc/web"},
	 {CL_RUN_CONTAINER, "container:web", "container:web", NULL, NULL, NULL, NULL, NULL}},
	{"nspawn",
	 {.cgroup = "/machine.slice/systemd-nspawn@deb.service/payload"},
	 {CL_RUN_CONTAINER, "container:deb", "container:deb", NULL, NULL, NULL, NULL, NULL}},
	{"flatpak",
	 {.cgroup = "/user.slice/user-1000.slice/user@1000.service/app.slice/app-flatpak-org.x.App-123.scope",
	  .vars = {{"FLATPAK_ID", "org.x.App"}}},
	 {CL_RUN_CONTAINER, "container:org.x.App", "container:org.x.App-123", NULL, NULL, NULL, NULL, NULL}},
	{"garden",
	 {.cgroup = "/garden/h1/x"},
	 {CL_RUN_CONTAINER, "container:garden", "garden:h1", NULL, NULL, NULL, NULL, NULL}},
	{"cloud foundry",
	 {.vars = {{"CF_INSTANCE_GUID", "g"},
		   {"CF_INSTANCE_INDEX", "0"},
		   {"VCAP_APPLICATION",
		    "{\"application_name\":\"shop\",\"space_name\":\"prod\",\"organization_name\":\"o\"}"}}},
	 {CL_RUN_CONTAINER, "container:cloudfoundry/prod/shop", "g", "0", "o", "production", NULL, NULL}},
	{"k8s_pod_systemd",
	 {.cgroup = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_ ".slice/crio-" CID ".scope",
	  .vars = {{"HOSTNAME", "web-5d4f8c7b9d-x2x4z"}, {"POD_NAMESPACE", "shop"}}},
	 {CL_RUN_POD, "pod:shop/web", "pod:" POD, NULL, NULL, NULL, NULL, NULL}},
	{"k8s_pod_cgroupfs",
	 {.cgroup = "/kubepods/besteffort/pod" POD "/" CID, .vars = {{"HOSTNAME", "db-0"}}},
	 {CL_RUN_POD, "pod:db", "pod:" POD, NULL, NULL, NULL, NULL, NULL}},
	{"k8s_pod_nested_cri",
	 {.cgroup = "/system.slice/containerd.service/kubepods-burstable-pod" POD_ ".slice:cri-containerd:" CID},
	 {CL_RUN_POD, "pod:" POD, "pod:" POD, NULL, NULL, NULL, NULL, "unit:containerd.service"}},
	{"k8s_pod in kind",
	 {.cgroup = "/docker/" CID "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" POD_
		    ".slice/cri-containerd-" CID ".scope"},
	 {CL_RUN_POD, "pod:" POD, "pod:" POD, NULL, NULL, NULL, NULL, NULL}},
	{"k8s_job",
	 {.cgroup = "/kubepods/pod" POD "/" CID,
	  .vars = {{"HOSTNAME", "import-0-x2x4z"}, {"JOB_COMPLETION_INDEX", "0"}}},
	 {CL_RUN_POD, NULL, "pod:" POD, "0", NULL, NULL, NULL, NULL}},
	{"k8s_cronjob",
	 {.cgroup = "/kubepods/pod" POD "/" CID, .vars = {{"HOSTNAME", "backup-28391040-x2x4z"}}},
	 {CL_RUN_POD, "pod:backup", "pod:" POD, NULL, NULL, NULL, NULL, NULL}},
	{"k8s_static_pod",
	 {.cgroup = "/kubepods/pod" INVOCATION "/" CID},
	 {CL_RUN_POD, "pod:" INVOCATION, "pod:" INVOCATION, NULL, NULL, NULL, NULL, NULL}},
	{"ecs_task",
	 {.exe = "/app/server", .cgroup = "/ecs/5f3c1c1e0d1c/" CID},
	 {CL_RUN_CONTAINER, "container:ecs/server", "ecs:5f3c1c1e0d1c", NULL, NULL, NULL, NULL, NULL}},
	{"ecs_task, systemd",
	 {.exe = "/app/server", .cgroup = "/ecstasks.slice/ecstasks-5f3c.slice/docker-" CID ".scope"},
	 {CL_RUN_CONTAINER, "container:ecs/server", "ecs:5f3c", NULL, NULL, NULL, NULL, NULL}},
	{"aws_lambda",
	 {.vars = {{"AWS_LAMBDA_FUNCTION_NAME", "f"},
		   {"AWS_LAMBDA_LOG_STREAM_NAME", "2026/[1]ab"},
		   {"AWS_LAMBDA_FUNCTION_VERSION", "1"}}},
	 {CL_RUN_CONTAINER, "container:lambda/f", "2026/[1]ab", "1", NULL, NULL, NULL, NULL}},
	{"gcp_cloud_run",
	 {.vars = {{"K_SERVICE", "s"}, {"K_REVISION", "s-1"}}},
	 {CL_RUN_CONTAINER, "container:cloud-run/s", "s-1", NULL, NULL, NULL, NULL, NULL}},
	{"azure_app_service",
	 {.vars = {{"WEBSITE_SITE_NAME", "w"}, {"WEBSITE_INSTANCE_ID", "i"}, {"WEBSITE_SLOT_NAME", "Production"}}},
	 {CL_RUN_CONTAINER, "container:azure/w", "i", NULL, NULL, "production", NULL, NULL}},
	{"heroku_dyno",
	 {.vars = {{"DYNO", "web.1"}, {"HEROKU_APP_NAME", "a"}, {"HEROKU_RELEASE_VERSION", "v2"}}},
	 {CL_RUN_CONTAINER, "container:heroku/a/web", "heroku:v2/web.1", "web.1", NULL, NULL, NULL, NULL}},
	{"fly_machine",
	 {.vars = {{"FLY_MACHINE_ID", "m"}, {"FLY_APP_NAME", "a"}, {"FLY_MACHINE_VERSION", "v"}}},
	 {CL_RUN_CONTAINER, "container:fly/a", "m/v", NULL, NULL, NULL, NULL, NULL}},
	{"codespaces",
	 {.vars = {{"CODESPACES", "true"}, {"CODESPACE_NAME", "c"}, {"GITHUB_REPOSITORY", "o/r"}}},
	 {CL_RUN_CONTAINER, "container:codespaces/c", "codespace:c", NULL, "o/r", NULL, NULL, NULL}},
	{"coder",
	 {.vars = {{"CODER_WORKSPACE_NAME", "w"}, {"CODER_WORKSPACE_OWNER_NAME", "o"}}},
	 {CL_RUN_CONTAINER, "container:coder/o/w", "coder:w", NULL, NULL, NULL, NULL, NULL}},
	{"gitpod",
	 {.vars = {{"GITPOD_WORKSPACE_ID", "w"}, {"GITPOD_INSTANCE_ID", "i"}}},
	 {CL_RUN_CONTAINER, "container:gitpod/w", "i", NULL, NULL, NULL, NULL, NULL}},
	{"replit",
	 {.vars = {{"REPL_ID", "i"}, {"REPL_SLUG", "s"}, {"REPL_OWNER", "o"}}},
	 {CL_RUN_CONTAINER, "container:replit/o/s", "replit:i", NULL, "o/s", NULL, NULL, NULL}},
};

#define AGENT(name_, workflow_, id_, ...)                                                                              \
	{                                                                                                              \
		name_, {.vars = {__VA_ARGS__}},                                                                        \
		{                                                                                                      \
			CL_RUN_AGENT, workflow_, id_, NULL, NULL, NULL, NULL, NULL                                     \
		}                                                                                                      \
	}
#define PROGRAM(name_, workflow_, id_, ...)                                                                            \
	{                                                                                                              \
		name_, {__VA_ARGS__},                                                                                  \
		{                                                                                                      \
			CL_RUN_AGENT, workflow_, MADE(id_), NULL, NULL, NULL, NULL, NULL                               \
		}                                                                                                      \
	}

static const struct row agents[] = {
	AGENT("claude_code", "agent:claude-code", "claude-code:s-1", {"CLAUDECODE", "1"},
	      {"CLAUDE_CODE_SESSION_ID", "s-1"}),
	AGENT("claude_code, with the common variable", "agent:claude-code", "claude-code:s-1", {"CLAUDECODE", "1"},
	      {"CLAUDE_CODE_SESSION_ID", "s-1"}, {"AI_AGENT", "claude-code_2_agent"}),
	AGENT("claude_code_remote", "agent:claude-code", "claude-code:cse_1", {"CLAUDE_CODE_REMOTE", "true"},
	      {"CLAUDE_CODE_REMOTE_SESSION_ID", "cse_1"}),
	{"claude_code_action",
	 {.vars = {GITHUB, {"CLAUDECODE", "1"}, {"CLAUDE_CODE_SESSION_ID", "s-2"}}},
	 {CL_RUN_AGENT, "agent:claude-code", "claude-code:s-2", NULL, NULL, NULL, NULL,
	  "ci:github/octo/app/release/build"}},
	AGENT("claude_cowork", "agent:claude-cowork", "claude-cowork:s-3", {"CLAUDE_CODE_IS_COWORK", "1"},
	      {"CLAUDECODE", "1"}, {"CLAUDE_CODE_SESSION_ID", "s-3"}),
	AGENT("codex_cli", "agent:codex", "codex:t-1", {"CODEX_THREAD_ID", "t-1"}),
	AGENT("codex_cli, its sandbox", "agent:codex", MADE("codex"), {"CODEX_SANDBOX_NETWORK_DISABLED", "1"}),
	AGENT("gemini_cli", "agent:gemini-cli", MADE("gemini-cli"), {"GEMINI_CLI", "1"}),
	AGENT("cursor_cli", "agent:cursor", MADE("cursor"), {"CURSOR_AGENT", "1"}),
	AGENT("copilot_cli", "agent:copilot", "copilot:c", {"COPILOT_AGENT_SESSION_ID", "c"}),
	{"copilot_cloud_agent",
	 {.vars = {{"GITHUB_ACTIONS", "true"},
		   {"GITHUB_JOB", "copilot"},
		   {"GITHUB_REPOSITORY", "o/r"},
		   {"GITHUB_RUN_ID", "9"}}},
	 {CL_RUN_AGENT, "agent:copilot-cloud/o/r", "copilot-cloud:9.1", NULL, "o/r", NULL, NULL,
	  "ci:github/o/r/unknown/copilot"}},
	AGENT("opencode", "agent:opencode", MADE("opencode"), {"OPENCODE", "1"}),
	AGENT("goose", "agent:goose", "goose:g", {"GOOSE_TERMINAL", "1"}, {"AGENT", "goose"},
	      {"AGENT_SESSION_ID", "g"}),
	AGENT("amp", "agent:amp", "amp:T-1", {"AGENT", "amp"}, {"AMP_CURRENT_THREAD_ID", "T-1"}),
	AGENT("auggie", "agent:auggie", MADE("auggie"), {"AUGMENT_AGENT", "1"}),
	AGENT("cline", "agent:cline", MADE("cline"), {"CLINE_ACTIVE", "true"}),
	AGENT("roo", "agent:roo", MADE("roo"), {"ROO_ACTIVE", "true"}),
	AGENT("kilo", "agent:kilo", MADE("kilo"), {"KILOCODE_FEATURE", "cli"}),
	AGENT("crush", "agent:crush", MADE("crush"), {"CRUSH", "1"}),
	AGENT("kiro, Amazon Q", "agent:kiro", MADE("kiro"), {"AWS_EXECUTION_ENV", "x-AmazonQ-For-CLI Version/1"}),
	AGENT("antigravity", "agent:antigravity", MADE("antigravity"), {"ANTIGRAVITY_AGENT", "1"}),
	AGENT("openclaw", "agent:openclaw", MADE("openclaw"), {"OPENCLAW_SHELL", "1"}),
	AGENT("hermes", "agent:hermes", "hermes:h", {"HERMES_SESSION_ID", "h"}),
	AGENT("pi_agent", "agent:pi", MADE("pi"), {"PI_CODING_AGENT", "true"}),
	AGENT("trae", "agent:trae", "trae:7", {"TRAE_AI_SHELL_ID", "7"}),
	AGENT("vtcode", "agent:vtcode", MADE("vtcode"), {"VTCODE", "1"}),
	AGENT("devin", "agent:devin", MADE("devin"), {"EDITOR", "/opt/.devin/editor"}),
	AGENT("generic_agent_env", "agent:newcomer", "newcomer:9", {"AI_AGENT", "newcomer"}, {"AGENT_SESSION_ID", "9"}),
	PROGRAM("claude_code, installed", "agent:claude-code", "claude-code",
		.exe = "/home/u/.local/share/claude/versions/2.0.1", .filename = "/home/u/.local/bin/claude"),
	PROGRAM("codex_cli by npm", "agent:codex", "codex", .exe = "/usr/bin/node",
		.command = "node /x/node_modules/@openai/codex/bin/codex.js"),
	PROGRAM("gemini_cli by npm", "agent:gemini-cli", "gemini-cli", .exe = "/usr/bin/node",
		.command = "node --no-warnings /x/node_modules/@google/gemini-cli/dist/index.js"),
	PROGRAM("aider", "agent:aider", "aider", .exe = "/usr/bin/python3.11", .command = "python3 -m aider --model x"),
	PROGRAM("amp by npm", "agent:amp", "amp", .exe = "/usr/bin/node",
		.command = "node /x/node_modules/@sourcegraph/amp/dist/main.js"),
	PROGRAM("continue_cli", "agent:continue", "continue", .exe = "/usr/bin/node",
		.command = "node /x/node_modules/@continuedev/cli/dist/cn.js"),
	PROGRAM("goosed", "agent:goose", "goose", .exe = "/opt/goosed"),
	PROGRAM("kiro-cli", "agent:kiro", "kiro", .exe = "/usr/bin/kiro-cli"),
	PROGRAM("cursor-agent", "agent:cursor", "cursor", .exe = "/home/u/.local/share/cursor-agent/versions/1/node"),
};

static const struct row sessions[] = {
	{"ssm_session",
	 {.exe = "/usr/bin/ssm-session-worker", .command = "/usr/bin/ssm-session-worker alice-0f1e2d"},
	 {CL_RUN_SESSION, "session:0", "ssm:alice-0f1e2d", NULL, NULL, NULL, NULL, NULL}},
	{"ssm_session, its shell",
	 {.parent = "/usr/bin/ssm-session-worker"},
	 {CL_RUN_SESSION, "session:0", MADE("ssm-shell"), NULL, NULL, NULL, NULL, NULL}},
	{"teleport_session",
	 {.vars = {{"SSH_TELEPORT_USER", "alice"}, {"SSH_SESSION_ID", "u-1"}, {"SSH_TELEPORT_CLUSTER_NAME", "c"}}},
	 {CL_RUN_SESSION, "session:0", "teleport:u-1", "c", NULL, NULL, NULL, NULL}},
	{"ssh_session without audit",
	 {.parent = "/usr/sbin/sshd"},
	 {CL_RUN_SESSION, "session:0", MADE("session"), NULL, NULL, NULL, NULL, NULL}},
	{"login_tty without audit",
	 {.parent = "/usr/bin/login"},
	 {CL_RUN_SESSION, "session:0", MADE("session"), NULL, NULL, NULL, NULL, NULL}},
	{"jupyter",
	 {.exe = "/usr/bin/python3.11",
	  .command = "python3 -m ipykernel_launcher -f /run/user/1000/jupyter/kernel-1f2e-3d.json",
	  .vars = {{"JPY_SESSION_NAME", "/home/u/a.ipynb"}}},
	 {CL_RUN_SESSION, "session:0", "jupyter:1f2e-3d", "/home/u/a.ipynb", NULL, NULL, NULL, NULL}},
};

/* Looks like one and is none: it stays with the host. */
static const struct row nothing[] = {
	{"an empty value", {.vars = {{"GITHUB_ACTIONS", ""}}}, {0}},
	{"another value", {.vars = {{"GITHUB_ACTIONS", "false"}, {"GITHUB_REPOSITORY", "o/r"}}}, {0}},
	{"half of the conditions", {.vars = {{"BUILD_ID", "1"}, {"JOB_NAME", "x"}}}, {0}},
	{"a pull request without Atlantis", {.vars = {{"PULL_NUM", "12"}, {"BASE_REPO_NAME", "r"}}}, {0}},
	{"a job id without a scheduler", {.vars = {{"JOB_ID", "12"}}}, {0}},
	{"a task of something else", {.vars = {{"TASK_ID", "1"}, {"RUN_ID", "2"}}}, {0}},
	{"AGENT of something else", {.vars = {{"AGENT", "smith"}}}, {0}},
	{"an editor of that name", {.vars = {{"EDITOR", "vim"}}}, {0}},
	{"a path that mentions it", {.exe = "/usr/bin/cat", .command = "cat /usr/bin/claude"}, {0}},
	{"an argument of node that mentions it",
	 {.exe = "/usr/bin/node", .command = "node server.js /usr/bin/claude"},
	 {0}},
	{"a longer name", {.exe = "/usr/bin/claudette"}, {0}},
	{"another airflow command",
	 {.exe = "/usr/bin/python3", .command = "python3 /usr/bin/airflow tasks list etl"},
	 {0}},
	{"an airflow command cut short",
	 {.exe = "/usr/bin/python3", .command = "python3 /usr/bin/airflow tasks run etl"},
	 {0}},
	{"java of something else", {.exe = "/usr/bin/java", .command = "java -jar x --executor-id 3"}, {0}},
	{"run-parts of something else",
	 {.exe = "/bin/dash",
	  .command = "sh /etc/update-motd.d/10",
	  .filename = "/etc/update-motd.d/10",
	  .parent = "/usr/bin/run-parts"},
	 {0}},
	{"cron itself", {.exe = "/usr/sbin/cron", .parent = "/usr/sbin/cron"}, {0}},
	{"a slurm that is none", {.cgroup = "/slurm/uid_1000"}, {0}},
	{"terraform",
	 {.exe = "/usr/bin/terraform", .command = "terraform apply", .vars = {{"TF_WORKSPACE", "prod"}}},
	 {0}},
	{"sudo", {.exe = "/usr/bin/id", .parent = "/usr/bin/sudo", .vars = {{"SUDO_USER", "alice"}}}, {0}},
	{"tmux", {.exe = "/bin/bash", .parent = "/usr/bin/tmux", .vars = {{"TMUX", "/tmp/tmux-0/default,1,0"}}}, {0}},
	{"an editor's terminal", {.vars = {{"TERM_PROGRAM", "vscode"}, {"CURSOR_TRACE_ID", "x"}}}, {0}},
	{"a framework's mode alone", {.vars = {{"NODE_ENV", "production"}}}, {0}},
};

static void is_text(const struct row *row, const char *what, const char *is, const char *wanted)
{
	if ((is && wanted && !strcmp(is, wanted)) || (!is && !wanted))
		return;
	fail_msg("%s: %s is \"%s\", not \"%s\"", row->name, what, is ? is : "(none)", wanted ? wanted : "(none)");
}

static struct cl_process *show(struct identity_case *c, const struct row *row)
{
	struct cl_observation o = mk_obs_exec(c->now++, SUBJECT, MIDDLE, row->shows.exe ? row->shows.exe : "/bin/sh");
	size_t n = 0;

	case_exec(c, INIT, mk_key(0, 0), "/sbin/init", "/");
	case_fork(c, INIT, MIDDLE);
	if (row->shows.parent)
		case_exec(c, MIDDLE, INIT, row->shows.parent, "/");
	case_fork(c, MIDDLE, SUBJECT);
	o.ts = c->now++;
	o.cgroup = row->shows.cgroup ? row->shows.cgroup : "/";
	if (row->shows.command)
		o.command = row->shows.command;
	if (row->shows.filename)
		o.filename = row->shows.filename;
	while (n < VARS_MAX && row->shows.vars[n].name)
		n++;
	mk_obs_vars(&o, row->shows.vars, n);
	return case_apply(c, &o);
}

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		struct identity_case c;
		const struct cl_run *run, *host;

		case_open(&c, 64, 16);
		run = show(&c, row)->run;
		host = cl_identity_host_run(c.id);
		if (!row->is.kind) {
			if (run != host)
				fail_msg("%s: is in %s", row->name, run->workflow);
			case_close(&c);
			continue;
		}
		is_text(row, "kind", cl_run_kind_name(run->kind), cl_run_kind_name(row->is.kind));
		if (row->is.workflow)
			is_text(row, "workflow", run->workflow, row->is.workflow);
		if (row->is.run_id)
			is_text(row, "run id", run->id, row->is.run_id);
		is_text(row, "job", run->job, row->is.job);
		is_text(row, "repository", run->repository, row->is.repository);
		is_text(row, "environment", run->environment, row->is.environment);
		is_text(row, "attempt", run->attempt, row->is.attempt);
		if (row->is.outer)
			is_text(row, "the run around it", run->parent->workflow, row->is.outer);
		else if (run->parent != host && !strstr(row->name, "kind"))
			fail_msg("%s: lies in %s", row->name, run->parent->workflow);
		case_close(&c);
	}
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof(rows[0]))

static void test_ci(void **state)
{
	(void)state;
	CHECK(ci);
}

static void test_batch(void **state)
{
	(void)state;
	CHECK(batch);
}

static void test_places(void **state)
{
	(void)state;
	CHECK(places);
}

static void test_agents(void **state)
{
	(void)state;
	CHECK(agents);
}

static void test_sessions(void **state)
{
	(void)state;
	CHECK(sessions);
}

static void test_nothing(void **state)
{
	(void)state;
	CHECK(nothing);
}

/* ---- chains ---- */

static struct cl_process *start(struct identity_case *c, struct cl_process_key parent, struct cl_process_key key,
				const char *exe, const char *cgroup, const struct cl_var *vars, size_t n)
{
	case_fork(c, parent, key);
	return case_exec_env(c, key, exe, cgroup, vars, n);
}

#define VARS(...)                                                                                                      \
	((const struct cl_var[]){__VA_ARGS__}), (sizeof((const struct cl_var[]){__VA_ARGS__}) / sizeof(struct cl_var))

static void is_chain(const struct cl_run *run, const char *const *workflows)
{
	for (; *workflows; workflows++, run = run->parent) {
		assert_non_null(run);
		assert_string_equal(run->workflow, *workflows);
	}
	assert_int_equal(run->kind, CL_RUN_HOST);
}

/* host > unit > job > agent > task, where the agent names its tasks; ends and who is left over. */
static void test_chain_with_tasks(void **state)
{
	static const char *const chain[] = {"agent:codex", "agent:codex", "ci:github/octo/app/release/build",
					    "unit:actions.runner.service", NULL};
	const char *unit = "/system.slice/actions.runner.service";
	struct cl_process_key runner = mk_key(50, 500), step = mk_key(51, 510), agent = mk_key(52, 520),
			      first = mk_key(53, 530), second = mk_key(54, 540), left = mk_key(55, 550);
	struct cl_run *session, *task;
	struct identity_case c;
	struct cl_process *p;

	(void)state;
	case_open(&c, 64, 16);
	case_exec(&c, INIT, mk_key(0, 0), "/sbin/init", "/");
	start(&c, INIT, runner, "/opt/r/bin/Runner.Listener", unit, NULL, 0);
	start(&c, runner, step, "/bin/bash", unit, VARS(GITHUB));
	session = start(&c, step, agent, "/usr/bin/codex", unit, VARS(GITHUB))->run;
	p = start(&c, agent, first, "/bin/bash", unit, VARS(GITHUB, {"CODEX_THREAD_ID", "main"}));
	assert_ptr_equal(p->run, session); /* the first thread is the session's own */
	p = start(&c, agent, second, "/bin/bash", unit, VARS(GITHUB, {"CODEX_THREAD_ID", "task-1"}));
	task = p->run;
	is_chain(task, chain);
	assert_string_equal(task->id, "codex:task-1");
	assert_ptr_equal(task->parent, session);
	/* what the task leaves behind belongs to it still, whoever its parent is by then */
	case_fork(&c, second, left);
	assert_null(case_exit(&c, second));
	p = start(&c, left, mk_key(56, 560), "/bin/sleep", unit, VARS(GITHUB, {"CODEX_THREAD_ID", "task-1"}));
	assert_ptr_equal(p->run, task);
	assert_null(case_exit(&c, left));
	assert_ptr_equal(case_exit(&c, mk_key(56, 560)), task); /* the last one gone is the end */
	assert_int_equal(task->state, CL_RUN_ENDED);
	assert_int_equal(session->state, CL_RUN_ACTIVE);
	case_close(&c);
}

/* A tool that has a run of its own elsewhere is the task's within one; so is whoever looks like a session there. */
static void test_alone(void **state)
{
	struct identity_case c;
	struct cl_run *job;

	(void)state;
	case_open(&c, 64, 16);
	case_exec(&c, INIT, mk_key(0, 0), "/sbin/init", "/");
	job = start(&c, INIT, mk_key(50, 500), "/bin/bash", "/", VARS(GITHUB))->run;
	assert_ptr_equal(
		start(&c, mk_key(50, 500), mk_key(51, 510), "/bin/sh", "/", VARS({"DAGGER_SESSION_PORT", "1"}))->run,
		job);
	assert_ptr_equal(start(&c, mk_key(50, 500), mk_key(52, 520), "/bin/sh", "/",
			       VARS({"SSH_TELEPORT_USER", "a"}, {"SSH_SESSION_ID", "u"}))
				 ->run,
			 job);
	case_close(&c);
}

/* Two that start at the same time in cgroup v1 alone, where all have the root's number. */
static void test_cgroup_v1(void **state)
{
	struct cl_process *host, *inside;
	struct identity_case c;
	struct cl_observation o;

	(void)state;
	case_open(&c, 64, 16);
	case_exec(&c, INIT, mk_key(0, 0), "/sbin/init", "/");
	o = mk_obs_exec(c.now++, mk_key(50, 500), INIT, "/usr/sbin/nginx");
	o.cgroup = "/system.slice/nginx.service";
	o.cgroup_id = 1;
	host = case_apply(&c, &o);
	o = mk_obs_exec(c.now++, mk_key(51, 510), INIT, "/usr/sbin/nginx");
	o.cgroup = "/docker/" CID "/system.slice/nginx.service";
	o.cgroup_id = 1;
	inside = case_apply(&c, &o);
	assert_string_equal(host->run->workflow, "unit:nginx.service");
	assert_string_equal(inside->run->workflow, "unit:nginx.service");
	assert_ptr_not_equal(host->run, inside->run);
	assert_string_equal(inside->run->parent->id, "container:" CID);
	o = mk_obs_exec(c.now++, mk_key(52, 520), INIT, "/usr/sbin/nginx");
	o.cgroup = "/system.slice/nginx.service/sub";
	o.cgroup_id = 1;
	assert_ptr_equal(case_apply(&c, &o)->run, host->run);
	case_close(&c);
}

/* ---- what a process may say ---- */

static void test_hostile_values(void **state)
{
	static char huge[2000];
	struct cl_var vars[] = {{"GITHUB_ACTIONS", "true"},
				{"GITHUB_REPOSITORY", huge},
				{"GITHUB_WORKFLOW", "a\n\x1b[31m/../{GITHUB_JOB}"},
				{"GITHUB_JOB", "\xff\xfe"},
				{"GITHUB_RUN_ID", "{}|{="}};
	struct identity_case c;
	struct cl_process *p;

	(void)state;
	memset(huge, 'x', sizeof(huge) - 1);
	case_open(&c, 64, 16);
	p = case_exec_env(&c, SUBJECT, "/bin/sh", "/", vars, 5);
	assert_int_equal(p->run->kind, CL_RUN_CI_JOB);
	assert_true(strlen(p->run->workflow) <= 256);
	assert_true(strlen(p->run->id) <= 320);
	for (const char *s = p->run->id; *s; s++)
		assert_true(*s >= ' ' && *s < 127);
	case_close(&c);
	case_open(&c, 64, 16);
	vars[1].value = "o/r";
	p = case_exec_env(&c, mk_key(201, 2010), "/bin/sh", "/", vars, 5);
	assert_string_equal(p->run->workflow, "ci:github/o/r/a\\x0a\\x1b[31m/../{GITHUB_JOB}/\\xff\\xfe");
	assert_string_equal(p->run->id, "{}|{=.1/\\xff\\xfe");
	case_close(&c);
}

/* Long command lines and paths: the patterns end, whatever they are tried on. */
static void test_hostile_patterns(void **state)
{
	static char text[8192];
	const char *words[64];
	size_t lens[64];
	struct cl_scope scope = {0};

	(void)state;
	memset(text, '/', sizeof(text) - 1);
	assert_false(cl_pattern_path("**/a{x}b/**/c", text, &scope));
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		text[i] = i % 2 ? '/' : 'a';
	assert_false(cl_pattern_path("**/a/**/a/**/b", text, &scope));
	assert_true(cl_pattern_path("**/a/**", text, &scope));
	for (size_t i = 0; i < 64; i++) {
		words[i] = "a";
		lens[i] = 1;
	}
	assert_false(cl_pattern_command("a ... a ... a ... b", words, lens, 64, &scope));
	assert_true(cl_pattern_command("a ... {x} ...", words, lens, 64, &scope));
	assert_int_equal(scope.n, 1);
	assert_false(cl_pattern_command("a", words, lens, 0, &scope));
	assert_int_equal(scope.n, 1);
	/* more parts than there is room for */
	scope.n = CL_CAPTURES;
	assert_true(cl_pattern_command("a ... {x} ...", words, lens, 64, &scope));
	assert_int_equal(scope.n, CL_CAPTURES);
}

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *path, *part; /* NULL: does not match */
	} cases[] = {
		{"/a/{x}", "/a/b", "b"},
		{"/a/{x}", "/a/b/c", NULL},
		{"/a/{x}/**", "/a/b", "b"},
		{"/a/{x}/**", "/a/b/c/d", "b"},
		{"/a/{x}", "/b/b", NULL},
		{"/{x}.{y}.scope", "/one.two.three.scope", "one"},
		{"/job_{x}", "/job_", NULL},
		{"/job_{x}", "/job_7", "7"},
		{"**/job_{x}/**", "/a/b/job_7/c", "7"},
		{"**/*s.scope/job_{x}", "/n_s.scope/job_1", "1"},
		{"**/*s.scope/job_{x}", "/s.scope/job_1", "1"},
		{"/a-{x}-b", "/a-b", NULL},
		{"/{x}b", "/abb", "ab"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cl_scope scope = {0};
		bool yes = cl_pattern_path(cases[i].pattern, cases[i].path, &scope);
		char part[32] = "";

		if (scope.n)
			snprintf(part, sizeof(part), "%.*s", (int)scope.captures[0].value_len, scope.captures[0].value);
		if (yes != (cases[i].part != NULL) || (yes && strcmp(part, cases[i].part)))
			fail_msg("%s on %s: \"%s\"", cases[i].pattern, cases[i].path, yes ? part : "(no)");
		assert_true(yes || !scope.n);
	}
}

/* ---- the site's own ---- */

static void tell(struct identity_case *c, const char *entry)
{
	const struct cl_observation o = {.kind = CL_OBS_RECOGNISER, .ts = c->now++, .detail = entry};

	case_apply(c, &o);
}

static void test_own_entries(void **state)
{
	static const struct cl_var acme[] = {{"ACME_CI", "TRUE"}, {"ACME_BUILD", "7"}, {"ACME_STAGE", "prd"}};
	static const struct cl_var gitlab[] = {{"GITLAB_CI", "true"}, {"CI_JOB_ID", "1"}};
	struct identity_case c;
	struct cl_run *before;
	struct cl_process *p;

	(void)state;
	case_open(&c, 64, 16);
	before = case_exec_env(&c, SUBJECT, "/bin/sh", "/", gitlab, 2)->run;
	assert_string_equal(before->workflow, "ci:gitlab/unknown/unknown");
	tell(&c,
	     "{\"id\":\"acme\",\"system\":\"Acme\",\"kind\":\"ci-job\",\"when\":[{\"all\":[\"ACME_CI=true\"]}],"
	     "\"workflow\":\"ci:acme/{.program}\",\"run_id\":\"acme:{ACME_BUILD}\",\"environment\":\"{ACME_STAGE}\"}");
	p = case_exec_env(&c, mk_key(201, 2010), "/bin/make", "/", acme, 3);
	assert_string_equal(p->run->workflow, "ci:acme/make");
	assert_string_equal(p->run->id, "acme:7");
	assert_string_equal(p->run->environment, "production");
	/* in the place of a built-in one; a run that it opened before is known by its name */
	tell(&c, "{\"id\":\"gitlab\",\"system\":\"ours\",\"kind\":\"ci-job\",\"when\":[{\"all\":[\"GITLAB_CI=true\"]}],"
		 "\"workflow\":\"ci:ours/{CI_JOB_ID}\"}");
	p = case_exec_env(&c, mk_key(202, 2020), "/bin/sh", "/", gitlab, 2);
	assert_string_equal(p->run->workflow, "ci:ours/1");
	assert_string_equal(before->workflow, "ci:gitlab/unknown/unknown");
	tell(&c, "{\"id\":\"gitlab\",\"disabled\":true}");
	assert_ptr_equal(case_exec_env(&c, mk_key(203, 2030), "/bin/sh", "/", gitlab, 2)->run,
			 cl_identity_host_run(c.id));
	/* what is not understood changes nothing and is counted */
	tell(&c, "{\"id\":\"x\"}");
	tell(&c, "[");
	tell(&c, NULL);
	assert_int_equal(cl_identity_stats(c.id)->recognisers_refused, 3);
	p = case_exec_env(&c, mk_key(204, 2040), "/bin/make", "/", acme, 3);
	assert_string_equal(p->run->workflow, "ci:acme/make");
	/* without end: what there is room for */
	for (int i = 0; i < 400; i++) {
		char entry[256];

		snprintf(entry, sizeof(entry),
			 "{\"id\":\"e%d\",\"system\":\"s\",\"kind\":\"batch\",\"when\":[{\"all\":[\"V%d\"]}],"
			 "\"workflow\":\"w\"}",
			 i, i);
		tell(&c, entry);
	}
	assert_true(cl_identity_stats(c.id)->recognisers_refused > 100);
	p = case_exec_env(&c, mk_key(205, 2050), "/bin/make", "/", acme, 3);
	assert_string_equal(p->run->workflow, "ci:acme/make");
	case_close(&c);
}

static void test_list_errors(void **state)
{
	static const struct {
		const char *entry, *says[3];
	} cases[] = {
		{"{\"id\":\"a\",\n\"system\":\"s\",\"kind\":\"ci\"}", {"line 2", "\"kind\" of entry \"a\"", "batch"}},
		{"{\"id\":\"a\",\"system\":\"s\",\"kind\":\"batch\",\"when\":[{\"all\":[\"A=\"]}],\"workflow\":\"w\"}",
		 {"\"all\"", "empty value", ""}},
		{"{\"id\":\"a\",\"system\":\"s\",\"kind\":\"batch\",\"when\":[{\"all\":[\"1A\"]}],\"workflow\":\"w\"}",
		 {"\"all\"", "no environment variable", ""}},
		{"{\"id\":\"a\",\"system\":\"s\",\"kind\":\"batch\",\"when\":[{\"all\":[\"A\"]}],\"workflow\":\"{A^}\"}",
		 {"\"workflow\"", "^c", ""}},
		{"{\"id\":\"a\",\"system\":\"s\",\"kind\":\"batch\",\"when\":[{\"all\":[\"A\"]}],\"workflow\":\"{}\"}",
		 {"\"workflow\"", "braces", ""}},
		{"{\"id\":\"a\",\"system\":\"s\",\"kind\":\"batch\",\"when\":[{\"cgroups\":[\"x\"]}],\"workflow\":\"w\"}",
		 {"\"cgroups\"", "**/", ""}},
		{"{\"id\":\"a\",\"system\":\"s\",\"kind\":\"batch\",\"when\":[{\"cgroups\":[\"/{a}{b}\"]}],"
		 "\"workflow\":\"w\"}",
		 {"\"cgroups\"", "nothing between", ""}},
		{"{\"id\":\"a\",\"system\":\"s\",\"kind\":\"batch\",\"when\":[{\"command\":\"... x\"}],\"workflow\":\"w\"}",
		 {"\"command\"", "begin with a program", ""}},
		{"{\"id\":\"a\",\"system\":\"s\",\"kind\":\"batch\",\"when\":[{\"paths\":[\"/a\"]}],\"workflow\":\"w\"}",
		 {"\"paths\"", "4 to 512", ""}},
		{"{\"id\":\"a\",\"system\":\"s\",\"kind\":\"batch\",\"when\":[{\"all\":[\"A\"]}],\"workflow\":\"{DB_PASSWORD}\"}",
		 {"\"workflow\"", "holds a secret", ""}},
		{"7", {"not an object", "", ""}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cl_recogniser_list *list = NULL;
		struct cl_error err = {0};
		size_t n, more;

		assert_int_equal(cl_recogniser_list_new(&list, NULL), 0);
		cl_recogniser_list_rows(list, &n);
		assert_int_equal(cl_recogniser_list_take_text(list, "site.json", cases[i].entry, &err), -EINVAL);
		for (size_t j = 0; j < 3; j++)
			if (!strstr(err.text, cases[i].says[j]))
				fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].says[j]);
		assert_non_null(strstr(err.text, "site.json"));
		cl_recogniser_list_rows(list, &more);
		assert_int_equal(n, more);
		cl_recogniser_list_free(&list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ci),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_agents),
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_chain_with_tasks),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_cgroup_v1),
		cmocka_unit_test(test_hostile_values),
		cmocka_unit_test(test_hostile_patterns),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_own_entries),
		cmocka_unit_test(test_list_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
