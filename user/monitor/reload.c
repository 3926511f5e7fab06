/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGHUP: the configuration is read again. What may change while the monitor runs is the fingerprint key, the site's
 * policy and the statements about credentials. Each is looked at whole before it is taken up: what is wrong changes
 * nothing and says why.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"
#include "monitor/keys.h"
#include "monitor/live_internal.h"

static void reload_keys(struct cl_live *l)
{
	_cleanup_(cl_fp_key_free) struct cl_fp_key *key = NULL;
	char before[CL_KNOWN_KEYS_TEXT], now[CL_KNOWN_KEYS_TEXT];
	uint32_t old = cl_fp_key_info(l->key)->old_id;
	struct cl_error err = {0};

	if (l->confined && (l->config->fingerprint.n_key_command || l->config->fingerprint.n_old_key_command)) {
		cl_info("SIGHUP: the key command is not run again, a confined monitor executes nothing: restart it for "
			"another key; going on with key %08x",
			cl_fp_key_id(l->key));
		return;
	}
	if (cl_keys_open(&key, l->config, &err)) {
		cl_err("SIGHUP: %s; going on with key %08x", err.text, cl_fp_key_id(l->key));
		return;
	}
	cl_keys_text(before, l->key);
	cl_keys_text(now, key);
	if (!strcmp(before, now) && old == cl_fp_key_info(key)->old_id) {
		cl_info("SIGHUP: the fingerprint key is as it was");
		return;
	}
	cl_fp_key_swap(l->key, key);
	cl_observer_key_changed(l->observer);
	cl_writer_meta(l->writer, CL_STORE_KEYS, now);
	cl_info("SIGHUP: fingerprints are made with key %08x%s", cl_fp_key_id(l->key),
		cl_fp_key_info(l->key)->old_id ? " and with the one before it" : "");
}

void cl_live_rules(struct cl_live *l, char *text)
{
	free(l->rules);
	l->rules = text;
	cl_site_feed(text, cl_live_feed, l);
	cl_writer_meta(l->writer, CL_STORE_RULES, text);
}

static void say_rules(struct cl_live *l)
{
	const struct cl_rules *rules = cl_detect_rules(cl_pipeline_detect(l->pipeline));
	size_t n = 0;

	for (uint32_t s = 0; s < CL_RULES_SECTIONS; s++)
		n += cl_rules_count(rules, s);
	cl_info("SIGHUP: the site's policy is another one now, of %zu rules", n);
}

static void reload_policy(struct cl_live *l, const struct cl_config *fresh)
{
	_cleanup_free_ char *text = NULL;
	struct cl_error err = {0};
	int r = cl_site_gather(&text, fresh, l->scanner, &err);

	r = r ? r : cl_desk_reload(l->desk, fresh->policy.credentials, &err);
	if (r) {
		cl_err("SIGHUP: %s; the policy of before holds", *err.text ? err.text : strerror(-r));
		return;
	}
	if (l->rules && !strcmp(text, l->rules)) {
		cl_info("SIGHUP: the site's policy is as it was");
		return;
	}
	cl_live_rules(l, TAKE_PTR(text));
	say_rules(l);
}

/* Everything but policy and outputs is what the monitor was built up with. */
static bool takes_effect_now(const char *section, const char *key)
{
	return !strcmp(section, "policy") || !strcmp(key, "environments") || !strcmp(key, "outputs");
}

/* The command line may have said something else than the file. */
static bool may_be_typed(const char *section, const char *key)
{
	return !*section && (!strcmp(key, "state") || !strcmp(key, "socket") || !strcmp(key, "pin"));
}

static void note_later(void *ctx, const char *section, const char *key)
{
	struct cl_text *later = ctx;

	if (!takes_effect_now(section, key) && !may_be_typed(section, key))
		cl_text_printf(later, "%s%s%s%s", later->len ? ", " : "", section, *section ? "." : "", key);
}

/* Said, so that nobody waits for it. Files of the catalogue are not compared. */
static void say_later(const struct cl_live *l, const struct cl_config *fresh)
{
	_cleanup_text_ struct cl_text later = {0};

	if (!cl_config_compare(l->config, fresh, note_later, &later) && later.len)
		cl_warn("SIGHUP: changed and not taken up before the next start: %s (restart the monitor; with --pin it misses nothing)",
			cl_text_str(&later));
}

void cl_live_reload(struct cl_live *l)
{
	struct cl_config fresh = {0};
	struct cl_error err = {0};

	reload_keys(l);
	if (cl_config_load(&fresh, l->config_path, l->config_optional, &err)) {
		cl_err("SIGHUP: %s; the policy of before holds", err.text);
		return;
	}
	reload_policy(l, &fresh);
	cl_live_reload_outputs(l, &fresh);
	say_later(l, &fresh);
	cl_config_free(&fresh);
}
