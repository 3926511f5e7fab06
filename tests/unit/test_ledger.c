/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of policy as the store's writer makes them: what is logged of those that are made and of those that are not. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "query/ledger.h"
#include "store_room.h"

#define A "cred:aa112233445566778899aabbccddeeff"
#define B "cred:bb112233445566778899aabbccddeeff"
#define NOW 1795000000000000000ull /* 2026-11-18T11:06:40Z */
#define TIME "2026-11-18T11:06:40.000000Z"

static const struct cl_who ann = {.uid = 0, .loginuid = 1000, .sudo_uid = 1000, .name = "ann"};

static int enter_opened(void **state)
{
	int r = enter(state);

	reopen(*state, CL_STORE_WRITE);
	return r;
}

/* The statement after it, or what is wrong. */
static void ask(struct room *room, const char *request, const char *expected)
{
	_cleanup_json_ cJSON *r = cJSON_Parse(request), *after = NULL;
	const struct cl_ledger_ask a = {.request = r, .who = &ann, .way = "store", .wall_ns = NOW};
	_cleanup_free_ char *text = NULL;
	struct cl_error err = {0};

	assert_non_null(r);
	if (cl_ledger_change(room->db, &a, &after, &err)) {
		assert_string_equal(err.text, expected);
		return;
	}
	text = cJSON_PrintUnformatted(after);
	assert_string_equal(text, expected);
}

static int last_entry(void *ctx, const cJSON *entry)
{
	char **out = ctx;

	free(*out);
	*out = cJSON_PrintUnformatted(entry);
	return 0;
}

static void check_last(struct room *room, const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(cl_store_policy_log(room->db, NULL, last_entry, &text, NULL), 0);
	assert_string_equal(text, expected);
}

static int count_entry(void *ctx, const cJSON *entry)
{
	(void)entry;
	++*(int *)ctx;
	return 0;
}

static int entries(struct room *room)
{
	int n = 0;

	assert_int_equal(cl_store_policy_log(room->db, NULL, count_entry, &n, NULL), 0);
	return n;
}

#define BY "\"by\":{\"name\":\"ann\",\"uid\":0,\"loginuid\":1000,\"sudo_uid\":1000},\"way\":\"store\""

static void test_a_change_and_its_entry(void **state)
{
	struct room *room = *state;

	ask(room, "{\"fingerprint\":\"" A "\",\"verb\":\"label\",\"name\":\"deploy\"}",
	    "{\"fingerprint\":\"" A "\",\"label\":\"deploy\"}");
	check_last(room, "{\"time\":\"" TIME "\",\"fingerprint\":\"" A "\",\"what\":\"label\"," BY
			 ",\"outcome\":\"done\",\"after\":{\"fingerprint\":\"" A "\",\"label\":\"deploy\"}}");
	ask(room, "{\"fingerprint\":\"aa\",\"verb\":\"revoke\",\"reason\":\"leaked\"}",
	    "{\"fingerprint\":\"" A
	    "\",\"label\":\"deploy\",\"revoked\":{\"reason\":\"leaked\",\"by\":\"ann (uid 1000)\","
	    "\"at\":\"" TIME "\"}}");
	check_last(room, "{\"time\":\"" TIME "\",\"fingerprint\":\"" A "\",\"what\":\"revoke\"," BY
			 ",\"outcome\":\"done\",\"reason\":\"leaked\",\"before\":{\"fingerprint\":\"" A
			 "\",\"label\":\"deploy\"},\"after\":{\"fingerprint\":\"" A "\",\"label\":\"deploy\","
			 "\"revoked\":{\"reason\":\"leaked\",\"by\":\"ann (uid 1000)\",\"at\":\"" TIME "\"}}}");
	ask(room, "{\"fingerprint\":\"aa\",\"verb\":\"revoke\",\"undo\":true,\"reason\":\"no\"}",
	    "{\"fingerprint\":\"" A "\",\"label\":\"deploy\"}");
	assert_int_equal(entries(room), 3);
}

static void test_refusals_are_entries(void **state)
{
	struct room *room = *state;

	ask(room, "{\"fingerprint\":\"" A "\",\"verb\":\"revoke\"}", "a reason is missing (--reason TEXT)");
	check_last(room, "{\"time\":\"" TIME "\",\"fingerprint\":\"" A "\",\"what\":\"revoke\"," BY
			 ",\"outcome\":\"refused\",\"error\":\"a reason is missing (--reason TEXT)\"}");
	ask(room, "{\"fingerprint\":\"bb\",\"verb\":\"label\",\"name\":\"x\"}", "no credential \"bb\" in the store");
	check_last(room, "{\"time\":\"" TIME "\",\"fingerprint\":\"bb\",\"what\":\"label\"," BY
			 ",\"outcome\":\"refused\",\"error\":\"no credential \\\"bb\\\" in the store\"}");
	/* Somebody gave the credential itself for its fingerprint. */
	ask(room, "{\"fingerprint\":\"FAKE-credential\",\"verb\":\"label\",\"name\":\"x\"}",
	    "that is not a fingerprint: it is cred: and up to 32 hex digits");
	check_last(room,
		   "{\"time\":\"" TIME "\",\"fingerprint\":\"\",\"what\":\"label\"," BY ",\"outcome\":\"refused\","
		   "\"error\":\"that is not a fingerprint: it is cred: and up to 32 hex digits\"}");
}

static void test_not_looked_at(void **state)
{
	struct room *room = *state;
	_cleanup_json_ cJSON *r = cJSON_Parse("{\"fingerprint\":\"aa\",\"verb\":\"allow\",\"undo\":true}");
	const struct cl_who bob = {.uid = 1001, .loginuid = CL_WHO_UNKNOWN, .sudo_uid = CL_WHO_UNKNOWN};
	const struct cl_ledger_ask a = {.request = r, .who = &bob, .way = "monitor", .wall_ns = NOW, .unlogged = 7};

	assert_int_equal(cl_ledger_refuse(room->db, &a, "only root"), 0);
	check_last(room, "{\"time\":\"" TIME "\",\"fingerprint\":\"aa\",\"what\":\"allow\",\"undo\":true,"
			 "\"by\":{\"uid\":1001},\"way\":\"monitor\",\"outcome\":\"refused\",\"error\":\"only root\","
			 "\"unlogged\":7}");
}

/* ---- findings ---- */

#define FND "fnd-00112233aabbccdd"

static uint64_t put(struct room *room, const char *activity, int count)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ cJSON *f = NULL;
	uint64_t seq = 0;

	assert_true(asprintf(&text,
			     "{\"id\":\"" FND "\",\"detector\":\"long-lived\",\"severity\":\"Low\",\"activity\":\"%s\","
			     "\"count\":%d,\"first\":\"2026-11-18T00:00:00Z\",\"last\":\"2026-11-18T01:00:00Z\","
			     "\"credential\":{\"fingerprint\":\"" A "\"}}",
			     activity, count) > 0);
	f = cJSON_Parse(text);
	assert_int_equal(cl_store_report(room->db, f, &seq, NULL), 0);
	return seq;
}

/* "activity count review.status" of the newest report, and the finding is the same. */
static void check_report(struct room *room, uint64_t after, const char *expected)
{
	_cleanup_json_ cJSON *report = NULL, *finding = NULL;
	char text[128];
	uint64_t seq;

	assert_int_equal(cl_store_next_report(room->db, after, &seq, &report, NULL), 1);
	assert_int_equal(cl_store_finding(room->db, FND, &finding, NULL), 0);
	assert_true(cJSON_Compare(report, finding, true));
	snprintf(text, sizeof(text), "%s %.0f %s", cl_json_get_str(report, "activity"),
		 cl_json_get_num(report, "count"), cl_json_get_str(report, "review.status"));
	assert_string_equal(text, expected);
}

#define REVIEW(status) "\"review\":{\"status\":\"" status "\",\"time\":\"" TIME "\"," BY

static void test_a_review_stays_with_its_finding(void **state)
{
	struct room *room = *state;
	uint64_t seq = put(room, "create", 1);

	ask(room, "{\"verb\":\"ack\",\"finding\":\"fnd-0011\",\"reason\":\"rotated\"}",
	    "{\"finding\":\"" FND "\"," REVIEW("acknowledged") ",\"reason\":\"rotated\"}}");
	check_last(room, "{\"time\":\"" TIME "\",\"fingerprint\":\"" A "\",\"what\":\"ack\"," BY ",\"finding\":\"" FND
			 "\",\"outcome\":\"done\",\"reason\":\"rotated\"}");
	check_report(room, seq, "update 1 acknowledged");
	seq = put(room, "update", 2);
	check_report(room, seq - 1, "update 2 acknowledged");
	ask(room, "{\"verb\":\"ack\",\"finding\":\"" FND "\"}",
	    "finding \"" FND "\" is acknowledged already, since 2026-11-18T11:06:40Z");
	ask(room, "{\"verb\":\"ack\",\"finding\":\"" FND "\",\"undo\":true}",
	    "{\"finding\":\"" FND "\"," REVIEW("new") "}}");
	check_report(room, seq, "update 2 new");
	ask(room, "{\"verb\":\"ack\",\"finding\":\"" FND "\",\"undo\":true}",
	    "finding \"" FND "\" is not acknowledged");
	seq = put(room, "close", 2);
	ask(room, "{\"verb\":\"ack\",\"finding\":\"" FND "\"}",
	    "{\"finding\":\"" FND "\"," REVIEW("acknowledged") "}}");
	check_report(room, seq, "close 2 acknowledged");
	assert_int_equal(entries(room), 5);
}

static void test_which_finding(void **state)
{
	struct room *room = *state;
	static const char no_id[] = "that is not the id of a finding: it is fnd- and up to 16 hex digits";
	uint64_t last = 0, seq = put(room, "create", 1);

	ask(room, "{\"verb\":\"ack\",\"finding\":\"FAKE-credential\"}", no_id);
	check_last(room,
		   "{\"time\":\"" TIME "\",\"fingerprint\":\"\",\"what\":\"ack\"," BY
		   ",\"outcome\":\"refused\",\"error\":\"that is not the id of a finding: it is fnd- and up to 16 "
		   "hex digits\"}");
	ask(room, "{\"verb\":\"ack\"}", no_id);
	ask(room, "{\"verb\":\"ack\",\"finding\":\"fnd-00112233aabbccdd0\"}", no_id);
	assert_int_equal(cl_store_last_report(room->db, &last, NULL), 0);
	assert_int_equal(last, seq); /* nobody is told of what did not happen */
}

/* ---- the configuration's copy ---- */

static int list_statement(void *ctx, uint32_t source, const cJSON *statement)
{
	return cl_text_printf(ctx, "%u %.7s %s;", source, cl_json_get_str(statement, "fingerprint"),
			      cl_json_get_str(statement, "label"));
}

static void sync_with(struct room *room, const char *config, const char *statements, int logged)
{
	_cleanup_json_ cJSON *in = config ? cJSON_Parse(config) : NULL, *list = NULL;
	_cleanup_text_ struct cl_text t = {0};

	if (config)
		assert_int_equal(cl_policy_take_all(in, "x", &list, NULL), 0);
	assert_int_equal(cl_ledger_sync(room->db, list, NOW, NULL), 0);
	assert_int_equal(cl_store_policies(room->db, list_statement, &t, NULL), 0);
	assert_string_equal(cl_text_str(&t), statements);
	assert_int_equal(entries(room), logged);
}

static void test_the_configuration_is_copied(void **state)
{
	struct room *room = *state;
	static const char two[] =
		"[{\"fingerprint\":\"" A "\",\"label\":\"a\"},{\"fingerprint\":\"" B "\",\"label\":\"b\"}]";

	ask(room, "{\"fingerprint\":\"" A "\",\"verb\":\"label\",\"name\":\"own\"}",
	    "{\"fingerprint\":\"" A "\",\"label\":\"own\"}");
	sync_with(room, NULL, "1 cred:aa own;", 1);
	sync_with(room, two, "1 cred:aa own;2 cred:aa a;2 cred:bb b;", 3);
	sync_with(room, two, "1 cred:aa own;2 cred:aa a;2 cred:bb b;", 3);
	sync_with(room, "[{\"fingerprint\":\"" A "\",\"label\":\"z\"},{\"fingerprint\":\"" B "\"}]",
		  "1 cred:aa own;2 cred:aa z;", 5);
	check_last(room, "{\"time\":\"" TIME "\",\"fingerprint\":\"" B "\",\"what\":\"configuration\","
			 "\"way\":\"configuration\",\"outcome\":\"done\",\"before\":{\"fingerprint\":\"" B
			 "\",\"label\":\"b\"},\"after\":{\"fingerprint\":\"" B "\"}}");
	sync_with(room, NULL, "1 cred:aa own;", 6);
}

/* ---- who ---- */

static void test_who(void **state)
{
	_cleanup_json_ cJSON *claim = cJSON_Parse("{\"name\":\"ann\",\"sudo_uid\":1000}");
	struct cl_who who = {.uid = 0, .loginuid = CL_WHO_UNKNOWN, .sudo_uid = CL_WHO_UNKNOWN};
	char text[CL_WHO_TEXT];

	(void)state;
	assert_string_equal(cl_who_text(&who, text), "uid 0");
	cl_who_claim(&who, claim);
	assert_string_equal(cl_who_text(&who, text), "ann (uid 1000)");
	who.loginuid = 1001; /* the kernel knows better than a variable */
	assert_string_equal(cl_who_text(&who, text), "ann (uid 1001)");
	cl_who_claim(&who, NULL);
	assert_string_equal(cl_who_text(&who, text), "uid 1001");
	setenv("SUDO_UID", "4242", 1);
	cl_who_self(&who);
	assert_int_equal(who.uid, getuid());
	assert_int_equal(who.sudo_uid, 4242);
	setenv("SUDO_UID", "-1", 1);
	cl_who_self(&who);
	assert_int_equal(who.sudo_uid, CL_WHO_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_change_and_its_entry, enter_opened, leave),
		cmocka_unit_test_setup_teardown(test_refusals_are_entries, enter_opened, leave),
		cmocka_unit_test_setup_teardown(test_not_looked_at, enter_opened, leave),
		cmocka_unit_test_setup_teardown(test_a_review_stays_with_its_finding, enter_opened, leave),
		cmocka_unit_test_setup_teardown(test_which_finding, enter_opened, leave),
		cmocka_unit_test_setup_teardown(test_the_configuration_is_copied, enter_opened, leave),
		cmocka_unit_test(test_who),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
