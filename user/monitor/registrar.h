/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control requests -> observations. Checks who asks (the kernel's word), what it may register, and that the process is
 * known; then feeds CL_OBS_RUN_BEGIN / RUN_END like any other observation, so that a recording holds them too. What a
 * request says goes through `conceal` first: whoever registers may name a run after a token.
 */
#pragma once

#include "control/control.h"
#include "identity/identity.h"
#include "monitor/desk.h"
#include "monitor/letters.h"
#include "monitor/refusals.h"

struct cl_registrar {
	struct cl_identity *identity;
	void (*feed)(void *ctx, const struct cl_observation *obs);
	/* A text that may be kept in place of `text`, valid until the next call; NULL: it may be kept itself. -errno. */
	int (*conceal)(void *ctx, const char *text, const char **out);
	void (*status)(void *ctx, cJSON *reply);			  /* fills the answer to {"op":"status"} */
	const uint8_t *(*first)(void *ctx, const uint8_t fp[CL_FP_SIZE]); /* by which a credential is known */
	void *ctx;
	struct cl_desk *desk;	   /* changes of policy */
	struct cl_letters letters; /* dead ones */
	struct cl_refusals refusals;
};

/* A cl_control_handler whose ctx is a struct cl_registrar. */
int cl_registrar_handle(void *ctx, const struct cl_peer *peer, cJSON *request, cJSON *reply, struct cl_error *err);
/* For cl_control_guard. */
bool cl_registrar_admit(void *ctx, const struct cl_peer *peer);
void cl_registrar_refused(void *ctx, const struct cl_peer *peer, const char *op, const char *why);
