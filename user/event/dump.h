/* SPDX-License-Identifier: Apache-2.0 */
/* An observation as one flat JSON object, for tests and for people who look into a recording: {"kind":"exec", ...},
 * keys are the field names of codec.c, absent where a value is 0 or not known. */
#pragma once

#include <cjson/cJSON.h>

#include "event/observation.h"

cJSON *cl_obs_json(const struct cl_observation *obs); /* NULL: out of memory */
