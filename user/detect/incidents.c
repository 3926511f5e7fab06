/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/incidents.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INCIDENTS_MAX 1024
#define GIVERS_MAX 4096

/* ---- incidents ---- */

static void forget(struct cl_incident **table, struct cl_incident *i)
{
	HASH_DEL(*table, i);
	free(i->run);
	free(i);
}

void cl_incidents_free(struct cl_incident **table)
{
	while (*table)
		forget(table, *table);
}

struct cl_incident *cl_incident_of(struct cl_incident *table, const char *run)
{
	struct cl_incident *i = NULL;

	HASH_FIND_STR(table, run, i);
	return i;
}

int cl_incident_new(struct cl_incident **table, const char *run, const uint8_t fp[CL_FP_SIZE],
		    const char place[CL_POLICY_DESTINATION], struct cl_incident **out)
{
	struct cl_incident *i = calloc(1, sizeof(*i));

	if (i)
		i->run = strdup(run);
	if (!i || !i->run) {
		free(i);
		return -ENOMEM;
	}
	while (HASH_COUNT(*table) >= INCIDENTS_MAX)
		forget(table, *table);
	memcpy(i->fp, fp, CL_FP_SIZE);
	memcpy(i->place, place, sizeof(i->place));
	HASH_ADD_KEYPTR(hh, *table, i->run, strlen(i->run), i);
	if (!cl_table_added(i)) {
		free(i->run);
		free(i);
		return -ENOMEM;
	}
	*out = i;
	return 0;
}

/* ---- givers ---- */

struct cl_giver {
	struct {
		struct cl_process_key process;
		uint8_t fp[CL_FP_SIZE];
	} key;
	uint64_t program; /* the first that got it */
	bool widely;
	UT_hash_handle hh;
};

void cl_givers_free(struct cl_giver **table)
{
	struct cl_giver *g;

	while ((g = *table)) {
		HASH_DEL(*table, g);
		free(g);
	}
}

static struct cl_giver *find(struct cl_giver *table, struct cl_process_key giver, const uint8_t fp[CL_FP_SIZE])
{
	struct cl_giver *g = NULL, probe = {.key.process = {.start = giver.start, .tgid = giver.tgid}};

	memcpy(probe.key.fp, fp, CL_FP_SIZE);
	/* The analyzer does not follow the members into the key. NOLINTNEXTLINE(clang-analyzer-core.*) */
	HASH_FIND(hh, table, &probe.key, sizeof(probe.key), g);
	return g;
}

bool cl_givers_widely(struct cl_giver *table, struct cl_process_key giver, const uint8_t fp[CL_FP_SIZE])
{
	const struct cl_giver *g = find(table, giver, fp);

	return g && g->widely;
}

int cl_givers_note(struct cl_giver **table, struct cl_process_key giver, const uint8_t fp[CL_FP_SIZE], uint64_t program)
{
	struct cl_giver *g = find(*table, giver, fp);

	if (g) {
		g->widely |= g->program != program;
		return 0;
	}
	while (HASH_COUNT(*table) >= GIVERS_MAX) {
		g = *table;
		HASH_DEL(*table, g);
		free(g);
	}
	g = calloc(1, sizeof(*g));
	if (!g)
		return -ENOMEM;
	g->key.process = (struct cl_process_key){.start = giver.start, .tgid = giver.tgid};
	memcpy(g->key.fp, fp, CL_FP_SIZE);
	g->program = program;
	HASH_ADD(hh, *table, key, sizeof(g->key), g);
	if (!cl_table_added(g)) {
		free(g);
		return -ENOMEM;
	}
	return 0;
}
