/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/registrar.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/text.h"

#define NAME_MAX_BYTES 200

/* Names come from local programs: bounded, printable, no control characters. */
static int take_name(const cJSON *request, const char *key, const char **out, struct cl_error *err)
{
	const cJSON *item = cl_json_at(request, key);
	_cleanup_text_ struct cl_text safe = {0};
	const char *s;

	if (!item || cJSON_IsNull(item))
		return 0;
	s = cJSON_IsString(item) ? item->valuestring : "";
	if (!*s || strlen(s) > NAME_MAX_BYTES || cl_text_escape(&safe, s, strlen(s)) || strcmp(cl_text_str(&safe), s))
		return cl_fail(err, -EINVAL, "\"%s\" must be a printable string of 1 to %d bytes without backslashes",
			       key, NAME_MAX_BYTES);
	*out = s;
	return 0;
}

static int take_ttl(const cJSON *request, uint64_t *out, struct cl_error *err)
{
	const char *ttl = NULL;
	int r = take_name(request, "ttl", &ttl, err);

	if (r || !ttl)
		return r;
	if (cl_parse_duration(ttl, out))
		return cl_fail(err, -EINVAL, "\"ttl\" must be a duration such as \"15m\"");
	return 0;
}

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

static int begin(struct cl_registrar *reg, const struct cl_process *p, const cJSON *request, cJSON *reply,
		 struct cl_error *err)
{
	struct cl_observation obs = {.kind = CL_OBS_RUN_BEGIN, .ts = cl_boot_ns(), .run_kind = "declared"};
	char made[256];
	int r;

	r = take_name(request, "workflow", &obs.workflow, err);
	r = r ? r : take_name(request, "run_id", &obs.run_id, err);
	r = r ? r : take_name(request, "environment", &obs.environment, err);
	r = r ? r : take_name(request, "spiffe_id", &obs.spiffe_id, err);
	r = r ? r : take_ttl(request, &obs.ttl, err);
	if (r)
		return r;
	if (!obs.workflow)
		return cl_fail(err, -EINVAL, "\"workflow\" is missing");
	if (!obs.run_id) {
		r = make_run_id(made, sizeof(made), obs.workflow);
		if (r)
			return r;
		obs.run_id = made;
	}
	if (cl_identity_run(reg->identity, obs.run_id))
		return cl_fail(err, -EEXIST, "run id \"%s\" is taken", obs.run_id);
	fill_actor(&obs, p);
	reg->feed(reg->ctx, &obs);
	cl_json_str(reply, "run_id", obs.run_id);
	return 0;
}

static int not_known_yet(struct cl_error *err)
{
	return cl_fail(err, -EAGAIN, "the process is not known to the monitor");
}

static int run(struct cl_registrar *reg, const struct cl_peer *peer, const cJSON *request, cJSON *reply,
	       struct cl_error *err)
{
	const struct cl_process *p = cl_identity_by_pid(reg->identity, (uint32_t)peer->pid);

	return p ? begin(reg, p, request, reply, err) : not_known_yet(err);
}

static int task_begin(struct cl_registrar *reg, const struct cl_peer *peer, const cJSON *request, cJSON *reply,
		      struct cl_error *err)
{
	double pid = cl_json_get_num(request, "pid");
	const struct cl_process *p;

	if (pid < 1 || pid > INT32_MAX)
		return cl_fail(err, -EINVAL, "\"pid\" must be a process id");
	p = cl_identity_by_pid(reg->identity, (uint32_t)pid);
	if (!p)
		return not_known_yet(err);
	if (peer->uid && peer->uid != p->uid)
		return cl_fail(err, -EPERM, "process %u belongs to another user", p->key.tgid);
	return begin(reg, p, request, reply, err);
}

static int task_end(struct cl_registrar *reg, const struct cl_peer *peer, const cJSON *request, cJSON *reply,
		    struct cl_error *err)
{
	struct cl_observation obs = {.kind = CL_OBS_RUN_END, .ts = cl_boot_ns(), .outcome = "success"};
	const struct cl_process *root;
	const struct cl_run *r;
	int e;

	e = take_name(request, "run_id", &obs.run_id, err);
	e = e ? e : take_name(request, "outcome", &obs.outcome, err);
	if (e)
		return e;
	r = obs.run_id ? cl_identity_run(reg->identity, obs.run_id) : NULL;
	if (!r)
		return cl_fail(err, -ENOENT, "run \"%s\" is not known", obs.run_id ? obs.run_id : "");
	root = cl_identity_process(reg->identity, r->root);
	if (!r->declared || (peer->uid && (!root || root->uid != peer->uid)))
		return cl_fail(err, -EPERM, "run \"%s\" is not yours to end", obs.run_id);
	if (r->state != CL_RUN_ACTIVE)
		return cl_fail(err, -EALREADY, "run \"%s\" has ended already", obs.run_id);
	reg->feed(reg->ctx, &obs);
	cl_json_str(reply, "run_id", obs.run_id);
	return 0;
}

static void list_run(void *ctx, const struct cl_run *r)
{
	static const char *const states[] = {"active", "ended", "ended with survivors"};
	cJSON *item = cl_json_push(ctx);

	cl_json_str(item, "run_id", r->id);
	cl_json_str(item, "workflow", r->workflow);
	cl_json_str(item, "kind", cl_run_kind_name(r->kind));
	cl_json_str(item, "environment", r->environment);
	cl_json_str(item, "state", states[r->state]);
	cl_json_str(item, "parent", r->parent ? r->parent->id : NULL);
	cl_json_num(item, "live", r->live);
}

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
	const char *op = cl_json_get_str(request, "op");
	int r = conceal(reg, request);

	if (r)
		return r;
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
	if (!strcmp(op, "status")) {
		reg->status(reg->ctx, reply);
		return 0;
	}
	return cl_fail(err, -EINVAL, "unknown \"op\" (run, task-begin, task-end, task-list, policy, status)");
}
