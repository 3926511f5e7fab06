/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/weave_nodes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "event/facts.h"

int cl_weave_node(struct cl_weave *w, uint32_t kind, const char *id, const char *label, uint64_t when, cJSON **attrs)
{
	char text[CL_EVIDENCE_SIZE];

	return cl_graph_node(w->g, kind, id, label ? cl_escape(text, sizeof(text), label) : NULL, when,
			     TAKE_PTR(*attrs));
}

int cl_weave_edge(struct cl_weave *w, uint32_t kind, const char *source, const char *target, uint64_t when,
		  uint32_t basis, const char *evidence)
{
	int r = cl_graph_edge(w->g, kind, source, target, when, basis, evidence);

	if (w->obs->repeats)
		cl_graph_edge_more(w->g, kind, source, target, w->obs->repeats);
	return r == -ENOENT ? 0 : r; /* pushed out under pressure: the graph has counted it */
}

/* The kernel's own encoding of devices (event.h). */
void cl_weave_add_device(cJSON *attrs, const char *key, uint32_t dev)
{
	char text[32];

	snprintf(text, sizeof(text), "%u:%u", dev >> 20, dev & 0xfffff);
	cl_json_str(attrs, key, text);
}

void cl_weave_add_u64(cJSON *attrs, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	cl_json_str(attrs, key, text);
}

/* ---- what is acted upon ---- */

static int put_credential(struct cl_weave *w, const struct cl_sighting *s, const char *id)
{
	_cleanup_json_ cJSON *a = cJSON_CreateObject();
	const bool renamed = s->other_key_id != 0; /* pipeline/aliases.h: fp is the first name, other the newest */
	char label[CL_EVIDENCE_SIZE], key[CL_KEY_ID_TEXT], fp[CL_FP_TEXT];

	if (!a)
		return -ENOMEM;
	cl_fp_format(fp, renamed ? s->other : s->fp);
	cl_json_str(a, "fingerprint", fp);
	cl_json_str(a, "key_id", cl_key_id_format(key, renamed ? s->other_key_id : s->key_id));
	if (renamed) {
		cl_json_str(a, "first_fingerprint", id);
		cl_json_str(a, "first_key_id", cl_key_id_format(key, s->key_id));
	}
	if (s->local)
		cl_json_bool(a, "local", true);
	cl_json_str(a, "provider", s->provider);
	cl_json_str(a, "format", s->format);
	cl_json_str(a, "class", cl_class_name(s->class));
	cl_json_time(a, "expires", s->expires);
	if (s->lifetime)
		cl_json_num(a, "lifetime_seconds", (double)(s->lifetime / CL_NS_PER_S));
	cl_facts_json(a, s->facts);
	snprintf(label, sizeof(label), "%.80s %.80s %.9s", s->provider ? s->provider : "", s->format ? s->format : "",
		 fp);
	return cl_weave_node(w, CL_NODE_CREDENTIAL, id, label + strspn(label, " "), w->when, &a);
}

/* A credential's nature does not change: once described it is only seen again, unless its end was not known, or it has
 * another name by now, or a file may tell more of it. */
int cl_weave_credential(struct cl_weave *w, const struct cl_sighting *s, const char *id)
{
	return cl_graph_touch(w->g, id) && !s->expires && !s->other_key_id && (s->source != CL_SOURCE_FILE || !s->facts)
		       ? cl_graph_node(w->g, CL_NODE_CREDENTIAL, id, NULL, w->when, NULL)
		       : put_credential(w, s, id);
}

int cl_weave_file(struct cl_weave *w, const struct cl_process *p, char id[CL_ID_SIZE])
{
	_cleanup_json_ cJSON *a = cJSON_CreateObject();
	bool boxed = p && p->container && *p->container;

	if (!a)
		return -ENOMEM;
	cl_json_str(a, "path", w->obs->path);
	cl_json_str(a, "store", w->obs->store);
	cl_json_str(a, "container", boxed ? p->container : NULL);
	if (w->obs->ino) {
		cl_weave_add_device(a, "dev", w->obs->dev);
		cl_weave_add_u64(a, "ino", w->obs->ino);
	}
	cl_id_file(id, CL_ID_SIZE, boxed ? p->container : w->host->id, w->obs->path);
	return cl_weave_node(w, CL_NODE_FILE, id, w->obs->path, w->when, &a);
}

/* ---- evidence ---- */

static void add(char *text, size_t size, const char *before, const char *what)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s%.80s", len ? ", " : "", before, what);
}

/* Who opened it, if another; by which name, if not the file's own; what is not known of the content. */
static void add_remarks(char *text, size_t size, const struct cl_weave *w)
{
	if (*w->opener)
		add(text, size, "opened by ", w->opener);
	if (w->obs->kind == CL_OBS_READ && w->obs->filename)
		add(text, size, "asked for as ", w->obs->filename);
	if (w->obs->unverified)
		add(text, size, "content unverified", "");
}

const char *cl_weave_remarks(char buf[CL_EVIDENCE_SIZE], const struct cl_weave *w)
{
	char text[CL_EVIDENCE_SIZE] = "";

	add_remarks(text, sizeof(text), w);
	return *text ? cl_escape(buf, CL_EVIDENCE_SIZE, text) : NULL;
}

const char *cl_weave_evidence(char buf[CL_EVIDENCE_SIZE], const struct cl_weave *w, const struct cl_sighting *s,
			      uint32_t kind)
{
	char text[CL_EVIDENCE_SIZE + 16];

	if (kind == CL_EDGE_RECEIVED && *w->opener)
		return cl_weave_remarks(buf, w);
	if (kind != CL_EDGE_READ || !w->obs->path) {
		const char *name = s->name ? s->name : kind == CL_EDGE_PASSED_IN_ARGUMENTS ? "argument" : NULL;

		return name ? cl_escape(buf, CL_EVIDENCE_SIZE, name) : NULL;
	}
	snprintf(text, sizeof(text), "%.160s", w->obs->path);
	if (s->line)
		snprintf(text + strlen(text), 16, ":%" PRIu32, s->line);
	add_remarks(text, sizeof(text), w);
	return cl_escape(buf, CL_EVIDENCE_SIZE, text);
}

const char *cl_weave_place(char buf[CL_EVIDENCE_SIZE], const struct cl_sighting *s)
{
	char text[CL_EVIDENCE_SIZE];

	if (!s->name && !s->line)
		return NULL;
	if (s->name && s->line)
		snprintf(text, sizeof(text), "%.200s, line %" PRIu32, s->name, s->line);
	else if (s->name)
		snprintf(text, sizeof(text), "%.200s", s->name);
	else
		snprintf(text, sizeof(text), "line %" PRIu32, s->line);
	return cl_escape(buf, CL_EVIDENCE_SIZE, text);
}
