/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/ids.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/text.h"

/* A path of the kernel's greatest length with every byte escaped, and that with its host before it. */
#define TEXT_SIZE (4 * 4352 + 64)
#define WHOLE_SIZE (TEXT_SIZE + 2 * CL_ID_SIZE)
#define TAIL_SIZE 34 /* "~" + 32 hex + NUL */

static bool plain(const char *s)
{
	for (; *s; s++)
		if (*s < 0x20 || *s > 0x7e || *s == '\\')
			return false;
	return true;
}

/* The string as it may stand in an id: printable, and different strings stay different. Returns s itself or buf. */
static const char *clean(char *buf, size_t size, const char *s)
{
	if (!s)
		return "";
	return plain(s) ? s : cl_escape(buf, size, s);
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

__attribute__((format(printf, 3, 4))) static char *format_id(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n >= size) {
		char whole[WHOLE_SIZE];

		va_start(ap, fmt);
		vsnprintf(whole, sizeof(whole), fmt, ap);
		va_end(ap);
		cut_with_hash(buf, size, whole);
	}
	return buf;
}

char *cl_id_host(char *buf, size_t size, const char *host_id)
{
	char host[CL_ID_SIZE];

	return format_id(buf, size, "host:%s", clean(host, sizeof(host), host_id));
}

static char *of_process(char *buf, size_t size, const char *kind, const char *boot_id, struct cl_process_key key)
{
	char boot[CL_ID_SIZE];

	return format_id(buf, size, "%s:%s:%" PRIu32 ":%" PRIu64, kind, clean(boot, sizeof(boot), boot_id), key.tgid,
			 key.start);
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
	char host[CL_ID_SIZE], run[TEXT_SIZE];

	return format_id(buf, size, "run:%s:%s", clean(host, sizeof(host), host_id), clean(run, sizeof(run), run_id));
}

char *cl_id_workflow(char *buf, size_t size, const char *name)
{
	char text[TEXT_SIZE];

	return format_id(buf, size, "workflow:%s", clean(text, sizeof(text), name));
}

char *cl_id_user(char *buf, size_t size, const char *host_id, uint32_t uid)
{
	char host[CL_ID_SIZE];

	return format_id(buf, size, "user:%s:%" PRIu32, clean(host, sizeof(host), host_id), uid);
}

char *cl_id_credential(char *buf, size_t size, const uint8_t fp[CL_FP_SIZE])
{
	char hex[2 * CL_FP_SIZE + 1];

	cl_hex(hex, fp, CL_FP_SIZE);
	return format_id(buf, size, "cred:%s", hex);
}

char *cl_id_file(char *buf, size_t size, const char *host_id, const char *path)
{
	char host[CL_ID_SIZE], text[TEXT_SIZE];

	return format_id(buf, size, "file:%s:%s", clean(host, sizeof(host), host_id), clean(text, sizeof(text), path));
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
	const char *transport = cl_transport_name(connect->family, connect->sock_type);
	char text[TEXT_SIZE];
	const char *address = clean(text, sizeof(text), connect->address);

	if (connect->family == AF_UNIX)
		return format_id(buf, size, "destination:%s:%s", transport, address);
	if (connect->family == AF_INET6)
		return format_id(buf, size, "destination:%s:[%s]:%" PRIu32, transport, address, connect->port);
	return format_id(buf, size, "destination:%s:%s:%" PRIu32, transport, address, connect->port);
}

char *cl_id_container(char *buf, size_t size, const char *id)
{
	char text[TEXT_SIZE];

	return format_id(buf, size, "container:%s", clean(text, sizeof(text), id));
}
