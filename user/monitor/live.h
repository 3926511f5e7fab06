/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor: kernel records in, findings out, until it is told to stop. Owns everything between the two.
 * One thread (this one) captures, identifies, correlates and judges; the writer's thread stores and sends.
 */
#pragma once

#include "base/error.h"
#include "config/config.h"

struct cl_live_options {
	const struct cl_config *config;
	const char *config_path;    /* where it was read from, to be read again at SIGHUP */
	bool config_optional;	    /* it need not be there */
	uint64_t learn;		    /* ns to learn a policy for; 0: not */
	const char *learn_path;	    /* of the proposal */
	const char *record;	    /* recording to write; NULL: none */
	const char *stdout_output;  /* spec of the output on stdout, unless another one is there; NULL: none */
	const char *const *outputs; /* specs beside those of the configuration, n_outputs of them */
	size_t n_outputs;
	uint32_t force_tier; /* enum cl_tier; 0: the best that works */
	bool confine;	     /* give up all rights that only the start needs (confine/confine.h) */
	const char *pin;     /* where the probes outlive the monitor; NULL: they end with it */
};

struct cl_live;
/* -EPERM or -ENOTSUP: the rights or the kernel cannot do it. */
int cl_live_new(struct cl_live **out, const struct cl_live_options *o, struct cl_error *err);
/* Returns 0 after SIGINT or SIGTERM, -errno when capture broke. */
int cl_live_run(struct cl_live *l, struct cl_error *err);
void cl_live_free(struct cl_live **p);
