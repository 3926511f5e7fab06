/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of any size, a window at a time, in secure memory. Windows end and begin between words and overlap, so that
 * every credential is whole in one of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cl_windows {
	int fd;
	void *buffer; /* secure */
	size_t size;
	size_t len;	/* of the window that is at the buffer's beginning */
	uint32_t line;	/* of its first byte, from 1 */
	bool continues; /* it is not the first one */
	/* private */
	size_t filled, next; /* bytes in the buffer; where the next window begins */
	bool end;
};

/* Begins with another file; what is left of the one before is wiped. The buffer stays. */
void cl_windows_begin(struct cl_windows *w, int fd);
int cl_windows_next(struct cl_windows *w); /* 1: the next window is there, 0: there is none, -errno */
void cl_windows_free(struct cl_windows *w);
