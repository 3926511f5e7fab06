/* SPDX-License-Identifier: Apache-2.0 */
/* What userspace answers about a holder, beside probes that may know better by then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../user/capture/tag.c"

static struct cl_tag tags[CL_TAG_PLACES];

static void test_answers(void **state)
{
	static const struct {
		const char *what;
		struct cl_tag is;
		uint64_t at;
		enum cl_tag_state said;
		uint32_t then;
	} cases[] = {
		{"to the exec", {9, 50, 7, CL_TAG_ASKED, 0, 0}, 51, CL_TAG_NONE, CL_TAG_NONE},
		{"to the fork before it", {9, 50, 7, CL_TAG_ASKED, 0, 0}, 49, CL_TAG_NONE, CL_TAG_ASKED},
		{"to the exec before a store was read", {9, 50, 7, CL_TAG_HOLDS, 0, 0}, 40, CL_TAG_HAD, CL_TAG_HOLDS},
		{"to the read", {9, 50, 7, CL_TAG_HOLDS, 0, 0}, 50, CL_TAG_NONE, CL_TAG_NONE},
		{"it has one, whenever", {9, 50, 7, CL_TAG_ASKED, 0, 0}, 49, CL_TAG_HOLDS, CL_TAG_HOLDS},
		{"nobody was there", {0}, 49, CL_TAG_HOLDS, CL_TAG_HOLDS},
		{"an earlier process of that number", {8, 50, 7, CL_TAG_HOLDS, 0, 0}, 60, CL_TAG_HAD, CL_TAG_HAD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tags[7] = cases[i].is;
		cl_tag_answer(tags, (struct cl_process_key){.tgid = 7, .start = 9}, cases[i].at, cases[i].said);
		if (tags[7].state != cases[i].then || tags[7].start != 9 || tags[7].tgid != 7)
			fail_msg("%s: state %u", cases[i].what, tags[7].state);
	}
}

/* One place serves several numbers: "none" of another process takes nothing away. */
static void test_none_of_another(void **state)
{
	(void)state;
	tags[7] = (struct cl_tag){.start = 8, .tgid = 7 + CL_TAG_PLACES, .state = CL_TAG_HOLDS};
	cl_tag_answer(tags, (struct cl_process_key){.tgid = 7, .start = 9}, 1, CL_TAG_NONE);
	assert_int_equal(tags[7].state, CL_TAG_HOLDS);
	assert_int_equal(tags[7].start, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_none_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
