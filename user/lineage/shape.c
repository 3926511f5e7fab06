/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and edges as the lineage JSON has them. */
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "lineage/query.h"

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
	unsigned char digest[SHA256_DIGEST_LENGTH];
	_cleanup_text_ struct cl_text whole = {0};
	char hex[33];

	cl_text_printf(&whole, "%s\n%s\n%s", cl_edge_kind_name(e->kind), e->source, e->target);
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

static int by_id(const void *a, const void *b)
{
	return strcmp(cl_json_get_str(*(cJSON *const *)a, "id"), cl_json_get_str(*(cJSON *const *)b, "id"));
}

static int by_kind_and_node(const void *a, const void *b)
{
	const cJSON *x = *(cJSON *const *)a, *y = *(cJSON *const *)b;
	int c = strcmp(cl_json_get_str(x, "kind"), cl_json_get_str(y, "kind"));

	return c ? c : strcmp(cl_json_get_str(x, "node"), cl_json_get_str(y, "node"));
}

/* Relinks the children; cJSON keeps the last one in the first one's prev. */
static void sort(cJSON *array, int (*compare)(const void *, const void *))
{
	size_t n = (size_t)cJSON_GetArraySize(array), i = 0;
	_cleanup_free_ cJSON **items = calloc(n + 1, sizeof(cJSON *));
	cJSON *item;

	if (!items || n < 2)
		return;
	cJSON_ArrayForEach (item, array) {
		items[i++] = item;
	}
	qsort(items, n, sizeof(cJSON *), compare);
	for (i = 0; i < n; i++) {
		items[i]->prev = i ? items[i - 1] : items[n - 1];
		items[i]->next = i + 1 < n ? items[i + 1] : NULL;
	}
	array->child = items[0];
}

void cl_lineage_sort(cJSON *array)
{
	sort(array, by_id);
}

void cl_lineage_sort_gaps(cJSON *gaps)
{
	sort(gaps, by_kind_and_node);
}
