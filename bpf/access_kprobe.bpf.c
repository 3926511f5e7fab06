/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Reaching into another process, kprobe tier. */
#define HOOKS_KPROBE
#include "access_hooks.h"

char LICENSE[] SEC("license") = "GPL";
