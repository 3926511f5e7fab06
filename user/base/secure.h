/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for bytes that may be a credential: locked (never swapped), left out of core dumps, wiped when freed.
 * When the lock limit is reached the memory is used unlocked and counted (cl_secure_unlocked): not watching at all
 * would be worse.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

int cl_secure_alloc(void **out, size_t size); /* zeroed, page-aligned; 0, -ENOMEM */
void cl_secure_free(void **p, size_t size);   /* wipes */
uint64_t cl_secure_unlocked(void);	      /* allocations that could not be locked */
/* Wipes what calls that have returned left on the stack, as deep as working on a value goes. */
void cl_secure_stack(void);
/* The whole process: no core dump, no ptrace by the same user. Call first thing in main. */
int cl_secure_process(void);
