/* SPDX-License-Identifier: Apache-2.0 */
/* A raw record from the kernel: any bytes. What is taken must be readable to its last byte. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "event/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned int touch(const char *p, size_t len)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += (unsigned char)p[i];
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cl_arena *arena;
	static volatile unsigned int sink;
	struct cl_event e;
	uint8_t *record;
	uint32_t told = (uint32_t)size;

	if (!arena && cl_arena_new(&arena, 1 << 20))
		return 0;
	cl_arena_reset(arena);
	record = malloc(size ? size : 1);
	if (!record)
		return 0;
	memcpy(record, data, size);
	/* the size is checked first and tells nothing more: most inputs get past it */
	if (size > 4 && data[size - 1] != 0xee)
		memcpy(record, &told, sizeof(told));
	if (!cl_event_decode(record, size, arena, &e)) {
		sink += touch(e.path, strlen(e.path)) + touch(e.filename, strlen(e.filename));
		sink += touch(e.cgroup, strlen(e.cgroup)) + touch(e.args.p, e.args.len) + touch(e.env.p, e.env.len);
		sink += touch(e.content.p, e.content.len) + touch(e.unix_name.p, e.unix_name.len);
		sink += e.file ? e.file->mode : 0;
		sink += e.child ? e.child->tgid : 0;
		sink += e.connect ? e.connect->port : 0;
	}
	free(record);
	return 0;
}
