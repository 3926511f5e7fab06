/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "capture/capture.h"

/* Whether a line of mountinfo is that device on a file system that answers by itself. Pure. */
bool cl_content_mount_trusted(const char *line, uint32_t dev);
