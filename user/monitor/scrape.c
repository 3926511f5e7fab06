/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/scrape.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "metrics/http.h"
#include "metrics/prometheus.h"

#define AGE_NS CL_NS_PER_S /* a text is that old at most */

struct cl_scrape {
	struct cl_http *http;
	void (*status)(void *ctx, cJSON *out);
	void *ctx;
	struct cl_text metrics, health;
	bool healthy;
	uint64_t made; /* boot ns; 0: never */
};

static int write_health(struct cl_scrape *s, const cJSON *status)
{
	const cJSON *problem;
	int r = 0;

	s->healthy = cJSON_IsTrue(cl_json_at(status, "health.healthy"));
	if (s->healthy)
		r = cl_text_puts(&s->health, "healthy\n");
	cJSON_ArrayForEach (problem, cl_json_at(status, "health.problems")) {
		r = r ? r
		      : cl_text_escape(&s->health, cl_json_get_str(problem, "text"),
				       strlen(cl_json_get_str(problem, "text")));
		r = r ? r : cl_text_puts(&s->health, "\n");
	}
	return r;
}

static int refresh(struct cl_scrape *s)
{
	_cleanup_json_ cJSON *status = NULL;
	uint64_t now = cl_boot_ns();
	int r;

	if (s->made && now - s->made < AGE_NS)
		return 0;
	status = cJSON_CreateObject();
	if (!status)
		return -ENOMEM;
	s->status(s->ctx, status);
	s->metrics.len = s->health.len = 0;
	r = cl_metrics_write(&s->metrics, status);
	r = r ? r : write_health(s, status);
	s->made = r ? 0 : now;
	return r;
}

static int answer(void *ctx, const char *path, struct cl_text *body, const char **type)
{
	struct cl_scrape *s = ctx;
	bool metrics = !strcmp(path, "/metrics");
	const struct cl_text *text = metrics ? &s->metrics : &s->health;
	int r;

	if (!metrics && strcmp(path, "/healthz") != 0)
		return 404;
	r = refresh(s);
	r = r ? r : cl_text_append(body, cl_text_str(text), text->len);
	if (r)
		return r;
	if (metrics)
		*type = CL_METRICS_TYPE;
	return metrics || s->healthy ? 200 : 503;
}

int cl_scrape_new(struct cl_scrape **out, const char *where, void (*status)(void *ctx, cJSON *out), void *ctx,
		  struct cl_error *err)
{
	_cleanup_(cl_scrape_free) struct cl_scrape *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->status = status;
	s->ctx = ctx;
	r = cl_http_new(&s->http, where, answer, s, err);
	if (r)
		return r;
	*out = TAKE_PTR(s);
	return 0;
}

void cl_scrape_free(struct cl_scrape **p)
{
	struct cl_scrape *s = *p;

	if (!s)
		return;
	cl_http_free(&s->http);
	cl_text_free(&s->metrics);
	cl_text_free(&s->health);
	free(s);
	*p = NULL;
}

int cl_scrape_fd(const struct cl_scrape *s)
{
	return cl_http_fd(s->http);
}

void cl_scrape_serve(struct cl_scrape *s)
{
	cl_http_serve(s->http);
}

void cl_scrape_json(const struct cl_scrape *s, cJSON *out)
{
	const struct cl_http_stats *stats = cl_http_stats(s->http);
	cJSON *o = cl_json_obj(out, "metrics");

	cl_json_num(o, "requests", (double)stats->requests);
	cl_json_num(o, "requests_refused", (double)stats->refused);
	cl_json_num(o, "connections_dropped", (double)stats->dropped);
}
