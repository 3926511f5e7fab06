/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/connections.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/table.h"

#define PROCESSES_MAX 4096

struct connection {
	uint32_t family, sock_type, port, how;
	uint64_t socket, when;
	char *address;
};

struct caller {
	struct cl_process_key key;
	struct connection list[CL_CONNECTIONS_EACH]; /* the oldest first */
	size_t n;
	UT_hash_handle hh; /* the table's order is that of the last act */
};

struct cl_connections {
	struct caller *callers;
	uint64_t evicted;
};

int cl_connections_new(struct cl_connections **out)
{
	struct cl_connections *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	*out = c;
	return 0;
}

static void drop_one(struct caller *p, size_t i)
{
	free(p->list[i].address);
	p->n--;
	memmove(&p->list[i], &p->list[i + 1], (p->n - i) * sizeof(p->list[0]));
}

static void drop(struct cl_connections *c, struct caller *p)
{
	HASH_DEL(c->callers, p);
	while (p->n)
		drop_one(p, p->n - 1);
	free(p);
}

void cl_connections_free(struct cl_connections **p)
{
	struct cl_connections *c = TAKE_PTR(*p);

	while (c && c->callers)
		drop(c, c->callers);
	free(c);
}

static struct caller *find(const struct cl_connections *c, struct cl_process_key key)
{
	struct caller *p = NULL;

	key.pad = 0;
	HASH_FIND(hh, c->callers, &key, sizeof(key), p);
	return p;
}

static struct caller *enter(struct cl_connections *c, struct cl_process_key key)
{
	struct caller *p = find(c, key);

	if (p) {
		HASH_DEL(c->callers, p);
	} else {
		if (HASH_COUNT(c->callers) >= PROCESSES_MAX) {
			drop(c, c->callers);
			c->evicted++;
		}
		p = calloc(1, sizeof(*p));
		if (!p)
			return NULL;
		p->key = key;
		p->key.pad = 0;
	}
	HASH_ADD(hh, c->callers, key, sizeof(p->key), p);
	if (cl_table_added(p))
		return p;
	while (p->n)
		drop_one(p, p->n - 1);
	free(p);
	return NULL;
}

static bool same_place(const struct connection *a, const struct cl_observation *obs)
{
	return a->family == obs->family && a->port == obs->port && !strcmp(a->address, obs->address);
}

static void keep(struct cl_connections *c, const struct cl_observation *obs)
{
	struct caller *p = enter(c, obs->process);
	char *address = p ? strdup(obs->address) : NULL;

	if (!address)
		return;
	for (size_t i = 0; i < p->n; i++) {
		if (same_place(&p->list[i], obs)) {
			drop_one(p, i);
			break;
		}
	}
	if (p->n == CL_CONNECTIONS_EACH)
		drop_one(p, 0);
	p->list[p->n++] = (struct connection){.family = obs->family,
					      .sock_type = obs->sock_type,
					      .port = obs->port,
					      .how = obs->how,
					      .socket = obs->socket,
					      .when = obs->ts,
					      .address = address};
}

/* Nobody was there. */
static void refused(struct cl_connections *c, const struct cl_observation *obs)
{
	struct caller *p = find(c, obs->process);

	for (size_t i = 0; p && i < p->n; i++) {
		if (p->list[i].socket == obs->socket) {
			drop_one(p, i);
			return;
		}
	}
}

void cl_connections_take(struct cl_connections *c, const struct cl_observation *obs)
{
	struct caller *p;

	switch (obs->kind) {
	case CL_OBS_CONNECT:
		if (obs->sock_type == SOCK_STREAM && obs->address)
			keep(c, obs);
		return;
	case CL_OBS_CONNECT_END:
		if (obs->result)
			refused(c, obs);
		return;
	case CL_OBS_EXIT:
		p = find(c, obs->process);
		if (p)
			drop(c, p);
		return;
	default:
		return;
	}
}

size_t cl_connections_of(const struct cl_connections *c, const struct cl_observation *now,
			 struct cl_observation out[CL_CONNECTIONS_EACH])
{
	const struct caller *p = find(c, now->process);

	for (size_t i = 0; p && i < p->n; i++) {
		const struct connection *one = &p->list[i];

		out[i] = (struct cl_observation){.kind = CL_OBS_CONNECT,
						 .ts = now->ts,
						 .process = now->process,
						 .family = one->family,
						 .sock_type = one->sock_type,
						 .port = one->port,
						 .how = one->how,
						 .socket = one->socket,
						 .address = one->address,
						 .since = one->when};
	}
	return p ? p->n : 0;
}

uint64_t cl_connections_evicted(const struct cl_connections *c)
{
	return c->evicted;
}
