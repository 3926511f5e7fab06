/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connects from a control group whose program sends every connect to 127.0.0.1:  connect_rewritten CGROUP
 * CGROUP is made. Where the process asked to go and where the connection goes are two records.
 */
#include "socket.h"

#include <linux/bpf.h>
#include <sys/resource.h>

static int load(void)
{
	/* sockaddr->user_ip4 = 127.0.0.1; return 1 */
	const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = (int)htonl(INADDR_LOOPBACK)},
		{.code = BPF_STX | BPF_MEM | BPF_W,
		 .dst_reg = 1,
		 .src_reg = 2,
		 .off = offsetof(struct bpf_sock_addr, user_ip4)},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
		.expected_attach_type = BPF_CGROUP_INET4_CONNECT,
		.insns = (uintptr_t)program,
		.insn_cnt = sizeof(program) / sizeof(program[0]),
		.license = (uintptr_t) "GPL",
	};

	/* Before 5.11 a program counts as locked memory. */
	setrlimit(RLIMIT_MEMLOCK, &(const struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void enter(const char *directory, int program)
{
	union bpf_attr attr = {.attach_type = BPF_CGROUP_INET4_CONNECT, .attach_bpf_fd = (uint32_t)program};
	char path[PATH_MAX];
	int cgroup, procs;

	snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
	if (mkdir(directory, 0755) && errno != EEXIST)
		die(directory);
	cgroup = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	attr.target_fd = (uint32_t)cgroup;
	if (program < 0 || cgroup < 0 || syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)))
		die("program");
	procs = open(path, O_WRONLY | O_CLOEXEC);
	if (procs < 0 || write(procs, "0", 1) != 1)
		die(path);
	close(procs);
}

int main(int argc, char **argv)
{
	union address asked = v4_address("127.9.9.9", 0), real = v4_address("127.0.0.1", 0);
	uint64_t before, after;
	int fd;

	if (argc != 2)
		return 2;
	fact_exec();
	serve(&real, SOCK_STREAM);
	asked.v4.sin_port = real.v4.sin_port;
	enter(argv[1], load());
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	after = now();
	if (connect(fd, &asked.any, sizeof(asked.v4)))
		die("connect");
	before = now();
	fact_connect(fd, &asked, "call", after, before);
	fact_end();
	fact_connect(fd, &real, "call", after, before);
	fact(",\"flag\":\"redirected\",\"asked_port\":%u", ntohs(asked.v4.sin_port));
	fact_string("asked", "7f090909000000000000000000000000");
	fact_end();
	fact_answer(fd, &real, 0, after, before);
	leave(0);
}
