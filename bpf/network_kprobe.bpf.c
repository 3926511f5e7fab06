/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Sockets, kprobe tier. */
#define HOOKS_KPROBE
#include "network_hooks.h"

char LICENSE[] SEC("license") = "GPL";
