/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's metrics over HTTP (metrics/http.h): GET /metrics, and GET /healthz, which is 200 "healthy" or 503 with a
 * line for each problem. Served by the capture's own loop and therefore cheap: the text is made once a second at most,
 * whoever asks.
 */
#pragma once

#include <cjson/cJSON.h>

#include "base/error.h"

struct cl_scrape;

/* `where`: base/loopback.h. `status` fills in the members of a status. */
int cl_scrape_new(struct cl_scrape **out, const char *where, void (*status)(void *ctx, cJSON *out), void *ctx,
		  struct cl_error *err);
void cl_scrape_free(struct cl_scrape **p);
int cl_scrape_fd(const struct cl_scrape *s);
void cl_scrape_serve(struct cl_scrape *s);
void cl_scrape_json(const struct cl_scrape *s, cJSON *out); /* {"metrics":{counters of its own}} */
