/* SPDX-License-Identifier: Apache-2.0 */
/* Destinations: who went where, who came, with which credentials, and what became of it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "credlineage/event.h"
#include "lineage/weave_nodes.h"

#define ESTABLISHED ", established"

/* "192.0.2.1:443", "[2001:db8::1]:443", a unix path. */
static void place(char buf[CL_EVIDENCE_SIZE], const struct cl_observation *obs)
{
	bool six = obs->family == AF_INET6;

	if (obs->family == AF_UNIX)
		snprintf(buf, CL_EVIDENCE_SIZE, "%.200s", obs->address);
	else
		snprintf(buf, CL_EVIDENCE_SIZE, "%s%.100s%s:%" PRIu32, six ? "[" : "", obs->address, six ? "]" : "",
			 obs->port);
}

static bool came(const struct cl_observation *obs)
{
	return obs->kind == CL_OBS_CONNECT && obs->how == CL_CONNECT_ACCEPT;
}

static void label(char buf[CL_EVIDENCE_SIZE], const struct cl_observation *obs)
{
	char where[CL_EVIDENCE_SIZE];

	place(where, obs);
	if (came(obs))
		snprintf(buf, CL_EVIDENCE_SIZE, "%.100s (to port %" PRIu32 ")", obs->address, obs->port);
	else if (obs->service)
		snprintf(buf, CL_EVIDENCE_SIZE, "%.40s (%.200s)", obs->service, where);
	else
		snprintf(buf, CL_EVIDENCE_SIZE, "%s", where);
}

static void describe(cJSON *a, const struct cl_observation *obs)
{
	cl_json_str(a, "address", obs->address);
	cl_json_str(a, "names", obs->names);
	if (obs->family != AF_UNIX)
		cl_json_num(a, "port", obs->port);
	cl_json_str(a, "transport", cl_transport_name(obs->family, obs->sock_type));
	if (came(obs))
		cl_json_str(a, "direction", "inbound");
	if (obs->service) {
		cl_json_str(a, "service", obs->service);
		cl_json_bool(a, "credential_source", true);
	}
	if (obs->family != AF_UNIX && (cl_starts_with(obs->address, "127.") || !strcmp(obs->address, "::1")))
		cl_json_bool(a, "loopback", true);
	if (obs->ino) {
		cl_weave_add_device(a, "dev", obs->dev);
		cl_weave_add_u64(a, "ino", obs->ino);
	}
}

/* One end of a redirected connect, with the other end's place under `key`; NULL: it was not. */
static int destination(struct cl_weave *w, const struct cl_observation *obs, const char *key,
		       const struct cl_observation *other, char id[CL_ID_SIZE])
{
	_cleanup_json_ cJSON *a = cJSON_CreateObject();
	char text[CL_EVIDENCE_SIZE];

	if (!a)
		return -ENOMEM;
	describe(a, obs);
	if (key) {
		place(text, other);
		cl_json_str(a, key, text);
	}
	label(text, obs);
	cl_id_destination(id, CL_ID_SIZE, obs);
	return cl_weave_node(w, CL_NODE_DESTINATION, id, text, w->when, &a);
}

/* Where it was to go, and where it went: each names the other. */
static int destinations(struct cl_weave *w, char id[CL_ID_SIZE])
{
	const struct cl_observation *obs = w->obs;
	struct cl_observation asked = *obs;
	int r;

	if (!(obs->flags & CL_F_REDIRECTED) || !obs->asked_address)
		return destination(w, obs, NULL, NULL, id);
	asked.address = obs->asked_address;
	asked.port = obs->asked_port;
	asked.service = NULL;
	r = destination(w, &asked, "redirected_to", obs, id);
	return r ? r : destination(w, obs, "redirected_from", &asked, id);
}

int cl_weave_connect(struct cl_weave *w, const struct cl_process *p, const uint8_t (*holding)[CL_FP_SIZE], size_t n)
{
	char to[CL_ID_SIZE], credential[CL_ID_SIZE], text[CL_EVIDENCE_SIZE], escaped[CL_EVIDENCE_SIZE];
	int r = destinations(w, to);

	place(text, w->obs);
	if (!r)
		r = cl_weave_edge(w, CL_EDGE_CONNECTED_TO, w->actor, to, w->when, CL_BASIS_OBSERVED,
				  cl_escape(escaped, sizeof(escaped), text));
	cl_weave_process_label(text, sizeof(text), p);
	for (size_t i = 0; !r && i < n; i++) {
		cl_id_credential(credential, sizeof(credential), holding[i]);
		r = cl_graph_node(w->g, CL_NODE_CREDENTIAL, credential, NULL, w->when, NULL);
		if (!r)
			r = cl_weave_edge(w, CL_EDGE_USED_TOWARD, credential, to, w->when, CL_BASIS_INFERRED, text);
	}
	return r;
}

static const char *outcome(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return ", refused";
	case ETIMEDOUT:
		return ", timed out";
	case EHOSTUNREACH:
	case ENETUNREACH:
		return ", unreachable";
	case ECONNRESET:
		return ", reset";
	case ECANCELED:
		return ", given up";
	default:
		return error ? ", failed" : ESTABLISHED;
	}
}

/* Once established stays: what came through cannot be taken back. */
int cl_weave_answer(struct cl_weave *w)
{
	char from[CL_ID_SIZE], to[CL_ID_SIZE], text[CL_EVIDENCE_SIZE];
	size_t len;
	int r;

	if (!w->obs->address)
		return 0;
	place(text, w->obs);
	len = strlen(text);
	snprintf(text + len, sizeof(text) - len, "%s", outcome(w->obs->result));
	r = cl_graph_edge_tell(w->g, CL_EDGE_CONNECTED_TO,
			       cl_id_process(from, sizeof(from), w->host->boot_id, w->obs->process),
			       cl_id_destination(to, sizeof(to), w->obs), text, ESTABLISHED);
	return r == -ENOENT ? 0 : r;
}
