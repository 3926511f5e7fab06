/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One act of each kind, made by a child of ours, and the wait for its event. The file is a memfd that the filter
 * watches by name, so nothing is written anywhere; the destination is a listener of the child's own on loopback.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "capture/filter.h"
#include "capture/internal.h"
#include "credlineage.skel.h"

#define CHILD_NS 3000000000ull /* a busy machine may run the child late: that says nothing about probes */
#define WAIT_NS 300000000ull   /* for events, once it has ended */
#define STEP_US 2000

extern char **environ;

/* ---- in the child: failures show as events that do not come ---- */

/* To itself: whose descriptor it was makes no difference. */
static void act_on_descriptor(int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.align = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))}};
	char byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	int pair[2];

	memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	if (fd < 0 || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) || sendmsg(pair[0], &m, 0) != 1 ||
	    recvmsg(pair[1], &m, 0) != 1)
		return;
}

static void act_on_file(const char *memfd_name)
{
	char path[64], byte[8];
	int fd = memfd_create(memfd_name, MFD_CLOEXEC), again;

	if (fd < 0 || write(fd, "FAKE", 4) != 4)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	if (again >= 0 && read(again, byte, sizeof(byte)) < 0)
		return;
	act_on_descriptor(again);
}

/* A datagram to nobody. */
static void act_send(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && sendto(fd, "", 1, MSG_DONTWAIT, (const struct sockaddr *)at, sizeof(*at)) < 0)
		return;
}

static void act_on_network(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client;
	socklen_t len = sizeof(at);

	if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof(at)) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&at, &len))
		at.sin_port = htons(9); /* no loopback: a connect that fails is an event as well */
	client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	act_send(&at);
	if (client >= 0 && connect(client, (struct sockaddr *)&at, sizeof(at)) && errno != EINPROGRESS)
		return;
	if (poll(&(struct pollfd){.fd = listener, .events = POLLIN}, 1, 1000) == 1)
		accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

/* Either may be forbidden here, or /proc another's. */
static void act_on_other(pid_t pid)
{
	char path[64], byte;
	struct iovec here = {&byte, 1}, there = {environ, 1};
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (process_vm_readv(pid, &here, 1, &there, 1, 0) < 0 && fd < 0)
		return;
}

static void act_as_process(void)
{
	static const char *const helpers[] = {"/bin/true", "/usr/bin/true", "/proc/self/exe"};
	int gate[2] = {-1, -1};
	pid_t pid = pipe2(gate, O_CLOEXEC) ? -1 : fork();
	char byte;

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		close(gate[1]);
		if (read(gate[0], &byte, 1) < 0) /* its end: looked at */
			_exit(1);
		for (int fd = 0; null >= 0 && fd < 3; fd++)
			dup2(null, fd);
		for (size_t i = 0; i < ARRAY_SIZE(helpers); i++)
			execl(helpers[i], helpers[i], "version", (char *)NULL);
		_exit(1);
	}
	if (pid > 0) {
		act_on_other(pid);
		close(gate[1]);
		waitpid(pid, NULL, 0);
	}
}

static void child(const char *comm, const char *memfd_name)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, comm);
	act_on_file(memfd_name);
	act_on_network();
	act_as_process();
	_exit(0);
}

/* ---- in the monitor ---- */

struct watcher {
	struct cl_capture *c;
	const char *comm;
	uint32_t tgid, grandchild;
	bool seen[CL_ACT_MAX];
	struct cl_inode_key file;
};

static bool is_ours(const struct watcher *w, const struct cl_header *h)
{
	return (w->tgid && h->task.tgid == w->tgid) || (w->grandchild && h->task.tgid == w->grandchild);
}

/* Who is who; nothing is dropped yet. */
static bool identify(void *ctx, const void *record, size_t size)
{
	const struct cl_header *h = record;
	struct watcher *w = ctx;

	(void)size;
	if (!strncmp(h->task.comm, w->comm, sizeof(h->task.comm)) && !w->grandchild)
		w->tgid = h->task.tgid;
	if (h->kind == CL_FORK && w->tgid && h->task.tgid == w->tgid)
		w->grandchild = ((const struct cl_fork *)record)->child.tgid;
	return false;
}

/* -1: none that the self-test waits for. */
static int act_of(const struct cl_header *h)
{
	static const int acts[CL_KIND_MAX] = {-1,	   CL_ACT_EXEC, CL_ACT_FORK,   CL_ACT_EXIT,    CL_ACT_OPEN,
					      CL_ACT_READ, -1,		CL_ACT_ACCESS, CL_ACT_RECEIVE, -1};

	if (h->kind == CL_CONNECT) {
		switch (((const struct cl_connect *)h)->how) {
		case CL_CONNECT_SEND:
			return CL_ACT_SEND;
		case CL_CONNECT_ACCEPT:
			return CL_ACT_ACCEPT;
		default:
			return CL_ACT_CONNECT;
		}
	}
	return h->kind < CL_KIND_MAX ? acts[h->kind] : -1;
}

static bool see(void *ctx, const void *record, size_t size)
{
	const struct cl_header *h = record;
	struct watcher *w = ctx;
	int act;

	(void)size;
	/* The fork that made the child is the monitor's own act. */
	if (h->kind == CL_FORK && w->tgid && ((const struct cl_fork *)record)->child.tgid == w->tgid)
		return true;
	if (!is_ours(w, h))
		return false;
	act = act_of(h);
	if (act >= 0)
		w->seen[act] = true;
	if (h->kind == CL_OPEN) {
		const struct cl_file *f = &((const struct cl_open *)record)->file;

		w->file = (struct cl_inode_key){.ino = f->ino, .dev = f->dev};
	}
	return true;
}

static bool all_seen(const struct watcher *w)
{
	for (uint32_t act = 0; act < CL_ACT_MAX; act++) {
		if (w->c->plan.tier[act] != CL_TIER_NONE && !w->seen[act])
			return false;
	}
	return true;
}

static int collect(struct watcher *w)
{
	int err = cl_rings_drain(w->c->rings);

	if (err)
		return err;
	cl_rings_scan(w->c->rings, identify, w);
	cl_rings_scan(w->c->rings, see, w);
	return 0;
}

/* Until the child is gone and every planned act was seen. */
static int watch(struct watcher *w, pid_t pid)
{
	uint64_t end = cl_boot_ns() + CHILD_NS;
	bool gone = false;
	int err = 0;

	while (!err && cl_boot_ns() < end) {
		if (!gone && waitpid(pid, NULL, WNOHANG) == pid) {
			gone = true;
			end = cl_boot_ns() + WAIT_NS;
		}
		err = collect(w);
		if (gone && all_seen(w))
			return 0;
		usleep(STEP_US);
	}
	if (!gone) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return err;
}

int cl_selftest(struct cl_capture *c, bool seen[CL_ACT_MAX])
{
	const char *memfd_name = c->test_name + strlen("memfd:");
	struct watcher w = {.c = c, .comm = memfd_name};
	int names = bpf_map__fd(c->skel->maps.watched_names), err;
	pid_t pid;

	err = cl_filter_add_name(names, c->test_name, NULL);
	if (err)
		return err;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(memfd_name, memfd_name);
	err = watch(&w, pid);
	cl_filter_remove_name(names, c->test_name);
	if (w.file.ino)
		bpf_map_delete_elem(bpf_map__fd(c->skel->maps.watched_inodes), &w.file);
	if (!err)
		memcpy(seen, w.seen, sizeof(w.seen));
	return err;
}
