/* SPDX-License-Identifier: Apache-2.0 */
/* A lineage with its blast radius for people: what a responder reads first. */
#pragma once

#include <cjson/cJSON.h>

void cl_lineage_put_text(const cJSON *lineage);
