/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the loader tells the probes before they are loaded. Not part of the record format: both sides are always built
 * together, nothing here is stored.
 */
#pragma once

/* How the system call exit program treats a number (`syscall_acts`, `compat_acts`). */
enum cl_syscall {
	CL_SYS_NONE = 0,
	CL_SYS_OPEN = 1,
	CL_SYS_READ = 2,
	CL_SYS_PREAD = 3,
	CL_SYS_READV = 4,
	CL_SYS_PREADV = 5,
	CL_SYS_CONNECT = 6,
};
#define CL_SYSCALLS 512 /* higher numbers are left alone */
