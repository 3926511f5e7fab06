/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file read piece by piece, by two processes, anywhere in it. What can be looked at is part of the file; what was read
 * from its beginning on, without a gap, is all there.
 * Input: per read a byte of flags, a byte of offset, a byte of length, then the content.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/assemble.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(struct cl_assembler *a, const struct cl_event *read, uint32_t tgid, bool last)
{
	struct cl_assembled out;
	struct cl_sighting s[2] = {{.fp = {1}}, {.fp = {1}}};

	cl_assemble(a, (struct cl_process_key){.tgid = tgid, .start = 1}, read, last, &out);
	if (out.text.len > CL_ASSEMBLE_KEEP + CL_CONTENT_MAX || (out.from_start && read->offset < 0))
		abort();
	if (last && out.text.len < read->content.len)
		abort();
	if (last && read->content.len &&
	    memcmp(out.text.p + out.text.len - read->content.len, read->content.p, read->content.len) != 0)
		abort();
	if (cl_assembled_news(&out, s, 2) > 1)
		abort();
	cl_assembled_done(&out, last);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cl_assembler *a = NULL;
	struct cl_header header = {.ts = 1};
	struct cl_file file = {.ino = 1, .dev = 1, .size = 100000};
	int64_t next = 0;

	if (cl_assembler_new(&a))
		abort();
	while (size >= 3) {
		uint8_t flags = data[0];
		size_t len = flags & 1 ? (size_t)data[2] * 64 : data[2];
		struct cl_event read = {.h = &header, .file = &file, .offset = flags & 2 ? data[1] : next};

		data += 3;
		size -= 3;
		len = len < size ? len : size;
		len = len < CL_CONTENT_MAX ? len : CL_CONTENT_MAX;
		file.ino = 1 + (flags >> 5);
		if (flags & 4)
			read.offset = -1;
		read.content = (struct cl_view){(const char *)data, len};
		feed(a, &read, 1 + (flags >> 3 & 1), flags & 16);
		next = read.offset + (int64_t)len;
		data += len;
		size -= len;
	}
	cl_assembler_free(&a);
	return 0;
}
