/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HMAC-SHA-256 (RFC 2104) and HKDF-SHA-256 (RFC 5869) that keep key and message in memory which the caller chose.
 * OpenSSL's own HMAC copies the key, and the last bytes of each message, into objects on the ordinary heap; its SHA-256
 * works in a struct that can lie anywhere, so all of this lies in secure memory.
 */
#pragma once

#include <openssl/sha.h>
#include <stddef.h>
#include <stdint.h>

#define CL_MAC_SIZE 32

/* In secure memory. Ready for any number of messages; not by two threads at once. */
struct cl_mac {
	SHA256_CTX inner, outer, work;
	uint8_t block[SHA256_CBLOCK];
};

int cl_mac_prepare(struct cl_mac *m, const void *key, size_t len);
int cl_mac(struct cl_mac *m, const void *message, size_t len, uint8_t out[CL_MAC_SIZE]);
/* One block of HKDF. `m` is left without a key; out is in secure memory. */
int cl_mac_derive(struct cl_mac *m, const void *secret, size_t secret_len, const void *salt, size_t salt_len,
		  const void *info, size_t info_len, uint8_t out[CL_MAC_SIZE]);
