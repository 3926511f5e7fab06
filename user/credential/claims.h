/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the claims of a signed token tell about it: issuer, subject, audience, times, and the workload that it was
 * issued to. All of it is declared by the token: nobody verified the signature.
 */
#pragma once

#include "catalogue/jwt.h"
#include "event/facts.h"

/* `claims` is the JSON payload, whole or cut off at its end. *expires gets `exp` as wall ns, 0: it has none. */
void cl_claims_read(struct cl_view claims, struct cl_facts *facts, uint64_t *expires);
