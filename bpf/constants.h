/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Macros of the kernel that no type information carries. */
#pragma once

#define CL_INIT_USERNS 0xeffffffdu
#define CL_PF_KTHREAD 0x00200000
#define CL_PF_IO_WORKER 0x00000010
#define CL_SIGNAL_GROUP_EXIT 0x00000004
#define CL_O_PATH 010000000
#define CL_O_CREATION (0100 | 0200 | 0400 | 01000) /* CREAT, EXCL, NOCTTY, TRUNC: gone once the file is open */
#define CL_FMODE_READ 0x1			   /* in f_mode */
#define CL_FMODE_WRITE 0x2
#define CL_FMODE_EXEC 0x20 /* in f_flags: the open is execve's */
/* f_mode of a file below another one (overlayfs's layer file): NOACCOUNT since 4.20, BACKING (1 << 25) since 6.5. */
#define CL_FMODE_NOACCOUNT 0x20000000
#define CL_FMODE_BACKING 0x02000000
#define CL_CTIME_QUERIED 0x80000000 /* i_ctime_nsec's top bit is a flag since 6.13 */
#define CL_TS_COMPAT 0x0002	    /* x86 thread_info.status: a 32-bit system call */
#define CL_TIF_32BIT (1ul << 22)    /* arm64 thread_info.flags */
#define CL_PROC_SUPER_MAGIC 0x9fa0
#define CL_PID_FS_MAGIC 0x50494446
#define CL_SYSFS_MAGIC 0x62656572
#define CL_CGROUP_MAGIC 0x27e0eb
#define CL_CGROUP2_MAGIC 0x63677270
#define CL_DEBUGFS_MAGIC 0x64626720
#define CL_TRACEFS_MAGIC 0x74726163
#define CL_SECURITYFS_MAGIC 0x73636673
#define CL_SELINUX_MAGIC 0xf97cff8c
#define CL_CONFIGFS_MAGIC 0x62656570
#define CL_PTRACE_MODE_ATTACH 0x02
#define CL_PTRACE_TRACEME 0
#define CL_PTRACE_ATTACH 16
#define CL_PTRACE_SEIZE 0x4206
#define CL_SOL_SOCKET 1
#define CL_SCM_RIGHTS 1
#define CL_SCM_MAX_FD 253
#define CL_MAP_ANONYMOUS 0x20
#if defined(__TARGET_ARCH_x86)
#define CL_O_DIRECT 040000
#else
#define CL_O_DIRECT 0200000
#endif
#define CL_S_IFMT 0170000
#define CL_S_IFDIR 0040000
#define CL_S_IFSOCK 0140000
#define CL_S_IFREG 0100000
#define CL_SOCK_DGRAM 2
#define CL_AF_UNSPEC 0
#define IOCB_PREAD 0 /* of struct iocb */
#define IOCB_PREADV 7
#define CL_AF_UNIX 1
#define CL_AF_INET 2
#define CL_AF_INET6 10
#define CL_TCP_ESTABLISHED 1
#define CL_TCP_SYN_SENT 2
#define CL_TCP_CLOSE 7
#define CL_ECANCELED 125
