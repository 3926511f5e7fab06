/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens a file by a way on which its name is not what it seems, and reads from it:  open_odd WAY DIRECTORY
 * DIRECTORY holds .aws/credentials. Ways: the table at the end.
 */
#include "trigger.h"

#include <sched.h>
#include <sys/mount.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

static char expected[1 << 14]; /* the path that the record must show, or end with */
static const char *flags = "";

static void must(int result, const char *what)
{
	if (result)
		die(what);
}

static const char *in(const char *directory, const char *name)
{
	static char paths[4][PATH_MAX];
	static int turn;
	char *path = paths[turn++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", directory, name);
	return path;
}

static void expect(const char *path)
{
	snprintf(expected, sizeof(expected), "%s", path);
}

static void make_file(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	must(fd < 0 || write(fd, "FAKE content", 12) != 12, name);
	close(fd);
}

static void own_mounts(void)
{
	must(unshare(CLONE_NEWNS), "unshare");
	must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount private");
}

static int bind_directory(const char *directory)
{
	own_mounts();
	must(mkdir(in(directory, "bound"), 0755), "mkdir");
	must(mount(in(directory, ".aws"), in(directory, "bound"), NULL, MS_BIND, NULL), "mount bind");
	expect(in(directory, "bound/credentials"));
	return open(asked(expected), O_RDONLY);
}

static int bind_file(const char *directory)
{
	own_mounts();
	close(open(in(directory, "alias"), O_CREAT | O_WRONLY, 0600));
	must(mount(in(directory, ".aws/credentials"), in(directory, "alias"), NULL, MS_BIND, NULL), "mount bind");
	expect(in(directory, "alias"));
	return open(asked(expected), O_RDONLY);
}

/* Called as what it is mounted on: a volume, a file system of its own, one file, one file in such a file system. */
static int mounted(const char *directory, const char *from, const char *on, const char *shown)
{
	must(mount(in(directory, from), in(directory, on), NULL, MS_BIND, NULL), "mount bind");
	expect(in(directory, shown));
	return open(asked(expected), O_RDONLY);
}

static int volume(const char *directory)
{
	own_mounts();
	must(mkdir(in(directory, "data"), 0755) || mkdir(in(directory, "home"), 0755) ||
		     mkdir(in(directory, "home/.aws"), 0755),
	     "mkdir");
	must(rename(in(directory, ".aws/credentials"), in(directory, "data/credentials")), "rename");
	return mounted(directory, "data", "home/.aws", "home/.aws/credentials");
}

static int own_file_system(const char *directory)
{
	own_mounts();
	must(mkdir(in(directory, "home"), 0755) || mkdir(in(directory, "home/.aws"), 0755), "mkdir");
	must(mount("tmpfs", in(directory, "home/.aws"), "tmpfs", 0, NULL), "mount tmpfs");
	make_file(in(directory, "home/.aws/other"));
	expect(in(directory, "home/.aws/credentials"));
	must(rename(in(directory, "home/.aws/other"), expected), "rename");
	return open(asked(expected), O_RDONLY);
}

static int mounted_file(const char *directory)
{
	own_mounts();
	must(rename(in(directory, ".aws/credentials"), in(directory, "other")), "rename");
	make_file(in(directory, ".aws/below")); /* a name that is not watched while it is written */
	must(rename(in(directory, ".aws/below"), in(directory, ".aws/credentials")), "rename");
	return mounted(directory, "other", ".aws/credentials", ".aws/credentials");
}

static int mounted_twice(const char *directory)
{
	own_mounts();
	must(rename(in(directory, ".aws/credentials"), in(directory, "other")), "rename");
	must(mount("tmpfs", in(directory, ".aws"), "tmpfs", 0, NULL), "mount tmpfs");
	make_file(in(directory, ".aws/below"));
	must(rename(in(directory, ".aws/below"), in(directory, ".aws/credentials")), "rename");
	return mounted(directory, "other", ".aws/credentials", ".aws/credentials");
}

/* The record shows the path from the mount namespace's root, whatever root the process has. */
static int in_chroot(const char *directory)
{
	int fd, root = open("/", O_PATH | O_DIRECTORY);

	must(chroot(directory), "chroot");
	fd = open(asked("/.aws/credentials"), O_RDONLY);
	must(fchdir(root) || chroot("."), "back to the root"); /* /proc is needed for the facts */
	expect(in(directory, ".aws/credentials"));
	return fd;
}

static int in_tree(const char *directory)
{
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, in(directory, ".aws"), OPEN_TREE_CLONE);

	expect("/credentials");
	flags = "unreachable";
	return openat(tree, asked("credentials"), O_RDONLY);
}

static int detached(const char *directory)
{
	int fd;

	own_mounts();
	must(mount("tmpfs", directory, "tmpfs", 0, NULL), "mount tmpfs");
	must(mkdir(in(directory, ".aws"), 0755), "mkdir");
	make_file(in(directory, ".aws/other"));
	must(rename(in(directory, ".aws/other"), in(directory, ".aws/credentials")), "rename");
	fd = open(directory, O_PATH | O_DIRECTORY);
	must(umount2(directory, MNT_DETACH), "umount");
	expect("/.aws/credentials");
	flags = "unreachable";
	return openat(fd, asked(".aws/credentials"), O_RDONLY);
}

/* A layered file system opens and reads a file of its own and one of the layer's: one act all the same. */
static int overlay(const char *directory)
{
	char options[PATH_MAX * 2], here[PATH_MAX / 2];

	own_mounts();
	must(mkdir("overlay-empty", 0755) || mkdir("overlay-merged", 0755), "mkdir");
	must(!getcwd(here, sizeof(here)), "getcwd");
	snprintf(options, sizeof(options), "lowerdir=%s:%s", directory, in(here, "overlay-empty"));
	must(mount("overlay", "overlay-merged", "overlay", 0, options), "mount overlay");
	expect(in(here, "overlay-merged/.aws/credentials"));
	return open(asked(expected), O_RDONLY);
}

static int by_handle(const char *directory)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = {.h.handle_bytes = MAX_HANDLE_SZ};
	int mount_id, root = open(directory, O_RDONLY | O_DIRECTORY);

	expect(in(directory, ".aws/credentials"));
	must(name_to_handle_at(AT_FDCWD, expected, &u.h, &mount_id, 0), "name_to_handle_at");
	return open_by_handle_at(root, &u.h, O_RDONLY);
}

static int by_procroot(const char *directory)
{
	expect(in(directory, ".aws/credentials"));
	return open(asked(in("/proc/self/root", expected)), O_RDONLY);
}

/* Deeper than any path that a system call takes: only the end of the path is carried, and said to be. */
static int long_path(const char *directory)
{
	char name[201];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	must(chdir(directory), "chdir");
	expect(directory);
	for (int i = 0; i < 30; i++) {
		must(mkdir(name, 0755) || chdir(name), "deep directory");
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "/%s", name);
	}
	must(mkdir(".aws", 0755), "mkdir");
	make_file("other");
	must(rename("other", ".aws/credentials"), "rename");
	snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "/.aws/credentials");
	flags = "path_truncated";
	return open(asked(".aws/credentials"), O_RDONLY);
}

static const struct {
	const char *name;
	int (*open)(const char *directory);
} ways[] = {
	{"bind-directory", bind_directory},
	{"bind-file", bind_file},
	{"volume", volume},
	{"own-file-system", own_file_system},
	{"mounted-file", mounted_file},
	{"mounted-twice", mounted_twice},
	{"chroot", in_chroot},
	{"tree", in_tree},
	{"detached", detached},
	{"overlay", overlay},
	{"handle", by_handle},
	{"procroot", by_procroot},
	{"long", long_path},
};

static void fact_act(const char *name, int fd)
{
	fact_begin(name);
	fact_string("path", expected);
	fact_string("flag", flags);
	fact_file(fd);
}

static void read_told(int fd)
{
	static char content[4096];
	uint64_t before, after = now();
	ssize_t n = read(fd, content, sizeof(content));

	before = now();
	must(n <= 0, "read");
	fact_act("read", fd);
	fact_string("how", "read");
	fact(",\"offset\":0,\"length\":%zd", n);
	fact_hash("content_hash", content, (size_t)n);
	fact_between(after, before);
	fact_end();
}

int main(int argc, char **argv)
{
	uint64_t before, after = now();
	int fd = -1;

	if (argc != 3)
		return 2;
	fact_exec();
	errno = EINVAL;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(argv[1], ways[i].name))
			fd = ways[i].open(argv[2]);
	before = now();
	if (fd < 0)
		die(argv[1]);
	fact_act("open", fd);
	fact_string("asked", asked_name);
	fact(",\"open_flags\":%d", fcntl(fd, F_GETFL));
	fact_between(after, before);
	fact_end();
	read_told(fd);
	leave(0);
}
