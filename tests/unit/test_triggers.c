/* SPDX-License-Identifier: Apache-2.0 */
/* What clauses are found by: names and parts of texts, and that nothing which matches is passed over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "identity/recognise_internal.h"

static bool has(const struct cl_clause_set *s, size_t clause)
{
	return s->bits[clause / 64] >> clause % 64 & 1;
}

static void test_parts(void **state)
{
	static const char *const parts[] = {"/opt/.devin/", "@openai/codex", "ab", "/opt/x"};
	static const struct {
		const char *text;
		unsigned int found; /* bits */
	} cases[] = {
		{"", 0},
		{"a", 0},
		{"ab", 4},
		{"xxab", 4},
		{"aab", 4},
		{"/opt/.devi", 0},
		{"/opt/.devin/y", 1},
		{"/n/@openai/codex/ab", 6},
		{"/opt/opt/x", 8},
		{"\xff\xfe", 0},
	};
	struct cl_parts p = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		assert_int_equal(cl_parts_add(&p, parts[i], strlen(parts[i]), i), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cl_clause_set found = {0};

		cl_parts_find(&p, cases[i].text, &found);
		for (size_t k = 0; k < ARRAY_SIZE(parts); k++)
			assert_int_equal(has(&found, k), cases[i].found >> k & 1);
	}
	cl_triggers_free(&p.list);
}

/* How many match, the same ones of both. */
static size_t same_matches(const struct cl_recognisers *a, const struct cl_recognisers *b,
			   const struct cl_observation *obs, const char *starter)
{
	struct cl_process parent = {.exe = (char *)(uintptr_t)starter}, p = {.parent = &parent};
	struct cl_match x[CL_MATCHES], y[CL_MATCHES];
	size_t n = cl_recognisers_match(a, obs, &p, x);

	assert_int_equal(cl_recognisers_match(b, obs, &p, y), n);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(x[i].row, y[i].row);
		assert_int_equal(x[i].named, y[i].named);
		assert_int_equal(x[i].scope.n, y[i].scope.n);
	}
	return n;
}

/* What a clause is found by leaves none out: the same comes out as when each is looked at, of anything that its parts say. */
static void test_index_leaves_none_out(void **state)
{
	static const char own[] =
		"{\"id\":\"short\",\"system\":\"x\",\"kind\":\"ci-job\",\"workflow\":\"ci:x/y\",\"when\":[{\"cgroups\":[\"/a/b/**\"]}]}";
	static const char *const exes[] = {"/usr/bin/java",
					   "/usr/bin/python3.11",
					   "/tekton/bin/entrypoint",
					   "/usr/bin/node",
					   "/etc/cron.daily/tidy",
					   "/home/u/.local/share/claude/versions/2.0",
					   "/opt/.devin/x",
					   "/var/run/argo/argoexec",
					   "/usr/sbin/cron",
					   "/home/a~b/x",
					   "/x",
					   "",
					   NULL};
	static const char *const cgroups[] = {"/",
					      "",
					      NULL,
					      "/ecs/0123/4567/x",
					      "/a/b/x",
					      "/a/garden/b",
					      "/a/garden-7/b",
					      "/system.slice/x.service",
					      "/nomad.slice/share.slice/11.web.scope",
					      "/user.slice/buildkit/77",
					      "/system.slice/slurmstepd.scope/job_7/step_0",
					      "/s/ecstasks-12.slice/y"};
	static const char *const commands[] = {NULL,
					       "",
					       "java -cp x --executor-id 3 -y --app-id a-1 -z",
					       "/usr/bin/python3 /usr/bin/airflow tasks run d t r -S x",
					       "airflow tasks run d t r",
					       "prefect flow-run execute 77",
					       "/opt/d/dagster api execute_step {}",
					       "python -m ipykernel_launcher -f /r/kernel-7.json",
					       "ssm-session-worker s-1 x",
					       "node -r x /n/@openai/codex/bin/codex.js",
					       "run-parts --report /etc/cron.daily"};
	static const char *const starters[] = {
		NULL, "/usr/sbin/cron", "/usr/sbin/atd", "/bin/run-parts", "/usr/bin/ssm-session-worker", "/bin/sh"};
	struct cl_recogniser_list *list = NULL;
	struct cl_recognisers *r = NULL, *slow = NULL;
	struct cl_error err = {0};
	size_t found = 0;

	(void)state;
	assert_int_equal(cl_recogniser_list_new(&list, NULL), 0);
	if (cl_recogniser_list_take_text(list, "test", own, &err))
		fail_msg("%s", err.text);
	assert_int_equal(cl_recognisers_new(&r, list), 0);
	assert_int_equal(cl_recognisers_new(&slow, list), 0);
	for (size_t i = 0; i < slow->n_clauses; i++)
		cl_clause_set_add(&slow->always, i);
	for (size_t e = 0; e < ARRAY_SIZE(exes); e++)
		for (size_t g = 0; g < ARRAY_SIZE(cgroups); g++)
			for (size_t c = 0; c < ARRAY_SIZE(commands); c++)
				for (size_t s = 0; s < ARRAY_SIZE(starters); s++)
					found += same_matches(r, slow,
							      &(struct cl_observation){.exe = exes[e],
										       .filename = exes[e],
										       .cgroup = cgroups[g],
										       .command = commands[c]},
							      starters[s]);
	assert_true(found > 1000);
	cl_recognisers_free(&slow);
	cl_recognisers_free(&r);
	cl_recogniser_list_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_index_leaves_none_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
