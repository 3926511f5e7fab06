/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/errand.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

enum { FREE = 0, PENDING = 1, DONE = 2 };

/* Not kept as it is: its texts are not redacted. 0: out of memory. */
static uint64_t hash_of(const cJSON *request)
{
	_cleanup_free_ char *text = cJSON_PrintUnformatted(request);
	uint64_t hash = text ? cl_fnv1a(text, strlen(text)) : 0;

	if (text)
		explicit_bzero(text, strlen(text));
	return hash;
}

int cl_errand_turn(struct cl_errand *e, const struct cl_peer *peer, const cJSON *request)
{
	uint64_t asked = hash_of(request);
	bool same = e->asked == asked && e->pid == peer->pid;
	int state = atomic_load(&e->state);

	if (!asked)
		return -ENOMEM;
	if (state == PENDING)
		return same ? CL_ERRAND_WAIT : CL_ERRAND_ANOTHER;
	if (state == DONE && same)
		return CL_ERRAND_DONE;
	cl_errand_end(e);
	e->asked = asked;
	e->pid = peer->pid;
	return CL_ERRAND_BEGIN;
}

int cl_errand_begin(struct cl_errand *e, struct cl_writer *w, void (*run)(void *ctx, struct cl_store_db *db), void *ctx)
{
	atomic_store(&e->state, PENDING);
	if (cl_writer_ask(w, run, ctx))
		return 0;
	cl_errand_end(e);
	return -EBUSY;
}

void cl_errand_done(struct cl_errand *e)
{
	atomic_store(&e->state, DONE);
}

void cl_errand_end(struct cl_errand *e)
{
	e->asked = 0;
	e->pid = 0;
	atomic_store(&e->state, FREE);
}

bool cl_errand_is_pending(const struct cl_errand *e)
{
	return atomic_load(&e->state) == PENDING;
}

bool cl_errand_is_done(const struct cl_errand *e)
{
	return atomic_load(&e->state) == DONE;
}
