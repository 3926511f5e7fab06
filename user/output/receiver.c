/* SPDX-License-Identifier: Apache-2.0 */
#include "output/receiver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"

#define BODY_MAX (4u << 20)

static int say(struct cl_error *err, const struct cl_receiver *r, int code)
{
	const struct cl_error why = *err;

	return cl_fail(err, code, "cannot send to %s at %s: %.300s", r->kind->name, r->authority, why.text);
}

/* ---- a request ---- */

static int judge(const struct cl_client_answer *answer, struct cl_error *err)
{
	static const short later[] = {401, 403, 404, 407, 408, 425, 429};
	long status = answer->status;

	if (status >= 200 && status < 300)
		return 0;
	cl_fail(err, 0, "it answers with status %ld%s", status,
		status == 401 || status == 403	? " (are the rights and the secret as they should be?)"
		: status >= 300 && status < 400 ? " (a redirection is not followed: name the place itself)"
						: "");
	for (size_t i = 0; i < ARRAY_SIZE(later); i++)
		if (status == later[i])
			return -EAGAIN;
	return status >= 400 && status < 500 ? -EBADMSG : -EAGAIN;
}

int cl_receiver_post(struct cl_receiver *r, const char *path, const char *const *headers, const struct cl_text *body,
		     struct cl_client_answer *answer, struct cl_receiver_reply *reply, struct cl_error *err)
{
	const struct cl_client_request request = {
		.path = path,
		.headers = headers,
		.secret = r->header.bytes,
		.body = cl_text_str(body),
		.len = body->len,
	};

	if (cl_client_post(r->http, &request, answer, err))
		return -EAGAIN;
	if (answer->retry_after_ns)
		reply->retry_ns = cl_boot_ns() + answer->retry_after_ns;
	return judge(answer, err);
}

/* ---- many records ---- */

static void refuse(struct cl_parcel *parcel, const struct cl_error *err)
{
	parcel->result = -EBADMSG;
	parcel->why = *err;
}

/* One body has one report of a finding: a receiver may take them in another order. */
static bool has_another(const struct cl_parcel *parcels, size_t at, size_t i)
{
	const char *id = cl_json_get_str(parcels[i].finding, "id");

	for (; at < i; at++)
		if (!strcmp(cl_json_get_str(parcels[at].finding, "id"), id))
			return true;
	return false;
}

/* Those of at to *end that find room; *end is where that ends. */
static int compose(struct cl_receiver *r, const struct cl_output_format *format, const struct cl_parcel *parcels,
		   size_t at, size_t *end, struct cl_text *body, struct cl_error *err)
{
	for (size_t i = at; i < *end; i++) {
		size_t before = body->len;
		int code = -E2BIG;

		if (!has_another(parcels, at, i))
			code = r->kind->render(r, format, parcels[i].finding, body);
		if (code == -ENOMEM)
			return cl_fail(err, -EAGAIN, "out of memory");
		if (code && i == at)
			return cl_fail(err, -EBADMSG, "cannot make a record of it: %s", strerror(-code));
		if (!code && (i == at || body->len <= BODY_MAX))
			continue;
		body->len = before;
		body->s[before] = '\0';
		*end = i;
	}
	return 0;
}

static bool all_done(const struct cl_parcel *parcels, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (parcels[i].result == -EAGAIN)
			return false;
	return true;
}

/* One body with what of at to end has room in it. */
static int send_some(struct cl_receiver *r, const struct cl_output_format *format, struct cl_parcel *parcels, size_t at,
		     size_t *end, struct cl_receiver_reply *reply, struct cl_error *err)
{
	_cleanup_text_ struct cl_text body = {0};
	int code = compose(r, format, parcels, at, end, &body, err);

	if (code == -EBADMSG)
		reply->bad = 0;
	code = code ? code : r->kind->post(r, &body, parcels + at, *end - at, reply, err);
	if (!code && !all_done(parcels + at, *end - at))
		code = -EAGAIN;
	return code ? say(err, r, code) : 0;
}

/* A refused record is looked for in ever smaller bodies, so that it does not take others with it. */
int cl_receiver_send(void *state, const struct cl_output_format *format, struct cl_parcel *parcels, size_t n,
		     uint64_t *retry_ns, struct cl_error *err)
{
	struct cl_receiver *r = state;
	struct cl_error own = {0};
	size_t at = 0, end = n;

	err = err ? err : &own;
	while (at < n) {
		struct cl_receiver_reply reply = {.bad = CL_RECEIVER_ANY};
		int code = send_some(r, format, parcels, at, &end, &reply, err);

		*retry_ns = reply.retry_ns;
		if (code && code != -EBADMSG)
			return -EAGAIN;
		if (!code) {
			at = end;
			end = n;
		} else if (end - at == 1 || !reply.bad) {
			refuse(&parcels[at++], err);
			end = n;
		} else {
			end = at + (reply.bad < end - at ? reply.bad : (end - at) / 2);
		}
	}
	*retry_ns = 0;
	return 0;
}

/* ---- a record ---- */

bool cl_receiver_is_json(const struct cl_output_format *format)
{
	return format->media && !strcmp(format->media, "application/json");
}

int cl_receiver_record(const struct cl_output_format *format, const cJSON *finding, struct cl_text *out)
{
	_cleanup_text_ struct cl_text text = {0};
	_cleanup_json_ cJSON *string = NULL;
	_cleanup_free_ char *printed = NULL;
	int r = cl_render_within(format, finding, cl_wall_ns(), CL_RECEIVER_RECORD_MAX, &text);

	if (r)
		return r;
	if (cl_receiver_is_json(format))
		return cl_text_append(out, cl_text_str(&text), text.len);
	string = cl_json_clean_string(cl_text_str(&text));
	printed = string ? cJSON_PrintUnformatted(string) : NULL;
	return printed ? cl_text_puts(out, printed) : -ENOMEM;
}

/* The host's id is in it: two hosts' findings may have the same one. */
void cl_report_key(const cJSON *finding, char key[CL_REPORT_KEY_SIZE])
{
	snprintf(key, CL_REPORT_KEY_SIZE, "%.64s:%.64s:%.16s:%.0f:%.40s", cl_json_get_str(finding, "host.id"),
		 cl_json_get_str(finding, "id"), cl_json_get_str(finding, "activity"),
		 cl_json_get_num(finding, "count"), cl_json_get_str(finding, "last"));
	for (char *c = key; *c; c++)
		if (*c <= ' ' || *c >= 0x7f)
			*c = '_';
}
