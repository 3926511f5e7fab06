/* SPDX-License-Identifier: Apache-2.0 */
#include "output/spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"

#define SPEC_MAX 4096

void cl_output_spec_free(struct cl_output_spec *s)
{
	free(s->name);
	free(s->scheme);
	free(s->path);
	free(s->host);
	free(s->port);
	free(s->format);
	*s = (struct cl_output_spec){0};
}

static int take(char **out, const char *s, size_t len)
{
	char *copy = strndup(s, len);

	if (!copy)
		return -ENOMEM;
	free(*out);
	*out = copy;
	return 0;
}

static int parse_option(struct cl_output_spec *s, const char *spec, const char *option, size_t len,
			struct cl_error *err)
{
	static const char key[] = "format=";
	size_t n = sizeof(key) - 1;

	if (len > n && !strncmp(option, key, n))
		return take(&s->format, option + n, len - n);
	return cl_fail(err, -EINVAL, "cannot use output \"%s\": option \"%.*s\" is not known; there is format=NAME",
		       spec, (int)len, option);
}

static int parse_options(struct cl_output_spec *s, const char *spec, const char *options, struct cl_error *err)
{
	int r = 0;

	while (*options && !r) {
		size_t len = strcspn(options, "&");

		r = parse_option(s, spec, options, len, err);
		options += len + (options[len] == '&');
	}
	return r;
}

/* "//host:port"; an IPv6 address stands in brackets */
static int parse_authority(struct cl_output_spec *s, const char *spec, const char *target, struct cl_error *err)
{
	static const char form[] = "cannot use output \"%s\": must be %s://HOST:PORT";
	const char *host = target + 2, *end;
	uint64_t port;
	int r;

	if (!cl_starts_with(target, "//"))
		return cl_fail(err, -EINVAL, form, spec, s->scheme);
	end = *host == '[' ? strchr(host, ']') : strchr(host, ':');
	if (!end || end == host)
		return cl_fail(err, -EINVAL, form, spec, s->scheme);
	r = *host == '[' ? take(&s->host, host + 1, (size_t)(end - host - 1))
			 : take(&s->host, host, (size_t)(end - host));
	if (r)
		return r;
	end += *end == ']';
	if (*end != ':' || !*s->host || cl_parse_u64(end + 1, 65535, &port) || !port)
		return cl_fail(err, -EINVAL, "cannot use output \"%s\": the port must be 1 to 65535", spec);
	return take(&s->port, end + 1, strlen(end + 1));
}

static int parse_target(struct cl_output_spec *s, const char *spec, const char *target, struct cl_error *err)
{
	if (!strcmp(s->scheme, "stdout"))
		return *target ? cl_fail(err, -EINVAL, "cannot use output \"%s\": nothing follows stdout:", spec) : 0;
	if (!strcmp(s->scheme, "file")) {
		if (*target != '/' || !target[1])
			return cl_fail(err, -EINVAL, "cannot use output \"%s\": file: needs an absolute path", spec);
		return take(&s->path, target, strlen(target));
	}
	if (!strcmp(s->scheme, "syslog+tcp"))
		return parse_authority(s, spec, target, err);
	return cl_fail(err, -EINVAL,
		       "cannot use output \"%s\": there is stdout:, file:/PATH and syslog+tcp://HOST:PORT", spec);
}

int cl_output_spec_parse(struct cl_output_spec *out, const char *spec, struct cl_error *err)
{
	_cleanup_(cl_output_spec_free) struct cl_output_spec s = {0};
	size_t len = strcspn(spec, "?"), colon;
	int r;

	if (strlen(spec) > SPEC_MAX)
		return cl_fail(err, -EINVAL, "cannot use an output of more than %d bytes", SPEC_MAX);
	r = take(&s.name, spec, len);
	if (r)
		return r;
	colon = strcspn(s.name, ":");
	r = take(&s.scheme, s.name, colon);
	if (r)
		return r;
	r = parse_target(&s, spec, s.name[colon] ? s.name + colon + 1 : "", err);
	if (!r && spec[len])
		r = parse_options(&s, spec, spec + len + 1, err);
	if (r)
		return r;
	*out = s;
	s = (struct cl_output_spec){0};
	return 0;
}
