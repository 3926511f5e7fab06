/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the store to the outputs: each output's position in the reports is kept in the store, so that each report goes
 * out at least once and in order, whatever is restarted. For one thread: the writer's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

struct cl_delivery;

/* Opens every spec; `db` is borrowed. */
int cl_delivery_new(struct cl_delivery **out, struct cl_store_db *db, char *const *specs, size_t n,
		    struct cl_error *err);
void cl_delivery_free(struct cl_delivery **p);
/* Sends each output what it has not had yet, until it is up to date or says not now; adds to *sent and *errors. */
void cl_delivery_pump(struct cl_delivery *d, uint64_t *sent, uint64_t *errors);
/* The earliest moment at which an output wants to be tried again, boot ns; 0: none does. */
uint64_t cl_delivery_due(const struct cl_delivery *d);
/* The last report that every output has had; UINT64_MAX: there is no output. */
uint64_t cl_delivery_done(const struct cl_delivery *d);
