/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was refused at the control socket: who asks too often, and what is said about it. A user gets CL_FLOOD_BURST
 * requests at once and CL_FLOOD_RATE a second; root is not held to it. Of refusals a few a minute are logged, the rest
 * is counted and the count logged.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "control/control.h"

#define CL_FLOOD_BURST 200u
#define CL_FLOOD_RATE 50u
#define CL_FLOOD_USERS 64 /* the one that has been quiet for longest goes */
#define CL_REFUSALS_LOGGED 10
#define CL_REFUSALS_WINDOW_NS 60000000000ull

struct cl_refusals {
	struct {
		uid_t uid;
		bool used;
		uint64_t tokens; /* of CL_NS_PER_S each */
		uint64_t when;	 /* boot ns */
	} users[CL_FLOOD_USERS];
	uint64_t window, logged, silent; /* window: its beginning */
	uint64_t floods, refused, not_logged;
};

/* False: this user has asked too often by now. */
bool cl_refusals_admit(struct cl_refusals *r, uid_t uid, uint64_t now);
/* Counts, and logs or not. */
void cl_refusals_note(struct cl_refusals *r, const struct cl_peer *peer, const char *op, const char *why, uint64_t now);
