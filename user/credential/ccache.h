/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kerberos credential caches (FILE:, versions 3 and 4 of the format): which tickets for whom until when. The ticket
 * with its session key is the credential; what else the cache holds (its configuration) is passed over.
 */
#pragma once

#include "credential/credential.h"
#include "event/event.h"
#include "event/facts.h"

#define CL_CCACHE_TICKETS 64 /* of one cache that are looked at */

struct cl_ticket {
	struct cl_view secret; /* session key's length and bytes, up to the ticket's end: what is fingerprinted */
	size_t from;	       /* where it begins in the cache */
	uint64_t expires;      /* wall ns; 0: not known */
	struct cl_facts facts;
};

bool cl_ccache_is(const char *bytes, size_t len);
/*
 * Reads the cache as far as it is there. `each` is called for every ticket and may end the walk with a value that is
 * not 0, which is returned. 0: done.
 */
int cl_ccache_read(const char *bytes, size_t len, int (*each)(void *ctx, const struct cl_ticket *t), void *ctx);
