/* SPDX-License-Identifier: Apache-2.0 */
#include "event/dump.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "event/codec.h"
#include "event/facts.h"

static void add_sightings(cJSON *o, const struct cl_observation *obs)
{
	cJSON *list = obs->n_sightings ? cl_json_arr(o, "sightings") : NULL;

	for (size_t i = 0; i < obs->n_sightings; i++) {
		const struct cl_sighting *s = &obs->sightings[i];
		cJSON *item = cl_json_push(list);
		char fp[CL_FP_TEXT], key[CL_KEY_ID_TEXT];

		cl_json_str(item, "fingerprint", cl_fp_format(fp, s->fp));
		cl_json_str(item, "key_id", cl_key_id_format(key, s->key_id));
		if (s->other_key_id) {
			cl_json_str(item, "other_fingerprint", cl_fp_format(fp, s->other));
			cl_json_str(item, "other_key_id", cl_key_id_format(key, s->other_key_id));
		}
		if (s->local)
			cl_json_bool(item, "local", true);
		cl_json_str(item, "source", cl_source_name(s->source));
		cl_json_str(item, "class", cl_class_name(s->class));
		cl_json_str(item, "provider", s->provider);
		cl_json_str(item, "format", s->format);
		cl_json_str(item, "kind", s->kind);
		cl_json_str(item, "name", s->name);
		if (s->line)
			cl_json_num(item, "line", s->line);
		cl_json_time(item, "expires", s->expires);
		if (s->facts)
			cl_facts_json(cl_json_obj(item, "facts"), s->facts);
	}
}

static void add_vars(cJSON *o, const struct cl_observation *obs)
{
	cJSON *vars = obs->n_vars ? cl_json_obj(o, "vars") : NULL;

	for (size_t i = 0; i < obs->n_vars; i++)
		cl_json_str(vars, obs->vars[i].name, obs->vars[i].value);
}

/* All 64 bits, which a cJSON number does not have. */
static void add_number(cJSON *o, const char *name, bool negative, uint64_t magnitude)
{
	char text[24];

	snprintf(text, sizeof(text), "%s%" PRIu64, negative ? "-" : "", magnitude);
	if (magnitude)
		cJSON_AddRawToObject(o, name, text);
}

static void add_field(cJSON *o, const struct cl_field *f, const struct cl_observation *obs)
{
	const char *at = (const char *)obs + f->offset;
	int64_t number;

	switch (f->type) {
	case CL_FIELD_U32:
		add_number(o, f->name, false, *(const uint32_t *)at);
		break;
	case CL_FIELD_U64:
		add_number(o, f->name, false, *(const uint64_t *)at);
		break;
	case CL_FIELD_I32:
	case CL_FIELD_I64:
		number = f->type == CL_FIELD_I32 ? *(const int32_t *)at : *(const int64_t *)at;
		add_number(o, f->name, number < 0, number < 0 ? -(uint64_t)number : (uint64_t)number);
		break;
	case CL_FIELD_STRING:
		cl_json_str(o, f->name, *(const char *const *)at);
		break;
	default:
		break;
	}
}

cJSON *cl_obs_json(const struct cl_observation *obs)
{
	cJSON *o = cJSON_CreateObject();
	const struct cl_field *fields;
	size_t n;

	if (!o)
		return NULL;
	cl_json_str(o, "kind", cl_obs_kind_name(obs->kind));
	fields = cl_obs_fields(&n);
	for (size_t tag = 0; tag < n; tag++) {
		if (fields[tag].name && strcmp(fields[tag].name, "kind"))
			add_field(o, &fields[tag], obs);
	}
	add_sightings(o, obs);
	add_vars(o, obs);
	return o;
}
