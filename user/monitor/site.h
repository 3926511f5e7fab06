/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The site's policy in the running monitor: gathered from configuration and files, hidden where a credential stands in
 * it, told to the stream at start and at SIGHUP, its use kept in the store over restarts. Nothing that is wrong with a
 * file changes what holds.
 */
#pragma once

#include "config/config.h"
#include "credential/credential.h"
#include "store/store.h"
#include "pipeline/pipeline.h"
#include "policy/rules.h"

#define CL_STORE_RULES "policy:rules"	  /* in the store's meta: the document */
#define CL_STORE_RULES_USED "policy:used" /* and how often each rule was used */

/* The document as text, caller frees; scanner NULL: nothing is hidden (a command that shows it). */
int cl_site_gather(char **out, const struct cl_config *c, struct cl_scanner *scanner, struct cl_error *err);
/* As observations, in pieces. */
void cl_site_feed(const char *text, void (*feed)(void *ctx, const struct cl_observation *obs), void *ctx);
/* What was used before this start; for the time before the writer starts. */
void cl_site_restore(struct cl_rules *rules, struct cl_store_db *db);
