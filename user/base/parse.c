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

/* Exactly `n` digits, then moves *s behind them. */
static int take_digits(const char **s, int n, int *out)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return -EINVAL;
		v = v * 10 + (**s - '0');
	}
	*out = v;
	return 0;
}

static int take_char(const char **s, char c)
{
	if (**s != c)
		return -EINVAL;
	(*s)++;
	return 0;
}

static int take_date(const char **s, struct tm *tm)
{
	int r = take_digits(s, 4, &tm->tm_year);

	r = r ? r : take_char(s, '-');
	r = r ? r : take_digits(s, 2, &tm->tm_mon);
	r = r ? r : take_char(s, '-');
	r = r ? r : take_digits(s, 2, &tm->tm_mday);
	tm->tm_year -= 1900;
	tm->tm_mon--;
	return r;
}

static int take_clock(const char **s, struct tm *tm)
{
	int r = take_digits(s, 2, &tm->tm_hour);

	r = r ? r : take_char(s, ':');
	r = r ? r : take_digits(s, 2, &tm->tm_min);
	r = r ? r : take_char(s, ':');
	return r ? r : take_digits(s, 2, &tm->tm_sec);
}

/* ".123456789" -> ns, when there is one; digits past the ninth are dropped. */
static int take_fraction(const char **s, uint64_t *ns)
{
	uint64_t scale = 100000000;

	if (**s != '.')
		return 0;
	(*s)++;
	if (!isdigit((unsigned char)**s))
		return -EINVAL;
	for (; isdigit((unsigned char)**s); (*s)++) {
		*ns += (uint64_t)(**s - '0') * scale;
		scale /= 10;
	}
	return 0;
}

/* "Z", "+01:00" -> seconds east; nothing may follow. */
static int take_zone(const char **s, long *offset)
{
	int hours, minutes, sign = **s == '-' ? -1 : 1, r;

	if (**s == 'Z' || **s == 'z')
		return *++*s ? -EINVAL : 0;
	if (**s != '+' && **s != '-')
		return -EINVAL;
	(*s)++;
	r = take_digits(s, 2, &hours);
	r = r ? r : take_char(s, ':');
	r = r ? r : take_digits(s, 2, &minutes);
	if (r || **s || hours > 14 || minutes > 59)
		return -EINVAL;
	*offset = (hours * 3600L + minutes * 60L) * sign;
	return 0;
}

/* Calendar time that exists: timegm makes 2 March of 30 February. */
static int to_seconds(const struct tm *given, time_t *out)
{
	struct tm tm = *given;
	time_t t = timegm(&tm);

	if (tm.tm_mon != given->tm_mon || tm.tm_mday != given->tm_mday || tm.tm_hour != given->tm_hour ||
	    tm.tm_min != given->tm_min || tm.tm_sec != given->tm_sec)
		return -EINVAL;
	*out = t;
	return 0;
}

int cl_parse_time(const char *s, uint64_t now_ns, uint64_t *out_ns)
{
	struct tm tm = {0};
	uint64_t ns = 0, ago;
	long offset = 0;
	time_t t;
	int r;

	if (!cl_parse_duration(s, &ago)) {
		*out_ns = ago > now_ns ? 0 : now_ns - ago;
		return 0;
	}
	r = take_date(&s, &tm);
	if (!r && (*s == 'T' || *s == 't' || *s == ' ')) {
		s++;
		r = take_clock(&s, &tm);
		r = r ? r : take_fraction(&s, &ns);
		r = r ? r : take_zone(&s, &offset);
	} else if (*s) {
		r = -EINVAL;
	}
	r = r ? r : to_seconds(&tm, &t);
	if (r)
		return r;
	if (t - offset < 0 || (uint64_t)(t - offset) > UINT64_MAX / 1000000000ull - 1)
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
