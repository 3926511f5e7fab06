/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people said of a finding: that they have taken note of it, or that it is new again. The finding itself carries it,
 * in every report from then on and as long as the store has the finding:
 *   "review":{"status":"acknowledged|new","time","by":{"name","uid","loginuid","sudo_uid"},"way":"monitor|store","reason"}
 * A finding without the member is new. Earlier reviews stand in the log (store/statements.h).
 */
#pragma once

#include "store/store.h"

/* `id`: the finding's whole id. Its review, a report that tells every output, and the log's entry: all or nothing, on
 * the disk when it returns. -ENOENT: there is no such finding. */
int cl_store_review(struct cl_store_db *db, const char *id, const cJSON *review, const cJSON *entry,
		    struct cl_error *err);
