/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores whose files may have any name ("/run/secrets/<name>"): no name tells the kernel's filter about them, so the
 * files that are there are entered by their inodes, at the start and again every few seconds, on the host and below
 * the root of every mount namespace. A thread of its own looks: a file system that user space serves can keep nobody
 * else waiting.
 */
#pragma once

#include "capture/capture.h"
#include "credential/credential.h"

struct cl_shelves;
/* The catalogue and the capture outlive it. The first look is over when it returns, unless it takes too long. */
int cl_shelves_start(struct cl_shelves **out, const struct cl_catalogue *catalogue, struct cl_capture *capture);
void cl_shelves_stop(struct cl_shelves **p);
