/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: what a recogniser calls a workflow, a run and its place. Everything that comes out is cut and escaped. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "identity/identity.h"
#include "identity/recognise.h"

#define COMMAND_BYTES 120
#define RAW_BYTES 1024 /* of a value, before it is escaped */

struct output {
	char *s;
	size_t len;
};

static void put(struct output *o, const char *s, size_t len)
{
	size_t left = CL_VALUE_BYTES - 1 - o->len;

	len = len < left ? len : left;
	memcpy(o->s + o->len, s, len);
	o->len += len;
	o->s[o->len] = '\0';
}

/* ---- what a value may go through ---- */

/* Characters of the suffixes that Kubernetes makes up. */
static bool made_up(const char *s)
{
	return *s && !s[strspn(s, "bcdfghjklmnpqrstvwxz2456789")];
}

static bool all_digits(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

/* A replica that takes another's place is the same workflow: "backup-28391040-x2x4z" -> "backup". */
void cl_template_owner(char *name)
{
	char *dash = strrchr(name, '-');
	size_t len;

	if (dash && dash != name && !strcmp(dash, "-pod")) { /* of a task's pod */
		*dash = '\0';
		dash = strrchr(name, '-');
	}
	if (!dash || dash == name)
		return;
	if (all_digits(dash + 1)) {
		*dash = '\0';
		return;
	}
	if (strlen(dash + 1) != 5 || !made_up(dash + 1))
		return;
	*dash = '\0';
	dash = strrchr(name, '-');
	len = dash ? strlen(dash + 1) : 0;
	/* a template's hash, or the minute that a job was due */
	if (dash && dash != name && len >= 8 && len <= 10 && (made_up(dash + 1) || all_digits(dash + 1)))
		*dash = '\0';
}

/* A text member of a JSON object that may have been cut off behind it. */
static bool json_member(char *value, const char *member, size_t len)
{
	char key[64];
	const char *at, *end;

	snprintf(key, sizeof(key), "\"%.*s\":", (int)len, member);
	at = strstr(value, key);
	if (!at)
		return false;
	at += strlen(key);
	at += strspn(at, " ");
	end = *at == '"' ? strpbrk(at + 1, "\"\\") : NULL;
	if (!end || *end != '"' || end == at + 1)
		return false;
	memmove(value, at + 1, (size_t)(end - at) - 1);
	value[end - at - 1] = '\0';
	return true;
}

/* `how`: "", "^c", "%", "#member". */
static bool modify(char *value, const char *how, size_t len)
{
	if (!len)
		return true;
	if (*how == '#')
		return json_member(value, how + 1, len - 1);
	if (*how == '%')
		cl_template_owner(value);
	else if (len == 2)
		value[strcspn(value, (const char[]){how[1], '\0'})] = '\0';
	return *value;
}

/* ---- where a value comes from ---- */

static bool is(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && !memcmp(s, word, len);
}

/* A shell that was only asked to run it says nothing. */
static const char *command_of(const struct cl_observation *obs)
{
	static const char shell[] = "/bin/sh -c ";
	const char *command = obs->command ? obs->command : "";

	return cl_starts_with(command, shell) ? command + strlen(shell) : command;
}

static bool built_in(const struct cl_scope *scope, const char *name, size_t len, char out[RAW_BYTES])
{
	const struct cl_process *p = scope->process;

	if (is(name, len, "uid") && p)
		snprintf(out, RAW_BYTES, "%u", p->uid);
	else if (is(name, len, "program") && p)
		snprintf(out, RAW_BYTES, "%s", cl_basename(cl_process_program(p)));
	else if (is(name, len, "command"))
		snprintf(out, COMMAND_BYTES, "%s", command_of(scope->obs));
	else
		return false;
	return *out;
}

static bool part(const struct cl_scope *scope, const char *name, size_t len, char out[RAW_BYTES])
{
	for (size_t i = 0; i < scope->n; i++) {
		const struct cl_capture *c = &scope->captures[i];

		if (c->name_len != len || memcmp(c->name, name, len))
			continue;
		snprintf(out, RAW_BYTES, "%.*s", (int)(c->value_len < RAW_BYTES ? c->value_len : RAW_BYTES), c->value);
		return true;
	}
	return built_in(scope, name, len, out);
}

static const char *var(const struct cl_observation *obs, const char *name, size_t len)
{
	for (size_t i = 0; i < obs->n_vars; i++) {
		const struct cl_var *v = &obs->vars[i];

		if (v->name && v->value && *v->value && !strncmp(v->name, name, len) && !v->name[len])
			return v->value;
	}
	return NULL;
}

const char *cl_obs_var(const struct cl_observation *obs, const char *name)
{
	return var(obs, name, strlen(name));
}

static bool value_of(const struct cl_scope *scope, const char *name, size_t len, char out[RAW_BYTES])
{
	size_t n = 0;
	const char *s;

	while (n < len && !strchr("^%#", name[n]))
		n++;
	if (*name == '.') {
		if (!part(scope, name + 1, n - 1, out))
			return false;
	} else {
		s = var(scope->obs, name, n);
		if (!s)
			return false;
		snprintf(out, RAW_BYTES, "%s", s);
	}
	return modify(out, name + n, len - n);
}

/* One {...}; `s` stands behind the brace. */
static bool put_choice(struct output *o, const struct cl_scope *scope, const char *s, size_t len)
{
	for (const char *end = s + len; s < end;) {
		char raw[RAW_BYTES], safe[CL_VALUE_BYTES];
		size_t n = 0;

		if (*s == '=') {
			put(o, s + 1, (size_t)(end - s) - 1);
			return true;
		}
		while (s + n < end && s[n] != '|')
			n++;
		if (n && value_of(scope, s, n, raw)) {
			cl_escape(safe, sizeof(safe), raw);
			put(o, safe, strlen(safe));
			return true;
		}
		s += n + (s + n < end);
	}
	return false;
}

bool cl_template_expand(const char *template, const struct cl_scope *scope, char out[CL_VALUE_BYTES])
{
	struct output o = {.s = out};

	out[0] = '\0';
	if (!template)
		return false;
	while (*template) {
		size_t n = strcspn(template, "{");

		put(&o, template, n);
		template += n;
		if (!*template)
			break;
		n = strcspn(template, "}");
		if (!put_choice(&o, scope, template + 1, n - 1))
			return false;
		template += n + 1;
	}
	return true;
}

/* ---- environments ---- */

const char *cl_environment_word(const char *word)
{
	static const char *const words[][2] = {
		{"prod", "production"}, {"prd", "production"},	{"production", "production"},
		{"live", "production"}, {"stage", "staging"},	{"stg", "staging"},
		{"staging", "staging"}, {"preprod", "staging"}, {"development", "dev"},
		{"develop", "dev"},	{"dev", "dev"},		{"testing", "test"},
		{"test", "test"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcasecmp(word, words[i][0]))
			return words[i][1];
	return word;
}
