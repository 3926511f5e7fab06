/* SPDX-License-Identifier: Apache-2.0 */
#include "event/names.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"

#define NAME_BYTES 128 /* longer ones are no names of services */
#define HEADER 12
#define RECORDS_MAX 64

struct place {
	uint8_t family, address[16];
};

struct named {
	struct place place;
	char names[CL_NAMES_EACH][NAME_BYTES]; /* the latest first */
	UT_hash_handle hh;
};

struct cl_names {
	struct named *table;
	size_t max;
	uint64_t evicted;
};

int cl_names_new(struct cl_names **out, size_t max)
{
	struct cl_names *n = calloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	n->max = max ? max : 1;
	*out = n;
	return 0;
}

static void drop(struct cl_names *n, struct named *e)
{
	HASH_DEL(n->table, e);
	free(e);
}

void cl_names_free(struct cl_names **p)
{
	struct cl_names *n = TAKE_PTR(*p);

	while (n && n->table)
		drop(n, n->table);
	free(n);
}

uint64_t cl_names_evicted(const struct cl_names *n)
{
	return n->evicted;
}

/* Lower case letters, digits, and what joins them: nothing that means something to whoever prints or splits it. */
static bool clean(const char *s, size_t len, char out[NAME_BYTES])
{
	if (len && s[len - 1] == '.')
		len--;
	if (!len || len >= NAME_BYTES)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)s[i]) && !strchr("-._", s[i]))
			return false;
		out[i] = (char)tolower((unsigned char)s[i]);
	}
	out[len] = '\0';
	return true;
}

static struct place place_of(int family, const uint8_t *address)
{
	struct place p = {.family = (uint8_t)family};

	memcpy(p.address, address, family == AF_INET ? 4 : 16);
	return p;
}

static struct named *find(const struct cl_names *n, const struct place *p)
{
	struct named *e = NULL;

	HASH_FIND(hh, n->table, p, sizeof(*p), e);
	return e;
}

static int enter(struct cl_names *n, const struct place *p, const char *name)
{
	struct named *e = find(n, p);
	size_t i = 0;

	if (e) { /* uthash keeps the order of insertion: the head is the least recent */
		HASH_DEL(n->table, e);
	} else {
		while (n->table && HASH_COUNT(n->table) >= n->max) {
			drop(n, n->table);
			n->evicted++;
		}
		e = calloc(1, sizeof(*e));
		if (!e)
			return -ENOMEM;
		e->place = *p;
	}
	HASH_ADD(hh, n->table, place, sizeof(e->place), e);
	if (!cl_table_added(e)) {
		free(e);
		return -ENOMEM;
	}
	while (i < CL_NAMES_EACH - 1 && *e->names[i] && strcmp(e->names[i], name))
		i++;
	memmove(e->names[1], e->names[0], i * NAME_BYTES);
	memcpy(e->names[0], name, strlen(name) + 1);
	return 0;
}

/* ---- messages ---- */

struct message {
	const uint8_t *bytes;
	size_t len, at;
};

static unsigned int word(const struct message *m, size_t at)
{
	return (unsigned int)m->bytes[at] << 8 | m->bytes[at + 1];
}

static int skip_name(struct message *m)
{
	int n = m->at < m->len ? dn_skipname(m->bytes + m->at, m->bytes + m->len) : -1;

	if (n <= 0)
		return -EPROTO;
	m->at += (size_t)n;
	return 0;
}

/* Name, type, class, time to live, length, data. 1: it gave an address, 0: something else. */
static int take_record(struct cl_names *n, struct message *m, const char *name)
{
	unsigned int type, size;
	struct place p;
	int r = skip_name(m);

	if (r || m->len - m->at < 10)
		return -EPROTO;
	type = word(m, m->at);
	size = word(m, m->at + 8);
	m->at += 10;
	if (m->len - m->at < size)
		return -EPROTO;
	m->at += size;
	if (!(type == ns_t_a && size == 4) && !(type == ns_t_aaaa && size == 16))
		return 0;
	p = place_of(type == ns_t_a ? AF_INET : AF_INET6, m->bytes + m->at - size);
	r = enter(n, &p, name);
	return r ? r : 1;
}

/* An answer without an error to one question. */
static bool is_answer(const struct message *m)
{
	return m->len > HEADER && m->bytes[2] & 0x80 && !(m->bytes[3] & 0x0f) && word(m, 4) == 1;
}

int cl_names_take(struct cl_names *n, const uint8_t *message, size_t len)
{
	struct message m = {.bytes = message, .len = len, .at = HEADER};
	char asked[NS_MAXDNAME], name[NAME_BYTES];
	int taken = 0, r;

	if (!is_answer(&m))
		return 0;
	if (dn_expand(message, message + len, message + HEADER, asked, sizeof(asked)) < 0 || skip_name(&m) ||
	    m.len - m.at < 4)
		return -EPROTO;
	m.at += 4;
	if (!clean(asked, strlen(asked), name))
		return 0;
	for (unsigned int i = 0; i < word(&m, 6) && i < RECORDS_MAX; i++) {
		r = take_record(n, &m, name);
		if (r < 0)
			return r;
		taken += r;
	}
	return taken;
}

/* ---- questions ---- */

static bool is_listed(const struct cl_name_list *l, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = l->text; (at = strstr(at, name)); at += len)
		if ((at == l->text || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

static void list(struct cl_name_list *l, const char *name)
{
	size_t len = strlen(name);

	if (l->n == CL_NAMES_EACH || l->len + len + 2 > sizeof(l->text) || is_listed(l, name))
		return;
	if (l->n++)
		l->text[l->len++] = ' ';
	memcpy(l->text + l->len, name, len + 1);
	l->len += len;
}

void cl_names_find(const struct cl_names *n, int family, const uint8_t *address, struct cl_name_list *out)
{
	struct place p = place_of(family, address);
	const struct named *e = find(n, &p);

	for (size_t i = 0; e && i < CL_NAMES_EACH && *e->names[i]; i++)
		list(out, e->names[i]);
}

/* The names of one line, when it is about the address. */
static void take_line(char *line, const struct place *p, struct cl_name_list *out)
{
	char *at = NULL, *word, name[NAME_BYTES];
	uint8_t address[16];

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, " \t\r", &at);
	if (!word || inet_pton(p->family, word, address) != 1 ||
	    memcmp(address, p->address, p->family == AF_INET ? 4 : 16))
		return;
	while ((word = strtok_r(NULL, " \t\r", &at)))
		if (clean(word, strlen(word), name))
			list(out, name);
}

void cl_hosts_find(const char *text, size_t len, int family, const uint8_t *address, struct cl_name_list *out)
{
	struct place p = place_of(family, address);
	const char *end = text + len, *stop;
	char line[512];

	for (; text < end; text = stop + 1) {
		stop = memchr(text, '\n', (size_t)(end - text));
		stop = stop ? stop : end;
		if ((size_t)(stop - text) >= sizeof(line) || memchr(text, '\0', (size_t)(stop - text)))
			continue;
		memcpy(line, text, (size_t)(stop - text));
		line[stop - text] = '\0';
		take_line(line, &p, out);
	}
}
