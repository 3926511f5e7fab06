/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GraphML, as Gephi, yEd, Cytoscape and networkx read it. Every property is declared with the narrowest type that holds
 * all its values; an array is the text of its JSON. A character that XML cannot hold stands as \xNN.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "export/formats.h"
#include "export/view.h"

enum type { BOOLEAN, LONG, DOUBLE, STRING };
static const char *const type_names[] = {"boolean", "long", "double", "string"};

struct key {
	char *name;
	size_t number;
	enum type type;
	UT_hash_handle hh;
};

struct graphml {
	struct cl_export_view view;
	struct cl_text line; /* being made */
	struct key *keys;    /* properties of what is being declared and written: nodes or edges */
	const char *domain;  /* "node", "edge" */
	FILE *out;
};

static void free_keys(struct graphml *g)
{
	struct key *key, *next;

	HASH_ITER (hh, g->keys, key, next) {
		HASH_DEL(g->keys, key);
		free(key->name);
		free(key);
	}
}

static void end_graphml(struct graphml *g)
{
	cl_export_view_end(&g->view);
	cl_text_free(&g->line);
	free_keys(g);
}

/* For a value or an attribute: white space as references too, so that no reader changes it. */
static int escaped(struct cl_text *t, const char *s)
{
	_cleanup_text_ struct cl_text clean = {0};
	int r = cl_text_utf8(&clean, s, strlen(s));

	for (const char *c = cl_text_str(&clean); !r && *c; c++) {
		if (strchr("\t\n\r<>&\"'", *c))
			r = cl_text_printf(t, "&#%d;", *c);
		else if ((unsigned char)*c < 0x20)
			r = cl_text_printf(t, "\\x%02x", (unsigned char)*c);
		else if (cl_starts_with(c, "\xef\xbf\xbe") || cl_starts_with(c, "\xef\xbf\xbf"))
			r = cl_text_printf(t, "\\u{fff%c}", (unsigned char)c[2] == 0xbe ? 'e' : 'f'), c += 2;
		else
			r = cl_text_append(t, c, 1);
	}
	return r;
}

static int put_line(struct graphml *g)
{
	fwrite(cl_text_str(&g->line), 1, g->line.len, g->out);
	g->line.len = 0;
	return 0;
}

/* ---- declarations ---- */

static enum type type_of(const cJSON *value)
{
	if (cJSON_IsBool(value))
		return BOOLEAN;
	if (!cJSON_IsNumber(value))
		return STRING;
	return fabs(value->valuedouble) < 9007199254740992.0 && rint(value->valuedouble) == value->valuedouble ? LONG
													       : DOUBLE;
}

/* A truth value among numbers is neither. */
static enum type wider(enum type a, enum type b)
{
	if (a == b)
		return a;
	return a == BOOLEAN || b == BOOLEAN ? STRING : a > b ? a : b;
}

static int declare(struct graphml *g, const cJSON *property)
{
	struct key *key;
	size_t number = HASH_COUNT(g->keys);

	HASH_FIND_STR(g->keys, property->string, key);
	if (key) {
		key->type = wider(key->type, type_of(property));
		return 0;
	}
	key = calloc(1, sizeof(*key));
	if (!key)
		return -ENOMEM;
	key->name = strdup(property->string);
	key->number = number;
	key->type = type_of(property);
	if (key->name)
		HASH_ADD_KEYPTR(hh, g->keys, key->name, strlen(key->name), key);
	if (HASH_COUNT(g->keys) != number)
		return 0;
	free(key->name);
	free(key);
	return -ENOMEM;
}

static int declare_all(struct graphml *g, const cJSON *elements)
{
	const cJSON *element, *property;
	int r = 0;

	cJSON_ArrayForEach (element, elements) {
		_cleanup_json_ cJSON *properties = cl_export_properties(&g->view, element);

		r = properties ? r : -ENOMEM;
		cJSON_ArrayForEach (property, properties)
			r = r ? r : declare(g, property);
	}
	for (const struct key *key = g->keys; !r && key; key = key->hh.next)
		r = cl_text_printf(&g->line, "<key id=\"%c%zu\" for=\"%s\" attr.name=\"%s\" attr.type=\"%s\"/>\n",
				   *g->domain, key->number, g->domain, key->name, type_names[key->type]);
	return r ? r : put_line(g);
}

/* ---- elements ---- */

static int put_property(struct graphml *g, const cJSON *property)
{
	_cleanup_free_ char *text = cJSON_IsString(property) ? NULL : cJSON_PrintUnformatted(property);
	const struct key *key;
	int r;

	HASH_FIND_STR(g->keys, property->string, key);
	if (!key || (!text && !cJSON_IsString(property)))
		return -ENOMEM;
	r = cl_text_printf(&g->line, "<data key=\"%c%zu\">", *g->domain, key->number);
	r = r ? r : escaped(&g->line, text ? text : property->valuestring);
	return r ? r : cl_text_puts(&g->line, "</data>");
}

static int add_attribute(struct graphml *g, const cJSON *element, const char *name)
{
	int r = cl_text_printf(&g->line, " %s=\"", name);

	r = r ? r : escaped(&g->line, cl_json_get_str(element, name));
	return r ? r : cl_text_puts(&g->line, "\"");
}

static int put_element(struct graphml *g, const cJSON *element)
{
	_cleanup_json_ cJSON *properties = cl_export_properties(&g->view, element);
	const cJSON *property;
	int r = cl_text_printf(&g->line, "<%s", g->domain);

	r = r ? r : add_attribute(g, element, "id");
	if (*g->domain == 'e') {
		r = r ? r : add_attribute(g, element, "source");
		r = r ? r : add_attribute(g, element, "target");
	}
	r = r ? r : cl_text_puts(&g->line, ">");
	r = properties ? r : -ENOMEM;
	cJSON_ArrayForEach (property, properties)
		r = r ? r : put_property(g, property);
	r = r ? r : cl_text_printf(&g->line, "</%s>\n", g->domain);
	return r ? r : put_line(g);
}

static int put_title(struct graphml *g)
{
	_cleanup_text_ struct cl_text title = {0};
	int r = cl_export_title(g->view.lineage, &title);

	r = r ? r : cl_text_puts(&g->line, "<graph id=\"lineage\" edgedefault=\"directed\">\n<data key=\"title\">");
	r = r ? r : escaped(&g->line, cl_text_str(&title));
	r = r ? r : cl_text_puts(&g->line, "</data>\n");
	return r ? r : put_line(g);
}

static int put_list(struct graphml *g, const cJSON *elements)
{
	const cJSON *element;
	int r = 0;

	cJSON_ArrayForEach (element, elements)
		r = r ? r : put_element(g, element);
	return r;
}

/* Declarations come first in the file, so the edges are gone through before the nodes are written. */
static int draw(struct graphml *g)
{
	const cJSON *nodes = cl_json_at(g->view.lineage, "nodes"), *edges = cl_json_at(g->view.lineage, "edges");
	struct key *of_edges;
	int r;

	g->domain = "edge";
	r = declare_all(g, edges);
	of_edges = g->keys;
	g->keys = NULL;
	g->domain = "node";
	r = r ? r : declare_all(g, nodes);
	r = r ? r : put_title(g);
	r = r ? r : put_list(g, nodes);
	free_keys(g);
	g->keys = of_edges;
	g->domain = "edge";
	r = r ? r : put_list(g, edges);
	return r;
}

static int write_graphml(const cJSON *lineage, FILE *out, struct cl_error *err)
{
	_cleanup_(end_graphml) struct graphml g = {.out = out};
	int r = cl_export_view(&g.view, lineage);

	errno = 0;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
	      "<key id=\"title\" for=\"graph\" attr.name=\"title\" attr.type=\"string\"/>\n",
	      out);
	r = r ? r : draw(&g);
	fputs("</graph>\n</graphml>\n", out);
	return r ? cl_fail(err, r, "cannot write the graphml export: out of memory")
		 : cl_export_check(out, "graphml", err);
}

const struct cl_export_format cl_export_graphml = {.name = "graphml", .write = write_graphml};
