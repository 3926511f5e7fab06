/* SPDX-License-Identifier: Apache-2.0 */
#include "output/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "output/wait.h"

#define LOOKS_MAX 64 /* reads in one look: who talks without end does not keep us */
#define CIPHERS_1_2 "ECDHE+AESGCM:ECDHE+CHACHA20"

struct cl_tls {
	SSL_CTX *context;
	char *name; /* that the certificate must bear: a name or an address */
};

void cl_tls_free(struct cl_tls **p)
{
	struct cl_tls *t = TAKE_PTR(*p);

	if (!t)
		return;
	SSL_CTX_free(t->context);
	free(t->name);
	free(t);
}

static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	return text ? text : "the connection ended";
}

/* ---- settings ---- */

static int load_authorities(struct cl_tls *t, const char *file, struct cl_error *err)
{
	if (!file)
		return SSL_CTX_set_default_verify_paths(t->context) == 1 ? 0 : -ENOMEM;
	if (SSL_CTX_load_verify_file(t->context, file) == 1)
		return 0;
	return cl_fail(err, -EINVAL, "cannot use ca-file \"%s\": %s", file, reason());
}

static int check_key_mode(const char *file, struct cl_error *err)
{
	struct stat st;

	if (stat(file, &st))
		return cl_fail(err, -errno, "cannot use key-file \"%s\": %s", file, strerror(errno));
	if (st.st_mode & S_IRWXO)
		return cl_fail(
			err, -EPERM,
			"cannot use key-file \"%s\": it is open to everyone (mode %04o); close it with chmod 600", file,
			st.st_mode & 07777);
	return 0;
}

static int load_key(struct cl_tls *t, const char *certificate, const char *key, struct cl_error *err)
{
	int r;

	if (!certificate)
		return key ? cl_fail(err, -EINVAL, "cannot use key-file alone: cert-file= names its certificate") : 0;
	key = key ? key : certificate;
	r = check_key_mode(key, err);
	if (r)
		return r;
	if (SSL_CTX_use_certificate_chain_file(t->context, certificate) != 1)
		return cl_fail(err, -EINVAL, "cannot use cert-file \"%s\": %s", certificate, reason());
	if (SSL_CTX_use_PrivateKey_file(t->context, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(t->context) != 1)
		return cl_fail(err, -EINVAL, "cannot use key-file \"%s\": %s", key, reason());
	return 0;
}

/* OpenSSL would ask at the terminal. */
static int no_passphrase(char *buf, int size, int writing, void *data)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)data;
	return 0;
}

static int make_context(struct cl_tls *t)
{
	t->context = SSL_CTX_new(TLS_client_method());
	if (!t->context || SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(t->context, CIPHERS_1_2) != 1)
		return -ENOMEM;
	SSL_CTX_set_options(t->context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_verify(t->context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(t->context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(t->context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_default_passwd_cb(t->context, no_passphrase);
	return 0;
}

int cl_tls_new(struct cl_tls **out, const struct cl_output_spec *spec, struct cl_error *err)
{
	_cleanup_(cl_tls_free) struct cl_tls *t = calloc(1, sizeof(*t));
	const char *name = cl_spec_get(spec, "server-name");
	int r = t ? make_context(t) : -ENOMEM;

	if (r)
		return cl_fail(err, r, "cannot set up TLS: %s", reason());
	t->name = strdup(name ? name : spec->host);
	r = t->name ? load_authorities(t, cl_spec_get(spec, "ca-file"), err) : -ENOMEM;
	r = r ? r : load_key(t, cl_spec_get(spec, "cert-file"), cl_spec_get(spec, "key-file"), err);
	ERR_clear_error();
	if (!r)
		*out = TAKE_PTR(t);
	return r;
}

/* ---- one connection ---- */

static int expect(SSL *ssl, char *name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	struct in6_addr address;

	SSL_set_app_data(ssl, name); /* for messages of the handshake */
	if (inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1 ? 0 : -ENOMEM;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1 ? 0 : -ENOMEM;
}

/* What is wrong with the certificate, and what mends it. */
static int distrust(long verdict, const char *name, struct cl_error *err)
{
	const char *text = X509_verify_cert_error_string(verdict);

	switch (verdict) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return cl_fail(err, -EPROTO, "its certificate is not for \"%s\"; server-name= says another name", name);
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return cl_fail(err, -EPROTO,
			       "nobody known signed its certificate (%s); ca-file= names the file of who did", text);
	default:
		return cl_fail(err, -EPROTO, "its certificate is not valid (%s); it needs another", text);
	}
}

static bool is_alert_about_certificate(void)
{
	switch (ERR_GET_REASON(ERR_peek_last_error())) {
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
		return true;
	default:
		return false;
	}
}

/* After a call that failed with `code` of SSL_get_error. */
static int explain(SSL *ssl, int code, struct cl_error *err)
{
	int saved = errno;
	long verdict = SSL_get_verify_result(ssl);

	if (verdict != X509_V_OK)
		return distrust(verdict, SSL_get_app_data(ssl), err);
	if (is_alert_about_certificate())
		return cl_fail(err, -EPROTO, "it refuses our certificate (%s); cert-file= and key-file= name the one",
			       reason());
	if (ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_WRONG_VERSION_NUMBER ||
	    ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNSUPPORTED_PROTOCOL ||
	    ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION)
		return cl_fail(err, -EPROTO, "it does not speak TLS 1.2 or 1.3 there (%s)", reason());
	if (code == SSL_ERROR_SYSCALL && saved)
		return cl_fail(err, -saved, "%s", strerror(saved));
	return cl_fail(err, code == SSL_ERROR_SSL ? -EPROTO : -ECONNRESET, "%s", reason());
}

/* -EAGAIN and what to wait for, or what went wrong. */
static int outcome(SSL *ssl, int result, short *events, struct cl_error *err)
{
	int code = SSL_get_error(ssl, result);

	*events = code == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
	return code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE ? -EAGAIN : explain(ssl, code, err);
}

static int shake_hands(SSL *ssl, int fd, uint64_t until, const atomic_bool *stop, struct cl_error *err)
{
	for (;;) {
		short events;
		int r;

		ERR_clear_error();
		r = SSL_connect(ssl);
		if (r == 1)
			return 0;
		r = outcome(ssl, r, &events, err);
		if (r != -EAGAIN)
			return r;
		r = cl_wait_ready(fd, events, until, stop);
		if (r)
			return cl_fail(err, r, "%s", r == -ETIMEDOUT ? "no answer to the TLS handshake" : strerror(-r));
	}
}

static int note_asked(SSL *ssl, void *asked)
{
	(void)ssl;
	*(bool *)asked = true;
	return 1;
}

int cl_tls_start(struct cl_tls *t, int fd, uint64_t until, const atomic_bool *stop, struct ssl_st **out,
		 struct cl_error *err)
{
	_cleanup_(cl_tls_end) SSL *ssl = SSL_new(t->context);
	bool asked = false;
	int r = ssl && SSL_set_fd(ssl, fd) == 1 ? expect(ssl, t->name) : -ENOMEM;

	if (r)
		return cl_fail(err, r, "no memory for TLS");
	SSL_set_cert_cb(ssl, note_asked, &asked);
	r = shake_hands(ssl, fd, until, stop, err);
	SSL_set_cert_cb(ssl, NULL, NULL);
	if (!r && asked && SSL_version(ssl) == TLS1_3_VERSION) {
		r = cl_wait_ready(fd, POLLIN, cl_boot_ns() + CL_NS_PER_S, stop);
		r = r ? 0 : cl_tls_look(ssl, err);
		if (r > 0)
			r = cl_fail(err, -ECONNRESET, "it closed the connection after the TLS handshake");
	}
	if (!r)
		*out = TAKE_PTR(ssl);
	return r;
}

void cl_tls_end(struct ssl_st **p)
{
	if (*p && SSL_is_init_finished(*p))
		SSL_shutdown(*p);
	ERR_clear_error();
	SSL_free(TAKE_PTR(*p));
}

ssize_t cl_tls_write(struct ssl_st *ssl, const char *bytes, size_t len, short *events, struct cl_error *err)
{
	size_t n;
	int r;

	ERR_clear_error();
	r = SSL_write_ex(ssl, bytes, len, &n);
	return r == 1 ? (ssize_t)n : outcome(ssl, r, events, err);
}

int cl_tls_look(struct ssl_st *ssl, struct cl_error *err)
{
	char bytes[512];
	short events;
	int r, times = 0;

	do {
		ERR_clear_error();
		r = SSL_read(ssl, bytes, sizeof(bytes));
	} while (r > 0 && ++times < LOOKS_MAX);
	if (r > 0)
		return 0;
	if (SSL_get_error(ssl, r) == SSL_ERROR_ZERO_RETURN)
		return 1;
	r = outcome(ssl, r, &events, err);
	return r == -EAGAIN ? 0 : r;
}
