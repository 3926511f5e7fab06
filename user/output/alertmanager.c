/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prometheus Alertmanager: POST /api/v2/alerts. A finding is an alert by its labels, which stay the same for its life:
 *   alertname (the detector), severity, finding, host, credential, provider, workflow, environment (of the second side)
 * with annotations summary (the title) and description (the record in the output's format, "human" by default). It begins
 * when the finding was first seen; nobody closes most findings, so it fires for `hold` (1h) after it was last sent.
 *   alertmanager+https://HOST[:9093][/PREFIX]?hold=DURATION           token-file= and login-file= are taken
 * The interface: github.com/prometheus/alertmanager, api/v2/openapi.yaml.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "output/receiver.h"

#define LABEL_MAX 256	     /* bytes */
#define DESCRIPTION_MAX 4096 /* bytes */
#define HOLD_MAX (30ull * 24 * 3600 * CL_NS_PER_S)

struct alertmanager {
	struct cl_receiver receiver; /* first */
	uint64_t hold;
};

/* ---- an alert ---- */

/* Cleaned first and then cut where a character ends: what is no UTF-8 becomes longer by it. */
static void add_label(cJSON *labels, const char *key, const cJSON *finding, const char *path)
{
	_cleanup_text_ struct cl_text text = {0};
	const char *value = cl_json_get_str(finding, path);

	if (!*value || cl_text_escape(&text, value, strlen(value)))
		return;
	if (text.len > LABEL_MAX)
		text.s[cl_utf8_span(text.s, LABEL_MAX)] = '\0';
	cl_json_str(labels, key, cl_text_str(&text));
}

static void add_labels(cJSON *alert, const cJSON *finding)
{
	static const struct {
		const char *label, *path;
	} rows[] = {
		{"alertname", "detector"},
		{"finding", "id"},
		{"host", "host.name"},
		{"credential", "credential.fingerprint"},
		{"provider", "credential.provider"},
		{"workflow", "sides.1.run.workflow"},
		{"environment", "sides.1.run.environment"},
	};
	cJSON *labels = cl_json_obj(alert, "labels");
	char severity[16];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		add_label(labels, rows[i].label, finding, rows[i].path);
	if (!cl_json_at(finding, "sides.1"))
		add_label(labels, "workflow", finding, "sides.0.run.workflow");
	snprintf(severity, sizeof(severity), "%s", cl_json_get_str(finding, "severity"));
	for (char *c = severity; *c; c++)
		*c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
	cl_json_str(labels, "severity", severity);
}

static int add_annotations(cJSON *alert, const struct cl_output_format *format, const cJSON *finding)
{
	_cleanup_text_ struct cl_text text = {0};
	cJSON *annotations = cl_json_obj(alert, "annotations");
	int r = cl_render_within(format, finding, cl_wall_ns(), DESCRIPTION_MAX, &text);

	if (r && r != -EMSGSIZE)
		return r;
	if (*cl_json_get_str(finding, "title"))
		cl_json_str(annotations, "summary", cl_json_get_str(finding, "title"));
	cl_json_str(annotations, "description", r ? cl_json_get_str(finding, "id") : cl_text_str(&text));
	return 0;
}

static int render(struct cl_receiver *r, const struct cl_output_format *format, const cJSON *finding,
		  struct cl_text *body)
{
	const struct alertmanager *a = (const struct alertmanager *)r;
	uint64_t first = cl_json_get_time(finding, "first"), now = cl_wall_ns();
	bool closed = !strcmp(cl_json_get_str(finding, "activity"), "close");
	_cleanup_json_ cJSON *alert = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;
	int code;

	add_labels(alert, finding);
	code = add_annotations(alert, format, finding);
	if (code)
		return code;
	first = first && first < now ? first : now;
	cl_json_time(alert, "startsAt", first);
	cl_json_time(alert, "endsAt", closed ? now : now + a->hold);
	text = cJSON_PrintUnformatted(alert);
	return text ? cl_text_printf(body, "%s%s", body->len ? "," : "[", text) : -ENOMEM;
}

static int post(struct cl_receiver *r, struct cl_text *body, struct cl_parcel *parcels, size_t n,
		struct cl_receiver_reply *reply, struct cl_error *err)
{
	static const char *const headers[] = {"Content-Type: application/json", NULL};
	struct cl_client_answer answer = {0};
	char said[200];
	int code = cl_text_puts(body, "]");

	if (code)
		return cl_fail(err, -EAGAIN, "out of memory");
	code = cl_receiver_post(r, "/api/v2/alerts", headers, body, &answer, reply, err);
	if (code == -EBADMSG)
		cl_fail(err, 0, "it answers with status %ld: %s", answer.status,
			cl_escape(said, sizeof(said), cl_text_str(&answer.body)));
	cl_text_free(&answer.body);
	for (size_t i = 0; !code && i < n; i++)
		parcels[i].result = 0;
	return code;
}

static const struct cl_receiver_kind kind = {
	.name = "Alertmanager",
	.port = "9093",
	.token = "Bearer",
	.render = render,
	.post = post,
};

/* ---- the transport ---- */

static void close_alertmanager(void **state)
{
	struct alertmanager *a = TAKE_PTR(*state);

	cl_receiver_close(&a->receiver);
	free(a);
}

static int set_up(struct alertmanager *a, const struct cl_output_spec *spec, const atomic_bool *stop,
		  struct cl_error *err)
{
	const char *hold = cl_spec_get(spec, "hold");

	a->hold = 3600 * CL_NS_PER_S;
	if (hold && (cl_parse_duration(hold, &a->hold) || a->hold < CL_NS_PER_S || a->hold > HOLD_MAX))
		return cl_fail(err, -EINVAL, "cannot use output \"%s\": hold must be a duration of 1s to 30d",
			       spec->text);
	return cl_receiver_open(&a->receiver, &kind, spec, stop, err);
}

static int open_alertmanager(const struct cl_output_spec *spec, const atomic_bool *stop, void **state,
			     struct cl_error *err)
{
	struct alertmanager *a = calloc(1, sizeof(*a));
	void *p = a;
	int r = a ? set_up(a, spec, stop, err) : -ENOMEM;

	if (!r)
		*state = a;
	else if (a)
		close_alertmanager(&p);
	return r;
}

static const char *const options[] = {CL_RECEIVER_OPTIONS, "hold", "token-file", "login-file", NULL};

#define ALERTMANAGER(name)                                                                                             \
	{                                                                                                              \
		.scheme = (name), .target = CL_TARGET_URL, .format = "human", .no_events = true, .options = options,   \
		.batch = 50, .open = open_alertmanager, .send = cl_receiver_send, .reopen = cl_receiver_reopen,        \
		.close = close_alertmanager,                                                                           \
	}
const struct cl_transport cl_transport_alertmanager = ALERTMANAGER("alertmanager+https");
const struct cl_transport cl_transport_alertmanager_plain = ALERTMANAGER("alertmanager+http");
