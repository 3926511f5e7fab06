/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "monitor/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/parse.h"

static void tell(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	_cleanup_close_ int fd = -1;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;

	if (!len || len >= sizeof(address.sun_path) || (*path != '/' && *path != '@'))
		return;
	memcpy(address.sun_path, path, len);
	if (*path == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
		       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}

/* WATCHDOG_PID: meant for another process that this one's environment came from. */
void cl_notify_begin(struct cl_notify *n)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t patience, whose;

	*n = (struct cl_notify){0};
	if (!usec || cl_parse_u64(usec, UINT64_MAX / 1000, &patience))
		return;
	if (pid && (cl_parse_u64(pid, INT32_MAX, &whose) || whose != (uint64_t)getpid()))
		return;
	n->watchdog_ns = patience * 1000;
}

void cl_notify_ready(void)
{
	tell("READY=1");
}

void cl_notify_stopping(void)
{
	tell("STOPPING=1");
}

void cl_notify_reloading(void)
{
	char text[64];
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		 (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
	tell(text);
}

void cl_notify_status(const char *text)
{
	char line[256];

	snprintf(line, sizeof(line), "STATUS=%s", text);
	tell(line);
}

void cl_notify_turn(struct cl_notify *n, uint64_t now, bool alive)
{
	if (!n->watchdog_ns || !alive || (n->petted && now - n->petted < n->watchdog_ns / 2))
		return;
	n->petted = now;
	tell("WATCHDOG=1");
}
