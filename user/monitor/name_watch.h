/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By which names processes ask for the addresses that they connect to. Nothing is asked on their behalf; what they
 * themselves were told is looked at:
 *   - answers of name servers that come to this host's network namespace or through it: two packet sockets that let
 *     nothing pass but UDP from port 53, and of that only what comes from the servers of resolv.conf, ours or
 *     systemd-resolved's, or from this host itself (another one could say anything to whoever asks it)
 *   - the hosts file that the process sees, where it belongs to root and the process is in our user namespace
 * Not seen: answers over TCP, TLS or HTTPS, and those of a name server within another network namespace. The names are
 * part of the observation of the connect, so a replay has them.
 */
#pragma once

#include <stdint.h>

#include "event/event.h"
#include "event/names.h"
#include "event/observation.h"

struct cl_name_watch;
/* Without the right to a packet socket it does with hosts files, and says so in the log. 0, -ENOMEM. */
int cl_name_watch_new(struct cl_name_watch **out);
void cl_name_watch_free(struct cl_name_watch **p);
/* As cl_names_fn (pipeline/observe.h). */
void cl_name_watch_find(void *ctx, const struct cl_event *ev, int family, const uint8_t *address,
			struct cl_name_list *out);

struct cl_name_watch_stats {
	uint64_t answers, lost, refused, evicted; /* refused: from who is no server of ours */
};
const struct cl_name_watch_stats *cl_name_watch_stats(struct cl_name_watch *w);
