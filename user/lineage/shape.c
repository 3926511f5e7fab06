/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and edges as the lineage JSON has them. */
#include "lineage/shape.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

/* Takes over the attributes. */
static cJSON *node_json(const struct cl_node *n, cJSON *attrs)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();

	if (!o || !attrs) {
		cJSON_Delete(attrs);
		return NULL;
	}
	cl_json_str(o, "id", n->id);
	cl_json_str(o, "kind", cl_node_kind_name(n->kind));
	cl_json_str(o, "label", n->label ? n->label : n->id);
	cl_json_time(o, "first", n->first);
	cl_json_time(o, "last", n->last);
	if (!cJSON_AddItemToObject(o, "attrs", attrs)) {
		cJSON_Delete(attrs);
		return NULL;
	}
	return TAKE_PTR(o);
}

cJSON *cl_lineage_node_json(const struct cl_node *n)
{
	return node_json(n, n->attrs ? cJSON_Duplicate(n->attrs, true) : cJSON_CreateObject());
}

cJSON *cl_lineage_node_move(const struct cl_node *n)
{
	cJSON *attrs = cJSON_CreateObject();

	if (attrs && n->attrs) {
		attrs->child = n->attrs->child;
		n->attrs->child = NULL;
	}
	return node_json(n, attrs);
}

/* `before` and the value; in parts, because printf copies text byte by byte. */
static int put(struct cl_text *out, const char *before, const char *value)
{
	int r = cl_text_puts(out, before);

	return r ? r : cl_text_puts(out, value);
}

static int put_time(struct cl_text *out, const char *before, uint64_t wall_ns)
{
	char buf[CL_TIME_SIZE];

	int r = wall_ns ? put(out, before, cl_time_format(buf, wall_ns)) : 0;

	return r || !wall_ns ? r : cl_text_puts(out, "\"");
}

/* Read from the store it may be anything that parses: with a control character or a bad byte it is written anew. */
static bool is_clean(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20)
			return false;
	return cl_utf8_span(text, len) == len;
}

static int put_attrs(struct cl_text *out, const struct cl_node *n)
{
	char *text;
	int r;

	if (!n->attrs)
		return cl_text_puts(out, ",\"attrs\":{}}");
	if (n->text && is_clean(n->text)) {
		r = put(out, ",\"attrs\":", n->text);
		return r ? r : cl_text_puts(out, "}");
	}
	text = cJSON_PrintUnformatted(n->attrs);
	r = text ? put(out, ",\"attrs\":", text) : -ENOMEM;
	cJSON_free(text);
	return r ? r : cl_text_puts(out, "}");
}

int cl_lineage_node_text(struct cl_text *out, const struct cl_node *n, const char *id)
{
	int r = put(out, "{\"id\":", id);

	r = r ? r : put(out, ",\"kind\":\"", cl_node_kind_name(n->kind));
	r = r ? r : cl_text_puts(out, "\",\"label\":");
	r = r ? r : cl_json_quote(out, n->label ? n->label : n->id);
	r = r ? r : put_time(out, ",\"first\":\"", n->first);
	r = r ? r : put_time(out, ",\"last\":\"", n->last);
	return r ? r : put_attrs(out, n);
}

/* SHA256() looks the method up at each call, which takes longer than hashing two names. */
static EVP_MD *sha256;

static void find_sha256(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

int cl_lineage_edge_id(char id[CL_EDGE_ID], const struct cl_edge *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	_cleanup_text_ struct cl_text whole = {0};
	unsigned char digest[EVP_MAX_MD_SIZE];
	int r;

	pthread_once(&once, find_sha256);
	/* ids hold no newline (ids.h), so that the three parts cannot run into each other */
	r = cl_text_reserve(&whole, strlen(e->source) + strlen(e->target) + 40);
	r = r ? r : cl_text_puts(&whole, cl_edge_kind_name(e->kind));
	r = r ? r : cl_text_puts(&whole, "\n");
	r = r ? r : cl_text_puts(&whole, e->source);
	r = r ? r : cl_text_puts(&whole, "\n");
	r = r ? r : cl_text_puts(&whole, e->target);
	if (r || !sha256 || !EVP_Digest(cl_text_str(&whole), whole.len, digest, NULL, sha256, NULL))
		return -ENOMEM;
	memcpy(id, "e:", 2);
	cl_hex(id + 2, digest, (CL_EDGE_ID - 3) / 2);
	return 0;
}

cJSON *cl_lineage_edge_json(const struct cl_edge *e)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	char id[CL_EDGE_ID];

	if (!o || cl_lineage_edge_id(id, e))
		return NULL;
	cl_json_str(o, "id", id);
	cl_json_str(o, "kind", cl_edge_kind_name(e->kind));
	cl_json_str(o, "source", e->source);
	cl_json_str(o, "target", e->target);
	cl_json_time(o, "first", e->first);
	cl_json_time(o, "last", e->last);
	cl_json_num(o, "count", (double)e->count);
	cl_json_str(o, "basis", cl_basis_name(e->basis));
	cl_json_str(o, "evidence", e->evidence);
	cl_json_obj(o, "attrs");
	return TAKE_PTR(o);
}

int cl_lineage_edge_text(struct cl_text *out, const struct cl_edge *e, const char *id, const char *source,
			 const char *target)
{
	char count[24];
	int r = put(out, "{\"id\":\"", id);

	snprintf(count, sizeof(count), "%" PRIu64, e->count);
	r = r ? r : put(out, "\",\"kind\":\"", cl_edge_kind_name(e->kind));
	r = r ? r : put(out, "\",\"source\":", source);
	r = r ? r : put(out, ",\"target\":", target);
	r = r ? r : put_time(out, ",\"first\":\"", e->first);
	r = r ? r : put_time(out, ",\"last\":\"", e->last);
	r = r ? r : put(out, ",\"count\":", count);
	r = r ? r : put(out, ",\"basis\":\"", cl_basis_name(e->basis));
	r = r ? r : cl_text_puts(out, "\"");
	if (!r && e->evidence) {
		r = cl_text_puts(out, ",\"evidence\":");
		r = r ? r : cl_json_quote(out, e->evidence);
	}
	return r ? r : cl_text_puts(out, ",\"attrs\":{}}");
}

struct keyed {
	const char *kind, *key; /* kind NULL: the key alone */
	cJSON *item;
};

static int compare(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int c = x->kind ? strcmp(x->kind, y->kind) : 0;

	return c ? c : strcmp(x->key, y->key);
}

/* Relinks the children; cJSON keeps the last one in the first one's prev. */
static void sort(cJSON *array, const char *kind, const char *key)
{
	size_t n = (size_t)cJSON_GetArraySize(array), i = 0;
	_cleanup_free_ struct keyed *items = calloc(n + 1, sizeof(*items));
	cJSON *item;

	if (!items || n < 2)
		return;
	cJSON_ArrayForEach (item, array) {
		items[i++] = (struct keyed){.kind = kind ? cl_json_get_str(item, kind) : NULL,
					    .key = cl_json_get_str(item, key),
					    .item = item};
	}
	qsort(items, n, sizeof(*items), compare);
	for (i = 0; i < n; i++) {
		items[i].item->prev = items[i ? i - 1 : n - 1].item;
		items[i].item->next = i + 1 < n ? items[i + 1].item : NULL;
	}
	array->child = items[0].item;
}

void cl_lineage_sort(cJSON *array)
{
	sort(array, NULL, "id");
}

void cl_lineage_sort_gaps(cJSON *gaps)
{
	sort(gaps, "kind", "node");
}
