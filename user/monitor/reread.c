/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/reread.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "capture/capture.h"

/* The reader may be gone by now, and so may its parent, which mostly sees the same files. Most of the others' are ours:
 * whoever leads there, only the very version that was read counts. */
int cl_reread(const struct cl_event *ev, const char *path, void *buf, size_t size)
{
	const uint32_t through[] = {ev->h->task.tgid, ev->h->task.parent_tgid, (uint32_t)getpid()};
	int r = -ENOENT;

	for (size_t i = 0; r < 0 && i < ARRAY_SIZE(through); i++) {
		if (through[i])
			r = cl_capture_content(through[i], path, ev->file, buf, size);
	}
	return r;
}

int cl_read_beside(const struct cl_event *ev, const char *path, void *buf, size_t size)
{
	const uint32_t through[] = {ev->h->task.tgid, ev->h->task.parent_tgid};
	int r = -ENOENT;

	for (size_t i = 0; r < 0 && i < ARRAY_SIZE(through); i++)
		if (through[i])
			r = cl_capture_beside(through[i], path, ev->file, buf, size);
	return r;
}
