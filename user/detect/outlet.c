/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/outlet.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "credlineage/event.h"

/* Which address a program would get, the time, a route: asked with nothing in hand. */
static bool is_question(const struct cl_observation *obs)
{
	static const uint32_t datagrams[] = {9, 53, 123, 5353, 5355, 65535};

	if (obs->sock_type == SOCK_STREAM)
		return obs->port == 53 || obs->port == 853;
	for (size_t i = 0; i < ARRAY_SIZE(datagrams); i++)
		if (obs->port == datagrams[i])
			return true;
	return false;
}

bool cl_outlet_is_one(const struct cl_observation *obs)
{
	return obs->kind == CL_OBS_CONNECT && obs->how != CL_CONNECT_ACCEPT && obs->family != AF_UNIX && obs->address &&
	       !obs->service && !cl_detect_is_plumbing(obs) && !is_question(obs);
}

bool cl_outlet_is_public(const struct cl_observation *obs)
{
	struct in6_addr six;
	struct in_addr four;
	uint32_t a;

	if (inet_pton(AF_INET6, obs->address, &six) == 1)
		return (six.s6_addr[0] & 0xe0) == 0x20;
	if (inet_pton(AF_INET, obs->address, &four) != 1)
		return false;
	a = ntohl(four.s_addr);
	return a >> 24 != 127 && a >> 24 != 10 && a >> 20 != (172u << 4 | 1) && a >> 16 != (192u << 8 | 168) &&
	       a >> 16 != (169u << 8 | 254) && a >> 22 != (100u << 2 | 1) && a >> 28 < 14;
}
