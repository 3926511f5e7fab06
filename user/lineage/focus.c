/* SPDX-License-Identifier: Apache-2.0 */
/* From what somebody typed to the nodes that are meant. */
#include "lineage/query_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"

/* A pid, an address or a name can mean several nodes, but not any number. */
#define MATCHES_MAX 1000

void cl_ids_free(struct cl_ids *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		free(ids->ids[i]);
	free(ids->ids);
	*ids = (struct cl_ids){0};
}

int cl_ids_add(struct cl_ids *ids, const char *id)
{
	char **more;

	if (ids->n == ids->cap) {
		more = realloc(ids->ids, (ids->cap * 2 + 8) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		ids->ids = more;
		ids->cap = ids->cap * 2 + 8;
	}
	ids->ids[ids->n] = strdup(id);
	if (!ids->ids[ids->n])
		return -ENOMEM;
	ids->n++;
	return 0;
}

static int add_node(void *ctx, const struct cl_node *n)
{
	struct cl_ids *ids = ctx;

	return ids->n < MATCHES_MAX ? cl_ids_add(ids, n->id) : 0;
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
	struct cl_ids *ids = ctx;

	for (size_t i = 0; i < ids->n; i++)
		if (!strcmp(ids->ids[i], a->credential))
			return 0;
	return ids->n < MATCHES_MAX ? cl_ids_add(ids, a->credential) : 0;
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

/* "process:BOOT:PID:START", the same without its first word, or "PID:START" of any boot. */
static int process(struct cl_lineage_walk *w, struct cl_ids *out)
{
	const char *key = without(w->value, "process:");
	const char *colon = strchr(key, ':');
	char pattern[160];
	int r;

	if (!colon || strlen(key) > 120 || strspn(key, "0123456789abcdefABCDEF-:") != strlen(key))
		return cl_fail(
			w->err, -EINVAL,
			"\"%s\" is not a process key: process:BOOT:PID:START as in a finding or a lineage (--pid "
			"takes a process number)",
			w->value);
	snprintf(pattern, sizeof(pattern), strchr(colon + 1, ':') ? "process:%s" : "process:*:%s", key);
	r = cl_store_match(w->db, pattern, add_node, out);
	return r ? r : just_one(w, out);
}

struct latest {
	char id[160];
	uint64_t first;
};

static int keep_latest(void *ctx, const struct cl_node *n)
{
	struct latest *l = ctx;

	if (!*l->id || n->first >= l->first) {
		snprintf(l->id, sizeof(l->id), "%s", n->id);
		l->first = n->first;
	}
	return 0;
}

/* The process that has the number now, or had it last: the one that started latest. */
static int pid(struct cl_lineage_walk *w, struct cl_ids *out)
{
	struct latest l = {0};
	char pattern[64];
	int r;

	snprintf(pattern, sizeof(pattern), "process:*:%" PRIu64 ":*", w->q->pid);
	r = cl_store_match(w->db, pattern, keep_latest, &l);
	if (r)
		return r;
	if (!*l.id)
		return cl_fail(w->err, -ENOENT,
			       "no process %s in the store: it had no part in a credential's story that was seen",
			       w->value);
	return cl_ids_add(out, l.id);
}

/* ---- names that people give ---- */

struct named {
	const char *value;
	size_t len;
	bool (*matches)(const struct named *n, const char *id);
	bool whole; /* only whole names */
	struct cl_ids *out;
	int r;
};

static bool is_name(const struct named *n, const char *name)
{
	return n->whole ? !strcmp(name, n->value) : !strncmp(name, n->value, n->len);
}

static bool run_matches(const struct named *n, const char *id)
{
	const char *rest = without(id, "run:"), *colon = strchr(rest, ':');

	return is_name(n, id) || is_name(n, rest) || (colon && is_name(n, colon + 1));
}

/* "ci:github/o/r/w/j" also by its part after the kind. */
static bool workflow_matches(const struct named *n, const char *id)
{
	const char *name = without(id, "workflow:"), *colon = strchr(name, ':');

	return is_name(n, id) || is_name(n, name) || (colon && is_name(n, colon + 1));
}

/* "H:P" of any transport, "[H]:P", a unix path, or H alone for all its ports. */
static bool destination_matches(const struct named *n, const char *id)
{
	const char *rest = without(id, "destination:"), *colon = strchr(rest, ':');
	const char *address = colon ? colon + 1 : rest;
	const char *port = strrchr(address, ':');
	size_t host = port ? (size_t)(port - address) : strlen(address);

	if (!strcmp(id, n->value) || !strcmp(rest, n->value) || !strcmp(address, n->value))
		return true;
	if (host == n->len && !strncmp(address, n->value, host))
		return true;
	/* IPv6 as people write it: without brackets when no port follows */
	return *address == '[' && host == n->len + 2 && !strncmp(address + 1, n->value, n->len);
}

/* "ssh-agent": every destination that is one. */
static bool is_service(const struct named *n, const struct cl_node *node)
{
	return node->kind == CL_NODE_DESTINATION && !strcmp(cl_json_get_str(node->attrs, "service"), n->value);
}

static int add_named(void *ctx, const struct cl_node *node)
{
	struct named *n = ctx;

	return n->matches(n, node->id) || is_service(n, node) ? add_node(n->out, node) : 0;
}

static int by_name(struct cl_lineage_walk *w, uint32_t kind, bool (*matches)(const struct named *, const char *),
		   struct cl_ids *out)
{
	struct named n = {.value = w->value, .len = strlen(w->value), .matches = matches, .whole = true, .out = out};
	int r;

	if (!*w->value)
		return not_found(w);
	r = cl_store_nodes(w->db, kind, add_named, &n);
	if (r || out->n || kind == CL_NODE_DESTINATION)
		return r ? r : out->n ? 0 : not_found(w);
	n.whole = false;
	r = cl_store_nodes(w->db, kind, add_named, &n);
	return r ? r : just_one(w, out);
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

static int run(struct cl_lineage_walk *w, struct cl_ids *out)
{
	return by_name(w, CL_NODE_RUN, run_matches, out);
}

static int workflow(struct cl_lineage_walk *w, struct cl_ids *out)
{
	return by_name(w, CL_NODE_WORKFLOW, workflow_matches, out);
}

static int destination(struct cl_lineage_walk *w, struct cl_ids *out)
{
	return by_name(w, CL_NODE_DESTINATION, destination_matches, out);
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
