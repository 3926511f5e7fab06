/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "confine/syscalls.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

/*
 * Names between blanks, so that a group is a few lines. Those that a processor does not have (arm64: open, stat, ...)
 * count for nothing there. fchown: SQLite gives its log the database's owner, which is ours; others take CAP_CHOWN.
 */
static const char *const allowed[] = {
	/* files: the store, outputs, /proc, what is scanned */
	"read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 open openat openat2 close close_range",
	"stat fstat lstat newfstatat statx statfs fstatfs access faccessat faccessat2 readlink readlinkat lseek",
	"getdents64 name_to_handle_at open_by_handle_at fcntl flock ftruncate fallocate fadvise64 fsync fdatasync",
	"sync_file_range rename",
	"renameat renameat2 unlink unlinkat mkdir mkdirat rmdir dup dup2 dup3 pipe2 getcwd sendfile copy_file_range",
	"inotify_init1 inotify_add_watch inotify_rm_watch fchown",
	/* memory */
	"munmap mremap madvise brk mlock mlock2 munlock memfd_create membarrier",
	/* time */
	"clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time timerfd_create timerfd_settime",
	"timerfd_gettime",
	/* threads and signals */
	"set_robust_list set_tid_address rseq futex futex_wait futex_wake sched_yield sched_getaffinity sched_getparam",
	"sched_getscheduler rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait sigaltstack restart_syscall exit",
	"exit_group getcpu",
	/* who, and how much */
	"gettid getpid getppid getpgrp getuid geteuid getgid getegid getresuid getresgid getgroups getrlimit getrusage",
	"times sysinfo uname getrandom getpriority",
	/* waiting */
	"epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 poll ppoll select pselect6 eventfd2 signalfd4",
	/* sockets that are open */
	"connect bind listen accept accept4 getsockname getpeername getsockopt setsockopt sendto sendmsg sendmmsg",
	"recvfrom recvmsg recvmmsg shutdown",
	/* probes that are attached again */
	"perf_event_open",
};

/* Nothing that is linked here makes them: whoever does is not us. */
static const char *const deadly[] = {
	"execve execveat fork vfork ptrace process_vm_readv process_vm_writev pidfd_getfd process_madvise",
	"mount umount2 pivot_root move_mount open_tree fsopen fspick fsconfig fsmount mount_setattr chroot setns unshare",
	"init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff acct settimeofday",
	"clock_settime adjtimex clock_adjtime sethostname setdomainname quotactl syslog iopl ioperm modify_ldt personality",
	"setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset",
	"userfaultfd io_uring_setup",
};

static int rule(scmp_filter_ctx ctx, uint32_t action, const char *name, const struct scmp_arg_cmp *arg)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR) /* this libseccomp is older than the call */
		return 0;
	return seccomp_rule_add_array(ctx, action, nr, arg ? 1 : 0, arg);
}

static int rules(scmp_filter_ctx ctx, uint32_t action, const char *const *groups, size_t n)
{
	char name[32];
	int r = 0;

	for (size_t i = 0; i < n; i++)
		for (const char *at = groups[i]; !r && *at; at += strspn(at, " ")) {
			size_t len = strcspn(at, " ");

			snprintf(name, sizeof(name), "%.*s", (int)len, at);
			r = rule(ctx, action, name, NULL);
			at += len;
		}
	return r;
}

/* `name`, when argument `at` is one of the values. The kernel takes these as 32 bits, whatever stands above them. */
static int one_of(scmp_filter_ctx ctx, const char *name, unsigned int at, const uint32_t *values, size_t n)
{
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		const struct scmp_arg_cmp arg = SCMP_CMP32(at, SCMP_CMP_EQ, values[i]);

		r = rule(ctx, SCMP_ACT_ALLOW, name, &arg);
	}
	return r;
}

/* `name`, when of the bits `mask` of argument `at` exactly `bits` are set. */
static int masked(scmp_filter_ctx ctx, const char *name, unsigned int at, uint64_t mask, uint64_t bits)
{
	const struct scmp_arg_cmp arg = SCMP_CMP64(at, SCMP_CMP_MASKED_EQ, mask, bits);

	return rule(ctx, SCMP_ACT_ALLOW, name, &arg);
}

#define NEW_SPACES                                                                                                     \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

static int threads_and_memory(scmp_filter_ctx ctx)
{
	const uint32_t names[] = {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE};
	const struct scmp_arg_cmp no_limit = SCMP_CMP64(2, SCMP_CMP_EQ, 0);
	const struct scmp_arg_cmp ourselves = SCMP_CMP32(0, SCMP_CMP_EQ, (uint32_t)getpid());
	const uint32_t is_there[] = {0};
	int r = masked(ctx, "clone", 0, CLONE_THREAD | NEW_SPACES, CLONE_THREAD);

	r = r ? r : rule(ctx, SCMP_ACT_ALLOW, "clone3", NULL); /* the filter before this one has it */
	r = r ? r : masked(ctx, "mmap", 2, PROT_EXEC, 0);
	r = r ? r : masked(ctx, "mmap", 2, PROT_WRITE, 0); /* a library that is loaded when it is needed */
	r = r ? r : masked(ctx, "mprotect", 2, PROT_EXEC, 0);
	r = r ? r : one_of(ctx, "prctl", 0, names, ARRAY_SIZE(names));
	r = r ? r : rule(ctx, SCMP_ACT_ALLOW, "prlimit64", &no_limit); /* to ask, not to set */
	r = r ? r : rule(ctx, SCMP_ACT_ALLOW, "tgkill", &ourselves);   /* abort */
	return r ? r : one_of(ctx, "kill", 1, is_there, ARRAY_SIZE(is_there));
}

static int sockets_and_devices(scmp_filter_ctx ctx)
{
	const uint32_t families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
	const uint32_t controls[] = {
		TCGETS,
		TIOCGWINSZ,
		FIONREAD,
		FIONBIO,
		SIOCOUTQ,
		PERF_EVENT_IOC_SET_BPF,
		PERF_EVENT_IOC_ENABLE,
		PERF_EVENT_IOC_DISABLE,
		SIOCGIFINDEX,
	};
	int r = one_of(ctx, "socket", 0, families, ARRAY_SIZE(families));

	r = r ? r : one_of(ctx, "socketpair", 0, families, 1);
	return r ? r : one_of(ctx, "ioctl", 1, controls, ARRAY_SIZE(controls));
}

static int probes(scmp_filter_ctx ctx)
{
	const uint32_t commands[] = {
		BPF_MAP_LOOKUP_ELEM,	 BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM, BPF_MAP_GET_NEXT_KEY,
		BPF_MAP_LOOKUP_BATCH,	 BPF_OBJ_PIN,	      BPF_OBJ_GET,	   BPF_OBJ_GET_INFO_BY_FD,
		BPF_RAW_TRACEPOINT_OPEN, BPF_LINK_CREATE,     BPF_ITER_CREATE,	   BPF_LINK_DETACH,
	};

	return one_of(ctx, "bpf", 0, commands, ARRAY_SIZE(commands));
}

static int fill(scmp_filter_ctx ctx)
{
	int r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	r = r ? r : seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	/* Before Linux 5.16 a filter would else slow down every load of memory: no foreign code runs here. */
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_SSB, 1);
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1);
	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a search tree, not a list */
	r = r ? r : rules(ctx, SCMP_ACT_ALLOW, allowed, ARRAY_SIZE(allowed));
	r = r ? r : rules(ctx, SCMP_ACT_KILL_PROCESS, deadly, ARRAY_SIZE(deadly));
	r = r ? r : threads_and_memory(ctx);
	r = r ? r : sockets_and_devices(ctx);
	return r ? r : probes(ctx);
}

/*
 * clone3's flags lie in memory, where no filter sees them: it fails, and the C library makes its threads by clone. A
 * filter of its own, because it happens at each thread: one that logs would fill the log.
 */
static int fill_clone3(scmp_filter_ctx ctx)
{
	int r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);

	(void)seccomp_attr_set(ctx, SCMP_FLTATR_CTL_SSB, 1);
	return r ? r : rule(ctx, SCMP_ACT_ERRNO(ENOSYS), "clone3", NULL);
}

static int enter(uint32_t otherwise, int (*fill_it)(scmp_filter_ctx ctx))
{
	scmp_filter_ctx ctx = seccomp_init(otherwise);
	int r = ctx ? fill_it(ctx) : -ENOMEM;

	r = r ? r : seccomp_load(ctx);
	seccomp_release(ctx);
	return r;
}

int cl_syscalls_confine(struct cl_error *err)
{
	int r = enter(SCMP_ACT_ALLOW, fill_clone3);

	r = r ? r : enter(SCMP_ACT_ERRNO(ENOSYS), fill);
	return r ? cl_fail(err, r,
			   "cannot enter the filter of system calls: %s (a kernel without seccomp? monitor --no-confine "
			   "goes on without)",
			   strerror(-r))
		 : 0;
}
