/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one BPF ring buffer through a window that moves along. libbpf's reader maps all of it twice over, and mapped
 * is resident here: 48 MiB for the default sizes, more than all the rest of the program.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct cl_ring;

/* `fd`: the map, borrowed, also what to poll; `size`: its max_entries. */
int cl_ring_new(struct cl_ring **out, int fd, size_t size);
void cl_ring_free(struct cl_ring **p);
int cl_ring_fd(const struct cl_ring *r);
/*
 * Calls `each` for every finished record, oldest first, until there is none or `each` returns other than 0 (that
 * record counts as read). A record is dead when its call returns. 0, what `each` returned, or -errno.
 */
int cl_ring_consume(struct cl_ring *r, int (*each)(void *ctx, const void *record, size_t size), void *ctx);

/*
 * For records that must survive their reader: what was read stays in the ring until it is released, and whoever opens
 * the ring next begins there. Positions only grow; within `each` the position is that of the record's beginning.
 */
void cl_ring_keep(struct cl_ring *r);
uint64_t cl_ring_position(const struct cl_ring *r);
uint64_t cl_ring_produced(const struct cl_ring *r); /* up to where the kernel has written */
size_t cl_ring_kept(const struct cl_ring *r);	    /* bytes read and not released */
void cl_ring_release(struct cl_ring *r, uint64_t position);
