/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "credential/certificate.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/base64.h"
#include "credential/bytes.h"
#include "credential/block.h"

#define PEM_MAX 65536
#define PRINCIPALS_MAX 64

/* ---- X.509 ---- */

static uint64_t wall_of(const ASN1_TIME *t)
{
	struct tm tm;
	time_t s;

	if (!t || !ASN1_TIME_to_tm(t, &tm))
		return 0;
	s = timegm(&tm);
	return s > 0 && (uint64_t)s < INT64_MAX / CL_NS_PER_S ? (uint64_t)s * CL_NS_PER_S : 0;
}

static void put_name(struct cl_facts *facts, const char *fact, const X509_NAME *name)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n;

	if (out && X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253) >= 0) {
		n = BIO_get_mem_data(out, &text);
		if (n > 0)
			cl_facts_put(facts, fact, text, (size_t)n);
	}
	BIO_free(out);
}

static void put_serial(struct cl_facts *facts, const X509 *x)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x);
	const unsigned char *bytes = ASN1_STRING_get0_data(serial);
	int n = ASN1_STRING_length(serial);
	char hex[2 * 20 + 1];

	if (n <= 0 || n > 20)
		return;
	cl_hex(hex, bytes, (size_t)n);
	cl_facts_puts(facts, "certificate_serial", hex);
}

bool cl_certificate_x509(struct cl_view text, struct cl_facts *facts, uint64_t *expires)
{
	const char *begin = memmem(text.p, text.len, "-----BEGIN CERTIFICATE-----", 27);
	size_t len = begin ? (size_t)(text.p + text.len - begin) : 0;
	BIO *in = begin ? BIO_new_mem_buf(begin, (int)(len < PEM_MAX ? len : PEM_MAX)) : NULL;
	X509 *x = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;

	BIO_free(in);
	ERR_clear_error();
	if (!x)
		return false;
	cl_facts_puts(facts, "certificate", "X.509");
	put_name(facts, "certificate_subject", X509_get_subject_name(x));
	put_name(facts, "certificate_issuer", X509_get_issuer_name(x));
	put_serial(facts, x);
	cl_facts_put_time(facts, "not_before", wall_of(X509_get0_notBefore(x)));
	*expires = wall_of(X509_get0_notAfter(x));
	X509_free(x);
	ERR_clear_error();
	return true;
}

/* ---- OpenSSH ---- */

/* Strings and numbers of the public key that stand between nonce and serial, by key type. */
static const struct {
	const char *type;
	unsigned int fields;
} key_types[] = {
	{"ssh-rsa-cert-v01@openssh.com", 2},
	{"ssh-dss-cert-v01@openssh.com", 4},
	{"ssh-ed25519-cert-v01@openssh.com", 1},
	{"ecdsa-sha2-nistp256-cert-v01@openssh.com", 2},
	{"ecdsa-sha2-nistp384-cert-v01@openssh.com", 2},
	{"ecdsa-sha2-nistp521-cert-v01@openssh.com", 2},
	{"sk-ssh-ed25519-cert-v01@openssh.com", 2},
	{"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", 3},
};

static unsigned int key_fields(struct cl_view type)
{
	for (size_t i = 0; i < ARRAY_SIZE(key_types); i++)
		if (type.len == strlen(key_types[i].type) && !memcmp(type.p, key_types[i].type, type.len))
			return key_types[i].fields;
	return 0;
}

static void put_principals(struct cl_facts *facts, struct cl_view list)
{
	struct cl_bytes r = cl_bytes(list);
	char text[CL_FACT_VALUE_MAX + 8] = "";
	size_t len = 0;

	for (unsigned int i = 0; i < PRINCIPALS_MAX && r.p < r.end; i++) {
		struct cl_view name = cl_bytes_string(&r);
		size_t room = sizeof(text) - 1 - len, n = name.len + 1 < room ? name.len : room > 1 ? room - 1 : 0;

		if (r.bad || !n)
			break;
		if (len)
			text[len++] = ' ';
		memcpy(text + len, name.p, n);
		len += n;
	}
	cl_facts_put(facts, "certificate_principals", text, len);
}

static uint64_t ssh_time(uint64_t seconds)
{
	return seconds < INT64_MAX / CL_NS_PER_S ? seconds * CL_NS_PER_S : 0;
}

/* type, nonce, key, serial, 1 user or 2 host, key id, principals, valid after, valid before, and more. */
static bool read_ssh(struct cl_view blob, struct cl_facts *facts, uint64_t *expires)
{
	struct cl_bytes r = cl_bytes(blob);
	unsigned int fields = key_fields(cl_bytes_string(&r));
	struct cl_view id, principals;
	uint64_t serial, after, before;
	uint32_t kind;
	char number[24];

	cl_bytes_string(&r);
	for (unsigned int i = 0; i < fields; i++)
		cl_bytes_string(&r);
	serial = cl_bytes_u64(&r);
	kind = cl_bytes_u32(&r);
	id = cl_bytes_string(&r);
	principals = cl_bytes_string(&r);
	after = cl_bytes_u64(&r);
	before = cl_bytes_u64(&r);
	if (!fields || r.bad || kind < 1 || kind > 2)
		return false;
	cl_facts_puts(facts, "certificate", kind == 1 ? "OpenSSH user" : "OpenSSH host");
	cl_facts_put(facts, "certificate_key_id", id.p, id.len);
	put_principals(facts, principals);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)serial);
	cl_facts_puts(facts, "certificate_serial", number);
	cl_facts_put_time(facts, "not_before", ssh_time(after));
	*expires = ssh_time(before); /* all ones: for ever */
	return true;
}

bool cl_certificate_ssh(struct cl_view text, void *scratch, size_t size, struct cl_facts *facts, uint64_t *expires)
{
	static const char mark[] = "-cert-v01@openssh.com";
	const char *p = text.len ? memmem(text.p, text.len, mark, strlen(mark)) : NULL, *end, *stop;
	ssize_t n;

	if (!p)
		return false;
	end = text.p + text.len;
	p += strlen(mark);
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	for (stop = p; stop < end && cl_base64_digit(*stop) >= 0; stop++)
		;
	n = cl_base64_decode(p, (size_t)(stop - p), scratch, size);
	return n > 0 && read_ssh((struct cl_view){scratch, (size_t)n}, facts, expires);
}

/* ---- beside a key ---- */

/* kubeconfig has the certificate of its key in base64 under a name of its own. */
static bool in_kubeconfig(const struct cl_beside *b, struct cl_view block, struct cl_facts *facts, uint64_t *expires)
{
	struct cl_block_reader r = cl_block_members(block);
	char key[CL_BLOCK_KEY];
	struct cl_view value;
	ssize_t n = -1;

	while (n < 0 && cl_block_next(&r, key, &value))
		if (!strcmp(key, "clientcertificatedata"))
			n = cl_base64_decode(value.p, value.len, b->scratch, b->scratch_size);
	return n > 0 && cl_certificate_x509((struct cl_view){b->scratch, (size_t)n}, facts, expires);
}

void cl_certificate_beside(const struct cl_beside *b, struct cl_view block, struct cl_facts *facts, uint64_t *expires)
{
	const struct cl_view text = {b->bytes, b->len};
	uint64_t end = 0;
	bool found;

	if (b->source != CL_SOURCE_FILE)
		return;
	found = in_kubeconfig(b, block, facts, &end);
	found = found || cl_certificate_ssh(b->other, b->scratch, b->scratch_size, facts, &end);
	found = found || cl_certificate_ssh(text, b->scratch, b->scratch_size, facts, &end);
	found = found || cl_certificate_x509(text, facts, &end);
	if (!found || *expires || !end)
		return;
	*expires = end;
	cl_facts_puts(facts, "expiry", "of the certificate beside it");
}
