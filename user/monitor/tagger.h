/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells the probes which processes hold a credential. The probes know of a store's reader at once, and ask about every
 * program that is started; what it was given, only userspace sees.
 */
#pragma once

#include "capture/capture.h"
#include "pipeline/pipeline.h"

/* After the pipeline took the observation: whoever may hold something else by now. */
void cl_tagger_follow(struct cl_capture *capture, struct cl_pipeline *pipeline, const struct cl_observation *obs);
