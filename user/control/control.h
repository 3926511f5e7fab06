/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: a unix stream socket on which local programs register their work. One request per line, one
 * reply per line, both JSON objects of at most CL_CONTROL_LINE bytes; a connection may carry several.
 *
 *   {"op":"run","workflow":"deploy","run_id":…,"environment":…,"spiffe_id":"spiffe://…","owner":…,"ttl":"15m",
 *    "allow_credentials":["cred:…"],"allow_destinations":["api.example.com:443"]}
 *       the connecting process becomes the first process of a run           -> {"ok":true,"run_id":"…"}
 *       Everything but the workflow may be left out. Past its ttl the run has ended as "expired". The two lists are what
 *       the run needs (identity/identity.h): 1 to 32 entries each
 *   {"op":"task-begin","pid":4242,"start":…,"workflow":…,…}    for a process of the same user (root: any). The number is
 *       one of the asking process's pid namespace; "start" (field 22 of its /proc/PID/stat) makes sure that it is still
 *       the one that was meant
 *   {"op":"task-begin","cgroup":"/system.slice/x.service",…}  for the processes of a cgroup that exists, and those that
 *       come; of the user who owns its directory (root: any)
 *   {"op":"task-end","run_id":"…","outcome":"success|failure|cancelled"}
 *   {"op":"task-list"}                                -> {"ok":true,"runs":[…]}
 *   {"op":"policy","verb":"label|owner|allow|revoke","fingerprint":…,…}   a change of policy (policy/policy.h); of root
 *       and the monitor's own user only. "state": the state directory that is meant, "who": {"name","sudo_uid"}
 *       -> {"ok":true,"statement":{…}}, {"ok":true,"elsewhere":"/var/lib/…"} when this monitor has another state
 *   {"op":"dead-letters","verb":"retry|discard"}   what receivers refused for good is sent once more, or thrown away; of
 *       root and the monitor's own user only. "output", "finding": of these only; "state" as above
 *       -> {"ok":true,"letters":3} (how many it were), {"ok":true,"elsewhere":"/var/lib/…"}
 *   {"op":"status"}   how it goes, about 4 KB, for everybody who may connect; `top` asks once a second
 *       -> {"ok":true,"state":"/var/lib/…","pid":…,"dumpable":false,"events":{KIND:{"sent","lost","failed","repeated",
 *       "skipped","capped"}} (of the probes, since they were loaded),"coverage":{} (as a finding has it, what was lost by act and stage),
 *       "counters":{} (how full each table is, what it put out),"rules":{},"control":{},"outputs":[] (command/outputs_status.h)}
 *   anything else                                     -> {"ok":false,"error":"…"}
 *
 * Who asks is known from the kernel (SO_PEERCRED), never from the request; a process that started after the connection
 * was made is not taken for the one that made it. Connections are capped; one that sends garbage, too long a line or too
 * many requests is told so and closed. Whoever asks too often is refused until it has been quiet for a while. What is
 * refused is logged, a few a minute, and counted ({"op":"status"}: control).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <cjson/cJSON.h>

#include "base/error.h"
#include "base/unix_socket.h"

#define CL_CONTROL_LINE 16384

struct cl_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
	uint64_t since; /* boot ns at which it was let in */
};

struct cl_control;
struct cl_control_stats {
	uint64_t requests, refused, clients, clients_refused;
};

/*
 * Answers one request: puts the reply's members into `reply` (an empty object) and returns 0; -EAGAIN: not known yet,
 * ask again at the next cl_control_serve (the request waits, at most CL_CONTROL_WAIT_NS; then err's text of the last
 * time is the answer); another -errno: refused with the text in err.
 */
typedef int (*cl_control_handler)(void *ctx, const struct cl_peer *peer, cJSON *request, cJSON *reply,
				  struct cl_error *err);
#define CL_CONTROL_WAIT_NS 1000000000ull

/* Listens at the place (base/unix_socket.h). -EADDRINUSE: another monitor does. */
int cl_control_new(struct cl_control **out, const struct cl_unix_socket_place *place, cl_control_handler handler,
		   void *ctx, struct cl_error *err);
/* `admit` (may be NULL) is asked before each request; `refused` (may be NULL) is told of each refusal, `op` may be "". */
void cl_control_guard(struct cl_control *c, bool (*admit)(void *ctx, const struct cl_peer *peer),
		      void (*refused)(void *ctx, const struct cl_peer *peer, const char *op, const char *why));
void cl_control_free(struct cl_control **p);	     /* removes the socket */
int cl_control_fd(const struct cl_control *c);	     /* epoll fd: readable when there is something to serve */
bool cl_control_waiting(const struct cl_control *c); /* a request waits for its answer */
void cl_control_serve(struct cl_control *c);
const struct cl_control_stats *cl_control_stats(const struct cl_control *c);

/* Client: connects, asks, waits at most 5 s for the reply. Keeps nothing open. An {"ok":false} is -EREMOTEIO with the
 * daemon's text in err. */
int cl_control_call(const char *path, const cJSON *request, cJSON **reply, struct cl_error *err);
