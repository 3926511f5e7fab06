/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Reaching into another process and receiving descriptors, by the end of a system call. Global functions of numbers:
 * the verifier looks at each once.
 */
#pragma once

#include "maps.h"

int access_of_call(__u32 act, __u64 first, __u64 second, __s64 ret);
int access_of_open(__u32 fd); /* a file of /proc, or any other */
int receive_of_call(__u32 act, __u64 header, __u32 n, __u32 narrow);
int receive_descriptor(__u32 fd, __u32 how);
