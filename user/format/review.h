/* SPDX-License-Identifier: Apache-2.0 */
/* What people said of a finding (store/review.h), as the formats say it. */
#pragma once

#include "format/pen.h"

/* "new", "acknowledged", or "resolved" when the finding closed itself. */
const char *cl_review_status(const cJSON *finding);
/* "acknowledged by ann at 2026-11-18T11:06:40Z: rotated", "reopened by ..."; nothing when nobody said anything. */
void cl_review_say(struct cl_pen *p, const cJSON *finding);
