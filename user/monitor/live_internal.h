/* SPDX-License-Identifier: Apache-2.0 */
/* What the monitor's start (start.c) and its loop (live.c) share. */
#pragma once

#include "base/clock.h"
#include "capture/capture.h"
#include "control/control.h"
#include "event/recording.h"
#include "metrics/tally.h"
#include "monitor/desk.h"
#include "monitor/host.h"
#include "monitor/learn.h"
#include "monitor/opa.h"
#include "monitor/live.h"
#include "monitor/name_watch.h"
#include "monitor/notify.h"
#include "monitor/registrar.h"
#include "monitor/shelves.h"
#include "monitor/site.h"
#include "monitor/watchman.h"
#include "monitor/writer.h"
#include "monitor/written.h"
#include "pipeline/observe.h"
#include "pipeline/pipeline.h"

/* The store was damaged: what is wrong with it, where it is now. */
struct cl_aside {
	char path[4200], why[256];
};

#define CL_LIVE_OUTPUTS CL_DELIVERY_OUTPUTS

struct cl_live {
	struct cl_live_options options;
	const struct cl_config *config;
	const char *config_path;
	bool config_optional;
	struct cl_catalogue *catalogue;
	struct cl_fp_key *key;
	struct cl_scanner *scanner;
	struct cl_observer *observer;
	struct cl_pipeline *pipeline;
	struct cl_recorder *recorder;
	struct cl_writer *writer;
	struct cl_capture *capture;
	struct cl_shelves *shelves;
	struct cl_name_watch *names;
	struct cl_looker *looker;
	struct cl_control *control;
	struct cl_scrape *scrape; /* NULL: nobody asked for metrics */
	struct cl_desk *desk;
	struct cl_registrar registrar;
	struct cl_watchman watchman;
	struct cl_host_facts host;
	struct cl_notify notify;
	int signals, epoll;
	bool confined; /* it has given up all that only the start needs */
	bool stop;
	bool reported; /* a finding went out: its surroundings follow at once, for whoever asks next */
	uint64_t flushed, ticked, alive, reconciled;
	uint64_t started;      /* wall ns */
	uint64_t acted;	       /* boot ns of the act in hand; 0: what is in hand is none */
	struct cl_tally tally; /* of findings */
	/* Pinned rings: up to the mark all is on its way to the disk; behind the fence it is there. */
	uint64_t mark[CL_CAPTURE_MARK];
	struct cl_writer_fence fence;
	bool marked;
	uint64_t runs_ended;
	struct cl_opa *opa;	      /* NULL: no policy server */
	struct cl_learn *learn;	      /* NULL: not learning */
	uint64_t rules_used;	      /* as the store has it */
	char *rules;		      /* the site's policy as it was told last */
	const struct cl_aside *aside; /* NULL: the store is as it was left */
	uint64_t feed_errors;
};

/* outputs.c: all that this configuration makes of them, borrowed; what became of it at SIGHUP is taken over. */
size_t cl_live_specs(const struct cl_live *l, const struct cl_config *config, char *specs[CL_LIVE_OUTPUTS]);
void cl_live_reload_outputs(struct cl_live *l, const struct cl_config *fresh);
/* Acts are told from now on, if an output asks for them; else not. */
void cl_live_tell_acts(struct cl_live *l);

/* reload.c: SIGHUP. */
void cl_live_reload(struct cl_live *l);
/* The site's policy into stream and store. Takes the text over. */
void cl_live_rules(struct cl_live *l, char *text);

/* live.c: what comes in, ctx is the struct cl_live. */
void cl_live_feed(void *ctx, const struct cl_observation *obs);
void cl_live_on_finding(void *ctx, const cJSON *finding);
void cl_live_on_record(void *ctx, void *record, size_t size);
int cl_live_on_baseline(void *ctx, struct cl_observation *obs, const char *args, size_t args_len, const char *env,
			size_t env_len);
int cl_live_on_text(void *ctx, const char *text, const char **out);
void cl_live_on_status(void *ctx, cJSON *reply); /* status.c */
const uint8_t *cl_live_first_name(void *ctx, const uint8_t fp[CL_FP_SIZE]);
