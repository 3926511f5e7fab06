/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that a provider's own documentation or emulator publishes: well formed, known to all, and no credential. Known
 * by their hash, so that nobody who looks for credentials in this project finds one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

bool cl_is_documented_example(const void *value, size_t len);
