/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/restore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/text.h"
#include "event/facts.h"
#include "identity/identity.h"
#include "lineage/ids.h"

#define RUN_DEPTH 32
#define FINDING_AGE_NS (90ull * 86400 * CL_NS_PER_S)

struct restore {
	struct cl_store_db *db;
	const struct cl_host_facts *host;
	int64_t wall_offset;
	void (*feed)(void *ctx, const struct cl_observation *obs);
	void *ctx;
	unsigned int depth;
	/* what the walk in hand is about */
	const struct cl_node *credential;
	struct cl_sighting sighting;
	char process_run[CL_ID_SIZE], parent_run[CL_ID_SIZE], path[4200];
	struct cl_process_key live;
};

/* A wall time as this boot's clock has it; what was before the boot is its first moment. */
static uint64_t to_boot(const struct restore *r, uint64_t wall)
{
	int64_t boot = (int64_t)wall - r->wall_offset;

	return !wall ? 0 : boot > 0 ? (uint64_t)boot : 1;
}

/* "run:<host>:<id>" of this host -> "<id>"; NULL for another host's. */
static const char *run_id_of(const struct restore *r, const char *node)
{
	char prefix[CL_ID_SIZE];
	size_t n = strlen(cl_id_run(prefix, sizeof(prefix), r->host->id, ""));

	return strncmp(node, prefix, n) ? NULL : node + n;
}

static int parent_edge(void *ctx, const struct cl_edge *e)
{
	struct restore *r = ctx;

	if (e->kind == CL_EDGE_PART_OF && run_id_of(r, e->target))
		snprintf(r->parent_run, sizeof(r->parent_run), "%s", e->target);
	return 0;
}

/* "process:<boot>:<tgid>:<start>" -> key, when it is of this boot. */
static bool process_key(const struct restore *r, const char *node, struct cl_process_key *out)
{
	char prefix[128], number[24];
	int n = snprintf(prefix, sizeof(prefix), "process:%s:", r->host->boot_id);
	const char *colon;
	uint64_t tgid, start;

	if (strncmp(node, prefix, (size_t)n))
		return false;
	colon = strchr(node + n, ':');
	if (!colon || (size_t)(colon - node - n) >= sizeof(number))
		return false;
	snprintf(number, sizeof(number), "%.*s", (int)(colon - node - n), node + n);
	if (cl_parse_u64(number, UINT32_MAX, &tgid) || cl_parse_u64(colon + 1, UINT64_MAX, &start))
		return false;
	*out = (struct cl_process_key){.tgid = (uint32_t)tgid, .start = start};
	return true;
}

static int restore_run(void *ctx, const struct cl_node *n);

static int restore_parent(struct restore *r, const char *parent)
{
	int e;

	if (!*parent || r->depth >= RUN_DEPTH)
		return 0;
	r->depth++;
	e = cl_store_node(r->db, parent, restore_run, r);
	r->depth--;
	return e == -ENOENT ? 0 : e;
}

/* Parents first; a run that is told twice is the same run. */
static int restore_run(void *ctx, const struct cl_node *n)
{
	struct restore *r = ctx;
	char parent[CL_ID_SIZE];
	struct cl_observation obs = {
		.kind = CL_OBS_KNOWN_RUN,
		.run_id = cl_json_get_str(n->attrs, "run_id"),
		.workflow = cl_json_get_str(n->attrs, "workflow"),
		.run_kind = cl_json_get_str(n->attrs, "run_kind"),
		.detail = cl_json_get_str(n->attrs, "state"),
	};
	static const char *const optional[] = {
		"environment",		"spiffe_id",  "outcome", "owner",  "allowed_credentials",
		"allowed_destinations", "repository", "job",	 "attempt"};
	const char **const into[] = {
		&obs.environment,	   &obs.spiffe_id,  &obs.outcome, &obs.owner,  &obs.allowed_credentials,
		&obs.allowed_destinations, &obs.repository, &obs.job,	  &obs.attempt};
	int e;

	if (!*obs.run_id || !*obs.workflow || !run_id_of(r, n->id))
		return 0;
	*r->parent_run = '\0';
	e = cl_store_edges(r->db, n->id, CL_OUT, parent_edge, r);
	if (e)
		return e;
	snprintf(parent, sizeof(parent), "%s", r->parent_run);
	e = restore_parent(r, parent);
	if (e)
		return e;
	for (size_t i = 0; i < ARRAY_SIZE(optional); i++) {
		const char *value = cl_json_get_str(n->attrs, optional[i]);

		*into[i] = *value ? value : NULL;
	}
	obs.parent_run = *parent ? run_id_of(r, parent) : NULL;
	obs.registrant = (uint32_t)cl_json_get_num(n->attrs, "registrant");
	obs.ttl = (uint64_t)cl_json_get_num(n->attrs, "ttl_seconds") * CL_NS_PER_S;
	obs.ts = to_boot(r, cl_json_get_time(n->attrs, "begin"));
	obs.since = to_boot(r, cl_json_get_time(n->attrs, "end"));
	r->feed(r->ctx, &obs);
	return 0;
}

/* A process of this boot tells identity to which run it belonged, should it still live. */
static int restore_member(void *ctx, const struct cl_edge *e)
{
	struct restore *r = ctx;
	struct cl_observation obs = {.kind = CL_OBS_KNOWN_RUN, .run_id = run_id_of(r, e->target)};

	if (e->kind != CL_EDGE_PART_OF || !obs.run_id || !process_key(r, e->source, &obs.process))
		return 0;
	obs.ts = to_boot(r, e->first);
	r->feed(r->ctx, &obs);
	return 0;
}

static int restore_members(void *ctx, const struct cl_node *n)
{
	struct restore *r = ctx;

	if (!run_id_of(r, n->id) || strcmp(cl_json_get_str(n->attrs, "state"), "ended") == 0)
		return 0;
	return cl_store_edges(r->db, n->id, CL_IN, restore_member, r);
}

static int run_of_process(void *ctx, const struct cl_edge *e)
{
	struct restore *r = ctx;

	if (e->kind == CL_EDGE_PART_OF)
		snprintf(r->process_run, sizeof(r->process_run), "%s", e->target);
	return 0;
}

static uint32_t source_of(uint32_t edge)
{
	switch (edge) {
	case CL_EDGE_READ:
		return CL_SOURCE_FILE;
	case CL_EDGE_HELD_IN_ENVIRONMENT:
		return CL_SOURCE_ENVIRONMENT;
	case CL_EDGE_PASSED_IN_ARGUMENTS:
		return CL_SOURCE_ARGUMENTS;
	case CL_EDGE_RECEIVED:
		return CL_SOURCE_DESCRIPTOR;
	default:
		return 0;
	}
}

static int restore_use(void *ctx, const struct cl_edge *e)
{
	struct restore *r = ctx;
	struct cl_observation obs = {.kind = CL_OBS_KNOWN_USE, .n_sightings = 1, .sightings = &r->sighting};
	int rc;

	r->sighting.source = source_of(e->kind);
	/* What was only in its reach it did not use, whatever became of it since. */
	if (!r->sighting.source || (e->kind == CL_EDGE_RECEIVED && e->basis == CL_BASIS_INFERRED))
		return 0;
	*r->process_run = '\0';
	rc = cl_store_edges(r->db, e->source, CL_OUT, run_of_process, r);
	obs.run_id = *r->process_run ? run_id_of(r, r->process_run) : NULL;
	if (rc || !obs.run_id)
		return rc;
	r->sighting.name = r->sighting.source == CL_SOURCE_FILE ? NULL : e->evidence;
	obs.path = r->sighting.source == CL_SOURCE_FILE ? e->evidence : NULL;
	process_key(r, e->source, &obs.process);
	obs.since = e->first;
	obs.ts = to_boot(r, e->first);
	r->feed(r->ctx, &obs);
	return 0;
}

static void read_facts(const struct cl_node *n, struct cl_facts *facts)
{
	const cJSON *a;

	cJSON_ArrayForEach (a, n->attrs)
		if (cJSON_IsString(a) && cl_credential_attr_is_fact(a->string))
			cl_facts_put_clean(facts, a->string, a->valuestring, strlen(a->valuestring));
}

static int path_of_file(void *ctx, const struct cl_node *n)
{
	struct restore *r = ctx;

	snprintf(r->path, sizeof(r->path), "%s", cl_json_get_str(n->attrs, "path"));
	return 0;
}

/* "token, line 3" is what weaving made of name and line. */
static void name_of_place(const char *evidence, char *name, size_t size)
{
	const char *line = evidence ? strstr(evidence, ", line ") : NULL;

	*name = '\0';
	if (evidence && !cl_starts_with(evidence, "line "))
		snprintf(name, size, "%.*s", line ? (int)(line - evidence) : (int)strlen(evidence), evidence);
}

static int restore_place(void *ctx, const struct cl_edge *e)
{
	struct restore *r = ctx;
	struct cl_sighting s = r->sighting;
	const struct cl_observation obs = {.kind = CL_OBS_KNOWN_PLACE,
					   .ts = to_boot(r, e->last),
					   .path = r->path,
					   .since = e->last,
					   .sightings = &s,
					   .n_sightings = 1};
	char name[256];
	int rc;

	if (e->kind != CL_EDGE_STORED_IN)
		return 0;
	*r->path = '\0';
	rc = cl_store_node(r->db, e->target, path_of_file, r);
	if (rc || !*r->path)
		return rc == -ENOENT ? 0 : rc;
	name_of_place(e->evidence, name, sizeof(name));
	s.name = *name ? name : NULL;
	r->feed(r->ctx, &obs);
	return 0;
}

/* Which value this one took the place of; and where it lies, unless another one has its place now. */
static int restore_succession(struct restore *r, const struct cl_node *n)
{
	const char *from = cl_json_get_str(n->attrs, "rotated_from");
	uint64_t when = cl_json_get_time(n->attrs, "rotated_at");
	struct cl_sighting pair[2] = {{.source = CL_SOURCE_FILE}, r->sighting};
	const struct cl_observation obs = {.kind = CL_OBS_KNOWN_ROTATION,
					   .ts = to_boot(r, when),
					   .since = when,
					   .count = n->first >= when,
					   .sightings = pair,
					   .n_sightings = 2};

	pair[1].source = CL_SOURCE_FILE;
	if (*from && !cl_fp_parse(from, pair[0].fp))
		r->feed(r->ctx, &obs);
	return *cl_json_get_str(n->attrs, "rotated_to") ? 0 : cl_store_edges(r->db, n->id, CL_OUT, restore_place, r);
}

/* Where it usually goes: what was learned (detect/usual.h). */
static void restore_destinations(struct restore *r, const struct cl_node *n)
{
	const char *run = cl_json_get_str(n->attrs, "usual_run"), *program = cl_json_get_str(n->attrs, "usual_program");
	const struct cl_observation obs = {.kind = CL_OBS_KNOWN_DESTINATIONS,
					   .ts = to_boot(r, n->last),
					   .detail = cl_json_get_str(n->attrs, "usual_destinations"),
					   .run_id = *run ? run : NULL,
					   .program = *program ? program : NULL,
					   .since = cl_json_get_time(n->attrs, "usual_since"),
					   .sightings = &r->sighting,
					   .n_sightings = 1};

	if (*obs.detail)
		r->feed(r->ctx, &obs);
}

static int restore_uses(void *ctx, const struct cl_node *n)
{
	struct restore *r = ctx;
	const char *class = cl_json_get_str(n->attrs, "class");
	struct cl_facts facts = {.len = 0};
	int e;

	r->sighting = (struct cl_sighting){
		.provider = cl_json_get_str(n->attrs, "provider"),
		.format = cl_json_get_str(n->attrs, "format"),
		.expires = cl_json_get_time(n->attrs, "expires"),
		.lifetime = (uint64_t)cl_json_get_num(n->attrs, "lifetime_seconds") * CL_NS_PER_S,
		.local = cJSON_IsTrue(cl_json_at(n->attrs, "local")),
	};
	read_facts(n, &facts);
	r->sighting.facts = cl_facts_text(&facts);
	/* By its newest name: that is what it is told as, too. */
	if (cl_fp_parse(cl_json_get_str(n->attrs, "fingerprint"), r->sighting.fp) && cl_fp_parse(n->id, r->sighting.fp))
		return 0;
	r->sighting.key_id = cl_key_id_parse(cl_json_get_str(n->attrs, "key_id"));
	for (uint32_t c = CL_CLASS_UNKNOWN; c <= CL_CLASS_EPHEMERAL; c++) {
		if (!strcmp(class, cl_class_name(c)))
			r->sighting.class = c;
	}
	restore_destinations(r, n);
	e = restore_succession(r, n);
	return e ? e : cl_store_edges(r->db, n->id, CL_IN, restore_use, r);
}

/* Before anything that has a credential in it. */
static int restore_name(void *ctx, const struct cl_alias *a)
{
	struct restore *r = ctx;
	struct cl_sighting s = {.key_id = cl_key_id_parse(a->key_id),
				.other_key_id = cl_key_id_parse(a->credential_key_id)};
	const struct cl_observation obs = {
		.kind = CL_OBS_KNOWN_NAME, .ts = cl_boot_ns(), .sightings = &s, .n_sightings = 1};

	if (!s.other_key_id || cl_fp_parse(a->fingerprint, s.fp) || cl_fp_parse(a->credential, s.other))
		return 0;
	r->feed(r->ctx, &obs);
	return 0;
}

static int restore_finding(void *ctx, const cJSON *finding)
{
	struct restore *r = ctx;
	const struct cl_observation obs = {
		.kind = CL_OBS_KNOWN_FINDING,
		.ts = to_boot(r, cl_json_get_time(finding, "last")),
		.finding = cl_json_get_str(finding, "id"),
		.detail = cl_json_get_str(finding, "detector"),
		.tier = cl_json_get_str(finding, "severity"),
		.outcome = cl_json_get_str(finding, "activity"),
		.count = (uint64_t)cl_json_get_num(finding, "count"),
		.since = cl_json_get_time(finding, "first"),
	};

	r->feed(r->ctx, &obs);
	return 0;
}

/* The mark is set while a monitor runs and taken away by a clean stop. */
static void restore_unclean(struct restore *r)
{
	_cleanup_free_ char *running = NULL, *alive = NULL;
	struct cl_observation obs = {.kind = CL_OBS_UNCLEAN, .ts = cl_boot_ns()};

	if (cl_store_get(r->db, "running", &running) || !*running)
		return;
	if (cl_store_get(r->db, "alive", &alive) || cl_parse_time(alive, 0, &obs.since))
		cl_parse_time(running, 0, &obs.since);
	r->feed(r->ctx, &obs);
}

int cl_restore(struct cl_store_db *db, const struct cl_host_facts *host, bool blind,
	       void (*feed)(void *ctx, const struct cl_observation *obs), void *ctx, struct cl_error *err)
{
	struct restore r = {.db = db, .host = host, .wall_offset = cl_wall_offset_ns(), .feed = feed, .ctx = ctx};
	const struct cl_finding_filter recent = {.since = cl_wall_ns() - FINDING_AGE_NS};
	int e;

	e = cl_store_aliases(db, "", restore_name, &r);
	e = e ? e : cl_store_nodes(db, CL_NODE_RUN, restore_run, &r);
	e = e ? e : cl_store_nodes(db, CL_NODE_RUN, restore_members, &r);
	e = e ? e : cl_store_nodes(db, CL_NODE_CREDENTIAL, restore_uses, &r);
	e = e ? e : cl_store_findings(db, &recent, restore_finding, &r, err);
	if (e)
		return cl_fail(err, e, "cannot pick up from the store: %s",
			       e == -EPROTO ? "what is written in it is damaged" : strerror(-e));
	if (blind)
		restore_unclean(&r);
	return 0;
}
