/* SPDX-License-Identifier: Apache-2.0 */
/* The key file's rules, and a fingerprint that is HMAC-SHA-256 cut to 128 bits. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "credential/credential.h"

static char directory[] = "/tmp/test_fingerprint.XXXXXX";
static char path[64], host_key[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/fingerprint.key", directory);
	snprintf(host_key, sizeof(host_key), "%s/host.key", directory);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	unlink(host_key);
	return rmdir(directory);
}

/* The key at `path` and the host's beside it; both are made when they are not there. */
static int load(struct cl_fp_key **out, struct cl_error *err)
{
	const struct cl_fp_options o = {.key = {.file = path}, .state = directory, .make = true, .make_host = true};

	return cl_fp_key_open(out, &o, err);
}

static void write_key(const void *bytes, size_t len, mode_t mode)
{
	FILE *f;

	unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static void expect_refused(const char *says)
{
	struct cl_fp_key *k = NULL;
	struct cl_error err = {0};

	assert_in_range(-load(&k, &err), 1, 4095);
	assert_null(k);
	if (!strstr(err.text, path) || !strstr(err.text, says))
		fail_msg("%s", err.text);
}

static void test_makes_a_key_once(void **state)
{
	uint8_t a[CL_FP_SIZE], b[CL_FP_SIZE];
	struct cl_fp_key *k = NULL;
	struct cl_error err = {0};
	uint32_t id;
	struct stat st;

	(void)state;
	unlink(path);
	assert_int_equal(load(&k, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 32);
	assert_int_equal(st.st_nlink, 1);
	id = cl_fp_key_id(k);
	assert_int_equal(cl_fingerprint(k, "value", 5, a), 0);
	cl_fp_key_free(&k);
	assert_null(k);

	assert_int_equal(load(&k, &err), 0);
	assert_int_equal(cl_fp_key_id(k), id);
	assert_int_equal(cl_fingerprint(k, "value", 5, b), 0);
	assert_memory_equal(a, b, sizeof(a));
	cl_fp_key_free(&k);
}

static void test_is_hmac_sha256(void **state)
{
	uint8_t key[32], mac[32], hash[32], fp[CL_FP_SIZE];
	struct cl_fp_key *k = NULL;
	unsigned int n;

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i * 7);
	write_key(key, sizeof(key), 0600);
	assert_int_equal(load(&k, NULL), 0);
	for (size_t len = 0; len < 200; len += 13) {
		char value[200];

		memset(value, 'a' + (int)(len % 26), sizeof(value));
		assert_int_equal(cl_fingerprint(k, value, len, fp), 0);
		HMAC(EVP_sha256(), key, sizeof(key), (const uint8_t *)value, len, mac, &n);
		assert_memory_equal(fp, mac, CL_FP_SIZE);
	}
	EVP_Digest(key, sizeof(key), hash, &n, EVP_sha256(), NULL);
	assert_int_equal(cl_fp_key_id(k), (uint32_t)hash[0] << 24 | hash[1] << 16 | hash[2] << 8 | hash[3]);
	cl_fp_key_free(&k);
}

static void test_another_key_another_fingerprint(void **state)
{
	uint8_t a[CL_FP_SIZE], b[CL_FP_SIZE];
	struct cl_fp_key *k = NULL, *once = NULL;

	(void)state;
	unlink(path);
	assert_int_equal(load(&k, NULL), 0);
	assert_int_equal(cl_fp_key_once(&once, NULL), 0);
	cl_fingerprint(k, "value", 5, a);
	cl_fingerprint(once, "value", 5, b);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_not_equal(cl_fp_key_id(k), cl_fp_key_id(once));
	cl_fp_key_free(&k);
	cl_fp_key_free(&once);
}

static void test_refuses_an_open_key(void **state)
{
	static const mode_t modes[] = {0640, 0604, 0660, 0644, 0610};

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		write_key("EXAMPLE-key-of-thirty-two-bytes!", 32, modes[i]);
		expect_refused("chmod 600");
	}
}

static void test_refuses_a_damaged_key(void **state)
{
	static const uint8_t zeros[32];
	char before[32] = "EXAMPLE-key-of-thirty-two-bytes", after[32];
	FILE *f;

	(void)state;
	write_key("", 0, 0600);
	expect_refused("is damaged");
	write_key(before, 31, 0600);
	expect_refused("is damaged");
	f = fopen(path, "r");
	assert_int_equal(fread(after, 1, sizeof(after), f), 31);
	fclose(f);
	assert_memory_equal(before, after, 31);
	write_key(zeros, 32, 0600);
	expect_refused("is damaged");
	write_key("EXAMPLE-key-of-thirty-two-bytes!!", 33, 0600);
	expect_refused("is damaged");
}

static void test_refuses_what_is_no_key_file(void **state)
{
	(void)state;
	unlink(path);
	assert_int_equal(symlink("/dev/zero", path), 0);
	expect_refused("cannot open");
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_refused("not a regular file");
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	expect_refused("not a regular file");
	rmdir(path);
}

static void test_refuses_a_foreign_key(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	write_key("EXAMPLE-key-of-thirty-two-bytes!", 32, 0600);
	assert_int_equal(chown(path, 12345, 0), 0);
	expect_refused("belongs to user 12345");
}

static void test_says_what_to_do_without_a_directory(void **state)
{
	const struct cl_fp_options o = {
		.key = {.file = "/nonexistent/state/fingerprint.key"}, .make = true, .make_host = true};
	struct cl_fp_key *k = NULL;
	struct cl_error err = {0};

	(void)state;
	assert_int_equal(cl_fp_key_open(&k, &o, &err), -ENOENT);
	assert_non_null(strstr(err.text, "directory must exist"));
}

/* Many start at once: one key is made, all have that. */
static void test_one_key_of_many_makers(void **state)
{
	int pipes[2], n = 16;
	uint32_t ids[16];

	(void)state;
	unlink(path);
	assert_int_equal(pipe(pipes), 0);
	for (int i = 0; i < n; i++) {
		struct cl_fp_key *k = NULL;
		uint32_t id;

		if (fork())
			continue;
		id = load(&k, NULL) ? 0 : cl_fp_key_id(k);
		_exit(write(pipes[1], &id, sizeof(id)) != sizeof(id));
	}
	for (int i = 0; i < n; i++) {
		assert_int_equal(read(pipes[0], &ids[i], sizeof(ids[i])), sizeof(ids[i]));
		assert_int_not_equal(ids[i], 0);
		assert_int_equal(ids[i], ids[0]);
	}
	while (wait(NULL) > 0)
		;
	close(pipes[0]);
	close(pipes[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_makes_a_key_once),
		cmocka_unit_test(test_is_hmac_sha256),
		cmocka_unit_test(test_another_key_another_fingerprint),
		cmocka_unit_test(test_refuses_an_open_key),
		cmocka_unit_test(test_refuses_a_damaged_key),
		cmocka_unit_test(test_refuses_what_is_no_key_file),
		cmocka_unit_test(test_refuses_a_foreign_key),
		cmocka_unit_test(test_says_what_to_do_without_a_directory),
		cmocka_unit_test(test_one_key_of_many_makers),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
