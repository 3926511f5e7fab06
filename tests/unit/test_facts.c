/* SPDX-License-Identifier: Apache-2.0 */
/* What a token, and what lies beside it, tells of it; nothing hostile in it gets out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "credential/ccache.h"
#include "credential/certificate.h"
#include "credential/claims.h"
#include "credential/credential.h"
#include "event/facts.h"
#include "make_token.h"
#include "scanner_case.h"

#define S CL_NS_PER_S

static int scan(const char *text)
{
	return scan_bytes(CL_SOURCE_FILE, text, strlen(text));
}

/* The value of a fact; "" when it is not told. Dead after the next call. */
static const char *fact(const struct cl_sighting *s, const char *name)
{
	static char text[CL_FACT_VALUE_MAX + 1];
	struct cl_fact_line line;

	if (!cl_facts_find(s->facts, name, &line))
		return "";
	snprintf(text, sizeof(text), "%.*s", (int)line.value_len, line.value);
	return text;
}

static const struct cl_sighting *named(int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (found[i].name && !strcmp(found[i].name, name))
			return &found[i];
	fail_msg("nothing is called %s", name);
	return NULL;
}

static void check_jwt(const char *claims, const char *const *facts)
{
	char *t = mk_token_jwt_claims(claims);

	assert_int_equal(scan(t), 1);
	for (; *facts; facts += 2)
		if (strcmp(fact(&found[0], facts[0]), facts[1]))
			fail_msg("%s of %s is \"%s\", not \"%s\"", facts[0], claims, fact(&found[0], facts[0]),
				 facts[1]);
	free(t);
}

/* ---- the text ---- */

static void test_text(void **state)
{
	struct cl_facts f = {.len = 0};
	struct cl_fact_line line;
	char big[600];
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	const char *at;

	(void)state;
	memset(big, 'x', sizeof(big));
	assert_null(cl_facts_text(&f));
	cl_facts_puts(&f, "issuer", "a\nb\x1b[31m\xe2\x80\xae");
	cl_facts_puts(&f, "issuer", "second");
	cl_facts_puts(&f, "Bad-Name", "x");
	cl_facts_puts(&f, "empty", "");
	cl_facts_put_time(&f, "issued", 1700000000 * S);
	cl_facts_put_time(&f, "never", 0);
	assert_string_equal(cl_facts_text(&f), "issuer=a\\x0ab\\x1b[31m\\u{202e}\nissued=2023-11-14T22:13:20.000000Z");
	cl_facts_put(&f, "big", big, sizeof(big));
	assert_true(cl_facts_find(cl_facts_text(&f), "big", &line));
	assert_int_equal(line.value_len, CL_FACT_VALUE_MAX);
	assert_memory_equal(line.value + line.value_len - 4, "x...", 4);
	for (int i = 0; i < 20; i++) {
		char name[8];

		snprintf(name, sizeof(name), "f%d", i);
		cl_facts_put(&f, name, big, sizeof(big));
	}
	assert_true(f.len < sizeof(f.text));
	assert_true(cl_facts_find(cl_facts_text(&f), "facts_cut", &line));
	assert_int_equal(line.value_len, 2);
	assert_memory_equal(line.value, "14", 2);
	/* what comes from elsewhere */
	at = "good=1\n=x\nBAD=2\nnothing\nempty=\n_x=1\nlast=3";
	cl_facts_json(o, at);
	assert_int_equal(cJSON_GetArraySize(o), 2);
	assert_string_equal(cl_json_get_str(o, "good"), "1");
	assert_string_equal(cl_json_get_str(o, "last"), "3");
}

/* A character or an escape is never cut in two. */
static void test_cut_in_characters(void **state)
{
	char text[400];
	struct cl_fact_line line;

	(void)state;
	for (size_t pad = 0; pad < 8; pad++) {
		struct cl_facts f = {.len = 0};

		memset(text, 'a', pad);
		for (size_t i = pad; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, pad % 2 ? "\xe2\x82\xac" : "\x01\x02\x03", 3);
		cl_facts_put(&f, "v", text, sizeof(text) - 8);
		assert_true(cl_facts_find(cl_facts_text(&f), "v", &line));
		assert_true(line.value_len <= CL_FACT_VALUE_MAX);
		assert_memory_equal(line.value + line.value_len - 3, "...", 3);
		if (pad % 2)
			assert_int_equal(cl_utf8_span(line.value, line.value_len), line.value_len);
		else
			assert_int_equal((line.value_len - 3 - pad) % 4, 0);
	}
}

/* ---- claims ---- */

static void test_registered_claims(void **state)
{
	(void)state;
	check_jwt(
		"{\"iss\":\"https:\\/\\/idp.example\",\"sub\":\"job-1\",\"aud\":[\"a.example\",\"b.example\"],\"jti\":\"id-7\","
		"\"iat\":1700000000,\"nbf\":\"1700000001\",\"exp\":1900000000}",
		(const char *const[]){"issuer", "https://idp.example", "subject", "job-1", "audience",
				      "a.example b.example", "token_id", "id-7", "issued",
				      "2023-11-14T22:13:20.000000Z", "not_before", "2023-11-14T22:13:21.000000Z",
				      "expiry", "declared by the token", "checksum", "not checkable", "workload", "",
				      NULL});
	assert_int_equal(found[0].expires, 1900000000 * S);
	assert_int_equal(found[0].class, CL_CLASS_EPHEMERAL);
}

static void test_times(void **state)
{
	static const struct {
		const char *exp;
		uint64_t seconds;
	} cases[] = {
		{"1800000000", 1800000000},
		{"1800000000.75", 1800000000},
		{"1.8e9", 1800000000},
		{"\"1800000000\"", 1800000000},
		{"1800000000 ", 1800000000},
		{"9223372035", 9223372035},
		{"1800000000000", 0}, /* milliseconds: out of any clock's range */
		{"99999999999999999999999999999999", 0},
		{"1e308", 0},
		{"1e999999999", 0},
		{"-5", 0},
		{"0", 0},
		{"null", 0},
		{"true", 0},
		{"[1800000000]", 0},
		{"{\"a\":1}", 0},
		{"\"soon\"", 0},
		{"\"\"", 0},
		{"1800000000, \"exp\": 1800000001", 1800000001}, /* said twice: the last one */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char claims[160], *t;

		snprintf(claims, sizeof(claims), "{\"sub\":\"x\",\"exp\":%s}", cases[i].exp);
		t = mk_token_jwt_claims(claims);
		assert_int_equal(scan(t), 1);
		if (found[0].expires != cases[i].seconds * S)
			fail_msg("%s: %llu", claims, (unsigned long long)found[0].expires);
		assert_int_equal(found[0].class, cases[i].seconds ? CL_CLASS_EPHEMERAL : CL_CLASS_STATIC);
		free(t);
	}
}

/* 60 KB of claims that want to be seen, and an issuer who writes on terminals. */
static void test_hostile_claims(void **state)
{
	size_t size = 60000;
	char *claims = malloc(size + 512), *end = claims, *inner = mk_token_github("ghp_"), text[512];
	struct cl_sighting told = {.facts = NULL};
	struct cl_facts facts = {.len = 0};
	uint64_t expires = 0;

	(void)state;
	end += sprintf(end, "{\"sub\":\"evil\\u001b]0;x\\u0007\\nline\",\"iss\":\"");
	while (end < claims + 30000)
		*end++ = 'i';
	end += sprintf(end, "\",\"aud\":[");
	while (end < claims + size)
		end += sprintf(end, "\"aaaaaaaaaaaaaaaaaaa\",");
	end += sprintf(end, "\"z\"],\"exp\":1900000000}");
	cl_claims_read((struct cl_view){claims, (size_t)(end - claims)}, &facts, &expires);
	told.facts = cl_facts_text(&facts);
	assert_int_equal(expires, 1900000000 * S);
	assert_string_equal(fact(&told, "subject"), "evil\\x1b]0;x\\x07\\x0aline");
	assert_int_equal(strlen(fact(&told, "issuer")), CL_FACT_VALUE_MAX);
	assert_int_equal(strlen(fact(&told, "audience")), CL_FACT_VALUE_MAX);
	assert_true(strlen(told.facts) < CL_FACTS_SIZE);
	/* a claim that holds a credential */
	snprintf(text, sizeof(text), "{\"iss\":\"ok\",\"sub\":\"user %s\",\"exp\":1900000000}", inner);
	check_jwt(text, (const char *const[]){"subject", "[credential]", "issuer", "ok", NULL});
	assert_null(strstr(found[0].facts, inner));
	/* deep nesting, unfinished strings, no object at all */
	strcpy(text, "{\"kubernetes.io\":");
	for (int i = 0; i < 200; i++)
		strcat(text, "[");
	check_jwt(text, (const char *const[]){"issuer", "", "workload", "", NULL});
	check_jwt("{\"sub\":\"never ends", (const char *const[]){"subject", "", NULL});
	check_jwt("{\"a\":1,\"sub\"", (const char *const[]){"subject", "", NULL});
	free(claims);
	free(inner);
}

/* Longer than what is decoded: what stands in front is told, and nothing that is cut in two. */
static void test_claims_cut_off(void **state)
{
	char *token = mk_token_jwt_claims("{\"exp\":1900000000,\"sub\":\"front\",\"iss\":\"behind\"}"), scratch[64];

	(void)state;
	for (size_t cap = 4; cap < sizeof(scratch); cap++) {
		struct cl_facts facts = {.len = 0};
		struct cl_sighting told;
		struct cl_view claims;
		uint64_t expires;

		assert_int_equal(cl_jwt_claims(token, strlen(token), scratch, cap, &claims), 0);
		assert_true(claims.len <= cap);
		cl_claims_read(claims, &facts, &expires);
		told.facts = cl_facts_text(&facts);
		assert_true(expires == 0 || expires == 1900000000 * S);
		assert_int_equal(expires != 0, cap >= 18);
		assert_true(!*fact(&told, "subject") || !strcmp(fact(&told, "subject"), "front"));
		assert_int_equal(*fact(&told, "subject") != 0, cap >= 33);
	}
	free(token);
}

static void test_workloads(void **state)
{
	(void)state;
	check_jwt(
		"{\"iss\":\"https://token.actions.githubusercontent.com\",\"sub\":\"repo:octo/app:ref:refs/heads/main\","
		"\"repository\":\"octo/app\",\"workflow\":\"release\",\"run_id\":\"77\",\"run_attempt\":\"2\",\"ref\":\"refs/heads/main\","
		"\"environment\":\"production\",\"job_workflow_ref\":\"octo/app/.github/workflows/r.yml@refs/heads/main\","
		"\"project_path\":\"not/this\",\"exp\":1900000000}",
		(const char *const[]){"workload",
				      "github-actions",
				      "workload_basis",
				      "declared",
				      "workload_project",
				      "octo/app",
				      "workload_workflow",
				      "release",
				      "workload_run",
				      "77",
				      "workload_attempt",
				      "2",
				      "workload_environment",
				      "production",
				      "workload_ref",
				      "refs/heads/main",
				      "workload_definition",
				      "octo/app/.github/workflows/r.yml@refs/heads/main",
				      "workload_job",
				      "",
				      NULL});
	check_jwt(
		"{\"iss\":\"https://gitlab.example\",\"project_path\":\"g/p\",\"pipeline_id\":\"455\",\"job_id\":\"1123\","
		"\"environment\":\"staging\",\"ref\":\"main\",\"user_login\":\"root\",\"exp\":1900000000}",
		(const char *const[]){"workload", "gitlab-ci", "workload_project", "g/p", "workload_run", "455",
				      "workload_job", "1123", "workload_environment", "staging", "workload_ref", "main",
				      "workload_actor", "root", NULL});
	check_jwt(
		"{\"iss\":\"https://kubernetes.default.svc\",\"sub\":\"system:serviceaccount:prod:api\",\"exp\":1900000000,"
		"\"aud\":[\"https://kubernetes.default.svc\"],\"kubernetes.io\":{\"namespace\":\"prod\",\"node\":{\"name\":\"n1\",\"uid\":\"u0\"},"
		"\"pod\":{\"name\":\"api-0\",\"uid\":\"0d8b\"},\"serviceaccount\":{\"name\":\"api\",\"uid\":\"u2\"},\"warnafter\":1700000000}}",
		(const char *const[]){"workload", "kubernetes", "workload_namespace", "prod", "workload_pod", "api-0",
				      "workload_pod_uid", "0d8b", "workload_service_account", "api", "workload_node",
				      "n1", "audience", "https://kubernetes.default.svc", NULL});
	check_jwt("{\"iss\":\"kubernetes/serviceaccount\",\"kubernetes.io/serviceaccount/namespace\":\"default\","
		  "\"kubernetes.io/serviceaccount/service-account.name\":\"robot\"}",
		  (const char *const[]){"workload", "kubernetes", "workload_namespace", "default",
					"workload_service_account", "robot", NULL});
	check_jwt(
		"{\"sub\":\"spiffe://example.org/ns/prod/sa/api\",\"exp\":1900000000}",
		(const char *const[]){"workload", "spiffe", "spiffe_id", "spiffe://example.org/ns/prod/sa/api", NULL});
	check_jwt("{\"iss\":\"https://oidc.circleci.com/org/o1\",\"oidc.circleci.com/project-id\":\"p1\","
		  "\"oidc.circleci.com/job-id\":\"j1\",\"exp\":1900000000}",
		  (const char *const[]){"workload", "circleci", "workload_project", "p1", "workload_job", "j1", NULL});
	check_jwt("{\"iss\":\"https://agent.buildkite.com\",\"organization_slug\":\"acme\",\"pipeline_slug\":\"web\","
		  "\"build_number\":42,\"job_id\":\"0184\",\"exp\":1900000000}",
		  (const char *const[]){"workload", "buildkite", "workload_organization", "acme", "workload_project",
					"web", "workload_run", "42", "workload_job", "0184", NULL});
	check_jwt(
		"{\"iss\":\"https://accounts.google.com\",\"google\":{\"compute_engine\":{\"project_id\":\"p\",\"instance_id\":\"9\","
		"\"instance_name\":\"vm-1\",\"zone\":\"z\"}},\"exp\":1900000000}",
		(const char *const[]){"workload", "gcp", "workload_project", "p", "workload_instance", "vm-1", NULL});
	/* a person's token names no workload */
	check_jwt("{\"iss\":\"https://idp\",\"sub\":\"octocat\",\"environment\":\"production\",\"exp\":1900000000}",
		  (const char *const[]){"workload", "", "workload_environment", "", "subject", "octocat", NULL});
}

/* ---- forms ---- */

static void test_forms(void **state)
{
	char *classic = mk_token_github("ghp_"), *app = mk_token_github("ghs_");

	(void)state;
	assert_int_equal(scan(classic), 1);
	assert_string_equal(fact(&found[0], "checksum"), "verified");
	assert_string_equal(fact(&found[0], "account"), "personal");
	assert_int_equal(found[0].class, CL_CLASS_STATIC);
	assert_int_equal(found[0].lifetime, 0);
	assert_int_equal(scan(app), 1);
	assert_string_equal(fact(&found[0], "checksum"), "not checkable");
	assert_string_equal(fact(&found[0], "account"), "app installation");
	assert_int_equal(found[0].class, CL_CLASS_EPHEMERAL);
	assert_int_equal(found[0].lifetime, 3600 * S);
	free(classic);
	free(app);
}

/* ---- beside ---- */

static void test_end_beside(void **state)
{
	/* '#' is the token, '%' another one */
	static const struct {
		const char *text;
		uint64_t expires; /* seconds */
		bool renewable;
	} cases[] = {
		{"{\"access_token\":\"#\",\"expires_at\":1800000000}", 1800000000, false},
		{"{\"access_token\":\"#\",\"expires_at\":\"1800000000\",\"refresh_token\":\"%\"}", 1800000000, true},
		{"{\"claudeAiOauth\":{\"accessToken\":\"#\",\"refreshToken\":\"%\",\"expiresAt\":1800000000123,\"scopes\":[]}}",
		 1800000000, true},
		{"{\"startUrl\":\"x\",\"accessToken\":\"#\",\"expiresAt\":\"2027-01-15T08:00:00Z\",\"registrationExpiresAt\":\"2020-01-01T00:00:00Z\"}",
		 1800000000, false},
		{"{\"token\":\"#\",\"expiry\":\"2027-01-15T09:00:00.000+01:00\"}", 1800000000, false},
		{"{\"access_token\": \"#\", \"token_expiry\": \"2027-01-15T08:00:00Z\"}", 1800000000, false},
		{"{\"access_token\": \"#\", \"expiry_date\": 1800000000000}", 1800000000, false},
		{"{\"credential_type\":\"AccessToken\",\"secret\":\"#\",\"expires_on\":\"1800000000\",\"expiresOn\":\"2020-01-01 00:00:00\"}",
		 1800000000, false},
		{"token = {\"access_token\":\"#\",\"expiry\":\"2027-01-15T08:00:00Z\"}\n", 1800000000, false},
		{"user:\n  auth-provider:\n    config:\n      access-token: #\n      expiry: \"2027-01-15T08:00:00Z\"\n",
		 1800000000, false},
		{"[one]\nexpires_at = 1700000000\n[two]\ntoken = #\nexpires_at = 1800000000\n[three]\nexpires_at = 5\n",
		 1800000000, false},
		{"- token: #\n  expires_at: 1800000000\n- token: x\n  expires_at: 1700000000\n", 1800000000, false},
		/* seconds from when the file was written */
		{"{\"access_token\":\"#\",\"expires_in\":3600}", 1700003600, false},
		/* of something else, or not to be understood */
		{"{\"a\":{\"token\":\"#\"},\"b\":{\"expires_at\":1800000000}}", 0, false},
		{"{\"token\":\"#\",\"expiresOn\":\"2027-01-15 08:00:00.000\"}", 0, false},
		{"{\"token\":\"#\",\"expires_at\":\"never\"}", 0, false},
		{"{\"token\":\"#\",\"expires_at\":null}", 0, false},
		{"{\"token\":\"#\",\"expires_at\":99999999999999999999}", 0, false},
		{"{\"client_secret\":\"#\",\"expires_at\":1800000000}", 0, false},
		{"{\"refresh_token\":\"#\",\"expires_at\":1800000000}", 0, false},
		{"{\"refresh_token\":\"#\",\"refresh_token_expires_at\":1800000000}", 1800000000, false},
		{"{\"token\":\"#\",\"refresh_token\":\"\"}", 0, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *t = mk_token_github("gho_"), *u = mk_token_github("ghr_"), text[1024], *o = text;
		const struct cl_file_around around = {.written = 1700000000 * S};

		for (const char *p = cases[i].text; *p; p++)
			o += *p == '#' ? sprintf(o, "%s", t) : *p == '%' ? sprintf(o, "%s", u) : sprintf(o, "%c", *p);
		cl_scanner_around(scanner, &around);
		assert_true(scan(text) >= 1);
		if (found[0].expires != cases[i].expires * S)
			fail_msg("%s: ends %llu", cases[i].text, (unsigned long long)found[0].expires);
		assert_int_equal(found[0].class, cases[i].expires ? CL_CLASS_EPHEMERAL : CL_CLASS_STATIC);
		assert_int_equal(*fact(&found[0], "renewable") != '\0', cases[i].renewable);
		free(t);
		free(u);
	}
	/* the next file is another one */
	assert_int_equal(scan("{\"access_token\":\"ghp_x\",\"expires_in\":3600}"), 0);
}

/* Its own end beats what stands beside it. */
static void test_own_end_wins(void **state)
{
	char *t = mk_token_jwt(1900000000), text[1024];

	(void)state;
	snprintf(text, sizeof(text), "{\"id_token\":\"%s\",\"expires_at\":1800000000}", t);
	assert_int_equal(scan(text), 1);
	assert_int_equal(found[0].expires, 1900000000 * S);
	assert_string_equal(fact(&found[0], "expiry"), "declared by the token");
	free(t);
}

static void test_aws_pairs(void **state)
{
	char *secret = mk_token_simple("", 40, MK_BASE64, ""), *other = mk_token_simple("", 40, MK_BASE64, "");
	char *token = mk_token_simple("IQoJb3JpZ2lu", 200, MK_ALNUM, ""),
	     *id = mk_token_simple("ASIA", 16, "ABCDEFGHJ234567", "");
	char *user = mk_token_simple("AKIA", 16, "ABCDEFGHJ234567", ""), text[2048], pair[CL_FACT_VALUE_MAX + 1];
	int n;

	(void)state;
	n = snprintf(text, sizeof(text),
		     "[user]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
		     "[session]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\n"
		     "x_security_token_expires = 2027-01-15T08:00:00+00:00\n",
		     user, other, id, secret, token);
	assert_int_equal(scan(text), 3);
	assert_string_equal(fact(&found[0], "account"), "user");
	assert_int_equal(found[0].class, CL_CLASS_STATIC);
	assert_int_equal(found[0].expires, 0);
	assert_string_equal(fact(&found[1], "account"), "session");
	assert_int_equal(found[1].class, CL_CLASS_EPHEMERAL);
	assert_int_equal(found[1].expires, 1800000000 * S);
	assert_int_equal(found[2].expires, 1800000000 * S);
	snprintf(pair, sizeof(pair), "%s", fact(&found[1], "key_pair"));
	assert_int_equal(strlen(pair), 16);
	assert_string_equal(fact(&found[2], "key_pair"), pair);
	assert_string_not_equal(fact(&found[0], "key_pair"), pair);
	for (int i = 0; i < 3; i++)
		assert_null(strstr(found[i].facts, i ? id : user));
	/* the same in an environment */
	n = snprintf(text, sizeof(text), "A=1%cAWS_ACCESS_KEY_ID=%s%cAWS_SECRET_ACCESS_KEY=%s%cAWS_SESSION_TOKEN=%s%c",
		     0, id, 0, secret, 0, token, 0);
	assert_int_equal(scan_bytes(CL_SOURCE_ENVIRONMENT, text, (size_t)n), 2);
	assert_string_equal(fact(named(2, "AWS_SECRET_ACCESS_KEY"), "key_pair"), pair);
	assert_string_equal(fact(named(2, "AWS_SESSION_TOKEN"), "account"), "session");
	assert_int_equal(named(2, "AWS_SECRET_ACCESS_KEY")->class, CL_CLASS_EPHEMERAL);
	free(secret);
	free(other);
	free(token);
	free(id);
	free(user);
}

/* ---- shared access signatures ---- */

static void test_sas(void **state)
{
	static const struct {
		const char *query;
		uint64_t expires;
	} cases[] = {
		{"https://a.blob.core.windows.net/c?sv=2022-11-02&se=2027-01-15T08%3A00%3A00Z&sr=c&sp=rl&sig=",
		 1800000000},
		{"?sv=2022-11-02&se=2027-01-15T08:00Z&sp=r&sig=", 1800000000},
		{"?sv=2022-11-02&se=2027-01-15&sp=r&sig=", 1799971200},
		{"SharedAccessSignature sr=x&se=1800000000&skn=k&sig=", 1800000000},
		{"?sv=2022-11-02&nose=2027-01-15T08:00:00Z&sp=r&sig=", 0},
		{"?sv=2022-11-02&se=%zz&sp=r&sig=", 0},
	};
	static const struct cl_format sas = {.id = "azure_sas", .provider = "Azure", .kind = "signed-url"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cl_facts facts = {.len = 0};
		uint64_t expires = 0;
		uint32_t class = CL_CLASS_STATIC;
		char text[512];
		int from = snprintf(text, sizeof(text), "%s", cases[i].query);
		int len = from + snprintf(text + from, sizeof(text) - (size_t)from, "AbCdEf%%2B0123%%3D");
		struct cl_beside b = {.source = CL_SOURCE_FILE,
				      .bytes = text,
				      .len = (size_t)len,
				      .from = (size_t)from,
				      .to = (size_t)len,
				      .format = &sas,
				      .key = key};

		cl_beside_read(&b, &facts, &expires, &class);
		if (expires != cases[i].expires * S)
			fail_msg("%s: ends %llu", cases[i].query, (unsigned long long)expires / S);
		assert_int_equal(class, expires ? CL_CLASS_EPHEMERAL : CL_CLASS_STATIC);
	}
}

/* ---- certificates ---- */

static EVP_PKEY *ec_key(void)
{
	return EVP_EC_gen("P-256");
}

/* PEM of a self-signed certificate with this common name that ends then. */
static char *mk_certificate(EVP_PKEY *pkey, const char *cn, time_t end)
{
	X509 *x = X509_new();
	BIO *out = BIO_new(BIO_s_mem());
	X509_NAME *name = X509_get_subject_name(x);
	char *bytes, *text;
	long n;

	ASN1_INTEGER_set(X509_get_serialNumber(x), 0x1234);
	ASN1_TIME_set(X509_getm_notBefore(x), 1700000000);
	ASN1_TIME_set(X509_getm_notAfter(x), end);
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"system:masters", -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, pkey);
	assert_true(X509_sign(x, pkey, EVP_sha256()) > 0);
	assert_true(PEM_write_bio_X509(out, x));
	n = BIO_get_mem_data(out, &bytes);
	text = strndup(bytes, (size_t)n);
	BIO_free(out);
	X509_free(x);
	return text;
}

static char *mk_private(EVP_PKEY *pkey)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *bytes, *text;
	long n;

	assert_true(PEM_write_bio_PrivateKey(out, pkey, NULL, NULL, 0, NULL, NULL));
	n = BIO_get_mem_data(out, &bytes);
	text = strndup(bytes, (size_t)n);
	BIO_free(out);
	return text;
}

static void test_x509(void **state)
{
	EVP_PKEY *pkey = ec_key();
	char *cert = mk_certificate(pkey, "admin", 1800000000), *ca = mk_certificate(pkey, "ca", 1900000000);
	char *private = mk_private(pkey), *text = malloc(16384), *c, *k, *a;

	(void)state;
	/* a chain: leaf first */
	snprintf(text, 16384, "%s%s%s", cert, ca, private);
	assert_int_equal(scan(text), 1);
	assert_int_equal(found[0].expires, 1800000000 * S);
	assert_int_equal(found[0].class, CL_CLASS_STATIC);
	assert_string_equal(fact(&found[0], "certificate_subject"), "CN=admin,O=system:masters");
	assert_string_equal(fact(&found[0], "certificate_serial"), "1234");
	assert_string_equal(fact(&found[0], "not_before"), "2023-11-14T22:13:20.000000Z");
	assert_string_equal(fact(&found[0], "expiry"), "of the certificate beside it");
	/* kubeconfig */
	c = mk_base64(cert, strlen(cert), false);
	a = mk_base64(ca, strlen(ca), false);
	k = mk_base64(private, strlen(private), false);
	snprintf(
		text, 16384,
		"clusters:\n- cluster:\n    certificate-authority-data: %s\n    server: https://x\n  name: k\nusers:\n- name: other\n"
		"  user:\n    client-certificate-data: %s\n- name: admin\n  user:\n    client-certificate-data: %s\n    client-key-data: %s\n",
		a, a, c, k);
	assert_int_equal(scan(text), 1);
	assert_string_equal(fact(&found[0], "certificate_subject"), "CN=admin,O=system:masters");
	assert_int_equal(found[0].expires, 1800000000 * S);
	/* no certificate, and a broken one */
	assert_int_equal(scan(private), 1);
	assert_int_equal(found[0].expires, 0);
	assert_string_equal(fact(&found[0], "certificate"), "");
	snprintf(text, 16384, "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n%s", private);
	assert_int_equal(scan(text), 1);
	assert_string_equal(fact(&found[0], "certificate"), "");
	free(a);
	free(c);
	free(k);
	free(cert);
	free(ca);
	free(private);
	free(text);
	EVP_PKEY_free(pkey);
}

struct blob {
	uint8_t b[2048];
	size_t n;
};

static void put_number(struct blob *o, uint64_t v, int size)
{
	while (size--)
		o->b[o->n++] = (uint8_t)(v >> 8 * size);
}

static void put_string(struct blob *o, const void *s, size_t n)
{
	put_number(o, n, 4);
	memcpy(o->b + o->n, s, n);
	o->n += n;
}

static void ssh_certificate(struct blob *o, const char *type, int fields, const char *id, uint64_t before)
{
	struct blob principals = {.n = 0};

	put_string(&principals, "root", 4);
	put_string(&principals, "deploy", 6);
	put_string(o, type, strlen(type));
	put_string(o, "nonce", 5);
	for (int i = 0; i < fields; i++)
		put_string(o, "field-field-field", 17);
	put_number(o, 4711, 8);
	put_number(o, 1, 4);
	put_string(o, id, strlen(id));
	put_string(o, principals.b, principals.n);
	put_number(o, 1700000000, 8);
	put_number(o, before, 8);
	put_string(o, "", 0);
}

static void test_ssh_certificate(void **state)
{
	static const struct {
		const char *type;
		int fields;
	} types[] = {{"ssh-ed25519-cert-v01@openssh.com", 1},
		     {"ssh-rsa-cert-v01@openssh.com", 2},
		     {"ecdsa-sha2-nistp256-cert-v01@openssh.com", 2},
		     {"sk-ssh-ed25519-cert-v01@openssh.com", 2},
		     {"ssh-dss-cert-v01@openssh.com", 4},
		     {"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", 3}};
	char *pem = mk_token_pem("OPENSSH PRIVATE KEY"), text[4096];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct blob o = {.n = 0};
		struct cl_file_around around = {.certificate = text};
		char *b;

		ssh_certificate(&o, types[i].type, types[i].fields, "id\x1b of ci", i ? 1800000000 : UINT64_MAX);
		b = mk_base64((const char *)o.b, o.n, false);
		around.certificate_len = (size_t)snprintf(text, sizeof(text), "%s %s a comment\n", types[i].type, b);
		cl_scanner_around(scanner, &around);
		assert_int_equal(scan(pem), 1);
		assert_string_equal(fact(&found[0], "certificate"), "OpenSSH user");
		assert_string_equal(fact(&found[0], "certificate_key_id"), "id\\x1b of ci");
		assert_string_equal(fact(&found[0], "certificate_principals"), "root deploy");
		assert_string_equal(fact(&found[0], "certificate_serial"), "4711");
		assert_string_equal(fact(&found[0], "not_before"), "2023-11-14T22:13:20.000000Z");
		assert_int_equal(found[0].expires, i ? 1800000000 * S : 0);
		/* cut anywhere: no certificate, or the same */
		for (size_t cut = 0; cut < o.n - 4; cut++) {
			struct cl_facts facts = {.len = 0};
			uint8_t scratch[4096];
			uint64_t expires;
			char *part = mk_base64((const char *)o.b, cut, false);
			int n = snprintf(text, sizeof(text), "%s %s", types[i].type, part);

			assert_false(cl_certificate_ssh((struct cl_view){text, (size_t)n}, scratch, sizeof(scratch),
							&facts, &expires));
			free(part);
		}
		free(b);
	}
	/* that was of the file before */
	assert_int_equal(scan(pem), 1);
	assert_string_equal(fact(&found[0], "certificate"), "");
	free(pem);
}

/* ---- Kerberos ---- */

static void put_principal(struct blob *o, const char *realm, const char *one, const char *two)
{
	put_number(o, 1, 4);
	put_number(o, two ? 2 : 1, 4);
	put_string(o, realm, strlen(realm));
	put_string(o, one, strlen(one));
	if (two)
		put_string(o, two, strlen(two));
}

static void put_ticket(struct blob *o, int version, const char *realm, const char *service, uint32_t end)
{
	put_principal(o, "EXAMPLE.ORG", "alice", NULL);
	put_principal(o, realm, service, "EXAMPLE.ORG");
	put_number(o, 18, 2);
	if (version == 3)
		put_number(o, 18, 2);
	put_string(o, "0123456789abcdef0123456789abcdef", 32);
	put_number(o, 1700000000, 4);
	put_number(o, 0, 4);
	put_number(o, end, 4);
	put_number(o, 1800003600, 4);
	put_number(o, 0, 1);
	put_number(o, 0x40e10000, 4);
	put_number(o, 1, 4); /* an address */
	put_number(o, 2, 2);
	put_string(o, "\x7f\0\0\1", 4);
	put_number(o, 0, 4);
	put_string(o, service, strlen(service)); /* the ticket */
	put_string(o, "", 0);
}

static void mk_ccache(struct blob *o, int version)
{
	put_number(o, 5, 1);
	put_number(o, (uint64_t)version, 1);
	if (version == 4) {
		put_number(o, 12, 2);
		put_number(o, 1, 2);
		put_string(o, "\0\0\0\0", 4);
		o->b[o->n - 8] = 0, o->b[o->n - 7] = 8;
		o->n -= 8;
		put_number(o, 8, 2);
		put_number(o, 0, 8);
	}
	put_principal(o, "EXAMPLE.ORG", "alice", NULL);
	put_ticket(o, version, "X-CACHECONF:", "krb5_ccache_conf_data", 0);
	put_ticket(o, version, "EXAMPLE.ORG", "krbtgt", 1800000000);
	put_ticket(o, version, "EXAMPLE.ORG", "host", 1800000001);
}

static void test_ccache(void **state)
{
	(void)state;
	for (int version = 3; version <= 4; version++) {
		struct blob o = {.n = 0};
		int n;

		mk_ccache(&o, version);
		n = scan_bytes(CL_SOURCE_FILE, (const char *)o.b, o.n);
		assert_int_equal(n, 2);
		assert_string_equal(found[0].provider, "Kerberos");
		assert_string_equal(found[0].format, "kerberos_ticket");
		assert_string_equal(found[0].name, "krbtgt/EXAMPLE.ORG@EXAMPLE.ORG");
		assert_int_equal(found[0].class, CL_CLASS_EPHEMERAL);
		assert_int_equal(found[0].expires, 1800000000 * S);
		assert_string_equal(fact(&found[0], "subject"), "alice@EXAMPLE.ORG");
		assert_string_equal(fact(&found[0], "audience"), "krbtgt/EXAMPLE.ORG@EXAMPLE.ORG");
		assert_string_equal(fact(&found[0], "not_before"), "2023-11-14T22:13:20.000000Z");
		assert_string_equal(fact(&found[0], "renewable_until"), "2027-01-15T09:00:00.000000Z");
		assert_int_equal(found[1].expires, 1800000001 * S);
		assert_memory_not_equal(found[0].fp, found[1].fp, CL_FP_SIZE);
		/* cut off: the tickets that are whole */
		assert_int_equal(scan_bytes(CL_SOURCE_FILE, (const char *)o.b, o.n - 1), 1);
		for (size_t cut = 0; cut < o.n; cut++)
			assert_in_range(scan_bytes(CL_SOURCE_FILE, (const char *)o.b, cut), 0, 1);
		/* not from elsewhere */
		assert_int_equal(scan_bytes(CL_SOURCE_ENVIRONMENT, (const char *)o.b, o.n), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_cut_in_characters),
		cmocka_unit_test(test_registered_claims),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_hostile_claims),
		cmocka_unit_test(test_claims_cut_off),
		cmocka_unit_test(test_workloads),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_end_beside),
		cmocka_unit_test(test_own_end_wins),
		cmocka_unit_test(test_aws_pairs),
		cmocka_unit_test(test_sas),
		cmocka_unit_test(test_x509),
		cmocka_unit_test(test_ssh_certificate),
		cmocka_unit_test(test_ccache),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
