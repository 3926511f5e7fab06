/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * io_uring: reads that pass no system call, in both tiers, and opens where no hook of the fentry tier sees them. The
 * completion comes in the process itself or in a worker that carries its identity and memory. Before 5.19 the request
 * is laid out otherwise: nothing is told there. Part of syscall.bpf.c, for the casts.
 */
#pragma once

#include "access_call.h"
#include "read.h"

/* Set by the loader. */
const volatile bool ring_reads, ring_opens, ring_accesses;

#define OP_READV 1
#define OP_READ_FIXED 4
#define OP_OPENAT 18
#define OP_READ 22
#define OP_OPENAT2 28

static __always_inline void ring_read(struct io_kiocb *req, __u8 opcode, __s32 got)
{
	struct file *file = GET(struct io_kiocb, req, file);
	struct read_args a = {.length = got, .how = CL_READ_IOURING, .offset = -1};
	struct cl_watch *w = read_watched(file);
	__s64 after;

	if (!w)
		return;
	after = GET(struct io_rw, req, kiocb.ki_pos);
	if (after >= got)
		a.offset = after - got;
	if (opcode != OP_READV) /* its vector may be gone by now */
		a.address = GET(struct io_rw, req, addr);
	on_read(file, w, &a);
}

static __always_inline void ring_open(struct io_kiocb *req, __s32 fd)
{
	struct file *file;

	if (GET(struct io_open, req, file_slot)) /* a direct descriptor: it has no number */
		return;
	if (ring_accesses)
		access_of_open(fd);
	file = ring_opens ? file_of(fd) : NULL;
	if (file)
		on_open(file, 0);
}

SEC("tp_btf/io_uring_complete")
int BPF_PROG(ring_complete, void *ring, struct io_kiocb *req)
{
	__u8 opcode;
	__s32 res;

	if (!bpf_core_field_exists(struct io_kiocb, cqe) || !req)
		return 0;
	opcode = GET(struct io_kiocb, req, opcode);
	res = GET(struct io_kiocb, req, cqe.res);
	if (ring_reads && res > 0 && (opcode == OP_READ || opcode == OP_READV || opcode == OP_READ_FIXED))
		ring_read(req, opcode, res);
	else if ((ring_opens || ring_accesses) && res >= 0 && (opcode == OP_OPENAT || opcode == OP_OPENAT2))
		ring_open(req, res);
	return 0;
}
