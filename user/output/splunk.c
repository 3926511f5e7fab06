/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splunk's HTTP Event Collector: POST /services/collector/event, the events one after another. Where the token has
 * indexer acknowledgement, a finding counts as delivered when an indexer has it (POST /services/collector/ack); what is
 * not acknowledged in ack-timeout goes out again. metadata.uid tells what came twice.
 *   splunk+https://HOST[:8088][/PREFIX]?token-file=FILE&index=NAME&source=NAME&sourcetype=NAME&ack-timeout=S
 * source is credlineage, sourcetype credlineage:FORMAT when not given, ack-timeout 60 s (1 to 3600).
 *
 * Answers (help.splunk.com, "Troubleshoot HTTP Event Collector"): 0 taken; 5, 6, 12, 13, 15: the event of that number is
 * refused for good; every other one says something of the token, the channel or the load, which mends: tried again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "output/receiver.h"

#define ACK_TIMEOUT_S 60
#define ACK_TIMEOUT_MAX_S 3600
#define ACK_WAIT (8 * CL_NS_PER_S) /* in one call */
#define LOOK_MS 200
#define ACK_EVERY_MS 1000

struct splunk {
	struct cl_receiver receiver; /* first */
	char *index, *source, *sourcetype;
	char channel[64]; /* a header, and a name that acknowledgements are counted under */
	uint64_t ack_timeout;
	bool told; /* that there are none */
	/* Taken and not acknowledged yet: the first n of the parcels that come next, when they are the same. */
	struct {
		size_t n;
		uint64_t parcels; /* a hash of their keys */
		uint64_t id, since;
	} waiting;
};

/* ---- the request ---- */

static cJSON *event_head(const struct splunk *s, const struct cl_output_format *format, const cJSON *finding)
{
	cJSON *head = cJSON_CreateObject();
	uint64_t us = cl_json_get_time(finding, "last") / 1000;
	char text[64];

	if (us) {
		snprintf(text, sizeof(text), "%llu.%06llu", (unsigned long long)(us / 1000000),
			 (unsigned long long)(us % 1000000));
		cJSON_AddRawToObject(head, "time", text);
	}
	if (*cl_json_get_str(finding, "host.name"))
		cl_json_str(head, "host", cl_json_get_str(finding, "host.name"));
	snprintf(text, sizeof(text), "credlineage:%s", format->name);
	cl_json_str(head, "source", s->source ? s->source : "credlineage");
	cl_json_str(head, "sourcetype", s->sourcetype ? s->sourcetype : text);
	cl_json_str(head, "index", s->index);
	return head;
}

static int render(struct cl_receiver *r, const struct cl_output_format *format, const cJSON *finding,
		  struct cl_text *body)
{
	_cleanup_json_ cJSON *head = event_head((const struct splunk *)r, format, finding);
	_cleanup_free_ char *printed = head ? cJSON_PrintUnformatted(head) : NULL;
	int code;

	if (!printed)
		return -ENOMEM;
	printed[strlen(printed) - 1] = '\0';
	code = cl_text_printf(body, "%s,\"event\":", printed);
	code = code ? code : cl_receiver_record(format, finding, body);
	return code ? code : cl_text_puts(body, "}\n");
}

static int ask(struct splunk *s, const char *path, const struct cl_text *body, cJSON **answer,
	       struct cl_receiver_reply *reply, struct cl_error *err)
{
	const char *const headers[] = {"Content-Type: application/json", s->channel, NULL};
	struct cl_client_answer a = {0};
	int code = cl_receiver_post(&s->receiver, path, headers, body, &a, reply, err);

	if (a.status && cl_json_parse("answer", cl_text_str(&a.body), a.body.len, answer, NULL) && !code)
		code = cl_fail(err, -EAGAIN, "its answer is not JSON");
	cl_text_free(&a.body);
	return code;
}

/* ---- acknowledgements ---- */

static uint64_t hash_of(const struct cl_parcel *parcels, size_t n)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < n; i++) {
		char key[CL_REPORT_KEY_SIZE];

		cl_report_key(parcels[i].finding, key);
		hash = hash * 31 + cl_fnv1a(key, strlen(key));
	}
	return hash;
}

static bool is_acknowledged(struct splunk *s, struct cl_error *err)
{
	struct cl_receiver_reply reply = {0};
	_cleanup_text_ struct cl_text body = {0};
	_cleanup_json_ cJSON *answer = NULL;
	char path[32];

	if (cl_text_printf(&body, "{\"acks\":[%llu]}", (unsigned long long)s->waiting.id) ||
	    ask(s, "/services/collector/ack", &body, &answer, &reply, err))
		return false;
	snprintf(path, sizeof(path), "acks.%llu", (unsigned long long)s->waiting.id);
	if (cJSON_IsTrue(cl_json_at(answer, path)))
		return true;
	cl_fail(err, 0, "it has not acknowledged %zu findings yet", s->waiting.n);
	return false;
}

/* False: stopped. */
static bool pause_ms(const struct splunk *s, int ms)
{
	for (; ms > 0 && !atomic_load(s->receiver.stop); ms -= LOOK_MS)
		poll(NULL, 0, ms < LOOK_MS ? ms : LOOK_MS);
	return !atomic_load(s->receiver.stop);
}

/* 0: acknowledged, or given up, *done says; -EAGAIN: not yet. */
static int await(struct splunk *s, bool *done, uint64_t *retry_ns, struct cl_error *err)
{
	uint64_t until = cl_boot_ns() + ACK_WAIT, end = s->waiting.since + s->ack_timeout;
	int ms = LOOK_MS;

	for (;;) {
		*done = is_acknowledged(s, err);
		if (*done || cl_boot_ns() >= end) {
			s->waiting.n = 0;
			return 0;
		}
		if (cl_boot_ns() >= until || !pause_ms(s, ms))
			break;
		ms = ms * 2 < ACK_EVERY_MS ? ms * 2 : ACK_EVERY_MS;
	}
	*retry_ns = cl_boot_ns() + CL_NS_PER_S;
	return -EAGAIN;
}

static void deliver(struct cl_parcel *parcels, size_t n)
{
	for (size_t i = 0; i < n; i++)
		parcels[i].result = 0;
}

/* ---- the answer ---- */

static int judge(const cJSON *answer, int code, struct cl_receiver_reply *reply, struct cl_error *err)
{
	static const int refused[] = {5, 6, 12, 13, 15};
	const cJSON *number = cl_json_at(answer, "invalid-event-number");
	int said = (int)cl_json_get_num(answer, "code");
	char text[128];

	if (!cJSON_IsNumber(
		    cl_json_at(answer, "code"))) /* who answered is no Splunk, but for a body that is too long */
		return code ? code : cl_fail(err, -EAGAIN, "its answer has no code");
	if (!said && !code)
		return 0;
	cl_fail(err, 0, "it answers with code %d, %s", said,
		cl_escape(text, sizeof(text), cl_json_get_str(answer, "text")));
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		if (said != refused[i])
			continue;
		if (cJSON_IsNumber(number) && number->valuedouble >= 0)
			reply->bad = (size_t)number->valuedouble;
		return -EBADMSG;
	}
	return -EAGAIN;
}

static int post(struct cl_receiver *r, struct cl_text *body, struct cl_parcel *parcels, size_t n,
		struct cl_receiver_reply *reply, struct cl_error *err)
{
	struct splunk *s = (struct splunk *)r;
	_cleanup_json_ cJSON *answer = NULL;
	int code = ask(s, "/services/collector/event", body, &answer, reply, err);
	bool done;

	code = answer ? judge(answer, code, reply, err) : code;
	if (code)
		return code;
	if (!cJSON_IsNumber(cl_json_at(answer, "ackId"))) {
		if (!s->told)
			cl_info("output Splunk at %s: its token has no indexer acknowledgement; a finding counts as "
				"delivered when Splunk took it",
				r->authority);
		s->told = true;
		deliver(parcels, n);
		return 0;
	}
	s->waiting.n = n;
	s->waiting.parcels = hash_of(parcels, n);
	s->waiting.id = (uint64_t)cl_json_get_num(answer, "ackId");
	s->waiting.since = cl_boot_ns();
	code = await(s, &done, &reply->retry_ns, err);
	if (!code && done)
		deliver(parcels, n);
	return code;
}

static const struct cl_receiver_kind kind = {
	.name = "Splunk",
	.port = "8088",
	.token = "Splunk",
	.render = render,
	.post = post,
};

/* What was sent in the call before and waits for its acknowledgement is not sent anew. */
static int send_splunk(void *state, const struct cl_output_format *format, struct cl_parcel *parcels, size_t n,
		       uint64_t *retry_ns, struct cl_error *err)
{
	struct splunk *s = state;
	size_t first = s->waiting.n;
	bool done = false;

	if (first && first <= n && s->waiting.parcels == hash_of(parcels, first)) {
		if (await(s, &done, retry_ns, err))
			return -EAGAIN;
		first = done ? first : 0;
		deliver(parcels, first);
	} else {
		first = 0;
	}
	s->waiting.n = 0;
	return cl_receiver_send(s, format, parcels + first, n - first, retry_ns, err);
}

/* ---- the transport ---- */

static void close_splunk(void **state)
{
	struct splunk *s = TAKE_PTR(*state);

	cl_receiver_close(&s->receiver);
	free(s->index);
	free(s->source);
	free(s->sourcetype);
	free(s);
}

/* A random version 4 UUID (RFC 9562). */
static int make_channel(struct splunk *s)
{
	uint8_t b[16];

	if (RAND_bytes(b, sizeof(b)) != 1)
		return -EIO;
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(s->channel, sizeof(s->channel),
		 "X-Splunk-Request-Channel: "
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
	return 0;
}

static int take(char **out, const struct cl_output_spec *spec, const char *key)
{
	const char *value = cl_spec_get(spec, key);

	*out = value ? strdup(value) : NULL;
	return value && !*out ? -ENOMEM : 0;
}

static int set_up(struct splunk *s, const struct cl_output_spec *spec, const atomic_bool *stop, struct cl_error *err)
{
	uint64_t seconds = ACK_TIMEOUT_S;
	int r = cl_spec_number(spec, "ack-timeout", 1, ACK_TIMEOUT_MAX_S, &seconds, err);

	s->ack_timeout = seconds * CL_NS_PER_S;
	if (!r && !cl_spec_get(spec, "token-file"))
		return cl_fail(err, -EINVAL,
			       "cannot use output \"%s\": token-file=FILE must name the file of its token", spec->text);
	r = r ? r : take(&s->index, spec, "index");
	r = r ? r : take(&s->source, spec, "source");
	r = r ? r : take(&s->sourcetype, spec, "sourcetype");
	r = r ? r : make_channel(s);
	return r ? r : cl_receiver_open(&s->receiver, &kind, spec, stop, err);
}

static int open_splunk(const struct cl_output_spec *spec, const atomic_bool *stop, void **state, struct cl_error *err)
{
	struct splunk *s = calloc(1, sizeof(*s));
	void *p = s;
	int r = s ? set_up(s, spec, stop, err) : -ENOMEM;

	if (!r)
		*state = s;
	else if (s)
		close_splunk(&p);
	return r;
}

static const char *const options[] = {
	CL_RECEIVER_OPTIONS, "token-file", "index", "source", "sourcetype", "ack-timeout", NULL,
};

#define SPLUNK(name)                                                                                                   \
	{                                                                                                              \
		.scheme = (name), .target = CL_TARGET_URL, .format = "ocsf", .options = options, .batch = 100,         \
		.open = open_splunk, .send = send_splunk, .reopen = cl_receiver_reopen, .close = close_splunk,         \
	}
const struct cl_transport cl_transport_splunk = SPLUNK("splunk+https");
const struct cl_transport cl_transport_splunk_plain = SPLUNK("splunk+http");
