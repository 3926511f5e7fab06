/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts that a watcher could see too late or in the wrong order. Every process that acts says so in one fact `try`.
 *   races path TRIES FILE OTHER      one new process a try opens and reads a path that a thread keeps changing
 *   races link TRIES LINK A B        the same through a symbolic link that another process keeps changing
 *   races brief TRIES FILE PORT      TRIES programs that read, send and end at once
 *   races spaced TRIES MS FILE       TRIES processes that read, MS milliseconds apart
 *   races one FILE PORT              one of them
 *   races arguments FILE             overwrites its own arguments, then reads
 *   races cpus ROUNDS DIRECTORY      reads DIRECTORY/N/.env on one processor, then connects to 20000+N on another
 */
#include "evasion.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

static char buf[4096];

/* In one write, without anything that reads files: thousands of these are said. */
static void tell_try(uint64_t ino)
{
	char line[256];
	int n = snprintf(
		line, sizeof(line),
		"{\"fact\":\"try\",\"case\":\"%s\",\"run\":\"%s\",\"tgid\":%d,\"parent_tgid\":%d,\"ino\":%" PRIu64
		"}\n",
		from_environment("CASE"), from_environment("RUN"), getpid(), getppid(), ino);

	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		die("stdout");
}

static void read_and_tell(const char *path)
{
	int fd = must(open(path, O_RDONLY | O_CLOEXEC), path);
	struct stat st;

	if (must(read(fd, buf, sizeof(buf)), "read") == 0)
		die("empty");
	must(fstat(fd, &st), "fstat");
	tell_try(st.st_ino);
}

static void connect_to(int port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int s = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");

	a.sin_port = htons((uint16_t)port);
	must(connect(s, (struct sockaddr *)&a, sizeof(a)), "connect");
	close(s);
}

/* TRIES children, one after another, each of which does `act`. */
static int repeat(long tries, long apart_ms, void (*act)(void *), void *argument)
{
	int status;
	pid_t pid;

	for (long i = 0; i < tries; i++) {
		pid = must(fork(), "fork");
		if (!pid) {
			act(argument);
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			return 1;
		usleep((useconds_t)apart_ms * 1000);
	}
	return 0;
}

static void open_shared(void *path)
{
	read_and_tell(path);
}

static struct {
	char *shared;
	const char *names[2];
	volatile bool stop;
} flip;

static void *flip_path(void *unused)
{
	size_t len = strlen(flip.names[0]);

	(void)unused;
	for (unsigned int i = 0; !flip.stop; i++)
		memcpy(flip.shared, flip.names[i & 1], len);
	return NULL;
}

/* Both names have one length, so what is half changed is one of them or names no file: such a try is tried again. */
static void open_flipped(void *path)
{
	int fd = -1;
	struct stat st;

	for (int i = 0; fd < 0 && i < 1000; i++)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (must(read(must(fd, "flipped"), buf, sizeof(buf)), "read") == 0)
		die("empty");
	must(fstat(fd, &st), "fstat");
	tell_try(st.st_ino);
}

static int by_path(long tries, const char *file, const char *other)
{
	pthread_t thread;
	int status;

	if (strlen(file) != strlen(other))
		return 2;
	flip.names[0] = file;
	flip.names[1] = other;
	flip.shared = mmap(NULL, PATH_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memcpy(flip.shared, file, strlen(file) + 1);
	if (pthread_create(&thread, NULL, flip_path, NULL))
		return 1;
	status = repeat(tries, 0, open_flipped, flip.shared);
	flip.stop = true;
	pthread_join(thread, NULL);
	return status;
}

static int by_link(long tries, char *path, const char *a, const char *b)
{
	char fresh[PATH_MAX];
	int status;
	pid_t pid;

	snprintf(fresh, sizeof(fresh), "%s.new", path);
	must(symlink(a, path), path);
	pid = must(fork(), "fork");
	for (unsigned int i = 0; !pid; i++) {
		if (symlink(i & 1 ? a : b, fresh) || rename(fresh, path))
			_exit(1);
	}
	status = repeat(tries, 0, open_shared, path);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return status;
}

static void execute(void *arguments)
{
	char **argv = arguments;

	execv("/proc/self/exe", argv);
	die(argv[0]);
}

static int overwrite_arguments(char **argv, int argc)
{
	const char *path = strdup(argv[2]);

	for (int i = 0; i < argc; i++)
		memset(argv[i], 'x', strlen(argv[i]));
	read_and_tell(path);
	return 0;
}

static void pin(size_t cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	must(sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
}

static pthread_barrier_t turn;
static long rounds;

static void *connect_after(void *unused)
{
	(void)unused;
	pin(1);
	for (long i = 0; i < rounds; i++) {
		pthread_barrier_wait(&turn);
		connect_to((int)(20000 + i));
		pthread_barrier_wait(&turn);
	}
	return NULL;
}

static int by_cpus(const char *directory)
{
	char path[PATH_MAX];
	pthread_t thread;

	pthread_barrier_init(&turn, NULL, 2);
	pin(0);
	if (pthread_create(&thread, NULL, connect_after, NULL))
		return 1;
	for (long i = 0; i < rounds; i++) {
		snprintf(path, sizeof(path), "%s/%ld/.env", directory, i);
		read_and_tell(path);
		pthread_barrier_wait(&turn);
		pthread_barrier_wait(&turn);
	}
	pthread_join(thread, NULL);
	return 0;
}

int main(int argc, char **argv)
{
	const char *way = argc > 2 ? argv[1] : "";
	long n = argc > 2 ? strtol(argv[2], NULL, 10) : 0;

	facts_to_file();
	if (!strcmp(way, "arguments"))
		return overwrite_arguments(argv, argc);
	if (!strcmp(way, "path") && argc == 5)
		return by_path(n, argv[3], argv[4]);
	if (!strcmp(way, "link") && argc == 6)
		return by_link(n, argv[3], argv[4], argv[5]);
	if (!strcmp(way, "brief") && argc == 5) {
		char *one[] = {"brief", "one", argv[3], argv[4], NULL};

		return repeat(n, 0, execute, one);
	}
	if (!strcmp(way, "spaced") && argc == 5)
		return repeat(n, strtol(argv[3], NULL, 10), open_shared, argv[4]);
	if (!strcmp(way, "one") && argc == 4) {
		read_and_tell(argv[2]);
		connect_to(atoi(argv[3]));
		return 0;
	}
	if (!strcmp(way, "cpus") && argc == 4) {
		rounds = n;
		return by_cpus(argv[3]);
	}
	return 2;
}
