/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Reaching into another process, at the kernel's own question whether that is allowed and at the opens of the files
 * "mem" and "environ" of /proc; and descriptors that come from another process. Each is told when the answer was yes.
 */
#pragma once

#include "access.h"
#include "call.h"
#include "hook.h"

#define asks_to_attach(args) ((args)[1] & CL_PTRACE_MODE_ATTACH)

/* Which call asks says what for. Opens of /proc ask here too: those are told by the files themselves. */
AT_RETURN(access, security_ptrace_access_check, 2, asks_to_attach)
{
	__u32 how;

	if ((int)ret || !asks_to_attach(args))
		return 0;
	how = access_of_current_call();
	if (how)
		tell_access(current_task(), (struct task_struct *)args[0], how);
	return 0;
}

AT_RETURN(traceme, security_ptrace_traceme, 1, always)
{
	if (!(int)ret)
		tell_access((struct task_struct *)args[0], current_task(), CL_ACCESS_TRACEME);
	return 0;
}

static __always_inline int proc_opened(const unsigned long long *args, int ret, __u32 how)
{
	struct task_struct *target = ret ? NULL : task_of_proc((struct inode *)args[0]);

	if (target)
		tell_access(current_task(), target, how);
	return 0;
}

AT_RETURN(mem, mem_open, 2, always)
{
	return proc_opened(args, ret, CL_ACCESS_MEM);
}

AT_RETURN(environ, environ_open, 2, always)
{
	return proc_opened(args, ret, CL_ACCESS_ENVIRON);
}

#define is_watched_file(args) read_watched((struct file *)(args)[0])

AT_RETURN(receive, security_file_receive, 1, is_watched_file)
{
	bool taken = access_of_current_call() == CL_ACCESS_FD;

	if (!(int)ret)
		on_receive((struct file *)args[0], taken ? CL_RECEIVE_TAKEN : CL_RECEIVE_MESSAGE);
	return 0;
}
