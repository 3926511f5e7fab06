/* SPDX-License-Identifier: Apache-2.0 */
/* What a holder of a credential writes, and who has it second hand: edges, and no finding but for the value itself. */
#include "lineage/ids.h"
#include "mk_stage.h"

#define A_READS "run 10 ci:a r1; read 10 A/s; "
#define B_READS "; run 20 ci:b r2; file 20 /log 7"

/* "20<A": process 20 received A; "20<p10": from process 10; "A@/log": A lies there. `?`: inferred. Sorted. */
static const struct {
	const char *name, *story, *edges, *reports;
} cases[] = {
	{"what a reader writes", A_READS "write 10 /log 7" B_READS, "20<A? 20<p10?", ""},
	{"the value itself", A_READS "write 10 /log 7; run 20 ci:b r2; file 20 /log 7 A/s", "20<p10?",
	 "cross-workflow-reuse High create 1; credential-copied Low create 1"},
	{"by the same run", A_READS "spawn 10 11; write 10 /log 7; file 11 /log 7", "", ""},
	{"by another run of the workflow", A_READS "write 10 /log 7; run 20 ci:a r2; file 20 /log 7", "20<A? 20<p10?",
	 ""},
	{"opened before it was read", "run 10 ci:a r1; write 10 /log 7; read 10 A/s" B_READS, "20<A? 20<p10?", ""},
	{"opened long before", "run 10 ci:a r1; write 10 /log 7; wait 60; read 10 A/s" B_READS, "", ""},
	{"by who holds nothing", "run 10 ci:a r1; write 10 /log 7" B_READS, "", ""},
	{"an inherited variable is not claimed",
	 "run 10 ci:a r1; exec 10 env=A/s; spawn 10 11 env=A/s; write 11 /log 7" B_READS, "20<p11?", ""},
	{"a given one is", "run 10 ci:a r1; spawn 10 11 env=A/s; write 11 /log 7" B_READS, "20<A? 20<p11?", ""},
	{"an argument is", "run 10 ci:a r1; spawn 10 11 arg=A/s; write 11 /log 7" B_READS, "20<A? 20<p11?",
	 "exposed-in-arguments Low create 1"},
	{"what the program before had is not", A_READS "exec 10; write 10 /log 7" B_READS, "20<p10?", ""},
	{"a copy of the memory", A_READS "fork 10 11; write 11 /log 7" B_READS, "20<A? 20<p11?", ""},
	{"which a new program has not", A_READS "spawn 10 11; write 11 /log 7" B_READS, "", ""},
	{"executed", A_READS "write 10 /log 7; run 20 ci:b r2; exec 20 exe=7", "20<A? 20<p10?", ""},
	{"another file", A_READS "write 10 /log 7; run 20 ci:b r2; file 20 /log 8", "", ""},
	{"written on by who holds nothing", A_READS "write 10 /log 7; run 30 ci:c r3; write 30 /log 7" B_READS,
	 "20<A? 20<p10?", ""},
	{"written on by who holds another",
	 A_READS "write 10 /log 7; run 30 ci:c r3; read 30 C/s; write 30 /log 7" B_READS, "20<C? 20<p30?", ""},
	{"found there", A_READS "write 10 /log 7; stored 10 /log 7 A/s", "A@/log", "credential-copied Low create 1"},
	{"found, by who had it like all",
	 "run 10 ci:a r1; exec 10 env=A/s; spawn 10 11 env=A/s; write 11 /log 7; "
	 "stored 11 /log 7 A/s; run 20 ci:b r2; file 20 /log 7 A/s",
	 "20<p11? A@/log", "cross-workflow-reuse High create 1"},
	{"the writer is gone", A_READS "write 10 /log 7; exit 10" B_READS, "20<A? 20<p10?", ""},
	/* A detached child is of its run by its fork, whoever is its parent now. */
	{"a detached child's", A_READS "fork 10 11; exit 10; write 11 /log 7" B_READS, "20<A? 20<p11?", ""},
	{"and its child is of the same run",
	 A_READS "fork 10 11; exit 10; write 11 /log 7; spawn 11 12; file 12 /log 7", "", ""},
	{"no value takes another's place in a log",
	 A_READS "write 10 /log 7; file 10 /log 7 A/s:token; run 11 ci:a r1; read 11 B/s; write 11 /log 8; "
		 "file 11 /log 8 B/s:token; flush",
	 "", "credential-copied Low create 1; credential-copied Low update 2"},
};

static uint32_t pid_of(const char *id)
{
	char other[CL_ID_SIZE];

	for (uint32_t pid = 1; pid < 100; pid++)
		if (!strcmp(cl_id_process(other, sizeof(other), MK_BOOT_ID, stage_key(pid)), id))
			return pid;
	return 0;
}

static char letter_of(const char *id)
{
	uint8_t fp[CL_FP_SIZE];

	return cl_fp_parse(id, fp) ? '?' : (char)fp[0];
}

static void describe(const struct cl_edge *e, char out[32])
{
	const char *basis = e->basis == CL_BASIS_INFERRED ? "?" : "";
	bool second = e->evidence && strstr(e->evidence, "second hand: /log, written by p");
	bool written = e->evidence && strstr(e->evidence, "written by p");

	*out = '\0';
	if (e->kind == CL_EDGE_RECEIVED && second && pid_of(e->target))
		snprintf(out, 32, "%u<p%u%s", pid_of(e->source), pid_of(e->target), basis);
	else if (e->kind == CL_EDGE_RECEIVED && second)
		snprintf(out, 32, "%u<%c%s", pid_of(e->source), letter_of(e->target), basis);
	else if (e->kind == CL_EDGE_STORED_IN && written)
		snprintf(out, 32, "%c@%s%s", letter_of(e->source), strrchr(e->target, '/'), basis);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static char *edges(struct stage *s)
{
	struct cl_batch *batch = NULL;
	struct cl_text t = {0};
	char list[64][32];
	size_t n = 0;

	assert_int_equal(cl_graph_take(cl_pipeline_graph(s->pipeline), 100000, &batch), 0);
	for (size_t i = 0; batch && i < batch->n_edges; i++) {
		describe(&batch->edges[i], list[n]);
		n += *list[n] != '\0';
	}
	for (size_t i = 0; batch && i < batch->n_nodes; i++)
		assert_null(batch->nodes[i].text ? strstr(batch->nodes[i].text, "\"rotated_to\"") : NULL);
	cl_batch_free(&batch);
	qsort(list, n, sizeof(list[0]), by_text);
	for (size_t i = 0; i < n; i++)
		cl_text_printf(&t, "%s%s", i ? " " : "", list[i]);
	return t.s ? cl_text_take(&t) : strdup("");
}

static void test_cases(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_free_ char *got = NULL, *reports = NULL;
		struct stage s = {0};

		stage_open(&s);
		stage_play(&s, cases[i].story);
		got = edges(&s);
		reports = stage_reports(&s);
		if (strcmp(got, cases[i].edges) || strcmp(reports ? reports : "", cases[i].reports)) {
			print_error("%s:\n  expected \"%s\", \"%s\"\n  got      \"%s\", \"%s\"\n", cases[i].name,
				    cases[i].edges, cases[i].reports, got, reports ? reports : "");
			wrong++;
		}
		stage_close(&s);
	}
	assert_int_equal(wrong, 0);
}

static void write_many(struct stage *s, uint32_t pid, uint32_t from, uint32_t n)
{
	for (uint32_t i = from; i < from + n; i++) {
		struct cl_observation o = mk_obs_read(0, stage_key(pid), "/log");

		o.kind = CL_OBS_WRITE;
		o.ino = i;
		stage_feed(s, o);
	}
}

/* One writer's files push out its own only. */
static void test_bounds(void **state)
{
	struct stage s = {0};
	const struct cl_second_stats *stats;

	(void)state;
	stage_open(&s);
	stats = cl_pipeline_second(s.pipeline);
	stage_play(&s, "run 10 ci:a r1; read 10 A/s; write 10 /log 7; run 11 ci:c r3; read 11 B/s");
	write_many(&s, 11, 1000, 5000);
	assert_int_equal(stats->files, 1 + CL_SECOND_WRITER);
	assert_int_equal(stats->evicted, 5000 - CL_SECOND_WRITER);
	for (uint32_t pid = 30; pid < 60; pid++) {
		char story[64];

		snprintf(story, sizeof(story), "spawn 11 %u", pid);
		stage_play(&s, story);
		write_many(&s, pid, 10000 + 1000 * pid, 200); /* hold nothing */
	}
	assert_int_equal(stats->files, 4096);
	stage_play(&s, "run 20 ci:b r2; file 20 /log 7");
	assert_int_equal(stats->passed, 1);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
