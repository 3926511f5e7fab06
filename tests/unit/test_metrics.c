/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: what a status becomes, hostile names in it, how long findings took, and health. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "metrics/health.h"
#include "metrics/latency.h"
#include "metrics/pen.h"
#include "metrics/prometheus.h"
#include "metrics/tally.h"

static cJSON *status_of(const char *text)
{
	cJSON *status = cJSON_Parse(text);

	assert_non_null(status);
	return status;
}

static void write_of(struct cl_text *out, const char *status)
{
	_cleanup_json_ cJSON *o = status_of(status);

	assert_int_equal(cl_metrics_write(out, o), 0);
}

static void has(const struct cl_text *t, const char *line)
{
	if (!strstr(cl_text_str(t), line))
		fail_msg("no \"%s\" in:\n%s", line, cl_text_str(t));
}

static void test_numbers(void **state)
{
	_cleanup_text_ struct cl_text t = {0};

	(void)state;
	write_of(&t, "{\"process\":{\"resident_bytes\":4096},\"store\":{\"bytes\":9007199254740991,\"writable\":true},"
		     "\"health\":{\"healthy\":false},\"counters\":{\"store_errors\":18014398509481984}}");
	has(&t, "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes 4096\n");
	has(&t, "\ncredlineage_store_size_bytes 9.00719925474099e+15\n");
	has(&t, "\ncredlineage_store_writable 1\n");
	has(&t, "\ncredlineage_healthy 0\n");
	assert_null(strstr(cl_text_str(&t), "process_open_fds")); /* what is not known is not said */
}

static void test_events(void **state)
{
	_cleanup_text_ struct cl_text t = {0};

	(void)state;
	write_of(&t, "{\"events\":{\"exec\":{\"sent\":1234567,\"lost\":1,\"failed\":2,\"repeated\":3,\"skipped\":4}},"
		     "\"own_losses\":[{\"act\":\"ring\",\"stage\":\"malformed\",\"count\":5}]}");
	has(&t, "\ncredlineage_events_total{kind=\"exec\"} 1234567\n");
	has(&t, "\ncredlineage_events_lost_total{kind=\"exec\",stage=\"lost\"} 1\n");
	has(&t, "\ncredlineage_events_lost_total{kind=\"exec\",stage=\"failed\"} 2\n");
	has(&t, "\ncredlineage_events_lost_total{kind=\"exec\",stage=\"skipped\"} 4\n");
	has(&t, "\ncredlineage_events_lost_total{kind=\"ring\",stage=\"malformed\"} 5\n");
	has(&t, "\ncredlineage_events_repeated_total{kind=\"exec\"} 3\n");
}

static void test_tables_and_coverage(void **state)
{
	_cleanup_text_ struct cl_text t = {0};

	(void)state;
	write_of(&t, "{\"counters\":{\"runs\":3,\"runs_evicted\":7},\"limits\":{\"runs\":8192},\"coverage\":{\"acts\":["
		     "{\"act\":\"exec\",\"tier\":\"fentry\"},{\"act\":\"read\",\"tier\":\"detached\"}]}}");
	has(&t, "\ncredlineage_table_entries{table=\"runs\"} 3\n");
	has(&t, "\ncredlineage_table_capacity{table=\"runs\"} 8192\n");
	has(&t, "\ncredlineage_table_evictions_total{table=\"runs\"} 7\n");
	has(&t, "\ncredlineage_act_covered{act=\"exec\",tier=\"fentry\"} 1\n");
	has(&t, "\ncredlineage_act_covered{act=\"read\",tier=\"detached\"} 0\n");
}

static void test_hostile_labels(void **state)
{
	_cleanup_text_ struct cl_text t = {0};
	struct cl_metrics_pen pen = {.out = &t};
	char longer[CL_METRICS_LABEL * 2];

	(void)state;
	cl_metrics_begin(&pen, "x", "gauge", "X.");
	cl_metrics_labelled(&pen, "l", "a\"} 1\nfake 2\\", 3);
	cl_metrics_labelled(&pen, "l", "bad \xff byte", 4);
	memset(longer, 'z', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	cl_metrics_labelled(&pen, "l", longer, 5);
	has(&t, "\nx{l=\"a\\\"} 1\\nfake 2\\\\\"} 3\n");
	has(&t, "\nx{l=\"bad \"} 4\n");
	longer[CL_METRICS_LABEL] = '\0';
	has(&t, longer);
	assert_null(strstr(cl_text_str(&t), "\nfake"));
	assert_null(strstr(strstr(cl_text_str(&t), longer) + 1, longer)); /* cut there */
}

static void test_series_are_bounded(void **state)
{
	_cleanup_text_ struct cl_text t = {0};
	struct cl_metrics_pen pen = {.out = &t};
	size_t lines = 0;
	char name[16];

	(void)state;
	cl_metrics_begin(&pen, "x", "gauge", "X.");
	for (int i = 0; i < 3 * CL_METRICS_SERIES; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		cl_metrics_labelled(&pen, "l", name, i);
	}
	for (const char *at = cl_text_str(&t); (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, 2 + CL_METRICS_SERIES);
	cl_metrics_begin(&pen, "y", "gauge", "Y.");
	cl_metrics_plain(&pen, 1);
	has(&t, "\ny 1\n");
}

static void test_latency(void **state)
{
	_cleanup_json_ cJSON *status = cJSON_CreateObject();
	_cleanup_text_ struct cl_text t = {0};
	struct cl_latency l = {0};

	(void)state;
	cl_latency_take(&l, 1000000);		    /* 1 ms: the bound belongs to its bucket */
	cl_latency_take(&l, 1000001);		    /* the next one */
	cl_latency_take(&l, 40 * 1000000);	    /* 50 ms */
	cl_latency_take(&l, 3600ull * CL_NS_PER_S); /* above all */
	cl_latency_json(&l, status, "latency");
	assert_int_equal(cl_metrics_write(&t, status), 0);
	has(&t, "# TYPE credlineage_finding_latency_seconds histogram\n");
	has(&t, "\ncredlineage_finding_latency_seconds_bucket{le=\"0.001\"} 1\n");
	has(&t, "\ncredlineage_finding_latency_seconds_bucket{le=\"0.002\"} 2\n");
	has(&t, "\ncredlineage_finding_latency_seconds_bucket{le=\"0.025\"} 2\n");
	has(&t, "\ncredlineage_finding_latency_seconds_bucket{le=\"0.05\"} 3\n");
	has(&t, "\ncredlineage_finding_latency_seconds_bucket{le=\"60\"} 3\n");
	has(&t, "\ncredlineage_finding_latency_seconds_bucket{le=\"+Inf\"} 4\n");
	has(&t, "\ncredlineage_finding_latency_seconds_count 4\n");
	has(&t, "\ncredlineage_finding_latency_seconds_sum 3600.042");
}

static void take(struct cl_tally *t, const char *finding)
{
	_cleanup_json_ cJSON *o = status_of(finding);

	cl_tally_take(t, o);
}

static void test_tally(void **state)
{
	_cleanup_json_ cJSON *status = cJSON_CreateObject();
	_cleanup_text_ struct cl_text text = {0};
	struct cl_tally t = {0};

	(void)state;
	take(&t, "{\"detector\":\"use-after-end\",\"severity\":\"High\",\"activity\":\"create\"}");
	take(&t, "{\"detector\":\"use-after-end\",\"severity\":\"High\",\"activity\":\"create\"}");
	take(&t, "{\"detector\":\"use-after-end\",\"severity\":\"High\",\"activity\":\"update\"}");
	take(&t, "{\"detector\":\"of-somebody\",\"severity\":\"High\",\"activity\":\"create\"}");
	take(&t, "{\"detector\":\"use-after-end\",\"severity\":\"Odd\",\"activity\":\"create\"}");
	cl_tally_json(&t, status, "findings");
	assert_int_equal(cl_metrics_write(&text, status), 0);
	has(&text, "\ncredlineage_findings_total{detector=\"use-after-end\",severity=\"High\"} 2\n");
	has(&text, "\ncredlineage_findings_total{detector=\"use-after-end\",severity=\"Low\"} 0\n");
	has(&text, "\ncredlineage_findings_total{detector=\"coverage-degraded\",severity=\"Medium\"} 0\n");
	assert_null(strstr(cl_text_str(&text), "of-somebody"));
}

/* The problems as "kind subject; ..." */
static const char *problems(const struct cl_health *h, const char *known, uint64_t now, bool *healthy)
{
	_cleanup_json_ cJSON *status = status_of(known);
	static char text[512];
	const cJSON *p;

	cl_health_json(h, status, now);
	*healthy = cJSON_IsTrue(cl_json_at(status, "health.healthy"));
	*text = '\0';
	cJSON_ArrayForEach (p, cl_json_at(status, "health.problems"))
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s %s: %s; ", cl_json_get_str(p, "kind"),
			 cl_json_get_str(p, "subject"), cl_json_get_str(p, "text"));
	return text;
}

static void test_health(void **state)
{
	const char *fine = "{\"coverage\":{\"acts\":[{\"act\":\"exec\",\"tier\":\"kprobe\"}]}}";
	const char *bad = "{\"coverage\":{\"acts\":[{\"act\":\"read\",\"tier\":\"detached\",\"detail\":\"gone\"},"
			  "{\"act\":\"store\",\"tier\":\"none\",\"detail\":\"disk full\"}]}}";
	uint64_t now = 1000 * CL_NS_PER_S;
	struct cl_health h = {0};
	bool healthy;

	(void)state;
	assert_string_equal(problems(&h, fine, now, &healthy), "");
	assert_true(healthy);
	assert_string_equal(
		problems(&h, bad, now, &healthy),
		"probe read: read is not seen: gone; store store: the store cannot be written: disk full; ");
	assert_false(healthy);
	cl_health_lost(&h, "read", "lost", 3, now);
	cl_health_lost(&h, "read", "lost", 4, now + 10 * CL_NS_PER_S);
	assert_string_equal(problems(&h, fine, now + 12 * CL_NS_PER_S, &healthy),
			    "loss read: 7 of read were lost since 12 s ago, the last 2 s ago; ");
	assert_false(healthy);
	problems(&h, fine, now + 10 * CL_NS_PER_S + CL_HEALTH_WINDOW_NS, &healthy);
	assert_true(healthy);
	/* a loss after a quiet time is another one */
	now += 20 * CL_NS_PER_S + CL_HEALTH_WINDOW_NS;
	cl_health_lost(&h, "read", "lost", 1, now);
	assert_string_equal(problems(&h, fine, now, &healthy),
			    "loss read: 1 of read were lost since 0 s ago, the last 0 s ago; ");
}

static void test_losses_are_bounded(void **state)
{
	struct cl_health h = {0};
	char name[16];

	(void)state;
	for (int i = 0; i < 3 * CL_HEALTH_LOSSES; i++) {
		snprintf(name, sizeof(name), "k%d", i);
		cl_health_lost(&h, name, "lost", 1, 1);
	}
	assert_int_equal(h.n, CL_HEALTH_LOSSES);
	assert_int_equal(h.losses[CL_HEALTH_LOSSES - 1].count, 1 + 2 * CL_HEALTH_LOSSES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_tables_and_coverage),
		cmocka_unit_test(test_hostile_labels),
		cmocka_unit_test(test_series_are_bounded),
		cmocka_unit_test(test_latency),
		cmocka_unit_test(test_tally),
		cmocka_unit_test(test_health),
		cmocka_unit_test(test_losses_are_bounded),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
