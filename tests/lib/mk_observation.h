/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Observations for tests. Each mk_obs_* returns a whole observation that borrows its arguments; a test sets the rest:
 *   struct cl_process_key sh = mk_key(100, 5000), cat = mk_key(101, 6000);
 *   struct cl_observation o = mk_obs_exec(6100, cat, sh, "/bin/cat");
 *   o.cgroup = "/system.slice/x.service";
 */
#pragma once

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "event/observation.h"

#define MK_OBS_UNUSED __attribute__((unused))

#define MK_HOST_ID "0123456789abcdef0123456789abcdef"
#define MK_BOOT_ID "00000000-1111-2222-3333-444444444444"
#define MK_WALL_OFFSET 1700000000000000000ll
#define MK_KEY_ID 0x0a0b0c0du

MK_OBS_UNUSED static struct cl_process_key mk_key(uint32_t tgid, uint64_t start)
{
	return (struct cl_process_key){.start = start, .tgid = tgid};
}

MK_OBS_UNUSED static struct cl_observation mk_obs_host(void)
{
	return (struct cl_observation){.kind = CL_OBS_HOST,
				       .ts = 1,
				       .host_id = MK_HOST_ID,
				       .host_name = "testhost",
				       .boot_id = MK_BOOT_ID,
				       .wall_offset = MK_WALL_OFFSET,
				       .key_id = MK_KEY_ID};
}

/* Any act: a root process of no login in the initial namespaces. */
MK_OBS_UNUSED static struct cl_observation mk_obs(uint32_t kind, uint64_t ts, struct cl_process_key process,
						  struct cl_process_key parent)
{
	return (struct cl_observation){.kind = kind,
				       .ts = ts,
				       .process = process,
				       .parent = parent,
				       .cgroup_id = 11, /* 1 is the root, as with cgroup v1 alone */
				       .tid = process.tgid,
				       .ns_tgid = process.tgid,
				       .loginuid = (uint32_t)-1,
				       .session = (uint32_t)-1,
				       .mntns = 4026531841u,
				       .pidns = 4026531836u,
				       .comm = "test"};
}

MK_OBS_UNUSED static struct cl_observation mk_obs_fork(uint64_t ts, struct cl_process_key creator,
						       struct cl_process_key child)
{
	struct cl_observation o = mk_obs(CL_OBS_FORK, ts, creator, mk_key(0, 0));

	o.child = child;
	return o;
}

MK_OBS_UNUSED static struct cl_observation mk_obs_exec(uint64_t ts, struct cl_process_key process,
						       struct cl_process_key parent, const char *exe)
{
	struct cl_observation o = mk_obs(CL_OBS_EXEC, ts, process, parent);
	const char *base = strrchr(exe, '/');

	o.exe = o.filename = o.command = exe;
	o.comm = base ? base + 1 : exe;
	o.cgroup = "/";
	return o;
}

/* Baseline: a process that was there before the probes. */
MK_OBS_UNUSED static struct cl_observation mk_obs_process(uint64_t ts, struct cl_process_key process,
							  struct cl_process_key parent, const char *exe)
{
	struct cl_observation o = mk_obs_exec(ts, process, parent, exe);

	o.kind = CL_OBS_PROCESS;
	return o;
}

MK_OBS_UNUSED static struct cl_observation mk_obs_exit(uint64_t ts, struct cl_process_key process, int32_t code)
{
	struct cl_observation o = mk_obs(CL_OBS_EXIT, ts, process, mk_key(0, 0));

	o.exit_code = code;
	return o;
}

MK_OBS_UNUSED static struct cl_observation mk_obs_open(uint64_t ts, struct cl_process_key process, const char *path)
{
	struct cl_observation o = mk_obs(CL_OBS_OPEN, ts, process, mk_key(0, 0));

	o.path = path;
	o.dev = 0x800001;
	o.ino = 1000;
	o.size = 100;
	o.ctime = 1;
	return o;
}

MK_OBS_UNUSED static struct cl_observation mk_obs_read(uint64_t ts, struct cl_process_key process, const char *path)
{
	struct cl_observation o = mk_obs_open(ts, process, path);

	o.kind = CL_OBS_READ;
	o.how = 1;
	o.length = 100;
	return o;
}

/* TCP; an address with ':' is IPv6. */
MK_OBS_UNUSED static struct cl_observation mk_obs_connect(uint64_t ts, struct cl_process_key process,
							  const char *address, uint32_t port)
{
	struct cl_observation o = mk_obs(CL_OBS_CONNECT, ts, process, mk_key(0, 0));

	o.family = strchr(address, ':') ? AF_INET6 : AF_INET;
	o.sock_type = SOCK_STREAM;
	o.address = address;
	o.port = port;
	return o;
}

/* kind "declared" unless the test sets run_kind. */
MK_OBS_UNUSED static struct cl_observation mk_obs_run_begin(uint64_t ts, struct cl_process_key root,
							    const char *workflow, const char *run_id)
{
	struct cl_observation o = mk_obs(CL_OBS_RUN_BEGIN, ts, root, mk_key(0, 0));

	o.workflow = workflow;
	o.run_id = run_id;
	return o;
}

MK_OBS_UNUSED static struct cl_observation mk_obs_run_end(uint64_t ts, const char *run_id, const char *outcome)
{
	return (struct cl_observation){.kind = CL_OBS_RUN_END, .ts = ts, .run_id = run_id, .outcome = outcome};
}

MK_OBS_UNUSED static struct cl_observation mk_obs_tick(uint64_t ts)
{
	return (struct cl_observation){.kind = CL_OBS_TICK, .ts = ts};
}

/* A sighting whose fingerprint is sixteen times `tag`. */
MK_OBS_UNUSED static struct cl_sighting mk_sighting(uint8_t tag, uint32_t source, uint32_t class)
{
	struct cl_sighting s = {.key_id = MK_KEY_ID,
				.source = source,
				.class = class,
				.provider = "Example",
				.format = "example_token",
				.name = "EXAMPLE_TOKEN"};

	memset(s.fp, tag, sizeof(s.fp));
	return s;
}

MK_OBS_UNUSED static void mk_obs_sightings(struct cl_observation *o, const struct cl_sighting *list, size_t n)
{
	o->sightings = list;
	o->n_sightings = n;
}

MK_OBS_UNUSED static void mk_obs_vars(struct cl_observation *o, const struct cl_var *list, size_t n)
{
	o->vars = list;
	o->n_vars = n;
}
