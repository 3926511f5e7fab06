/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "base/secure.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static uint64_t unlocked;

static size_t pages(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

int cl_secure_alloc(void **out, size_t size)
{
	void *p = mmap(NULL, pages(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -ENOMEM;
	if (mlock(p, pages(size)))
		__atomic_add_fetch(&unlocked, 1, __ATOMIC_RELAXED);
	madvise(p, pages(size), MADV_DONTDUMP);
	madvise(p, pages(size), MADV_DONTFORK);
	*out = p;
	return 0;
}

void cl_secure_free(void **p, size_t size)
{
	if (!*p)
		return;
	explicit_bzero(*p, size);
	munmap(*p, pages(size));
	*p = NULL;
}

#define STACK_DEPTH 16384

__attribute__((noinline)) void cl_secure_stack(void)
{
	/* It is what was left there that counts: not cleared twice. */
	__attribute__((uninitialized)) char below[STACK_DEPTH];

	explicit_bzero(below, sizeof(below));
}

uint64_t cl_secure_unlocked(void)
{
	return __atomic_load_n(&unlocked, __ATOMIC_RELAXED);
}

int cl_secure_process(void)
{
	struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_DUMPABLE, 0))
		return -errno;
	return 0;
}
