/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service manager is told: sd_notify(3)'s protocol, one datagram each to $NOTIFY_SOCKET. Nothing happens where
 * there is none.
 *   READY=1      all that was there before is known, the probes report
 *   STATUS=...   every ten seconds, one line for `systemctl status`
 *   WATCHDOG=1   twice in $WATCHDOG_USEC, from the capture's loop itself, while the writer's thread lives
 *   RELOADING=1  with MONOTONIC_USEC (the manager tells by it which reload is over at the next READY=1); STOPPING=1
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cl_notify {
	uint64_t watchdog_ns; /* the manager's patience; 0: it does not wait */
	uint64_t petted;      /* boot ns */
};

void cl_notify_begin(struct cl_notify *n); /* reads the environment */
void cl_notify_ready(void);
void cl_notify_reloading(void); /* cl_notify_ready ends it */
void cl_notify_stopping(void);
/* `text`: one line without control characters. */
void cl_notify_status(const char *text);
/* Each turn of the loop. `alive`: the other threads do their work, too. */
void cl_notify_turn(struct cl_notify *n, uint64_t now, bool alive);
