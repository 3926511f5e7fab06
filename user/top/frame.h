/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture of a screen: rows of cells, one character and one style each. Whatever is put into it goes through
 * cl_text_escape first, so that no control or bidi character of a watched process reaches a terminal, and takes exactly
 * the columns that it is given. A wide character has an empty cell (ch 0) behind it. Needs LC_CTYPE to be set.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum cl_style { /* what is meant; how it looks is the terminal's */
		CL_STYLE_PLAIN = 0,
		CL_STYLE_TITLE,	   /* of the program, of a panel in focus */
		CL_STYLE_RULE,	   /* titles of other panels */
		CL_STYLE_COLUMNS,  /* names of columns */
		CL_STYLE_SORTED,   /* the one that it is sorted by */
		CL_STYLE_ALERT,	   /* not running, lost, incomplete */
		CL_STYLE_CRITICAL, /* severities */
		CL_STYLE_HIGH,
		CL_STYLE_MEDIUM,
		CL_STYLE_LOW,
		CL_STYLE_FAINT, /* what has ended */
		CL_STYLE_KEYS,	/* the last line */
		CL_STYLES,
};

struct cl_cell {
	uint32_t ch; /* 0: the second half of a wide character */
	uint8_t style;
	bool selected;
};

struct cl_frame {
	int rows, cols;
	bool ascii; /* the terminal takes nothing else */
	struct cl_cell cells[];
};

int cl_frame_new(struct cl_frame **out, int rows, int cols, bool ascii);
void cl_frame_free(struct cl_frame **p);

/*
 * Puts text at a place, cut to `width` columns with a mark at its end; a negative width: the text ends there instead of
 * beginning, and is cut at its begin. Returns the columns that it took. What lies outside is left out.
 */
int cl_frame_put(struct cl_frame *f, int row, int col, int width, enum cl_style style, const char *text);
int cl_frame_printf(struct cl_frame *f, int row, int col, int width, enum cl_style style, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
/* From a column to the end of the row. `ch` of our own; without it only the style. */
void cl_frame_fill(struct cl_frame *f, int row, int col, enum cl_style style, uint32_t ch);
void cl_frame_select(struct cl_frame *f, int row);
/* One row in UTF-8, without blanks at its end. */
int cl_frame_line(const struct cl_frame *f, int row, struct cl_text *out);
