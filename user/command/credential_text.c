/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "command/credential_record.h"
#include "command/policy.h"
#include "command/reader.h"

void cl_credential_put_head(void)
{
	printf("%-17s %-14s %-24s %-9s %5s %5s %5s %5s %5s %9s %5s %8s %-20s %s\n", "FINGERPRINT", "PROVIDER", "FORMAT",
	       "CLASS", "FIRST", "LAST", "USED", "FILES", "RUNS", "PROCESSES", "DESTS", "FINDINGS", "LABEL", "STATE");
}

void cl_credential_put_row(const cJSON *o)
{
	char first[16], last[16], used[16];

	cl_reader_cell(cl_json_get_str(o, "fingerprint"), 17);
	cl_reader_cell(cl_json_get_str(o, "provider"), 14);
	cl_reader_cell(cl_json_get_str(o, "format"), 24);
	cl_reader_cell(cl_json_get_str(o, "class"), 9);
	printf("%5s %5s %5s %5.0f %5.0f %9.0f %5.0f %8.0f ", cl_reader_age(first, cl_json_get_time(o, "first_seen")),
	       cl_reader_age(last, cl_json_get_time(o, "last_seen")),
	       cl_reader_age(used, cl_json_get_time(o, "last_used")), cl_json_get_num(o, "files_total"),
	       cl_json_get_num(o, "runs_total"), cl_json_get_num(o, "processes"),
	       cl_json_get_num(o, "destinations_total"), cl_json_get_num(o, "findings_total"));
	cl_reader_cell(cl_json_get_str(o, "label"), 20);
	cl_reader_cell(cl_json_get_str(o, "state"), -60);
}

/* "  lies in      /root/.netrc (password, line 3)": up to four members of an entry, those in `extra` in brackets. */
static void put_list(const cJSON *o, const char *member, const char *title, const char *what, const char *extra)
{
	const cJSON *list = cl_json_at(o, member), *item;
	char text[512], more[256], path[64];

	cJSON_ArrayForEach (item, list) {
		printf("  %-13s %s", item == list->child ? title : "",
		       cl_escape(text, sizeof(text), cl_json_get_str(item, what)));
		if (*cl_json_get_str(item, extra))
			printf(" (%s)", cl_escape(more, sizeof(more), cl_json_get_str(item, extra)));
		putchar('\n');
	}
	snprintf(path, sizeof(path), "%s_total", member);
	if (cl_json_get_num(o, path) > CL_CREDENTIAL_LISTED)
		printf("  %-13s ... %.0f in all\n", "", cl_json_get_num(o, path));
}

static void put_time(const cJSON *o, const char *member, const char *title)
{
	char age[16];

	if (*cl_json_get_str(o, member))
		printf("  %-13s %.19sZ (%s ago)\n", title, cl_json_get_str(o, member),
		       cl_reader_age(age, cl_json_get_time(o, member)));
}

/* "  workload run  77" */
static void put_facts(const cJSON *o)
{
	char title[64], text[512];
	const cJSON *a;

	cJSON_ArrayForEach (a, cl_json_at(o, "facts")) {
		snprintf(title, sizeof(title), "%s", a->string);
		for (char *c = title; *c; c++)
			*c = *c == '_' ? ' ' : *c;
		printf("  %-13s %s\n", title, cl_escape(text, sizeof(text), a->valuestring));
	}
}

/* "  replaced by   cred:... at 2026-01-01T00:00:00Z in /root/.netrc (inferred)" */
static void put_succession(const cJSON *o)
{
	static const char *const sides[][3] = {{"rotated_from", "rotated_at", "replaced"},
					       {"rotated_to", "replaced_at", "replaced by"}};
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++)
		if (*cl_json_get_str(o, sides[i][0]))
			printf("  %-13s %s at %.19sZ in %s (inferred)\n", sides[i][2], cl_json_get_str(o, sides[i][0]),
			       cl_json_get_str(o, sides[i][1]),
			       cl_escape(text, sizeof(text), cl_json_get_str(o, "rotated_in")));
}

static void put_end(const cJSON *o)
{
	uint64_t end = cl_json_get_time(o, "expires"), now = cl_wall_ns();
	char age[16];

	if (end && end < now)
		printf("  %-13s %.19sZ (%s ago)\n", "expired", cl_json_get_str(o, "expires"), cl_reader_age(age, end));
	else if (end)
		printf("  %-13s %.19sZ\n", "expires", cl_json_get_str(o, "expires"));
	else if (cl_json_get_num(o, "lifetime_seconds") > 0)
		printf("  %-13s usually %.0f s\n", "lives", cl_json_get_num(o, "lifetime_seconds"));
}

void cl_credential_put_whole(const cJSON *o)
{
	char provider[128], format[128];

	printf("%s  %s %s, %s\n", cl_json_get_str(o, "fingerprint"),
	       cl_escape(provider, sizeof(provider), cl_json_get_str(o, "provider")),
	       cl_escape(format, sizeof(format), cl_json_get_str(o, "format")), cl_json_get_str(o, "class"));
	if (*cl_json_get_str(o, "first_fingerprint"))
		printf("  %-13s %s, under key %s\n", "known before", cl_json_get_str(o, "first_fingerprint"),
		       cl_json_get_str(o, "first_key_id"));
	if (cJSON_IsTrue(cl_json_at(o, "local")))
		printf("  %-13s a password: its fingerprint compares on this host only\n", "local");
	put_time(o, "first_seen", "first seen");
	put_time(o, "last_seen", "last seen");
	put_time(o, "last_used", "last used");
	put_end(o);
	put_succession(o);
	put_facts(o);
	put_list(o, "files", "lies in", "path", "place");
	printf("  %-13s %.0f\n", "processes", cl_json_get_num(o, "processes"));
	put_list(o, "runs", "held in", "workflow", "run_id");
	put_list(o, "destinations", "used toward", "address", "by");
	put_list(o, "findings", "findings", "id", "detector");
	cl_policy_put(o);
}
