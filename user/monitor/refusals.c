/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/refusals.h"

#include "base/clock.h"
#include "base/log.h"

#define FULL ((uint64_t)CL_FLOOD_BURST * CL_NS_PER_S)

static size_t place_of(const struct cl_refusals *r, uid_t uid)
{
	size_t quiet = 0;

	for (size_t i = 0; i < CL_FLOOD_USERS; i++) {
		if (r->users[i].used && r->users[i].uid == uid)
			return i;
		if (!r->users[i].used || (r->users[quiet].used && r->users[i].when < r->users[quiet].when))
			quiet = r->users[quiet].used ? i : quiet;
	}
	return quiet;
}

bool cl_refusals_admit(struct cl_refusals *r, uid_t uid, uint64_t now)
{
	size_t i = place_of(r, uid);
	uint64_t passed, earned;

	if (!uid)
		return true;
	if (!r->users[i].used || r->users[i].uid != uid) {
		r->users[i].used = true;
		r->users[i].uid = uid;
		r->users[i].tokens = FULL;
		r->users[i].when = now;
	}
	passed = now > r->users[i].when ? now - r->users[i].when : 0;
	earned = passed < FULL ? passed * CL_FLOOD_RATE : FULL;
	r->users[i].tokens = r->users[i].tokens + earned < FULL ? r->users[i].tokens + earned : FULL;
	r->users[i].when = now;
	if (r->users[i].tokens < CL_NS_PER_S) {
		r->floods++;
		return false;
	}
	r->users[i].tokens -= CL_NS_PER_S;
	return true;
}

void cl_refusals_note(struct cl_refusals *r, const struct cl_peer *peer, const char *op, const char *why, uint64_t now)
{
	r->refused++;
	if (!r->window || now - r->window >= CL_REFUSALS_WINDOW_NS) {
		if (r->silent)
			cl_warn("control socket: %llu more requests were refused in the last minute",
				(unsigned long long)r->silent);
		r->window = now;
		r->logged = r->silent = 0;
	}
	if (r->logged >= CL_REFUSALS_LOGGED) {
		r->silent++;
		r->not_logged++;
		return;
	}
	r->logged++;
	cl_warn("control socket: refused %s%s%s of pid %d, uid %u: %s", *op ? "\"" : "a request", op, *op ? "\"" : "",
		(int)peer->pid, peer->uid, why);
}
