/* SPDX-License-Identifier: Apache-2.0 */
/* The content of a read that passed no buffer: through whose eyes the file can be found again. */
#pragma once

#include "event/event.h"

/* As cl_read_again_fn of pipeline/observe.h. */
int cl_reread(const struct cl_event *ev, const char *path, void *buf, size_t size);
/* As cl_read_beside_fn. */
int cl_read_beside(const struct cl_event *ev, const char *path, void *buf, size_t size);
