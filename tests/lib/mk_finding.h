/* SPDX-License-Identifier: Apache-2.0 */
/* Native findings for tests of outputs: every member of detect/detect.h's schema, with strings of the test's choice. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define MK_FINDING_UNUSED __attribute__((unused))

/* What watched programs may choose: quotes, brackets, newline, bidi override, bad UTF-8, NUL cannot occur. */
#define MK_HOSTILE "q\" b] \\ nl\n tab\t p|p e=e c^c esc\x1b[31m bidi\xe2\x80\xae bad\xff\xc3( end"

MK_FINDING_UNUSED static cJSON *mk_finding_process(unsigned int pid, const char *text, int parents)
{
	cJSON *p = cJSON_CreateObject(), *chain;
	char id[64];

	snprintf(id, sizeof(id), "process:boot:%u:%u000", pid, pid);
	cl_json_str(p, "id", id);
	cl_json_num(p, "pid", pid);
	cl_json_str(p, "name", text);
	cl_json_str(p, "exe", "/usr/bin/cat");
	cl_json_str(p, "command", text);
	cl_json_num(p, "uid", 1000);
	cl_json_num(p, "euid", 0);
	cl_json_str(p, "container", "0123456789abcdef");
	cl_json_str(p, "started", "2026-01-02T03:04:05.000000Z");
	chain = cl_json_arr(p, "chain");
	for (int i = 1; i <= parents; i++) {
		cJSON *link = cl_json_push(chain);

		snprintf(id, sizeof(id), "process:boot:%d:%d000", 100 - i, 100 - i);
		cl_json_str(link, "id", id);
		cl_json_num(link, "pid", 100 - i);
		cl_json_str(link, "name", i == parents ? "systemd" : "bash");
		cl_json_str(link, "exe", "/bin/bash");
		cl_json_str(link, "command", text);
	}
	cJSON *gap = cl_json_push(chain);

	cl_json_str(gap, "id", "unknown:boot:0:0");
	cl_json_bool(gap, "unknown", true);
	return p;
}

MK_FINDING_UNUSED static void mk_finding_use(cJSON *o, const char *how, const char *text)
{
	cl_json_str(o, "name", "EXAMPLE_TOKEN");
	if (!strcmp(how, "read")) {
		cl_json_str(o, "path", text);
		cl_json_num(o, "line", 3);
	} else {
		cl_json_str(o, "destination", "tcp:192.0.2.7:443");
	}
	cl_json_str(o, "time", "2026-01-02T03:05:05.123456Z");
	cl_json_str(o, "basis", "observed");
	cl_json_bool(o, "inherited", false);
}

MK_FINDING_UNUSED static void mk_finding_side(cJSON *sides, const char *workflow, const char *kind, unsigned int pid,
					      const char *how, const char *text, int parents)
{
	cJSON *side = cl_json_push(sides), *run = cl_json_obj(side, "run"), *use;

	cl_json_str(run, "id", "run-1");
	cl_json_str(run, "workflow", workflow);
	cl_json_str(run, "kind", kind);
	cl_json_str(run, "begin", "2026-01-02T03:00:00.000000Z");
	cl_json_str(run, "state", "active");
	cl_json_bool(run, "unattributed", false);
	cJSON_AddItemToArray(cl_json_arr(run, "parents"), cJSON_CreateString("host"));
	cJSON_AddItemToObject(side, "process", mk_finding_process(pid, text, parents));
	use = cl_json_obj(side, "use");
	cl_json_str(use, "how", how);
	mk_finding_use(use, how, text);
}

MK_FINDING_UNUSED static void mk_finding_lists(cJSON *f, const char *text, int n)
{
	cJSON *evidence = cl_json_arr(f, "evidence"), *d, *lineage, *nodes, *edges;

	for (int i = 0; i < n; i++) {
		cJSON *e = cl_json_push(evidence);

		cl_json_str(e, "kind", i % 2 ? "connect" : "read");
		cl_json_str(e, "process", "process:boot:42:42000");
		mk_finding_use(e, i % 2 ? "connect" : "read", text);
		cl_json_num(e, "count", i + 1);
	}
	d = cl_json_push(cl_json_arr(f, "destinations"));
	cl_json_str(d, "id", "destination:tcp:192.0.2.7:443");
	cl_json_str(d, "address", "192.0.2.7");
	cl_json_num(d, "port", 443);
	cl_json_str(d, "transport", "tcp");
	lineage = cl_json_obj(f, "lineage");
	nodes = cl_json_arr(lineage, "nodes");
	edges = cl_json_arr(lineage, "edges");
	for (int i = 0; i < n; i++) {
		cJSON *node = cl_json_push(nodes), *edge = cl_json_push(edges);
		char id[32];

		snprintf(id, sizeof(id), "node:%d", i);
		cl_json_str(node, "id", id);
		cl_json_str(node, "kind", "Process");
		cl_json_str(node, "label", text);
		cl_json_str(cl_json_obj(node, "attrs"), "exe", text);
		cl_json_str(edge, "id", "e:0011");
		cl_json_str(edge, "kind", "SPAWNED");
		cl_json_str(edge, "source", "node:0");
		cl_json_str(edge, "target", id);
		cl_json_num(edge, "count", 1);
	}
}

MK_FINDING_UNUSED static void mk_finding_frameworks(cJSON *f)
{
	static const char *const rows[][4] = {
		{"OWASP Top 10 for Agentic Applications", "2026", "ASI03", "Identity & Privilege Abuse"},
		{"MITRE ATT&CK", "19", "T1550.001", "Use Alternate Authentication Material: Application Access Token"},
		{"MITRE ATT&CK", "19", "T1078", "Valid Accounts"},
	};
	cJSON *list = cl_json_arr(f, "frameworks");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cJSON *row = cl_json_push(list);

		cl_json_str(row, "framework", rows[i][0]);
		cl_json_str(row, "version", rows[i][1]);
		cl_json_str(row, "id", rows[i][2]);
		cl_json_str(row, "name", rows[i][3]);
	}
}

/* `text` stands wherever a watched program has a say; `n` is the length of every list. */
MK_FINDING_UNUSED static cJSON *mk_finding(unsigned int number, const char *text, int n)
{
	char label[257];
	cJSON *f = cJSON_CreateObject(), *o, *sides;
	char id[32];

	cl_json_str(f, "schema", "credlineage.finding/1");
	snprintf(id, sizeof(id), "fnd-%016x", number);
	cl_json_str(f, "id", id);
	cl_json_str(f, "detector", "cross-workflow-reuse");
	cl_json_str(f, "title", "Credential used in two workflows");
	cl_json_str(f, "message", text);
	cl_json_str(f, "severity", "High");
	cl_json_str(f, "activity", "create");
	cl_json_num(f, "count", 1);
	cl_json_str(f, "first", "2026-01-02T03:05:05.123456Z");
	cl_json_str(f, "last", "2026-01-02T03:05:05.123456Z");
	o = cl_json_obj(f, "host");
	cl_json_str(o, "id", "0123456789abcdef0123456789abcdef");
	cl_json_str(o, "name", "testhost");
	cl_json_str(o, "boot_id", "00000000-1111-2222-3333-444444444444");
	o = cl_json_obj(f, "credential");
	cl_json_str(o, "fingerprint", "cred:41414141414141414141414141414141");
	cl_json_str(o, "key_id", "0a0b0c0d");
	cl_json_str(o, "provider", "Example");
	cl_json_str(o, "format", "example_token");
	cl_json_str(o, "class", "static");
	cl_json_str(o, "first_seen", "2026-01-02T03:05:00.000000Z");
	cl_json_num(o, "age_seconds", 5);
	snprintf(label, sizeof(label), "%s", text);
	cl_json_str(o, "label", label);
	cl_json_str(o, "owner", "EXAMPLE owner");
	sides = cl_json_arr(f, "sides");
	mk_finding_side(sides, "ci:a", "ci-job", 42, "read", text, n);
	mk_finding_side(sides, "agent:b", "agent", 43, "connect", text, n);
	mk_finding_lists(f, text, n);
	mk_finding_frameworks(f);
	o = cl_json_obj(f, "coverage");
	cl_json_bool(o, "complete", true);
	cl_json_str(cl_json_push(cl_json_arr(o, "acts")), "act", "exec");
	cl_json_arr(o, "lost");
	return f;
}

/* The finding of that number out of a set that holds every kind of trouble. */
MK_FINDING_UNUSED static cJSON *mk_finding_any(unsigned int number)
{
	char *long_text;
	cJSON *f;

	switch (number % 5) {
	case 0:
		return mk_finding(number, "/srv/plain", 2);
	case 1:
		return mk_finding(number, MK_HOSTILE, 2);
	case 2:
		return mk_finding(number, MK_HOSTILE MK_HOSTILE MK_HOSTILE, 32);
	case 3:
		long_text = malloc(65536 + 1);
		if (!long_text)
			return NULL;
		memset(long_text, "\"\\]\n\x01"[number % 4], 65536);
		long_text[65536] = '\0';
		f = mk_finding(number, long_text, 1);
		free(long_text);
		return f;
	default:
		return mk_finding(number, "\xe2\x80\xae\xf0\x9f\x92\xa9 \xed\xa0\x80 \xc0\x80", 3);
	}
}

/* An act has the members of a finding with one side; `how` as in mk_finding_use. */
MK_FINDING_UNUSED static cJSON *mk_act(unsigned int number, const char *how, const char *text)
{
	cJSON *a = mk_finding(number, text, 8), *side;
	static const char *const not_its[] = {"schema",	      "id",	    "detector", "title",   "message",
					      "severity",     "activity",   "count",	"first",   "evidence",
					      "evidence_cut", "frameworks", "coverage", "lineage", "review"};
	char id[32];

	for (size_t i = 0; i < sizeof(not_its) / sizeof(not_its[0]); i++)
		cJSON_DeleteItemFromObject(a, not_its[i]);
	cJSON_DeleteItemFromArray(cJSON_GetObjectItem(a, "sides"), 1);
	side = cJSON_GetArrayItem(cJSON_GetObjectItem(a, "sides"), 0);
	cJSON_DeleteItemFromObject(side, "use");
	cl_json_str(cl_json_obj(side, "use"), "how", how);
	mk_finding_use(cJSON_GetObjectItem(side, "use"), how, text);
	cl_json_str(a, "schema", "credlineage.act/1");
	snprintf(id, sizeof(id), "act-%016x", number);
	cl_json_str(a, "id", id);
	return a;
}
