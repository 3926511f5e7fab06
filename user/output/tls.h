/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS 1.2 and 1.3 for a sender, by OpenSSL. The other end must show a certificate that a known authority signed and that
 * bears the expected name; there is no way around either, and none to a connection without TLS. Cipher suites: RFC 9662.
 *
 * Options of a spec: ca-file (PEM; else the system's authorities), cert-file and key-file (PEM; the key, which may lie in
 * the first, too, must not be open to everyone), server-name (else the spec's host).
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "output/spec.h"

#define CL_TLS_OPTIONS "ca-file", "cert-file", "key-file", "server-name"

struct ssl_st;
struct cl_tls; /* the settings: files are read once, here */
int cl_tls_new(struct cl_tls **out, const struct cl_output_spec *spec, struct cl_error *err);
void cl_tls_free(struct cl_tls **p); /* NULL-safe; sessions live on */

/*
 * The handshake on a connected non-blocking socket, which stays the caller's. A receiver that wants a certificate is given
 * a second to refuse ours: in TLS 1.3 the client's part ends before it could. -EPROTO: see err; -ETIMEDOUT, -ECANCELED.
 */
int cl_tls_start(struct cl_tls *t, int fd, uint64_t until, const atomic_bool *stop, struct ssl_st **out,
		 struct cl_error *err);
void cl_tls_end(struct ssl_st **p); /* says goodbye; NULL-safe; does not wait */
/* Bytes taken; -EAGAIN: to be called again with the same bytes when *events is there; -errno: broken, err says how. */
ssize_t cl_tls_write(struct ssl_st *ssl, const char *bytes, size_t len, short *events, struct cl_error *err);
/* Reads what is there and throws it away. 0: it goes on; 1: the other end closed it orderly; -errno: broken. */
int cl_tls_look(struct ssl_st *ssl, struct cl_error *err);
