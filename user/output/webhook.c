/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A webhook: one POST for each finding, signed as Standard Webhooks 1.0 says (www.standardwebhooks.com), which has
 * libraries for the other end in most languages:
 *   webhook-id: the report's own, the same when it comes again      webhook-timestamp: seconds of the Unix epoch
 *   webhook-signature: v1,BASE64   of HMAC-SHA-256 over "ID.TIMESTAMP.BODY"
 *   webhook+https://HOST[:PORT][/PATH]?secret-file=FILE       the key: "whsec_BASE64", or else the bytes as they are
 * A signature needs secret-file; a token-file or login-file goes into Authorization besides. 2xx: it is there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/base64.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "output/receiver.h"

#define PREFIX "whsec_"
#define KEY_MIN 16 /* bytes */

struct webhook {
	struct cl_receiver receiver; /* first */
	char *file, *media;
	struct cl_secret key;
	char id[CL_REPORT_KEY_SIZE]; /* of the finding that is sent now */
};

/* ---- the key ---- */

static int read_key(struct webhook *w, struct cl_error *err)
{
	_cleanup_secret_ struct cl_secret text = {0}, key = {0};
	ssize_t len;
	int r = cl_secret_read(&text, w->file, err);

	r = r ? r : cl_secret_make(&key);
	if (r)
		return r;
	if (cl_starts_with(text.bytes, PREFIX)) {
		len = cl_base64_decode(text.bytes + strlen(PREFIX), text.len - strlen(PREFIX), key.bytes,
				       CL_SECRET_MAX);
		if (len < 0)
			return cl_fail(err, -EINVAL, "cannot use the secret in \"%s\": what follows %s is no base64",
				       w->file, PREFIX);
	} else {
		memcpy(key.bytes, text.bytes, text.len);
		len = (ssize_t)text.len;
	}
	if (len < KEY_MIN)
		return cl_fail(err, -EINVAL, "cannot use the secret in \"%s\": a key has at least %d bytes", w->file,
			       KEY_MIN);
	key.len = (size_t)len;
	cl_secret_free(&w->key);
	w->key = key;
	key = (struct cl_secret){0};
	return 0;
}

/* "webhook-signature: v1,..." */
static int sign(const struct webhook *w, unsigned long long now, const struct cl_text *body, char *out, size_t size)
{
	_cleanup_text_ struct cl_text text = {0};
	unsigned char mac[EVP_MAX_MD_SIZE], encoded[2 * EVP_MAX_MD_SIZE];
	unsigned int len;
	int r = cl_text_printf(&text, "%s.%llu.", w->id, now);

	r = r ? r : cl_text_append(&text, cl_text_str(body), body->len);
	if (r)
		return r;
	if (!HMAC(EVP_sha256(), w->key.bytes, (int)w->key.len, (const unsigned char *)cl_text_str(&text), text.len, mac,
		  &len))
		return -EIO;
	EVP_EncodeBlock(encoded, mac, (int)len);
	snprintf(out, size, "webhook-signature: v1,%s", (const char *)encoded);
	return 0;
}

/* ---- the request ---- */

static int render(struct cl_receiver *r, const struct cl_output_format *format, const cJSON *finding,
		  struct cl_text *body)
{
	struct webhook *w = (struct webhook *)r;

	cl_report_key(finding, w->id);
	free(w->media);
	w->media = NULL;
	if (asprintf(&w->media, "Content-Type: %s", format->media ? format->media : "application/octet-stream") < 0)
		return -ENOMEM;
	return cl_render_within(format, finding, cl_wall_ns(), CL_RECEIVER_RECORD_MAX, body);
}

static int post(struct cl_receiver *r, struct cl_text *body, struct cl_parcel *parcels, size_t n,
		struct cl_receiver_reply *reply, struct cl_error *err)
{
	const struct webhook *w = (const struct webhook *)r;
	unsigned long long now = cl_wall_ns() / CL_NS_PER_S;
	char id[sizeof(w->id) + 16], when[48], signature[192];
	const char *const headers[] = {w->media, id, when, w->key.bytes ? signature : NULL, NULL};
	struct cl_client_answer answer = {0};
	int code = 0;

	(void)n;
	snprintf(id, sizeof(id), "webhook-id: %s", w->id);
	snprintf(when, sizeof(when), "webhook-timestamp: %llu", now);
	if (w->key.bytes && sign(w, now, body, signature, sizeof(signature)))
		return cl_fail(err, -EAGAIN, "cannot sign it: out of memory");
	code = cl_receiver_post(r, NULL, headers, body, &answer, reply, err);
	cl_text_free(&answer.body);
	if (code == -EBADMSG)
		reply->bad = 0;
	if (!code)
		parcels->result = 0;
	return code;
}

static const struct cl_receiver_kind kind = {
	.name = "webhook",
	.token = "Bearer",
	.whole_path = true,
	.render = render,
	.post = post,
};

/* ---- the transport ---- */

static void close_webhook(void **state)
{
	struct webhook *w = TAKE_PTR(*state);

	cl_receiver_close(&w->receiver);
	cl_secret_free(&w->key);
	free(w->file);
	free(w->media);
	free(w);
}

static int set_up(struct webhook *w, const struct cl_output_spec *spec, const atomic_bool *stop, struct cl_error *err)
{
	const char *file = cl_spec_get(spec, "secret-file");

	w->file = file ? strdup(file) : NULL;
	if (file && !w->file)
		return -ENOMEM;
	if (file && read_key(w, err))
		return -EINVAL;
	return cl_receiver_open(&w->receiver, &kind, spec, stop, err);
}

static int open_webhook(const struct cl_output_spec *spec, const atomic_bool *stop, void **state, struct cl_error *err)
{
	struct webhook *w = calloc(1, sizeof(*w));
	void *p = w;
	int r = w ? set_up(w, spec, stop, err) : -ENOMEM;

	if (!r)
		*state = w;
	else if (w)
		close_webhook(&p);
	return r;
}

static void reopen_webhook(void *state)
{
	struct webhook *w = state;
	struct cl_error err = {0};

	if (w->file && read_key(w, &err))
		cl_warn("output webhook at %s: %s, using the secret from before", w->receiver.authority, err.text);
	cl_receiver_reopen(w);
}

static const char *const options[] = {CL_RECEIVER_OPTIONS, "secret-file", "token-file", "login-file", NULL};

#define WEBHOOK(name)                                                                                                  \
	{                                                                                                              \
		.scheme = (name), .target = CL_TARGET_URL, .format = "ocsf", .options = options, .open = open_webhook, \
		.send = cl_receiver_send, .reopen = reopen_webhook, .close = close_webhook,                            \
	}
const struct cl_transport cl_transport_webhook = WEBHOOK("webhook+https");
const struct cl_transport cl_transport_webhook_plain = WEBHOOK("webhook+http");
