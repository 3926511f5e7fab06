/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy as code: each report may be put to an Open Policy Agent server before it is stored and sent. Asked is
 *   POST <url>   {"input": <the finding, without its lineage>}
 * and answered  {"result": {"severity": "Low|Medium|High|Critical", "drop": true, "reason": "..."}}, every member optional;
 * no result (the policy is undefined there) leaves the finding as it is.
 *
 * It is asked on the writer's thread: the probes and the judgement never wait for it. One answer may take `timeout`; a
 * server that fails is left alone for CL_OPA_PAUSE_NS, so that it costs at most one timeout in that time. Whatever fails
 * (nobody there, slow, another status than 200, an answer of another shape) leaves our own judgement, is counted and
 * announced once until it works again. Verdicts wait for cl_opa_verdicts to be recorded.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"
#include "event/observation.h"

#define CL_OPA_PAUSE_NS (10ull * 1000000000)

struct cl_opa;
struct cl_opa_stats {
	uint64_t asked, rated, dropped, failed, paused; /* paused: not asked, it had failed just before */
	uint64_t unrecorded;				/* verdicts that found no room to wait in */
};

/* `url`: http or https. -ENOTSUP: libcurl is not there. */
int cl_opa_new(struct cl_opa **out, const char *url, uint64_t timeout_ns, struct cl_error *err);
void cl_opa_free(struct cl_opa **p);
/* On the one thread that asks: puts what the server says into the report; false: it drops it. */
bool cl_opa_judge(void *opa, cJSON *finding);
/* Verdicts since the last call, on any thread; ts is for the caller to set. */
void cl_opa_verdicts(struct cl_opa *o, void (*each)(void *ctx, const struct cl_observation *obs), void *ctx);
struct cl_opa_stats cl_opa_stats(struct cl_opa *o);
/* What an answer's body says. 0, -EPROTO: it is of another shape. Strings borrow from *root, the caller's to free. */
struct cl_verdict;
int cl_opa_read(const char *body, size_t len, cJSON **root, struct cl_verdict *out);
