/* SPDX-License-Identifier: Apache-2.0 */
/* Acts on sockets: where a process connected. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "pipeline/observe_internal.h"
#include "pipeline/strings.h"

int cl_observe_connect(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	const struct cl_connect *c = ev->connect;
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	obs->kind = CL_OBS_CONNECT;
	obs->family = c->family;
	obs->sock_type = c->type;
	obs->how = ev->how;
	obs->repeats = ev->repeats;
	obs->socket = c->socket;
	obs->dev = c->dev;
	obs->ino = c->ino;
	obs->port = c->port;
	if (c->family == AF_UNIX)
		return cl_unix_address(o->scanner, o->arena, ev->unix_path, ev->h->flags & CL_F_ABSTRACT, &obs->address)
			       ?: 1;
	/* ::ffff:192.0.2.1 is the same place as 192.0.2.1. */
	if (c->family == AF_INET6 && !memcmp(c->address, mapped, sizeof(mapped))) {
		obs->family = AF_INET;
		return cl_ip_address(o->arena, AF_INET, c->address + sizeof(mapped), 0, &obs->address) ?: 1;
	}
	return cl_ip_address(o->arena, c->family, c->address, c->scope, &obs->address) ?: 1;
}

int cl_observe_connect_end(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	(void)o;
	obs->kind = CL_OBS_CONNECT_END;
	obs->socket = ev->connect_end->socket;
	obs->result = ev->connect_end->error;
	return 1;
}
