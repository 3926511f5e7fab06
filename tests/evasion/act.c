/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts in steps:  act STEP... [exec COMMAND...]
 *
 * A process does its steps from left to right. After a step that makes a child, the child goes on with the rest, and the
 * others only wait until everybody who came of them is gone.
 *   who=NAME            tells which process this is
 *   fork double sibling the rest by a child; of `double` the middle one ends at once (the child is init's then);
 *                       `sibling` has the creator's parent as its parent (CLONE_PARENT)
 *   again=N             N generations, each of which executes this program anew
 *   threads=N           N threads that only wait, but for the last, which does the rest
 *   memory deleted=PATH the rest, which must be `exec COMMAND...`, from a memory file, a copy without a name
 *   times=N:HOW         N children, by vfork or spawn (posix_spawn), that execute a program that ends at once
 *   timens=NAME:SECONDS the rest in a time namespace with a shifted boot clock; who it is, its parent tells
 *   fixed=PID:N         the next N steps by a child with that pid, which is free again when it has done them
 *   name setsid closeall chdir uid sleep (ms)
 *   pidns               the rest by the first process of a pid namespace
 *   exec COMMAND...     becomes that
 * More steps: act_places.h, act_secrets.h, act_network.h.
 */
#include "act.h"
#include "act_network.h"
#include "act_places.h"
#include "act_secrets.h"

#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/wait.h>

static int everybody[2]; /* the reading end sees the end of all who hold the writing end */

/* Waits for all who came of this process, and passes on the first one's status. */
static void await_others(pid_t child)
{
	int status = 0;
	char c;

	close(everybody[1]);
	while (read(everybody[0], &c, 1) > 0)
		;
	if (child > 0 && waitpid(child, &status, __WALL) == child)
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
	exit(0);
}

static void step_fork(const char *unused)
{
	pid_t pid = fork();

	(void)unused;
	if (pid < 0)
		die("fork");
	if (pid)
		await_others(pid);
}

static void step_double(const char *unused)
{
	pid_t pid = fork();
	int status;

	(void)unused;
	if (pid < 0)
		die("fork");
	if (pid) {
		waitpid(pid, &status, 0);
		await_others(0);
	}
	pid = fork();
	if (pid)
		_exit(pid < 0);
	while (getppid() != 1) /* the middle one is on its way */
		usleep(1000);
}

static void step_sibling(const char *unused)
{
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	(void)unused;
	if (pid < 0)
		die("clone");
	if (pid)
		await_others(0);
}

static void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void *go_on(void *steps)
{
	do_steps(steps);
	exit(0);
}

/* Numbers that the kernel gives anew at once, because it is told to. */
static void step_fixed(const char *value)
{
	char number[16];
	const char *count = split(value, ':', number, sizeof(number));
	pid_t wanted[1] = {(pid_t)strtol(number, NULL, 10)};
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
			set_tid_size, cgroup;
	} args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)wanted, .set_tid_size = 1};
	long pid;
	int status;

	while ((pid = syscall(SYS_clone3, &args, sizeof(args))) < 0) {
		if (errno != EEXIST)
			die("clone3");
		usleep(1000); /* somebody else has it for a while */
	}
	if (pid) {
		waitpid((pid_t)pid, &status, 0);
		for (unsigned long n = strtoul(count, NULL, 10); n && *next_step; n--)
			next_step++;
		return;
	}
	for (unsigned long n = strtoul(count, NULL, 10); n && *next_step; n--)
		do_step(*next_step++);
	_exit(0);
}

static void step_threads(const char *value)
{
	unsigned long n = strtoul(value, NULL, 10);
	pthread_t thread;

	while (n--)
		if (pthread_create(&thread, NULL, n ? wait_for_ever : go_on, next_step))
			die("pthread_create");
	wait_for_ever(NULL);
}

/* A copy of the program that `exec` names. */
static int copy_of_command(int target)
{
	int from = next_step[0] && !strcmp(next_step[0], "exec") && next_step[1]
			   ? open(which(next_step[1]), O_RDONLY | O_CLOEXEC)
			   : -1;
	struct stat st;

	if (target < 0 || from < 0 || fstat(from, &st) ||
	    sendfile(target, from, NULL, (size_t)st.st_size) != st.st_size)
		die("copy of the program");
	close(from);
	return target;
}

static void exec_descriptor(int fd)
{
	syscall(SYS_execveat, fd, "", next_step + 1, environ, AT_EMPTY_PATH);
	die("execveat");
}

static void step_memory(const char *value)
{
	exec_descriptor(copy_of_command(memfd_create(*value ? value : "act", MFD_CLOEXEC)));
}

static void step_deleted(const char *path)
{
	int fd = copy_of_command(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700));
	int again = open(path, O_PATH | O_CLOEXEC);

	close(fd);
	unlink(path);
	exec_descriptor(again);
}

static void by_vfork(const char *how, char *const argv[])
{
	pid_t pid = vfork();
	int status;

	if (!pid) {
		execv(argv[0], argv);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	tell_number("child", how, (uint64_t)pid);
}

static void by_spawn(const char *how, char *const argv[])
{
	pid_t pid;
	int status;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ))
		die("posix_spawn");
	waitpid(pid, &status, 0);
	tell_number("child", how, (uint64_t)pid);
}

static void step_times(const char *value)
{
	char number[16], *const argv[] = {(char *)(uintptr_t)this_program, "nothing", NULL};
	const char *how = split(value, ':', number, sizeof(number));

	for (unsigned long n = strtoul(number, NULL, 10); n; n--)
		(strcmp(how, "spawn") ? by_vfork : by_spawn)(how, argv);
}

static void step_pidns(const char *unused)
{
	if (unshare(CLONE_NEWPID))
		die("unshare");
	step_fork(unused);
}

static void step_timens(const char *value)
{
	char text[64], name[32];
	const char *seconds = split(value, ':', name, sizeof(name));
	pid_t pid;

	if (unshare(CLONE_NEWTIME))
		die("unshare");
	snprintf(text, sizeof(text), "boottime %s 0", seconds);
	put("/proc/self/timens_offsets", text);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid)
		return;
	tell_other(name, pid);
	await_others(pid);
}

static void step_exec(const char *unused)
{
	(void)unused;
	if (!*next_step)
		exit(2);
	execv(which(*next_step), next_step);
	die(*next_step);
}

static void step_again(const char *value)
{
	unsigned long n = strtoul(value, NULL, 10);
	char word[32], **argv = next_step - 2;

	if (!n)
		return;
	step_fork(NULL);
	snprintf(word, sizeof(word), "again=%lu", n - 1);
	argv[0] = "act";
	argv[1] = word;
	execv(this_program, argv);
	die(this_program);
}

static void step_name(const char *value)
{
	prctl(PR_SET_NAME, value);
}

static void step_setsid(const char *unused)
{
	(void)unused;
	if (setsid() < 0)
		die("setsid");
}

/* As daemons do; the pipe that says that everybody is gone stays. */
static void step_closeall(const char *unused)
{
	(void)unused;
	for (int fd = 0; fd < 100; fd++)
		if (fd != everybody[1])
			close(fd);
	if (open("/dev/null", O_RDWR) != 0)
		die("/dev/null");
	facts_to_file();
}

static void step_chdir(const char *path)
{
	if (chdir(path))
		die(path);
}

static void step_sleep(const char *ms)
{
	usleep((unsigned int)strtoul(ms, NULL, 10) * 1000);
}

static void step_uid(const char *value)
{
	uid_t uid = (uid_t)strtoul(value, NULL, 10);

	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		die("setresuid");
}

static const struct step process_steps[] = {
	{"who", tell_who},	     {"fork", step_fork},	{"double", step_double}, {"sibling", step_sibling},
	{"again", step_again},	     {"threads", step_threads}, {"memory", step_memory}, {"deleted", step_deleted},
	{"times", step_times},	     {"timens", step_timens},	{"name", step_name},	 {"setsid", step_setsid},
	{"closeall", step_closeall}, {"chdir", step_chdir},	{"sleep", step_sleep},	 {"uid", step_uid},
	{"pidns", step_pidns},	     {"fixed", step_fixed},	{"exec", step_exec},	 {NULL, NULL},
};

const struct step *const step_tables[] = {process_steps, place_steps, secret_steps, network_steps, NULL};

int main(int argc, char **argv)
{
	static char self[PATH_MAX];

	if (argc == 2 && !strcmp(argv[1], "nothing"))
		return 0;
	if (argc < 2 || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 2;
	this_program = self;
	facts_to_file();
	if (pipe2(everybody, O_CLOEXEC) || fcntl(everybody[1], F_SETFD, 0))
		die("pipe2");
	do_steps(argv + 1);
	return 0;
}
