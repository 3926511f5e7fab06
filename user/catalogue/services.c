/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places that hand credentials out to whoever connects: metadata services, agents, the sockets of container engines.
 * Known by what a connection says of itself: an address and port, or the path of a socket's file.
 */
#include <errno.h>
#include <string.h>

#include "catalogue/internal.h"
#include "catalogue/glob.h"

static struct cl_service *find(struct cl_catalogue *c, const char *id)
{
	for (size_t i = 0; i < c->n_services; i++)
		if (!strcmp(c->services[i].id, id))
			return &c->services[i];
	return NULL;
}

int cl_catalogue_put_service(struct cl_catalogue *c, const struct cl_service *s)
{
	struct cl_service *old = find(c, s->id);

	if (old) {
		*old = *s;
		return 0;
	}
	if (c->n_services == CL_CATALOGUE_SERVICES)
		return -E2BIG;
	c->services[c->n_services++] = *s;
	return 0;
}

void cl_catalogue_remove_service(struct cl_catalogue *c, const char *id)
{
	struct cl_service *s = find(c, id);

	if (s)
		*s = c->services[--c->n_services];
}

/* A link-local address carries the interface after a '%'. */
static bool is_address(const char *listed, const char *address)
{
	size_t n = strcspn(address, "%");

	return strlen(listed) == n && !memcmp(listed, address, n);
}

const char *cl_catalogue_service_at(const struct cl_catalogue *c, const char *address, uint32_t port)
{
	for (size_t i = 0; address && i < c->n_services; i++) {
		const struct cl_service *s = &c->services[i];

		for (const char *const *a = s->addresses; a && *a && port == s->port; a++)
			if (is_address(*a, address))
				return s->id;
	}
	return NULL;
}

const char *cl_catalogue_service_of(const struct cl_catalogue *c, const char *path)
{
	for (size_t i = 0; path && *path == '/' && i < c->n_services; i++)
		for (const char *const *glob = c->services[i].paths; glob && *glob; glob++)
			if (cl_glob_match(*glob, path))
				return c->services[i].id;
	return NULL;
}
