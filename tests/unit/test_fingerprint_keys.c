/* SPDX-License-Identifier: Apache-2.0 */
/* Where keys come from, what two of them make of one value, and how one takes the other's place. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

#include "base/clock.h"
#include "base/text.h"
#include "fingerprint/fingerprint.h"
#include "fingerprint/key_command.h"
#include "fingerprint/key_file.h"

static char directory[] = "/tmp/test_keys.XXXXXX";
static uint8_t key[CL_KEY_SIZE];
static char hex[2 * CL_KEY_SIZE + 1], base64[64];

static const char *in(const char *name)
{
	static char paths[8][96];
	static size_t next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static void put(const char *name, const void *bytes, size_t len, mode_t mode)
{
	FILE *f;

	unlink(in(name));
	f = fopen(in(name), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
	assert_int_equal(chmod(in(name), mode), 0);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text), 0600);
}

static int empty(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s/*", directory);
	return system(command);
}

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i * 37 + 11);
	cl_hex(hex, key, sizeof(key));
	EVP_EncodeBlock((unsigned char *)base64, key, sizeof(key));
	return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
	empty(state);
	return rmdir(directory);
}

static uint32_t id_of(const struct cl_key_source *source, const char *says)
{
	const struct cl_fp_options o = {.key = *source, .share_passwords = true};
	struct cl_fp_key *k = NULL;
	struct cl_error err = {0};
	uint32_t id = 0;
	int r = cl_fp_key_open(&k, &o, &err);

	if (says && (!r || !strstr(err.text, says)))
		fail_msg("%d \"%s\", not \"%s\"", r, err.text, says);
	if (!says && r)
		fail_msg("%s", err.text);
	if (k)
		id = cl_fp_key_id(k);
	cl_fp_key_free(&k);
	return id;
}

static uint32_t right_id(void)
{
	unsigned char h[32];
	unsigned int n;

	EVP_Digest(key, sizeof(key), h, &n, EVP_sha256(), NULL);
	return (uint32_t)h[0] << 24 | (uint32_t)h[1] << 16 | (uint32_t)h[2] << 8 | h[3];
}

static void test_written_three_ways(void **state)
{
	const struct cl_key_source file = {.file = in("k")};
	char text[128];

	(void)state;
	put("k", key, sizeof(key), 0600);
	assert_int_equal(id_of(&file, NULL), right_id());
	put_text("k", hex);
	assert_int_equal(id_of(&file, NULL), right_id());
	snprintf(text, sizeof(text), "%s\n", hex);
	put_text("k", text);
	assert_int_equal(id_of(&file, NULL), right_id());
	snprintf(text, sizeof(text), "%s\r\n", base64);
	put_text("k", text);
	assert_int_equal(id_of(&file, NULL), right_id());
	base64[43] = '\0'; /* without its padding */
	put_text("k", base64);
	assert_int_equal(id_of(&file, NULL), right_id());
}

static void test_refuses_what_is_no_key(void **state)
{
	const struct cl_key_source file = {.file = in("k")};
	char text[200];

	(void)state;
	put_text("k", "");
	id_of(&file, "is damaged");
	put_text("k", "0123456789abcdef0123456789abcdef");
	id_of(&file, "16 bytes in hex");
	put("k", hex, 63, 0600);
	id_of(&file, "is not 32 bytes");
	snprintf(text, sizeof(text), "%sx", hex);
	put_text("k", text);
	id_of(&file, "is not 32 bytes");
	memset(text, 'A', 43); /* zeros */
	text[43] = '\0';
	put_text("k", text);
	id_of(&file, "the same byte 32 times");
	memset(text, 'q', sizeof(text));
	put("k", text, sizeof(text), 0600);
	id_of(&file, "128 or more bytes");
}

static void test_systemd_credential(void **state)
{
	const struct cl_key_source source = {.credential = "fp"}, wrong = {.credential = "../k"};

	(void)state;
	unsetenv("CREDENTIALS_DIRECTORY");
	id_of(&source, "LoadCredential=fp:PATH");
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	id_of(&source, "cannot open");
	put("fp", key, sizeof(key), 0440);
	assert_int_equal(id_of(&source, NULL), right_id());
	put("fp", key, sizeof(key), 0444);
	id_of(&source, "open to others");
	id_of(&wrong, "is not a name");
}

/* ---- a command ---- */

static char *const *sh(const char *script)
{
	static char shell[] = "/bin/sh", option[] = "-c", text[256];
	static char *const words[] = {shell, option, text, NULL};

	snprintf(text, sizeof(text), "%s", script);
	return words;
}

static void test_command(void **state)
{
	struct cl_key_source source = {.command = NULL};
	char script[256];

	(void)state;
	snprintf(script, sizeof(script), "sleep 0.2; echo %.32s%s", hex, hex + 32);
	source.command = sh(script);
	assert_int_equal(id_of(&source, NULL), right_id());
	source.command = sh("exit 3");
	id_of(&source, "failed with status 3");
	source.command = sh("kill -9 $$");
	id_of(&source, "ended by signal 9");
	source.command = sh("echo nothing; cat"); /* stdin is empty: cat ends */
	id_of(&source, "is damaged");
	source.command = sh("head -c 100000 /dev/zero");
	id_of(&source, "more than a key");
	source.command = (char *const[]){(char *)(uintptr_t) "/nonexistent/program", NULL};
	id_of(&source, "No such file");
	source.command = (char *const[]){(char *)(uintptr_t) "sh", NULL};
	id_of(&source, "absolute path");
}

static void test_command_arguments_meet_no_shell(void **state)
{
	const struct cl_key_source source = {.command = (char *const[]){(char *)(uintptr_t) "/bin/echo",
									(char *)(uintptr_t) "$(touch /tmp/never); x",
									NULL}};

	(void)state;
	id_of(&source, "is damaged");
	assert_int_not_equal(access("/tmp/never", F_OK), 0);
}

static void test_command_that_waits_is_ended(void **state)
{
	uint64_t begin = cl_boot_ns();
	struct cl_error err = {0};
	char out[64], script[256];
	size_t len;

	(void)state;
	snprintf(script, sizeof(script), "sleep 60 & echo $! >%s; wait", in("pid"));
	assert_int_equal(cl_key_command(sh(script), 1, out, sizeof(out), &len, &err), -ETIMEDOUT);
	assert_non_null(strstr(err.text, "within 1 seconds"));
	assert_in_range(cl_boot_ns() - begin, CL_NS_PER_S / 2, 10 * CL_NS_PER_S);
	snprintf(script, sizeof(script), "! grep -q 'State:.[RSD]' /proc/$(cat %s)/status 2>/dev/null", in("pid"));
	assert_int_equal(system(script), 0); /* with all that it started */
}

/* ---- two keys ---- */

static struct cl_fp_key *open_state(const char *state, bool share)
{
	const struct cl_fp_options o = {
		.key = {.file = in("k")}, .state = state, .share_passwords = share, .make = true, .make_host = true};
	struct cl_fp_key *k = NULL;
	struct cl_error err = {0};

	if (cl_fp_key_open(&k, &o, &err))
		fail_msg("%s", err.text);
	return k;
}

static struct cl_fp_names name(const struct cl_fp_key *k, const char *value, bool guessable)
{
	struct cl_fp_names n = {.local = 7};

	assert_int_equal(cl_fp_name(k, value, strlen(value), guessable, &n), 0);
	return n;
}

/* A fleet: one key file, each host with a state directory of its own. */
static void test_hosts_share_tokens_not_passwords(void **state)
{
	struct cl_fp_key *a, *b, *shared;
	struct cl_fp_names x, y;

	(void)state;
	put("k", key, sizeof(key), 0600);
	assert_int_equal(mkdir(in("a"), 0700) | mkdir(in("b"), 0700), 0);
	a = open_state(in("a"), false);
	b = open_state(in("b"), false);
	shared = open_state(in("a"), true);

	x = name(a, "EXAMPLE-token", false);
	y = name(b, "EXAMPLE-token", false);
	assert_memory_equal(x.fp, y.fp, CL_FP_SIZE);
	assert_int_equal(x.key_id, y.key_id);
	assert_int_equal(x.local | y.local, 0);
	assert_int_equal(x.other_key_id, 0);

	x = name(a, "hunter2", true);
	y = name(b, "hunter2", true);
	assert_memory_not_equal(x.fp, y.fp, CL_FP_SIZE);
	assert_int_not_equal(x.key_id, y.key_id);
	assert_int_equal(x.local & y.local, 1);
	assert_int_equal(x.key_id, cl_fp_key_info(a)->local_id);
	y = name(a, "hunter2", false);
	assert_memory_not_equal(x.fp, y.fp, CL_FP_SIZE);

	x = name(shared, "hunter2", true); /* the owner wants it so */
	assert_memory_equal(x.fp, y.fp, CL_FP_SIZE);
	assert_int_equal(x.local, 0);
	cl_fp_key_free(&a);
	a = open_state(in("a"), false); /* and the host's own key stays */
	assert_int_equal(cl_fp_key_info(a)->local_id, name(a, "", true).key_id);
	cl_fp_key_free(&a);
	cl_fp_key_free(&b);
	cl_fp_key_free(&shared);
}

/* A password's fingerprint, from the two files alone. */
static void test_local_key_is_hkdf(void **state)
{
	uint8_t host[CL_KEY_SIZE], derived[CL_KEY_SIZE], mac[32];
	struct cl_fp_key *k;
	EVP_PKEY_CTX *kdf = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	size_t len = sizeof(derived);
	unsigned int n;

	(void)state;
	memset(host, 0xc3, sizeof(host));
	host[0] = 1;
	put("k", key, sizeof(key), 0600);
	put("host.key", host, sizeof(host), 0600);
	k = open_state(directory, false);
	assert_true(EVP_PKEY_derive_init(kdf) > 0 && EVP_PKEY_CTX_set_hkdf_md(kdf, EVP_sha256()) > 0 &&
		    EVP_PKEY_CTX_set1_hkdf_salt(kdf, host, 32) > 0 && EVP_PKEY_CTX_set1_hkdf_key(kdf, key, 32) > 0 &&
		    EVP_PKEY_CTX_add1_hkdf_info(kdf, (const unsigned char *)"credlineage passwords of this host", 34) >
			    0 &&
		    EVP_PKEY_derive(kdf, derived, &len) > 0);
	HMAC(EVP_sha256(), derived, 32, (const uint8_t *)"hunter2", 7, mac, &n);
	assert_memory_equal(name(k, "hunter2", true).fp, mac, CL_FP_SIZE);
	EVP_PKEY_CTX_free(kdf);
	cl_fp_key_free(&k);
}

static void test_exchange(void **state)
{
	struct cl_fp_names before, before_local, during, local, after;
	struct cl_fp_key *k = open_state(directory, false);
	struct cl_error err = {0};
	uint32_t old_id = 0, new_id = 0;
	struct stat st;

	(void)state;
	before = name(k, "EXAMPLE-token", false);
	before_local = name(k, "hunter2", true);
	cl_fp_key_free(&k);
	assert_int_equal(cl_key_rotate(in("k"), &old_id, &new_id, &err), 0);
	assert_int_equal(old_id, before.key_id);
	assert_int_not_equal(new_id, old_id);
	assert_int_equal(stat(in("k"), &st) | stat(in("k.old"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	k = open_state(directory, false);
	during = name(k, "EXAMPLE-token", false);
	assert_int_equal(during.key_id, new_id);
	assert_int_equal(during.other_key_id, old_id);
	assert_memory_equal(during.other, before.fp, CL_FP_SIZE);
	assert_memory_not_equal(during.fp, before.fp, CL_FP_SIZE);
	local = name(k, "hunter2", true);
	assert_memory_equal(local.other, before_local.fp, CL_FP_SIZE);
	assert_int_equal(local.other_key_id, before_local.key_id);
	assert_int_equal(local.local, 1);
	cl_fp_key_free(&k);

	/* One exchange at a time; nothing is lost by asking for another. */
	assert_int_equal(cl_key_rotate(in("k"), &old_id, &new_id, &err), -EEXIST);
	assert_non_null(strstr(err.text, "fingerprint retire"));
	assert_int_equal(cl_key_retire(in("k"), during.key_id, &err), -ENOENT);
	assert_int_equal(cl_key_retire(in("k"), before.key_id, &err), 0);
	assert_int_not_equal(access(in("k.old"), F_OK), 0);
	k = open_state(directory, false);
	after = name(k, "EXAMPLE-token", false);
	assert_memory_equal(after.fp, during.fp, CL_FP_SIZE);
	assert_int_equal(after.other_key_id, 0);
	cl_fp_key_free(&k);
}

/* Killed between its two steps: one key under both names, which is no exchange; asked again, it goes on. */
static void test_exchange_that_broke_off(void **state)
{
	struct cl_fp_key *k;
	uint32_t old_id, new_id;

	(void)state;
	put("k", key, sizeof(key), 0600);
	assert_int_equal(link(in("k"), in("k.old")), 0);
	k = open_state(directory, false);
	assert_int_equal(cl_fp_key_info(k)->id, right_id());
	assert_int_equal(cl_fp_key_info(k)->old_id, 0);
	cl_fp_key_free(&k);
	assert_int_equal(cl_key_rotate(in("k"), &old_id, &new_id, NULL), 0);
	assert_int_equal(old_id, right_id());
	k = open_state(directory, false);
	assert_int_equal(cl_fp_key_info(k)->old_id, right_id());
	assert_int_equal(cl_fp_key_info(k)->id, new_id);
	cl_fp_key_free(&k);
}

static void test_damaged_old_key_is_an_error(void **state)
{
	const struct cl_fp_options o = {.key = {.file = in("k")}, .state = directory, .make = true, .make_host = true};
	struct cl_fp_key *k = NULL;
	struct cl_error err = {0};

	(void)state;
	put("k", key, sizeof(key), 0600);
	put("k.old", key, 5, 0600);
	assert_int_equal(cl_fp_key_open(&k, &o, &err), -EINVAL);
	assert_non_null(strstr(err.text, "k.old\" is damaged"));
	unlink(in("k.old"));
	put("host.key", key, 31, 0600);
	assert_int_equal(cl_fp_key_open(&k, &o, &err), -EINVAL);
	assert_non_null(strstr(err.text, "host.key\" is damaged"));
	assert_null(k);
}

/* What was made once is not made again where somebody knows better. */
static void test_makes_nothing_unasked(void **state)
{
	const struct cl_fp_options o = {.key = {.file = in("k")}, .state = directory};
	struct cl_fp_key *k = NULL;

	(void)state;
	assert_int_equal(cl_fp_key_open(&k, &o, NULL), -ENOENT);
	put("k", key, sizeof(key), 0600);
	assert_int_equal(cl_fp_key_open(&k, &o, NULL), -ENOENT);
	assert_int_not_equal(access(in("host.key"), F_OK), 0);
}

static void test_swap(void **state)
{
	struct cl_fp_key *a = NULL, *b = NULL;
	uint32_t x, y;

	(void)state;
	assert_int_equal(cl_fp_key_once(&a, NULL) | cl_fp_key_once(&b, NULL), 0);
	x = cl_fp_key_id(a);
	y = name(b, "v", true).key_id;
	cl_fp_key_swap(a, b);
	assert_int_equal(cl_fp_key_id(b), x);
	assert_int_equal(name(a, "v", true).key_id, y);
	cl_fp_key_free(&b);
	assert_int_equal(name(a, "v", true).key_id, y);
	cl_fp_key_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_written_three_ways, empty),
		cmocka_unit_test_teardown(test_refuses_what_is_no_key, empty),
		cmocka_unit_test_teardown(test_systemd_credential, empty),
		cmocka_unit_test_teardown(test_command, empty),
		cmocka_unit_test_teardown(test_command_arguments_meet_no_shell, empty),
		cmocka_unit_test_teardown(test_command_that_waits_is_ended, empty),
		cmocka_unit_test_teardown(test_hosts_share_tokens_not_passwords, empty),
		cmocka_unit_test_teardown(test_local_key_is_hkdf, empty),
		cmocka_unit_test_teardown(test_exchange, empty),
		cmocka_unit_test_teardown(test_exchange_that_broke_off, empty),
		cmocka_unit_test_teardown(test_damaged_old_key_is_an_error, empty),
		cmocka_unit_test_teardown(test_makes_nothing_unasked, empty),
		cmocka_unit_test(test_swap),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
