/* SPDX-License-Identifier: Apache-2.0 */
/* Acts on sockets: where a process connected or sent, who came to it, and what became of it. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "pipeline/observe_internal.h"
#include "pipeline/strings.h"

/* ::ffff:192.0.2.1 is the same place as 192.0.2.1. */
static int ip_text(struct cl_observer *o, uint32_t *family, const uint8_t *address, uint32_t scope, const char **out)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (*family != AF_INET6 || memcmp(address, mapped, sizeof(mapped)))
		return cl_ip_address(o->arena, (int)*family, address, scope, out);
	*family = AF_INET;
	return cl_ip_address(o->arena, AF_INET, address + sizeof(mapped), 0, out);
}

/* The place is where the socket's file is; the name that led there is told where it is another. */
static int unix_text(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	const char *name;
	int r = cl_unix_address(&o->concealer, o->arena, ev->unix_name, ev->h->flags & CL_F_ABSTRACT, &name);

	obs->address = name;
	if (r || !*ev->path)
		return r;
	r = cl_observer_text(o, ev->path, false, &obs->address);
	if (!r && name && strcmp(name, obs->address) != 0)
		obs->filename = name;
	return r;
}

/* Of where the process asked to go, when that is another place than where it went. Raw: what others say is hidden later. */
static int names_text(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const struct cl_connect *c = ev->connect;
	const uint8_t *address = ev->h->flags & CL_F_REDIRECTED ? c->asked : c->address;
	struct cl_name_list list = {.n = 0};
	bool four = c->family == AF_INET;

	if (!o->names || c->how == CL_CONNECT_ACCEPT)
		return 0;
	if (!four && !memcmp(address, mapped, sizeof(mapped))) {
		address += sizeof(mapped);
		four = true;
	}
	o->names(o->names_ctx, ev, four ? AF_INET : AF_INET6, address, &list);
	if (!list.n)
		return 0;
	obs->names = cl_arena_strdup(o->raw, list.text);
	return obs->names ? 0 : -ENOMEM;
}

int cl_observe_connect(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	const struct cl_connect *c = ev->connect;
	uint32_t family = c->family;
	int r;

	obs->kind = CL_OBS_CONNECT;
	obs->family = c->family;
	obs->sock_type = c->type;
	obs->how = ev->how;
	obs->repeats = ev->repeats;
	obs->socket = c->socket;
	obs->dev = c->dev;
	obs->ino = c->ino;
	obs->port = c->port;
	if (c->family == AF_UNIX) {
		r = unix_text(o, ev, obs);
		obs->service = cl_catalogue_service_of(o->catalogue, obs->address)
				       ?: cl_catalogue_service_of(o->catalogue, obs->filename);
		return r ?: 1;
	}
	r = ip_text(o, &obs->family, c->address, c->scope, &obs->address);
	if (!r && ev->h->flags & CL_F_REDIRECTED) {
		obs->asked_port = c->asked_port;
		r = ip_text(o, &family, c->asked, 0, &obs->asked_address);
	}
	if (c->how != CL_CONNECT_ACCEPT)
		obs->service = cl_catalogue_service_at(o->catalogue, obs->address, obs->port);
	r = r ?: names_text(o, ev, obs);
	return r ?: 1;
}

int cl_observe_connect_end(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	const struct cl_connect_end *c = ev->connect_end;

	obs->kind = CL_OBS_CONNECT_END;
	obs->family = c->family;
	obs->sock_type = c->type;
	obs->port = c->port;
	obs->socket = c->socket;
	obs->result = c->error;
	return ip_text(o, &obs->family, c->address, c->scope, &obs->address) ?: 1;
}
