/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel function that the kernel itself lacks (bpf_rdonly_cast before 6.2) libbpf looks for in the types of modules,
 * and to list those takes CAP_SYS_ADMIN. libbpf before 1.3 then loads nothing, weak as the reference is; later ones go on
 * without modules, and so do we, with either: no probe of ours needs one. The linker puts this in the way (--wrap).
 */
#include <bpf/bpf.h>
#include <errno.h>

int __real_bpf_btf_get_next_id(__u32 start, __u32 *next);
int __wrap_bpf_btf_get_next_id(__u32 start, __u32 *next);

int __wrap_bpf_btf_get_next_id(__u32 start, __u32 *next)
{
	int r = __real_bpf_btf_get_next_id(start, next);

	if (r && errno == EPERM) {
		errno = ENOENT; /* the end of the list */
		return -ENOENT;
	}
	return r;
}
