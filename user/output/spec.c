/* SPDX-License-Identifier: Apache-2.0 */
#include "output/spec.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"
#include "output/terms.h"
#include "output/transport.h"

#define SPEC_MAX 4096

void cl_output_spec_free(struct cl_output_spec *s)
{
	for (size_t i = 0; i < s->n_options; i++) {
		free(s->options[i].key);
		free(s->options[i].value);
	}
	free(s->text);
	free(s->name);
	free(s->scheme);
	free(s->path);
	free(s->host);
	free(s->port);
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

/* ---- options ---- */

static const char *const common_options[] = {"format", "name", NULL};

static bool is_in(const char *const *list, const char *key, size_t len)
{
	for (; list && *list; list++)
		if (strlen(*list) == len && !strncmp(*list, key, len))
			return true;
	return false;
}

static int name_all(const char *const *list, struct cl_text *out)
{
	int r = 0;

	for (; list && *list && !r; list++)
		r = cl_text_printf(out, "%s%s", out->len ? ", " : "", *list);
	return r;
}

static int refuse_option(const struct cl_output_spec *s, const char *key, size_t len, struct cl_error *err)
{
	_cleanup_text_ struct cl_text known = {0};
	int r = name_all(s->transport->options, &known);

	r = r ? r : name_all(common_options, &known);
	r = r ? r : name_all(cl_terms_options, &known);
	return r ? r
		 : cl_fail(err, -EINVAL, "cannot use output \"%s\": option \"%.*s\" is not known; there is %s", s->text,
			   (int)len, key, cl_text_str(&known));
}

/* In place; false: a % without its two digits, or one that stands for NUL. */
static bool percent_decode(char *s)
{
	char *to = s;

	for (; *s; s++) {
		uint8_t byte;
		char digits[3] = {0};

		if (*s != '%') {
			*to++ = *s;
			continue;
		}
		memcpy(digits, s + 1, strnlen(s + 1, 2));
		if (strlen(digits) != 2 || cl_parse_hex(digits, &byte, 1) || !byte)
			return false;
		*to++ = (char)byte;
		s += 2;
	}
	*to = '\0';
	return true;
}

static int parse_option(struct cl_output_spec *s, const char *option, size_t len, struct cl_error *err)
{
	const char *equals = memchr(option, '=', len);
	size_t key = equals ? (size_t)(equals - option) : len;
	struct cl_spec_option *o = &s->options[s->n_options];
	int r;

	if (!is_in(common_options, option, key) && !is_in(cl_terms_options, option, key) &&
	    !is_in(s->transport->options, option, key))
		return refuse_option(s, option, key, err);
	if (!equals || key + 1 == len)
		return cl_fail(err, -EINVAL, "cannot use output \"%s\": option \"%.*s\" has no value", s->text,
			       (int)key, option);
	for (size_t i = 0; i < s->n_options; i++)
		if (strlen(s->options[i].key) == key && !strncmp(s->options[i].key, option, key))
			return cl_fail(err, -EINVAL, "cannot use output \"%s\": option \"%s\" stands there twice",
				       s->text, s->options[i].key);
	if (s->n_options == CL_SPEC_OPTIONS)
		return cl_fail(err, -EINVAL, "cannot use output \"%s\": more than %d options", s->text,
			       CL_SPEC_OPTIONS);
	s->n_options++;
	r = take(&o->key, option, key);
	r = r ? r : take(&o->value, equals + 1, len - key - 1);
	if (r || percent_decode(o->value))
		return r;
	return cl_fail(err, -EINVAL, "cannot use output \"%s\": the value of \"%s\" has a %% without two hex digits",
		       s->text, o->key);
}

static int parse_options(struct cl_output_spec *s, const char *options, struct cl_error *err)
{
	int r = 0;

	while (*options && !r) {
		size_t len = strcspn(options, "&");

		r = parse_option(s, options, len, err);
		options += len + (options[len] == '&');
	}
	return r;
}

const char *cl_spec_get(const struct cl_output_spec *s, const char *key)
{
	for (size_t i = 0; i < s->n_options; i++)
		if (!strcmp(s->options[i].key, key))
			return s->options[i].value;
	return NULL;
}

int cl_spec_number(const struct cl_output_spec *s, const char *key, uint64_t min, uint64_t max, uint64_t *out,
		   struct cl_error *err)
{
	const char *value = cl_spec_get(s, key);
	uint64_t n;

	if (!value)
		return 0;
	if (cl_parse_u64(value, max, &n) || n < min)
		return cl_fail(err, -EINVAL, "cannot use output \"%s\": %s must be a number of %llu to %llu", s->text,
			       key, (unsigned long long)min, (unsigned long long)max);
	*out = n;
	return 0;
}

/* ---- the target ---- */

static int parse_port(struct cl_output_spec *s, const char *port, size_t len, struct cl_error *err)
{
	uint64_t n;
	int r = take(&s->port, port, len);

	if (r)
		return r;
	if (cl_parse_u64(s->port, 65535, &n) || !n)
		return cl_fail(err, -EINVAL, "cannot use output \"%s\": the port must be 1 to 65535", s->text);
	return 0;
}

static int refuse_form(const struct cl_output_spec *s, struct cl_error *err)
{
	return cl_fail(err, -EINVAL, "cannot use output \"%s\": must be %s://%s", s->text, s->scheme,
		       s->transport->target == CL_TARGET_URL ? "HOST[:PORT][/PATH]"
		       : s->transport->port		     ? "HOST[:PORT]"
							     : "HOST:PORT");
}

/* "//host:port"; an IPv6 address stands in brackets. The port may be missing in a URL, behind which a path may follow, and
 * where the transport has one of its own. */
static int parse_authority(struct cl_output_spec *s, const char *target, struct cl_error *err)
{
	bool url = s->transport->target == CL_TARGET_URL, optional = url || s->transport->port;
	const char *host = target + 2, *slash, *end;
	int r;

	if (!cl_starts_with(target, "//") || (!url && strchr(host, '/')))
		return refuse_form(s, err);
	slash = url ? host + strcspn(host, "/") : host + strlen(host);
	end = *host == '[' ? memchr(host, ']', (size_t)(slash - host)) : memchr(host, ':', (size_t)(slash - host));
	end = end || !optional || *host == '[' ? end : slash;
	if (!end || end == host || end == host + (*host == '['))
		return refuse_form(s, err);
	r = *host == '[' ? take(&s->host, host + 1, (size_t)(end - host - 1))
			 : take(&s->host, host, (size_t)(end - host));
	r = r ? r : take(&s->path, slash, strlen(slash));
	if (r)
		return r;
	end += *end == ']';
	if (optional && end == slash)
		return s->transport->port ? take(&s->port, s->transport->port, strlen(s->transport->port)) : 0;
	if (*end != ':')
		return refuse_form(s, err);
	return parse_port(s, end + 1, (size_t)(slash - end - 1), err);
}

static int parse_target(struct cl_output_spec *s, const char *target, struct cl_error *err)
{
	switch (s->transport->target) {
	case CL_TARGET_NONE:
		return *target ? cl_fail(err, -EINVAL, "cannot use output \"%s\": nothing follows %s:", s->text,
					 s->scheme)
			       : 0;
	case CL_TARGET_PATH:
		if (*target != '/' || !target[1])
			return cl_fail(err, -EINVAL, "cannot use output \"%s\": %s: needs an absolute path", s->text,
				       s->scheme);
		return take(&s->path, target, strlen(target));
	case CL_TARGET_ADDRESS:
	case CL_TARGET_URL:
		break;
	}
	return parse_authority(s, target, err);
}

/* What the option says, else what stands before the options; a long one is cut, its hash tells it apart. */
static int choose_name(struct cl_output_spec *s)
{
	const char *name = cl_spec_get(s, "name");
	char cut[CL_SPEC_NAME + 1];

	name = name ? name : s->name;
	if (strlen(name) <= CL_SPEC_NAME)
		return name == s->name ? 0 : take(&s->name, name, strlen(name));
	snprintf(cut, sizeof(cut), "%.*s~%016llx", CL_SPEC_NAME - 17, name,
		 (unsigned long long)cl_fnv1a(name, strlen(name)));
	return take(&s->name, cut, strlen(cut));
}

static int parse(struct cl_output_spec *s, const char *spec, struct cl_error *err)
{
	size_t len = strcspn(spec, "?"), colon = strcspn(spec, ":?");
	int r = take(&s->text, spec, strlen(spec));

	r = r ? r : take(&s->name, spec, len);
	r = r ? r : take(&s->scheme, spec, colon);
	if (r)
		return r;
	s->transport = cl_transport_find(s->scheme);
	if (!s->transport)
		return cl_fail(err, -EINVAL, "cannot use output \"%s\": there is %s", spec, cl_transport_forms());
	r = parse_target(s, s->name[colon] ? s->name + colon + 1 : "", err);
	r = r || !spec[len] ? r : parse_options(s, spec + len + 1, err);
	return r ? r : choose_name(s);
}

int cl_output_spec_parse(struct cl_output_spec *out, const char *spec, struct cl_error *err)
{
	_cleanup_(cl_output_spec_free) struct cl_output_spec s = {0};
	int r;

	if (strlen(spec) > SPEC_MAX)
		return cl_fail(err, -EINVAL, "cannot use an output of more than %d bytes", SPEC_MAX);
	r = parse(&s, spec, err);
	if (r)
		return r;
	*out = s;
	s = (struct cl_output_spec){0};
	return 0;
}
