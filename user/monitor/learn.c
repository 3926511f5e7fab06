/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/learn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/table.h"
#include "detect/detector.h"
#include "policy/policy.h"
#include "policy/rules.h"

#define WRITE_NS (600 * CL_NS_PER_S)
#define REVIEW_NS                                                                                                      \
	(90ull * 86400 * CL_NS_PER_S) /* until then at most holds what is learned, unless a person says more */
#define LIST_MAX CL_RULES_LIST

struct reader {
	char *key; /* store, newline, program */
	uint64_t count;
	UT_hash_handle hh;
};

struct cl_learn {
	struct cl_learn_options o;
	uint64_t begin, written; /* wall ns */
	struct reader *readers;
	uint64_t readers_cut;
	bool done;
};

/* ---- readers ---- */

static void count_reader(struct cl_learn *l, const char *key, uint64_t count)
{
	struct reader *r = NULL;

	HASH_FIND_STR(l->readers, key, r);
	if (!r && HASH_COUNT(l->readers) >= CL_LEARN_READERS) {
		l->readers_cut++;
		return;
	}
	if (!r) {
		r = calloc(1, sizeof(*r));
		if (r)
			r->key = strdup(key);
		if (r && r->key)
			HASH_ADD_KEYPTR(hh, l->readers, r->key, strlen(r->key), r);
		if (!r || !r->key || !cl_table_added(r)) {
			if (r)
				free(r->key);
			free(r);
			return;
		}
	}
	r->count += count;
}

static bool is_expected(const struct cl_learn *l, const char *id, const char *exe)
{
	const struct cl_store *store = cl_catalogue_store(l->o.catalogue, id);

	return store && store->expected && cl_store_expects(store, exe);
}

void cl_learn_take(struct cl_learn *l, const struct cl_observation *obs)
{
	const struct cl_process *p;
	const char *exe;
	char key[1200];

	if (l->done || obs->kind != CL_OBS_READ || !obs->store || !obs->n_sightings)
		return;
	p = cl_identity_process(cl_pipeline_identity(l->o.pipeline), obs->process);
	exe = p && p->script && *p->script == '/' ? p->script : p ? p->exe : NULL;
	/* A wildcard in a name would let others in. */
	if (!exe || *exe != '/' || strpbrk(exe, "*?\n") || is_expected(l, obs->store, exe))
		return;
	if ((size_t)snprintf(key, sizeof(key), "%s\n%s", obs->store, exe) < sizeof(key))
		count_reader(l, key, 1);
}

/* ---- what is kept ---- */

static void keep(struct cl_learn *l)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;
	cJSON *readers = cl_json_obj(o, "readers");

	cl_json_time(o, "begin", l->begin);
	cl_json_bool(o, "done", l->done);
	for (const struct reader *r = l->readers; r; r = r->hh.next)
		cl_json_num(readers, r->key, (double)r->count);
	text = o ? cJSON_PrintUnformatted(o) : NULL;
	if (text)
		l->o.keep(l->o.ctx, text);
}

static void take_kept(struct cl_learn *l, const char *kept, uint64_t now)
{
	_cleanup_json_ cJSON *o = kept ? cJSON_Parse(kept) : NULL;
	uint64_t begin = cl_json_get_time(o, "begin");
	const cJSON *item;

	if (!begin || begin > now || now - begin >= l->o.window || cJSON_IsTrue(cl_json_at(o, "done")))
		return;
	l->begin = begin;
	cJSON_ArrayForEach (item, cl_json_at(o, "readers"))
		if (cJSON_IsNumber(item) && item->valuedouble >= 1 && item->valuedouble < 9e15)
			count_reader(l, item->string, (uint64_t)item->valuedouble);
}

int cl_learn_new(struct cl_learn **out, const struct cl_learn_options *o, const char *kept, uint64_t wall_ns)
{
	struct cl_learn *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->o = *o;
	l->begin = l->written = wall_ns;
	take_kept(l, kept, wall_ns);
	keep(l);
	*out = l;
	return 0;
}

void cl_learn_free(struct cl_learn **p)
{
	struct cl_learn *l = TAKE_PTR(*p);
	struct reader *r, *next;

	if (!l)
		return;
	HASH_ITER (hh, l->readers, r, next) {
		HASH_DEL(l->readers, r);
		free(r->key);
		free(r);
	}
	free(l);
}

/* ---- the proposal ---- */

struct proposal {
	const struct cl_learn *learn;
	cJSON *readers, *sharing, *workflows, *destinations;
	char until[CL_TIME_SIZE], reason[160];
	size_t left_out; /* names with wildcards in them, lists too long for one rule */
};

static bool has(const cJSON *list, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list)
		if (!strcmp(item->valuestring, text))
			return true;
	return false;
}

static void put(struct proposal *p, cJSON *list, const char *text)
{
	if (!text || has(list, text))
		return;
	if (strpbrk(text, "*?") || cJSON_GetArraySize(list) >= LIST_MAX || strlen(text) > 256)
		p->left_out++;
	else
		cJSON_AddItemToArray(list, cl_json_clean_string(text));
}

static void put_destinations(struct proposal *p, cJSON *list, const struct cl_use *u)
{
	char place[CL_POLICY_DESTINATION];

	for (size_t i = 0; i < u->n_destinations; i++) {
		const struct cl_destination *to = &u->destinations[i];

		if (!to->port && strcmp(to->transport, "unix"))
			continue;
		cl_policy_place(to->address, to->port, !strcmp(to->transport, "unix"), place);
		put(p, list, place);
	}
}

/* Rule by rule: who has it beside whom, and where it goes. */
static int propose_credential(void *ctx, const struct cl_credential *c)
{
	struct proposal *p = ctx;
	_cleanup_json_ cJSON *rule = cJSON_CreateObject();
	cJSON *workflows = cJSON_CreateArray(), *destinations = cJSON_CreateArray();
	char fp[CL_FP_TEXT];

	for (const struct cl_use *u = c->uses; u; u = u->next) {
		if (u->reached || cl_use_last(u)->latest < p->learn->begin)
			continue;
		put(p, workflows, u->run.workflow);
		put(p, p->workflows, u->run.workflow);
		put_destinations(p, destinations, u);
		put_destinations(p, p->destinations, u);
	}
	if (cJSON_GetArraySize(workflows) > 1 || cJSON_GetArraySize(destinations)) {
		cl_json_str(rule, "credential", cl_fp_format(fp, c->shown));
		cl_json_str(rule, "provider", c->provider);
		cJSON_AddItemToObject(rule, "workflows", TAKE_PTR(workflows));
		if (cJSON_GetArraySize(destinations))
			cJSON_AddItemToObject(rule, "destinations", TAKE_PTR(destinations));
		cl_json_str(rule, "reason", p->reason);
		cl_json_str(rule, "until", p->until);
		if (cJSON_GetArraySize(cl_json_at(rule, "workflows")))
			cJSON_AddItemToArray(p->sharing, TAKE_PTR(rule));
	}
	cJSON_Delete(workflows);
	cJSON_Delete(destinations);
	return 0;
}

static void propose_readers(struct proposal *p)
{
	for (const struct reader *r = p->learn->readers; r; r = r->hh.next) {
		const char *exe = strchr(r->key, '\n') + 1;
		cJSON *rule = cl_json_push(p->readers);
		char store[256];

		snprintf(store, sizeof(store), "%.*s", (int)(exe - 1 - r->key), r->key);
		cl_json_str(rule, "store", store);
		cl_json_str(rule, "exe", exe);
		cl_json_str(rule, "reason", p->reason);
		cl_json_str(rule, "until", p->until);
	}
}

/* ---- its text ---- */

static int put_lines(struct cl_text *out, const cJSON *list, const char *before)
{
	const cJSON *item;
	int r = 0;

	cJSON_ArrayForEach (item, list) {
		_cleanup_free_ char *line = cJSON_PrintUnformatted(item);

		r = r ? r : line ? cl_text_printf(out, "%s%s%s\n", before, line, item->next ? "," : "") : -ENOMEM;
	}
	return r;
}

static int put_section(struct cl_text *out, const char *name, const char *says, const cJSON *list, const char *after)
{
	int r = cl_text_printf(out, "\n\t// %s\n\t\"%s\": [\n", says, name);

	r = r ? r : put_lines(out, list, "\t\t");
	return r ? r : cl_text_printf(out, "\t]%s\n", after);
}

static int put_text(const struct proposal *p, uint64_t now, struct cl_text *out)
{
	char from[CL_TIME_SIZE], to[CL_TIME_SIZE];
	int r = cl_text_printf(
		out,
		"// A policy proposed from what was seen from %.19sZ to %.19sZ. Nothing of it is in force.\n"
		"// Take out what should not be, give each rule its reason and its end, try it on a recording\n"
		"// (credlineage policy test THIS RECORDING), then put it where policy.files of the configuration looks.\n",
		cl_time_format(from, p->learn->begin), cl_time_format(to, now));

	if (!r && (p->left_out || p->learn->readers_cut))
		r = cl_text_printf(out, "// Left out: %zu names and %llu readers that no rule has room for.\n",
				   p->left_out, (unsigned long long)p->learn->readers_cut);
	r = r ? r
	      : cl_text_puts(out, "{\n\t// Which of these belong to which environment is for a person to say:\n"
				  "\t// \"environments\": {\"production\": {\"runs\": [{\"workflow\": \"...\"}], "
				  "\"destinations\": [\"...\"]}},\n\t// workflows:\n");
	r = r ? r : put_lines(out, p->workflows, "\t//   ");
	r = r ? r : cl_text_puts(out, "\t// destinations:\n");
	r = r ? r : put_lines(out, p->destinations, "\t//   ");
	r = r ? r
	      : put_section(out, "readers", "programs that read a store beside those that are expected to", p->readers,
			    ",");
	r = r ? r
	      : put_section(out, "sharing", "workflows that had one credential, and where they took it", p->sharing,
			    "");
	return r ? r : cl_text_puts(out, "}\n");
}

static int write_whole(const char *path, const struct cl_text *text)
{
	_cleanup_close_ int fd = -1;
	char fresh[4200];
	size_t done = 0;
	int r = 0;

	if ((size_t)snprintf(fresh, sizeof(fresh), "%s.XXXXXX", path) >= sizeof(fresh))
		return -ENAMETOOLONG;
	fd = mkstemp(fresh); /* mode 0600 */
	if (fd < 0)
		return -errno;
	while (done < text->len && !r) {
		ssize_t n = write(fd, text->s + done, text->len - done);

		r = n < 0 ? -errno : 0;
		done += n < 0 ? 0 : (size_t)n;
	}
	if (!r && (fsync(fd) || rename(fresh, path)))
		r = -errno;
	if (r)
		unlink(fresh);
	return r;
}

static int write_proposal(const struct cl_learn *l, uint64_t now)
{
	_cleanup_json_ cJSON *all = cJSON_CreateObject();
	_cleanup_text_ struct cl_text text = {0};
	struct proposal p = {.learn = l,
			     .readers = cl_json_arr(all, "readers"),
			     .sharing = cl_json_arr(all, "sharing"),
			     .workflows = cl_json_arr(all, "workflows"),
			     .destinations = cl_json_arr(all, "destinations")};
	char from[CL_TIME_SIZE];
	int r;

	if (!all)
		return -ENOMEM;
	cl_time_format(p.until, now + REVIEW_NS);
	snprintf(p.reason, sizeof(p.reason), "learned from %.10s on, not reviewed", cl_time_format(from, l->begin));
	propose_readers(&p);
	r = cl_detect_each(cl_pipeline_detect(l->o.pipeline), propose_credential, &p);
	r = r ? r : put_text(&p, now, &text);
	return r ? r : write_whole(l->o.path, &text);
}

void cl_learn_look(struct cl_learn *l, uint64_t now, bool last)
{
	bool over = now >= l->begin + l->o.window;
	int r;

	if (l->done || (!over && !last && now < l->written + WRITE_NS))
		return;
	l->written = now;
	l->done = over;
	r = write_proposal(l, now);
	if (r)
		cl_err("cannot write the proposal of a policy to \"%s\": %s", l->o.path, strerror(-r));
	else if (over || last)
		cl_info("%s: a policy is proposed in \"%s\"; read it, it is not in force",
			over ? "learning is done" : "learning stops here and goes on with the next start", l->o.path);
	keep(l);
}
