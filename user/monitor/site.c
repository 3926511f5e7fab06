/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/site.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "monitor/desk.h"
#include "policy/gather.h"

#define PIECE 32768 /* bytes; an observation's text may be twice that */

int cl_site_gather(char **out, const struct cl_config *c, struct cl_scanner *scanner, struct cl_error *err)
{
	const struct cl_gather from = {
		.name = c->file,
		.text = c->text,
		.rules = c->policy.rules,
		.files = c->policy.files,
		.n_files = c->policy.n_files,
		.detectors = cl_detector_ids(),
	};
	_cleanup_json_ cJSON *document = NULL;
	int r = cl_gather(&document, &from, err);

	if (!r && scanner)
		r = cl_policy_redact_all(document, cl_desk_redact, scanner);
	if (r)
		return r;
	*out = cJSON_PrintUnformatted(document);
	return *out ? 0 : -ENOMEM;
}

/* A piece ends before a character, not in it. */
static size_t piece_of(const char *text, size_t len)
{
	size_t n = len < PIECE ? len : PIECE;

	while (n && n < len && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void cl_site_feed(const char *text, void (*feed)(void *ctx, const struct cl_observation *obs), void *ctx)
{
	struct cl_observation obs = {.kind = CL_OBS_RULES, .ts = cl_boot_ns(), .length = strlen(text)};
	char piece[PIECE + 1];

	for (size_t at = 0; at < obs.length; obs.count++) {
		size_t n = piece_of(text + at, obs.length - at);

		snprintf(piece, sizeof(piece), "%.*s", (int)n, text + at);
		obs.policy = piece;
		feed(ctx, &obs);
		at += n;
	}
}

void cl_site_restore(struct cl_rules *rules, struct cl_store_db *db)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ cJSON *counts = NULL;

	if (!cl_store_get(db, CL_STORE_RULES_USED, &text))
		counts = cJSON_Parse(text);
	cl_rules_restore(rules, counts);
}
