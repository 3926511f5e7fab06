/* SPDX-License-Identifier: Apache-2.0 */
/* Making a record fit: what is said elsewhere or matters least goes first, the story and the two sides stay. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "format/story.h"
#include "format/format.h"

static void drop(cJSON *o, const char *key)
{
	cJSON_DeleteItemFromObjectCaseSensitive(o, key);
}

/* Steps in the order in which they are taken, each on top of the ones before. */
static void drop_lineage(cJSON *f)
{
	drop(f, "lineage");
}

static void drop_evidence(cJSON *f)
{
	cJSON *list = cJSON_GetObjectItemCaseSensitive(f, "evidence");
	double cut = cl_json_get_num(f, "evidence_cut") + cJSON_GetArraySize(list);

	drop(f, "evidence");
	drop(f, "evidence_cut");
	if (cut > 0)
		cl_json_num(f, "evidence_cut", cut);
}

/* Told before more goes; where there is no memory for it, it is told by what is left. */
static void tell_story(cJSON *f)
{
	_cleanup_text_ struct cl_text story = {0};

	if (!cl_story(f, &story))
		cl_json_str(f, "story", cl_text_str(&story));
}

static void drop_chains(cJSON *f)
{
	cJSON *side;

	cJSON_ArrayForEach (side, cJSON_GetObjectItemCaseSensitive(f, "sides"))
		drop(cJSON_GetObjectItemCaseSensitive(side, "process"), "chain");
}

static void drop_lists(cJSON *f)
{
	drop(cJSON_GetObjectItemCaseSensitive(f, "credential"), "policy");
	cJSON *coverage = cJSON_GetObjectItemCaseSensitive(f, "coverage"), *side;

	drop(coverage, "acts");
	drop(coverage, "lost");
	drop(f, "destinations");
	cJSON_ArrayForEach (side, cJSON_GetObjectItemCaseSensitive(f, "sides"))
		drop(cJSON_GetObjectItemCaseSensitive(side, "run"), "parents");
}

static void shorten(cJSON *item, size_t max)
{
	size_t len = max;

	if (!cJSON_IsString(item) || strlen(item->valuestring) <= max)
		return;
	while (len && ((unsigned char)item->valuestring[len] & 0xc0) == 0x80)
		len--;
	item->valuestring[len] = '\0';
}

/* Strings whose length the watched programs choose, or people who name a credential. Times, fingerprints and other ids are short and stay whole. */
static bool may_shorten(const cJSON *parent, const cJSON *item)
{
	static const char *const keys[] = {"message",	  "name",	 "exe",	    "script",	"command",
					   "path",	  "destination", "address", "workflow", "provider",
					   "environment", "container",	 "format",  "detail",	"program",
					   "preload",	  "label",	 "owner",   "reason"};

	if (!item->string)
		return false;
	if (!strcmp(item->string, "id"))
		return parent->string && !strcmp(parent->string, "run");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i], item->string))
			return true;
	return false;
}

/* Over the whole tree, without recursion: the schema is nowhere deeper than the stack. */
static void shorten_all(cJSON *root, size_t max)
{
	cJSON *stack[64], *at;
	size_t n = 0;

	stack[n++] = root;
	while (n) {
		cJSON *parent = stack[--n];

		cJSON_ArrayForEach (at, parent) {
			if (may_shorten(parent, at))
				shorten(at, max);
			if (at->child && n < ARRAY_SIZE(stack))
				stack[n++] = at;
		}
	}
}

static void drop_frameworks(cJSON *f)
{
	drop(f, "frameworks");
}

/* They repeat what stands in the rest. */
static void drop_observables(cJSON *f)
{
	cl_json_bool(f, "brief", true);
}

static void shorten_256(cJSON *f)
{
	shorten_all(f, 256);
}

static void shorten_story(cJSON *f)
{
	shorten(cJSON_GetObjectItemCaseSensitive(f, "story"), 2048);
}

static void shorten_64(cJSON *f)
{
	shorten_all(f, 64);
}

static void shorten_24(cJSON *f)
{
	shorten(cJSON_GetObjectItemCaseSensitive(f, "story"), 256);
	shorten_all(f, 24);
}

static void keep_fingerprint(cJSON *f)
{
	cJSON *fingerprint = cJSON_DetachItemFromObjectCaseSensitive(cJSON_GetObjectItemCaseSensitive(f, "credential"),
								     "fingerprint");

	drop(f, "credential");
	if (fingerprint)
		cJSON_AddItemToObject(cl_json_obj(f, "credential"), "fingerprint", fingerprint);
}

/* Of the syslog datagram's size: which finding, of what, about which credential, where, and how the story begins. */
static void sketch(cJSON *f)
{
	drop(f, "sides");
	keep_fingerprint(f);
	cl_json_bool(f, "sketch", true);
}

typedef void step_fn(cJSON *);
static step_fn *const of_findings[] = {drop_lineage,	drop_evidence,	  tell_story,  drop_chains,   drop_lists,
				       drop_frameworks, drop_observables, shorten_256, shorten_story, shorten_64,
				       shorten_24,	sketch,		  NULL};
/* Of an act the one side is what happened: it stays. */
static step_fn *const of_acts[] = {drop_chains, drop_lists, shorten_256, keep_fingerprint,
				   shorten_64,	shorten_24, NULL};

static int render(const struct cl_output_format *format, const cJSON *finding, uint64_t logged_ns, struct cl_text *out)
{
	cl_text_free(out);
	return format->render(finding, logged_ns, out);
}

int cl_render_within(const struct cl_output_format *format, const cJSON *finding, uint64_t logged_ns, size_t limit,
		     struct cl_text *out)
{
	step_fn *const *step = cl_format_is_act(finding) ? of_acts : of_findings;
	_cleanup_json_ cJSON *copy = NULL;
	_cleanup_text_ struct cl_text text = {0};
	int r = render(format, finding, logged_ns, &text);

	if (!r && text.len > limit) {
		copy = cJSON_Duplicate(finding, true);
		if (!copy)
			return -ENOMEM;
		cl_json_bool(copy, "truncated", true);
		cl_json_num(copy, "untruncated_size", (double)text.len);
	}
	for (; *step && !r && text.len > limit; step++) {
		(*step)(copy);
		r = render(format, copy, logged_ns, &text);
	}
	if (r)
		return r;
	if (text.len > limit)
		return -EMSGSIZE;
	*out = text;
	text = (struct cl_text){0};
	return 0;
}
