/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/claims.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

#define PATH_SIZE 96
#define DEPTH_MAX 3
#define UNESCAPED_MAX 2048

/* Who issues tokens to workloads, by a claim that only its tokens have; the first that fits. */
static const struct {
	const char *name;
	const char *path, *begins; /* begins NULL: the claim is there */
} platforms[] = {
	{"spiffe", "sub", "spiffe://"},
	{"github-actions", "iss", "https://token.actions.githubusercontent.com"},
	{"github-actions", "job_workflow_ref", NULL}, /* a server of one's own */
	{"gitlab-ci", "project_path", NULL},
	{"circleci", "iss", "https://oidc.circleci.com/"},
	{"buildkite", "iss", "https://agent.buildkite.com"},
	{"bitbucket", "pipelineUuid", NULL},
	{"terraform-cloud", "terraform_run_id", NULL},
	{"kubernetes", "kubernetes.io|namespace", NULL},
	{"kubernetes", "kubernetes.io/serviceaccount/namespace", NULL},
	{"gcp", "google|compute_engine|instance_id", NULL},
	{"azure", "xms_mirid", NULL},
	{"aws", "https://sts.amazonaws.com/|aws_account", NULL},
};

/* Claims that become facts; "a|b" is member b of the object a. platform NULL: of any token. */
static const struct {
	const char *platform, *path, *fact;
} claims_told[] = {
	{NULL, "iss", "issuer"},
	{NULL, "sub", "subject"},
	{NULL, "aud", "audience"},
	{NULL, "jti", "token_id"},
	{NULL, "azp", "client"},
	{NULL, "client_id", "client"},
	{NULL, "appid", "client"},
	{"spiffe", "sub", "spiffe_id"},
	{"github-actions", "repository", "workload_project"},
	{"github-actions", "workflow", "workload_workflow"},
	{"github-actions", "run_id", "workload_run"},
	{"github-actions", "run_attempt", "workload_attempt"},
	{"github-actions", "environment", "workload_environment"},
	{"github-actions", "ref", "workload_ref"},
	{"github-actions", "job_workflow_ref", "workload_definition"},
	{"github-actions", "event_name", "workload_trigger"},
	{"github-actions", "actor", "workload_actor"},
	{"gitlab-ci", "project_path", "workload_project"},
	{"gitlab-ci", "pipeline_id", "workload_run"},
	{"gitlab-ci", "job_id", "workload_job"},
	{"gitlab-ci", "environment", "workload_environment"},
	{"gitlab-ci", "ref", "workload_ref"},
	{"gitlab-ci", "ci_config_ref_uri", "workload_definition"},
	{"gitlab-ci", "pipeline_source", "workload_trigger"},
	{"gitlab-ci", "user_login", "workload_actor"},
	{"circleci", "oidc.circleci.com/project-id", "workload_project"},
	{"circleci", "oidc.circleci.com/workflow-id", "workload_workflow"},
	{"circleci", "oidc.circleci.com/pipeline-id", "workload_run"},
	{"circleci", "oidc.circleci.com/job-id", "workload_job"},
	{"circleci", "oidc.circleci.com/vcs-ref", "workload_ref"},
	{"buildkite", "organization_slug", "workload_organization"},
	{"buildkite", "pipeline_slug", "workload_project"},
	{"buildkite", "build_number", "workload_run"},
	{"buildkite", "job_id", "workload_job"},
	{"buildkite", "step_key", "workload_workflow"},
	{"buildkite", "build_branch", "workload_ref"},
	{"bitbucket", "repositoryUuid", "workload_project"},
	{"bitbucket", "pipelineUuid", "workload_run"},
	{"bitbucket", "stepUuid", "workload_job"},
	{"bitbucket", "deploymentEnvironmentUuid", "workload_environment"},
	{"bitbucket", "branchName", "workload_ref"},
	{"terraform-cloud", "terraform_organization_name", "workload_organization"},
	{"terraform-cloud", "terraform_workspace_name", "workload_project"},
	{"terraform-cloud", "terraform_run_id", "workload_run"},
	{"terraform-cloud", "terraform_run_phase", "workload_job"},
	{"kubernetes", "kubernetes.io|namespace", "workload_namespace"},
	{"kubernetes", "kubernetes.io|pod|name", "workload_pod"},
	{"kubernetes", "kubernetes.io|pod|uid", "workload_pod_uid"},
	{"kubernetes", "kubernetes.io|serviceaccount|name", "workload_service_account"},
	{"kubernetes", "kubernetes.io|node|name", "workload_node"},
	{"kubernetes", "kubernetes.io/serviceaccount/namespace", "workload_namespace"},
	{"kubernetes", "kubernetes.io/serviceaccount/service-account.name", "workload_service_account"},
	{"gcp", "google|compute_engine|project_id", "workload_project"},
	{"gcp", "google|compute_engine|instance_name", "workload_instance"},
	{"gcp", "google|compute_engine|instance_id", "workload_run"},
	{"gcp", "google|compute_engine|zone", "workload_node"},
	{"azure", "xms_mirid", "workload_instance"},
	{"azure", "tid", "workload_organization"},
	{"aws", "https://sts.amazonaws.com/|aws_account", "workload_organization"},
	{"aws", "https://sts.amazonaws.com/|source_region", "workload_node"},
};

struct found {
	struct cl_json_value told[ARRAY_SIZE(claims_told)], of[ARRAY_SIZE(platforms)], iat, nbf, exp;
};

static bool leads_to(const char *table_path, const char *path)
{
	size_t n = strlen(path);

	return !strncmp(table_path, path, n) && table_path[n] == '|';
}

/* One pass: what a name is said last counts, as for most readers of JSON. */
static void collect(struct cl_view object, const char *above, int depth, struct found *f)
{
	struct cl_json_reader r = cl_json_members(object);
	struct cl_json_value v;
	struct cl_view name;

	while (cl_json_next_member(&r, &name, &v)) {
		char path[PATH_SIZE];
		bool deeper = false;

		if (strlen(above) + name.len + 2 > sizeof(path) || memchr(name.p, '|', name.len))
			continue;
		snprintf(path, sizeof(path), "%s%s%.*s", above, *above ? "|" : "", (int)name.len, name.p);
		for (size_t i = 0; i < ARRAY_SIZE(claims_told); i++) {
			if (!strcmp(claims_told[i].path, path))
				f->told[i] = v;
			deeper |= leads_to(claims_told[i].path, path);
		}
		for (size_t i = 0; i < ARRAY_SIZE(platforms); i++)
			if (!strcmp(platforms[i].path, path))
				f->of[i] = v;
		f->iat = strcmp(path, "iat") ? f->iat : v;
		f->nbf = strcmp(path, "nbf") ? f->nbf : v;
		f->exp = strcmp(path, "exp") ? f->exp : v;
		if (deeper && v.type == '{' && depth < DEPTH_MAX)
			collect(v.text, path, depth + 1, f);
	}
}

/* A string may hold escapes; who writes them badly is shown as written. */
static void put_string(struct cl_facts *facts, const char *name, struct cl_view s)
{
	_cleanup_json_ cJSON *node = NULL;
	const char *text;

	if (memchr(s.p, '\\', s.len) && s.len <= UNESCAPED_MAX)
		node = cJSON_ParseWithLength(s.p - 1, s.len + 2); /* with its quotes */
	text = cJSON_GetStringValue(node);
	if (text && *text)
		cl_facts_puts(facts, name, text);
	else
		cl_facts_put(facts, name, s.p, s.len);
}

/* ["a", "b"] is "a b", as far as a value goes. */
static void put_list(struct cl_facts *facts, const char *name, struct cl_view list)
{
	struct cl_json_reader r = cl_json_members(list);
	char text[CL_FACT_VALUE_MAX + 16] = "";
	struct cl_json_value v;
	size_t len = 0;

	while (len <= CL_FACT_VALUE_MAX && cl_json_next_member(&r, NULL, &v)) {
		size_t room = sizeof(text) - 1 - len, n;

		if (v.type == '{' || v.type == '[' || !v.text.len)
			continue;
		if (len)
			text[len++] = ' ', room--;
		n = v.text.len < room ? v.text.len : room;
		memcpy(text + len, v.text.p, n);
		len += n;
	}
	cl_facts_put(facts, name, text, len);
}

static void put_value(struct cl_facts *facts, const char *name, const struct cl_json_value *v)
{
	bool null = v->text.len == 4 && !memcmp(v->text.p, "null", 4);

	if (v->type == '[')
		put_list(facts, name, v->text);
	else if (v->type == '"')
		put_string(facts, name, v->text);
	else if (v->type && v->type != '{' && !null)
		cl_facts_put(facts, name, v->text.p, v->text.len);
}

static const char *platform_of(const struct found *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(platforms); i++) {
		const char *begins = platforms[i].begins;
		size_t n = begins ? strlen(begins) : 0;

		if (f->of[i].type && f->of[i].text.len >= n && (!n || !memcmp(f->of[i].text.p, begins, n)))
			return platforms[i].name;
	}
	return NULL;
}

void cl_claims_read(struct cl_view claims, struct cl_facts *facts, uint64_t *expires)
{
	struct found f = {0};
	const char *platform;

	collect(claims, "", 0, &f);
	platform = platform_of(&f);
	*expires = cl_json_seconds(&f.exp);
	for (size_t i = 0; i < ARRAY_SIZE(claims_told); i++)
		if (!claims_told[i].platform)
			put_value(facts, claims_told[i].fact, &f.told[i]);
	cl_facts_put_time(facts, "issued", cl_json_seconds(&f.iat));
	cl_facts_put_time(facts, "not_before", cl_json_seconds(&f.nbf));
	if (*expires)
		cl_facts_puts(facts, "expiry", "declared by the token");
	if (!platform)
		return;
	cl_facts_puts(facts, "workload", platform);
	cl_facts_puts(facts, "workload_basis", "declared");
	for (size_t i = 0; i < ARRAY_SIZE(claims_told); i++)
		if (claims_told[i].platform && !strcmp(claims_told[i].platform, platform))
			put_value(facts, claims_told[i].fact, &f.told[i]);
}
