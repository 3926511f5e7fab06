/* SPDX-License-Identifier: Apache-2.0 */
/* The filter of system calls, each attempt in a process of its own; and what /proc says about a process. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "confine/inspect.h"
#include "confine/rights.h"
#include "confine/syscalls.h"

#define KILLED 256

static char room[] = "/tmp/credlineage-confine-XXXXXX";

/* What comes of an act behind the filter: what it returns (0 to 255), or KILLED. */
static int behind(int (*act)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (cl_syscalls_confine(NULL))
			_exit(254);
		_exit(act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? KILLED : 255;
	return WEXITSTATUS(status);
}

static int said(long r)
{
	return r < 0 ? errno : 0;
}

/* ---- what only an intruder does ---- */

static int executes(void)
{
	char *argv[] = {(char[]){"/bin/true"}, NULL};

	return said(execv(argv[0], argv));
}

static int executes_at(void)
{
	char *argv[] = {(char[]){"true"}, NULL};

	return said(syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, NULL, 0));
}

static int traces(void)
{
	return said(ptrace(PTRACE_ATTACH, getppid(), 0, 0));
}

static int reads_memory(void)
{
	return said(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
}

static int mounts(void)
{
	return said(mount("none", room, "tmpfs", 0, NULL));
}

static int leaves_namespace(void)
{
	return said(unshare(CLONE_NEWUSER));
}

static int enters_namespace(void)
{
	return said(setns(-1, 0));
}

static int loads_module(void)
{
	return said(syscall(SYS_init_module, "", 0, ""));
}

static int becomes_root(void)
{
	return said(setresuid(0, 0, 0));
}

static int makes_ring(void)
{
	return said(syscall(SYS_io_uring_setup, 1, NULL));
}

static void intruders_are_killed(void **state)
{
	static int (*const acts[])(void) = {executes,	      executes_at,	traces,	      reads_memory, mounts,
					    leaves_namespace, enters_namespace, loads_module, becomes_root, makes_ring};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		if (behind(acts[i]) != KILLED)
			fail_msg("act %zu lives", i);
	}
}

/* ---- what fails ---- */

static int forks(void)
{
	return said(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static int forks_by_clone3(void)
{
	return said(syscall(SYS_clone3, NULL, 0));
}

static int changes_mode(void)
{
	return said(chmod(room, 0777));
}

static int touches(void)
{
	return said(utimensat(AT_FDCWD, room, NULL, 0));
}

static int writes_code(void)
{
	return said(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
				    MAP_FAILED
			    ? -1
			    : 0);
}

static int turns_data_into_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? 253 : said(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int listens_to_packets(void)
{
	return said(socket(AF_PACKET, SOCK_DGRAM, 0));
}

static int loads_program(void)
{
	union bpf_attr attr = {0};

	return said(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

static int kills(void)
{
	return said(kill(getppid(), SIGCONT));
}

static int types_into_terminal(void)
{
	return said(ioctl(0, TIOCSTI, "x"));
}

static int raises_limit(void)
{
	struct rlimit limit = {1024, 1024};

	return said(setrlimit(RLIMIT_NOFILE, &limit));
}

static int can_be_dumped(void)
{
	return said(prctl(PR_SET_DUMPABLE, 1));
}

static int unknown_call(void)
{
	return said(syscall(1023));
}

static void others_fail(void **state)
{
	static int (*const acts[])(void) = {forks,	 forks_by_clone3,      changes_mode,	   touches,
					    writes_code, turns_data_into_code, listens_to_packets, loads_program,
					    kills,	 types_into_terminal,  raises_limit,	   can_be_dumped,
					    unknown_call};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		int r = behind(acts[i]);

		if (r != ENOSYS)
			fail_msg("act %zu: %d, not ENOSYS", i, r);
	}
}

/* ---- what must go on ---- */

static void *a_thread(void *ctx)
{
	char *argv[] = {(char[]){"/bin/true"}, NULL};

	pthread_setname_np(pthread_self(), "second");
	if (!ctx)
		return &room;
	execv(argv[0], argv); /* the filter is every thread's */
	return NULL;
}

static int makes_threads(void)
{
	pthread_t thread;
	void *out = NULL;

	if (pthread_create(&thread, NULL, a_thread, NULL))
		return errno;
	pthread_join(thread, &out);
	return out == &room ? 0 : 1;
}

static int executes_in_a_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, a_thread, room) ? errno : pthread_join(thread, NULL);
}

static int keeps_a_store(void)
{
	char path[64];
	sqlite3 *db;
	int r;

	snprintf(path, sizeof(path), "%s/db", room);
	r = sqlite3_open(path, &db);
	r = r ? r
	      : sqlite3_exec(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1); VACUUM", 0, 0,
			     0);
	r = r ? r : sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", 0, 0, 0);
	return r ? r : sqlite3_close(db);
}

static int resolves_names(void)
{
	struct addrinfo *list = NULL;
	int r = getaddrinfo("localhost", "80", NULL, &list);

	if (!r)
		freeaddrinfo(list);
	return r < 0 ? -r : r;
}

static int makes_randomness(void)
{
	unsigned char bytes[16];

	return RAND_bytes(bytes, sizeof(bytes)) != 1;
}

static int loads_libraries(void)
{
	return !dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
}

static int serves(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client = socket(AF_INET, SOCK_STREAM, 0), fd;

	if (bind(listener, (struct sockaddr *)&at, len) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&at, &len) || connect(client, (struct sockaddr *)&at, len))
		return errno;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return fd < 0 || send(fd, "x", 1, MSG_NOSIGNAL) != 1 || recv(client, room, 0, 0) != 0 ? errno : 0;
}

static int asks_who_lives(void)
{
	return said(kill(getppid(), 0));
}

static void work_goes_on(void **state)
{
	static int (*const acts[])(void) = {makes_threads,   keeps_a_store, resolves_names, makes_randomness,
					    loads_libraries, serves,	    asks_who_lives};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		int r = behind(acts[i]);

		if (r)
			fail_msg("act %zu: %d", i, r);
	}
}

static void the_filter_is_every_threads(void **state)
{
	(void)state;
	assert_int_equal(behind(executes_in_a_thread), KILLED);
}

static int says_aborted(void)
{
	abort();
}

static void abort_ends_by_its_own_signal(void **state)
{
	(void)state;
	assert_int_equal(behind(says_aborted), 255);
}

/* ---- rights ---- */

static void each_right_has_its_reason(void **state)
{
	uint64_t seen = 0;
	char name[CL_RIGHT_NAME];

	(void)state;
	for (size_t i = 0; i < cl_n_rights; i++) {
		uint64_t bit = 1ull << cl_rights[i].capability;

		assert_false(seen & bit);
		seen |= bit;
		assert_memory_equal(cl_rights[i].reason, "to ", 3);
		assert_memory_equal(cl_right_name(name, cl_rights[i].capability), "CAP_", 4);
		assert_true(!(cl_rights_kept() & bit) == (cl_rights[i].when != CL_RIGHT_KEPT));
	}
	assert_string_equal(cl_right_name(name, 39), "CAP_BPF");
	assert_string_equal(cl_right_name(name, 63), "CAP_63");
}

static void a_status_is_read(void **state)
{
	static const char text[] = "Name:\tx\nUid:\t7\t8\t9\t9\nCapInh:\t0000000000000001\nCapPrm:\t00000000000000ff\n"
				   "CapEff:\t000000c000000000\nCapBnd:\t0000000000000002\nCapAmb:\t0000000000000004\n"
				   "NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\n";
	struct cl_thread_rights t;
	char cut[sizeof(text)];

	(void)state;
	assert_int_equal(cl_inspect_status(text, &t), 0);
	assert_int_equal(t.uid, 8);
	assert_int_equal(t.inheritable, 1);
	assert_int_equal(t.permitted, 0xff);
	assert_int_equal(t.effective, 0xc000000000);
	assert_int_equal(t.bounding, 2);
	assert_int_equal(t.ambient, 4);
	assert_true(t.no_new_privs);
	assert_int_equal(t.seccomp, 2);
	assert_int_equal(t.filters, 3);
	memcpy(cut, text, sizeof(text));
	*strstr(cut, "Seccomp:") = '\0';
	assert_int_equal(cl_inspect_status(cut, &t), -EPROTO);
	assert_int_equal(cl_inspect_status("", &t), -EPROTO);
}

static void a_process_is_inspected(void **state)
{
	struct cl_inspected i;
	struct cl_error err = {0};
	pid_t child = fork();

	(void)state;
	if (!child) {
		cl_syscalls_confine(NULL);
		for (;;)
			sleep(1);
	}
	usleep(100000);
	assert_int_equal(cl_inspect(getpid(), &i, &err), 0);
	assert_int_equal(i.threads, 1);
	assert_int_equal(i.differing, 0);
	assert_int_equal(i.first.seccomp, 0);
	assert_int_equal(i.first.uid, geteuid());
	assert_int_equal(cl_inspect(child, &i, &err), 0);
	assert_int_equal(i.first.seccomp, 2);
	assert_true(i.first.no_new_privs);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(cl_inspect(child, &i, &err), -ESRCH);
	assert_non_null(strstr(err.text, "there is no process"));
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(room) ? 0 : -1;
}

static int tear_down(void **state)
{
	char path[80];

	(void)state;
	for (const char *const *name = (const char *const[]){"db", "db-wal", "db-shm", NULL}; *name; name++) {
		snprintf(path, sizeof(path), "%s/%s", room, *name);
		unlink(path);
	}
	return rmdir(room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intruders_are_killed),
		cmocka_unit_test(others_fail),
		cmocka_unit_test(work_goes_on),
		cmocka_unit_test(the_filter_is_every_threads),
		cmocka_unit_test(abort_ends_by_its_own_signal),
		cmocka_unit_test(each_right_has_its_reason),
		cmocka_unit_test(a_status_is_read),
		cmocka_unit_test(a_process_is_inspected),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
