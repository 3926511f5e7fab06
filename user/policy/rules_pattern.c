/* SPDX-License-Identifier: Apache-2.0 */
/* What a criterion may be compared with, read strictly. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"
#include "policy/rules_internal.h"

#define TEXT_MAX 256
#define ADDRESS_BITS 128
#define MAPPED_BITS 96 /* before the IPv4 address in an IPv6 one */
#define HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-*?"

bool cl_pattern_address(const char *text, uint8_t out[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char bare[INET6_ADDRSTRLEN];
	size_t n = strcspn(text, "%"); /* an interface says nothing about where the address is */

	if (n >= sizeof(bare))
		return false;
	memcpy(bare, text, n);
	bare[n] = '\0';
	if (inet_pton(AF_INET, bare, out + 12) == 1) {
		memcpy(out, mapped, sizeof(mapped));
		return true;
	}
	return inet_pton(AF_INET6, bare, out) == 1;
}

static const char *keep(struct cl_pattern *out, const char *text, bool *nomem)
{
	out->text = strdup(text);
	*nomem = !out->text;
	return NULL;
}

static const char *take_user(struct cl_pattern *out, const char *text, bool *nomem)
{
	uint64_t number;

	if (text[strspn(text, "0123456789")])
		return keep(out, text, nomem);
	if (cl_parse_u64(text, UINT32_MAX - 1, &number))
		return "is no user's number";
	out->number = (uint32_t)number;
	out->has_number = true;
	return NULL;
}

static const char *take_network(struct cl_pattern *out, char *host, bool *taken)
{
	char *slash = strchr(host, '/');
	uint64_t bits = ADDRESS_BITS;
	bool four;

	*taken = false;
	if (slash)
		*slash = '\0';
	if (!strcmp(host, "*") && !slash) {
		*taken = true; /* any address: no bit of it counts */
		return NULL;
	}
	if (!cl_pattern_address(host, out->bytes))
		return slash ? "has no address before the \"/\"" : NULL;
	four = !strchr(host, ':');
	if (slash && cl_parse_u64(slash + 1, four ? ADDRESS_BITS - MAPPED_BITS : ADDRESS_BITS, &bits))
		return "has no number of bits behind the \"/\"";
	out->bits = (uint32_t)bits + (slash && four ? MAPPED_BITS : 0);
	*taken = true;
	return NULL;
}

static const char *take_host(struct cl_pattern *out, char *host, bool *nomem)
{
	bool network;
	const char *why = take_network(out, host, &network);

	if (why || network)
		return why;
	if (!*host || host[strspn(host, HOST_CHARACTERS)])
		return "is neither an address, ADDRESS/BITS nor the name of a host, with or without :PORT, nor a "
		       "socket's path";
	if (!host[strspn(host, "0123456789.*?")])
		return "is no address: write a network as ADDRESS/BITS, such as \"10.1.0.0/16\"";
	return keep(out, host, nomem);
}

/* [HOST]:PORT, HOST:PORT, HOST; more than one colon without brackets is an address of IPv6. */
static const char *take_destination(struct cl_pattern *out, const char *text, bool *nomem)
{
	_cleanup_free_ char *copy = strdup(text);
	char *host = copy, *port = NULL, *colon = copy ? strrchr(copy, ':') : NULL;
	uint64_t number;

	*nomem = !copy;
	if (!copy)
		return NULL;
	if (*text == '/' || *text == '@')
		return keep(out, text, nomem);
	if (*copy == '[') {
		char *close = strchr(++host, ']');

		if (!close || (close[1] && close[1] != ':'))
			return "has no \"]\" behind the address";
		port = close[1] ? close + 2 : NULL;
		*close = '\0';
	} else if (colon && strchr(copy, ':') == colon) {
		*colon = '\0';
		port = colon + 1;
	}
	if (port && (cl_parse_u64(port, UINT16_MAX, &number) || !number))
		return "has no port of 1 to 65535 behind the \":\"";
	if (port) {
		out->number = (uint32_t)number;
		out->has_number = true;
	}
	return take_host(out, host, nomem);
}

const char *cl_pattern_take(struct cl_pattern *out, uint32_t kind, const char *text, bool *nomem)
{
	static const char cred[] = "cred:";
	size_t len = strlen(text);

	*out = (struct cl_pattern){0};
	*nomem = false;
	if (!len || len > TEXT_MAX || cl_utf8_span(text, len) != len)
		return "must be a text of 1 to 256 bytes";
	switch (kind) {
	case CL_PATTERN_PATH:
		if (*text != '/' && !cl_starts_with(text, "**/"))
			return "must be a whole path: begin it with \"/\" or \"**/\"";
		return keep(out, text, nomem);
	case CL_PATTERN_USER:
		return take_user(out, text, nomem);
	case CL_PATTERN_CREDENTIAL:
		if (!cl_starts_with(text, cred) || cl_parse_hex(text + strlen(cred), out->bytes, CL_PATTERN_FP))
			return "must be \"cred:\" and 32 hex digits";
		return NULL;
	case CL_PATTERN_DESTINATION:
		return take_destination(out, text, nomem);
	default:
		return keep(out, text, nomem);
	}
}

void cl_patterns_free(struct cl_patterns *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->list[i].text);
	free(p->list);
	*p = (struct cl_patterns){0};
}
