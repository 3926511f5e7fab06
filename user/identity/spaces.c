/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose mount namespace is it? A process that enters a container (nsenter, setns) keeps its cgroup, which names the
 * container of those who were started in it. So these give their mount namespace the container's name, for as long as
 * one of them lives: the kernel gives the number of a namespace to another one later.
 */
#include <stdlib.h>
#include <string.h>

#include "identity/cgroup.h"
#include "identity/tables.h"

#define SPACES_MAX 4096

struct cl_space {
	uint32_t mntns;
	uint32_t anchors; /* live processes that gave the name */
	char *container;
	UT_hash_handle hh;
};

static struct cl_space *find(struct cl_identity *id, uint32_t mntns)
{
	struct cl_space *s = NULL;

	HASH_FIND(hh, id->spaces, &mntns, sizeof(mntns), s);
	return s;
}

static void forget(struct cl_identity *id, struct cl_space *s)
{
	HASH_DELETE(hh, id->spaces, s);
	cl_shared_put(&id->strings, &s->container);
	free(s);
}

static struct cl_space *make(struct cl_identity *id, uint32_t mntns)
{
	struct cl_space *s = HASH_COUNT(id->spaces) < SPACES_MAX ? calloc(1, sizeof(*s)) : NULL;

	if (s) {
		s->mntns = mntns;
		HASH_ADD(hh, id->spaces, mntns, sizeof(s->mntns), s);
		if (!cl_table_added(s)) {
			free(s);
			s = NULL;
		}
	}
	id->stats.spaces_refused += !s;
	return s;
}

/* The host's own namespace is no container's, whatever a cgroup is called; some containers share it. */
void cl_spaces_learn(struct cl_identity *id, struct cl_process *p)
{
	struct cl_space *s;

	if (p->anchors || p->exit_ts || !p->container || p->container_entered || !p->mntns ||
	    p->mntns == id->host.mntns)
		return;
	s = find(id, p->mntns);
	s = s ? s : make(id, p->mntns);
	if (!s || cl_shared_set(&id->strings, &s->container, p->container, CL_CGROUP_NAME, true))
		return;
	s->anchors++;
	p->anchors = true;
	p->anchor = p->mntns;
}

void cl_spaces_leave(struct cl_identity *id, struct cl_process *p)
{
	struct cl_space *s = p->anchors ? find(id, p->anchor) : NULL;

	p->anchors = false;
	if (s && !--s->anchors)
		forget(id, s);
}

void cl_spaces_settle(struct cl_identity *id, struct cl_process *p)
{
	const struct cl_space *s;

	if (p->container && !p->container_entered)
		return;
	s = p->mntns ? find(id, p->mntns) : NULL;
	p->container_entered = s;
	/* without memory it is in none that is known */
	if (cl_shared_set(&id->strings, &p->container, s ? s->container : NULL, CL_CGROUP_NAME, true))
		cl_shared_put(&id->strings, &p->container);
}

void cl_spaces_free(struct cl_identity *id)
{
	struct cl_space *s = NULL, *next = NULL;

	HASH_ITER (hh, id->spaces, s, next) {
		forget(id, s);
	}
}
