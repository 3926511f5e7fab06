/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "output/rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/parse.h"

#define KEEP_DEFAULT 7
#define KEEP_MAX 1000
#define SIZE_LEAST 4096

static int parse_size(const char *text, uint64_t *out)
{
	static const char units[] = "kMG";
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, text[len - 1]) : NULL;
	uint64_t factor = 1, n;
	char digits[24];
	int r;

	if (len >= sizeof(digits))
		return -ERANGE;
	memcpy(digits, text, len + 1);
	if (unit) {
		digits[len - 1] = '\0';
		factor <<= 10 * (unit - units + 1);
	}
	r = cl_parse_u64(digits, INT64_MAX / factor, &n);
	if (!r)
		*out = n * factor;
	return r;
}

int cl_rotation_parse(struct cl_rotation *r, const struct cl_output_spec *spec, struct cl_error *err)
{
	const char *size = cl_spec_get(spec, "rotate-size"), *age = cl_spec_get(spec, "rotate-age");

	r->keep = KEEP_DEFAULT;
	if (size && (parse_size(size, &r->size) || r->size < SIZE_LEAST))
		return cl_fail(err, -EINVAL, "cannot use output \"%s\": rotate-size must be 4k or more, as in 100M",
			       spec->text);
	if (age && (cl_parse_duration(age, &r->age_ns) || r->age_ns < CL_NS_PER_S))
		return cl_fail(err, -EINVAL, "cannot use output \"%s\": rotate-age must be 1s or more, as in 24h",
			       spec->text);
	if (!size && !age && cl_spec_get(spec, "keep"))
		return cl_fail(err, -EINVAL, "cannot use output \"%s\": keep goes with rotate-size or rotate-age",
			       spec->text);
	return cl_spec_number(spec, "keep", 1, KEEP_MAX, &r->keep, err);
}

static uint64_t born(const struct statx *s, uint64_t otherwise)
{
	if (!(s->stx_mask & STATX_BTIME))
		return otherwise;
	return (uint64_t)s->stx_btime.tv_sec * CL_NS_PER_S + s->stx_btime.tv_nsec;
}

bool cl_rotation_due(const struct cl_rotation *r, int fd, uint64_t opened, size_t len)
{
	struct statx s;

	if ((!r->size && !r->age_ns) || statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &s) ||
	    !s.stx_size)
		return false;
	if (r->size && s.stx_size + len > r->size)
		return true;
	return r->age_ns && born(&s, opened) + r->age_ns <= cl_wall_ns();
}

static int number(char out[PATH_MAX], const char *path, uint64_t n, struct cl_error *err)
{
	int len = snprintf(out, PATH_MAX, "%s.%llu", path, (unsigned long long)n);

	return len < PATH_MAX ? 0 : cl_fail(err, -ENAMETOOLONG, "cannot rotate \"%s\": its name is too long", path);
}

/* The first number that nobody has; keep when all are taken: that file goes. */
static int find_free(const struct cl_rotation *r, const char *path, uint64_t *out, struct cl_error *err)
{
	char name[PATH_MAX];
	struct stat st;

	for (uint64_t n = 1; n <= r->keep; n++) {
		int e = number(name, path, n, err);

		if (e)
			return e;
		*out = n;
		if (lstat(name, &st) && errno == ENOENT)
			return 0;
	}
	return 0;
}

int cl_rotate(const struct cl_rotation *r, const char *path, struct cl_error *err)
{
	char from[PATH_MAX], to[PATH_MAX];
	uint64_t n = 0;
	int e = find_free(r, path, &n, err);

	for (; !e && n; n--) {
		e = number(to, path, n, err);
		if (!e && n > 1)
			e = number(from, path, n - 1, err);
		if (!e && rename(n > 1 ? from : path, to))
			e = cl_fail(err, -errno, "cannot rename \"%s\" to \"%s\": %s", n > 1 ? from : path, to,
				    strerror(errno));
	}
	return e;
}
