/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timesketch's JSON Lines: one event where a node or edge was first seen and one where it was last seen (one when that
 * is the same), one where a finding was first and last reported, in the order of time. What has no time stands at the
 * beginning of all time, as timelines have it ("Not a time"). The last line is the export itself: what was asked for
 * and what is missing. The file's name must end with .jsonl.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "export/formats.h"
#include "export/view.h"

enum subject { NODE, EDGE, FINDING };
static const char *const subject_names[] = {"node", "edge", "finding"};

struct event {
	const cJSON *element;
	uint64_t time; /* wall ns; 0: none is known */
	size_t order;  /* among those of the same time: as in the lineage */
	enum subject subject;
	const char *says; /* timestamp_desc */
};

struct timeline {
	struct cl_export_view view;
	struct event *events;
	size_t n;
};

static void end_timeline(struct timeline *t)
{
	cl_export_view_end(&t->view);
	free(t->events);
}

/* ---- words ---- */

static int node_message(const cJSON *n, struct cl_text *t)
{
	const char *label = cl_json_get_str(n, "label"), *detail = cl_export_detail(n);
	int r = cl_text_printf(t, "%s %s", cl_json_get_str(n, "kind"), label);

	return r || !*detail || !strcmp(detail, label) ? r : cl_text_printf(t, ": %s", detail);
}

static int edge_message(const struct cl_export_view *v, const cJSON *e, struct cl_text *t)
{
	const char *evidence = cl_json_get_str(e, "evidence"), *basis = cl_json_get_str(e, "basis");
	double count = cl_json_get_num(e, "count");
	int r = cl_text_printf(t, "%s %s %s", cl_export_label(v, cl_json_get_str(e, "source")),
			       cl_json_get_str(e, "kind"), cl_export_label(v, cl_json_get_str(e, "target")));

	if (!r && *evidence)
		r = cl_text_printf(t, " (%s)", evidence);
	if (!r && count > 1)
		r = cl_text_printf(t, ", %.0f times", count);
	return r || !*basis || !strcmp(basis, "observed") ? r : cl_text_printf(t, ", %s", basis);
}

static int finding_message(const cJSON *f, struct cl_text *t)
{
	return cl_text_printf(t, "%s finding %s: %s. %s", cl_json_get_str(f, "severity"),
			      cl_json_get_str(f, "detector"), cl_json_get_str(f, "title"),
			      cl_json_get_str(f, "message"));
}

/* ---- one event ---- */

/* "+00:00" is what every version of the reader's libraries takes. */
static void add_time(cJSON *o, uint64_t time)
{
	char text[CL_TIME_SIZE], zoned[CL_TIME_SIZE + 8];

	cl_time_format(text, time);
	snprintf(zoned, sizeof(zoned), "%.*s+00:00", (int)strcspn(text, "Z"), text);
	cl_json_str(o, "datetime", zoned);
	cl_json_written(o, "timestamp", time / 1000);
}

static void add_tags(const struct cl_export_view *v, const struct event *e, cJSON *o)
{
	const char *id = cl_json_get_str(e->element, "id");
	cJSON *tags = cl_json_arr(o, "tag");

	if (cl_export_in_focus(v, id))
		cJSON_AddItemToArray(tags, cJSON_CreateString("focus"));
	if (e->subject == FINDING || cl_export_marks(v, id))
		cJSON_AddItemToArray(tags, cJSON_CreateString("finding"));
}

static void add_subject(const struct cl_export_view *v, const struct event *e, cJSON *o)
{
	char kind[CL_EXPORT_KIND_SIZE], type[CL_EXPORT_KIND_SIZE + 32];

	snprintf(type, sizeof(type), "credlineage:%s:%s", subject_names[e->subject],
		 e->subject == FINDING ? "reported" : cl_export_kind(e->element, kind));
	cl_json_str(o, "data_type", type);
	cl_json_str(o, "lineage_id", cl_json_get_str(e->element, "id"));
	if (e->subject != EDGE)
		return;
	cl_json_str(o, "source", cl_json_get_str(e->element, "source"));
	cl_json_str(o, "source_label", cl_export_label(v, cl_json_get_str(e->element, "source")));
	cl_json_str(o, "target", cl_json_get_str(e->element, "target"));
	cl_json_str(o, "target_label", cl_export_label(v, cl_json_get_str(e->element, "target")));
}

static void add_finding(const cJSON *f, cJSON *o)
{
	static const char *const members[] = {"detector", "severity", "title", "credential"};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (*cl_json_get_str(f, members[i]))
			cl_json_str(o, members[i], cl_json_get_str(f, members[i]));
	cl_json_num(o, "count", cl_json_get_num(f, "count"));
}

static void move_properties(cJSON *from, cJSON *to)
{
	while (from && from->child) {
		cJSON *item = cJSON_DetachItemViaPointer(from, from->child);

		if (!cJSON_AddItemToObject(to, item->string, item))
			cJSON_Delete(item);
	}
}

static int put_event(const struct cl_export_view *v, const struct event *e, FILE *out)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject(), *properties = NULL;
	_cleanup_text_ struct cl_text message = {0};
	int r = e->subject == NODE   ? node_message(e->element, &message)
		: e->subject == EDGE ? edge_message(v, e->element, &message)
				     : finding_message(e->element, &message);

	if (r)
		return r;
	cl_json_str(o, "message", cl_text_str(&message));
	add_time(o, e->time);
	cl_json_str(o, "timestamp_desc", e->says);
	add_subject(v, e, o);
	add_tags(v, e, o);
	if (e->subject == FINDING) {
		add_finding(e->element, o);
	} else {
		properties = cl_export_properties(v, e->element);
		if (!properties)
			return -ENOMEM;
		move_properties(properties, o);
	}
	r = cl_export_put(out, o);
	fputc('\n', out);
	return r;
}

/* ---- the whole ---- */

static void add_event(struct timeline *t, enum subject subject, const cJSON *element, uint64_t time, const char *says)
{
	t->events[t->n] =
		(struct event){.element = element, .time = time, .order = t->n, .subject = subject, .says = says};
	t->n++;
}

static void add_events(struct timeline *t, enum subject subject, const cJSON *elements)
{
	const cJSON *element;

	cJSON_ArrayForEach (element, elements) {
		uint64_t first = cl_json_get_time(element, "first"), last = cl_json_get_time(element, "last");

		if (!first && !last)
			add_event(t, subject, element, 0, "Not a time");
		else if (first == last || !first || !last)
			add_event(t, subject, element, first ? first : last, "Seen");
		else {
			add_event(t, subject, element, first, "First Seen");
			add_event(t, subject, element, last, "Last Seen");
		}
	}
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static int collect(struct timeline *t, const cJSON *lineage)
{
	static const char *const lists[] = {"nodes", "edges", "findings"};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		n += (size_t)cJSON_GetArraySize(cl_json_at(lineage, lists[i]));
	t->events = calloc(2 * n + 1, sizeof(*t->events));
	if (!t->events)
		return -ENOMEM;
	add_events(t, NODE, cl_json_at(lineage, lists[NODE]));
	add_events(t, EDGE, cl_json_at(lineage, lists[EDGE]));
	add_events(t, FINDING, cl_json_at(lineage, lists[FINDING]));
	qsort(t->events, t->n, sizeof(*t->events), by_time);
	return 0;
}

/* Two exports of one store differ in this line alone, as two native ones do in `generated`. */
static int put_export(const cJSON *lineage, FILE *out)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	_cleanup_text_ struct cl_text message = {0};
	int r = cl_text_puts(&message, "Lineage exported: ");

	r = r ? r : cl_export_title(lineage, &message);
	cl_json_str(o, "message", cl_text_str(&message));
	add_time(o, cl_json_get_time(lineage, "generated"));
	cl_json_str(o, "timestamp_desc", "Exported");
	cl_json_str(o, "data_type", "credlineage:export");
	cl_json_str(o, "generated", cl_json_get_str(lineage, "generated"));
	r = r ? r : cl_export_add_gaps(lineage, o);
	r = r ? r : cl_export_put(out, o);
	fputc('\n', out);
	return r;
}

static int write_timesketch(const cJSON *lineage, FILE *out, struct cl_error *err)
{
	_cleanup_(end_timeline) struct timeline t = {0};
	int r = cl_export_view(&t.view, lineage);

	r = r ? r : collect(&t, lineage);
	errno = 0;
	for (size_t i = 0; !r && i < t.n; i++)
		r = put_event(&t.view, &t.events[i], out);
	r = r ? r : put_export(lineage, out);
	return r ? cl_fail(err, r, "cannot write the timesketch export: out of memory")
		 : cl_export_check(out, "timesketch", err);
}

const struct cl_export_format cl_export_timesketch = {.name = "timesketch", .write = write_timesketch};
