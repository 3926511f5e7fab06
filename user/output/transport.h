/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transport carries findings, and acts where the format has records for them, to one place. One file and one row in output.c each. A transport renders by itself
 * with the format it is given, since only it knows what one message may hold; it keeps no finding after send.
 */
#pragma once

#include <stdatomic.h>

#include "format/format.h"
#include "output/output.h"
#include "output/spec.h"

enum cl_target {
	CL_TARGET_NONE,	   /* scheme: */
	CL_TARGET_PATH,	   /* scheme:/absolute/path */
	CL_TARGET_ADDRESS, /* scheme://host:port */
	CL_TARGET_URL,	   /* scheme://host[:port][/path] */
};

struct cl_transport {
	const char *scheme;
	enum cl_target target;
	const char *port;   /* ADDRESS: when the spec names none; NULL: it has to */
	const char *format; /* when the spec names none; NULL: open's to say (what is at the other end decides) */
	const char *const *options; /* of its own, ends with NULL; NULL: none */
	size_t batch;		    /* parcels in one call of send; 0 is 1 */
	bool one_state; /* two at one place would be in each other's way: what sends there shares one (a file, stdout) */
	bool no_events; /* takes findings only */
	/*
	 * *state belongs to the caller until close. Nothing may block here: a place that is away is met in send. `spec` and
	 * `stop` live as long as the state: once it is set, send comes back within a second.
	 */
	int (*open)(const struct cl_output_spec *spec, const atomic_bool *stop, void **state, struct cl_error *err);
	/* As cl_output_send; every result is -EAGAIN when it is called. */
	int (*send)(void *state, const struct cl_output_format *format, struct cl_parcel *parcels, size_t n,
		    uint64_t *retry_ns, struct cl_error *err);
	void (*reopen)(void *state); /* NULL: nothing to reopen */
	void (*close)(void **state);
};
const struct cl_transport *cl_transport_find(const char *scheme); /* NULL: there is none */
const char *cl_transport_forms(void);				  /* "stdout:, file:/PATH and ...", for messages */

extern const struct cl_transport cl_transport_stdout, cl_transport_file, cl_transport_journald, cl_transport_syslog_udp,
	cl_transport_syslog_tcp, cl_transport_syslog_tls;
extern const struct cl_transport cl_transport_splunk, cl_transport_splunk_plain;
extern const struct cl_transport cl_transport_elasticsearch, cl_transport_elasticsearch_plain;
extern const struct cl_transport cl_transport_webhook, cl_transport_webhook_plain;
extern const struct cl_transport cl_transport_alertmanager, cl_transport_alertmanager_plain;

/* Writes all or nothing as far as the descriptor can tell. 0 or -errno; *written says how much went out. */
int cl_write_whole(int fd, const char *bytes, size_t len, size_t *written);
