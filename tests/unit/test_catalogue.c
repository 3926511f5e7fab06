/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue: what is compiled in, what files may change, which store a path belongs to, rules for the kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "catalogue/data.h"
#include "credential/credential.h"
#include "catalogue/glob.h"

static struct cl_catalogue *built_in;

static int setup(void **state)
{
	(void)state;
	return cl_catalogue_new(&built_in, NULL, NULL);
}

static int teardown(void **state)
{
	(void)state;
	cl_catalogue_free(&built_in);
	return 0;
}

static void test_holds_the_providers(void **state)
{
	static const char *const providers[] = {"GitHub", "GitLab", "AWS",    "OpenAI", "Anthropic",  "npm",	"PyPI",
						"Slack",  "Stripe", "Google", "JWT",	"Kubernetes", "OpenSSH"};
	const struct cl_format *f;
	size_t n = cl_catalogue_formats(built_in, &f);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(providers); i++) {
		bool found = false;

		for (size_t j = 0; j < n; j++)
			found |= !strcmp(f[j].provider, providers[i]);
		if (!found)
			fail_msg("no format of %s", providers[i]);
	}
	for (size_t j = 0; j < n; j++) {
		assert_true(!f[j].pattern == !!f[j].claim);
		assert_true(f[j].class <= CL_CLASS_EPHEMERAL);
		assert_int_equal(f[j].needs_context, f[j].context != NULL);
	}
}

static void expect_store(const char *path, const char *id)
{
	const struct cl_store *s = cl_catalogue_store_for(built_in, path);

	if (!id && s)
		fail_msg("%s belongs to %s, not to none", path, s->id);
	if (id && (!s || strcmp(s->id, id)))
		fail_msg("%s belongs to %s, not to %s", path, s ? s->id : "none", id);
}

static void test_store_of_a_path(void **state)
{
	(void)state;
	expect_store("/root/.aws/credentials", "aws_credentials");
	expect_store("/home/u/.aws/credentials", "aws_credentials");
	expect_store("/tmp/test.1/home/.aws/credentials", "aws_credentials");
	expect_store("/.aws/credentials", "aws_credentials");
	expect_store("/home/u/x.aws/credentials", NULL);
	expect_store("/home/u/.aws/credentials/x", NULL);
	expect_store("/home/u/.aws/sso/cache/0123abcd.json", "aws_sso_cache");
	expect_store("/home/u/.aws/sso/cache/kiro-auth-token.json", "kiro_token");
	expect_store("/home/u/.aws/sso/cache/x/y.json", NULL);
	expect_store("/srv/app/.env", "dotenv");
	expect_store("/srv/app/.env.production", "dotenv");
	expect_store("/.env", "dotenv");
	expect_store("/srv/app/x.env", NULL);
	expect_store("/home/u/.claude/.credentials.json", "claude_credentials");
	expect_store("/home/u/.codex/auth.json", "codex_auth");
	expect_store("/home/u/.gemini/oauth_creds.json", "gemini_oauth");
	expect_store("/home/u/.config/cursor/auth.json", "cursor_cli_auth");
	expect_store("/home/u/.config/github-copilot/apps.json", "copilot_apps");
	expect_store("/home/u/.config/gh/hosts.yml", "gh_hosts");
	expect_store("/home/u/.aider.conf.yml", "aider_conf");
	expect_store("/home/u/.continue/config.yaml", "continue_config");
	expect_store("/home/u/.codeium/windsurf/mcp_config.json", "windsurf_mcp");
	expect_store("/home/u/.ssh/id_ed25519", "ssh_private_keys");
	expect_store("/home/u/.ssh/work_rsa", "ssh_private_keys");
	expect_store("/home/u/.ssh/id_ed25519.pub", NULL);
	expect_store("/home/u/.ssh/known_hosts", NULL);
	expect_store("/etc/ssh/ssh_host_ed25519_key", "ssh_host_keys");
	expect_store("/etc/shadow", "etc_shadow");
	expect_store("/srv/etc/shadow", NULL);
	expect_store("/proc/4242/environ", "proc_environ");
	expect_store("/proc/4242/task/4243/environ", "proc_environ");
	expect_store("/run/secrets/kubernetes.io/serviceaccount/token", "k8s_sa_token");
	expect_store("/run/secrets/kubernetes.io/serviceaccount/..2026_01_02/token", "k8s_sa_token_data");
	expect_store("/srv/tls/server.key", "key_files");
	expect_store("/etc/ssl/certs/x.pem", "ca_bundle");
	expect_store("/usr/lib/python3/certifi/cacert.pem", "ca_bundle");
	expect_store("/etc/hostname", NULL);
	expect_store("", NULL);
	expect_store("relative/.npmrc", "npmrc");
}

static void expect_service(const char *got, const char *id)
{
	assert_non_null(got);
	assert_string_equal(got, id);
}

static void test_services(void **state)
{
	(void)state;
	expect_service(cl_catalogue_service_at(built_in, "169.254.169.254", 80), "instance-metadata");
	expect_service(cl_catalogue_service_at(built_in, "fd00:ec2::254", 80), "aws-imds");
	expect_service(cl_catalogue_service_at(built_in, "169.254.170.2", 80), "aws-ecs-credentials");
	expect_service(cl_catalogue_service_at(built_in, "169.254.170.23", 80), "aws-eks-pod-identity");
	expect_service(cl_catalogue_service_at(built_in, "fd00:ec2::23", 80), "aws-eks-pod-identity");
	expect_service(cl_catalogue_service_at(built_in, "100.100.100.200", 80), "alibaba-metadata");
	expect_service(cl_catalogue_service_at(built_in, "fe80::a9fe:a9fe%2", 80), "instance-metadata");
	assert_null(cl_catalogue_service_at(built_in, "169.254.169.254", 53)); /* the same host resolves names */
	assert_null(cl_catalogue_service_at(built_in, "169.254.169.25", 80));
	assert_null(cl_catalogue_service_at(built_in, NULL, 80));
	expect_service(cl_catalogue_service_of(built_in, "/tmp/ssh-XXabc/agent.123"), "ssh-agent");
	expect_service(cl_catalogue_service_of(built_in, "/srv/tmp/agent.4711"),
		       "ssh-agent"); /* by its creator's number */
	assert_null(cl_catalogue_service_of(built_in, "/run/other/agent.sock"));
	expect_service(cl_catalogue_service_of(built_in, "/run/user/1000/gnupg/S.gpg-agent.ssh"), "ssh-agent");
	expect_service(cl_catalogue_service_of(built_in, "/run/user/1000/gnupg/S.gpg-agent"), "gpg-agent");
	expect_service(cl_catalogue_service_of(built_in, "/run/docker.sock"), "docker");
	expect_service(cl_catalogue_service_of(built_in, "/run/user/1000/podman/podman.sock"), "podman");
	expect_service(cl_catalogue_service_of(built_in, "/run/spire/sockets/agent.sock"), "spiffe-workload-api");
	assert_null(cl_catalogue_service_of(built_in, "/tmp/docker.sock"));
	assert_null(cl_catalogue_service_of(built_in, "@/run/docker.sock"));
	assert_null(cl_catalogue_service_of(built_in, NULL));
}

static void test_shared_by_design(void **state)
{
	(void)state;
	assert_true(cl_catalogue_store_for(built_in, "/etc/shadow")->shared);
	assert_true(cl_catalogue_store_for(built_in, "/etc/ssh/ssh_host_rsa_key")->shared);
	assert_true(cl_catalogue_store_for(built_in, "/etc/ssl/certs/x.pem")->shared);
	assert_false(cl_catalogue_store_for(built_in, "/root/.npmrc")->shared);
	assert_string_equal(cl_catalogue_store(built_in, "npmrc")->id, "npmrc");
	assert_null(cl_catalogue_store(built_in, "no such store"));
}

static void test_expected_readers(void **state)
{
	const struct cl_store *list;
	size_t n = cl_catalogue_stores(built_in, &list), known = 0;

	(void)state;
	assert_non_null(strstr(cl_catalogue_store(built_in, "aws_credentials")->expected, "aws,"));
	assert_non_null(strstr(cl_catalogue_store(built_in, "aws_credentials")->expected, ";python3,"));
	assert_string_equal(cl_catalogue_store(built_in, "ollama_key")->expected, "ollama;");
	assert_null(cl_catalogue_store(built_in, "dotenv")->expected);
	assert_true(cl_store_expects(cl_catalogue_store(built_in, "aws_credentials"), "/usr/local/bin/aws"));
	assert_true(cl_store_expects(cl_catalogue_store(built_in, "aws_credentials"), "/usr/bin/python3.11"));
	assert_false(cl_store_expects(cl_catalogue_store(built_in, "aws_credentials"), "/usr/bin/cat"));
	assert_false(cl_store_expects(cl_catalogue_store(built_in, "aws_credentials"), "/usr/bin/awsx"));
	assert_true(cl_store_expects(cl_catalogue_store(built_in, "dotenv"), "/usr/bin/cat"));
	assert_int_equal(cl_catalogue_store(built_in, "npmrc")->traits, CL_STORE_PROJECT);
	assert_int_equal(cl_catalogue_store(built_in, "chrome_cookies")->traits, CL_STORE_SECRET);
	assert_int_equal(cl_catalogue_store(built_in, "k8s_sa_token")->traits, CL_STORE_INJECTED);
	/* The kernel, which has no programs, and stores that any program may read are known to be so. */
	for (size_t i = 0; i < n; i++)
		known += list[i].expected != NULL;
	assert_in_range(known, n / 2, n);
}

static void test_glob(void **state)
{
	(void)state;
	assert_true(cl_glob_match("/a/*/c", "/a/b/c"));
	assert_false(cl_glob_match("/a/*/c", "/a/b/b/c"));
	assert_true(cl_glob_match("/a/**/c", "/a/c"));
	assert_true(cl_glob_match("/a/**/c", "/a/b/b/c"));
	assert_false(cl_glob_match("/a/**/c", "/a/b/bc"));
	assert_true(cl_glob_match("/a/**", "/a/b/c"));
	assert_false(cl_glob_match("/a/**", "/a/"));
	assert_true(cl_glob_match("**/x*y/**/z", "/q/x1y/x2/a/z"));
	assert_true(cl_glob_match("**/a*b*c/d", "/a1/aXbYc/d"));
	assert_false(cl_glob_match("**/a*b/d", "/aX/b/d"));
	assert_true(cl_glob_match("~/.x", "/home/u/.x"));
	assert_false(cl_glob_match("~/.x", "/home/u/y.x"));
	assert_non_null(cl_glob_check("a/b"));
	assert_non_null(cl_glob_check("/a/**b"));
	assert_non_null(cl_glob_check("/a/../b"));
	assert_non_null(cl_glob_check("/a/{b,c}"));
	assert_non_null(cl_glob_check("/a/"));
	assert_null(cl_glob_check("/a/**/b*"));
}

/* What makes other matchers take for ever. */
static void test_glob_is_bounded(void **state)
{
	char path[4096];

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	for (size_t i = 0; i < sizeof(path) - 1; i += 8)
		path[i] = '/';
	path[sizeof(path) - 1] = '\0';
	for (int i = 0; i < 100; i++)
		assert_false(cl_glob_match("**/a*a*a*a/**/a*a*a*a/**/a*a*a*b", path));
}

/* A path that the glob matches. */
static void sample(const char *glob, char *out, size_t size)
{
	size_t n = 0;

	for (const char *g = glob; *g && n + 16 < size;) {
		const char *piece = NULL;
		size_t skip = 1;

		if (*g == '~' && g == glob)
			piece = "/tmp/home";
		else if (!strncmp(g, "**", 2)) {
			piece = g == glob ? "/some/dir" : "some/dir";
			skip = 2;
		} else if (*g == '*')
			piece = "any";
		if (piece)
			n += (size_t)snprintf(out + n, size - n, "%s", piece);
		else
			out[n++] = *g;
		g += skip;
	}
	out[n] = '\0';
}

static void test_copies_of_stores(void **state)
{
	static const char *const copies[] = {"/srv/app/.env~",		"/srv/app/.env.swp",
					     "/root/.npmrc.bak",	"/root/.netrc.old",
					     "/root/.npmrc.swp",	"/root/.aws/credentials~",
					     "/root/.vault-token.orig", "/root/.aws/.credentials.swp"};
	struct cl_name_rules rules;

	(void)state;
	assert_int_equal(cl_catalogue_name_rules(built_in, &rules), 0);
	expect_store("/root/.aws/credentials.bak", "aws_credentials");
	expect_store("/root/.docker/.config.json.swp", "docker_config");
	expect_store("/root/.npmrc~", "npmrc");
	expect_store("/root/.npmrc.swp", "npmrc");
	expect_store("/root/.aws/credentials.bak.gz", NULL);
	expect_store("/root/x/credentials~", NULL);
	expect_store("/root/~", NULL);
	expect_store("/root/.~", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(copies); i++)
		if (!cl_name_rules_pass(&rules, copies[i]) || !cl_catalogue_store_for(built_in, copies[i]))
			fail_msg("%s does not pass", copies[i]);
	assert_false(cl_name_rules_pass(&rules, "/home/u/x/credentials~"));
	assert_false(cl_name_rules_pass(&rules, "/home/u/notes.bak"));
	cl_name_rules_free(&rules);
}

static void test_name_rules_cover_every_store(void **state)
{
	const struct cl_store *stores, *unruled[64];
	struct cl_name_rules rules;
	size_t n = cl_catalogue_stores(built_in, &stores), n_unruled;

	(void)state;
	assert_int_equal(cl_catalogue_name_rules(built_in, &rules), 0);
	n_unruled = cl_catalogue_unruled(built_in, unruled, ARRAY_SIZE(unruled));
	assert_in_range(n_unruled, 1, ARRAY_SIZE(unruled));
	for (size_t i = 0; i < n; i++) {
		char path[512];
		bool listed = false;

		sample(stores[i].path, path, sizeof(path));
		assert_true(cl_glob_match(stores[i].path, path));
		for (size_t j = 0; j < n_unruled; j++)
			listed |= unruled[j] == &stores[i];
		if (!listed && !cl_name_rules_pass(&rules, path))
			fail_msg("%s (%s) does not pass", path, stores[i].path);
	}
	for (size_t i = 0; i < rules.n_exact; i++)
		assert_in_range(strlen(rules.exact[i].name), 1, 63);
	assert_false(cl_name_rules_pass(&rules, "/usr/lib/node_modules/x/package.json"));
	assert_false(cl_name_rules_pass(&rules, "/home/u/x/credentials"));
	assert_false(cl_name_rules_pass(&rules, "/home/u/x.aws/credentials"));
	assert_true(cl_name_rules_pass(&rules, "/.aws/credentials"));
	assert_true(cl_name_rules_pass(&rules, ".aws/credentials"));
	assert_false(cl_name_rules_pass(&rules, "credentials"));
	assert_false(cl_name_rules_pass(&rules, "/home/u/.config/foo/config"));
	assert_false(cl_name_rules_pass(&rules, "/etc/nginx/nginx.conf"));
	cl_name_rules_free(&rules);
}

static void write_file(const char *directory, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fputs(text, f) >= 0, 1);
	fclose(f);
}

static void load(const char *text, struct cl_catalogue **c, struct cl_error *err, int expected)
{
	char directory[] = "/tmp/test_catalogue.XXXXXX", path[64];

	assert_non_null(mkdtemp(directory));
	write_file(directory, "site.json", text);
	write_file(directory, "ignored.txt", "not JSON");
	assert_int_equal(cl_catalogue_new(c, directory, err), expected);
	snprintf(path, sizeof(path), "%s/site.json", directory);
	unlink(path);
	snprintf(path, sizeof(path), "%s/ignored.txt", directory);
	unlink(path);
	rmdir(directory);
}

static void test_a_file_adds_and_replaces(void **state)
{
	const struct cl_format *formats, *before;
	const struct cl_store *stores;
	struct cl_catalogue *c = NULL;
	struct cl_error err = {0};
	size_t n;

	(void)state;
	load("// of this site\n"
	     "{\"formats\": [\n"
	     " {\"id\": \"acme\", \"provider\": \"Acme\", \"kind\": \"api-key\", \"pattern\": \"acme_[0-9a-f]{32}\", "
	     "\"class\": \"ephemeral\", \"ttl\": \"15m\", \"entropy\": 3},\n"
	     " {\"id\": \"npm\", \"provider\": \"Our npm\", \"kind\": \"api-key\", \"pattern\": \"npm_x{36}\"},\n"
	     " {\"id\": \"jwt\", \"disabled\": true}],\n"
	     "\"stores\": [{\"id\": \"npmrc\", \"owner\": \"npm\", \"paths\": [\"/srv/npmrc\", \"~/.n\"], \"shared\": true},\n"
	     " {\"id\": \"dotenv\", \"disabled\": true}]}",
	     &c, &err, 0);
	n = cl_catalogue_formats(c, &formats);
	assert_int_equal(n, cl_catalogue_formats(built_in, &before));
	assert_string_equal(formats[n - 1].id, "acme");
	assert_int_equal(formats[n - 1].ttl, 15ull * 60 * 1000000000);
	assert_int_equal(formats[n - 1].class, CL_CLASS_EPHEMERAL);
	for (size_t i = 0; i < n; i++) {
		assert_string_not_equal(formats[i].id, "jwt");
		if (!strcmp(formats[i].id, "npm"))
			assert_string_equal(formats[i].provider, "Our npm");
	}
	assert_null(cl_catalogue_store_for(c, "/root/.npmrc"));
	assert_null(cl_catalogue_store_for(c, "/srv/app/.env"));
	assert_string_equal(cl_catalogue_store_for(c, "/srv/npmrc")->id, "npmrc");
	assert_true(cl_catalogue_store_for(c, "/root/.n")->shared);
	assert_int_not_equal(cl_catalogue_stores(c, &stores), 0);
	cl_catalogue_free(&c);
}

static void test_errors_name_the_place(void **state)
{
	static const struct {
		const char *text, *place, *cause;
	} cases[] = {
		{"{\"formats\": [\n{\"id\": \"a\",\n\"provder\": \"x\"}]}", "line 3", "did you mean \"provider\""},
		{"{\"formats\": [\n{\"id\": \"a\", \"provider\": \"x\", \"kind\": \"k\", \"pattern\": \"p\",\n"
		 "\"class\": \"statik\"}]}",
		 "line 3", "\"class\" of entry \"a\" is none of"},
		{"{\"formats\": [{\"id\": \"a\", \"provider\": \"x\"}]}", "\"kind\"", "is missing"},
		{"{\"formats\": [{\"provider\": \"x\"}]}", "\"id\"", "is missing"},
		{"{\"formats\": [{\"id\": \"a\", \"provider\": \"x\", \"kind\": \"k\"}]}", "\"pattern\"",
		 "a pattern or a claim"},
		{"{\"formats\": [{\"id\": \"a\", \"provider\": \"x\", \"kind\": \"k\", \"pattern\": \"p\", \"check\": "
		 "\"crc\"}]}",
		 "\"check\"", "is none of"},
		{"{\"formats\": [{\"id\": \"a\", \"provider\": \"x\", \"kind\": \"k\", \"pattern\": \"p\", \"ttl\": 5}]}",
		 "\"ttl\"", "not a duration"},
		{"{\"stores\": [{\"id\": \"a\", \"owner\": \"o\"}]}", "\"paths\"", "is missing"},
		{"{\"stores\": [{\"id\": \"a\", \"owner\": \"o\", \"paths\": [\"x/y\"]}]}", "\"paths\"",
		 "starts with none"},
		{"{\"stores\": [{\"id\": \"a\", \"owner\": \"o\", \"paths\": \"/x\"}]}", "\"paths\"", "not a list"},
		{"{\"services\": [{\"id\": \"a\", \"addresses\": [\"192.0.2\"], \"port\": 80}]}", "\"addresses\"",
		 "not an address"},
		{"{\"services\": [{\"id\": \"a\", \"addresses\": [\"192.0.2.1\"]}]}", "\"port\"", "is missing"},
		{"{\"services\": [{\"id\": \"a\", \"port\": 70000}]}", "\"port\"", "from 1 to 65535"},
		{"{\"services\": [{\"id\": \"a\"}]}", "\"paths\"", "is missing"},
		{"{\"store\": []}", "line 1", "did you mean \"stores\""},
		{"{\"stores\": {}}", "\"stores\"", "is not a list"},
		{"{\"formats\": [\n3]}", "\"formats\"", "not an object"},
		{"{\"formats\": [\n}", "line 2", "not valid JSON"},
		{"[]", "site.json", "not an object"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cl_catalogue *c = NULL;
		struct cl_error err = {0};

		load(cases[i].text, &c, &err, -EINVAL);
		assert_null(c);
		if (!strstr(err.text, "site.json") || !strstr(err.text, cases[i].place) ||
		    !strstr(err.text, cases[i].cause))
			fail_msg("case %zu: %s", i, err.text);
	}
}

static void test_configured_paths(void **state)
{
	struct cl_catalogue *c = NULL;
	struct cl_error err = {0};

	(void)state;
	assert_int_equal(cl_catalogue_new(&c, "/nonexistent/catalog.d", &err), 0);
	assert_int_equal(cl_catalogue_watch(c, "/srv/secret/*.tok", &err), 0);
	assert_int_equal(cl_catalogue_watch(c, "secret", &err), -EINVAL);
	assert_non_null(strstr(err.text, "\"secret\""));
	assert_string_equal(cl_catalogue_store_for(c, "/srv/secret/a.tok")->id, "configured");
	cl_catalogue_free(&c);
}

/* The ids of a list in a built-in text, each once. */
static size_t check_ids(const char *text, const char *list, const char *required)
{
	_cleanup_json_ cJSON *root = NULL;
	const cJSON *items, *a, *b;
	size_t n = 0;

	assert_int_equal(cl_json_parse(list, text, strlen(text), &root, NULL), 0);
	items = cJSON_GetObjectItemCaseSensitive(root, list);
	cJSON_ArrayForEach (a, items) {
		const char *id = cl_json_get_str(a, "id");

		n++;
		for (b = a->next; b; b = b->next)
			if (!strcmp(id, cl_json_get_str(b, "id")))
				fail_msg("\"%s\" stands twice among the %s", id, list);
		if (required && !cJSON_GetObjectItemCaseSensitive(a, required))
			fail_msg("\"%s\" of the %s has no \"%s\"", id, list, required);
	}
	return n;
}

/* An entry that stands twice would silently replace the first; a kind of format without a class says too little. */
static void test_is_consistent(void **state)
{
	_cleanup_json_ cJSON *out = NULL;
	const struct cl_format *formats;
	const struct cl_store *stores;
	const cJSON *entry;
	size_t n = cl_catalogue_formats(built_in, &formats);

	(void)state;
	assert_int_equal(check_ids(cl_catalogue_formats_json, "formats", "class"), n);
	assert_in_range(check_ids(cl_catalogue_stores_json, "stores", NULL), 200,
			cl_catalogue_stores(built_in, &stores));
	check_ids(cl_catalogue_services_json, "services", NULL);
	check_ids(cl_catalogue_left_out(), "left_out", "reason");
	for (size_t i = 0; i < n; i++) {
		assert_true(formats[i].class != CL_CLASS_EPHEMERAL || !formats[i].claim || formats[i].ttl);
		assert_true(formats[i].class == CL_CLASS_EPHEMERAL || !formats[i].ttl);
	}
	assert_int_equal(
		cl_json_parse("left_out", cl_catalogue_left_out(), strlen(cl_catalogue_left_out()), &out, NULL), 0);
	cJSON_ArrayForEach (entry, cJSON_GetObjectItemCaseSensitive(out, "left_out")) {
		const char *id = cl_json_get_str(entry, "id");

		assert_null(cl_catalogue_store(built_in, id));
		for (size_t i = 0; i < n; i++)
			assert_string_not_equal(formats[i].id, id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds_the_providers),
		cmocka_unit_test(test_store_of_a_path),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_shared_by_design),
		cmocka_unit_test(test_expected_readers),
		cmocka_unit_test(test_glob),
		cmocka_unit_test(test_glob_is_bounded),
		cmocka_unit_test(test_copies_of_stores),
		cmocka_unit_test(test_name_rules_cover_every_store),
		cmocka_unit_test(test_a_file_adds_and_replaces),
		cmocka_unit_test(test_errors_name_the_place),
		cmocka_unit_test(test_configured_paths),
		cmocka_unit_test(test_is_consistent),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
