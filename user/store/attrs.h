/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attributes of processes as they lie in the store: there are millions of them, most of their text is the same words.
 * A blob is the number of its dictionary and the text deflated with that dictionary; what gains nothing stays text.
 * Other nodes' attributes are always text. Belongs to one connection.
 */
#pragma once

#include <sqlite3.h>

#include "base/error.h"

struct cl_attrs;

/* Gives the connection the functions packed(text) and plain(text or blob), too. */
int cl_attrs_new(struct cl_attrs **out, sqlite3 *sql);
void cl_attrs_free(struct cl_attrs **p); /* after the connection */

/* The blob, good until the next call; NULL: it would not be smaller. */
const void *cl_attrs_pack(struct cl_attrs *a, const char *text, int *size);
/* The text of a blob, good until the next call; NULL: it is damaged. */
const char *cl_attrs_unpack(struct cl_attrs *a, const void *blob, int size);
