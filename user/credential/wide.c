/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/wide.h"

#define PROBE 64 /* bytes that tell it where no mark does */
#define LEAST 8

enum order { ORDER_NONE, ORDER_LITTLE, ORDER_BIG };

/* ASCII in 16-bit characters: every other byte is zero, no other one is. */
static bool alternates(const char *s, size_t len, size_t zero)
{
	size_t n = len < PROBE ? len & ~(size_t)1 : PROBE;

	for (size_t i = 0; i < n; i++)
		if (!s[i] != (i % 2 == zero))
			return false;
	return n >= LEAST;
}

static enum order order_of(const char *s, size_t len)
{
	if (len < LEAST || (s[0] && s[1] && s[0] != '\xff' && s[0] != '\xfe'))
		return ORDER_NONE;
	if ((s[0] == '\xff' && s[1] == '\xfe') || alternates(s, len, 1))
		return ORDER_LITTLE;
	if ((s[0] == '\xfe' && s[1] == '\xff') || alternates(s, len, 0))
		return ORDER_BIG;
	return ORDER_NONE;
}

bool cl_wide_text(const char *s, size_t len)
{
	return order_of(s, len) != ORDER_NONE;
}

size_t cl_wide_narrow(const char *s, size_t len, char *out)
{
	size_t low = order_of(s, len) == ORDER_BIG, n = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		out[n++] = !s[i + !low] && !(s[i + low] & 0x80) ? s[i + low] : '\x80';
	return n;
}
