/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "capture/capture.h"

/* Whether a line of mountinfo is that device on a file system that answers by itself. Pure. */
bool cl_content_mount_trusted(const char *line, uint32_t dev);
/* Whether the process sees that device on such a file system. */
bool cl_content_device_trusted(uint32_t tgid, uint32_t dev);
/*
 * To read: what the O_PATH descriptor stands for. -EBUSY: this program has that file open already. It is not opened once
 * more, for when that is closed the locks go that the store has on its files, and whoever opens the store next takes it
 * for nobody's and cuts its shared index short under us.
 */
int cl_content_open(int at);
/* The file's first bytes, if it is that version before and after; else -ESTALE. */
int cl_content_read(int fd, const struct cl_file *version, void *buf, size_t size);
