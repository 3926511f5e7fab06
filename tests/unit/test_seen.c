/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that were looked through before: only the same bytes are, whatever gives way; the hash is SipHash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "credential/seen.h"

static void check_hash(EVP_MAC *mac, const uint8_t key[16], const uint8_t *text, size_t len)
{
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	size_t size = 16, n;
	const OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t("size", &size), OSSL_PARAM_construct_end()};
	uint8_t theirs[16];
	uint64_t ours[2], halves[2];

	memcpy(halves, key, sizeof(halves));
	assert_int_equal(EVP_MAC_init(ctx, key, 16, params), 1);
	assert_int_equal(EVP_MAC_update(ctx, text, len), 1);
	assert_int_equal(EVP_MAC_final(ctx, theirs, &n, sizeof(theirs)), 1);
	assert_int_equal(n, 16);
	cl_siphash(halves, text, len, ours);
	assert_memory_equal(ours, theirs, sizeof(ours));
	EVP_MAC_CTX_free(ctx);
}

static void test_hash_is_siphash(void **state)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	uint8_t text[300], key[16];

	(void)state;
	assert_non_null(mac);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 7 + 3);
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(200 - i);
	for (size_t len = 0; len <= sizeof(text); len++)
		check_hash(mac, key, text, len);
	EVP_MAC_free(mac);
}

static bool look(struct cl_seen *s, const char *text)
{
	bool has = cl_seen_has(s, text, strlen(text));

	if (!has)
		cl_seen_enter(s);
	return has;
}

static void test_only_the_same(void **state)
{
	struct cl_seen *s = NULL;

	(void)state;
	assert_int_equal(cl_seen_new(&s, 64), 0);
	assert_false(look(s, "A=1"));
	assert_true(look(s, "A=1"));
	assert_false(look(s, "A=2"));
	assert_false(look(s, "A=1 "));
	assert_false(cl_seen_has(s, "A=1", 2));
	assert_false(cl_seen_has(s, "A=7", 3)); /* asked, never entered */
	assert_false(cl_seen_has(s, "A=7", 3));
	assert_int_equal(cl_seen_stats(s)->again, 1);
	cl_seen_clear(s);
	assert_false(look(s, "A=1"));
	cl_seen_free(&s);
}

static void test_who_gives_way(void **state)
{
	struct cl_seen *s = NULL;

	(void)state;
	assert_int_equal(cl_seen_new(&s, 1), 0);
	assert_false(look(s, "A=1"));
	assert_int_equal(cl_seen_stats(s)->evicted, 0);
	assert_false(look(s, "A=2"));
	assert_int_equal(cl_seen_stats(s)->evicted, 1);
	assert_false(look(s, "A=1"));
	assert_true(look(s, "A=1"));
	assert_int_equal(cl_seen_stats(s)->evicted, 2);
	cl_seen_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_is_siphash),
		cmocka_unit_test(test_only_the_same),
		cmocka_unit_test(test_who_gives_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
