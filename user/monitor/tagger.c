/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/tagger.h"

static enum cl_tag_state state_of(struct cl_pipeline *pipeline, struct cl_process_key key)
{
	const struct cl_process *p = cl_identity_process(cl_pipeline_identity(pipeline), key);
	const struct cl_detect *detect = cl_pipeline_detect(pipeline);
	uint8_t any[1][CL_FP_SIZE];

	if (p && cl_detect_in_hand(detect, p, any, 1))
		return CL_TAG_HOLDS;
	return cl_detect_holding(detect, key, any, 1) ? CL_TAG_HAD : CL_TAG_NONE;
}

void cl_tagger_follow(struct cl_capture *capture, struct cl_pipeline *pipeline, const struct cl_observation *obs)
{
	struct cl_process_key key = obs->kind == CL_OBS_FORK ? obs->child : obs->process;

	switch (obs->kind) {
	case CL_OBS_EXEC:
	case CL_OBS_PROCESS:
	case CL_OBS_FORK:
	case CL_OBS_READ:
	case CL_OBS_RECEIVE:
	case CL_OBS_HELD:
	case CL_OBS_WRITE:
		if (key.tgid)
			cl_capture_tag(capture, key, obs->ts, state_of(pipeline, key));
		break;
	}
}
