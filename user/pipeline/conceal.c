/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "pipeline/conceal.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "credential/scanner.h"
#include "credlineage/event.h"
#include "event/codec.h"
#include "pipeline/strings.h"

#define COMM_MAX 15 /* bytes that the kernel keeps of a name */
#define HIDDEN "[credential]"
#define REDACTED "[redacted]"
#define TEXTS_MAX 64

/* Whether anything in it may have to be hidden: a credential, or what only its surroundings tell. -errno. */
static int is_suspicious(const struct cl_concealer *c, const char *s, size_t len)
{
	const struct cl_find *finds;
	ssize_t n = len ? cl_scanner_find(c->scanner, s, len, &finds) : 0;

	return n < 0 ? (int)n : n || memchr(s, '=', len) || memchr(s, ':', len) || memchr(s, '%', len);
}

/* The first bytes of an id that is a secret look like this, and nothing in them tells it from another id. */
static bool is_piece_of_id(const char *s, size_t len)
{
	return len == strspn(s, "0123456789abcdefABCDEF-");
}

static int conceal(const struct cl_concealer *c, const char *s, size_t len, bool cut, struct cl_arena *arena,
		   const char **out)
{
	_cleanup_text_ struct cl_text t = {0};
	size_t kept = !cut ? len : is_piece_of_id(s, len) ? 0 : cl_beginnings_find(c->beginnings, s, len);
	int r = cl_redact(c->scanner, s, kept, &t);

	if (!r && kept < len)
		r = cl_text_puts(&t, HIDDEN);
	if (r)
		return r;
	/* Nothing was hidden: as it is, where redaction makes blanks of separators. */
	if (!strstr(cl_text_str(&t), HIDDEN) && !strstr(cl_text_str(&t), REDACTED))
		return cl_escaped(arena, s, len, out);
	*out = cl_arena_strdup(arena, cl_text_str(&t));
	return *out ? 0 : -ENOMEM;
}

int cl_conceal_text(const struct cl_concealer *c, const char *s, size_t len, bool cut, struct cl_arena *arena,
		    const char **out)
{
	int r = cut ? 1 : is_suspicious(c, s, len);

	if (r < 0)
		return r;
	return r ? conceal(c, s, len, cut, arena, out) : cl_escaped(arena, s, len, out);
}

int cl_conceal_name(const struct cl_concealer *c, const char *s, bool cut, struct cl_arena *arena, const char **out)
{
	if (!cut)
		return cl_conceal_text(c, s, strlen(s), false, arena, out);
	*out = cl_arena_strdup(arena, "[cut]");
	return *out ? 0 : -ENOMEM;
}

/* A field's text; NULL: none, or hidden already. */
static const char **text_at(struct cl_observation *obs, const struct cl_field *f, const struct cl_arena *out)
{
	const char **text = (const char **)(void *)((char *)obs + f->offset);

	return f->type == CL_FIELD_STRING && *text && !cl_arena_holds(out, *text) ? text : NULL;
}

/* 1: it had to be looked at closely, -errno. */
static int conceal_field(const struct cl_concealer *c, const struct cl_observation *obs, bool suspicious,
			 const char **text, struct cl_arena *out)
{
	size_t len = strlen(*text);
	bool cut = text == &obs->comm && len >= COMM_MAX;
	int r;

	if (text == &obs->filename && obs->flags & CL_F_NAME_TRUNCATED)
		r = cl_conceal_name(c, *text, true, out, text);
	else if (suspicious || cut)
		r = cl_conceal_text(c, *text, len, cut, out, text);
	else
		return cl_escaped(out, *text, len, text);
	return r ? r : 1;
}

/* All texts at once: most events have nothing to hide. */
static int any_suspicious(const struct cl_concealer *c, const char **const *texts, size_t n)
{
	size_t len = 1;
	char *all, *at;

	for (size_t i = 0; i < n; i++)
		len += strlen(*texts[i]) + 1;
	all = at = cl_arena_alloc(c->raw, len);
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		at = stpcpy(at, *texts[i]) + 1;
	return is_suspicious(c, all, len);
}

int cl_conceal(const struct cl_concealer *c, struct cl_observation *obs, struct cl_arena *out)
{
	const char **texts[TEXTS_MAX];
	size_t n_fields, n = 0;
	const struct cl_field *f = cl_obs_fields(&n_fields);
	int suspicious, close = 0, r = 0;

	for (size_t i = 0; i < n_fields; i++) {
		texts[n] = text_at(obs, &f[i], out);
		n += texts[n] != NULL;
	}
	suspicious = any_suspicious(c, texts, n);
	if (suspicious < 0)
		return suspicious;
	for (size_t i = 0; i < n && r >= 0; i++) {
		r = conceal_field(c, obs, suspicious, texts[i], out);
		close |= r > 0;
	}
	return r < 0 ? r : close;
}
