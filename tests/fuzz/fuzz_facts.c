/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as claims, as a Kerberos cache, as a certificate, and as what lies around a value. The facts that come out
 * are bounded, printable lines with proper names, whatever went in.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "credential/beside.h"
#include "credential/ccache.h"
#include "credential/certificate.h"
#include "credential/claims.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SCRATCH 16384

static struct cl_fp_key *key;

static void check(const struct cl_facts *f)
{
	const char *text = cl_facts_text(f), *at = text;
	struct cl_fact_line line;
	size_t lines = 0, ends = text != NULL;

	if (!text)
		return;
	if (strlen(text) != f->len || f->len >= CL_FACTS_SIZE || cl_utf8_span(text, f->len) != f->len)
		abort();
	for (const char *p = text; *p; p++) {
		ends += *p == '\n';
		if (((unsigned char)*p < 0x20 && *p != '\n') || *p == 0x7f)
			abort();
	}
	while (cl_facts_next(&at, &line)) {
		lines++;
		if (line.value_len > CL_FACT_VALUE_MAX || line.value + line.value_len > text + f->len)
			abort();
	}
	if (lines != ends)
		abort();
}

static int ticket(void *ctx, const struct cl_ticket *t)
{
	const struct cl_view *all = ctx;

	check(&t->facts);
	if (t->secret.p < all->p || t->secret.p + t->secret.len > all->p + all->len ||
	    t->from != (size_t)(t->secret.p - all->p))
		abort();
	return 0;
}

static void around(const char *text, size_t len, bool pem, const struct cl_view *other, void *scratch)
{
	const struct cl_format format = {.id = pem	 ? "key"
					       : len % 2 ? "aws_secret_key"
							 : "some_token",
					 .provider = "x",
					 .kind = "x",
					 .form = pem ? CL_FORM_PEM : CL_FORM_TOKEN};
	struct cl_facts facts = {.len = 0};
	uint64_t expires = 0;
	uint32_t class = 0;
	struct cl_beside b = {.source = CL_SOURCE_FILE + (uint32_t)(len % 3),
			      .bytes = text,
			      .len = len,
			      .from = len / 3,
			      .to = len / 2,
			      .format = &format,
			      .written = 1700000000ull * 1000000000,
			      .key = key,
			      .other = *other,
			      .scratch = scratch,
			      .scratch_size = SCRATCH};

	cl_beside_read(&b, &facts, &expires, &class);
	check(&facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char scratch[SCRATCH];
	struct cl_facts claims = {.len = 0}, ssh = {.len = 0}, x509 = {.len = 0};
	struct cl_error err;
	uint64_t expires;
	struct cl_view v;
	char *copy;

	if (!key && cl_fp_key_once(&key, &err))
		abort();
	copy = malloc(size ? size : 1); /* its last byte is the last that may be read */
	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	v = (struct cl_view){copy, size};
	cl_claims_read(v, &claims, &expires);
	check(&claims);
	cl_ccache_read(copy, size, ticket, &v);
	cl_certificate_ssh(v, scratch, sizeof(scratch), &ssh, &expires);
	check(&ssh);
	cl_certificate_x509(v, &x509, &expires);
	check(&x509);
	around(copy, size, false, &v, scratch);
	around(copy, size, true, &v, scratch);
	free(copy);
	return 0;
}
