/* SPDX-License-Identifier: Apache-2.0 */
#include "output/wait.h"

#include <errno.h>
#include <poll.h>

#define SLICE_MS 100 /* how late a stop may be noticed */

int cl_wait_ready(int fd, short events, uint64_t until, const atomic_bool *stop)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		uint64_t now = cl_boot_ns(), left = until > now ? (until - now) / 1000000 : 0;
		int n = poll(&p, 1, left > SLICE_MS ? SLICE_MS : (int)left);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (atomic_load(stop))
			return -ECANCELED;
		if (!left)
			return -ETIMEDOUT;
	}
}
