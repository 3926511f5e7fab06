/* SPDX-License-Identifier: Apache-2.0 */
#include "command/lineage_text.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "command/reader.h"

#define ROWS 40 /* of a section; the export has them all */

struct column {
	const char *title, *member;
	int width; /* the last one of a row is only cut */
};

struct section {
	const char *title, *none, *path;
	struct column columns[7]; /* ends with one that has no title */
};

static const struct section sections[] = {
	{"Findings",
	 "none",
	 "findings",
	 {{"LAST SEEN", "last", 20}, {"SEVERITY", "severity", 8}, {"DETECTOR", "detector", 21}, {"ID", "id", 20}}},
	{"Credentials", "none in focus", "credentials", {{"FINGERPRINT", "id", 37}, {"WHAT", "label", 60}}},
	{"Runs that held one",
	 "none",
	 "blast_radius.runs",
	 {{"FROM", "first", 20},
	  {"LAST", "last", 20},
	  {"BASIS", "basis", 8},
	  {"HOST", "host", 16},
	  {"WORKFLOW", "workflow", 32},
	  {"RUN", "label", 60}}},
	{"Hosts", "none", "blast_radius.hosts", {{"NAME", "label", 60}}},
	{"Files where one lies", "none", "blast_radius.files", {{"BASIS", "basis", 8}, {"PATH", "label", 100}}},
	{"Destinations where one was used or a holder went",
	 "none",
	 "blast_radius.destinations",
	 {{"FROM", "first", 20}, {"LAST", "last", 20}, {"BASIS", "basis", 8}, {"PLACE", "label", 80}}},
	{"Held by the same processes",
	 "nothing else",
	 "blast_radius.also_held",
	 {{"FINGERPRINT", "id", 37}, {"PROVIDER", "provider", 16}, {"CLASS", "class", 9}, {"RUNS", "runs", 8}}},
};

static const cJSON *by_id(const cJSON *list, const char *id)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list) {
		if (!strcmp(cl_json_get_str(item, "id"), id))
			return item;
	}
	return NULL;
}

static void put_cell(const cJSON *lineage, const cJSON *item, const struct column *c, bool last)
{
	const char *value = cl_json_get_str(item, c->member);
	const cJSON *list = cl_json_at(item, c->member);
	char text[32];

	if (!strcmp(c->member, "host"))
		value = cl_json_get_str(by_id(cl_json_at(lineage, "blast_radius.hosts"), value), "label");
	if (cJSON_IsArray(list)) {
		snprintf(text, sizeof(text), "%d", cJSON_GetArraySize(list));
		value = text;
	} else if (*value && (!strcmp(c->member, "first") || !strcmp(c->member, "last"))) {
		snprintf(text, sizeof(text), "%.19sZ", value);
		value = text;
	}
	cl_reader_cell(*value ? value : "-", last ? -c->width : c->width);
}

static void put_section(const cJSON *lineage, const struct section *s, const cJSON *list)
{
	int n = cJSON_GetArraySize(list), rows = 0;
	const struct column *c;
	const cJSON *item;

	printf("\n%s: ", s->title);
	if (n)
		printf("%d\n  ", n);
	else
		printf("%s\n", s->none);
	for (c = s->columns; n && c->title; c++)
		cl_reader_cell(c->title, c[1].title ? c->width : -c->width);
	cJSON_ArrayForEach (item, list) {
		if (rows++ == ROWS) {
			printf("  ... and %d more\n", n - ROWS);
			break;
		}
		fputs("  ", stdout);
		for (c = s->columns; c->title; c++)
			put_cell(lineage, item, c, !c[1].title);
	}
}

/* The nodes of the credentials in focus, which the radius only names. */
static cJSON *credentials_of(const cJSON *lineage)
{
	cJSON *list = cJSON_CreateArray();
	const cJSON *id;

	cJSON_ArrayForEach (id, cl_json_at(lineage, "blast_radius.credentials")) {
		const cJSON *node = by_id(cl_json_at(lineage, "nodes"), id->valuestring);
		cJSON *o = cl_json_push(list);

		cl_json_str(o, "id", id->valuestring);
		cl_json_str(o, "label", cl_json_get_str(node, "label"));
	}
	return list;
}

static void put_gap(const cJSON *lineage, const cJSON *gap)
{
	const char *kind = cl_json_get_str(gap, "kind"), *id = cl_json_get_str(gap, "node");
	const char *label = cl_json_get_str(by_id(cl_json_at(lineage, "nodes"), id), "label");
	char text[512];

	cl_escape(text, sizeof(text), *label ? label : id);
	if (!strcmp(kind, "limit"))
		printf("  more than %.0f %s: the others are left out; ask for a shorter time (--since, --until)\n",
		       cl_json_get_num(gap, "limit"), cl_json_get_str(gap, "what"));
	else if (!strcmp(kind, "summarised"))
		printf("  %s: %.0f edges were not gone through; make it the focus to see them\n", text,
		       cl_json_get_num(gap, "edges"));
	else if (!strcmp(kind, "unknown_parent"))
		printf("  who started it is not known: %s\n", text);
	else if (!strcmp(kind, "loss"))
		printf("  %.0f %s records were lost (%s)\n", cl_json_get_num(gap, "count"), cl_json_get_str(gap, "act"),
		       cl_json_get_str(gap, "stage"));
	else
		printf("  %s\n", cl_escape(text, sizeof(text), cl_json_get_str(gap, "detail")));
}

void cl_lineage_put_text(const cJSON *lineage)
{
	const cJSON *gaps = cl_json_at(lineage, "gaps"), *gap;
	_cleanup_json_ cJSON *credentials = credentials_of(lineage);
	char value[256];
	int rows = 0;

	printf("Lineage of %s %s: %d nodes, %d edges\n", cl_json_get_str(lineage, "focus.kind"),
	       cl_escape(value, sizeof(value), cl_json_get_str(lineage, "focus.value")),
	       cJSON_GetArraySize(cl_json_at(lineage, "nodes")), cJSON_GetArraySize(cl_json_at(lineage, "edges")));
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		put_section(lineage, &sections[i],
			    !strcmp(sections[i].path, "credentials") ? credentials
								     : cl_json_at(lineage, sections[i].path));
	printf("\nNot seen or left out:%s\n", cJSON_GetArraySize(gaps) ? "" : " nothing");
	cJSON_ArrayForEach (gap, gaps) {
		if (rows++ == ROWS) {
			printf("  ... and %d more\n", cJSON_GetArraySize(gaps) - ROWS);
			break;
		}
		put_gap(lineage, gap);
	}
	printf("\nThe graph: the same with --format html -o FILE, or --format json\n");
}
