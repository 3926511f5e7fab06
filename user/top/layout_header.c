/* SPDX-License-Identifier: Apache-2.0 */
/* The lines above and below the tables: whether the monitor watches, what it sees, what it lost, how much comes in. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "top/layout_parts.h"

#define LABELLED 10 /* where what follows a label begins */

enum cl_style cl_style_of_severity(const char *name)
{
	static const struct {
		const char *name;
		enum cl_style style;
	} styles[] = {{"Critical", CL_STYLE_CRITICAL},
		      {"High", CL_STYLE_HIGH},
		      {"Medium", CL_STYLE_MEDIUM},
		      {"Low", CL_STYLE_LOW}};

	for (size_t i = 0; i < ARRAY_SIZE(styles); i++)
		if (!strcmp(styles[i].name, name))
			return styles[i].style;
	return CL_STYLE_PLAIN;
}

enum cl_style cl_style_of(const struct cl_column *c, const cJSON *row)
{
	if (c->kind == CL_COLUMN_SEVERITY)
		return cl_style_of_severity(cl_json_get_str(row, c->key));
	if (c->kind == CL_COLUMN_NUMBER && cl_json_get_num(row, c->key) > 0 &&
	    (!strcmp(c->key, "lost") || !strcmp(c->key, "failed") || !strcmp(c->key, "skipped")))
		return CL_STYLE_ALERT;
	return c->kind == CL_COLUMN_STATE && !strcmp(cl_json_get_str(row, c->key), "ended") ? CL_STYLE_FAINT
											    : CL_STYLE_PLAIN;
}

/* "2d 3h", "3h 12m", "12m 5s" */
static void put_span(uint64_t ns, struct cl_text *out)
{
	uint64_t s = ns / CL_NS_PER_S;

	if (s >= 86400)
		cl_text_printf(out, "%" PRIu64 "d %" PRIu64 "h", s / 86400, s / 3600 % 24);
	else if (s >= 3600)
		cl_text_printf(out, "%" PRIu64 "h %" PRIu64 "m", s / 3600, s / 60 % 60);
	else
		cl_text_printf(out, "%" PRIu64 "m %" PRIu64 "s", s / 60, s % 60);
}

static void put_title(const cJSON *snapshot, const struct cl_top_view *v, struct cl_frame *f)
{
	uint64_t now = cl_json_get_time(snapshot, "generated"), started = cl_json_get_time(snapshot, "monitor.started");
	bool running = cJSON_IsTrue(cl_json_at(snapshot, "monitor.running"));
	_cleanup_text_ struct cl_text state = {0};
	int col;

	cl_frame_fill(f, 0, 0, CL_STYLE_TITLE, ' ');
	col = 1 + cl_frame_printf(f, 0, 1, f->cols / 2, CL_STYLE_TITLE, "credlineage top  %s  ",
				  cl_json_get_str(snapshot, "host.name"));
	if (!snapshot)
		return;
	if (running && started && started < now) {
		cl_text_puts(&state, "watching for ");
		put_span(now - started, &state);
	} else {
		cl_text_puts(&state, running ? "watching"
				     : cJSON_IsTrue(cl_json_at(snapshot, "monitor.gone"))
					     ? " MONITOR NOT RUNNING "
					     : " MONITOR DOES NOT ANSWER ");
	}
	cl_frame_put(f, 0, col, f->cols - col, running ? CL_STYLE_TITLE : CL_STYLE_ALERT, cl_text_str(&state));
	cl_frame_printf(
		f, 0, f->cols - 1, -30, CL_STYLE_TITLE, "  %s%.8sZ", v->paused ? "PAUSED at " : "",
		strlen(cl_json_get_str(snapshot, "generated")) > 11 ? cl_json_get_str(snapshot, "generated") + 11 : "");
}

static void put_labelled(struct cl_frame *f, int row, const char *label, enum cl_style style, const char *text)
{
	cl_frame_put(f, row, 1, LABELLED - 1, CL_STYLE_PLAIN, label);
	cl_frame_put(f, row, LABELLED, f->cols - LABELLED, style, text);
}

/* "7", "950", "20.6k", "3.1M" */
static void put_count(double n, struct cl_text *out)
{
	static const char units[] = "kMG";

	if (n < 1000) {
		cl_text_printf(out, "%.0f", n);
		return;
	}
	for (const char *unit = units; *unit; unit++) {
		n /= 1000;
		if (n < 999.5 || !unit[1]) {
			cl_text_printf(out, n < 99.95 ? "%.1f%c" : "%.0f%c", n, *unit);
			return;
		}
	}
}

/* "10 acts by tracepoint, 1 act by none (send)": how each act is seen, with names where it is not seen. */
static void put_tiers(const cJSON *tiers, struct cl_text *out)
{
	const cJSON *tier, *act;

	cJSON_ArrayForEach (tier, tiers) {
		const cJSON *acts = cl_json_at(tier, "acts");
		const char *name = cl_json_get_str(tier, "tier");

		cl_text_printf(out, "%s%d %s by %s", tier == tiers->child ? "" : ", ", cJSON_GetArraySize(acts),
			       cJSON_GetArraySize(acts) == 1 ? "act" : "acts", name);
		if (strcmp(name, "none") && strcmp(name, "detached"))
			continue;
		cJSON_ArrayForEach (act, acts) {
			cl_text_printf(out, "%s%s", act == acts->child ? " (" : " ", act->valuestring);
		}
		cl_text_puts(out, ")");
	}
}

static void put_coverage(const cJSON *snapshot, struct cl_frame *f, int row)
{
	bool complete = cJSON_IsTrue(cl_json_at(snapshot, "coverage.complete"));
	bool running = cJSON_IsTrue(cl_json_at(snapshot, "monitor.running"));
	bool lost = cJSON_GetArraySize(cl_json_at(snapshot, "coverage.lost"));
	_cleanup_text_ struct cl_text text = {0};

	if (!cJSON_IsTrue(cl_json_at(snapshot, "coverage.known"))) {
		put_labelled(f, row, "coverage", CL_STYLE_ALERT, "not known: no monitor has told yet");
		return;
	}
	if (!running)
		cl_text_puts(&text, "NOTHING IS WATCHED; before: ");
	cl_text_puts(&text, complete ? "complete: " : lost ? "INCOMPLETE, events were lost: " : "INCOMPLETE: ");
	put_tiers(cl_json_at(snapshot, "coverage.tiers"), &text);
	put_labelled(f, row, "coverage", complete && running ? CL_STYLE_PLAIN : CL_STYLE_ALERT, cl_text_str(&text));
}

/* "lost: exec 20.6k, read 243; malformed: record 3": by stage, the largest stages' order is the monitor's. */
static void put_loss(const cJSON *snapshot, struct cl_frame *f, int row)
{
	const cJSON *lost = cl_json_at(snapshot, "coverage.lost"), *item, *same;
	_cleanup_text_ struct cl_text text = {0};

	cJSON_ArrayForEach (item, lost) {
		const char *stage = cl_json_get_str(item, "stage");
		bool told = false;

		for (same = lost->child; same != item; same = same->next)
			told |= !strcmp(cl_json_get_str(same, "stage"), stage);
		if (told)
			continue;
		cl_text_printf(&text, "%s%s:", text.len ? "; " : "", stage);
		for (same = item; same; same = same->next) {
			if (strcmp(cl_json_get_str(same, "stage"), stage) != 0)
				continue;
			cl_text_printf(&text, "%s%s ", same == item ? " " : ", ", cl_json_get_str(same, "act"));
			put_count(cl_json_get_num(same, "count"), &text);
		}
	}
	put_labelled(f, row, "loss", text.len ? CL_STYLE_ALERT : CL_STYLE_PLAIN,
		     text.len ? cl_text_str(&text) : "none");
}

/* "142: exec 3, fork 3": all together, and what moves, in the monitor's order. */
static void put_rates(const cJSON *snapshot, struct cl_frame *f, int row)
{
	const cJSON *item, *rate;
	_cleanup_text_ struct cl_text each = {0}, text = {0};
	bool known = false;
	double sum = 0;

	cJSON_ArrayForEach (item, cl_json_at(snapshot, "events")) {
		rate = cJSON_GetObjectItemCaseSensitive(item, "per_second");
		known |= rate != NULL;
		if (!rate || rate->valuedouble < 0.05)
			continue;
		sum += rate->valuedouble;
		cl_text_printf(&each, "%s%s ", each.len ? " " : ": ", cl_json_get_str(item, "kind"));
		if (rate->valuedouble < 9.95)
			cl_text_printf(&each, "%.1f", rate->valuedouble);
		else
			put_count(rate->valuedouble, &each);
	}
	put_count(sum, &text);
	cl_text_puts(&text, cl_text_str(&each));
	put_labelled(f, row, "events/s", CL_STYLE_PLAIN, known ? cl_text_str(&text) : "counting ...");
}

/* Why nobody watches, and since when. */
static void put_why(const cJSON *snapshot, struct cl_frame *f, int row)
{
	uint64_t now = cl_json_get_time(snapshot, "generated"), alive = cl_json_get_time(snapshot, "monitor.alive");
	_cleanup_text_ struct cl_text text = {0};

	if (alive && alive < now) {
		cl_text_puts(&text, "last seen ");
		put_span(now - alive, &text);
		cl_text_puts(&text, " ago; ");
	}
	cl_text_puts(&text, cl_json_get_str(snapshot, "monitor.why"));
	put_labelled(f, row, "monitor", CL_STYLE_ALERT, cl_text_str(&text));
}

void cl_put_header(const cJSON *snapshot, const struct cl_top_view *v, struct cl_frame *f)
{
	put_title(snapshot, v, f);
	if (!snapshot) {
		put_labelled(f, 1, "store", CL_STYLE_PLAIN, "reading ...");
		return;
	}
	put_coverage(snapshot, f, 1);
	put_loss(snapshot, f, 2);
	if (*cl_json_get_str(snapshot, "store.error"))
		put_labelled(f, 3, "store", CL_STYLE_ALERT, cl_json_get_str(snapshot, "store.error"));
	else if (!cJSON_IsTrue(cl_json_at(snapshot, "monitor.running")))
		put_why(snapshot, f, 3);
	else
		put_rates(snapshot, f, 3);
}

/* As many as fit, whole. */
static void put_keys(struct cl_frame *f, int row, int col, const char *const *keys)
{
	for (; *keys && col + (int)strlen(*keys) < f->cols; keys++)
		col += 2 + cl_frame_put(f, row, col, f->cols - col, CL_STYLE_KEYS, *keys);
}

void cl_put_footer(const struct cl_top_view *v, struct cl_frame *f, int row)
{
	static const char *const panels[] = {"q quit", "? help",    "Enter lineage", "Tab panel", "/ filter",
					     "s sort", "r reverse", "z zoom",	     "p pause",	  NULL};
	static const char *const below[] = {"q quit",  "? help", "Esc back", "Up Down PgUp PgDn scroll",
					    "p pause", NULL};
	static const char *const help[] = {"q quit", "any other key: back", NULL};
	int col = 1;

	cl_frame_fill(f, row, 0, CL_STYLE_KEYS, ' ');
	if (v->typing) {
		cl_frame_printf(f, row, 1, f->cols - 1, CL_STYLE_KEYS, "filter: %s_  (Enter keeps it, Esc drops it)",
				v->typed);
	} else if (*v->said) {
		cl_frame_put(f, row, 1, f->cols - 1, CL_STYLE_ALERT, v->said);
	} else {
		if (*v->filter && !v->tree && !v->help)
			col += 2 + cl_frame_printf(f, row, 1, f->cols - 1, CL_STYLE_KEYS, "filter: %s  Esc clears it ",
						   v->filter);
		put_keys(f, row, col, v->help ? help : v->tree ? below : panels);
	}
}

static void count_severities(const cJSON *list, struct cl_text *out)
{
	static const char *const names[] = {"Critical", "High", "Medium", "Low"};
	const cJSON *item;
	int any = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int n = 0;

		cJSON_ArrayForEach (item, list) {
			n += !strcmp(cl_json_get_str(item, "severity"), names[i]);
		}
		if (n)
			cl_text_printf(out, "%s%d %s", any++ ? ", " : ": ", n, names[i]);
	}
}

void cl_title_more(const cJSON *snapshot, enum cl_panel panel, struct cl_text *out)
{
	double pending = cl_json_get_num(snapshot, "store.credentials_pending");
	double left_out = cl_json_get_num(snapshot, "store.runs_left_out");

	if (panel == CL_PANEL_FINDINGS)
		count_severities(cl_json_at(snapshot, "findings"), out);
	else if (panel == CL_PANEL_CREDENTIALS && pending > 0)
		cl_text_printf(out, ", %.0f still being read", pending);
	else if (panel == CL_PANEL_RUNS && left_out > 0)
		cl_text_printf(out, ", %.0f older ones left out", left_out);
}

const char *cl_nothing(const cJSON *snapshot, const struct cl_top_view *v)
{
	if (v->focus == CL_PANEL_EVENTS)
		return "no monitor answers";
	if (*v->filter || (v->typing && *v->typed))
		return "nothing matches the filter";
	return snapshot ? "none so far" : "";
}
