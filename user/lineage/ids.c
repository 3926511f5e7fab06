/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/ids.h"

#include <openssl/sha.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"
#include "credlineage/event.h"

/* A path of the kernel's greatest length with every byte escaped, and two of them in one id. */
#define TEXT_SIZE (4 * 4352 + 64)
#define WHOLE_SIZE (2 * TEXT_SIZE + 64)
#define TAIL_SIZE 34 /* "~" + 32 hex + NUL */

static bool plain(const char *s)
{
	for (; *s; s++)
		if (*s < 0x20 || *s > 0x7e || *s == '\\')
			return false;
	return true;
}

/* Cuts before a UTF-8 continuation byte would be left alone. */
static size_t whole_characters(const char *s, size_t len)
{
	while (len && ((unsigned char)s[len] & 0xc0) == 0x80)
		len--;
	return len;
}

static void cut_with_hash(char *buf, size_t size, const char *whole)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	size_t keep = size > TAIL_SIZE ? whole_characters(whole, size - TAIL_SIZE) : 0;
	char hex[33];

	SHA256((const unsigned char *)whole, strlen(whole), digest);
	cl_hex(hex, digest, 16);
	snprintf(buf, size, "%.*s~%s", (int)keep, whole, hex);
}

/* Escapes both parts (printable, and different texts stay different) and cuts what is too long. */
__attribute__((noinline)) static void join_odd(char *buf, size_t size, const char *kind, const char *first,
					       const char *rest)
{
	char a[TEXT_SIZE], b[TEXT_SIZE], whole[WHOLE_SIZE];

	cl_escape(a, sizeof(a), first);
	cl_escape(b, sizeof(b), rest ? rest : "");
	snprintf(whole, sizeof(whole), "%s:%s%s%s", kind, a, rest ? ":" : "", b);
	if (strlen(whole) < size)
		memcpy(buf, whole, strlen(whole) + 1);
	else
		cut_with_hash(buf, size, whole);
}

/* kind:first[:rest]. Almost every id is printable and short: that way is made of copies alone. */
static char *join(char *buf, size_t size, const char *kind, const char *first, const char *rest)
{
	size_t k = strlen(kind), f, r;

	first = first ? first : "";
	f = strlen(first);
	r = rest ? strlen(rest) : 0;
	if (k + f + r + 3 > size || !plain(first) || (rest && !plain(rest))) {
		join_odd(buf, size, kind, first, rest);
		return buf;
	}
	memcpy(buf, kind, k);
	buf[k++] = ':';
	memcpy(buf + k, first, f + 1);
	if (rest) {
		buf[k + f] = ':';
		memcpy(buf + k + f + 1, rest, r + 1);
	}
	return buf;
}

/* Decimal digits before `end`; returns where they begin. */
static char *digits(char *end, uint64_t v)
{
	do {
		*--end = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	return end;
}

char *cl_id_host(char *buf, size_t size, const char *host_id)
{
	return join(buf, size, "host", host_id, NULL);
}

static char *of_process(char *buf, size_t size, const char *kind, const char *boot_id, struct cl_process_key key)
{
	char text[40], *at = text + sizeof(text) - 1;

	*at = '\0';
	at = digits(at, key.start);
	*--at = ':';
	return join(buf, size, kind, boot_id, digits(at, key.tgid));
}

char *cl_id_process(char *buf, size_t size, const char *boot_id, struct cl_process_key key)
{
	return of_process(buf, size, "process", boot_id, key);
}

char *cl_id_unknown(char *buf, size_t size, const char *boot_id, struct cl_process_key key)
{
	return of_process(buf, size, "unknown", boot_id, key);
}

char *cl_id_run(char *buf, size_t size, const char *host_id, const char *run_id)
{
	return join(buf, size, "run", host_id, run_id ? run_id : "");
}

char *cl_id_workflow(char *buf, size_t size, const char *name)
{
	return join(buf, size, "workflow", name, NULL);
}

char *cl_id_user(char *buf, size_t size, const char *host_id, uint32_t uid)
{
	char text[12], *end = text + sizeof(text) - 1;

	*end = '\0';
	return join(buf, size, "user", host_id, digits(end, uid));
}

char *cl_id_credential(char *buf, size_t size, const uint8_t fp[CL_FP_SIZE])
{
	char hex[2 * CL_FP_SIZE + 1];

	cl_hex(hex, fp, CL_FP_SIZE);
	return join(buf, size, "cred", hex, NULL);
}

char *cl_id_file(char *buf, size_t size, const char *host_id, const char *path)
{
	return join(buf, size, "file", host_id, path ? path : "");
}

const char *cl_transport_name(uint32_t family, uint32_t sock_type)
{
	if (family == AF_UNIX)
		return "unix";
	switch (sock_type & 0xf) { /* without SOCK_CLOEXEC and SOCK_NONBLOCK */
	case SOCK_STREAM:
		return "tcp";
	case SOCK_DGRAM:
		return "udp";
	default:
		return "other";
	}
}

char *cl_id_destination(char *buf, size_t size, const struct cl_observation *connect)
{
	char kind[32], text[12], bracketed[64], *end = text + sizeof(text) - 1;
	const char *address = connect->address ? connect->address : "";

	/* a peer that came is another thing than a place that serves: the port is the actor's own */
	snprintf(kind, sizeof(kind), "destination:%s%s", cl_transport_name(connect->family, connect->sock_type),
		 connect->kind == CL_OBS_CONNECT && connect->how == CL_CONNECT_ACCEPT ? "-in" : "");
	if (connect->family == AF_UNIX)
		return join(buf, size, kind, address, NULL);
	if (connect->family == AF_INET6 && strlen(address) < sizeof(bracketed) - 2) {
		snprintf(bracketed, sizeof(bracketed), "[%s]", address);
		address = bracketed;
	}
	*end = '\0';
	return join(buf, size, kind, address, digits(end, connect->port));
}

char *cl_id_container(char *buf, size_t size, const char *id)
{
	return join(buf, size, "container", id, NULL);
}
