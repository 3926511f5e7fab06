/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control requests -> observations. Checks who asks (the kernel's word), what it may register, and that the process is
 * known; then feeds CL_OBS_RUN_BEGIN / RUN_END like any other observation, so that a recording holds them too.
 */
#pragma once

#include "control/control.h"
#include "identity/identity.h"
#include "monitor/desk.h"

struct cl_registrar {
	struct cl_identity *identity;
	void (*feed)(void *ctx, const struct cl_observation *obs);
	void (*status)(void *ctx, cJSON *reply); /* fills the answer to {"op":"status"} */
	void *ctx;
	struct cl_desk *desk; /* changes of policy */
};

/* A cl_control_handler whose ctx is a struct cl_registrar. */
int cl_registrar_handle(void *ctx, const struct cl_peer *peer, const cJSON *request, cJSON *reply,
			struct cl_error *err);
