/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the outputs over HTTP have in common: the place and its secret out of the spec, and sending many records at once
 * of which one may be refused. Spec options that each of them takes:
 *   ca-file=PEM    authorities that may vouch for the server instead of the system's
 *   cert-file=PEM  our certificate; key-file=PEM its key, when it is not in the same file
 *   timeout=S      of one request with its answer, 1 to 300 seconds (30)
 *   cleartext=yes  a secret may go over http:// to another host; without it that is refused
 * and one that names the file of a secret (output/secret.h), where the receiver takes one:
 *   token-file=    a token;   api-key-file=  an Elasticsearch API key, as it is given out "encoded"
 *   login-file=    "user:password"
 */
#pragma once

#include "output/client.h"
#include "output/secret.h"
#include "output/transport.h"

#define CL_RECEIVER_OPTIONS "ca-file", "cert-file", "key-file", "timeout", "cleartext"
#define CL_RECEIVER_RECORD_MAX 262144 /* bytes of one record; a larger one is cut as format/format.h says */
#define CL_RECEIVER_ANY SIZE_MAX

struct cl_receiver;

struct cl_receiver_reply {
	size_t bad;	   /* of -EBADMSG: which record; CL_RECEIVER_ANY: one of them */
	uint64_t retry_ns; /* of -EAGAIN: not before, 0: no time was named */
};

struct cl_receiver_kind {
	const char *name;  /* in messages: "Splunk" */
	const char *port;  /* when the spec has none; NULL: the scheme's */
	const char *token; /* how a token is announced: "Bearer" */
	bool whole_path;   /* the spec's path is the whole; else its final slashes go */
	/* Adds one finding to a body. -EMSGSIZE, -EBADMSG: cannot be made into a record. */
	int (*render)(struct cl_receiver *r, const struct cl_output_format *format, const cJSON *finding,
		      struct cl_text *body);
	/*
	 * Brings a body to the receiver. 0: each parcel has its result, -EAGAIN may be among them (then err says why);
	 * -EAGAIN: none is there; -EBADMSG: a record is refused for good, none is there unless reply->bad is known: then
	 * those before it may be.
	 */
	int (*post)(struct cl_receiver *r, struct cl_text *body, struct cl_parcel *parcels, size_t n,
		    struct cl_receiver_reply *reply, struct cl_error *err);
};

struct cl_receiver {
	const struct cl_receiver_kind *kind;
	struct cl_client *http;
	const atomic_bool *stop;
	char *url, *authority; /* https://host:port/path; its begin, for messages */
	char *secret_file;
	const char *secret_option;
	struct cl_secret header; /* "Authorization: ..." */
};

int cl_receiver_open(struct cl_receiver *r, const struct cl_receiver_kind *kind, const struct cl_output_spec *spec,
		     const atomic_bool *stop, struct cl_error *err);
void cl_receiver_close(struct cl_receiver *r);
/* A transport's send and reopen, when its state begins with a struct cl_receiver. */
int cl_receiver_send(void *state, const struct cl_output_format *format, struct cl_parcel *parcels, size_t n,
		     uint64_t *retry_ns, struct cl_error *err);
void cl_receiver_reopen(void *state);
/*
 * One request with the receiver's secret. 0: a 2xx; -EBADMSG: refused for good (400, 413 and every other 4xx that is not
 * in the list); -EAGAIN: nobody there, or 1xx, 3xx, 401, 403, 404, 407, 408, 425, 429, 5xx: what is wrong there is not the
 * record. err says what, without where.
 */
int cl_receiver_post(struct cl_receiver *r, const char *path, const char *const *headers, const struct cl_text *body,
		     struct cl_client_answer *answer, struct cl_receiver_reply *reply, struct cl_error *err);

bool cl_receiver_is_json(const struct cl_output_format *format);
/* One record: a JSON object, or another format's text as a JSON string. */
int cl_receiver_record(const struct cl_output_format *format, const cJSON *finding, struct cl_text *out);
#define CL_REPORT_KEY_SIZE 256
/* What tells this report from every other one, the same whenever it is sent: printable, without spaces. */
void cl_report_key(const cJSON *finding, char key[CL_REPORT_KEY_SIZE]);
