/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elasticsearch and OpenSearch: POST /INDEX/_bulk, one "create" for each finding with an _id that is the report's own, so
 * that what is sent twice is stored once (409: it is there already). Each item has its own result: 429 and 5xx come
 * again, 400 (a mapping that does not take it) is refused for good.
 *   elasticsearch+https://HOST[:9200][/PREFIX]?index=NAME&api-key-file=FILE     login-file= and token-file= are taken, too
 * The index, or data stream, is logs-credlineage.findings-default when none is named. The interface and its answers:
 * www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "output/receiver.h"

#define INDEX_DEFAULT "logs-credlineage.findings-default"
#define INDEX_MAX 255

struct elasticsearch {
	struct cl_receiver receiver; /* first */
	char *path;
};

/* ---- the request ---- */

/* A data stream wants @timestamp, which only ECS has. */
static int add_document(const struct cl_output_format *format, const cJSON *finding, struct cl_text *body)
{
	_cleanup_text_ struct cl_text record = {0};
	const char *text, *time = cl_json_get_str(finding, "last");
	_cleanup_json_ cJSON *head = cJSON_CreateObject();
	_cleanup_free_ char *printed = NULL;
	int r = cl_receiver_record(format, finding, &record);

	if (r)
		return r;
	text = cl_text_str(&record);
	if (cl_starts_with(format->name, "ecs"))
		return cl_text_printf(body, "%s\n", text);
	cl_json_str(head, "@timestamp", time);
	printed = head ? cJSON_PrintUnformatted(head) : NULL;
	if (!printed)
		return -ENOMEM;
	printed[strlen(printed) - 1] = '\0';
	if (cl_receiver_is_json(format))
		return cl_text_printf(body, "%s,%s\n", printed, text + 1);
	return cl_text_printf(body, "%s,\"message\":%s}\n", printed, text);
}

static int render(struct cl_receiver *r, const struct cl_output_format *format, const cJSON *finding,
		  struct cl_text *body)
{
	char key[CL_REPORT_KEY_SIZE];
	_cleanup_json_ cJSON *action = cJSON_CreateObject();
	_cleanup_free_ char *printed = NULL;
	int code;

	(void)r;
	cl_report_key(finding, key);
	cl_json_str(cl_json_obj(action, "create"), "_id", key);
	printed = action ? cJSON_PrintUnformatted(action) : NULL;
	code = printed ? cl_text_printf(body, "%s\n", printed) : -ENOMEM;
	return code ? code : add_document(format, finding, body);
}

/* ---- the answer ---- */

static void judge_item(const cJSON *item, struct cl_parcel *parcel, struct cl_error *err)
{
	const cJSON *create = cl_json_at(item, "create");
	int status = (int)cl_json_get_num(create, "status");
	char type[128], reason[300];
	struct cl_error why;

	if ((status >= 200 && status < 300) || status == 409) {
		parcel->result = 0;
		return;
	}
	cl_fail(&why, 0, "status %d, %s: %s", status,
		cl_escape(type, sizeof(type), cl_json_get_str(create, "error.type")),
		cl_escape(reason, sizeof(reason), cl_json_get_str(create, "error.reason")));
	if (status == 400 || status == 413 || status == 415 || status == 422) {
		parcel->result = -EBADMSG;
		parcel->why = why;
	} else {
		*err = why;
	}
}

static int judge(const struct cl_client_answer *answer, struct cl_parcel *parcels, size_t n, struct cl_error *err)
{
	_cleanup_json_ cJSON *root = NULL;
	const cJSON *items, *item;
	size_t i = 0;

	if (cl_json_parse("answer", cl_text_str(&answer->body), answer->body.len, &root, NULL))
		return cl_fail(err, -EAGAIN, "its answer to _bulk is not JSON");
	items = cl_json_at(root, "items");
	if (!cJSON_IsArray(items) || (size_t)cJSON_GetArraySize(items) != n)
		return cl_fail(err, -EAGAIN, "its answer to _bulk has not one item for each of %zu findings", n);
	cJSON_ArrayForEach (item, items)
		judge_item(item, &parcels[i++], err);
	return 0;
}

static int post(struct cl_receiver *r, struct cl_text *body, struct cl_parcel *parcels, size_t n,
		struct cl_receiver_reply *reply, struct cl_error *err)
{
	static const char *const headers[] = {"Content-Type: application/x-ndjson", NULL};
	const struct elasticsearch *e = (const struct elasticsearch *)r;
	struct cl_client_answer answer = {0};
	int code = cl_receiver_post(r, e->path, headers, body, &answer, reply, err);

	code = code ? code : judge(&answer, parcels, n, err);
	cl_text_free(&answer.body);
	return code;
}

static const struct cl_receiver_kind kind = {
	.name = "Elasticsearch",
	.port = "9200",
	.token = "Bearer",
	.render = render,
	.post = post,
};

/* ---- the transport ---- */

static void close_elasticsearch(void **state)
{
	struct elasticsearch *e = TAKE_PTR(*state);

	cl_receiver_close(&e->receiver);
	free(e->path);
	free(e);
}

static int make_path(struct elasticsearch *e, const struct cl_output_spec *spec, struct cl_error *err)
{
	const char *index = cl_spec_get(spec, "index");

	index = index ? index : INDEX_DEFAULT;
	if (strlen(index) > INDEX_MAX || strchr("-_+.", *index) ||
	    index[strspn(index, "abcdefghijklmnopqrstuvwxyz0123456789.-_")])
		return cl_fail(
			err, -EINVAL,
			"cannot use output \"%s\": index must be of lower-case letters, digits, \".\", \"-\" and "
			"\"_\", and begin with a letter or digit",
			spec->text);
	return asprintf(&e->path, "/%s/_bulk", index) < 0 ? -ENOMEM : 0;
}

static int open_elasticsearch(const struct cl_output_spec *spec, const atomic_bool *stop, void **state,
			      struct cl_error *err)
{
	struct elasticsearch *e = calloc(1, sizeof(*e));
	void *p = e;
	int r;

	if (!e)
		return -ENOMEM;
	r = make_path(e, spec, err);
	r = r ? r : cl_receiver_open(&e->receiver, &kind, spec, stop, err);
	if (r) {
		close_elasticsearch(&p);
		return r;
	}
	*state = e;
	return 0;
}

static const char *const options[] = {CL_RECEIVER_OPTIONS, "index", "api-key-file", "login-file", "token-file", NULL};

#define ELASTICSEARCH(name)                                                                                            \
	{                                                                                                              \
		.scheme = (name), .target = CL_TARGET_URL, .format = "ecs", .options = options, .batch = 100,          \
		.open = open_elasticsearch, .send = cl_receiver_send, .reopen = cl_receiver_reopen,                    \
		.close = close_elasticsearch,                                                                          \
	}
const struct cl_transport cl_transport_elasticsearch = ELASTICSEARCH("elasticsearch+https");
const struct cl_transport cl_transport_elasticsearch_plain = ELASTICSEARCH("elasticsearch+http");
