/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names by which addresses were asked for, from the answers of name servers and from hosts files. A name is what whoever
 * answered says: it tells what a program meant to reach, it proves nothing about who is there. Bounded: CL_NAMES_EACH
 * names of one address, the latest first; of more addresses than fit the one goes that was told of longest ago.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CL_NAMES_EACH 4
#define CL_NAMES_TEXT 240 /* of all names of an address, separated by spaces */

struct cl_names;

int cl_names_new(struct cl_names **out, size_t max);
void cl_names_free(struct cl_names **p);
/* A DNS message: each address in an answer goes by the name of its question. Their number, -EPROTO, -ENOMEM. */
int cl_names_take(struct cl_names *n, const uint8_t *message, size_t len);
uint64_t cl_names_evicted(const struct cl_names *n);

/* Zero-initialise. */
struct cl_name_list {
	char text[CL_NAMES_TEXT];
	size_t len, n;
};
/* Both add what is not there yet; family AF_INET or AF_INET6. */
void cl_names_find(const struct cl_names *n, int family, const uint8_t *address, struct cl_name_list *out);
void cl_hosts_find(const char *text, size_t len, int family, const uint8_t *address, struct cl_name_list *out);
