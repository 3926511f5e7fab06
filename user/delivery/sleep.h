/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for something, or for a time of CLOCK_BOOTTIME. */
#pragma once

#include <pthread.h>
#include <stdint.h>

void cl_cond_init(pthread_cond_t *c); /* for cl_cond_wait_until */
/* Until it is signalled, or past `boot_ns`; a minute at most, since its clock stands still while the machine sleeps. */
void cl_cond_wait_until(pthread_cond_t *c, pthread_mutex_t *lock, uint64_t boot_ns);
