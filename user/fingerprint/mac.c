/* SPDX-License-Identifier: Apache-2.0 */
#define OPENSSL_SUPPRESS_DEPRECATED /* the struct of one's own is what the newer interface has no word for */
#include "fingerprint/mac.h"

#include <errno.h>
#include <string.h>

static int begin(struct cl_mac *m, SHA256_CTX *half, uint8_t pad)
{
	for (size_t i = 0; i < sizeof(m->block); i++)
		m->block[i] ^= pad;
	return SHA256_Init(half) && SHA256_Update(half, m->block, sizeof(m->block)) ? 0 : -EIO;
}

int cl_mac_prepare(struct cl_mac *m, const void *key, size_t len)
{
	int r = 0;

	memset(m->block, 0, sizeof(m->block));
	if (len <= sizeof(m->block))
		memcpy(m->block, key, len);
	else if (!SHA256_Init(&m->work) || !SHA256_Update(&m->work, key, len) || !SHA256_Final(m->block, &m->work))
		r = -EIO;
	r = r ? r : begin(m, &m->inner, 0x36);
	r = r ? r : begin(m, &m->outer, 0x36 ^ 0x5c);
	explicit_bzero(m->block, sizeof(m->block));
	return r;
}

int cl_mac(struct cl_mac *m, const void *message, size_t len, uint8_t out[CL_MAC_SIZE])
{
	int ok;

	m->work = m->inner;
	ok = SHA256_Update(&m->work, message, len) && SHA256_Final(m->block, &m->work);
	m->work = m->outer;
	ok = ok && SHA256_Update(&m->work, m->block, CL_MAC_SIZE) && SHA256_Final(out, &m->work);
	explicit_bzero(m->block, CL_MAC_SIZE);
	return ok ? 0 : -EIO;
}

int cl_mac_derive(struct cl_mac *m, const void *secret, size_t secret_len, const void *salt, size_t salt_len,
		  const void *info, size_t info_len, uint8_t out[CL_MAC_SIZE])
{
	static const uint8_t first = 1;
	int r = cl_mac_prepare(m, salt, salt_len);

	r = r ? r : cl_mac(m, secret, secret_len, out);
	r = r ? r : cl_mac_prepare(m, out, CL_MAC_SIZE);
	if (r)
		return r;
	m->work = m->inner;
	if (!SHA256_Update(&m->work, info, info_len) || !SHA256_Update(&m->work, &first, 1) ||
	    !SHA256_Final(m->block, &m->work))
		return -EIO;
	m->work = m->outer;
	if (!SHA256_Update(&m->work, m->block, CL_MAC_SIZE) || !SHA256_Final(out, &m->work))
		return -EIO;
	explicit_bzero(m, sizeof(*m));
	return 0;
}
