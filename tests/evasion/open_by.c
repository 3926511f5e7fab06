/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens a file without its name and reads it:  open_by handle PATH MOUNT      by its handle, on the file system of MOUNT
 *                                              open_by replace PATH CONTENT   makes a file without a name that holds what
 *                                                                             CONTENT holds, gives it PATH's name, reads PATH
 *                                              open_by deep PATH DIRECTORY    from a directory too deep for any path
 */
#include "evasion.h"

static char buf[4096];

static void read_it(int fd)
{
	tell_file("read", fd);
	if (must(read(fd, buf, sizeof(buf)), "read") == 0)
		die("empty");
}

static void by_handle(const char *path, const char *mount)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = {.h.handle_bytes = MAX_HANDLE_SZ};
	int id, fd = must(open(mount, O_RDONLY | O_DIRECTORY), mount);

	must(name_to_handle_at(AT_FDCWD, path, &u.h, &id, 0), "name_to_handle_at");
	read_it(must(open_by_handle_at(fd, &u.h, O_RDONLY), "open_by_handle_at"));
}

static void replace(const char *path, const char *content)
{
	char directory[PATH_MAX], link[64];
	int from = must(open(content, O_RDONLY), content), fd;
	ssize_t n = read(from, buf, sizeof(buf));

	snprintf(directory, sizeof(directory), "%s", path);
	*strrchr(directory, '/') = 0;
	fd = must(open(directory, O_TMPFILE | O_WRONLY, 0600), "O_TMPFILE");
	if (n <= 0 || write(fd, buf, (size_t)n) != n)
		die("write");
	must(unlink(path), path);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	must(linkat(AT_FDCWD, link, AT_FDCWD, path, AT_SYMLINK_FOLLOW), "linkat");
	close(fd);
	read_it(must(open(path, O_RDONLY), path));
}

/* No path in one call leads there: step by step, then a hard link beside. */
static void deep(const char *path, const char *directory)
{
	char name[201];
	int file = must(open(path, O_PATH), path);
	char link[64];

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	must(chdir(directory), directory);
	for (int i = 0; i < 30; i++) {
		must(mkdir(name, 0700), name);
		must(chdir(name), name);
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	must(linkat(AT_FDCWD, link, AT_FDCWD, "notes", AT_SYMLINK_FOLLOW), "linkat");
	read_it(must(open("notes", O_RDONLY), "notes"));
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	facts_to_file();
	if (!strcmp(argv[1], "handle"))
		by_handle(argv[2], argv[3]);
	else if (!strcmp(argv[1], "replace"))
		replace(argv[2], argv[3]);
	else if (!strcmp(argv[1], "deep"))
		deep(argv[2], argv[3]);
	else
		return 2;
	return 0;
}
