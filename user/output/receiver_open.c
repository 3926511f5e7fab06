/* SPDX-License-Identifier: Apache-2.0 */
/* From an output's spec to the place, its certificates and its secret. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "output/receiver.h"

#define ANSWER_MAX (1u << 20)
#define TIMEOUT_S 30
#define TIMEOUT_MAX_S 300

/* ---- the place ---- */

/* The URL is put together of parts that cannot say anything else than they should: no user, no query, no second host. */
static int check_place(const struct cl_output_spec *spec, struct cl_error *err)
{
	for (const char *c = spec->host; *c; c++)
		if (*c <= ' ' || *c >= 0x7f || strchr("@?#/\\%\"<>", *c))
			return cl_fail(err, -EINVAL,
				       "cannot use output \"%s\": \"%s\" is no host name (one with other letters than "
				       "ASCII is written in its xn-- form)",
				       spec->text, spec->host);
	for (const char *c = spec->path; *c; c++)
		if (*c <= ' ' || *c >= 0x7f || strchr("?#\\\"<>", *c))
			return cl_fail(err, -EINVAL, "cannot use output \"%s\": the path must be percent-encoded",
				       spec->text);
	return 0;
}

static int make_url(struct cl_receiver *r, const struct cl_output_spec *spec)
{
	_cleanup_text_ struct cl_text url = {0};
	const char *scheme = strchr(spec->scheme, '+') + 1, *port = spec->port ? spec->port : r->kind->port;
	size_t len = strlen(spec->path);
	bool v6 = strchr(spec->host, ':');
	int code = cl_text_printf(&url, "%s://%s%s%s", scheme, v6 ? "[" : "", spec->host, v6 ? "]" : "");

	code = code || !port ? code : cl_text_printf(&url, ":%s", port);
	r->authority = code ? NULL : strdup(cl_text_str(&url));
	while (len && !r->kind->whole_path && spec->path[len - 1] == '/')
		len--;
	code = r->authority ? cl_text_append(&url, spec->path, len) : -ENOMEM;
	r->url = code ? NULL : cl_text_take(&url);
	return r->url ? 0 : -ENOMEM;
}

static bool is_loopback(const char *host)
{
	return !strcmp(host, "localhost") || !strcmp(host, "::1") ||
	       (cl_starts_with(host, "127.") && !host[strspn(host, "0123456789.")]);
}

static int check_cleartext(const struct cl_receiver *r, const struct cl_output_spec *spec, struct cl_error *err)
{
	const char *may = cl_spec_get(spec, "cleartext");

	if (may && strcmp(may, "yes"))
		return cl_fail(err, -EINVAL, "cannot use output \"%s\": cleartext can only be yes", spec->text);
	if (may || !r->header.bytes || cl_starts_with(r->url, "https:") || is_loopback(spec->host))
		return 0;
	return cl_fail(err, -EINVAL,
		       "cannot use output \"%s\": the secret in %s would go in clear text to another host; use https, "
		       "or say cleartext=yes where nobody listens",
		       spec->text, r->secret_option);
}

/* ---- the secret ---- */

static const struct {
	const char *option, *scheme; /* NULL: the receiver's own for a token */
	bool encoded;
} secrets[] = {
	{"token-file", NULL, false},
	{"api-key-file", "ApiKey", false},
	{"login-file", "Basic", true},
};

/* A header ends at a line break: a secret that has one would be two headers. */
static bool fits_a_header(const struct cl_secret *s, bool spaces)
{
	for (size_t i = 0; i < s->len; i++)
		if ((unsigned char)s->bytes[i] < (spaces ? 0x20 : 0x21) || s->bytes[i] == 0x7f)
			return false;
	return true;
}

static int make_header(const struct cl_secret *secret, const char *scheme, bool encoded, struct cl_secret *out)
{
	int at = snprintf(out->bytes, CL_SECRET_MAX, "Authorization: %s ", scheme);
	size_t need = encoded ? (secret->len + 2) / 3 * 4 : secret->len;

	if ((size_t)at + need > CL_SECRET_MAX)
		return -E2BIG;
	if (encoded)
		EVP_EncodeBlock((unsigned char *)out->bytes + at, (const unsigned char *)secret->bytes,
				(int)secret->len);
	else
		memcpy(out->bytes + at, secret->bytes, secret->len);
	out->len = (size_t)at + need;
	out->bytes[out->len] = '\0';
	return 0;
}

static int read_header(struct cl_receiver *r, size_t which, struct cl_error *err)
{
	_cleanup_secret_ struct cl_secret secret = {0}, header = {0};
	const char *scheme = secrets[which].scheme ? secrets[which].scheme : r->kind->token;
	int code = cl_secret_read(&secret, r->secret_file, err);

	if (code)
		return code;
	if (!fits_a_header(&secret, secrets[which].encoded) || (secrets[which].encoded && !strchr(secret.bytes, ':')))
		return cl_fail(err, -EINVAL, "cannot use the secret in \"%s\": %s", r->secret_file,
			       secrets[which].encoded ? "it must be one line, USER:PASSWORD"
						      : "it must be one line without spaces");
	code = cl_secret_make(&header);
	code = code ? code : make_header(&secret, scheme, secrets[which].encoded, &header);
	if (code)
		return cl_fail(err, code, "cannot use the secret in \"%s\": %s", r->secret_file, strerror(-code));
	cl_secret_free(&r->header);
	r->header = header;
	header = (struct cl_secret){0};
	return 0;
}

static int read_again(struct cl_receiver *r, struct cl_error *err)
{
	for (size_t i = 0; r->secret_file && i < ARRAY_SIZE(secrets); i++)
		if (!strcmp(secrets[i].option, r->secret_option))
			return read_header(r, i, err);
	return 0;
}

static int find_secret(struct cl_receiver *r, const struct cl_output_spec *spec, struct cl_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		const char *file = cl_spec_get(spec, secrets[i].option);

		if (!file)
			continue;
		if (r->secret_file)
			return cl_fail(err, -EINVAL, "cannot use output \"%s\": both %s and %s are given", spec->text,
				       r->secret_option, secrets[i].option);
		r->secret_file = strdup(file);
		r->secret_option = secrets[i].option;
		if (!r->secret_file)
			return -ENOMEM;
	}
	return read_again(r, err);
}

/* ---- open and close ---- */

static int connect_it(struct cl_receiver *r, const struct cl_output_spec *spec, struct cl_error *err)
{
	struct cl_error why = {0};
	uint64_t seconds = TIMEOUT_S;
	int code = cl_spec_number(spec, "timeout", 1, TIMEOUT_MAX_S, &seconds, err);
	const struct cl_client_place place = {
		.url = r->url,
		.ca_file = cl_spec_get(spec, "ca-file"),
		.cert_file = cl_spec_get(spec, "cert-file"),
		.key_file = cl_spec_get(spec, "key-file"),
		.timeout_ns = seconds * CL_NS_PER_S,
		.answer_max = ANSWER_MAX,
		.stop = r->stop,
	};

	if (code)
		return code;
	code = cl_client_new(&r->http, &place, &why);
	return code ? cl_fail(err, code, "cannot use output \"%.200s\": %.250s", spec->text, why.text) : 0;
}

int cl_receiver_open(struct cl_receiver *r, const struct cl_receiver_kind *kind, const struct cl_output_spec *spec,
		     const atomic_bool *stop, struct cl_error *err)
{
	int code = check_place(spec, err);

	r->kind = kind;
	r->stop = stop;
	code = code ? code : make_url(r, spec);
	code = code ? code : find_secret(r, spec, err);
	code = code ? code : check_cleartext(r, spec, err);
	return code ? code : connect_it(r, spec, err);
}

void cl_receiver_close(struct cl_receiver *r)
{
	cl_client_free(&r->http);
	cl_secret_free(&r->header);
	free(r->url);
	free(r->authority);
	free(r->secret_file);
	*r = (struct cl_receiver){0};
}

void cl_receiver_reopen(void *state)
{
	struct cl_receiver *r = state;
	struct cl_error err = {0};

	if (read_again(r, &err))
		cl_warn("output %s at %s: %s, using the secret from before", r->kind->name, r->authority, err.text);
	cl_client_reconnect(r->http);
}
