/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which processes that are there already are told: each after its parent. Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "credlineage/event.h"

/* order[0..n-1] = indices of tasks, parents first; 0, -ENOMEM. A parent that is not listed does not matter. */
int cl_baseline_order(const struct cl_task *tasks, size_t n, uint32_t *order);
