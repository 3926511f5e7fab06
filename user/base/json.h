/* SPDX-License-Identifier: Apache-2.0 */
/* Thin helpers over cJSON. Setters clean the string (valid UTF-8) and do nothing for NULL: absent stays absent. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct cl_text;

/* From now on what a JSON value was is wiped when it is freed. Once, before any is made. */
void cl_json_wipe(void);
void cl_json_freep(cJSON **p);
#define _cleanup_json_ __attribute__((cleanup(cl_json_freep)))

void cl_json_str(cJSON *object, const char *key, const char *value);
void cl_json_num(cJSON *object, const char *key, double value);
/* A number in an object that is only written out and not looked into before: cJSON writes such ten times as fast. */
void cl_json_written(cJSON *object, const char *key, uint64_t value);
void cl_json_bool(cJSON *object, const char *key, bool value);
void cl_json_time(cJSON *object, const char *key, uint64_t wall_ns); /* RFC 3339; nothing for 0 */
cJSON *cl_json_obj(cJSON *object, const char *key);		     /* new member object, borrowed */
cJSON *cl_json_arr(cJSON *object, const char *key);		     /* new member array, borrowed */
cJSON *cl_json_push(cJSON *array);				     /* new object at the array's end, borrowed */
/* Appends the value as a JSON string, quotes included. 0, -ENOMEM. */
int cl_json_quote(struct cl_text *to, const char *value);
cJSON *cl_json_clean_string(const char *value); /* string node with valid UTF-8; NULL when out of memory */

/* "" / 0 when absent or of another type. `path` is dotted: "finding_info.uid"; a number picks an array element. */
const cJSON *cl_json_at(const cJSON *object, const char *path);
const char *cl_json_get_str(const cJSON *object, const char *path);
double cl_json_get_num(const cJSON *object, const char *path);
uint64_t cl_json_get_time(const cJSON *object, const char *path); /* RFC 3339 -> wall ns; 0 when absent */

/*
 * Reads a whole file (at most `limit` bytes), drops // comments outside strings, parses. *text (may be NULL) gets the
 * source for line look-ups, the caller frees it. Errors name the file, the line and the cause.
 */
int cl_json_load(const char *path, size_t limit, cJSON **out, char **text, struct cl_error *err);
/* The same for bytes in hand; `name` is used in messages. */
int cl_json_parse(const char *name, const char *bytes, size_t len, cJSON **out, struct cl_error *err);
/* Line (from 1) in which `"key"` stands as a key, at its first occurrence; 0 when it does not. */
unsigned int cl_json_line_of(const char *text, const char *key);
