/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "credlineage/event.h"
#include "identity/recognise.h"
#include "pipeline/conceal.h"

#define COMMAND_MAX 4096
#define VALUE_MAX 1024
#define VARIABLES_MAX 64

int cl_escaped(struct cl_arena *arena, const char *s, size_t len, const char **out)
{
	_cleanup_text_ struct cl_text t = {0};

	*out = NULL;
	if (!len)
		return 0;
	if (cl_text_escape(&t, s, len))
		return -ENOMEM;
	*out = cl_arena_strdup(arena, cl_text_str(&t));
	return *out ? 0 : -ENOMEM;
}

struct cl_view cl_whole_strings(struct cl_view v)
{
	while (v.len && v.p[v.len - 1])
		v.len--;
	return v;
}

/* At most max bytes of it, whole characters; `mark` says that something is missing. */
static int bounded(struct cl_arena *arena, const char *s, size_t max, const char *mark, const char **out)
{
	size_t len = strlen(s);

	if (len > max) {
		len = cl_utf8_span(s, max);
		mark = " [cut]";
	}
	*out = cl_arena_printf(arena, "%.*s%s", (int)len, s, mark);
	return *out ? 0 : -ENOMEM;
}

int cl_command_text(struct cl_scanner *s, struct cl_arena *arena, struct cl_view args, bool truncated, const char **out)
{
	_cleanup_text_ struct cl_text t = {0};
	int r;

	if (!args.len && !truncated) {
		*out = NULL;
		return 0;
	}
	r = args.len ? cl_redact(s, args.p, args.len, &t) : 0;
	return r ? r : bounded(arena, cl_text_str(&t), COMMAND_MAX, truncated ? " [cut]" : "", out);
}

/* One variable "NAME=value" (len with its NUL), redacted with its name in view. */
static int variable(struct cl_scanner *s, struct cl_arena *arena, const char *string, size_t len, size_t name_len,
		    struct cl_var *out)
{
	_cleanup_text_ struct cl_text t = {0};
	const char *value;
	int r = cl_redact(s, string, len, &t);

	if (r)
		return r;
	value = strchr(cl_text_str(&t), '=');
	r = cl_escaped(arena, string, name_len, &out->name);
	return r ? r : bounded(arena, value ? value + 1 : "", VALUE_MAX, "", &out->value);
}

int cl_wanted_variables(const struct cl_recognisers *r, struct cl_scanner *s, struct cl_arena *arena,
			struct cl_view env, const struct cl_var **out, size_t *n)
{
	struct cl_var vars[VARIABLES_MAX], *copy;
	size_t count = 0;

	*out = NULL;
	*n = 0;
	for (size_t at = 0, len; at < env.len && count < VARIABLES_MAX; at += len + 1) {
		const char *string = env.p + at, *equals;
		int e;

		len = strnlen(string, env.len - at);
		equals = memchr(string, '=', len);
		if (!equals || !cl_recognisers_want(r, string, (size_t)(equals - string)))
			continue;
		e = variable(s, arena, string, len + (at + len < env.len), (size_t)(equals - string), &vars[count]);
		if (e)
			return e;
		count++;
	}
	if (!count)
		return 0;
	copy = cl_arena_alloc(arena, count * sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, vars, count * sizeof(*copy));
	*out = copy;
	*n = count;
	return 0;
}

int cl_ip_address(struct cl_arena *arena, int family, const uint8_t *address, uint32_t scope, const char **out)
{
	char text[INET6_ADDRSTRLEN];

	*out = NULL;
	if (family != AF_INET && family != AF_INET6)
		return 0;
	inet_ntop(family, address, text, sizeof(text));
	*out = scope ? cl_arena_printf(arena, "%s%%%u", text, scope) : cl_arena_strdup(arena, text);
	return *out ? 0 : -ENOMEM;
}

int cl_unix_address(const struct cl_concealer *c, struct cl_arena *arena, struct cl_view path, bool abstract,
		    const char **out)
{
	size_t len = abstract ? path.len : strnlen(path.p, path.len);
	const char *name;
	int r;

	*out = NULL;
	if (!len)
		return 0;
	r = cl_conceal_text(c, path.p, len, len + abstract >= CL_UNIX_PATH_MAX, arena, &name);
	if (r || !abstract) {
		*out = name;
		return r;
	}
	*out = cl_arena_printf(arena, "@%s", name);
	return *out ? 0 : -ENOMEM;
}
