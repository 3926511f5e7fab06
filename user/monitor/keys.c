/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

int cl_keys_known(const char *state_dir, struct cl_known_keys *out, struct cl_error *err)
{
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	_cleanup_free_ char *text = NULL;
	char path[CL_KEYS_PATH], id[CL_KEY_ID_TEXT];
	int r;

	*out = (struct cl_known_keys){0};
	snprintf(path, sizeof(path), "%s/credlineage.db", state_dir);
	r = cl_store_open(&db, path, CL_STORE_READ, err);
	if (r)
		return r == -ENOENT ? 0 : r;
	r = cl_store_get(db, CL_STORE_KEYS, &text);
	if (r)
		return r == -ENOENT ? 0 : cl_fail(err, r, "cannot read store \"%s\": %s", path, strerror(-r));
	if (strlen(text) != 2 * CL_KEY_ID_TEXT - 1)
		return 0;
	snprintf(id, sizeof(id), "%.8s", text);
	out->id = cl_key_id_parse(id);
	out->local_id = cl_key_id_parse(text + CL_KEY_ID_TEXT);
	return 0;
}

char *cl_keys_text(char buf[CL_KNOWN_KEYS_TEXT], const struct cl_fp_key *k)
{
	snprintf(buf, CL_KNOWN_KEYS_TEXT, "%08x %08x", cl_fp_key_info(k)->id, cl_fp_key_info(k)->local_id);
	return buf;
}

int cl_keys_remember(struct cl_store_db *db, const struct cl_fp_key *k)
{
	char text[CL_KNOWN_KEYS_TEXT];

	return cl_store_set(db, CL_STORE_KEYS, cl_keys_text(text, k));
}

static const char *or_null(const char *s)
{
	return *s ? s : NULL;
}

void cl_keys_options(const struct cl_config *c, struct cl_fp_options *out, char path[CL_KEYS_PATH])
{
	snprintf(path, CL_KEYS_PATH, "%s/fingerprint.key", c->state_dir);
	*out = (struct cl_fp_options){
		.key = {.file = or_null(c->fingerprint.key_file),
			.credential = or_null(c->fingerprint.key_credential),
			.command = c->fingerprint.n_key_command ? c->fingerprint.key_command : NULL},
		.old = {.file = or_null(c->fingerprint.old_key_file),
			.credential = or_null(c->fingerprint.old_key_credential),
			.command = c->fingerprint.n_old_key_command ? c->fingerprint.old_key_command : NULL},
		.state = c->state_dir,
		.share_passwords = c->fingerprint.share_passwords,
	};
	if (!out->key.file && !out->key.credential && !out->key.command)
		out->key.file = path;
}

int cl_keys_check(const struct cl_fp_key *k, const struct cl_known_keys *known, const char *state_dir,
		  struct cl_error *err)
{
	const struct cl_fp_info *i = cl_fp_key_info(k);

	if (known->id && known->id != i->id && known->id != i->old_id)
		return cl_fail(
			err, -EINVAL,
			"fingerprint key %08x from %s is not %08x, which the store in \"%s\" was made with: nothing "
			"known there would be recognised. Bring that key back; or give it as fingerprint.old_key_file "
			"and keep what is known; or go on without it: credlineage fingerprint retire %08x",
			i->id, i->source, known->id, state_dir, known->id);
	if (known->local_id && i->local_id && known->local_id != i->local_id && known->local_id != i->old_local_id)
		return cl_fail(
			err, -EINVAL,
			"\"%s/host.key\" is not the one that the store there was made with (passwords: key %08x, not "
			"%08x): no password known there would be recognised. Restore it from a backup, or go on "
			"without it: credlineage fingerprint retire %08x",
			state_dir, i->local_id, known->local_id, known->local_id);
	return 0;
}

int cl_keys_open(struct cl_fp_key **out, const struct cl_config *c, struct cl_error *err)
{
	_cleanup_(cl_fp_key_free) struct cl_fp_key *k = NULL;
	struct cl_known_keys known;
	struct cl_fp_options options;
	struct cl_error cause = {0}, why_unread = {0};
	char path[CL_KEYS_PATH];
	int unread = cl_keys_known(c->state_dir, &known, &why_unread), r;

	cl_keys_options(c, &options, path);
	options.make = !unread && !known.id;
	options.make_host = !unread && !known.local_id;
	r = cl_fp_key_open(&k, &options, &cause);
	if (r == -ENOENT && known.id) {
		uint32_t lost = options.key.file && access(options.key.file, F_OK) ? known.id : known.local_id;

		return cl_fail(
			err, r,
			"%.200s; the store in \"%.100s\" was made with key %08x: restore it from a backup, or go on "
			"without it: credlineage fingerprint retire %08x",
			cause.text, c->state_dir, lost, lost);
	}
	if (r == -ENOENT && unread) /* why none is made */
		return cl_fail(err, unread, "%s", why_unread.text);
	if (r)
		return cl_fail(err, r, "%s", cause.text);
	r = cl_keys_check(k, &known, c->state_dir, err);
	if (!r)
		*out = TAKE_PTR(k);
	return r;
}
