/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what is not seen, over types of our own making: a row holds at its tiers, and where a member is missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../user/capture/limits.c"

/* A kernel's types: io_kiocb with that member. */
static struct btf *types_with(const char *member)
{
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);

	assert_true(number > 0);
	assert_true(btf__add_struct(btf, "io_kiocb", 4) > 0);
	assert_int_equal(btf__add_field(btf, member, number, 0, 0), 0);
	return btf;
}

static bool found(const char *member, uint32_t tier, const char *way)
{
	uint32_t tiers[CL_ACT_MAX];
	const struct cl_limit *out[64];
	struct btf *btf = types_with(member);
	bool is = false;
	size_t n;

	for (size_t i = 0; i < CL_ACT_MAX; i++)
		tiers[i] = tier;
	assert_true(cl_limits_count() <= 64);
	n = cl_limits_find(btf, tiers, out);
	for (size_t i = 0; i < n; i++)
		is |= !strcmp(out[i]->way, way);
	btf__free(btf);
	return is;
}

static void holds_at_its_tiers(void **state)
{
	(void)state;
	assert_true(found("result", CL_TIER_TRACEPOINT, "ring-open"));
	assert_false(found("result", CL_TIER_FENTRY, "ring-open"));
	assert_false(found("result", CL_TIER_KPROBE, "ring-open"));
}

static void holds_where_a_member_is_missing(void **state)
{
	(void)state;
	assert_false(found("cqe", CL_TIER_TRACEPOINT, "ring-open"));
	assert_true(found("cqe", CL_TIER_TRACEPOINT, "redirected"));
}

static void an_act_that_is_not_seen_at_all_is_no_limit(void **state)
{
	(void)state;
	assert_false(found("result", CL_TIER_NONE, "ring-open"));
	assert_true(found("result", CL_TIER_NONE, "keyring"));
}

static void every_row_says_what_and_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < cl_limits_count(); i++) {
		const struct cl_limit *row = cl_limits_row(i);

		assert_true(*row->way && *row->reason && row->tiers);
		assert_true(row->act <= CL_ACT_MAX);
		assert_true(!row->type == !row->member);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(row->way, cl_limits_row(k)->way);
	}
	assert_null(cl_limits_row(cl_limits_count()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_at_its_tiers),
		cmocka_unit_test(holds_where_a_member_is_missing),
		cmocka_unit_test(an_act_that_is_not_seen_at_all_is_no_limit),
		cmocka_unit_test(every_row_says_what_and_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
