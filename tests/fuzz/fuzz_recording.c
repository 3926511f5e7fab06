/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recording from a stranger. Uncompressed input reaches the codec directly; what is decoded goes through the identity
 * tables, which must stay sound, and survives a round trip.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "event/recording.h"
#include "identity/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_chain(struct cl_process *p)
{
	size_t depth = 0;

	for (struct cl_run *r = p->run; r; r = r->parent)
		if (++depth > 64)
			abort();
	for (depth = 0; p; p = p->parent)
		if (++depth > 64)
			abort();
}

static void round_trip(const struct cl_observation *o)
{
	struct cl_observation back;
	struct cl_arena *arena = NULL;
	uint8_t *buf = NULL, *again = NULL;
	size_t len = 0, cap = 0, again_len = 0, again_cap = 0;

	if (cl_arena_new(&arena, 16 << 20))
		return;
	if (!cl_obs_encode(o, &buf, &len, &cap)) {
		if (cl_obs_decode(buf, len, arena, &back) || cl_obs_encode(&back, &again, &again_len, &again_cap) ||
		    len != again_len || memcmp(buf, again, len))
			abort();
	}
	free(buf);
	free(again);
	cl_arena_free(&arena);
}

static void play(const char *path)
{
	struct cl_identity *id = NULL;
	struct cl_player *p = NULL;
	struct cl_process *actor;
	struct cl_run *ended;
	struct cl_observation o;
	struct cl_error err;

	if (cl_player_new(&p, path, &err))
		return;
	if (!cl_identity_new(&id, 16, 8)) {
		while (cl_player_next(p, &o, &err) == 1) {
			round_trip(&o);
			if (!cl_identity_apply(id, &o, &actor, &ended) && actor)
				check_chain(actor);
			if (cl_identity_stats(id)->processes > 16 || cl_identity_stats(id)->runs > 8)
				abort();
		}
	}
	cl_identity_free(&id);
	cl_player_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("recording", 0);
	char path[64];

	if (fd < 0)
		return 0;
	if (write(fd, data, size) == (ssize_t)size) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		play(path);
	}
	close(fd);
	return 0;
}
