/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `doctor --self`: what the running monitor can still do, looked up in /proc and held against the table of rights.
 * CL_EXIT_OK: exactly what it needs; CL_EXIT_FAILED: more, or less; CL_EXIT_UNABLE: no monitor, or not ours to look at.
 */
#pragma once

#include "command/command.h"

int cl_doctor_self(const struct cl_common *common);
