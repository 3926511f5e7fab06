/* SPDX-License-Identifier: Apache-2.0 */
/* Severities by name and one step down. */
#pragma once

#include <stdint.h>

#include "detect/detect.h"

uint32_t cl_severity_parse(const char *name); /* CL_SEVERITY_NONE: none of them */
uint32_t cl_severity_lower(uint32_t s);	      /* Low stays Low */
