/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What CEF and LEEF have in common: one line of keys and values. Values are made visible: a character that moves a
 * cursor, hides itself or its neighbours, or is no UTF-8 becomes \xNN or \u{N}, since relays and consoles each rewrite
 * such in a way of their own. A backslash stays as it is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* `keep`: characters that the format has an escape for; `drop`: further ones that it can't hold, made \xNN. */
int cl_flat_visible(struct cl_text *out, const char *s, size_t len, const char *keep, const char *drop);
/* Shortens to at most `max` bytes, of whole characters; true when something went. */
bool cl_flat_cut(struct cl_text *text, size_t max);
