/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Files, fentry tier. What every tier's programs need of variables is here, too. */
#define FILES_TYPED
#include "file_hooks.h"

char LICENSE[] SEC("license") = "GPL";

volatile __u32 self_tgid;
__u8 inode_marks[INODE_PLACES];

const volatile __u8 name_marks[NAME_PLACES];
const volatile __u64 prefix_mask, suffix_mask;
const volatile __u32 prefixes[CL_AFFIX_MAX], suffixes[CL_AFFIX_MAX];
