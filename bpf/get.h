/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Reading kernel memory at three prices. DIRECT: a plain load, where the verifier knows the pointer's type. GET: a
 * helper call of some 70 instructions; where CASTS is defined and the kernel can (6.2), a plain load through a cast.
 * FGET: what fits the pointers to files in this source file; FILES_TYPED says that they come from a hook's arguments.
 *
 * CASTS is for one source file only: bpftool's linker of libbpf 1.1 can't merge two references to a kernel function.
 */
#pragma once

#include "kernel.h"

/* Without the const that newer kernels have on some fields. */
#define VALUE_OF(type, field) typeof(((void)0, ((type *)0)->field))

#ifdef CASTS
extern const volatile bool can_cast; /* set by the loader: the kernel has bpf_rdonly_cast */
extern void *bpf_rdonly_cast(const void *pointer, __u32 type) __ksym __weak;

#define GET(type, pointer, field)                                                                                      \
	({                                                                                                             \
		const type *_at = (const void *)(pointer);                                                             \
		VALUE_OF(type, field) _value;                                                                          \
		if (can_cast)                                                                                          \
			_value = ((const type *)bpf_rdonly_cast(_at, bpf_core_type_id_kernel(type)))->field;           \
		else                                                                                                   \
			bpf_core_read(&_value, sizeof(_value), &_at->field);                                           \
		_value;                                                                                                \
	})
#else
#define GET(type, pointer, field)                                                                                      \
	({                                                                                                             \
		const type *_at = (const void *)(pointer);                                                             \
		VALUE_OF(type, field) _value;                                                                          \
		bpf_core_read(&_value, sizeof(_value), &_at->field);                                                   \
		_value;                                                                                                \
	})
#endif

#define ARROW2(a, b) ((a)->b)
#define ARROW3(a, b, c) ((a)->b->c)
#define ARROW4(a, b, c, d) ((a)->b->c->d)
#define ARROW5(a, b, c, d, e) ((a)->b->c->d->e)
#define ARROW_PICK(a, b, c, d, e, name, ...) name
#define DIRECT(...) ARROW_PICK(__VA_ARGS__, ARROW5, ARROW4, ARROW3, ARROW2)(__VA_ARGS__)

#ifdef FILES_TYPED
#define FGET(type, pointer, field) ((pointer)->field)
#else
#define FGET(type, pointer, field) GET(type, pointer, field)
#endif
