/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node ids: deterministic, globally unique, without secrets.
 *   host:<host id>   process:<boot id>:<tgid>:<start ns>   run:<host id>:<run id>   workflow:<name>
 *   user:<host id>:<uid>   cred:<32 hex>   destination:<tcp|udp|other>:<address>:<port>   destination:unix:<path>
 *   file:<host id or, inside a container, container id>:<path>; an IPv6 address stands in brackets
 *   container:<id>   unknown:<boot id>:<tgid>:<start ns> (a parent of which nothing else is known)
 * Each writes into buf (size bytes, cut with a hash at the end when too long) and returns it. Whatever comes from
 * outside stands escaped in it: an id is printable, and two different things never share one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "event/observation.h"

#define CL_ID_SIZE 512

char *cl_id_host(char *buf, size_t size, const char *host_id);
char *cl_id_process(char *buf, size_t size, const char *boot_id, struct cl_process_key key);
char *cl_id_unknown(char *buf, size_t size, const char *boot_id, struct cl_process_key key);
char *cl_id_run(char *buf, size_t size, const char *host_id, const char *run_id);
char *cl_id_workflow(char *buf, size_t size, const char *name);
char *cl_id_user(char *buf, size_t size, const char *host_id, uint32_t uid);
char *cl_id_credential(char *buf, size_t size, const uint8_t fp[CL_FP_SIZE]);
char *cl_id_file(char *buf, size_t size, const char *host_id, const char *path);
char *cl_id_destination(char *buf, size_t size, const struct cl_observation *connect);
char *cl_id_container(char *buf, size_t size, const char *id);

/* "tcp", "udp", "unix" or "other", as in a destination's id. */
const char *cl_transport_name(uint32_t family, uint32_t sock_type);
