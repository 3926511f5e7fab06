/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/ccache.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "credential/bytes.h"

#define COMPONENTS_MAX 16
#define LIST_MAX 1024 /* addresses, authorization data */
#define NAME_SIZE 256

bool cl_ccache_is(const char *bytes, size_t len)
{
	return len > 4 && bytes[0] == 5 && (bytes[1] == 3 || bytes[1] == 4);
}

/* "user/instance@REALM" of a principal; false: malformed. */
static bool principal(struct cl_bytes *r, char out[NAME_SIZE], bool *config)
{
	uint32_t count;
	struct cl_view realm;
	size_t len = 0;

	cl_bytes_u32(r); /* name type */
	count = cl_bytes_u32(r);
	realm = cl_bytes_string(r);
	if (r->bad || count > COMPONENTS_MAX)
		return false;
	*config = realm.len == 12 && !memcmp(realm.p, "X-CACHECONF:", 12);
	for (uint32_t i = 0; i < count; i++) {
		struct cl_view part = cl_bytes_string(r);
		size_t n = part.len < NAME_SIZE / 2 ? part.len : NAME_SIZE / 2;

		if (len + n + 2 > NAME_SIZE)
			continue;
		if (i)
			out[len++] = '/';
		memcpy(out + len, part.p, n);
		len += n;
	}
	if (len + realm.len + 2 <= NAME_SIZE) {
		out[len++] = '@';
		memcpy(out + len, realm.p, realm.len);
		len += realm.len;
	}
	out[len] = '\0';
	return !r->bad;
}

/* A counted list of (type, data). */
static void skip_list(struct cl_bytes *r)
{
	uint32_t count = cl_bytes_u32(r);

	r->bad |= count > LIST_MAX;
	while (!r->bad && count--) {
		cl_bytes_u16(r);
		cl_bytes_string(r);
	}
}

static uint64_t seconds(uint32_t s)
{
	return (uint64_t)s * CL_NS_PER_S;
}

static void put_facts(struct cl_ticket *t, const char *client, const char *server, uint64_t start, uint64_t renew)
{
	cl_facts_puts(&t->facts, "subject", client);
	cl_facts_puts(&t->facts, "audience", server);
	cl_facts_put_time(&t->facts, "not_before", start);
	cl_facts_put_time(&t->facts, "renewable_until", renew);
	if (t->expires)
		cl_facts_puts(&t->facts, "expiry", "declared by the cache");
}

/* 1: a ticket, 0: an entry that is none, -1: malformed, or cut off. */
static int credential(struct cl_bytes *r, uint8_t version, const uint8_t *begin, struct cl_ticket *t)
{
	char client[NAME_SIZE], server[NAME_SIZE];
	uint32_t auth, start, renew;
	const uint8_t *key;
	bool config = false;

	if (!principal(r, client, &config) || !principal(r, server, &config))
		return -1;
	cl_bytes_u16(r); /* encryption type, which version 3 says twice */
	if (version == 3)
		cl_bytes_u16(r);
	key = r->p;
	cl_bytes_string(r);
	auth = cl_bytes_u32(r);
	start = cl_bytes_u32(r);
	t->expires = seconds(cl_bytes_u32(r));
	renew = cl_bytes_u32(r);
	cl_bytes_u8(r);	 /* whether the ticket's key is the session's */
	cl_bytes_u32(r); /* flags */
	skip_list(r);
	skip_list(r);
	cl_bytes_string(r);
	if (r->bad)
		return -1;
	t->secret = (struct cl_view){(const char *)key, (size_t)(r->p - key)};
	t->from = (size_t)(key - begin);
	cl_bytes_string(r); /* a second ticket */
	if (r->bad)
		return -1;
	put_facts(t, client, server, seconds(start ? start : auth), seconds(renew));
	return !config;
}

int cl_ccache_read(const char *bytes, size_t len, int (*each)(void *ctx, const struct cl_ticket *t), void *ctx)
{
	struct cl_bytes r = cl_bytes((struct cl_view){bytes, len});
	char owner[NAME_SIZE];
	uint8_t version;
	bool config;
	int stop = 0;

	if (!cl_ccache_is(bytes, len))
		return 0;
	cl_bytes_u8(&r);
	version = cl_bytes_u8(&r);
	if (version == 4)
		cl_bytes_take(&r, cl_bytes_u16(&r));
	if (!principal(&r, owner, &config))
		return 0;
	for (unsigned int n = 0; n < CL_CCACHE_TICKETS && r.p < r.end && !stop; n++) {
		struct cl_ticket t = {.expires = 0};
		int kind = credential(&r, version, (const uint8_t *)bytes, &t);

		if (kind < 0)
			break;
		stop = kind ? each(ctx, &t) : 0;
	}
	return stop;
}
