/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/opa.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "detect/severity.h"
#include "monitor/verdict.h"
#include "output/client.h"

#define ANSWER_MAX 65536
#define REASON_MAX 1024
#define WAITING_MAX 4096

struct waiting {
	cJSON *finding; /* its id, activity and count */
	char *severity, *reason;
	bool drop;
};

struct cl_opa {
	struct cl_client *http;
	struct cl_client_answer answer;
	struct cl_error why;
	uint64_t failed_at; /* boot ns; 0: it works */

	pthread_mutex_t lock; /* guards what follows */
	struct cl_opa_stats stats;
	struct waiting list[WAITING_MAX];
	size_t n;
};

int cl_opa_new(struct cl_opa **out, const char *url, uint64_t timeout_ns, struct cl_error *err)
{
	_cleanup_(cl_opa_free) struct cl_opa *o = calloc(1, sizeof(*o));
	const struct cl_client_place place = {.url = url, .timeout_ns = timeout_ns, .answer_max = ANSWER_MAX};
	struct cl_error why;
	int r;

	if (!o)
		return -ENOMEM;
	pthread_mutex_init(&o->lock, NULL);
	r = cl_client_new(&o->http, &place, &why);
	if (r)
		return cl_fail(err, r, "cannot ask a policy server (policy.opa.url): %.400s", why.text);
	*out = TAKE_PTR(o);
	return 0;
}

static void forget(struct waiting *w)
{
	cJSON_Delete(w->finding);
	free(w->severity);
	free(w->reason);
	*w = (struct waiting){0};
}

void cl_opa_free(struct cl_opa **p)
{
	struct cl_opa *o = TAKE_PTR(*p);

	if (!o)
		return;
	cl_client_free(&o->http);
	while (o->n)
		forget(&o->list[--o->n]);
	cl_text_free(&o->answer.body);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

/* ---- the answer ---- */

int cl_opa_read(const char *body, size_t len, cJSON **root, struct cl_verdict *out)
{
	const cJSON *result, *severity, *drop, *reason;

	*out = (struct cl_verdict){0};
	if (cl_json_parse("answer", body, len, root, NULL) || !cJSON_IsObject(*root))
		return -EPROTO;
	result = cJSON_GetObjectItemCaseSensitive(*root, "result");
	if (!result)
		return 0;
	severity = cJSON_GetObjectItemCaseSensitive(result, "severity");
	drop = cJSON_GetObjectItemCaseSensitive(result, "drop");
	reason = cJSON_GetObjectItemCaseSensitive(result, "reason");
	if (!cJSON_IsObject(result) || (drop && !cJSON_IsBool(drop)) ||
	    (severity && !cl_severity_parse(cJSON_GetStringValue(severity))) ||
	    (reason && (!cJSON_IsString(reason) || strlen(reason->valuestring) > REASON_MAX)))
		return -EPROTO;
	out->severity = cJSON_GetStringValue(severity);
	out->drop = cJSON_IsTrue(drop);
	out->reason = cJSON_GetStringValue(reason);
	return 0;
}

/* ---- asking ---- */

static char *question(const cJSON *finding)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	cJSON *input = o ? cJSON_Duplicate(finding, true) : NULL;

	if (!input || !cJSON_AddItemToObject(o, "input", input))
		return NULL;
	cJSON_DeleteItemFromObjectCaseSensitive(input, "lineage");
	return cJSON_PrintUnformatted(o);
}

/* 0 and the answer's bytes, or why there is none. */
static int ask(struct cl_opa *o, const cJSON *finding)
{
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	_cleanup_free_ char *body = question(finding);
	const struct cl_client_request request = {.headers = headers, .body = body, .len = body ? strlen(body) : 0};
	int r = body ? cl_client_post(o->http, &request, &o->answer, &o->why) : -ENOMEM;

	if (r)
		return body ? r : cl_fail(&o->why, r, "out of memory");
	return o->answer.status == 200 ? 0 : cl_fail(&o->why, -EIO, "it answers with status %ld", o->answer.status);
}

static void count(struct cl_opa *o, uint64_t *counter)
{
	pthread_mutex_lock(&o->lock);
	(*counter)++;
	pthread_mutex_unlock(&o->lock);
}

static void fail(struct cl_opa *o)
{
	if (!o->failed_at)
		cl_warn("the policy server is of no help: %s; findings are as our own judgement has them, trying again",
			o->why.text);
	o->failed_at = cl_boot_ns();
	count(o, &o->stats.failed);
}

/* To be recorded; only what tells the report apart is kept of it. */
static void keep(struct cl_opa *o, const struct cl_verdict *v, const cJSON *finding)
{
	struct waiting w = {.finding = cJSON_CreateObject(), .drop = v->drop};

	cl_json_str(w.finding, "id", cl_json_get_str(finding, "id"));
	cl_json_str(w.finding, "activity", cl_json_get_str(finding, "activity"));
	cl_json_num(w.finding, "count", cl_json_get_num(finding, "count"));
	w.severity = v->severity ? strdup(v->severity) : NULL;
	w.reason = v->reason ? strdup(v->reason) : NULL;
	pthread_mutex_lock(&o->lock);
	if (o->n < WAITING_MAX)
		o->list[o->n++] = w;
	else
		o->stats.unrecorded++;
	o->stats.dropped += v->drop;
	o->stats.rated += v->severity && !v->drop;
	if (o->n && o->list[o->n - 1].finding == w.finding)
		memset(&w, 0, sizeof(w));
	pthread_mutex_unlock(&o->lock);
	forget(&w);
}

bool cl_opa_judge(void *opa, cJSON *finding)
{
	struct cl_opa *o = opa;
	_cleanup_json_ cJSON *root = NULL;
	struct cl_verdict v = {0};
	int r;

	if (o->failed_at && cl_boot_ns() - o->failed_at < CL_OPA_PAUSE_NS) {
		count(o, &o->stats.paused);
		return true;
	}
	count(o, &o->stats.asked);
	r = ask(o, finding);
	if (!r) {
		r = cl_opa_read(cl_text_str(&o->answer.body), o->answer.body.len, &root, &v);
		if (r)
			cl_fail(&o->why, r, "its answer is not {\"result\":{\"severity\",\"drop\",\"reason\"}}");
	}
	if (r) {
		fail(o);
		return true;
	}
	if (o->failed_at)
		cl_info("the policy server works again");
	o->failed_at = 0;
	if (!v.severity && !v.drop)
		return true;
	keep(o, &v, finding);
	cl_verdict_apply(&v, finding);
	return !v.drop;
}

void cl_opa_verdicts(struct cl_opa *o, void (*each)(void *ctx, const struct cl_observation *obs), void *ctx)
{
	struct waiting list[64];
	size_t n;

	do {
		pthread_mutex_lock(&o->lock);
		n = o->n < ARRAY_SIZE(list) ? o->n : ARRAY_SIZE(list);
		memcpy(list, o->list, n * sizeof(*list));
		memmove(o->list, o->list + n, (o->n - n) * sizeof(*list));
		o->n -= n;
		pthread_mutex_unlock(&o->lock);
		for (size_t i = 0; i < n; i++) {
			const struct cl_verdict v = {list[i].severity, list[i].reason, list[i].drop};
			const struct cl_observation obs = cl_verdict_observation(&v, list[i].finding);

			each(ctx, &obs);
			forget(&list[i]);
		}
	} while (n == ARRAY_SIZE(list));
}

struct cl_opa_stats cl_opa_stats(struct cl_opa *o)
{
	struct cl_opa_stats stats;

	pthread_mutex_lock(&o->lock);
	stats = o->stats;
	pthread_mutex_unlock(&o->lock);
	return stats;
}
