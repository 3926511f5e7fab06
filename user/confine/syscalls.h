/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which system calls the running monitor may make (seccomp(2), by libseccomp), on x86_64 and arm64:
 *   - listed ones, some with certain arguments only: threads but no processes, no memory that is writable and executable,
 *     unix, internet and netlink sockets, the bpf(2) commands that loaded probes need (none that loads a program);
 *   - those that only an intruder would make (execve, ptrace, mount, setns, init_module, ...) end the process at once;
 *   - every other one fails with ENOSYS, so that a C library that knows a newer one falls back to what is listed.
 * What is refused the kernel logs, with the number of the call (type=SECCOMP in the audit log, else in the kernel's).
 */
#pragma once

#include "base/error.h"

/* The whole process, for good; no privileges by execve either. Needs no rights. */
int cl_syscalls_confine(struct cl_error *err);
