/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "base/parse.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <time.h>

int cl_parse_u64(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		if (!isdigit((unsigned char)*s))
			return -EINVAL;
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v) || v > max)
			return -ERANGE;
	}
	*out = v;
	return 0;
}

int cl_parse_duration(const char *s, uint64_t *out_ns)
{
	static const struct {
		const char *suffix;
		uint64_t ns;
	} units[] = {
		{"ms", 1000000ull},	 {"s", 1000000000ull},	   {"m", 60000000000ull},
		{"h", 3600000000000ull}, {"d", 86400000000000ull}, {"w", 604800000000000ull},
	};
	size_t digits = strspn(s, "0123456789");
	char number[24];
	uint64_t v;
	int r;

	if (!digits || digits >= sizeof(number))
		return -EINVAL;
	memcpy(number, s, digits);
	number[digits] = '\0';
	r = cl_parse_u64(number, UINT64_MAX, &v);
	if (r)
		return r;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(s + digits, units[i].suffix))
			continue;
		if (__builtin_mul_overflow(v, units[i].ns, &v))
			return -ERANGE;
		*out_ns = v;
		return 0;
	}
	return -EINVAL;
}

/* ".123456789" -> ns; moves *s behind the digits; digits past the ninth are dropped. */
static uint64_t parse_fraction(const char **s)
{
	uint64_t ns = 0, scale = 100000000;

	for ((*s)++; isdigit((unsigned char)**s); (*s)++) {
		ns += (uint64_t)(**s - '0') * scale;
		scale /= 10;
	}
	return ns;
}

static int two_digits(const char *s, unsigned int *out)
{
	if (!isdigit((unsigned char)s[0]) || !isdigit((unsigned char)s[1]))
		return -EINVAL;
	*out = (unsigned int)(s[0] - '0') * 10 + (unsigned int)(s[1] - '0');
	return 0;
}

/* "Z", "+01:00", "-05:30" -> seconds east; -EINVAL when it is none of them or something follows. */
static int parse_zone(const char *s, long *offset)
{
	unsigned int hours, minutes;

	if (!strcmp(s, "Z") || !strcmp(s, "z")) {
		*offset = 0;
		return 0;
	}
	if ((*s != '+' && *s != '-') || two_digits(s + 1, &hours) || s[3] != ':' || two_digits(s + 4, &minutes) ||
	    s[6] || hours > 14 || minutes > 59)
		return -EINVAL;
	*offset = ((long)hours * 3600 + (long)minutes * 60) * (*s == '-' ? -1 : 1);
	return 0;
}

int cl_parse_time(const char *s, uint64_t now_ns, uint64_t *out_ns)
{
	struct tm tm = {0};
	uint64_t ns = 0, ago;
	long offset = 0;
	const char *end;
	time_t t;

	if (!cl_parse_duration(s, &ago)) {
		*out_ns = ago > now_ns ? 0 : now_ns - ago;
		return 0;
	}
	end = strptime(s, "%Y-%m-%d", &tm);
	if (!end)
		return -EINVAL;
	if (*end == 'T' || *end == 't' || *end == ' ') {
		end = strptime(end + 1, "%H:%M:%S", &tm);
		if (!end)
			return -EINVAL;
		if (*end == '.')
			ns = parse_fraction(&end);
		if (parse_zone(end, &offset))
			return -EINVAL;
	} else if (*end) {
		return -EINVAL;
	}
	t = timegm(&tm);
	if (t < 0 || t - offset < 0)
		return -ERANGE;
	*out_ns = (uint64_t)(t - offset) * 1000000000ull + ns;
	return 0;
}

int cl_parse_hex(const char *s, uint8_t *out, size_t len)
{
	if (strlen(s) != len * 2 || strspn(s, "0123456789abcdefABCDEF") != len * 2)
		return -EINVAL;
	for (size_t i = 0; i < len * 2; i++) {
		int c = tolower((unsigned char)s[i]);
		uint8_t v = (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);

		out[i / 2] = i % 2 ? (uint8_t)(out[i / 2] << 4 | v) : v;
	}
	return 0;
}

static unsigned int distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	unsigned int row[64];

	if (la > 63 || lb > 63)
		return 64;
	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned int above = row[j];
			unsigned int best = diagonal + (a[i - 1] != b[j - 1]);

			best = best < above + 1 ? best : above + 1;
			best = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
			row[j] = best;
			diagonal = above;
		}
	}
	return row[lb];
}

const char *cl_nearest(const char *word, const char *const *candidates, size_t n)
{
	const char *best = NULL;
	unsigned int best_distance = 3;

	for (size_t i = 0; i < n; i++) {
		unsigned int d = distance(word, candidates[i]);

		if (d < best_distance) {
			best_distance = d;
			best = candidates[i];
		}
	}
	return best;
}
