/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The kernel's types, cut down to the fields that the probes read; CO-RE moves every access to where the running
 * kernel has the field. Where a field changed its name or type, one flavour (`___suffix`) stands for each form and the
 * reader picks the one that exists. CL_VMLINUX_H names a full generated header instead: the build against it is the
 * check that nothing here has a wrong type.
 */
#pragma once

#ifdef CL_VMLINUX_H
#include CL_VMLINUX_H
#else
#include <linux/types.h>
#include <linux/bpf.h>

typedef _Bool bool;
enum { false, true };
typedef struct {
	__u32 val;
} kuid_t;
typedef struct {
	__u32 val;
} kgid_t;
typedef struct {
	int counter;
} atomic_t;
typedef long long loff_t;

#if defined(__TARGET_ARCH_arm64)
struct user_pt_regs { /* what pt_regs begins with; never moved */
	__u64 regs[31];
	__u64 sp, pc;
};
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long bx, cx, dx, si, di, bp, r10, r8, r9, ax, orig_ax, ip, sp;
};
struct thread_info {
	unsigned long flags;
	__u32 status;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	__u64 regs[31];
	__u64 orig_x0;
	int syscallno;
};
struct thread_info {
	unsigned long flags;
};
#endif

/* ---- processes ---- */
struct ns_common {
	unsigned int inum;
};
/* A radix tree: its first entry, and nodes of 64. Entries that are nodes are marked in their lowest bits. */
struct xarray {
	void *xa_head;
};
struct xa_node {
	unsigned char shift;
	void *slots[64];
};
struct idr {
	struct xarray idr_rt;
};
struct pid_namespace {
	struct idr idr;
	struct ns_common ns;
};
struct hlist_node {
	struct hlist_node *next;
};
struct hlist_head {
	struct hlist_node *first;
};
struct upid {
	int nr;
	struct pid_namespace *ns;
};
struct pid {
	unsigned int level;
	struct hlist_head tasks[1]; /* the first: threads by their own number */
	struct upid numbers[1];
};
struct mnt_namespace {
	struct ns_common ns;
};
struct nsproxy {
	struct mnt_namespace *mnt_ns;
};
struct uid_gid_extent {
	__u32 first, lower_first, count;
};
struct uid_gid_map {
	__u32 nr_extents;
	struct uid_gid_extent extent[5];
};
struct user_namespace {
	struct uid_gid_map uid_map;
	struct ns_common ns;
};
struct cred {
	kuid_t uid, euid;
	kgid_t gid;
	struct user_namespace *user_ns;
};
struct kernfs_node {
	__u64 id;
	const char *name;
	struct kernfs_node *parent;
};
struct cgroup {
	struct kernfs_node *kn;
};
struct cgroup_subsys_state {
	struct cgroup *cgroup;
};
struct css_set {
	struct cgroup *dfl_cgrp;
	struct cgroup_subsys_state *subsys[1]; /* by enum cgroup_subsys_id */
};
enum cgroup_subsys_id { /* the numbers are the kernel's own: read with bpf_core_enum_value */
			pids_cgrp_id = 11,
			memory_cgrp_id = 4,
			devices_cgrp_id = 5,
			cpu_cgrp_id = 1,
};
struct signal_struct {
	atomic_t live;
	int nr_threads;
	int group_exit_code;
	unsigned int flags;
};
struct mm_struct {
	unsigned long arg_start, arg_end, env_start, env_end;
};
struct file;
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};
struct files_struct {
	struct fdtable *fdt;
};
struct filename {
	const char *name;
};
struct nameidata {
	struct filename *name;
};
struct task_struct {
	struct thread_info thread_info;
	void *stack;
	unsigned int flags;
	int pid, tgid;
	__u64 start_boottime, self_exec_id;
	struct task_struct *real_parent, *group_leader;
	struct pid *thread_pid;
	struct hlist_node pid_links[1];
	const struct cred *real_cred;
	kuid_t loginuid;
	unsigned int sessionid;
	char comm[16];
	int exit_code;
	struct mm_struct *mm;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct css_set *cgroups;
	struct nameidata *nameidata; /* while a path is looked up */
};

/* ---- files ---- */
struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
};
struct timespec64 {
	long long tv_sec;
	long tv_nsec;
};
struct inode {
	unsigned short i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
	loff_t i_size;
	__u32 i_generation;
	struct timespec64 i_ctime;
	void *i_private;
};
struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};
struct hlist_bl_node {
	struct hlist_bl_node *next, **pprev;
};
struct qstr {
	__u32 hash;
	__u32 len;
	const unsigned char *name;
};
struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};
struct vfsmount {
	struct dentry *mnt_root;
};
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
	int mnt_id;
};
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};
struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_flags;
	unsigned int f_mode;
	loff_t f_pos;
	void *private_data;
	const struct cred *f_cred;
};
struct linux_binprm {
	struct file *file;
	const char *filename;
};

/* ---- io_submit ---- */
struct iocb {
	__u16 aio_lio_opcode;
	__u32 aio_fildes;
	__u64 aio_buf, aio_nbytes;
	__s64 aio_offset;
};
struct io_event {
	__s64 res;
};
struct aio_kiocb {
	struct io_event ki_res;
};

/* ---- io_uring; the two commands lie over the request's first bytes ---- */
struct io_cqe {
	__s32 res;
};
struct io_kiocb {
	struct file *file;
	__u8 opcode;
	struct io_cqe cqe; /* since 5.19 */
};
struct kiocb {
	struct file *ki_filp;
	loff_t ki_pos;
};
struct io_rw {
	struct kiocb kiocb;
	__u64 addr;
};
struct io_open {
	__u32 file_slot;
};

/* ---- sockets ---- */
struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};
struct sock_common {
	__u32 skc_daddr, skc_rcv_saddr;
	__u16 skc_dport, skc_num;
	unsigned short skc_family;
	int skc_bound_dev_if;
	volatile unsigned char skc_state;
	struct in6_addr skc_v6_daddr;
};
struct sock {
	struct sock_common __sk_common;
	__u16 sk_type, sk_protocol;
	int sk_err;
	struct socket *sk_socket;
};
struct socket {
	short type;
	struct sock *sk;
};
struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
};
struct tcp_sock {
	void *fastopen_req;
};
struct msghdr {
	void *msg_name;
	int msg_namelen;
};
struct sockaddr {
	unsigned short sa_family;
};
struct sockaddr_un {
	unsigned short sun_family;
	char sun_path[108];
};
struct unix_address {
	int len;
	struct sockaddr_un name[1];
};
struct unix_sock {
	struct unix_address *addr;
	struct path path;
	struct sock *peer;
};

/* ---- iterators ---- */
struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
};
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};
struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	void *map;
	void *key;
	void *value;
};

#pragma clang attribute pop
#endif /* CL_VMLINUX_H */

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#define __VMLINUX_H__ /* pt_regs has the kernel's own names */
#include <bpf/bpf_tracing.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* kernfs_node.parent is __parent since 6.15. */
struct kernfs_node___old {
	struct kernfs_node *parent;
};
struct kernfs_node___v615 {
	struct kernfs_node *__parent;
};

/* inode times: i_ctime up to 6.5, __i_ctime up to 6.10, i_ctime_sec and i_ctime_nsec since 6.11. */
struct timespec64___any {
	long long tv_sec;
	long tv_nsec;
};
struct inode___old {
	struct timespec64___any i_ctime;
};
struct inode___v66 {
	struct timespec64___any __i_ctime;
};
struct inode___v611 {
	long long i_ctime_sec;
	__u32 i_ctime_nsec;
};

#pragma clang attribute pop

#include "constants.h"
