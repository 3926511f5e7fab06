/* SPDX-License-Identifier: Apache-2.0 */
#define CURL_DISABLE_TYPECHECK
#include "monitor/opa.h"

#include <curl/curl.h>
#include <dlfcn.h>
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

#define ANSWER_MAX 65536
#define REASON_MAX 1024
#define WAITING_MAX 4096

#undef curl_easy_setopt
#undef curl_easy_getinfo

/* libcurl's functions, by name. */
struct curl {
	void *object;
	CURL *(*easy_init)(void);
	CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
	CURLcode (*easy_perform)(CURL *);
	CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
	void (*easy_cleanup)(CURL *);
	const char *(*easy_strerror)(CURLcode);
	struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
	void (*slist_free_all)(struct curl_slist *);
};

struct waiting {
	cJSON *finding; /* its id, activity and count */
	char *severity, *reason;
	bool drop;
};

struct cl_opa {
	struct curl curl;
	CURL *handle;
	struct curl_slist *headers;
	struct cl_text answer;
	char why[CURL_ERROR_SIZE];
	uint64_t failed_at; /* boot ns; 0: it works */

	pthread_mutex_t lock; /* guards what follows */
	struct cl_opa_stats stats;
	struct waiting list[WAITING_MAX];
	size_t n;
};

/* ---- libcurl ---- */

static int load(struct curl *c, struct cl_error *err)
{
	const struct {
		const char *name;
		void **to;
	} functions[] = {
		{"curl_easy_init", (void **)&c->easy_init},	  {"curl_easy_setopt", (void **)&c->easy_setopt},
		{"curl_easy_perform", (void **)&c->easy_perform}, {"curl_easy_getinfo", (void **)&c->easy_getinfo},
		{"curl_easy_cleanup", (void **)&c->easy_cleanup}, {"curl_easy_strerror", (void **)&c->easy_strerror},
		{"curl_slist_append", (void **)&c->slist_append}, {"curl_slist_free_all", (void **)&c->slist_free_all},
	};

	c->object = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; c->object && i < ARRAY_SIZE(functions); i++) {
		*functions[i].to = dlsym(c->object, functions[i].name);
		if (!*functions[i].to)
			return cl_fail(err, -ENOTSUP, "cannot ask a policy server: libcurl has no %s",
				       functions[i].name);
	}
	return c->object ? 0
			 : cl_fail(err, -ENOTSUP,
				   "cannot ask a policy server (policy.opa): libcurl.so.4 is not there (apt-get "
				   "install libcurl4)");
}

static size_t on_bytes(char *bytes, size_t size, size_t n, void *ctx)
{
	struct cl_opa *o = ctx;

	if (n > ANSWER_MAX - o->answer.len || cl_text_append(&o->answer, bytes, size * n))
		return 0; /* an error: more than an answer has */
	return size * n;
}

/* Where the configuration says and nowhere else: no proxy of the environment, no redirection, no other protocol. */
static int set_up(struct cl_opa *o, const char *url, uint64_t timeout_ns)
{
	const struct curl *c = &o->curl;
	long ms = (long)(timeout_ns / 1000000);
	int r = 0;

	o->handle = c->easy_init();
	o->headers = c->slist_append(NULL, "Content-Type: application/json");
	if (!o->handle || !o->headers)
		return -ENOMEM;
	r |= c->easy_setopt(o->handle, CURLOPT_URL, url);
	r |= c->easy_setopt(o->handle, CURLOPT_PROTOCOLS_STR, "http,https");
	r |= c->easy_setopt(o->handle, CURLOPT_PROXY, "");
	r |= c->easy_setopt(o->handle, CURLOPT_NOSIGNAL, 1L);
	r |= c->easy_setopt(o->handle, CURLOPT_TIMEOUT_MS, ms ? ms : 1L);
	r |= c->easy_setopt(o->handle, CURLOPT_POST, 1L);
	r |= c->easy_setopt(o->handle, CURLOPT_HTTPHEADER, o->headers);
	r |= c->easy_setopt(o->handle, CURLOPT_WRITEFUNCTION, on_bytes);
	r |= c->easy_setopt(o->handle, CURLOPT_WRITEDATA, o);
	r |= c->easy_setopt(o->handle, CURLOPT_ERRORBUFFER, o->why);
	return r ? -ENOTSUP : 0;
}

int cl_opa_new(struct cl_opa **out, const char *url, uint64_t timeout_ns, struct cl_error *err)
{
	_cleanup_(cl_opa_free) struct cl_opa *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return -ENOMEM;
	pthread_mutex_init(&o->lock, NULL);
	if (!cl_starts_with(url, "http://") && !cl_starts_with(url, "https://"))
		return cl_fail(
			err, -EINVAL,
			"cannot ask a policy server: policy.opa.url \"%s\" begins with neither http:// nor https://",
			url);
	r = load(&o->curl, err);
	r = r ? r : set_up(o, url, timeout_ns);
	if (r)
		return err && *err->text ? r : cl_fail(err, r, "cannot ask a policy server: %s", strerror(-r));
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
	if (o->handle)
		o->curl.easy_cleanup(o->handle);
	if (o->headers)
		o->curl.slist_free_all(o->headers);
	if (o->curl.object)
		dlclose(o->curl.object);
	while (o->n)
		forget(&o->list[--o->n]);
	cl_text_free(&o->answer);
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
	_cleanup_free_ char *body = question(finding);
	CURLcode code;
	long status = 0;

	if (!body)
		return -ENOMEM;
	cl_text_free(&o->answer);
	*o->why = '\0';
	o->curl.easy_setopt(o->handle, CURLOPT_POSTFIELDS, body);
	o->curl.easy_setopt(o->handle, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
	code = o->curl.easy_perform(o->handle);
	if (code) {
		if (!*o->why)
			snprintf(o->why, sizeof(o->why), "%s", o->curl.easy_strerror(code));
		return -EIO;
	}
	o->curl.easy_getinfo(o->handle, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		snprintf(o->why, sizeof(o->why), "it answers with status %ld", status);
	return status == 200 ? 0 : -EIO;
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
			o->why);
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
		r = cl_opa_read(cl_text_str(&o->answer), o->answer.len, &root, &v);
		if (r)
			snprintf(o->why, sizeof(o->why),
				 "its answer is not {\"result\":{\"severity\",\"drop\",\"reason\"}}");
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
