/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that read the store share. */
#pragma once

#include "command/command.h"
#include "store/store.h"

/* Loads the configuration and opens <state>/credlineage.db read-only; prints the error. 0 or an exit status. */
int cl_reader_open(struct cl_common *common, struct cl_store_db **out);
/* "--since" and the like: RFC 3339, a date, or a duration ago. argp_error when it is none of them. */
uint64_t cl_reader_time(const char *option, const char *arg, struct argp_state *state);
/* stdout could take everything; prints the error. 0 or CL_EXIT_FAILED. A reader that went away (head) is no error. */
int cl_reader_flush(void);
/* Waits; true when whoever read stdout has closed it. */
bool cl_reader_gone(int timeout_ms);

/* A cell of a table: escaped, cut or padded to `width` characters, a space after it; the last cell of a line has a
 * negative width: it is only cut. */
void cl_reader_cell(const char *text, int width);
/* "3d", "7h", "12m", "5s" since the wall time; "-" for 0. */
const char *cl_reader_age(char buf[16], uint64_t wall_ns);
