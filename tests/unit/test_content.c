/* SPDX-License-Identifier: Apache-2.0 */
/* A second look at a file: only the very version counts. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../user/capture/content.c"

#include <sys/sysmacros.h>

#define TEXT "FAKE-content"

struct file {
	char directory[32], path[64];
	struct cl_file version;
};

static void look(struct file *f)
{
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	f->version = (struct cl_file){
		.ino = st.st_ino,
		.size = (uint64_t)st.st_size,
		.ctime = (uint64_t)st.st_ctim.tv_sec * CL_NS_PER_S + (uint64_t)st.st_ctim.tv_nsec,
		.dev = major(st.st_dev) << 20 | minor(st.st_dev),
		.mode = st.st_mode,
	};
}

static void put(const struct file *f, const char *text)
{
	FILE *out = fopen(f->path, "we");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static int setup(void **state)
{
	static struct file f;

	strcpy(f.directory, "/tmp/content-XXXXXX");
	assert_non_null(mkdtemp(f.directory));
	snprintf(f.path, sizeof(f.path), "%s/token", f.directory);
	put(&f, TEXT);
	look(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct file *f = *state;

	unlink(f->path);
	rmdir(f->directory);
	return 0;
}

static int content(const struct file *f, const char *path, char *buf, size_t size)
{
	return cl_capture_content((uint32_t)getpid(), path, &f->version, buf, size);
}

/* Where the tests run on a file system that is not on the list there is nothing to look at. */
static bool is_readable(const struct file *f)
{
	return cl_content_device_trusted((uint32_t)getpid(), f->version.dev);
}

static void test_same_version(void **state)
{
	struct file *f = *state;
	char buf[64];

	if (!is_readable(f))
		skip();
	assert_int_equal(content(f, f->path, buf, sizeof(buf)), strlen(TEXT));
	assert_memory_equal(buf, TEXT, strlen(TEXT));
	assert_int_equal(content(f, f->path, buf, 4), 4);
}

static void test_another_version(void **state)
{
	struct file *f = *state;
	char buf[64];

	if (!is_readable(f))
		skip();
	usleep(20000); /* change times have the resolution of a timer tick */
	put(f, "FAKE-changed");
	assert_int_equal(content(f, f->path, buf, sizeof(buf)), -ESTALE);
	look(f);
	assert_int_equal(content(f, f->path, buf, sizeof(buf)), 12);
	f->version.ino++;
	assert_int_equal(content(f, f->path, buf, sizeof(buf)), -ESTALE);
}

static void test_symlink_in_the_way(void **state)
{
	struct file *f = *state;
	char link[64], buf[64];

	if (!is_readable(f))
		skip();
	snprintf(link, sizeof(link), "%s/link", f->directory);
	assert_int_equal(symlink(f->path, link), 0);
	assert_int_equal(content(f, link, buf, sizeof(buf)), -ESTALE); /* the link itself is no version of it */
	unlink(link);
	assert_int_equal(content(f, "/tmp/no/such/token", buf, sizeof(buf)), -ENOENT);
}

static void test_not_a_file(void **state)
{
	struct file *f = *state;
	char buf[8];

	f->version.mode = S_IFIFO | 0600;
	assert_int_equal(content(f, f->path, buf, sizeof(buf)), -EINVAL);
	f->version.mode = S_IFREG | 0600;
	assert_int_equal(content(f, "memfd:x", buf, sizeof(buf)), -EINVAL);
	f->version.dev ^= 0xfff00000;
	assert_int_equal(content(f, f->path, buf, sizeof(buf)), -ENOTSUP);
}

static void test_mounts(void **state)
{
	(void)state;
	assert_true(cl_content_mount_trusted("22 1 254:1 / / rw shared:1 - ext4 /dev/vda1 rw\n", 254 << 20 | 1));
	assert_true(cl_content_mount_trusted("22 1 0:34 / /run rw - tmpfs tmpfs rw\n", 34));
	assert_false(cl_content_mount_trusted("22 1 0:34 / /run rw - tmpfs tmpfs rw\n", 35));
	assert_false(cl_content_mount_trusted("22 1 0:40 / /home/a/m rw - fuse.sshfs a@b: rw\n", 40));
	assert_false(cl_content_mount_trusted("22 1 0:41 / /n rw - nfs4 server:/x rw\n", 41));
	assert_false(cl_content_mount_trusted("22 1 0:41 / /n rw", 41));
	assert_false(cl_content_mount_trusted("", 0));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_same_version), CASE(test_another_version),	CASE(test_symlink_in_the_way),
		CASE(test_not_a_file),	 cmocka_unit_test(test_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
