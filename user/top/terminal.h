/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal, by way of ncurses: shows frames, gives keys. One at a time in a process. While it is open nothing else
 * may write to the terminal.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "top/frame.h"
#include "top/keys.h"

/* -ENOTTY: stdin or stdout is none; -ENOTSUP: TERM is not known or can't place text. */
int cl_terminal_open(struct cl_error *err);
void cl_terminal_close(void); /* leaves it as it was; may be called twice */
bool cl_terminal_ascii(void); /* the locale has no UTF-8 */
void cl_terminal_size(int *rows, int *cols);
void cl_terminal_show(const struct cl_frame *f);
/* The next key that waits; 0: none. A change of size is none: ask for it. */
uint32_t cl_terminal_key(void);
