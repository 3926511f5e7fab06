/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connects to unix sockets:  connect_unix WAY DIRECTORY
 *   path relative symlink renamed     the same socket file by other names, and after it got another one
 *   longest                           a name of 108 bytes, without a NUL behind it
 *   datagram packets                  SOCK_DGRAM, SOCK_SEQPACKET
 *   missing                           no such file
 *   abstract zeroes                   names without a file; the second with NULs inside
 */
#include "socket.h"

static char path[PATH_MAX]; /* where the socket's file is */

static socklen_t name_address(union address *a, const void *name, size_t len)
{
	memset(a, 0, sizeof(*a));
	a->local.sun_family = AF_UNIX;
	memcpy(a->local.sun_path, name, len);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

static void serve_unix(const void *name, size_t len, int type)
{
	union address a;
	socklen_t size = name_address(&a, name, len);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, &a.any, size))
		die("bind");
	if (type != SOCK_DGRAM && listen(fd, 8))
		die("listen");
}

struct act {
	char name[128]; /* what connect gets: 108 bytes at most */
	size_t len;
	int type, result;
	bool abstract;
};

static void set_name(struct act *a, const void *name, size_t len)
{
	memcpy(a->name, name, len);
	a->len = len;
}

/* The socket's file is DIRECTORY/socket unless the way says otherwise; path gets what the record must call it. */
static void bind_path(struct act *a, const char *way, const char *directory)
{
	char name[PATH_MAX];
	size_t len = (size_t)snprintf(name, sizeof(name), "%s/socket", directory);

	if (!strcmp(way, "longest")) {
		memset(name + len, 'x', 108 - len);
		len = 108;
		name[len] = 0;
	}
	serve_unix(name, len + (len < 108), a->type);
	snprintf(path, sizeof(path), "%s", name);
	set_name(a, name, len < 108 ? len + 1 : len);
}

static void change_path(struct act *a, const char *way, const char *directory)
{
	char other[PATH_MAX];

	snprintf(other, sizeof(other), "%s/other", directory);
	if (!strcmp(way, "relative")) {
		if (chdir(directory))
			die(directory);
		set_name(a, "./socket", sizeof("./socket"));
	} else if (!strcmp(way, "symlink")) {
		if (symlink(path, other))
			die(other);
		set_name(a, other, strlen(other) + 1);
	} else if (!strcmp(way, "renamed")) {
		if (rename(path, other))
			die(other);
		snprintf(path, sizeof(path), "%s", other);
		set_name(a, other, strlen(other) + 1);
	} else if (!strcmp(way, "missing")) {
		unlink(path);
		a->result = ENOENT;
	}
}

static struct act choose(const char *way, const char *directory)
{
	static const char zeroes[] = "\0trigger\0test\0";
	struct act a = {.type = SOCK_STREAM};

	if (!strcmp(way, "datagram"))
		a.type = SOCK_DGRAM;
	if (!strcmp(way, "packets"))
		a.type = SOCK_SEQPACKET;
	a.abstract = !strcmp(way, "abstract") || !strcmp(way, "zeroes");
	if (a.abstract) {
		set_name(&a, zeroes, way[0] == 'z' ? sizeof(zeroes) - 1 : sizeof("\0trigger") - 1);
		serve_unix(a.name, a.len, a.type);
		return a;
	}
	bind_path(&a, way, directory);
	change_path(&a, way, directory);
	return a;
}

static void tell(int fd, const struct act *a, uint64_t after, uint64_t before)
{
	union address none = {.any.sa_family = AF_UNIX};
	bool file = !a->abstract && !a->result;
	struct stat st = {0};

	if (file && stat(path, &st))
		die(path);
	fact_connect(fd, &none, "call", after, before);
	fact_bytes("name_bytes", a->name + a->abstract, a->abstract ? a->len - 1 : strnlen(a->name, a->len));
	if (a->abstract)
		fact(",\"flag\":\"abstract\"");
	else
		fact(",\"user\":true");
	if (file) {
		fact_string("path", path);
		fact(",\"dev\":%" PRIu64, (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev));
		fact(",\"ino\":%" PRIu64, (uint64_t)st.st_ino);
	}
	fact_end();
}

int main(int argc, char **argv)
{
	uint64_t before, after;
	union address a;
	socklen_t len;
	int fd, result;
	struct act act;

	if (argc != 3)
		return 2;
	fact_exec();
	if (mkdir(argv[2], 0700))
		die(argv[2]);
	act = choose(argv[1], argv[2]);
	len = name_address(&a, act.name, act.len);
	fd = socket(AF_UNIX, act.type | SOCK_CLOEXEC, 0);
	after = now();
	result = connect(fd, &a.any, len) ? errno : 0;
	before = now();
	if (result != act.result)
		die("connect did what it should not");
	tell(fd, &act, after, before);
	leave(0);
}
