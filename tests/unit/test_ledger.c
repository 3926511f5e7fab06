/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of policy as the store's writer makes them: what is logged of those that are made and of those that are not. */
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
		cmocka_unit_test_setup_teardown(test_the_configuration_is_copied, enter_opened, leave),
		cmocka_unit_test(test_who),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
