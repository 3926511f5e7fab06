/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transport carries findings to one place. One file and one row in output.c each. A transport renders by itself
 * with the format it is given, since only it knows what one message may hold; it keeps no finding after send.
 */
#pragma once

#include "output/output.h"
#include "output/spec.h"

struct cl_transport {
	const char *scheme;
	const char *format; /* when the spec names none; NULL: open sets it (what is at the other end decides) */
	/* *state belongs to the caller until close. Nothing may block here: a place that is away is met in send. */
	int (*open)(const struct cl_output_spec *spec, void **state, struct cl_error *err);
	/* As cl_output_send. */
	int (*send)(void *state, const struct cl_output_format *format, const cJSON *finding, uint64_t *retry_ns,
		    struct cl_error *err);
	void (*close)(void **state);
};

extern const struct cl_transport cl_transport_stdout, cl_transport_file, cl_transport_syslog_tcp;

/* Writes all or nothing as far as the descriptor can tell. 0 or -errno; *written says how much went out. */
int cl_write_whole(int fd, const char *bytes, size_t len, size_t *written);

/*
 * Renders into at most `limit` bytes: leaves out the lineage, then evidence, chains, destinations and acts of coverage,
 * frameworks, observables, then shortens strings; of the story, which is told before the chains go, last. The result is
 * always a whole record; what was left out is said in it (OCSF: metadata.is_truncated and untruncated_size). -EMSGSIZE
 * when not even that helps.
 */
int cl_render_within(const struct cl_output_format *format, const cJSON *finding, uint64_t logged_ns, size_t limit,
		     struct cl_text *out);
