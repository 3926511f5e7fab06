/* SPDX-License-Identifier: Apache-2.0 */
/* Which credentials `credentials list` tells of. */
#pragma once

#include "base/error.h"
#include "store/store.h"

struct cl_credential_filter {
	uint64_t since;	      /* wall ns; last seen since then, with `unused`: not used since then */
	uint64_t older;	      /* wall ns; first seen before */
	const char *provider; /* in any case of its letters */
	const char *workflow; /* held in a run of it */
	bool unused;	      /* no holder of it connected anywhere */
	int64_t *held;	      /* numbers of those of the workflow, sorted; from prepare */
	size_t n_held, cap_held;
};

void cl_credential_filter_free(struct cl_credential_filter *f);
/* Looks up what its names mean. -ENOENT, -ENOTUNIQ with a text. */
int cl_credential_filter_prepare(struct cl_credential_filter *f, struct cl_store_db *db, struct cl_error *err);
bool cl_credential_filter_is_empty(const struct cl_credential_filter *f);
/* 1 when it is wanted. */
int cl_credential_filter_wants(const struct cl_credential_filter *f, struct cl_store_db *db, const struct cl_node *n);
