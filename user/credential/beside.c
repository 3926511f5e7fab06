/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "credential/beside.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "base/text.h"
#include "credential/block.h"
#include "credential/certificate.h"

#define MILLISECONDS_FROM 100000000000ull /* a count of seconds this high is in the year 5138 */

enum end_kind { END_AT, END_IN };

/* Keys, as cl_block_next gives them, that say when what lies beside them ends. */
static const struct {
	const char *key;
	enum end_kind kind;
	bool refresh; /* of the refresh token, not of the others */
} ends[] = {
	{"expiresat", END_AT, false},
	{"expiration", END_AT, false},
	{"expirationtime", END_AT, false},
	{"expiry", END_AT, false},
	{"expirydate", END_AT, false},
	{"tokenexpiry", END_AT, false},
	{"expireson", END_AT, false},
	{"expires", END_AT, false},
	{"accesstokenexpiresat", END_AT, false},
	{"xsecuritytokenexpires", END_AT, false},
	{"awscredentialexpiration", END_AT, false},
	{"awssessionexpiration", END_AT, false},
	{"refreshtokenexpiresat", END_AT, true},
	{"refreshexpiresat", END_AT, true},
	{"expiresin", END_IN, false},
	{"refreshtokenexpiresin", END_IN, true},
	{"refreshexpiresin", END_IN, true},
};

static bool digits(struct cl_view v, uint64_t *out)
{
	char text[24];

	if (!v.len || v.len >= sizeof(text))
		return false;
	memcpy(text, v.p, v.len);
	text[v.len] = '\0';
	return !cl_parse_u64(text, 1000 * (INT64_MAX / CL_NS_PER_S), out);
}

/* RFC 3339, also with a blank for the T and as "... UTC"; a time without a zone could be anybody's and is none. */
static uint64_t clock_time(struct cl_view v)
{
	char text[48];
	uint64_t ns = 0;

	if (v.len < 20 || v.len >= sizeof(text) - 1)
		return 0;
	memcpy(text, v.p, v.len);
	text[v.len] = '\0';
	if (text[10] == ' ')
		text[10] = 'T';
	if (v.len > 23 && !strcmp(text + v.len - 4, " UTC"))
		memcpy(text + v.len - 4, "Z", 2);
	/* "+0000" as "+00:00" */
	if (strlen(text) > 5 && strchr("+-", text[strlen(text) - 5]) &&
	    isdigit((unsigned char)text[strlen(text) - 4])) {
		size_t n = strlen(text);

		memmove(text + n - 1, text + n - 2, 3);
		text[n - 2] = ':';
	}
	return cl_parse_time(text, 0, &ns) ? 0 : ns;
}

static uint64_t moment(struct cl_view v)
{
	const char *dot = memchr(v.p, '.', v.len);
	struct cl_view whole = {v.p, dot && v.len < 24 ? (size_t)(dot - v.p) : v.len};
	uint64_t n;

	if (!digits(whole, &n))
		return clock_time(v);
	n /= n >= MILLISECONDS_FROM ? 1000 : 1;
	return n < INT64_MAX / CL_NS_PER_S ? n * CL_NS_PER_S : 0;
}

static uint64_t span_from(uint64_t written, struct cl_view v)
{
	uint64_t n;

	/* Ten years are no lifetime, but a moment under another name. */
	if (!written || !digits(v, &n) || n > 10ull * 366 * 86400)
		return 0;
	return written + n * CL_NS_PER_S;
}

static bool is_refresh(const struct cl_beside *b)
{
	return (b->name && strcasestr(b->name, "refresh")) || strstr(b->format->id, "refresh");
}

/* Times beside it speak of tokens: of no key pair, password or registered client. */
static bool may_end(const struct cl_beside *b)
{
	static const char *const others[] = {"client", "password", "passwd", "private"};

	for (size_t i = 0; b->name && i < ARRAY_SIZE(others); i++)
		if (strcasestr(b->name, others[i]))
			return false;
	return b->format->form != CL_FORM_PEM;
}

struct told {
	uint64_t at, in; /* wall ns: a moment, and the end of a span */
	bool renewable;
};

static void take_member(const struct cl_beside *b, bool refresh, const char *key, struct cl_view value, struct told *t)
{
	t->renewable |= !refresh && !strcmp(key, "refreshtoken") && value.len >= 8;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		if (strcmp(ends[i].key, key) || ends[i].refresh != refresh)
			continue;
		if (ends[i].kind == END_AT)
			t->at = t->at ? t->at : moment(value);
		else
			t->in = t->in ? t->in : span_from(b->written, value);
	}
}

static struct told read_block(const struct cl_beside *b, struct cl_view block)
{
	struct cl_block_reader r = cl_block_members(block);
	struct told told = {.at = 0};
	bool refresh = is_refresh(b);
	char key[CL_BLOCK_KEY];
	struct cl_view value;

	while (cl_block_next(&r, key, &value))
		take_member(b, refresh, key, value, &told);
	return told;
}

/* ---- query strings ---- */

/* "?sv=...&se=2026-01-01T00%3A00%3A00Z&sig=...": the run of characters around a signature. */
static struct cl_view query_around(const struct cl_beside *b)
{
	static const char stops[] = " \t\r\n\"'`<>;,|\\(){}[]";
	size_t from = b->from, to = b->to;

	while (from && b->from - from < 2048 && b->bytes[from - 1] && !strchr(stops, b->bytes[from - 1]))
		from--;
	while (to < b->len && to - b->to < 2048 && b->bytes[to] && !strchr(stops, b->bytes[to]))
		to++;
	return (struct cl_view){b->bytes + from, to - from};
}

static bool parameter(struct cl_view query, const char *name, char *out, size_t size)
{
	size_t n = strlen(name), len = 0;
	const char *end = query.p + query.len;

	for (const char *p = query.p; p + n + 1 < end; p++) {
		if (memcmp(p, name, n) || p[n] != '=' || (p > query.p && !strchr("?& ", p[-1]) && p[-1]))
			continue;
		for (p += n + 1; p < end && *p != '&' && len < size - 1; p++) {
			uint8_t byte;
			char hex[3] = {p + 2 < end ? p[1] : 0, p + 2 < end ? p[2] : 0, 0};

			if (*p == '%' && !cl_parse_hex(hex, &byte, 1)) {
				out[len++] = (char)byte;
				p += 2;
			} else {
				out[len++] = *p;
			}
		}
		out[len] = '\0';
		return len > 0;
	}
	return false;
}

/* A shared access signature says when it ends in the query string that it signs. */
static uint64_t signature_end(const struct cl_beside *b)
{
	struct cl_view query = query_around(b);
	char text[64] = "";
	uint64_t ns;

	if (!memmem(query.p, query.len, "sig=", 4) || !parameter(query, "se", text, sizeof(text)))
		return 0;
	if (strlen(text) == 10 && strchr(text, '-')) /* a date is its first moment */
		return cl_parse_time(text, 0, &ns) ? 0 : ns;
	if (strlen(text) == 17 && text[16] == 'Z') /* minutes */
		memcpy(text + 16, ":00Z", 5);
	return moment((struct cl_view){text, strlen(text)});
}

/* ---- key pairs ---- */

/* AKIA... and ASIA...: the id of a pair of keys, of a user or of a session. */
static const char *key_id(struct cl_view block)
{
	for (size_t i = 0; i + 20 <= block.len; i++) {
		const char *p = block.p + i;
		size_t n = 4;

		if ((memcmp(p, "AKIA", 4) && memcmp(p, "ASIA", 4)) || (i && isalnum((unsigned char)p[-1])))
			continue;
		while (n < 20 && (isupper((unsigned char)p[n]) || (p[n] >= '2' && p[n] <= '7')))
			n++;
		if (n == 20 && (i + 20 == block.len || !isalnum((unsigned char)p[20])))
			return p;
	}
	return NULL;
}

/* Id, secret and token of one session carry the same `pair`; of the id only its fingerprint leaves. */
static void put_pair(const struct cl_beside *b, struct cl_view block, struct cl_facts *facts, uint32_t *class)
{
	const char *id = key_id(block);
	bool session = strstr(b->format->id, "session");
	uint8_t fp[CL_FP_SIZE];
	char text[CL_FP_TEXT];

	if (id) {
		session |= !memcmp(id, "ASIA", 4);
		if (!cl_fingerprint(b->key, id, 20, fp))
			cl_facts_put(facts, "key_pair", cl_fp_format(text, fp) + 5, 16);
	}
	if (session)
		*class = CL_CLASS_EPHEMERAL;
	if (id || session)
		cl_facts_puts(facts, "account", session ? "session" : "user");
}

/* ---- all of it ---- */

static void take_end(struct cl_facts *facts, uint64_t *expires, uint32_t *class, uint64_t end, const char *how)
{
	if (*expires || !end)
		return;
	*expires = end;
	*class = CL_CLASS_EPHEMERAL;
	cl_facts_puts(facts, "expiry", how);
}

void cl_beside_read(const struct cl_beside *b, struct cl_facts *facts, uint64_t *expires, uint32_t *class)
{
	bool pair = cl_starts_with(b->format->id, "aws_se");
	struct cl_view block;
	struct told told;

	/* An environment is no place of one credential: only what names its own kind is taken from it. */
	if (b->source == CL_SOURCE_FILE || pair)
		block = cl_block_around(b->source, b->bytes, b->len, b->from, b->to);
	else
		block = (struct cl_view){b->bytes, 0};
	if (b->format->form == CL_FORM_PEM) {
		cl_certificate_beside(b, block, facts, expires);
		return;
	}
	if (pair)
		put_pair(b, block, facts, class);
	if (!may_end(b))
		return;
	told = read_block(b, block);
	take_end(facts, expires, class, signature_end(b), "declared by the signed address");
	/* A moment beats a span: that counts from when the file was written, which may be later. */
	take_end(facts, expires, class, told.at, "written beside it");
	take_end(facts, expires, class, told.in, "its span beside it, from the file's last change");
	if (told.renewable && b->source == CL_SOURCE_FILE)
		cl_facts_puts(facts, "renewable", "a refresh token lies beside it");
}
