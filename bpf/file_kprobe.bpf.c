/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Files, kprobe tier. */
#define HOOKS_KPROBE
#include "file_hooks.h"

char LICENSE[] SEC("license") = "GPL";
