/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Executes itself:
 *   exec_args size ARGS ENVIRONMENT   with that many bytes of each, the terminating NULs counted
 *   exec_args thread                  from a thread that is not the first
 *   exec_args memfd                   from a memory file, which has no path
 *   exec_args deleted PATH            from a copy at PATH that is unlinked before
 * Called in any other way, it only says what it is.
 */
#include "trigger.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

/* NULL-terminated list of strings of at most 100,000 bytes (the kernel takes 128 KiB) that take `bytes` in all. */
static char **strings(size_t bytes, const char *first, const char *name)
{
	char **list = calloc(bytes / 100000 + 4, sizeof(*list));
	size_t n = 0;

	if (!list)
		die("calloc");
	if (first) {
		list[n++] = strdup(first);
		bytes -= strlen(first) + 1;
	}
	for (size_t size; bytes > 1 && (size = bytes > 100000 ? 100000 : bytes); bytes -= size) {
		list[n] = calloc(1, size);
		if (!list[n])
			die("calloc");
		for (size_t i = 0; i < size - 1; i++)
			list[n][i] = (char)('a' + (i * 7 + n) % 26);
		memcpy(list[n], name, strlen(name) < size ? strlen(name) : size - 1);
		n++;
	}
	return list;
}

static int copy_self(int target)
{
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (target < 0 || self < 0 || fstat(self, &st) ||
	    sendfile(target, self, NULL, (size_t)st.st_size) != st.st_size)
		die("copy of the program");
	close(self);
	return target;
}

static void exec_deleted(const char *path)
{
	char *const args[] = {"exec_args", NULL}, *const env[] = {NULL};
	char link[64];
	int fd, again;

	fd = copy_self(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700));
	again = open(path, O_PATH); /* not while it is open for writing */
	close(fd);
	unlink(path);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", again);
	execve(link, args, env);
	die(link);
}

static void *wait_for_ever(void *unused)
{
	pause();
	return unused;
}

static void *exec_again(void *unused)
{
	char *const args[] = {"exec_args", NULL}, *const env[] = {NULL};

	execve("/proc/self/exe", args, env);
	return unused;
}

static void exec_from_thread(void)
{
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		if (pthread_create(&threads[i], NULL, i < 2 ? wait_for_ever : exec_again, NULL))
			die("pthread_create");
	pthread_join(threads[2], NULL);
}

int main(int argc, char **argv)
{
	char *const args[] = {"exec_args", NULL}, *const env[] = {NULL};

	fact_exec();
	if (argc == 4 && !strcmp(argv[1], "size"))
		execve("/proc/self/exe", strings(strtoul(argv[2], NULL, 10), "exec_args", ""),
		       strings(strtoul(argv[3], NULL, 10), NULL, "FILLER="));
	else if (argc == 2 && !strcmp(argv[1], "thread"))
		exec_from_thread();
	else if (argc == 2 && !strcmp(argv[1], "memfd"))
		fexecve(copy_self(memfd_create("exec_args", 0)), args, env);
	else if (argc == 3 && !strcmp(argv[1], "deleted"))
		exec_deleted(argv[2]);
	else
		leave(0);
	die("execve");
}
