/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A valid value for any format of the catalogue, made at run time from its pattern and its check. What a test program
 * links against the core library may use this; others have make_token.h.
 */
#pragma once

#include <ctype.h>

#include "catalogue/check.h"
#include "credential/credential.h"
#include "credential/pattern.h"
#include "make_token.h"

struct mk_sample_reader {
	const char *p; /* in the pattern */
	char *out;
	size_t n;
};

/* The character that the escape at *p stands for; NUL for \x00, which no sample holds. Moves to its last one. */
static inline char mk_sample_escape(const char **p)
{
	++*p;
	if (**p == 's')
		return ' ';
	if (**p != 'x')
		return **p;
	*p += 2;
	return '\0';
}

/* The class at r->p ("[0-9a-f]") as an alphabet; moves behind it. */
static inline void mk_sample_class(struct mk_sample_reader *r, char alphabet[257])
{
	size_t n = 0;

	for (r->p++; *r->p != ']'; r->p++) {
		if (*r->p == '\\') {
			alphabet[n] = mk_sample_escape(&r->p);
			n += alphabet[n] != '\0';
		} else if (r->p[1] == '-' && r->p[2] != ']') {
			for (int c = r->p[0]; c <= r->p[2]; c++)
				alphabet[n++] = (char)c;
			r->p += 2;
		} else {
			alphabet[n++] = *r->p;
		}
	}
	alphabet[n] = '\0';
	r->p++;
}

/* "{3}", "{3,9}", "{3,}", "?" or nothing behind an item: how often it is written. Picks the least or, rarely, more. */
static inline unsigned int mk_sample_count(struct mk_sample_reader *r)
{
	unsigned int least = 1, most = 1;
	int used = 0;

	if (*r->p == '?') {
		r->p++;
		return mk_random(2);
	}
	if (*r->p != '{')
		return 1;
	if (sscanf(r->p, "{%u,%u}%n", &least, &most, &used) == 2 && used)
		;
	else if (sscanf(r->p, "{%u,}%n", &least, &used) == 1 && used)
		most = least + 20;
	else
		most = sscanf(r->p, "{%u}%n", &least, &used) == 1 ? least : 1;
	r->p = strchr(r->p, '}') + 1;
	return least + (most > least ? mk_random(most - least + 1) : 0);
}

static inline const char *mk_sample_group_end(const char *p)
{
	int depth = 0;

	for (;; p++) {
		p += 2 * (*p == '\\');
		depth += (*p == '(') - (*p == ')');
		if (!depth)
			return p;
	}
}

static inline void mk_sample_sequence(struct mk_sample_reader *r, const char *end);

/* One alternative of the group at r->p, picked by chance. */
static inline void mk_sample_group(struct mk_sample_reader *r)
{
	const char *close = mk_sample_group_end(r->p), *starts[16], *body = strchr(r->p, ':') + 1,
		   *quantified = close + 1;
	unsigned int n = 0, count;
	int depth = 0;

	starts[n++] = body;
	for (const char *p = body; p < close; p++) {
		p += 2 * (*p == '\\');
		depth += (*p == '(') - (*p == ')');
		if (*p == '|' && !depth)
			starts[n++] = p + 1;
	}
	r->p = quantified;
	count = mk_sample_count(r);
	quantified = r->p;
	while (count--) {
		unsigned int pick = mk_random(n);

		r->p = starts[pick];
		mk_sample_sequence(r, pick + 1 < n ? starts[pick + 1] - 1 : close);
	}
	r->p = quantified;
}

static inline void mk_sample_sequence(struct mk_sample_reader *r, const char *end)
{
	while (r->p < end) {
		char alphabet[257] = "";

		if (*r->p == '(') {
			mk_sample_group(r);
			continue;
		}
		if (*r->p == '[') {
			mk_sample_class(r, alphabet);
		} else {
			alphabet[0] = *r->p == '\\' ? mk_sample_escape(&r->p) : *r->p;
			r->p++;
		}
		for (unsigned int count = mk_sample_count(r); count; count--) {
			if (alphabet[1])
				mk_random_text(r->out + r->n++, 1, alphabet);
			else
				r->out[r->n++] = alphabet[0];
		}
	}
	r->out[r->n] = '\0';
}

/* Four of a kind in a row, and the like, happen by chance; no real token is asked to avoid them. */
static inline bool mk_sample_fits(const struct cl_format *f, const char *t)
{
	size_t n = strlen(t), fixed = cl_pattern_prefix(f->pattern, (char[32]){0}, 32);

	return (f->entropy <= 0 || cl_entropy(t, n) >= f->entropy + 0.3) && (!f->valid || f->valid(t, n)) &&
	       !cl_is_placeholder(t + fixed, n - fixed, n > 200);
}

/* Header with "alg" and "enc", no key of its own (the two sides share it), and random parts. */
static inline char *mk_sample_jwe(void)
{
	char header[96], *h, *iv, *t;

	snprintf(header, sizeof(header), "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"k%u\"}", mk_random(1u << 30));
	h = mk_base64(header, strlen(header), true);
	iv = mk_token_simple("..", 16, MK_URL64, ".");
	t = mk_token_simple(iv, 120, MK_URL64, ".");
	free(iv);
	iv = mk_token_simple(t, 22, MK_URL64, "");
	free(t);
	t = mk_token_simple(h, 0, MK_URL64, iv);
	free(h);
	free(iv);
	return t;
}

/* A key that the format's context asks for; malloc'ed. */
MK_TOKEN char *mk_sample_key(const struct cl_format *f)
{
	char *key = malloc(1024);
	struct mk_sample_reader r = {.p = f->context, .out = key};

	assert(key);
	mk_sample_sequence(&r, f->context + strlen(f->context));
	return key;
}

static inline char *mk_sample_claim(const struct cl_format *f)
{
	char claims[512];

	snprintf(claims, sizeof(claims), "{\"aud\":\"x%u\",\"%s\":\"%sx\",\"nested\":{\"exp\":1}}", mk_random(1u << 30),
		 f->claim, f->claim_prefix ? f->claim_prefix : "");
	return mk_token_jwt_claims(claims);
}

static inline char *mk_sample_pem(const struct cl_format *f)
{
	return mk_token_pem(strstr(f->pattern, "OPENSSH") ? "OPENSSH PRIVATE KEY"
			    : strstr(f->pattern, "PGP")	  ? "PGP PRIVATE KEY BLOCK"
							  : "RSA PRIVATE KEY");
}

/* malloc'ed */
MK_TOKEN char *mk_sample(const struct cl_format *f)
{
	char *t = malloc(8192), *jwt;

	assert(t);
	if (!f->pattern || f->form == CL_FORM_PEM || f->valid == cl_check_find("jwe")) {
		free(t);
		return !f->pattern ? mk_sample_claim(f) : f->form == CL_FORM_PEM ? mk_sample_pem(f) : mk_sample_jwe();
	}
	for (int attempt = 0; attempt < 10000; attempt++) {
		struct mk_sample_reader r = {.p = f->pattern, .out = t};

		mk_sample_sequence(&r, f->pattern + strlen(f->pattern));
		if (f->valid == cl_check_find("crc32-base62")) {
			char *body = strchr(t, '_') + 1;

			mk_number(t + r.n - 6, 6, mk_crc32(body, r.n - 6 - (size_t)(body - t)), MK_ALNUM);
		} else if (f->valid == cl_check_find("crc32-base36")) {
			mk_number(t + r.n - 7, 7, mk_crc32(t, r.n - 7), MK_DIGITS MK_LOWER);
		} else if (f->valid == cl_check_find("jwt")) {
			jwt = mk_token_jwt(1900000000);
			snprintf(strstr(t, "eyJ"), 4096, "%s", jwt);
			free(jwt);
		}
		if (mk_sample_fits(f, t))
			return t;
	}
	fprintf(stderr, "no sample of %s\n", f->id);
	abort();
}
