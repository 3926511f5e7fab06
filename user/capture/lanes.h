/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of both rings on their way to the pipeline: copied into secure memory, put in the order of kernel time and
 * handed over once no older one can come. One lane per ring; within a lane records come nearly sorted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CL_LANES 2
#define CL_RECORD_MAX (336 * 1024) /* an exec with everything at its cap is 329 KiB */

struct cl_lanes;
typedef void (*cl_record_fn)(void *ctx, void *record, size_t size);

int cl_lanes_new(struct cl_lanes **out, size_t lane_bytes); /* lane_bytes >= CL_RECORD_MAX */
void cl_lanes_free(struct cl_lanes **p);
/* Copies one record; -ENOSPC when the lane is full, -EPROTO when it is no record. `position`: where it is in its ring. */
int cl_lanes_add(struct cl_lanes *b, unsigned int lane, const void *record, size_t size, uint64_t position);
/* The least position among what waits; UINT64_MAX when nothing does. */
uint64_t cl_lanes_oldest(const struct cl_lanes *b, unsigned int lane);
/* Whether a record of any size still fits. */
bool cl_lanes_has_room(const struct cl_lanes *b, unsigned int lane);
/*
 * Hands over what is not younger than `horizon`; where a lane's ring still has more (`more`), not younger than that
 * lane's last record either. Every record is wiped before the call returns. Returns the number handed over.
 */
size_t cl_lanes_hand(struct cl_lanes *b, uint64_t horizon, const bool more[CL_LANES], cl_record_fn each, void *ctx);
size_t cl_lanes_waiting(const struct cl_lanes *b);
/* Looks at what waits; records for which `drop` is true are removed and wiped. */
void cl_lanes_scan(struct cl_lanes *b, bool (*drop)(void *ctx, const void *record, size_t size), void *ctx);
