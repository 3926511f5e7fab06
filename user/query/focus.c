/* SPDX-License-Identifier: Apache-2.0 */
/* From what somebody typed to the nodes that are meant. */
#include "query/query_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

/* A pid, an address or a name can mean several nodes, but not any number. */
#define MATCHES_MAX 1000

/* Once: several names, or both sides of a finding, may mean one node. */
static int add_id(void *ctx, const char *id)
{
	struct cl_ids *ids = ctx;

	for (size_t i = 0; i < ids->n; i++)
		if (!strcmp(ids->ids[i], id))
			return 0;
	return ids->n < MATCHES_MAX ? cl_ids_add(ids, id) : 0;
}

static int add_node(void *ctx, const struct cl_node *n)
{
	return add_id(ctx, n->id);
}

/* The node of exactly that id, when there is one. */
static int add_exact(struct cl_lineage_walk *w, struct cl_ids *out, const char *before, const char *rest)
{
	_cleanup_text_ struct cl_text id = {0};
	int64_t n;
	int r = cl_text_printf(&id, "%s%s", before, rest);

	r = r ? r : cl_store_number_of(w->db, cl_text_str(&id), &n);
	return r ? (r == -ENOENT ? 0 : r) : add_id(out, cl_text_str(&id));
}

/* Those that begin so. */
static int add_beginning(struct cl_lineage_walk *w, struct cl_ids *out, const char *before, const char *rest)
{
	_cleanup_text_ struct cl_text prefix = {0};
	int r = cl_text_printf(&prefix, "%s%s", before, rest);

	return r ? r : cl_store_ids(w->db, cl_text_str(&prefix), add_id, out);
}

static int not_found(const struct cl_lineage_walk *w)
{
	return cl_fail(w->err, -ENOENT, "no %s \"%s\" in the store", w->kind, w->value);
}

/* Exactly one is meant. The sentence lists a few when there are more. */
static int just_one(const struct cl_lineage_walk *w, const struct cl_ids *ids)
{
	if (!ids->n)
		return not_found(w);
	if (ids->n == 1)
		return 0;
	return cl_fail(w->err, -ENOTUNIQ, "%s \"%s\" is not unique (%s, %s%s): type more of it", w->kind, w->value,
		       ids->ids[0], ids->ids[1], ids->n > 2 ? ", ..." : "");
}

static const char *without(const char *s, const char *prefix)
{
	return cl_starts_with(s, prefix) ? s + strlen(prefix) : s;
}

/* A later fingerprint means the node of the first. */
static int add_alias(void *ctx, const struct cl_alias *a)
{
	return add_id(ctx, a->credential);
}

static int credential(struct cl_lineage_walk *w, struct cl_ids *out)
{
	const char *hex = without(w->value, "cred:");
	char pattern[48];
	int r;

	if (!*hex || strlen(hex) > 32 || strspn(hex, "0123456789abcdef") != strlen(hex))
		return cl_fail(w->err, -EINVAL, "\"%s\" is not a fingerprint: cred: and up to 32 hex digits", w->value);
	snprintf(pattern, sizeof(pattern), "cred:%s*", hex);
	r = cl_store_match(w->db, pattern, add_node, out);
	pattern[strlen(pattern) - 1] = '\0';
	r = r ? r : cl_store_aliases(w->db, pattern, add_alias, out);
	return r ? r : just_one(w, out);
}

/* ---- what stands below a host or a boot ---- */

/* The rest of an id, to be looked for after each first part that there is. */
struct below {
	struct cl_lineage_walk *w;
	struct cl_ids *out;
	const char *rest;
	int (*add)(struct cl_lineage_walk *w, struct cl_ids *out, const char *before, const char *rest);
};

static int look_below(void *ctx, const char *part)
{
	const struct below *b = ctx;

	return b->add(b->w, b->out, part, b->rest);
}

static int below_each(struct below b, const char *prefix)
{
	return cl_store_parts(b.w->db, prefix, look_below, &b);
}

/* "process:BOOT:PID:START", the same without its first word, or "PID:START" of any boot. */
static int process(struct cl_lineage_walk *w, struct cl_ids *out)
{
	const char *key = without(w->value, "process:");
	const char *colon = strchr(key, ':');
	int r;

	if (!colon || strlen(key) > 120 || strspn(key, "0123456789abcdefABCDEF-:") != strlen(key))
		return cl_fail(
			w->err, -EINVAL,
			"\"%s\" is not a process key: process:BOOT:PID:START as in a finding or a lineage (--pid "
			"takes a process number)",
			w->value);
	if (strchr(colon + 1, ':'))
		r = add_exact(w, out, "process:", key);
	else
		r = below_each((struct below){w, out, key, add_exact}, "process:");
	return r ? r : just_one(w, out);
}

/* Of the processes that had a number: the one that had it then, and the one that had it last. */
struct holder {
	struct cl_lineage_walk *w;
	char id[160], last[160];
	uint64_t first, last_first, last_end;
};

static int keep_holder(void *ctx, const struct cl_node *n)
{
	struct holder *h = ctx;
	uint64_t end = cl_json_get_time(n->attrs, "exited"), at = h->w->q->at;

	if (!*h->last || n->first >= h->last_first) {
		snprintf(h->last, sizeof(h->last), "%s", n->id);
		h->last_first = n->first;
		h->last_end = end;
	}
	if (at && (n->first > at || (end && end < at)))
		return 0;
	if (!*h->id || n->first >= h->first) {
		snprintf(h->id, sizeof(h->id), "%s", n->id);
		h->first = n->first;
	}
	return 0;
}

static int look_for_pid(void *ctx, const char *boot)
{
	_cleanup_text_ struct cl_text pattern = {0};
	struct holder *h = ctx;
	int r = cl_text_printf(&pattern, "%s%" PRIu64 ":*", boot, h->w->q->pid);

	return r ? r : cl_store_match(h->w->db, cl_text_str(&pattern), keep_holder, h);
}

static int nobody_then(const struct holder *h)
{
	char at[CL_TIME_SIZE], first[CL_TIME_SIZE], end[CL_TIME_SIZE];

	return cl_fail(h->w->err, -ENOENT, "no process %s at %s in the store: %s had the number last, from %s to %s",
		       h->w->value, cl_time_format(at, h->w->q->at), h->last, cl_time_format(first, h->last_first),
		       h->last_end ? cl_time_format(end, h->last_end) : "now");
}

/* The process that has the number now, or had it last; or the one that had it at a time. */
static int pid(struct cl_lineage_walk *w, struct cl_ids *out)
{
	struct holder h = {.w = w};
	int r = cl_store_parts(w->db, "process:", look_for_pid, &h);

	if (r)
		return r;
	if (!*h.last)
		return cl_fail(w->err, -ENOENT,
			       "no process %s in the store: it had no part in a credential's story that was seen",
			       w->value);
	return *h.id ? cl_ids_add(out, h.id) : nobody_then(&h);
}

/* "run:HOST:ID", "HOST:ID", or "ID" on any host; else a beginning of one. */
static int run(struct cl_lineage_walk *w, struct cl_ids *out)
{
	const char *rest = without(w->value, "run:");
	int r = *rest ? add_exact(w, out, "run:", rest) : not_found(w);

	r = r ? r : below_each((struct below){w, out, rest, add_exact}, "run:");
	if (r || out->n)
		return r;
	r = add_beginning(w, out, "run:", rest);
	r = r ? r : below_each((struct below){w, out, rest, add_beginning}, "run:");
	return r ? r : just_one(w, out);
}

/* ---- names that people give ---- */

struct named {
	const char *value;
	bool whole; /* only whole names */
	struct cl_ids *out;
};

static bool is_name(const struct named *n, const char *name)
{
	return n->whole ? !strcmp(name, n->value) : cl_starts_with(name, n->value);
}

/* "ci:github/o/r/w/j" also by its part after the kind. */
static int add_workflow(void *ctx, const char *id)
{
	const struct named *n = ctx;
	const char *name = without(id, "workflow:"), *colon = strchr(name, ':');

	return is_name(n, id) || is_name(n, name) || (colon && is_name(n, colon + 1)) ? add_id(n->out, id) : 0;
}

static int workflow(struct cl_lineage_walk *w, struct cl_ids *out)
{
	struct named n = {.value = w->value, .whole = true, .out = out};
	int r = *w->value ? cl_store_ids(w->db, "workflow:", add_workflow, &n) : not_found(w);

	if (r || out->n)
		return r;
	n.whole = false;
	r = cl_store_ids(w->db, "workflow:", add_workflow, &n);
	return r ? r : just_one(w, out);
}

/* "H:P" of one transport, "[H]:P", a unix path; or H alone, an IPv6 one without brackets, for all its ports. */
static int add_address(struct cl_lineage_walk *w, struct cl_ids *out, const char *transport, const char *address)
{
	_cleanup_text_ struct cl_text host = {0}, bracketed = {0};
	int r = add_exact(w, out, transport, address);

	if (r || cl_starts_with(transport, "destination:unix"))
		return r;
	r = cl_text_printf(&host, "%s:", address);
	r = r ? r : cl_text_printf(&bracketed, "[%s]:", address);
	r = r ? r : add_beginning(w, out, transport, cl_text_str(&host));
	return r ? r : add_beginning(w, out, transport, cl_text_str(&bracketed));
}

/* A service ("ssh-agent"), or a name under which the address was asked for, alone or with the port. */
static bool is_called(const struct cl_node *node, const char *value)
{
	const char *names = cl_json_get_str(node->attrs, "names"), *port = strrchr(value, ':');
	size_t len = strlen(value), host = port ? (size_t)(port - value) : len;
	char number[24];

	if (!strcmp(cl_json_get_str(node->attrs, "service"), value))
		return true;
	snprintf(number, sizeof(number), "%.0f", cl_json_get_num(node->attrs, "port"));
	for (; *names; names += strspn(names, " ")) {
		size_t n = strcspn(names, " ");

		if ((n == len && !strncmp(names, value, len)) ||
		    (port && n == host && !strncmp(names, value, host) && !strcmp(port + 1, number)))
			return true;
		names += n;
	}
	return false;
}

static int add_called(void *ctx, const struct cl_node *node)
{
	struct named *n = ctx;

	return is_called(node, n->value) ? add_id(n->out, node->id) : 0;
}

static int destination(struct cl_lineage_walk *w, struct cl_ids *out)
{
	struct named n = {.value = w->value, .out = out};
	const char *rest = without(w->value, "destination:"), *port = strrchr(rest, ':');
	_cleanup_text_ struct cl_text host = {0};
	int r = *rest ? add_exact(w, out, "destination:", rest) : not_found(w);

	r = r ? r : below_each((struct below){w, out, rest, add_address}, "destination:");
	if (r || out->n)
		return r;
	r = cl_text_append(&host, rest, port ? (size_t)(port - rest) : strlen(rest));
	r = r ? r : cl_store_mentioning(w->db, CL_NODE_DESTINATION, cl_text_str(&host), add_called, &n);
	return r || out->n ? r : not_found(w);
}

/* ---- a finding ---- */

static int add_known(struct cl_lineage_walk *w, struct cl_ids *out, const char *id)
{
	int r = *id ? cl_store_node(w->db, id, add_node, out) : 0;

	return r == -ENOENT ? 0 : r;
}

/* What was compared: the credential and the process of each side; without sides, every process of its graph. */
static int finding(struct cl_lineage_walk *w, struct cl_ids *out)
{
	const cJSON *item;
	int r = cl_store_finding(w->db, w->value, &w->finding, w->err);

	if (!r)
		r = add_known(w, out, cl_finding_credential(w->finding));
	cJSON_ArrayForEach (item, cl_json_at(w->finding, "sides")) {
		if (!r)
			r = add_known(w, out, cl_json_get_str(item, "process.id"));
	}
	if (r || out->n)
		return r;
	cJSON_ArrayForEach (item, cl_json_at(w->finding, "lineage.nodes")) {
		if (!r && !strcmp(cl_json_get_str(item, "kind"), "Process"))
			r = add_known(w, out, cl_json_get_str(item, "id"));
	}
	return r;
}

int cl_lineage_focus(struct cl_lineage_walk *w, struct cl_ids *out)
{
	const struct cl_lineage_query *q = w->q;
	const struct {
		const char *kind, *value;
		int (*find)(struct cl_lineage_walk *w, struct cl_ids *out);
	} foci[] = {
		{"credential", q->credential, credential},    {"process", q->process, process},
		{"pid", q->pid ? w->number : NULL, pid},      {"run", q->run, run},
		{"workflow", q->workflow, workflow},	      {"finding", q->finding, finding},
		{"destination", q->destination, destination},
	};

	snprintf(w->number, sizeof(w->number), "%" PRIu64, q->pid);
	for (size_t i = 0; i < ARRAY_SIZE(foci); i++) {
		if (!foci[i].value)
			continue;
		w->kind = foci[i].kind;
		w->value = foci[i].value;
		return foci[i].find(w, out);
	}
	return cl_fail(w->err, -EINVAL, "no focus: name a credential, process, run, workflow, finding or destination");
}

int cl_lineage_credential(struct cl_store_db *db, const char *typed, char **id, struct cl_error *err)
{
	struct cl_lineage_walk w = {.db = db, .kind = "credential", .value = typed, .err = err};
	_cleanup_(cl_ids_free) struct cl_ids ids = {0};
	int r = credential(&w, &ids);

	if (!r && ids.n)
		*id = TAKE_PTR(ids.ids[0]);
	return r;
}

int cl_lineage_workflows(struct cl_store_db *db, const char *typed, int (*each)(void *ctx, const char *id), void *ctx,
			 struct cl_error *err)
{
	struct cl_lineage_walk w = {.db = db, .kind = "workflow", .value = typed, .err = err};
	_cleanup_(cl_ids_free) struct cl_ids ids = {0};
	int r = workflow(&w, &ids);

	for (size_t i = 0; i < ids.n && !r; i++)
		r = each(ctx, ids.ids[i]);
	return r;
}
