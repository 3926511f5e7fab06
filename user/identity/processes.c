/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fork, an exec, an exit or any other act says about processes. Nothing is guessed: a process that acts without
 * having been seen before is entered from its own record, with its parent's key; whose run it is then a guess, and
 * `unattributed` says so.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "credlineage/event.h"
#include "identity/tables.h"

#define COMM_BYTES 128 /* sixteen, escaped */
#define CGROUP_BYTES 1024
#define NO_LOGIN ((uint32_t)-1)
#define INIT_USERNS 0xeffffffdu /* the kernel fixes this number */

static bool is_older(struct cl_process_key a, struct cl_process_key b)
{
	return a.start != b.start ? a.start < b.start : a.tgid < b.tgid;
}

/* A parent that is not older than its child is not its parent: the key stays, the link is not made. */
static void link_parent(struct cl_process *p, struct cl_process_key key, struct cl_process *parent)
{
	p->parent_key = (struct cl_process_key){.start = key.start, .tgid = key.tgid};
	if (!parent || !is_older(parent->key, p->key))
		return;
	p->parent = parent;
	parent->children++;
}

static void unlink_parent(struct cl_identity *id, struct cl_process *p)
{
	struct cl_process *parent = p->parent;

	p->parent = NULL;
	if (parent && !--parent->children)
		cl_processes_enqueue(id, parent);
}

/* Records of the kernel carry the acting task as it is now. */
static bool has_task(uint32_t kind)
{
	return (kind >= CL_OBS_EXEC && kind <= CL_OBS_PROCESS);
}

/* It can enter another mount namespace at any time, and be put into another cgroup. */
static void refresh_place(struct cl_identity *id, struct cl_process *p, const struct cl_observation *obs)
{
	uint32_t mntns = p->mntns;

	if (obs->mntns)
		p->mntns = obs->mntns;
	if (obs->pidns)
		p->pidns = obs->pidns;
	if (obs->process.tgid == 1 && obs->ns_tgid == 1)
		id->host.mntns = p->mntns;
	if (p->mntns != mntns) {
		cl_spaces_leave(id, p);
		cl_spaces_learn(id, p);
		cl_spaces_settle(id, p);
	}
	if (obs->kind == CL_OBS_EXEC || obs->kind == CL_OBS_PROCESS)
		p->moved = false;
	else if (obs->cgroup_id && p->cgroup_id && obs->cgroup_id != p->cgroup_id)
		p->moved = true;
	if (obs->cgroup_id)
		p->cgroup_id = obs->cgroup_id;
}

/* Before it is taken over: does the record say something else than what is known? */
static bool differs(const struct cl_process *p, const struct cl_observation *obs)
{
	bool parent = obs->parent.tgid && !cl_key_equal(obs->parent, p->kernel_parent);
	bool name = obs->comm && (!p->comm || strcmp(p->comm, obs->comm) != 0);
	bool space = (obs->mntns && obs->mntns != p->mntns) || (obs->userns && obs->userns != p->userns);

	return parent || name || space || p->uid != obs->uid || p->euid != obs->euid || p->gid != obs->gid ||
	       p->loginuid != obs->loginuid || p->session != obs->session ||
	       (obs->cgroup_id && obs->cgroup_id != p->cgroup_id);
}

static void refresh(struct cl_identity *id, struct cl_process *p, const struct cl_observation *obs)
{
	p->changed |= differs(p, obs);
	p->uid = obs->uid;
	p->euid = obs->euid;
	p->gid = obs->gid;
	p->loginuid = obs->loginuid;
	p->session = obs->session;
	if (obs->ns_tgid)
		p->ns_tgid = obs->ns_tgid;
	if (obs->userns) {
		p->userns = obs->userns;
		p->ns_uid = obs->ns_uid;
	}
	if (obs->parent.tgid)
		p->kernel_parent = (struct cl_process_key){.start = obs->parent.start, .tgid = obs->parent.tgid};
	if (obs->comm) /* without memory the old one stays */
		cl_shared_set(&id->strings, &p->comm, obs->comm, COMM_BYTES, true);
	refresh_place(id, p, obs);
}

/* Enters the table alive, in its run; a younger holder of the tgid means that this one is gone already. */
static int enter(struct cl_identity *id, struct cl_process *p, uint64_t ts)
{
	struct cl_process *other = cl_processes_newest(id, p->key.tgid);
	int r = cl_processes_add(id, p);

	if (r)
		return r;
	cl_runs_enter(p->run);
	if (other && other->key.start > p->key.start)
		cl_processes_exit(id, p, ts, 0);
	else if (other && !other->exit_ts)
		cl_processes_exit(id, other, ts, 0);
	return 0;
}

static int make_unseen(struct cl_identity *id, const struct cl_observation *obs, struct cl_process **out)
{
	struct cl_process *p = calloc(1, sizeof(*p)), *parent = NULL;
	int r;

	if (!p)
		return -ENOMEM;
	p->key = (struct cl_process_key){.start = obs->process.start, .tgid = obs->process.tgid};
	p->loginuid = p->session = NO_LOGIN;
	if (obs->parent.tgid)
		parent = cl_processes_find(id, obs->parent);
	link_parent(p, obs->parent, parent);
	p->run = cl_restored_member(id, p->key);
	p->unattributed = !p->run;
	if (!p->run)
		p->run = p->parent ? p->parent->run : id->host_run;
	r = enter(id, p, obs->ts);
	if (r) {
		unlink_parent(id, p);
		cl_processes_release(id, p);
		return r;
	}
	if (obs->kind != CL_OBS_EXEC && obs->kind != CL_OBS_PROCESS)
		id->stats.processes_unknown++;
	*out = p;
	return 0;
}

int cl_processes_actor(struct cl_identity *id, const struct cl_observation *obs, struct cl_process **out)
{
	struct cl_process *p = cl_processes_find(id, obs->process);
	int r;

	if (!p) {
		r = make_unseen(id, obs, &p);
		if (r)
			return r;
	}
	if (has_task(obs->kind))
		refresh(id, p, obs);
	*out = p;
	return 0;
}

/* A fork copies the image; who it is in the end an exec says. */
static void copy_image(struct cl_identity *id, struct cl_process *to, const struct cl_process *from)
{
	cl_shared_copy(&id->strings, &to->exe, from->exe);
	cl_shared_copy(&id->strings, &to->script, from->script);
	cl_shared_copy(&id->strings, &to->program, from->program);
	cl_shared_copy(&id->strings, &to->preload, from->preload);
	cl_shared_copy(&id->strings, &to->command, from->command);
	cl_shared_copy(&id->strings, &to->cgroup, from->cgroup);
	cl_shared_copy(&id->strings, &to->container, from->container);
	cl_shared_copy(&id->strings, &to->comm, from->comm);
	to->exe_ino = from->exe_ino;
	to->exe_dev = from->exe_dev;
	to->flags = from->flags;
	to->cgroup_id = from->cgroup_id;
	to->container_entered = from->container_entered;
	to->userns = from->userns;
	to->ns_uid = from->ns_uid;
	to->mntns = from->mntns;
	to->pidns = from->pidns;
	to->uid = from->uid;
	to->euid = from->euid;
	to->gid = from->gid;
	to->loginuid = from->loginuid;
	to->session = from->session;
}

/* The child acted, or the baseline saw it, before its fork was read: now its creator is known. */
static void adopt(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *child,
		  struct cl_process *creator)
{
	if (child->parent != creator) {
		unlink_parent(id, child);
		link_parent(child, creator->key, creator);
	}
	if (!child->exe && !child->exec_ts)
		copy_image(id, child, creator);
	if (child->unattributed && !cl_runs_contains(child->run, creator->run))
		cl_runs_move(id, child, creator->run, obs->ts);
	child->unattributed = creator->unattributed;
	child->known = true;
}

int cl_processes_fork(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *creator)
{
	struct cl_process *child;
	int r;

	if (!obs->child.tgid || cl_key_equal(obs->child, creator->key))
		return 0;
	child = cl_processes_find(id, obs->child);
	if (child) {
		adopt(id, obs, child, creator);
		return 0;
	}
	child = calloc(1, sizeof(*child));
	if (!child)
		return -ENOMEM;
	child->key = (struct cl_process_key){.start = obs->child.start, .tgid = obs->child.tgid};
	child->run = creator->run;
	child->known = true;
	child->unattributed = creator->unattributed;
	copy_image(id, child, creator);
	link_parent(child, creator->key, creator);
	r = enter(id, child, obs->ts);
	if (r) {
		unlink_parent(id, child);
		cl_processes_release(id, child);
	}
	return r;
}

/* A look at the process after records were lost: it has become something else since the last one that was read. */
static bool is_other_image(const struct cl_process *p, const struct cl_observation *obs)
{
	return obs->ts > p->exec_ts && obs->exe &&
	       (obs->exe_ino != p->exe_ino || (obs->command && p->command && strcmp(obs->command, p->command)));
}

bool cl_identity_is_news(struct cl_identity *id, const struct cl_observation *obs)
{
	const struct cl_process *p = cl_processes_find(id, obs->process);

	if (!p)
		return true;
	if (p->exit_ts)
		return false;
	return !p->known || is_other_image(p, obs) || (!p->parent && cl_processes_find(id, obs->parent));
}

/* Its parent was not in the table when it came. */
static void find_parent(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p)
{
	if (!p->parent && obs->parent.tgid)
		link_parent(p, obs->parent, cl_processes_find(id, obs->parent));
}

int cl_processes_exec(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p)
{
	/* the baseline is a look at some time after the start: what a record has said is better, unless it was the last
	 * one that came */
	bool later = obs->kind == CL_OBS_PROCESS && p->known && is_other_image(p, obs);
	bool better = obs->kind == CL_OBS_EXEC || !p->exe || !p->known || later;
	int r = 0;

	p->known = true;
	find_parent(id, obs, p);
	if (better)
		r = cl_images_set(id, obs, p);
	if (obs->kind == CL_OBS_EXEC || later) {
		p->exec_ts = obs->ts ? obs->ts : 1;
		p->acted = false;
	}
	return r;
}

bool cl_process_in_userns(const struct cl_process *p)
{
	return p->userns && p->userns != INIT_USERNS;
}

void cl_processes_exit(struct cl_identity *id, struct cl_process *p, uint64_t ts, int32_t code)
{
	if (p->exit_ts)
		return;
	p->exit_ts = ts ? ts : 1;
	p->exit_code = code;
	cl_spaces_leave(id, p);
	cl_runs_leave(id, p->run, p->exit_ts);
	cl_runs_root_exit(id, p->run, p->key, p->exit_ts);
	cl_processes_enqueue(id, p);
}
