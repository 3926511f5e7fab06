/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/compiled.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define DIGEST_SIZE 32

/* user/patterns.c; where that is not linked in both are NULL. */
extern const uint8_t cl_built_patterns[] __attribute__((weak)), cl_built_patterns_end[] __attribute__((weak));

/* Everything that the database follows from. */
static int digest_of(const struct cl_patterns *p, uint8_t out[DIGEST_SIZE])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int good = c && EVP_DigestInit_ex(c, EVP_sha256(), NULL) &&
		   EVP_DigestUpdate(c, p->flags, p->n * sizeof(*p->flags)) &&
		   EVP_DigestUpdate(c, p->ids, p->n * sizeof(*p->ids));

	for (size_t i = 0; i < p->n && good; i++)
		good = EVP_DigestUpdate(c, p->patterns[i], strlen(p->patterns[i]) + 1);
	good = good && EVP_DigestFinal_ex(c, out, NULL);
	EVP_MD_CTX_free(c);
	return good ? 0 : -ENOMEM;
}

/* NULL: none is linked in, or it is another catalogue's or another engine's. */
static hs_database_t *built(const struct cl_patterns *p)
{
	size_t size = (size_t)((uintptr_t)cl_built_patterns_end - (uintptr_t)cl_built_patterns);
	uint8_t digest[DIGEST_SIZE];
	hs_database_t *db = NULL;

	if (size <= DIGEST_SIZE || digest_of(p, digest) || memcmp(digest, cl_built_patterns, DIGEST_SIZE) != 0)
		return NULL;
	if (hs_deserialize_database((const char *)cl_built_patterns + DIGEST_SIZE, size - DIGEST_SIZE, &db) !=
	    HS_SUCCESS)
		return NULL;
	return db;
}

int cl_compiled_open(const struct cl_patterns *p, hs_database_t **db, int *culprit, char **why)
{
	hs_compile_error_t *e = NULL;

	*db = built(p);
	if (*db || hs_compile_multi((const char *const *)p->patterns, p->flags, p->ids, (unsigned int)p->n,
				    HS_MODE_BLOCK, NULL, db, &e) == HS_SUCCESS)
		return 0;
	*culprit = e->expression;
	*why = strdup(e->message);
	hs_free_compile_error(e);
	return *why ? -EINVAL : -ENOMEM;
}

int cl_compiled_write(const struct cl_patterns *p, FILE *f)
{
	const hs_platform_info_t any = {.tune = HS_TUNE_FAMILY_GENERIC};
	_cleanup_free_ char *bytes = NULL;
	uint8_t digest[DIGEST_SIZE];
	hs_compile_error_t *e = NULL;
	hs_database_t *db = NULL;
	hs_error_t r;
	size_t size;

	r = hs_compile_multi((const char *const *)p->patterns, p->flags, p->ids, (unsigned int)p->n, HS_MODE_BLOCK,
			     &any, &db, &e);
	r = r != HS_SUCCESS ? r : hs_serialize_database(db, &bytes, &size);
	hs_free_compile_error(e);
	hs_free_database(db);
	if (r != HS_SUCCESS || digest_of(p, digest))
		return -ENOMEM;
	return fwrite(digest, DIGEST_SIZE, 1, f) == 1 && fwrite(bytes, size, 1, f) == 1 ? 0 : -EIO;
}
