/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads catalogue files, the two that are compiled in and those of catalog.d. Schema, every file:
 *   {"formats": [FORMAT...], "stores": [STORE...], "services": [SERVICE...]}    each optional
 * The configuration's section "credentials" holds the same.
 * FORMAT
 *   id        required; an entry with an id that exists replaces that entry
 *   provider  required; who issues it, for people
 *   kind      required; "api-key", "oauth", "session", "jwt", "private-key", ...
 *   pattern   Vectorscan (PCRE subset) expression of the bare value: no anchors, no surroundings. The scanner itself
 *             asks for a boundary on both sides. Repeats of a long or open class are written {20,}
 *   context   expression of the key that must stand before the value ("secret_key = ..."); unless the value has a
 *             fixed width, it must not contain : > , ; | blanks or quotes, nor '=' but at its end
 *   joined    true: nothing stands between the context and the value, which has a fixed width ("/bot<token>")
 *   after     one of these characters must follow the value; "\n" among them: or the text ends
 *   claim, claim_prefix   instead of a pattern: refines what `jwt` matches, by a claim and the start of its value
 *   form      "token" (default) or "pem": the pattern matches the BEGIN line
 *   class     "static", "ephemeral" or "unknown" (default); a JWT's `exp` goes first
 *   ttl       how long an ephemeral one lives ("8h")
 *   entropy   least bits per byte
 *   check     name of a check in check.c
 *   disabled  true: the entry is taken out
 * STORE
 *   id, owner required
 *   paths     required; globs, see glob.h
 *   readers   basenames of the programs that read it
 *   shared    true: shared by design, no reuse findings
 *   disabled  as above
 * SERVICE
 *   id        required
 *   addresses IP addresses as inet_ntop writes them, with `port`: one for all of them
 *   paths     globs of its socket's file; a service has addresses, paths or both
 *   disabled  as above
 * "left_out" is a list, too: what is known and is no entry, with "id", "looks_like" and the "reason".
 * catalogue.schema.json says the same as a JSON Schema (credlineage scan --catalogue-schema).
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/text.h"
#include "credential/catalogue.h"
#include "credential/check.h"
#include "credential/glob.h"

#define LIST_MAX 64 /* paths or readers of one store */

struct input {
	struct cl_catalogue *c;
	const char *name, *text;
	const char *id; /* of the entry being read; "" when it has none */
	struct cl_error *err;
};

/* Line of `"key"` behind the entry's id, 0 when it is not found. */
static unsigned int line_of(const struct input *in, const char *key)
{
	const char *at = in->text;
	unsigned int line = 1;
	char quoted[128];

	for (int pass = *in->id ? 0 : 1; pass < 2 && at; pass++) {
		const char *word = pass ? key : in->id;

		if (strlen(word) + 3 > sizeof(quoted))
			return 0;
		snprintf(quoted, sizeof(quoted), "\"%s\"", word);
		at = strstr(at, quoted);
	}
	if (!at)
		return 0;
	for (const char *s = in->text; s < at; s++)
		line += *s == '\n';
	return line;
}

static int bad(const struct input *in, const char *key, const char *what)
{
	return cl_fail(in->err, -EINVAL, "cannot read catalogue \"%s\": line %u: \"%s\" of entry \"%s\" %s", in->name,
		       line_of(in, key), key, in->id, what);
}

static int check_keys(const struct input *in, const cJSON *entry, const char *const *keys, size_t n)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, entry) {
		const char *hint;
		char what[128];
		size_t i = 0;

		while (i < n && strcmp(keys[i], item->string))
			i++;
		if (i < n)
			continue;
		hint = cl_nearest(item->string, keys, n);
		snprintf(what, sizeof(what), hint ? "is not a known key, did you mean \"%s\"" : "is not a known key%s",
			 hint ? hint : "");
		return bad(in, item->string, what);
	}
	return 0;
}

/* Copies a string member into the arena; an absent one leaves NULL and is an error when `required`. */
static int get_string(const struct input *in, const cJSON *entry, const char *key, bool required, const char **out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(entry, key);

	if (!item)
		return required ? bad(in, key, "is missing") : 0;
	if (!cJSON_IsString(item) || !*item->valuestring)
		return bad(in, key, "is not a text");
	*out = cl_arena_strdup(in->c->arena, item->valuestring);
	return *out ? 0 : -ENOMEM;
}

static int get_bool(const struct input *in, const cJSON *entry, const char *key, bool *out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(entry, key);

	if (item && !cJSON_IsBool(item))
		return bad(in, key, "is neither true nor false");
	*out = cJSON_IsTrue(item);
	return 0;
}

/* NULL-terminated list of texts; absent: NULL and *n 0. */
static int get_list(const struct input *in, const cJSON *entry, const char *key, const char ***out, size_t *n)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(entry, key), *item;
	const char **texts;
	size_t i = 0;

	*n = 0;
	if (!list)
		return 0;
	if (!cJSON_IsArray(list) || !list->child || cJSON_GetArraySize(list) > LIST_MAX)
		return bad(in, key, "is not a list of 1 to 64 texts");
	texts = cl_arena_alloc(in->c->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	cJSON_ArrayForEach (item, list) {
		if (!cJSON_IsString(item) || !*item->valuestring)
			return bad(in, key, "holds something that is not a text");
		texts[i] = cl_arena_strdup(in->c->arena, item->valuestring);
		if (!texts[i++])
			return -ENOMEM;
	}
	*out = texts;
	*n = i;
	return 0;
}

static int get_class(const struct input *in, const cJSON *entry, struct cl_format *f)
{
	static const char *const names[] = {"unknown", "static", "ephemeral"};
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(entry, "class");

	if (!item)
		return 0;
	for (uint32_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (cJSON_IsString(item) && !strcmp(item->valuestring, names[i])) {
			f->class = i;
			return 0;
		}
	}
	return bad(in, "class", "is none of static, ephemeral, unknown");
}

static int get_numbers(const struct input *in, const cJSON *entry, struct cl_format *f)
{
	const cJSON *ttl = cJSON_GetObjectItemCaseSensitive(entry, "ttl");
	const cJSON *entropy = cJSON_GetObjectItemCaseSensitive(entry, "entropy");

	if (ttl && (!cJSON_IsString(ttl) || cl_parse_duration(ttl->valuestring, &f->ttl)))
		return bad(in, "ttl", "is not a duration like \"8h\"");
	if (entropy && (!cJSON_IsNumber(entropy) || entropy->valuedouble < 0 || entropy->valuedouble > 8))
		return bad(in, "entropy", "is not a number from 0 to 8");
	f->entropy = entropy ? entropy->valuedouble : 0;
	return 0;
}

static int bad_check(const struct input *in)
{
	_cleanup_text_ struct cl_text what = {0};
	const char *const *names;
	size_t n;

	names = cl_check_names(&n);
	for (size_t i = 0; i < n; i++)
		if (cl_text_printf(&what, "%s%s", i ? ", " : "is none of ", names[i]))
			return -ENOMEM;
	return bad(in, "check", cl_text_str(&what));
}

static int get_check(const struct input *in, const cJSON *entry, struct cl_format *f)
{
	const cJSON *form = cJSON_GetObjectItemCaseSensitive(entry, "form");
	const cJSON *check = cJSON_GetObjectItemCaseSensitive(entry, "check");

	if (form && (!cJSON_IsString(form) || (strcmp(form->valuestring, "pem") && strcmp(form->valuestring, "token"))))
		return bad(in, "form", "is neither \"token\" nor \"pem\"");
	f->form = form && !strcmp(form->valuestring, "pem") ? CL_FORM_PEM : CL_FORM_TOKEN;
	if (check && cJSON_IsString(check))
		f->valid = cl_check_find(check->valuestring);
	if (check && !f->valid)
		return bad_check(in);
	if (!f->pattern == !f->claim)
		return bad(in, f->pattern ? "claim" : "pattern", "is wrong: an entry has a pattern or a claim");
	if (f->context && (!f->pattern || f->form == CL_FORM_PEM))
		return bad(in, "context", "stands without a token's pattern");
	if (f->joined && !f->context)
		return bad(in, "joined", "stands without a context");
	if (f->after && (!f->pattern || f->form == CL_FORM_PEM))
		return bad(in, "after", "stands without a token's pattern");
	return 0;
}

/* What every kind of entry has in common. */
static int check_entry(const struct input *in, const cJSON *entry, const char *const *keys, size_t n, bool *disabled)
{
	int r = check_keys(in, entry, keys, n);

	return r ? r : get_bool(in, entry, "disabled", disabled);
}

static int read_format(const struct input *in, const cJSON *entry)
{
	static const char *const keys[] = {"id",      "provider",     "kind",	  "pattern", "context",
					   "claim",   "claim_prefix", "form",	  "class",   "ttl",
					   "entropy", "check",	      "disabled", "joined",  "after"};
	struct cl_format f = {.id = in->id};
	bool disabled = false;
	int r;

	r = check_entry(in, entry, keys, ARRAY_SIZE(keys), &disabled);
	if (r)
		return r;
	if (disabled) {
		cl_catalogue_remove_format(in->c, in->id);
		return 0;
	}
	(void)((r = get_string(in, entry, "provider", true, &f.provider)) ||
	       (r = get_string(in, entry, "kind", true, &f.kind)) ||
	       (r = get_string(in, entry, "pattern", false, &f.pattern)) ||
	       (r = get_string(in, entry, "context", false, &f.context)) ||
	       (r = get_string(in, entry, "after", false, &f.after)) ||
	       (r = get_bool(in, entry, "joined", &f.joined)) ||
	       (r = get_string(in, entry, "claim", false, &f.claim)) ||
	       (r = get_string(in, entry, "claim_prefix", false, &f.claim_prefix)) || (r = get_class(in, entry, &f)) ||
	       (r = get_numbers(in, entry, &f)) || (r = get_check(in, entry, &f)));
	if (r)
		return r;
	f.needs_context = f.context != NULL;
	r = cl_catalogue_put_format(in->c, &f);
	return r == -E2BIG ? cl_fail(in->err, r, "cannot read catalogue \"%s\": more than %d formats", in->name,
				     CL_CATALOGUE_FORMATS)
			   : r;
}

static int read_store(const struct input *in, const cJSON *entry)
{
	static const char *const keys[] = {"id", "owner", "paths", "readers", "shared", "disabled"};
	const char **paths = NULL, **readers = NULL;
	struct cl_store s = {.id = in->id};
	size_t n_paths = 0, n_readers;
	bool disabled = false;
	int r;

	r = check_entry(in, entry, keys, ARRAY_SIZE(keys), &disabled);
	if (r)
		return r;
	if (disabled) {
		cl_catalogue_remove_store(in->c, in->id);
		return 0;
	}
	(void)((r = get_string(in, entry, "owner", true, &s.owner)) || (r = get_bool(in, entry, "shared", &s.shared)) ||
	       (r = get_list(in, entry, "paths", &paths, &n_paths)) ||
	       (r = get_list(in, entry, "readers", &readers, &n_readers)));
	if (r)
		return r;
	if (!n_paths)
		return bad(in, "paths", "is missing");
	for (size_t i = 0; i < n_paths; i++)
		if (cl_glob_check(paths[i]))
			return bad(in, "paths", cl_glob_check(paths[i]));
	s.readers = readers;
	r = cl_catalogue_put_store(in->c, &s, paths, n_paths);
	return r == -E2BIG ? cl_fail(in->err, r, "cannot read catalogue \"%s\": more than %d paths", in->name,
				     CL_CATALOGUE_PATHS)
			   : r;
}

static int get_port(const struct input *in, const cJSON *entry, struct cl_service *s)
{
	const cJSON *port = cJSON_GetObjectItemCaseSensitive(entry, "port");

	if (!port)
		return s->addresses ? bad(in, "port", "is missing") : 0;
	if (!cJSON_IsNumber(port) || port->valuedouble < 1 || port->valuedouble > 65535)
		return bad(in, "port", "is not a number from 1 to 65535");
	s->port = (uint32_t)port->valuedouble;
	return 0;
}

static int check_address(const char *text)
{
	char again[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	return inet_pton(family, text, bytes) == 1 && inet_ntop(family, bytes, again, sizeof(again)) &&
	       !strcmp(again, text);
}

static int read_service(const struct input *in, const cJSON *entry)
{
	static const char *const keys[] = {"id", "addresses", "port", "paths", "disabled"};
	const char **paths = NULL, **addresses = NULL;
	struct cl_service s = {.id = in->id};
	size_t n_paths = 0, n_addresses = 0;
	bool disabled = false;
	int r;

	r = check_entry(in, entry, keys, ARRAY_SIZE(keys), &disabled);
	if (r)
		return r;
	if (disabled) {
		cl_catalogue_remove_service(in->c, in->id);
		return 0;
	}
	(void)((r = get_list(in, entry, "addresses", &addresses, &n_addresses)) ||
	       (r = get_list(in, entry, "paths", &paths, &n_paths)));
	s.addresses = addresses;
	s.paths = paths;
	r = r ? r : get_port(in, entry, &s);
	if (!r && !n_paths && !n_addresses)
		r = bad(in, "paths", "is missing");
	for (size_t i = 0; !r && i < n_addresses; i++)
		if (!check_address(addresses[i]))
			r = bad(in, "addresses", "holds something that is not an address");
	for (size_t i = 0; !r && i < n_paths; i++)
		if (cl_glob_check(paths[i]))
			r = bad(in, "paths", cl_glob_check(paths[i]));
	if (!r)
		r = cl_catalogue_put_service(in->c, &s);
	return r == -E2BIG ? cl_fail(in->err, r, "cannot read catalogue \"%s\": more than %d services", in->name,
				     CL_CATALOGUE_SERVICES)
			   : r;
}

/* For people only: nothing is made of it. */
static int read_left_out(const struct input *in, const cJSON *entry)
{
	static const char *const keys[] = {"id", "looks_like", "reason", "disabled"};
	const char *text;
	bool disabled;
	int r;

	(void)((r = check_entry(in, entry, keys, ARRAY_SIZE(keys), &disabled)) ||
	       (r = get_string(in, entry, "looks_like", true, &text)) ||
	       (r = get_string(in, entry, "reason", true, &text)));
	return r;
}

static int read_list(struct input *in, const cJSON *root, const char *key,
		     int (*read)(const struct input *, const cJSON *))
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, key), *entry;

	in->id = "";
	if (list && !cJSON_IsArray(list))
		return bad(in, key, "is not a list");
	cJSON_ArrayForEach (entry, list) {
		int r;

		in->id = "";
		if (!cJSON_IsObject(entry))
			return bad(in, key, "holds something that is not an object");
		r = get_string(in, entry, "id", true, &in->id);
		if (!r)
			r = read(in, entry);
		if (r)
			return r;
	}
	return 0;
}

int cl_catalogue_take(struct cl_catalogue *c, const char *name, const char *text, const cJSON *root,
		      struct cl_error *err)
{
	static const char *const keys[] = {"formats", "stores", "services", "left_out"};
	struct input in = {.c = c, .name = name, .text = text, .id = "", .err = err};
	int r;

	if (!cJSON_IsObject(root))
		return cl_fail(err, -EINVAL, "cannot read catalogue \"%s\": not an object", name);
	(void)((r = check_keys(&in, root, keys, ARRAY_SIZE(keys))) ||
	       (r = read_list(&in, root, "formats", read_format)) || (r = read_list(&in, root, "stores", read_store)) ||
	       (r = read_list(&in, root, "services", read_service)) ||
	       (r = read_list(&in, root, "left_out", read_left_out)));
	if (r == -ENOMEM)
		return cl_fail(err, r, "cannot read catalogue \"%s\": out of memory", name);
	return r;
}

int cl_catalogue_read(struct cl_catalogue *c, const char *name, const char *text, struct cl_error *err)
{
	_cleanup_json_ cJSON *root = NULL;
	int r = cl_json_parse(name, text, strlen(text), &root, err);

	return r ? r : cl_catalogue_take(c, name, text, root, err);
}
