/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC and HKDF against the vectors of RFC 4231 and RFC 5869, and against OpenSSL's own HMAC at every length. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/parse.h"
#include "fingerprint/mac.h"

static void expect(const uint8_t *got, const char *hex)
{
	uint8_t want[CL_MAC_SIZE];

	assert_int_equal(cl_parse_hex(hex, want, sizeof(want)), 0);
	assert_memory_equal(got, want, sizeof(want));
}

static void vector(const char *key, size_t key_len, const char *message, const char *mac)
{
	struct cl_mac m;
	uint8_t out[CL_MAC_SIZE];

	assert_int_equal(cl_mac_prepare(&m, key, key_len), 0);
	for (int i = 0; i < 2; i++) { /* it starts anew by itself */
		assert_int_equal(cl_mac(&m, message, strlen(message), out), 0);
		expect(out, mac);
	}
}

static void test_rfc4231(void **state)
{
	char key[131], data[51] = {0};

	(void)state;
	memset(key, 0x0b, sizeof(key));
	vector(key, 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	vector("Jefe", 4, "what do ya want for nothing?",
	       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	memset(data, 0xdd, 50);
	vector(key, 20, data, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	vector(key, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
	       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void test_same_as_openssl(void **state)
{
	uint8_t key[32], message[300], mine[CL_MAC_SIZE], theirs[CL_MAC_SIZE];
	struct cl_mac m;
	unsigned int n;

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(i * 29 + 1);
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)(i * 7);
	assert_int_equal(cl_mac_prepare(&m, key, sizeof(key)), 0);
	for (size_t len = 0; len <= sizeof(message); len++) {
		assert_int_equal(cl_mac(&m, message, len, mine), 0);
		assert_non_null(HMAC(EVP_sha256(), key, sizeof(key), message, len, theirs, &n));
		assert_memory_equal(mine, theirs, sizeof(mine));
	}
}

/* The first 32 of the 42 bytes of the RFC's first and third test are one block. */
static void test_rfc5869(void **state)
{
	uint8_t secret[22], salt[13], info[10], out[CL_MAC_SIZE];
	struct cl_mac m;

	(void)state;
	memset(secret, 0x0b, sizeof(secret));
	for (size_t i = 0; i < sizeof(salt); i++)
		salt[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(info); i++)
		info[i] = (uint8_t)(0xf0 + i);
	assert_int_equal(cl_mac_derive(&m, secret, 22, salt, 13, info, 10, out), 0);
	expect(out, "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
	assert_int_equal(cl_mac_derive(&m, secret, 22, "", 0, "", 0, out), 0);
	expect(out, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

/* Neither key nor message is left in the working memory. */
static void test_leaves_nothing(void **state)
{
	static const char secret[] = "EXAMPLE-of-a-value-that-is-fingerprinted";
	struct cl_mac m = {.block = {0}};
	uint8_t key[32], out[CL_MAC_SIZE];

	(void)state;
	memset(key, 0x5a, sizeof(key));
	assert_int_equal(cl_mac_prepare(&m, key, sizeof(key)), 0);
	assert_null(memmem(&m, sizeof(m), key, 8));
	assert_int_equal(cl_mac(&m, secret, strlen(secret), out), 0);
	for (size_t i = 0; i + 8 < sizeof(secret); i += 4)
		assert_null(memmem(&m, sizeof(m), secret + i, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc4231),
		cmocka_unit_test(test_same_as_openssl),
		cmocka_unit_test(test_rfc5869),
		cmocka_unit_test(test_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
