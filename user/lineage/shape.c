/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and edges as the lineage JSON has them. */
#include "lineage/shape.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"

cJSON *cl_lineage_node_json(const struct cl_node *n)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	cJSON *attrs = n->attrs ? cJSON_Duplicate(n->attrs, true) : cJSON_CreateObject();

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

/* Ids hold no newline (ids.h), so that the three parts cannot run into each other. */
static void edge_id(char id[40], const struct cl_edge *e)
{
	_cleanup_text_ struct cl_text whole = {0};
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char hex[33];

	cl_text_puts(&whole, cl_edge_kind_name(e->kind));
	cl_text_puts(&whole, "\n");
	cl_text_puts(&whole, e->source);
	cl_text_puts(&whole, "\n");
	cl_text_puts(&whole, e->target);
	SHA256((const unsigned char *)cl_text_str(&whole), whole.len, digest);
	cl_hex(hex, digest, 16);
	snprintf(id, 40, "e:%s", hex);
}

cJSON *cl_lineage_edge_json(const struct cl_edge *e)
{
	cJSON *o = cJSON_CreateObject();
	char id[40];

	if (!o)
		return NULL;
	edge_id(id, e);
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
	return o;
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
