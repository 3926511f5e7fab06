/* SPDX-License-Identifier: Apache-2.0 */
/* Directories that must be ours: whose they are, who may write there, what stands in their place. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/directory.h"

static char room[64], path[128];

static int set_up(void **state)
{
	(void)state;
	snprintf(room, sizeof(room), "/tmp/credlineage-directory-XXXXXX");
	if (!mkdtemp(room))
		return -1;
	snprintf(path, sizeof(path), "%s/d", room);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	rmdir(path);
	return rmdir(room);
}

static int own(bool shared, const char *said)
{
	const struct cl_directory d = {.path = path, .what = "state directory", .mode = 0700, .shared = shared};
	struct cl_error err = {0};
	int r = cl_directory_own(&d, &err);

	if (said)
		assert_non_null(strstr(err.text, said));
	else
		assert_string_equal(err.text, "");
	if (said)
		assert_non_null(strstr(err.text, path));
	return r;
}

static void is_made(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(own(false, NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(own(false, NULL), 0); /* and is as good later */
}

static void needs_a_parent(void **state)
{
	(void)state;
	strcat(path, "/deeper");
	assert_int_equal(own(false, "No such file or directory"), -ENOENT);
}

static void others_may_not_write(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	for (mode_t mode = 0; mode <= 0777; mode++) {
		assert_int_equal(chmod(path, mode), 0);
		if (mode & 022)
			assert_int_equal(own(false, "chmod go-w"), -EPERM);
		else
			assert_int_equal(own(false, NULL), 0);
	}
}

static void sticky_will_do_for_what_is_shared(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, 01777), 0);
	assert_int_equal(own(true, NULL), 0);
	assert_int_equal(own(false, "mode 1777"), -EPERM);
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(own(true, "mode 0777"), -EPERM);
}

static void no_symbolic_link(void **state)
{
	(void)state;
	assert_int_equal(symlink(room, path), 0);
	assert_int_equal(own(false, "symbolic link"), -ENOTDIR);
	assert_int_equal(own(true, "symbolic link"), -ENOTDIR);
}

static void no_link_to_nowhere(void **state)
{
	(void)state;
	assert_int_equal(symlink("nowhere", path), 0);
	assert_int_equal(own(false, "symbolic link"), -ENOTDIR);
}

static void no_file(void **state)
{
	int fd;

	(void)state;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(own(false, "not a directory"), -ENOTDIR);
}

static void nobody_else_owns_it(void **state)
{
	(void)state;
	if (geteuid()) {
		snprintf(path, sizeof(path), "/"); /* root's */
		assert_int_equal(own(false, "belongs to uid 0"), -EPERM);
		assert_int_equal(own(true, NULL), 0);
		snprintf(path, sizeof(path), "%s/d", room);
		return;
	}
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chown(path, 1234, (gid_t)-1), 0);
	assert_int_equal(own(false, "belongs to uid 1234"), -EPERM);
	assert_int_equal(own(true, "chown 0"), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(is_made, set_up, tear_down),
		cmocka_unit_test_setup_teardown(needs_a_parent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(others_may_not_write, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sticky_will_do_for_what_is_shared, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_symbolic_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_link_to_nowhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobody_else_owns_it, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
