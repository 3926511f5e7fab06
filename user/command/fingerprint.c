/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage fingerprint [show|rotate|retire ID]`: the keys behind the fingerprints. Never prints a key. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "command/reader.h"
#include "fingerprint/key_file.h"
#include "monitor/keys.h"

struct options {
	const char *verb, *id;
};

static const char doc[] =
	"Shows the key that fingerprints are made with, or exchanges it. The key is 32 random bytes, as they are, in hex "
	"or in base64; it lies in the state directory, or where the configuration says: fingerprint.key_file, "
	".key_credential (a name given to systemd's LoadCredential=) or .key_command (a list: absolute path and arguments, "
	"run without a shell, prints the key). Passwords are fingerprinted under a key of this host alone, unless "
	"fingerprint.share_passwords is true.\n\n"
	"An exchange: `rotate` puts a new key in the old one's place and keeps that beside it; from the monitor's next "
	"start or SIGHUP every value has both fingerprints, the new one is shown, and history stays in one piece. `show` "
	"says how many credentials were not seen again yet; `retire` ends it. With a key from elsewhere put the new one "
	"there and name the old one in fingerprint.old_key_file, .old_key_credential or .old_key_command.\n\n"
	"A fleet shares a key by having the same key file, credential or command on each host; rotate on one, then give the "
	"file and FILE.old to the others. A key that is lost is retired, too: what was known under it is not recognised "
	"again.";
static const char examples[] = "  sudo credlineage fingerprint\n"
			       "  sudo credlineage fingerprint show --json | jq .credentials\n"
			       "  sudo credlineage fingerprint rotate && sudo systemctl reload credlineage\n"
			       "  sudo credlineage fingerprint retire 1a2b3c4d\n"
			       "  sudo credlineage fingerprint show --config ./new.json\n";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (o->verb && (strcmp(o->verb, "retire") || o->id))
		argp_error(state, "too many words: \"%s\"", arg);
	*(o->verb ? &o->id : &o->verb) = arg;
	return 0;
}

/* ---- what is there ---- */

struct keys {
	const struct cl_config *config;
	struct cl_fp_options options;
	char path[CL_KEYS_PATH];
	struct cl_fp_key *key; /* NULL: it can't be read, err says why */
	struct cl_known_keys known;
	struct cl_error err;
	/* credentials in the store, by the key that they were last seen under */
	uint64_t now, old, other;
	bool store;
};

static void keys_free(struct keys *k)
{
	cl_fp_key_free(&k->key);
}

static void look(struct keys *k, const struct cl_config *config)
{
	k->config = config;
	cl_keys_options(config, &k->options, k->path);
	if (cl_keys_known(config->state_dir, &k->known, &k->err))
		cl_warn("%s", k->err.text);
	*k->err.text = '\0';
	if (!cl_fp_key_open(&k->key, &k->options, &k->err))
		cl_keys_check(k->key, &k->known, config->state_dir, &k->err);
}

struct counting {
	struct keys *k;
	uint32_t id, local_id; /* what counts as old */
};

static int count_one(void *ctx, const struct cl_node *n)
{
	uint32_t id = cl_key_id_parse(cl_json_get_str(n->attrs, "key_id"));
	const struct counting *c = ctx;
	const struct cl_fp_info *i = c->k->key ? cl_fp_key_info(c->k->key) : NULL;

	if (i && id && (id == i->id || id == i->local_id))
		c->k->now++;
	else if (id && (id == c->id || id == c->local_id))
		c->k->old++;
	else
		c->k->other++;
	return 0;
}

static void count(struct keys *k, uint32_t id, uint32_t local_id)
{
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	struct counting c = {.k = k, .id = id, .local_id = local_id};
	char path[CL_KEYS_PATH];

	snprintf(path, sizeof(path), "%s/credlineage.db", k->config->state_dir);
	k->store = !cl_store_open(&db, path, CL_STORE_READ, NULL) &&
		   !cl_store_nodes(db, CL_NODE_CREDENTIAL, count_one, &c);
}

/* ---- show ---- */

static void add_key(cJSON *report, const char *name, uint32_t id, uint32_t local_id, const char *source, uint64_t made)
{
	cJSON *o = id ? cl_json_obj(report, name) : NULL;
	char text[CL_KEY_ID_TEXT];

	cl_json_str(o, "id", cl_key_id_format(text, id));
	if (local_id)
		cl_json_str(o, "passwords_id", cl_key_id_format(text, local_id));
	cl_json_str(o, "source", source);
	cl_json_time(o, "made", made);
	if (made && made < cl_wall_ns())
		cl_json_num(o, "age_seconds", (double)((cl_wall_ns() - made) / CL_NS_PER_S));
}

static void fill(struct keys *k, cJSON *report)
{
	const struct cl_fp_info *i = k->key ? cl_fp_key_info(k->key) : NULL;
	char text[CL_KEY_ID_TEXT];
	cJSON *o;

	if (i) {
		count(k, i->old_id, i->old_local_id);
		add_key(report, "key", i->id, i->local_id, i->source, i->made);
		add_key(report, "old", i->old_id, i->old_local_id, i->old_source, 0);
	}
	if (k->known.id)
		cl_json_str(report, "store_key_id", cl_key_id_format(text, k->known.id));
	cl_json_bool(report, "share_passwords", k->config->fingerprint.share_passwords);
	if (k->store) {
		o = cl_json_obj(report, "credentials");
		cl_json_num(o, "under_key", (double)k->now);
		cl_json_num(o, "under_old", (double)k->old);
		cl_json_num(o, "under_others", (double)k->other);
	}
	cl_json_str(report, "problem", *k->err.text ? k->err.text : NULL);
}

static void print(const cJSON *r)
{
	char age[16];

	if (cl_json_at(r, "key"))
		printf("key        %s from %s", cl_json_get_str(r, "key.id"), cl_json_get_str(r, "key.source"));
	if (cl_json_get_time(r, "key.made"))
		printf(", made %.19sZ (%s ago)", cl_json_get_str(r, "key.made"),
		       cl_reader_age(age, cl_json_get_time(r, "key.made")));
	if (cl_json_at(r, "key"))
		printf("\npasswords  %s\n", cl_json_at(r, "key.passwords_id")
						    ? cl_json_get_str(r, "key.passwords_id")
						    : "under the same key (fingerprint.share_passwords)");
	if (cl_json_at(r, "old"))
		printf("old key    %s from %s: both are in use until: credlineage fingerprint retire %s\n",
		       cl_json_get_str(r, "old.id"), cl_json_get_str(r, "old.source"), cl_json_get_str(r, "old.id"));
	if (cl_json_at(r, "credentials"))
		printf("known      %.0f credentials under the key, %.0f not seen since the old one, %.0f under others\n",
		       cl_json_get_num(r, "credentials.under_key"), cl_json_get_num(r, "credentials.under_old"),
		       cl_json_get_num(r, "credentials.under_others"));
}

static int show(struct keys *k, bool json)
{
	_cleanup_json_ cJSON *report = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;

	fill(k, report);
	text = json ? cJSON_PrintUnformatted(report) : NULL;
	if (text)
		puts(text);
	else
		print(report);
	if (*k->err.text)
		cl_err("%s", k->err.text);
	return *k->err.text ? CL_EXIT_FAILED : cl_reader_flush();
}

/* ---- rotate ---- */

static int rotate(struct keys *k)
{
	const struct cl_key_source *old = &k->options.old;
	struct cl_error err = {0};
	uint32_t before, now;

	if (!k->key || *k->err.text)
		cl_err("%s", k->err.text);
	else if (!k->options.key.file || old->file || old->credential || old->command)
		cl_err("the key comes from %s: put the new one there, give the old one as fingerprint.old_key_file (or "
		       ".old_key_credential, .old_key_command), and send the monitor SIGHUP",
		       cl_fp_key_info(k->key)->source);
	else if (cl_key_rotate(k->options.key.file, &before, &now, &err))
		cl_err("%s", err.text);
	else {
		printf("key %08x is in place, %08x is kept beside it as \"%s.old\"\n"
		       "next: restart the monitor or send it SIGHUP; when the credentials that matter were seen again "
		       "(credlineage fingerprint show): credlineage fingerprint retire %08x\n",
		       now, before, k->options.key.file, before);
		return cl_reader_flush();
	}
	return CL_EXIT_FAILED;
}

/* ---- retire ---- */

/* What the store was made with is told anew: from now on without the one that is retired. */
static int change_known(const struct keys *k, const char *text, struct cl_error *err)
{
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	char path[CL_KEYS_PATH];
	int r;

	snprintf(path, sizeof(path), "%s/credlineage.db", k->config->state_dir);
	r = cl_store_open(&db, path, CL_STORE_WRITE, err);
	if (r == -EBUSY)
		return cl_fail(err, r,
			       "the monitor that runs does not use the new key yet: restart it or send it SIGHUP "
			       "first");
	if (r)
		return r;
	r = cl_store_set(db, CL_STORE_KEYS, text);
	return r ? cl_fail(err, r, "cannot write store \"%s\": %s", path, strerror(-r)) : 0;
}

/* The key that is still beside the one in use. */
static int retire_old(struct keys *k, struct cl_error *err)
{
	const struct cl_fp_info *i = cl_fp_key_info(k->key);
	char text[CL_KNOWN_KEYS_TEXT];
	int r = 0;

	if (k->options.old.file || k->options.old.credential || k->options.old.command)
		return cl_fail(
			err, -EINVAL,
			"old key %08x comes from %s, which the configuration names: take fingerprint.old_key_... "
			"out of it and send the monitor SIGHUP",
			i->old_id, i->old_source);
	if (k->known.id == i->old_id)
		r = change_known(k, cl_keys_text(text, k->key), err);
	return r ? r : cl_key_retire(k->options.key.file, i->old_id, err);
}

/* A key that is gone, and that the store was made with. */
static int retire_lost(struct keys *k, uint32_t id, struct cl_error *err)
{
	char text[CL_KNOWN_KEYS_TEXT];

	if (k->key)
		return change_known(k, cl_keys_text(text, k->key), err);
	snprintf(text, sizeof(text), "%08x %08x", id == k->known.id ? 0 : k->known.id, 0);
	return change_known(k, text, err);
}

static int retire(struct keys *k, const char *typed)
{
	const struct cl_fp_info none = {0}, *i = k->key ? cl_fp_key_info(k->key) : &none;
	uint32_t id = cl_key_id_parse(typed);
	bool old = id && id == i->old_id, lost = id && !old && (id == k->known.id || id == k->known.local_id);
	struct cl_error err = {0};

	if (id && (id == i->id || id == i->local_id)) {
		cl_err("key %08x is in use: exchange it first with: credlineage fingerprint rotate", id);
		return CL_EXIT_USAGE;
	}
	if (!old && !lost) {
		cl_err("no key \"%s\" to retire: credlineage fingerprint show", typed);
		return CL_EXIT_USAGE;
	}
	count(k, id, old ? i->old_local_id : k->known.local_id);
	if (k->store)
		printf("%" PRIu64
		       " known credentials were never seen again since key %08x was in use: should one of them "
		       "come back, it counts as new\n",
		       k->old, id);
	fflush(stdout);
	if (old ? retire_old(k, &err) : retire_lost(k, id, &err)) {
		cl_err("%s", err.text);
		return CL_EXIT_FAILED;
	}
	printf("key %08x is retired%s\n", id, old ? "; the monitor lets go of it at its next start or SIGHUP" : "");
	return cl_reader_flush();
}

/* ---- the command ---- */

static const char *wrong(const struct options *o)
{
	if (strcmp(o->verb, "show") && strcmp(o->verb, "rotate") && strcmp(o->verb, "retire"))
		return "say show, rotate or retire ID";
	if (!strcmp(o->verb, "retire") && !o->id)
		return "retire needs the key's id, as `fingerprint show` has it";
	return NULL;
}

static int run(int argc, char **argv)
{
	_cleanup_(cl_common_free) struct cl_common common = {0};
	_cleanup_(keys_free) struct keys k = {.key = NULL};
	struct options o = {0};

	cl_command_parse("fingerprint", "[show|rotate|retire ID]", doc, examples, NULL, parse, argc, argv, &o, &common);
	if (!o.verb)
		o.verb = "show";
	if (wrong(&o)) {
		cl_err("fingerprint: %s (credlineage fingerprint --help)", wrong(&o));
		return CL_EXIT_USAGE;
	}
	if (cl_common_load(&common))
		return CL_EXIT_FAILED;
	look(&k, &common.settings);
	if (!strcmp(o.verb, "rotate"))
		return rotate(&k);
	return !strcmp(o.verb, "retire") ? retire(&k, o.id) : show(&k, cl_common_json(&common));
}

const struct cl_command cl_command_fingerprint = {"fingerprint",
						  "the key behind the fingerprints: show, exchange, retire", run};
