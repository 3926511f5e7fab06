/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unix stream socket that this process listens on. Its directory is made (0755) and must be nobody else's to write
 * (base/directory.h). What a dead process of ours left at the path is replaced; a living one's socket, somebody else's,
 * and what is no socket are not. Mode and group are set before anybody can connect.
 */
#pragma once

#include <sys/types.h>
#include <sys/un.h>

#include "base/error.h"

/* Where it lies and whom it lets in. */
struct cl_unix_socket_place {
	const char *path;
	mode_t mode;	   /* of the socket: who may write to it may connect; 0: 0660 */
	const char *group; /* -ENOENT when there is none of that name; NULL: "credlineage" where there is one */
};

/* -ENAMETOOLONG. */
int cl_unix_socket_address(struct sockaddr_un *out, const char *path, struct cl_error *err);
/* A non-blocking socket, the caller's; its name is removed by whoever closes it. -EADDRINUSE: another process answers. */
int cl_unix_socket_listen(int *out, const struct cl_unix_socket_place *place, struct cl_error *err);
