/* SPDX-License-Identifier: Apache-2.0 */
/* What the monitor itself takes: memory, descriptors, time, disk. */
#pragma once

#include <cjson/cJSON.h>

/* Adds {"process":{"start_seconds","cpu_seconds","resident_bytes","virtual_bytes","open_fds","max_fds","threads"}} of this
 * process; `start` in wall ns. What /proc does not tell is left out. */
void cl_vitals_json(cJSON *out, uint64_t start);
/* Gives memory that a burst left free back to the kernel: 8 MiB and more of it, which takes a few milliseconds. */
void cl_vitals_trim(void);
/* Bytes on disk of the store in `directory`, its log and index included. */
double cl_vitals_store_bytes(const char *directory);
