/* SPDX-License-Identifier: Apache-2.0 */
#define CURL_DISABLE_TYPECHECK
#include "output/client.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

#define NS_PER_MS 1000000ull
#define LOOK_MS 200	/* how often `stop` is looked at */
#define CONNECT_MS 5000 /* name service, connection and TLS */
#define IDLE_S 10	/* below IDLE_SPEED for this long: given up */
#define IDLE_SPEED 64	/* bytes a second */
#define RETRY_AFTER_MAX 3600

/* libcurl's functions, by name. */
static struct curl {
	CURLcode (*global_init_mem)(long, curl_malloc_callback, curl_free_callback, curl_realloc_callback,
				    curl_strdup_callback, curl_calloc_callback);
	CURL *(*easy_init)(void);
	CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
	CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
	void (*easy_cleanup)(CURL *);
	const char *(*easy_strerror)(CURLcode);
	struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
	void (*slist_free_all)(struct curl_slist *);
	CURLM *(*multi_init)(void);
	CURLMcode (*multi_add_handle)(CURLM *, CURL *);
	CURLMcode (*multi_remove_handle)(CURLM *, CURL *);
	CURLMcode (*multi_perform)(CURLM *, int *);
	CURLMcode (*multi_poll)(CURLM *, struct curl_waitfd[], unsigned int, int, int *);
	CURLMsg *(*multi_info_read)(CURLM *, int *);
	CURLMcode (*multi_cleanup)(CURLM *);
} curl;
static struct cl_error curl_problem; /* why it is not there, else empty */

struct cl_client {
	CURLM *multi; /* keeps the connection between requests */
	CURL *easy;
	char *url;
	size_t answer_max;
	const atomic_bool *stop;
	struct cl_text *answer; /* of the request that runs */
	char why[CURL_ERROR_SIZE];
};

/* ---- libcurl ---- */

static void wiping_free(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void *wiping_realloc(void *p, size_t size)
{
	size_t had = p ? malloc_usable_size(p) : 0;
	void *q = malloc(size ? size : 1);

	if (!q)
		return NULL;
	if (p)
		memcpy(q, p, had < size ? had : size);
	wiping_free(p);
	return q;
}

#define FUNCTION(name)                                                                                                 \
	{                                                                                                              \
		"curl_" #name, (void **)&curl.name                                                                     \
	}

/* It stays for the life of the process: a thread of its name service may outlast a request. */
static void load(void)
{
	const struct {
		const char *name;
		void **to;
	} functions[] = {
		FUNCTION(global_init_mem),  FUNCTION(easy_init),	   FUNCTION(easy_setopt),
		FUNCTION(easy_getinfo),	    FUNCTION(easy_cleanup),	   FUNCTION(easy_strerror),
		FUNCTION(slist_append),	    FUNCTION(slist_free_all),	   FUNCTION(multi_init),
		FUNCTION(multi_add_handle), FUNCTION(multi_remove_handle), FUNCTION(multi_perform),
		FUNCTION(multi_poll),	    FUNCTION(multi_info_read),	   FUNCTION(multi_cleanup),
	};
	void *object = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

	if (!object) {
		cl_fail(&curl_problem, 0, "libcurl.so.4 is not there (apt-get install libcurl4)");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		*functions[i].to = dlsym(object, functions[i].name);
		if (!*functions[i].to) {
			cl_fail(&curl_problem, 0, "libcurl has no %s", functions[i].name);
			return;
		}
	}
	if (curl.global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free, wiping_realloc, strdup, calloc))
		cl_fail(&curl_problem, 0, "libcurl does not start");
}

static int need_curl(struct cl_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	return *curl_problem.text ? cl_fail(err, -ENOTSUP, "%s", curl_problem.text) : 0;
}

static size_t on_bytes(char *bytes, size_t size, size_t n, void *ctx)
{
	struct cl_client *h = ctx;

	if (n > h->answer_max - h->answer->len || cl_text_append(h->answer, bytes, size * n))
		return 0; /* an error: more than an answer has */
	return size * n;
}

/* ---- one place ---- */

static int set_up_tls(struct cl_client *h, const struct cl_client_place *place)
{
	int r = 0;

	r |= curl.easy_setopt(h->easy, CURLOPT_SSL_VERIFYPEER, 1L);
	r |= curl.easy_setopt(h->easy, CURLOPT_SSL_VERIFYHOST, 2L);
	r |= curl.easy_setopt(h->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (place->ca_file) {
		r |= curl.easy_setopt(h->easy, CURLOPT_CAINFO, place->ca_file);
		r |= curl.easy_setopt(h->easy, CURLOPT_CAPATH, NULL);
	}
	if (place->cert_file)
		r |= curl.easy_setopt(h->easy, CURLOPT_SSLCERT, place->cert_file);
	if (place->key_file)
		r |= curl.easy_setopt(h->easy, CURLOPT_SSLKEY, place->key_file);
	return r;
}

static int set_up_time(struct cl_client *h, const struct cl_client_place *place)
{
	long ms = (long)(place->timeout_ns / NS_PER_MS);
	int r = 0;

	r |= curl.easy_setopt(h->easy, CURLOPT_TIMEOUT_MS, ms ? ms : 1L);
	r |= curl.easy_setopt(h->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	r |= curl.easy_setopt(h->easy, CURLOPT_LOW_SPEED_LIMIT, (long)IDLE_SPEED);
	r |= curl.easy_setopt(h->easy, CURLOPT_LOW_SPEED_TIME, (long)IDLE_S);
	/* A name that is not answered for is left to its thread: nothing waits for it. */
	return r | curl.easy_setopt(h->easy, CURLOPT_QUICK_EXIT, 1L);
}

static int set_up(struct cl_client *h, const struct cl_client_place *place)
{
	int r = 0;

	h->easy = curl.easy_init();
	h->multi = curl.multi_init();
	if (!h->easy || !h->multi)
		return -ENOMEM;
	r |= curl.easy_setopt(h->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	r |= curl.easy_setopt(h->easy, CURLOPT_PROXY, "");
	r |= curl.easy_setopt(h->easy, CURLOPT_FOLLOWLOCATION, 0L);
	r |= curl.easy_setopt(h->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	r |= curl.easy_setopt(h->easy, CURLOPT_NOSIGNAL, 1L);
	r |= curl.easy_setopt(h->easy, CURLOPT_USERAGENT, "credlineage/" CL_VERSION);
	r |= curl.easy_setopt(h->easy, CURLOPT_WRITEFUNCTION, on_bytes);
	r |= curl.easy_setopt(h->easy, CURLOPT_WRITEDATA, h);
	r |= curl.easy_setopt(h->easy, CURLOPT_ERRORBUFFER, h->why);
	r |= set_up_time(h, place);
	return r | set_up_tls(h, place) ? -ENOTSUP : 0;
}

static int check(const struct cl_client_place *place, struct cl_error *err)
{
	const char *const files[] = {place->ca_file, place->cert_file, place->key_file};

	if (!cl_starts_with(place->url, "http://") && !cl_starts_with(place->url, "https://"))
		return cl_fail(err, -EINVAL, "\"%s\" begins with neither http:// nor https://", place->url);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (files[i] && access(files[i], R_OK))
			return cl_fail(err, -errno, "cannot read \"%s\": %s", files[i], strerror(errno));
	return 0;
}

int cl_client_new(struct cl_client **out, const struct cl_client_place *place, struct cl_error *err)
{
	_cleanup_(cl_client_free) struct cl_client *h = NULL;
	int r = check(place, err);

	r = r ? r : need_curl(err);
	if (r)
		return r;
	h = calloc(1, sizeof(*h));
	if (!h || !(h->url = strdup(place->url)))
		return cl_fail(err, -ENOMEM, "out of memory");
	h->answer_max = place->answer_max;
	h->stop = place->stop;
	r = set_up(h, place);
	if (r)
		return cl_fail(err, r, "libcurl takes no such settings: %s", strerror(-r));
	*out = TAKE_PTR(h);
	return 0;
}

void cl_client_free(struct cl_client **p)
{
	struct cl_client *h = TAKE_PTR(*p);

	if (!h)
		return;
	if (h->easy)
		curl.easy_cleanup(h->easy);
	if (h->multi)
		curl.multi_cleanup(h->multi);
	free(h->url);
	free(h);
}

void cl_client_reconnect(struct cl_client *h)
{
	curl.easy_setopt(h->easy, CURLOPT_FRESH_CONNECT, 1L);
}

/* ---- a request ---- */

static int add_header(struct curl_slist **list, const char *header)
{
	struct curl_slist *longer = header ? curl.slist_append(*list, header) : *list;

	if (header && !longer)
		return -ENOMEM;
	*list = longer;
	return 0;
}

static int make_headers(const struct cl_client_request *request, struct curl_slist **list)
{
	/* curl would ask first whether a long body is welcome. */
	int r = add_header(list, "Expect:");

	for (const char *const *h = request->headers; h && *h && !r; h++)
		r = add_header(list, *h);
	return r ? r : add_header(list, request->secret);
}

/* 0 and how it ended. */
static int perform(struct cl_client *h, CURLcode *code)
{
	int running = 1, left;
	const CURLMsg *message;

	while (running) {
		if (h->stop && atomic_load(h->stop))
			return -ECANCELED;
		if (curl.multi_perform(h->multi, &running) ||
		    (running && curl.multi_poll(h->multi, NULL, 0, LOOK_MS, NULL)))
			return -EIO;
	}
	message = curl.multi_info_read(h->multi, &left);
	*code = message && message->msg == CURLMSG_DONE ? message->data.result : CURLE_GOT_NOTHING;
	return 0;
}

static int run(struct cl_client *h, struct cl_client_answer *answer, struct cl_error *err)
{
	CURLcode code = CURLE_OK;
	curl_off_t after = 0;
	int r;

	if (curl.multi_add_handle(h->multi, h->easy))
		return cl_fail(err, -EIO, "libcurl takes no request");
	r = perform(h, &code);
	curl.multi_remove_handle(h->multi, h->easy);
	if (r)
		return cl_fail(err, r, r == -ECANCELED ? "stopped" : "libcurl cannot go on");
	if (code == CURLE_WRITE_ERROR)
		return cl_fail(err, -EIO, "the answer has more than %zu bytes", h->answer_max);
	if (code)
		return cl_fail(err, -EIO, "%s", *h->why ? h->why : curl.easy_strerror(code));
	curl.easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &answer->status);
	curl.easy_getinfo(h->easy, CURLINFO_RETRY_AFTER, &after);
	after = after < RETRY_AFTER_MAX ? after : RETRY_AFTER_MAX;
	answer->retry_after_ns = after > 0 ? (uint64_t)after * CL_NS_PER_S : 0;
	curl.easy_setopt(h->easy, CURLOPT_FRESH_CONNECT, 0L);
	return 0;
}

int cl_client_post(struct cl_client *h, const struct cl_client_request *request, struct cl_client_answer *answer,
		   struct cl_error *err)
{
	_cleanup_text_ struct cl_text url = {0};
	struct curl_slist *headers = NULL;
	int r = cl_text_printf(&url, "%s%s", h->url, request->path ? request->path : "");

	r = r ? r : make_headers(request, &headers);
	cl_text_free(&answer->body);
	answer->status = 0;
	answer->retry_after_ns = 0;
	h->answer = &answer->body;
	*h->why = '\0';
	if (!r) {
		curl.easy_setopt(h->easy, CURLOPT_URL, cl_text_str(&url));
		curl.easy_setopt(h->easy, CURLOPT_HTTPHEADER, headers);
		curl.easy_setopt(h->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->len);
		curl.easy_setopt(h->easy, CURLOPT_POSTFIELDS, request->body);
		r = run(h, answer, err);
		curl.easy_setopt(h->easy, CURLOPT_HTTPHEADER, NULL);
	} else {
		cl_fail(err, r, "out of memory");
	}
	curl.slist_free_all(headers);
	return r;
}
