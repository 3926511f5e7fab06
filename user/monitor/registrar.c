/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/registrar.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/text.h"
#include "capture/procfs.h"
#include "monitor/registrar_request.h"

#define RUNS_PER_USER 256 /* active ones that a user has declared; root: as many as there is room for */

/* ---- who is it? ---- */

static int not_known_yet(struct cl_error *err)
{
	return cl_fail(err, -EAGAIN, "the process is not known to the monitor");
}

/* Clock ticks since boot, of the process that has the number now; 0: nobody has it. */
static uint64_t start_ticks(uint32_t tgid)
{
	_cleanup_close_ int dir = -1;
	char path[32], text[1024];
	uint64_t ticks = 0;

	snprintf(path, sizeof(path), "/proc/%u", tgid);
	dir = open(path, O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || cl_procfs_read(dir, "stat", text, sizeof(text)) <= 0 || cl_procfs_start_ticks(text, &ticks))
		return 0;
	return ticks;
}

/* What is known of a number may be of the one that had it before: its end, or the next one's fork, is still to be read. */
static int check_alive(const struct cl_process *p, struct cl_error *err)
{
	uint64_t ticks = start_ticks(p->key.tgid), hz = (uint64_t)sysconf(_SC_CLK_TCK);

	if (!ticks)
		return cl_fail(err, -ESRCH, "process %u has exited", p->key.tgid);
	if (ticks != p->key.start / (CL_NS_PER_S / hz))
		return cl_fail(err, -EAGAIN, "process %u is another one by now", p->key.tgid);
	return 0;
}

/* The peer as a process. Who started after the connection was made is not who made it. */
static int find_peer(struct cl_registrar *reg, const struct cl_peer *peer, const struct cl_process **out,
		     struct cl_error *err)
{
	const struct cl_process *p = cl_identity_by_pid(reg->identity, (uint32_t)peer->pid);
	int r;

	if (!p)
		return start_ticks((uint32_t)peer->pid) ? not_known_yet(err)
							: cl_fail(err, -ESRCH, "the asking process has exited");
	if (peer->since && p->key.start > peer->since)
		return cl_fail(err, -ESRCH, "the asking process has exited, another one has its number");
	r = check_alive(p, err);
	if (!r)
		*out = p;
	return r;
}

struct search {
	uint32_t pidns, pid;
	const struct cl_process *found;
};

static void is_it(void *ctx, const struct cl_process *p)
{
	struct search *s = ctx;

	if (p->pidns == s->pidns && p->ns_tgid == s->pid)
		s->found = p;
}

static const struct cl_process *in_namespace(struct cl_registrar *reg, uint32_t pidns, uint32_t pid)
{
	struct search s = {.pidns = pidns, .pid = pid};

	if (pidns)
		cl_identity_each_living(reg->identity, is_it, &s);
	return s.found;
}

/* In the pid namespace of the first process, where numbers mean what they mean here. */
static bool is_outside(struct cl_registrar *reg, const struct cl_process *p)
{
	const struct cl_process *first = cl_identity_by_pid(reg->identity, 1);

	return first && first->pidns && p->pidns ? p->pidns == first->pidns : p->ns_tgid == p->key.tgid;
}

/* The process that the peer means by a number: that of its own pid namespace. */
static int find_target(struct cl_registrar *reg, const struct cl_peer *peer, uint32_t pid,
		       const struct cl_process **out, struct cl_error *err)
{
	const struct cl_process *asking = NULL, *p;
	bool root = !peer->uid;
	int r = find_peer(reg, peer, &asking, err);

	if (r || !asking)
		return r ? r : -ESRCH;
	p = is_outside(reg, asking) ? cl_identity_by_pid(reg->identity, pid) : in_namespace(reg, asking->pidns, pid);
	if (!p)
		return not_known_yet(err);
	/* root of a user namespace is root of that one only */
	root = root && (!cl_process_in_userns(asking) || p->userns == asking->userns);
	if (!root && peer->uid != p->uid)
		return cl_fail(err, -EPERM, "process %u belongs to another user", pid);
	r = check_alive(p, err);
	if (!r)
		*out = p;
	return r;
}

/* ---- begin ---- */

static int make_run_id(char *buf, size_t size, const char *workflow)
{
	unsigned char bytes[4];
	char hex[2 * sizeof(bytes) + 1];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -EIO;
	cl_hex(hex, bytes, sizeof(bytes));
	snprintf(buf, size, "%.200s-%s", workflow, hex);
	return 0;
}

/* Fills who acts from the process table: the monitor has that from the kernel. */
static void fill_actor(struct cl_observation *obs, const struct cl_process *p)
{
	obs->process = p->key;
	obs->parent = p->parent_key;
	obs->uid = p->uid;
	obs->euid = p->euid;
	obs->gid = p->gid;
	obs->loginuid = p->loginuid;
	obs->session = p->session;
	obs->ns_tgid = p->ns_tgid;
	obs->comm = p->comm;
}

struct tally {
	uint32_t uid;
	unsigned int n;
};

static void count_run(void *ctx, const struct cl_run *run)
{
	struct tally *t = ctx;

	t->n += run->declared && run->state == CL_RUN_ACTIVE && run->registrant == t->uid;
}

static int check_room(struct cl_registrar *reg, const struct cl_peer *peer, struct cl_error *err)
{
	struct tally t = {.uid = peer->uid};

	if (!peer->uid)
		return 0;
	cl_identity_each_run(reg->identity, count_run, &t);
	return t.n < RUNS_PER_USER ? 0
				   : cl_fail(err, -EDQUOT, "user %u has %u active runs already: end some (task end)",
					     peer->uid, t.n);
}

/* `p` NULL: for the cgroup that *obs names. */
static int begin(struct cl_registrar *reg, const struct cl_peer *peer, const struct cl_process *p, const cJSON *request,
		 struct cl_observation *obs, cJSON *reply, struct cl_error *err)
{
	struct cl_declaration d;
	char made[256];
	int r = cl_registrar_declaration(request, &d, err);

	r = r ? r : check_room(reg, peer, err);
	if (r)
		return r;
	if (!d.run_id) {
		r = make_run_id(made, sizeof(made), d.workflow);
		if (r)
			return r;
		d.run_id = made;
	}
	if (cl_identity_run(reg->identity, d.run_id))
		return cl_fail(err, -EEXIST, "run id \"%s\" is taken", d.run_id);
	cl_registrar_first_names(reg, &d);
	obs->kind = CL_OBS_RUN_BEGIN;
	obs->ts = cl_boot_ns();
	obs->run_kind = "declared";
	obs->registrant = peer->uid;
	cl_registrar_fill(&d, obs);
	if (p)
		fill_actor(obs, p);
	reg->feed(reg->ctx, obs);
	if (!cl_identity_run(reg->identity, d.run_id))
		return cl_fail(err, -ENOSPC, "no room for another run (limits.runs), or nested too deep");
	cl_json_str(reply, "run_id", d.run_id);
	return 0;
}

static int run(struct cl_registrar *reg, const struct cl_peer *peer, const cJSON *request, cJSON *reply,
	       struct cl_error *err)
{
	struct cl_observation obs = {0};
	const struct cl_process *p = NULL;
	int r = find_peer(reg, peer, &p, err);

	return r ? r : begin(reg, peer, p, request, &obs, reply, err);
}

/* A cgroup is its directory's owner's, who may put processes into it; root may name any. */
static int check_cgroup(const struct cl_peer *peer, const char *path, struct cl_error *err)
{
	static const char *const mounts[] = {"", "/unified", "/pids", "/memory", "/devices", "/cpu", "/systemd"};
	char full[1200];
	struct stat st;

	if (*path != '/' || !path[1] || strstr(path, "/../") || strstr(path, "//") || cl_ends_with(path, "/.."))
		return cl_fail(err, -EINVAL, "\"cgroup\" must be a path as in /proc/PID/cgroup, and not the root");
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		snprintf(full, sizeof(full), "/sys/fs/cgroup%s%s", mounts[i], path);
		if (lstat(full, &st) || !S_ISDIR(st.st_mode))
			continue;
		return !peer->uid || st.st_uid == peer->uid
			       ? 0
			       : cl_fail(err, -EPERM, "cgroup \"%s\" belongs to another user", path);
	}
	return cl_fail(err, -ENOENT, "there is no cgroup \"%s\"", path);
}

static int begin_cgroup(struct cl_registrar *reg, const struct cl_peer *peer, const cJSON *request, cJSON *reply,
			struct cl_error *err)
{
	struct cl_observation obs = {0};
	const struct cl_process *asking = NULL;
	int r = cl_registrar_cgroup(request, &obs.cgroup, err);

	r = r ? r : find_peer(reg, peer, &asking, err);
	if (r || !asking)
		return r ? r : -ESRCH;
	if (!is_outside(reg, asking) || cl_process_in_userns(asking))
		return cl_fail(err, -EPERM, "a cgroup can only be named from outside of containers");
	r = check_cgroup(peer, obs.cgroup, err);
	return r ? r : begin(reg, peer, NULL, request, &obs, reply, err);
}

static int task_begin(struct cl_registrar *reg, const struct cl_peer *peer, const cJSON *request, cJSON *reply,
		      struct cl_error *err)
{
	double pid = cl_json_get_num(request, "pid"), start = cl_json_get_num(request, "start");
	struct cl_observation obs = {0};
	const struct cl_process *p = NULL;
	int r;

	if (cl_json_at(request, "cgroup"))
		return cl_json_at(request, "pid")
			       ? cl_fail(err, -EINVAL, "either \"pid\" or \"cgroup\" says what the run is of")
			       : begin_cgroup(reg, peer, request, reply, err);
	if (pid < 1 || pid > INT32_MAX || pid != (double)(uint32_t)pid)
		return cl_fail(err, -EINVAL, "\"pid\" must be a process id");
	r = find_target(reg, peer, (uint32_t)pid, &p, err);
	if (r || !p)
		return r ? r : -ESRCH;
	if (start && start != (double)start_ticks(p->key.tgid))
		return cl_fail(err, -ESRCH, "process %.0f is another one by now", pid);
	return begin(reg, peer, p, request, &obs, reply, err);
}

/* ---- end ---- */

static bool may_end(struct cl_registrar *reg, const struct cl_peer *peer, const struct cl_run *run)
{
	const struct cl_process *root = cl_identity_process(reg->identity, run->root);

	return run->declared && (!peer->uid || run->registrant == peer->uid || (root && root->uid == peer->uid));
}

static int task_end(struct cl_registrar *reg, const struct cl_peer *peer, const cJSON *request, cJSON *reply,
		    struct cl_error *err)
{
	struct cl_observation obs = {.kind = CL_OBS_RUN_END, .ts = cl_boot_ns(), .registrant = peer->uid};
	const struct cl_run *r;
	int e = cl_registrar_end(request, &obs, err);

	if (e)
		return e;
	r = cl_identity_run(reg->identity, obs.run_id);
	if (!r)
		return cl_fail(err, -ENOENT, "run \"%s\" is not known", obs.run_id);
	if (!may_end(reg, peer, r))
		return cl_fail(err, -EPERM, "run \"%s\" is not yours to end", obs.run_id);
	if (r->state != CL_RUN_ACTIVE)
		return cl_fail(err, -EALREADY, "run \"%s\" has ended already", obs.run_id);
	reg->feed(reg->ctx, &obs);
	cl_json_str(reply, "run_id", obs.run_id);
	return 0;
}

/* ---- list ---- */

static void list_run(void *ctx, const struct cl_run *r)
{
	static const char *const states[] = {"active", "ended", "ended with survivors"};
	cJSON *item = cl_json_push(ctx);

	cl_json_str(item, "run_id", r->id);
	cl_json_str(item, "workflow", r->workflow);
	cl_json_str(item, "kind", cl_run_kind_name(r->kind));
	cl_json_str(item, "environment", r->environment);
	cl_json_str(item, "repository", r->repository);
	cl_json_str(item, "job", r->job);
	cl_json_str(item, "attempt", r->attempt);
	cl_json_str(item, "spiffe_id", r->spiffe_id);
	cl_json_str(item, "owner", r->owner);
	cl_json_str(item, "state", states[r->state]);
	cl_json_str(item, "outcome", r->outcome);
	cl_json_str(item, "parent", r->parent ? r->parent->id : NULL);
	cl_json_num(item, "live", r->live);
	if (r->ttl)
		cl_json_num(item, "ttl_seconds", (double)(r->ttl / CL_NS_PER_S));
}

/* ---- requests ---- */

/* Every text of the request, lists included; a fingerprint is none that anybody wrote. */
static int conceal(const struct cl_registrar *reg, cJSON *value)
{
	const char *safe = NULL;
	uint8_t fp[CL_FP_SIZE];
	cJSON *item;
	int r = 0;

	if (cJSON_IsString(value) && cl_fp_parse(value->valuestring, fp))
		r = reg->conceal(reg->ctx, value->valuestring, &safe);
	if (!r && safe && !cJSON_SetValuestring(value, safe))
		r = -ENOMEM;
	cJSON_ArrayForEach (item, value)
		r = r ? r : conceal(reg, item);
	return r;
}

int cl_registrar_handle(void *ctx, const struct cl_peer *peer, cJSON *request, cJSON *reply, struct cl_error *err)
{
	struct cl_registrar *reg = ctx;
	const char *op;
	int r = conceal(reg, request);

	if (r)
		return r;
	op = cl_json_get_str(request, "op");
	if (!strcmp(op, "run"))
		return run(reg, peer, request, reply, err);
	if (!strcmp(op, "task-begin"))
		return task_begin(reg, peer, request, reply, err);
	if (!strcmp(op, "task-end"))
		return task_end(reg, peer, request, reply, err);
	if (!strcmp(op, "task-list")) {
		cl_identity_each_run(reg->identity, list_run, cl_json_arr(reply, "runs"));
		return 0;
	}
	if (!strcmp(op, "policy"))
		return cl_desk_handle(reg->desk, peer, request, reply, err);
	if (!strcmp(op, "dead-letters"))
		return cl_letters_handle(&reg->letters, peer, request, reply, err);
	if (!strcmp(op, "status")) {
		reg->status(reg->ctx, reply);
		return 0;
	}
	return cl_fail(err, -EINVAL,
		       "unknown \"op\" (run, task-begin, task-end, task-list, policy, dead-letters, status)");
}

bool cl_registrar_admit(void *ctx, const struct cl_peer *peer)
{
	struct cl_registrar *reg = ctx;

	return cl_refusals_admit(&reg->refusals, peer->uid, cl_boot_ns());
}

void cl_registrar_refused(void *ctx, const struct cl_peer *peer, const char *op, const char *why)
{
	struct cl_registrar *reg = ctx;

	cl_refusals_note(&reg->refusals, peer, op, why, cl_boot_ns());
}
