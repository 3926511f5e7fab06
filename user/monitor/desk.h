/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of policy, and reviews of findings, while the monitor runs. Requests come in on the capture thread; the writer's thread, which has the
 * store, makes the change and its entry; then it takes effect here as an observation like any other. One change is
 * under way at a time, others wait their turn. Only root and the monitor's own user may change policy: others are
 * refused, and that is logged, at most one a second (the rest is counted in the next one).
 */
#pragma once

#include "control/control.h"
#include "credential/credential.h"
#include "monitor/writer.h"

struct cl_desk;
struct cl_desk_options {
	struct cl_writer *writer;
	const char *state; /* directory */
	void (*feed)(void *ctx, const struct cl_observation *obs);
	void *ctx;
};

int cl_desk_new(struct cl_desk **out, const struct cl_desk_options *o);
void cl_desk_free(struct cl_desk **p);		    /* after the writer */
const char *cl_desk_state(const struct cl_desk *d); /* the directory's full name */
/* Hides credentials in texts before they are written; nothing is taken in without it. */
void cl_desk_redact_with(struct cl_desk *d, struct cl_scanner *scanner);

/*
 * The configuration's statements into the store, then every statement into the stream. Before the writer starts.
 * `config`: as struct cl_config has it; may be NULL.
 */
int cl_desk_begin(struct cl_desk *d, const cJSON *config, struct cl_error *err);

/*
 * The configuration's statements are these from now on (NULL: none): what became different takes effect as soon as the
 * store has it. -EBUSY: the change before this one is still on its way.
 */
int cl_desk_reload(struct cl_desk *d, const cJSON *config, struct cl_error *err);

/* The request means another state directory's monitor ("state"). */
bool cl_desk_is_elsewhere(const struct cl_desk *d, const cJSON *request);
/* A cl_control_handler for {"op":"policy"}. */
int cl_desk_handle(struct cl_desk *d, const struct cl_peer *peer, const cJSON *request, cJSON *reply,
		   struct cl_error *err);
/* Lets a change that was written take effect, whether or not somebody still waits for the answer. */
void cl_desk_look(struct cl_desk *d);

/* What may be kept of a text: the text, unless the scanner sees or suspects a credential in it. For cl_policy_redact;
 * ctx is the struct cl_scanner. */
int cl_desk_redact(void *scanner, const char *text, struct cl_text *out);
