/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One POST after another to one place, by libcurl. It goes where its URL says and nowhere else: no proxy of the
 * environment, no redirection, no other protocol, no .netrc. TLS is 1.2 or later, and the server's certificate and name
 * are always verified. For one thread.
 *
 * libcurl is loaded with the first of these and not before: it brings thirty libraries that no other start needs. What it
 * frees is wiped, since requests carry tokens.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "base/error.h"

struct cl_client_place {			    /* all of it is copied but `stop` */
	const char *url;			    /* http:// or https://, host, port, begin of the path */
	const char *ca_file, *cert_file, *key_file; /* PEM; NULL: the system's authorities; no certificate of our own */
	uint64_t timeout_ns;	 /* of one request with its answer; it ends, too, when nothing comes for 10 s */
	size_t answer_max;	 /* bytes; a longer answer is an error */
	const atomic_bool *stop; /* once set a request ends within a fifth of a second; NULL: there is no such */
};

struct cl_client_request {
	const char *path;	    /* what follows the place's URL; NULL: nothing */
	const char *const *headers; /* "Name: value", ends with NULL; NULL: none */
	const char *secret;	    /* one more, which is wiped; NULL: none */
	const char *body;
	size_t len;
};

/* Zero-initialise, free `body` with cl_text_free; each request begins it anew. */
struct cl_client_answer {
	long status;
	uint64_t retry_after_ns; /* what Retry-After asks for, an hour at most; 0: nothing */
	struct cl_text body;
};

struct cl_client;
/* -ENOTSUP: libcurl is not there; -EINVAL: a URL or file that is none. Connects to nothing. */
int cl_client_new(struct cl_client **out, const struct cl_client_place *place, struct cl_error *err);
void cl_client_free(struct cl_client **p);
/* 0: answered, whatever the status; -ECANCELED: stopped; -EIO: no answer, err says why. */
int cl_client_post(struct cl_client *h, const struct cl_client_request *request, struct cl_client_answer *answer,
		   struct cl_error *err);
/* The next request makes a connection of its own: certificates and authorities are read anew. */
void cl_client_reconnect(struct cl_client *h);
