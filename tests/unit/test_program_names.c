/* SPDX-License-Identifier: Apache-2.0 */
/* What a program is by its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect/program_names.h"
#include "detect/programs.h"

static void test_names(void **state)
{
	static const struct {
		const char *name;
		uint32_t kinds;
	} cases[] = {
		{"tar", CL_PROGRAM_ARCHIVER},
		{"star", CL_PROGRAM_ARCHIVER},
		{"ta", 0},
		{"tarx", 0},
		{"", 0},
		{"*", 0},
		{"bash", CL_PROGRAM_SHELL | CL_PROGRAM_VIEWER},
		{"vim.basic", CL_PROGRAM_EDITOR}, /* by a pattern */
		{"vim", CL_PROGRAM_EDITOR},
		{"vimx", 0},
		{"git", CL_PROGRAM_KEEPER},
		{"a name that is longer than any that is known, by far, and then some more", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (cl_program_name_kinds(cases[i].name) != cases[i].kinds)
			fail_msg("%s: %#x", cases[i].name, cl_program_name_kinds(cases[i].name));
}

/* A name that stands in several rows is all of them. */
static void test_several(void **state)
{
	uint32_t kinds = cl_program_name_kinds("dockerd");

	(void)state;
	assert_true(kinds & CL_PROGRAM_KEEPER);
	assert_true(kinds & CL_PROGRAM_INSPECTOR);
	assert_int_equal(cl_program_name_kinds("containerd-shim-runc-v2") & CL_PROGRAM_INSPECTOR, CL_PROGRAM_INSPECTOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
