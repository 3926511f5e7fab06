/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "control/control.h"

#define REPLY_MAX (1u << 20)

static int dial(const char *path, struct cl_error *err)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval patience = {.tv_sec = 5};
	struct sockaddr_un address;
	int r = cl_unix_socket_address(&address, path, err);

	if (r)
		return r;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)))
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return cl_fail(err, -errno, "cannot reach the monitor at \"%s\": %s%s", path, strerror(errno),
			       errno == ENOENT || errno == ECONNREFUSED ? " (is it running? sudo credlineage monitor)"
			       : errno == EACCES			? " (ask to be put into group credlineage)"
									: "");
	return TAKE_FD(fd);
}

static int read_line(int fd, const char *path, char **out, struct cl_error *err)
{
	_cleanup_free_ char *line = malloc(REPLY_MAX);
	size_t len = 0;

	if (!line)
		return -ENOMEM;
	while (len < REPLY_MAX) {
		ssize_t n = recv(fd, line + len, REPLY_MAX - len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return cl_fail(err, n ? -errno : -EPIPE, "the monitor at \"%s\" gave no answer: %s", path,
				       n ? strerror(errno) : "it closed the connection");
		len += (size_t)n;
		if (line[len - 1] == '\n') {
			line[len - 1] = '\0';
			*out = TAKE_PTR(line);
			return 0;
		}
	}
	return cl_fail(err, -EMSGSIZE, "the monitor at \"%s\" gave too long an answer", path);
}

int cl_control_call(const char *path, const cJSON *request, cJSON **reply, struct cl_error *err)
{
	_cleanup_close_ int fd = dial(path, err);
	_cleanup_free_ char *text = NULL, *line = NULL;
	_cleanup_json_ cJSON *answer = NULL;
	int r;

	if (fd < 0)
		return fd;
	text = cJSON_PrintUnformatted(request);
	if (!text)
		return -ENOMEM;
	if (dprintf(fd, "%s\n", text) < 0)
		return cl_fail(err, -errno, "cannot write to the monitor at \"%s\": %s", path, strerror(errno));
	r = read_line(fd, path, &line, err);
	if (r)
		return r;
	r = cl_json_parse(path, line ? line : "", line ? strlen(line) : 0, &answer, err);
	if (r)
		return r;
	if (!cJSON_IsTrue(cl_json_at(answer, "ok")))
		return cl_fail(err, -EREMOTEIO, "the monitor refused: %s", cl_json_get_str(answer, "error"));
	*reply = TAKE_PTR(answer);
	return 0;
}
