/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue/examples.h"

#include <openssl/sha.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

/* The first half of SHA-256 over the value, big-endian. */
static const uint64_t examples[][2] = {
	{0x2cafc0970149a84f, 0x3b9e62eaf169f36f}, /* Stripe's reference: the test key of its requests */
	{0xf2d6ca16515033e5, 0xdce14eba840b979d}, /* Stripe's reference before that */
	{0x2d1f7723aabc5c7a, 0x51fcdc2463c99b5f}, /* the same */
	{0x7f75367e78812551, 0x34e1375e723d1dea}, /* the JWT that jwt.io opens with */
	{0xda816f9f2c16e6c5, 0x390e7636cadc40c4}, /* the one that it opened with before */
	{0x0011cc25eb432071, 0x7494d2703e8cba85}, /* the account key of Azure's storage emulator */
	{0xaa6547439583c3a2, 0x75d4542a0df6c1ad}, /* the key of Azure's Cosmos DB emulator */
	{0x0b5dd075ccdd03c4, 0x2f4edda8e299e683}, /* Telegram's manual of bots */
	{0x02f7ce3c263f85c0, 0x19eeeeea4b08f1b7}, /* Discord's reference */
	{0xac9265e56c79b234, 0x607ec72c53753cfe}, /* Google's manual of keys */
	{0x3543c50b0cb9cea8, 0xe55eb1f529b79f04}, /* GitHub's reference */
};

static uint64_t big_endian(const uint8_t *p)
{
	uint64_t n = 0;

	for (size_t i = 0; i < sizeof(n); i++)
		n = n << 8 | p[i];
	return n;
}

bool cl_is_documented_example(const void *value, size_t len)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];
	bool known = false;

	SHA256(value, len, hash);
	for (size_t i = 0; i < ARRAY_SIZE(examples) && !known; i++)
		known = big_endian(hash) == examples[i][0] && big_endian(hash + 8) == examples[i][1];
	explicit_bzero(hash, sizeof(hash));
	return known;
}
