/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a file that is scanned beside its bytes: when it was written, the certificate of the key in it. */
#pragma once

#include <stddef.h>

struct cl_scanner;

#define CL_AROUND_SIZE 8192 /* of a certificate */

/* Tells the scanner, for its next scan, of the file `fd`, of which `bytes` are the text. `room` is used until then. */
void cl_look_around(struct cl_scanner *s, const char *path, int fd, const char *bytes, size_t len,
		    char room[CL_AROUND_SIZE]);
