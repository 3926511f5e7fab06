/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates beside private keys: until when, for whom and by whom. Public, untrusted, and not verified here. */
#pragma once

#include "credential/beside.h"

/* An X.509 certificate in PEM (the first in the text), or an OpenSSH one ("ssh-ed25519-cert-v01@openssh.com AAAA...").
 * True when there is one that can be read; *expires gets its end, 0: it has none. */
bool cl_certificate_x509(struct cl_view text, struct cl_facts *facts, uint64_t *expires);
bool cl_certificate_ssh(struct cl_view text, void *scratch, size_t size, struct cl_facts *facts, uint64_t *expires);
/* The one of the private key that b speaks of: in its block, in its text or in the file beside it. */
void cl_certificate_beside(const struct cl_beside *b, struct cl_view block, struct cl_facts *facts, uint64_t *expires);
