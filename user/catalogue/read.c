/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads catalogue files, those that are compiled in and those of catalog.d. Schema, every file:
 *   {"formats": [FORMAT...], "stores": [STORE...], "services": [SERVICE...], "workflows": [...]}    each optional
 * The configuration's section "credentials" holds the first three, its section "workflows" the last one.
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
 *   readers   the programs that read it: basenames, or globs of their paths
 *   libraries runtimes whose programs read it through a library
 *   shared    true: shared by design, no reuse findings
 *   secret    true: a read counts though nothing is recognised in it
 *   injected  true: put there for the work that runs there
 *   disabled  as above
 * SERVICE
 *   id        required
 *   addresses IP addresses as inet_ntop writes them, with `port`: one for all of them
 *   paths     globs of its socket's file; a service has addresses, paths or both
 *   disabled  as above
 * "workflows" is a list, too: see recogniser.c.
 * "left_out" is a list, too: what is known and is no entry, with "id", "looks_like" and the "reason".
 * catalogue.schema.json says the same as a JSON Schema (credlineage scan --catalogue-schema).
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"
#include "catalogue/check.h"
#include "catalogue/entry.h"
#include "catalogue/glob.h"

static int get_class(const struct cl_entry_input *in, const cJSON *entry, struct cl_format *f)
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
	return cl_entry_bad(in, "class", "is none of static, ephemeral, unknown");
}

static int get_numbers(const struct cl_entry_input *in, const cJSON *entry, struct cl_format *f)
{
	const cJSON *ttl = cJSON_GetObjectItemCaseSensitive(entry, "ttl");
	const cJSON *entropy = cJSON_GetObjectItemCaseSensitive(entry, "entropy");

	if (ttl && (!cJSON_IsString(ttl) || cl_parse_duration(ttl->valuestring, &f->ttl)))
		return cl_entry_bad(in, "ttl", "is not a duration like \"8h\"");
	if (entropy && (!cJSON_IsNumber(entropy) || entropy->valuedouble < 0 || entropy->valuedouble > 8))
		return cl_entry_bad(in, "entropy", "is not a number from 0 to 8");
	f->entropy = entropy ? entropy->valuedouble : 0;
	return 0;
}

static int bad_check(const struct cl_entry_input *in)
{
	_cleanup_text_ struct cl_text what = {0};
	const char *const *names;
	size_t n;

	names = cl_check_names(&n);
	for (size_t i = 0; i < n; i++)
		if (cl_text_printf(&what, "%s%s", i ? ", " : "is none of ", names[i]))
			return -ENOMEM;
	return cl_entry_bad(in, "check", cl_text_str(&what));
}

static int get_check(const struct cl_entry_input *in, const cJSON *entry, struct cl_format *f)
{
	const cJSON *form = cJSON_GetObjectItemCaseSensitive(entry, "form");
	const cJSON *check = cJSON_GetObjectItemCaseSensitive(entry, "check");

	if (form && (!cJSON_IsString(form) || (strcmp(form->valuestring, "pem") && strcmp(form->valuestring, "token"))))
		return cl_entry_bad(in, "form", "is neither \"token\" nor \"pem\"");
	f->form = form && !strcmp(form->valuestring, "pem") ? CL_FORM_PEM : CL_FORM_TOKEN;
	if (check && cJSON_IsString(check))
		f->valid = cl_check_find(check->valuestring);
	if (check && !f->valid)
		return bad_check(in);
	if (!f->pattern == !f->claim)
		return cl_entry_bad(in, f->pattern ? "claim" : "pattern",
				    "is wrong: an entry has a pattern or a claim");
	if (f->context && (!f->pattern || f->form == CL_FORM_PEM))
		return cl_entry_bad(in, "context", "stands without a token's pattern");
	if (f->joined && !f->context)
		return cl_entry_bad(in, "joined", "stands without a context");
	if (f->after && (!f->pattern || f->form == CL_FORM_PEM))
		return cl_entry_bad(in, "after", "stands without a token's pattern");
	return 0;
}

/* What every kind of entry has in common. 1: it is disabled, and whatever had its id is taken out. */
static int check_entry(const struct cl_entry_input *in, const cJSON *entry, const char *const *keys, size_t n,
		       void (*take_out)(struct cl_catalogue *c, const char *id))
{
	bool disabled = false;
	int r = cl_entry_keys(in, entry, keys, n);

	r = r ? r : cl_entry_bool(in, entry, "disabled", &disabled);
	if (r || !disabled)
		return r;
	if (take_out)
		take_out(in->c, in->id);
	return 1;
}

static int read_format(const struct cl_entry_input *in, const cJSON *entry)
{
	static const char *const keys[] = {"id",      "provider",     "kind",	  "pattern", "context",
					   "claim",   "claim_prefix", "form",	  "class",   "ttl",
					   "entropy", "check",	      "disabled", "joined",  "after"};
	struct cl_format f = {.id = in->id};
	int r;

	r = check_entry(in, entry, keys, ARRAY_SIZE(keys), cl_catalogue_remove_format);
	if (r)
		return r;
	(void)((r = cl_entry_string(in, entry, "provider", true, &f.provider)) ||
	       (r = cl_entry_string(in, entry, "kind", true, &f.kind)) ||
	       (r = cl_entry_string(in, entry, "pattern", false, &f.pattern)) ||
	       (r = cl_entry_string(in, entry, "context", false, &f.context)) ||
	       (r = cl_entry_string(in, entry, "after", false, &f.after)) ||
	       (r = cl_entry_bool(in, entry, "joined", &f.joined)) ||
	       (r = cl_entry_string(in, entry, "claim", false, &f.claim)) ||
	       (r = cl_entry_string(in, entry, "claim_prefix", false, &f.claim_prefix)) ||
	       (r = get_class(in, entry, &f)) || (r = get_numbers(in, entry, &f)) || (r = get_check(in, entry, &f)));
	if (r)
		return r;
	f.needs_context = f.context != NULL;
	r = cl_catalogue_put_format(in->c, &f);
	return r == -E2BIG ? cl_fail(in->err, r, "cannot read catalogue \"%s\": more than %d formats", in->name,
				     CL_CATALOGUE_FORMATS)
			   : r;
}

static int add_names(struct cl_text *t, const char *const *names, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && !r; i++)
		r = cl_text_printf(t, "%s%s", i ? "," : "", names[i]);
	return r;
}

static int check_names(const struct cl_entry_input *in, const char *key, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strpbrk(names[i], ",;"))
			return cl_entry_bad(in, key, "holds a name with a comma or semicolon");
		if (strchr(names[i], '/') && cl_glob_check(names[i]))
			return cl_entry_bad(in, key, cl_glob_check(names[i]));
	}
	return 0;
}

/* Who reads the store, as an observation says it: "aws,terraform;python3". */
static int get_readers(const struct cl_entry_input *in, const cJSON *entry, struct cl_store *s)
{
	_cleanup_text_ struct cl_text expected = {0};
	const char **readers = NULL, **libraries = NULL;
	size_t n_readers = 0, n_libraries = 0;
	int r;

	(void)((r = cl_entry_list(in, entry, "readers", &readers, &n_readers)) ||
	       (r = cl_entry_list(in, entry, "libraries", &libraries, &n_libraries)) ||
	       (r = check_names(in, "readers", readers, n_readers)) ||
	       (r = check_names(in, "libraries", libraries, n_libraries)) ||
	       (r = add_names(&expected, readers, n_readers)) || (r = cl_text_puts(&expected, ";")) ||
	       (r = add_names(&expected, libraries, n_libraries)));
	if (r || !(n_readers + n_libraries))
		return r;
	s->readers = readers;
	s->expected = cl_arena_strdup(in->arena, cl_text_str(&expected));
	return s->expected ? 0 : -ENOMEM;
}

static int get_traits(const struct cl_entry_input *in, const cJSON *entry, struct cl_store *s)
{
	bool secret, injected;
	int r;

	(void)((r = cl_entry_bool(in, entry, "secret", &secret)) ||
	       (r = cl_entry_bool(in, entry, "injected", &injected)));
	if (!r)
		s->traits = (secret ? CL_STORE_SECRET : 0) | (injected ? CL_STORE_INJECTED : 0);
	return r;
}

static int read_store(const struct cl_entry_input *in, const cJSON *entry)
{
	static const char *const keys[] = {"id",     "owner",  "paths",	   "readers", "libraries",
					   "shared", "secret", "injected", "disabled"};
	const char **paths = NULL;
	struct cl_store s = {.id = in->id};
	size_t n_paths = 0;
	int r;

	r = check_entry(in, entry, keys, ARRAY_SIZE(keys), cl_catalogue_remove_store);
	if (r)
		return r;
	(void)((r = cl_entry_string(in, entry, "owner", true, &s.owner)) ||
	       (r = cl_entry_bool(in, entry, "shared", &s.shared)) ||
	       (r = cl_entry_list(in, entry, "paths", &paths, &n_paths)) || (r = get_readers(in, entry, &s)) ||
	       (r = get_traits(in, entry, &s)));
	if (r)
		return r;
	if (!n_paths)
		return cl_entry_bad(in, "paths", "is missing");
	for (size_t i = 0; i < n_paths; i++)
		if (cl_glob_check(paths[i]))
			return cl_entry_bad(in, "paths", cl_glob_check(paths[i]));
	r = cl_catalogue_put_store(in->c, &s, paths, n_paths);
	return r == -E2BIG ? cl_fail(in->err, r, "cannot read catalogue \"%s\": more than %d paths", in->name,
				     CL_CATALOGUE_PATHS)
			   : r;
}

static int get_port(const struct cl_entry_input *in, const cJSON *entry, struct cl_service *s)
{
	const cJSON *port = cJSON_GetObjectItemCaseSensitive(entry, "port");

	if (!port)
		return s->addresses ? cl_entry_bad(in, "port", "is missing") : 0;
	if (!cJSON_IsNumber(port) || port->valuedouble < 1 || port->valuedouble > 65535)
		return cl_entry_bad(in, "port", "is not a number from 1 to 65535");
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

static int read_service(const struct cl_entry_input *in, const cJSON *entry)
{
	static const char *const keys[] = {"id", "addresses", "port", "paths", "disabled"};
	const char **paths = NULL, **addresses = NULL;
	struct cl_service s = {.id = in->id};
	size_t n_paths = 0, n_addresses = 0;
	int r;

	r = check_entry(in, entry, keys, ARRAY_SIZE(keys), cl_catalogue_remove_service);
	if (r)
		return r;
	(void)((r = cl_entry_list(in, entry, "addresses", &addresses, &n_addresses)) ||
	       (r = cl_entry_list(in, entry, "paths", &paths, &n_paths)));
	s.addresses = addresses;
	s.paths = paths;
	r = r ? r : get_port(in, entry, &s);
	if (!r && !n_paths && !n_addresses)
		r = cl_entry_bad(in, "paths", "is missing");
	for (size_t i = 0; !r && i < n_addresses; i++)
		if (!check_address(addresses[i]))
			r = cl_entry_bad(in, "addresses", "holds something that is not an address");
	for (size_t i = 0; !r && i < n_paths; i++)
		if (cl_glob_check(paths[i]))
			r = cl_entry_bad(in, "paths", cl_glob_check(paths[i]));
	if (!r)
		r = cl_catalogue_put_service(in->c, &s);
	return r == -E2BIG ? cl_fail(in->err, r, "cannot read catalogue \"%s\": more than %d services", in->name,
				     CL_CATALOGUE_SERVICES)
			   : r;
}

/* For people only: nothing is made of it. */
static int read_left_out(const struct cl_entry_input *in, const cJSON *entry)
{
	static const char *const keys[] = {"id", "looks_like", "reason", "disabled"};
	const char *text;
	int r;

	(void)((r = check_entry(in, entry, keys, ARRAY_SIZE(keys), NULL)) ||
	       (r = cl_entry_string(in, entry, "looks_like", true, &text)) ||
	       (r = cl_entry_string(in, entry, "reason", true, &text)));
	return r;
}

static int read_list(struct cl_entry_input *in, const cJSON *root, const char *key,
		     int (*read)(const struct cl_entry_input *, const cJSON *))
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, key), *entry;

	in->id = "";
	if (list && !cJSON_IsArray(list))
		return cl_entry_bad(in, key, "is not a list");
	cJSON_ArrayForEach (entry, list) {
		int r;

		in->id = "";
		if (!cJSON_IsObject(entry))
			return cl_entry_bad(in, key, "holds something that is not an object");
		r = cl_entry_string(in, entry, "id", true, &in->id);
		if (!r)
			r = read(in, entry);
		if (r < 0)
			return r;
	}
	return 0;
}

static int take_workflows(struct cl_catalogue *c, const char *name, const char *text, const cJSON *root,
			  struct cl_error *err)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "workflows");

	return list ? cl_recogniser_list_take(c->recognisers, name, text, list, err) : 0;
}

int cl_catalogue_take(struct cl_catalogue *c, const char *name, const char *text, const cJSON *root,
		      struct cl_error *err)
{
	static const char *const keys[] = {"formats", "stores", "services", "workflows", "left_out"};
	struct cl_entry_input in = {.c = c, .arena = c->arena, .name = name, .text = text, .id = "", .err = err};
	int r;

	if (!cJSON_IsObject(root))
		return cl_fail(err, -EINVAL, "cannot read catalogue \"%s\": not an object", name);
	(void)((r = cl_entry_keys(&in, root, keys, ARRAY_SIZE(keys))) ||
	       (r = read_list(&in, root, "formats", read_format)) || (r = read_list(&in, root, "stores", read_store)) ||
	       (r = read_list(&in, root, "services", read_service)) ||
	       (r = read_list(&in, root, "left_out", read_left_out)) || (r = take_workflows(c, name, text, root, err)));
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
