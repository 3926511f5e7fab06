/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syslog over TCP (RFC 6587) and TLS (RFC 5425), each with octet counting. The protocol has no acknowledgement, so a
 * message counts as sent when the receiver's kernel has it, and what was sent lately is kept: when a connection breaks in
 * a way that may have thrown away bytes nobody read (reset, or bytes on the way), the kept messages go out again first. A
 * receiver can get a message twice (metadata.uid tells), it does not miss one. A receiver that is only slow keeps its
 * connection: a message that it took in part is finished later, nothing is sent twice.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "output/stream.h"
#include "output/syslog_message.h"
#include "output/tls.h"
#include "output/transport.h"

#define KEPT 64
#define KEPT_FOR (60 * CL_NS_PER_S)

struct frame {
	char *bytes;
	size_t len;
	uint64_t when;
};

struct syslog {
	const struct cl_output_spec *spec;
	struct cl_stream stream;
	size_t max;		 /* octets of a message */
	struct frame kept[KEPT]; /* a ring, the oldest at `first` */
	size_t first, n;
	size_t again;	/* of the kept, the newest: still to be sent on this connection */
	size_t at;	/* of the first of them: bytes that are written */
	char owed[200]; /* report in the newest that was not said to be sent yet; "": none */
};

/* ---- what was sent lately ---- */

static void forget_oldest(struct syslog *s)
{
	free(s->kept[s->first].bytes);
	s->kept[s->first] = (struct frame){0};
	s->first = (s->first + 1) % KEPT;
	s->n--;
	s->again = s->again > s->n ? s->n : s->again;
}

static void forget_old(struct syslog *s)
{
	uint64_t now = cl_boot_ns();

	while (s->n && !s->again && s->kept[s->first].when + KEPT_FOR < now)
		forget_oldest(s);
}

static void keep(struct syslog *s, struct cl_text *frame)
{
	struct frame *f;

	if (s->n == KEPT)
		forget_oldest(s);
	f = &s->kept[(s->first + s->n++) % KEPT];
	f->len = frame->len;
	f->bytes = cl_text_take(frame);
	f->when = cl_boot_ns();
}

/* ---- the connection ---- */

static void disconnect(struct syslog *s, bool broken)
{
	if (s->stream.fd < 0)
		return;
	forget_old(s);
	if (cl_stream_disconnect(&s->stream) || broken)
		s->again = s->n;
	s->at = 0;
}

static int connect_again(struct syslog *s, struct cl_error *err)
{
	enum cl_stream_look look = cl_stream_look(&s->stream);

	if (look != CL_STREAM_UP)
		disconnect(s, look == CL_STREAM_BROKEN);
	return s->stream.fd < 0 ? cl_stream_connect(&s->stream, err) : 0;
}

static int transmit(struct syslog *s, struct cl_error *err)
{
	while (s->again) {
		const struct frame *f = &s->kept[(s->first + s->n - s->again) % KEPT];
		int r = cl_stream_write(&s->stream, f->bytes, f->len, &s->at, err);

		if (r && r != -ETIMEDOUT && r != -ECANCELED)
			disconnect(s, true);
		if (r)
			return r;
		s->at = 0;
		s->again--;
	}
	return 0;
}

/* ---- the transport ---- */

/* Which report it is: whether the one that is given now is the one that was taken in part before. */
static void name_report(char *out, size_t size, const cJSON *finding)
{
	snprintf(out, size, "%s %s %.0f %s", cl_json_get_str(finding, "id"), cl_json_get_str(finding, "activity"),
		 cl_json_get_num(finding, "count"), cl_json_get_str(finding, "last"));
}

static int push_frame(struct syslog *s, const struct cl_output_format *format, const cJSON *finding)
{
	_cleanup_text_ struct cl_text message = {0}, frame = {0};
	int r = cl_syslog_message(format, finding, cl_wall_ns(), s->max, &message);

	r = r ? r : cl_text_printf(&frame, "%zu ", message.len);
	r = r ? r : cl_text_append(&frame, cl_text_str(&message), message.len);
	if (r)
		return r;
	keep(s, &frame);
	s->again = 1;
	return 0;
}

static int send_syslog(void *state, const struct cl_output_format *format, struct cl_parcel *parcel, size_t n,
		       uint64_t *retry_ns, struct cl_error *err)
{
	struct syslog *s = state;
	char name[sizeof(s->owed)];
	int r;

	(void)n;
	(void)retry_ns;
	if (connect_again(s, err) || transmit(s, err))
		return -EAGAIN;
	name_report(name, sizeof(name), parcel->finding);
	if (strcmp(s->owed, name)) {
		r = push_frame(s, format, parcel->finding);
		if (r)
			return cl_syslog_refuse(parcel, r, s->max, err);
		memcpy(s->owed, name, sizeof(name));
		if (transmit(s, err))
			return -EAGAIN;
	}
	*s->owed = '\0';
	parcel->result = 0;
	forget_old(s);
	return 0;
}

static void close_syslog(void **state)
{
	struct syslog *s = TAKE_PTR(*state);

	while (s->n)
		forget_oldest(s);
	cl_stream_close(&s->stream);
	cl_tls_free(&s->stream.tls);
	free(s);
}

static int open_syslog(const struct cl_output_spec *spec, const atomic_bool *stop, void **state, struct cl_error *err)
{
	struct syslog *s = calloc(1, sizeof(*s));
	void *p = s;
	int r;

	if (!s)
		return cl_fail(err, -ENOMEM, "out of memory");
	s->spec = spec;
	s->max = CL_SYSLOG_MAX;
	s->stream = (struct cl_stream){.host = spec->host, .port = spec->port, .stop = stop, .fd = -1};
	r = cl_syslog_max_size(spec, &s->max, err);
	if (!r && spec->transport == &cl_transport_syslog_tls)
		r = cl_tls_new(&s->stream.tls, spec, err);
	if (r)
		close_syslog(&p);
	else
		*state = s;
	return r;
}

/* With new files, from the next connection on; when they are no good, with the old ones. */
static void reopen_tls(void *state)
{
	struct syslog *s = state;
	struct cl_error err = {0};
	struct cl_tls *tls = NULL;

	if (cl_tls_new(&tls, s->spec, &err)) {
		cl_warn("output %s: %s; using what was read before", s->spec->name, err.text);
		return;
	}
	disconnect(s, false);
	cl_tls_free(&s->stream.tls);
	s->stream.tls = tls;
}

static const char *const tcp_options[] = {"max-size", NULL};
static const char *const tls_options[] = {"max-size", CL_TLS_OPTIONS, NULL};

const struct cl_transport cl_transport_syslog_tcp = {
	.scheme = "syslog+tcp",
	.target = CL_TARGET_ADDRESS,
	.format = "ocsf",
	.options = tcp_options,
	.open = open_syslog,
	.send = send_syslog,
	.close = close_syslog,
};

const struct cl_transport cl_transport_syslog_tls = {
	.scheme = "syslog+tls",
	.target = CL_TARGET_ADDRESS,
	.port = "6514",
	.format = "ocsf",
	.options = tls_options,
	.open = open_syslog,
	.send = send_syslog,
	.reopen = reopen_tls,
	.close = close_syslog,
};
