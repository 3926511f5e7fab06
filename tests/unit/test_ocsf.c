/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OCSF event: its values, its stability, and soundness by tests/lib/check_ocsf.py. The checker itself is tested
 * too: an event with one thing wrong, of each kind that producers trip over, must be refused for that very thing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/clock.h"
#include "mk_finding.h"
#include "format/format.h"

#define LOGGED (1800000000ull * CL_NS_PER_S)

static cJSON *render(const cJSON *finding, uint64_t logged)
{
	_cleanup_text_ struct cl_text t = {0};

	assert_int_equal(cl_format_ocsf.render(finding, logged, &t), 0);
	assert_null(strchr(cl_text_str(&t), '\n'));
	return cJSON_Parse(cl_text_str(&t));
}

static cJSON *event_of(unsigned int number)
{
	_cleanup_json_ cJSON *f = mk_finding_any(number);

	return render(f, LOGGED);
}

static void test_values(void **state)
{
	static const struct {
		const char *path, *value;
	} strings[] = {
		{"activity_name", "Create"},
		{"class_name", "Detection Finding"},
		{"severity", "High"},
		{"confidence", "High"},
		{"status", "New"},
		{"type_name", "Detection Finding: Create"},
		{"finding_info.desc", "/srv/plain"},
		{"metadata.version", "1.9.0"},
		{"metadata.product.name", "credlineage"},
		{"metadata.product.version", CL_VERSION},
		{"metadata.uid", "fnd-0000000000000000:create:1"},
		{"finding_info.uid", "fnd-0000000000000000"},
		{"finding_info.title", "Credential used in two workflows"},
		{"finding_info.analytic.uid", "cross-workflow-reuse"},
		{"finding_info.attacks.0.technique.uid", "T1550"},
		{"finding_info.attacks.0.technique.name", "Use Alternate Authentication Material"},
		{"finding_info.attacks.0.sub_technique.uid", "T1550.001"},
		{"finding_info.attacks.0.sub_technique.name", "Application Access Token"},
		{"finding_info.attacks.1.technique.uid", "T1078"},
		{"finding_info.attack_graph.nodes.1.uid", "node:1"},
		{"finding_info.attack_graph.edges.1.relation", "SPAWNED"},
		{"device.hostname", "testhost"},
		{"device.os.name", "Linux"},
		{"evidences.0.actor.process.cmd_line", "/srv/plain"},
		{"evidences.0.actor.process.user.uid", "1000"},
		{"evidences.0.actor.process.ancestry.0.name", "bash"},
		{"evidences.0.actor.process.ancestry.1.name", "systemd"},
		{"evidences.0.file.path", "/srv/plain"},
		{"evidences.0.file.name", "plain"},
		{"evidences.0.container.uid", "0123456789abcdef"},
		{"evidences.1.dst_endpoint.ip", "192.0.2.7"},
		{"evidences.1.connection_info.direction", "Outbound"},
		{"evidences.1.ai_agent.name", "agent:b"},
		{"resources.0.uid", "cred:41414141414141414141414141414141"},
		{"resources.0.name", "Example credential"},
		{"resources.0.labels.0", "/srv/plain"},
		{"resources.0.owner.name", "EXAMPLE owner"},
		{"observables.0.name", "device.hostname"},
		{"unmapped.credlineage.frameworks.0.id", "ASI03"},
		{"unmapped.credlineage.sides.1.run.workflow", "agent:b"},
		{"unmapped.credlineage.credential.class", "static"},
	};
	static const struct {
		const char *path;
		double value;
	} numbers[] = {
		{"class_uid", 2004},
		{"category_uid", 2},
		{"type_uid", 200401},
		{"severity_id", 4},
		{"time", 1767323105123},
		{"start_time", 1767323105123},
		{"metadata.logged_time", 1800000000000},
		{"finding_info.created_time", 1767323105123},
		{"evidences.0.actor.process.pid", 42},
		{"evidences.0.actor.process.created_time", 1767323045000},
		{"evidences.1.dst_endpoint.port", 443},
		{"count", 1},
	};
	_cleanup_json_ cJSON *e = event_of(0);

	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		assert_string_equal(cl_json_get_str(e, strings[i].path), strings[i].value);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_true(cl_json_get_num(e, numbers[i].path) == numbers[i].value);
	assert_true(cJSON_IsTrue(cl_json_at(e, "is_alert")));
	assert_null(cl_json_at(e, "metadata.is_truncated"));
	assert_null(cl_json_at(e, "unmapped.credlineage.sides.0.process.chain"));
}

static void test_activities(void **state)
{
	static const struct {
		const char *activity, *severity;
		int type_uid, status_id, severity_id;
	} cases[] = {
		{"create", "Low", 200401, 1, 2},
		{"update", "Medium", 200402, 1, 3},
		{"close", "Critical", 200403, 4, 5},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_json_ cJSON *f = mk_finding(1, "x", 1), *e = NULL;

		cJSON_ReplaceItemInObject(f, "activity", cJSON_CreateString(cases[i].activity));
		cJSON_ReplaceItemInObject(f, "severity", cJSON_CreateString(cases[i].severity));
		e = render(f, LOGGED);
		assert_int_equal((int)cl_json_get_num(e, "type_uid"), cases[i].type_uid);
		assert_int_equal((int)cl_json_get_num(e, "status_id"), cases[i].status_id);
		assert_int_equal((int)cl_json_get_num(e, "severity_id"), cases[i].severity_id);
	}
}

/* Acknowledged is In Progress until it is over; each review is a report that can be told from the one before. */
static void test_reviews(void **state)
{
	static const struct {
		const char *review, *activity, *status;
		int status_id;
	} cases[] = {
		{"acknowledged", "update", "In Progress", 2},
		{"new", "update", "New", 1},
		{"acknowledged", "close", "Resolved", 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_json_ cJSON *f = mk_finding(1, "x", 1), *e = NULL, *before = NULL;
		_cleanup_text_ struct cl_text lines = {0};
		cJSON *review;

		cJSON_ReplaceItemInObject(f, "activity", cJSON_CreateString(cases[i].activity));
		before = render(f, LOGGED);
		review = cl_json_obj(f, "review");
		cl_json_str(review, "status", cases[i].review);
		cl_json_str(review, "time", "2026-01-02T04:00:00.000000Z");
		cl_json_str(review, "reason", MK_HOSTILE);
		e = render(f, LOGGED);
		assert_string_equal(cl_json_get_str(e, "status"), cases[i].status);
		assert_int_equal((int)cl_json_get_num(e, "status_id"), cases[i].status_id);
		assert_string_equal(cl_json_get_str(e, "unmapped.credlineage.review.status"), cases[i].review);
		assert_string_not_equal(cl_json_get_str(e, "metadata.uid"), cl_json_get_str(before, "metadata.uid"));
		assert_int_equal(cl_format_human.render(f, LOGGED, &lines), 0);
		assert_non_null(strstr(cl_text_str(&lines),
				       i == 1 ? "\n  status      reopened by uid 0 at 2026-01-02T04:00:00Z: q\""
					      : "\n  status      acknowledged by uid 0 at "));
	}
}

static void test_confidence(void **state)
{
	_cleanup_json_ cJSON *f = mk_finding(1, "x", 1), *e = NULL;

	(void)state;
	cJSON_ReplaceItemInObject(cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(f, "sides"), 1), "run"),
				  "unattributed", cJSON_CreateTrue());
	e = render(f, LOGGED);
	assert_string_equal(cl_json_get_str(e, "confidence"), "Medium");
}

/* Only metadata.logged_time depends on the time of writing. */
static void test_stable(void **state)
{
	_cleanup_json_ cJSON *f = mk_finding_any(2), *a = render(f, LOGGED), *b = render(f, LOGGED + CL_NS_PER_S);

	(void)state;
	assert_false(cJSON_Compare(a, b, true));
	cJSON_DeleteItemFromObject(cJSON_GetObjectItem(a, "metadata"), "logged_time");
	cJSON_DeleteItemFromObject(cJSON_GetObjectItem(b, "metadata"), "logged_time");
	assert_true(cJSON_Compare(a, b, true));
}

/* 1.8.0 knows no ai_agent; all else is the same. */
static void test_older(void **state)
{
	for (unsigned int i = 0; i < 5; i++) {
		_cleanup_json_ cJSON *f = mk_finding_any(i), *new = render(f, LOGGED), *old = NULL;
		_cleanup_text_ struct cl_text t = {0};

		assert_int_equal(cl_format_ocsf_1_8.render(f, LOGGED, &t), 0);
		old = cJSON_Parse(cl_text_str(&t));
		assert_string_equal(cl_json_get_str(old, "metadata.version"), "1.8.0");
		assert_null(strstr(cl_text_str(&t), "\"ai_agent\""));
		cJSON_ReplaceItemInObject(cJSON_GetObjectItem(old, "metadata"), "version", cJSON_CreateString("1.9.0"));
		cJSON_DeleteItemFromObject(cJSON_GetArrayItem(cJSON_GetObjectItem(new, "evidences"), 1), "ai_agent");
		assert_true(cJSON_Compare(old, new, true));
	}
	(void)state;
}

/* ---- the checker ---- */

static char report[65536];
static char events_path[] = "/tmp/credlineage-events.XXXXXX";

static int check(const cJSON *const *events, size_t n)
{
	FILE *f = fopen(events_path, "w");
	char command[128];
	size_t len;

	assert_non_null(f);
	for (size_t i = 0; i < n; i++) {
		char *text = cJSON_PrintUnformatted(events[i]);

		fprintf(f, "%s\n", text);
		free(text);
	}
	fclose(f);
	snprintf(command, sizeof(command), "python3 tests/lib/check_ocsf.py %s", events_path);
	f = popen(command, "r");
	assert_non_null(f);
	len = fread(report, 1, sizeof(report) - 1, f);
	report[len] = '\0';
	return pclose(f);
}

/* Findings with hardly anything known must be sound too. */
static cJSON *bare_event(unsigned int i)
{
	_cleanup_json_ cJSON *f = mk_finding(i, "x", 1);
	static const char *const gone[] = {"credential", "sides",      "host",	   "evidence", "destinations",
					   "lineage",	 "frameworks", "coverage", "message"};

	for (size_t g = 0; g < sizeof(gone) / sizeof(gone[0]); g++)
		if (g == i || i >= sizeof(gone) / sizeof(gone[0]))
			cJSON_DeleteItemFromObject(f, gone[g]);
	if (i == 11) /* a side that was restored: no process, a destination that found no place in the list */
		cJSON_AddItemToObject(f, "sides",
				      cJSON_Parse("[{\"run\":{\"id\":\"r\",\"workflow\":\"w\",\"kind\":\"unit\"},"
						  "\"use\":{\"how\":\"connect\",\"basis\":\"observed\","
						  "\"destination\":\"unix:/run/x.sock\"}}]"));
	return render(f, LOGGED);
}

static void test_sound(void **state)
{
	const cJSON *events[32];
	size_t n = 0;

	(void)state;
	for (unsigned int i = 0; i < 10; i++)
		events[n++] = event_of(i);
	for (unsigned int i = 0; i < 12; i++)
		events[n++] = bare_event(i);
	if (check(events, n))
		fail_msg("%s", report);
	assert_string_equal(report, "22 events are sound\n");
	while (n) {
		union {
			const cJSON *c;
			cJSON *p;
		} e = {.c = events[--n]};

		cJSON_Delete(e.p);
	}
}

static cJSON *mutable(const cJSON *item)
{
	union {
		const cJSON *c;
		cJSON *p;
	} u = {.c = item};

	return u.p;
}

/* The report says this of the event in that line. */
static bool complains(size_t line, const char *complaint)
{
	char mark[16];

	snprintf(mark, sizeof(mark), ":%zu: ", line);
	for (const char *at = report; at; at = strchr(at, '\n')) {
		const char *end, *found, *where = strstr(at += *at == '\n', mark);

		if (!where)
			return false;
		end = strchr(at, '\n');
		found = strstr(where, complaint);
		if (end && where < end && found && found < end)
			return true;
	}
	return false;
}

static void test_unsound(void **state)
{
	/* member of that object gets the value (NULL: is removed) */
	static const struct {
		const char *object, *member, *value, *complaint;
	} cases[] = {
		{"", "class_uid", NULL, "class_uid is missing"},
		{"", "finding_info", NULL, "finding_info is missing"},
		{"metadata", "product", NULL, "metadata: product is missing"},
		{"metadata.product", "name", "7", "metadata.product.name: must be string_t"},
		{"metadata", "version", "\"1.9.0-dev\"", "metadata.version: must be 1.8.0 or 1.9.0"},
		{"metadata", "version", "\"1.8.0\"", "evidences[1].ai_agent: unknown attribute"},
		{"metadata", "profiles", "[\"no_such\"]", "'no_such' is not a profile"},
		{"", "foo", "1", "foo: unknown attribute"},
		{"finding_info", "severity", "\"High\"", "finding_info.severity: unknown attribute"},
		{"", "ai_agent", "{\"name\":\"x\"}", "ai_agent: unknown attribute"},
		{"", "delegation", "{\"uid\":\"x\"}", "delegation: unknown attribute"},
		{"", "actor", "{\"user\":{\"uid\":\"0\"}}", "actor: unknown attribute"},
		{"", "attacks", "[]", "attacks: unknown attribute"},
		{"evidences.0.actor.process", "container", "{\"uid\":\"x\"}", "process.container: unknown attribute"},
		{"evidences.0.actor.process", "auid", "0", "process.auid: unknown attribute"},
		{"evidences.0.actor.process", "pid", "\"42\"", "evidences[0].actor.process.pid: must be integer_t"},
		{"", "time", "\"2026-01-02T03:04:05Z\"", "time: must be timestamp_t"},
		{"", "time", "1767323105", "time: 1767323105 is no time in milliseconds"},
		{"finding_info", "created_time", "1767323105123456789", "is no time in milliseconds"},
		{"", "time_dt", "\"2026-01-02T03:04:05Z\"", "time_dt: unknown attribute"},
		{"", "severity_id", "7", "severity_id: 7 is not one of its values"},
		{"", "severity_id", "3", "severity: 'High' is not the name of 3"},
		{"", "status", "\"Open\"", "status: 'Open' is not the name of 1"},
		{"", "activity_id", "2", "type_uid: is not class_uid * 100 + activity_id"},
		{"", "type_uid", "200402", "type_uid: is not class_uid * 100 + activity_id"},
		{"", "type_name", "\"Finding\"", "type_name: is not the name of type_uid"},
		{"", "evidences", "{}", "evidences: must be an array"},
		{"", "is_alert", "\"true\"", "is_alert: must be boolean_t"},
		{"evidences.0", "file", "{\"path\":\"/x\"}", "evidences[0].file: name is missing"},
		{"finding_info.analytic", "type_id", NULL, "finding_info.analytic: type_id is missing"},
		{"device", "type_id", NULL, "device: type_id is missing"},
		{"", "evidences", "[{\"ai_agent\":{\"name\":\"x\"}}]", "evidences[0]: needs at_least_one of"},
		{"", "evidences", "[{\"container\":{\"uid\":\"x\"}}]", "evidences[0]: needs at_least_one of"},
		{"finding_info", "attacks", "[{\"version\":\"19\"}]", "attacks[0]: needs at_least_one of"},
		{"finding_info", "attacks", "{\"technique\":{\"uid\":\"T1\"}}", "attacks: must be an array"},
		{"finding_info.attack_graph", "nodes", NULL, "attack_graph: nodes is missing"},
		{"evidences.1.dst_endpoint", "port", "70000", "port: 70000 is out of range"},
		{"evidences.1.dst_endpoint", "ip", "\"00000000000000000000000000000000000000000\"", "longer than 40"},
		{"evidences.1.connection_info", "direction_id", NULL, "direction_id is missing"},
		{"observables.0", "type_id", NULL, "observables[0]: type_id is missing"},
		{"observables.0", "name", "\"device.nowhere\"", "'device.nowhere' leads nowhere"},
		{"observables.0", "value", "\"x\"", "'device.hostname' has another value"},
		{"observables.3", "value", "42", "observables[3].value: must be string_t"},
		{"", "comment", "\"x\"", "comment: deprecated"},
		{"", "malware", "[{}]", "no schema for object malware"},
	};

	const cJSON *events[sizeof(cases) / sizeof(cases[0])];
	const size_t n = sizeof(cases) / sizeof(cases[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		cJSON *e = event_of(0), *object = mutable(cl_json_at(e, cases[i].object));

		assert_non_null(object);
		cJSON_DeleteItemFromObjectCaseSensitive(object, cases[i].member);
		if (cases[i].value)
			cJSON_AddItemToObject(object, cases[i].member, cJSON_CreateRaw(cases[i].value));
		events[i] = e;
	}
	assert_int_not_equal(check(events, n), 0);
	for (size_t i = 0; i < n; i++) {
		if (!complains(i + 1, cases[i].complaint))
			fail_msg("%s.%s: expected \"%s\" in\n%s", cases[i].object, cases[i].member, cases[i].complaint,
				 report);
		cJSON_Delete(mutable(events[i]));
	}
}

static void test_not_json(void **state)
{
	const cJSON *none[1] = {NULL};

	(void)state;
	assert_int_not_equal(check(none, 0), 0);
	assert_string_equal(report, "no event to check\n");
	assert_int_not_equal(system("echo '{\"a\":1,\"a\":2}' | python3 tests/lib/check_ocsf.py - >/dev/null"), 0);
	assert_int_not_equal(system("echo '{' | python3 tests/lib/check_ocsf.py - >/dev/null"), 0);
}

static int setup(void **state)
{
	int fd = mkstemp(events_path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return remove(events_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	   cmocka_unit_test(test_activities), cmocka_unit_test(test_reviews),
		cmocka_unit_test(test_confidence), cmocka_unit_test(test_stable),     cmocka_unit_test(test_older),
		cmocka_unit_test(test_sound),	   cmocka_unit_test(test_unsound),    cmocka_unit_test(test_not_json),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
