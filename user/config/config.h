/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration: strict JSON with // comments. An unknown key or a value out of range is an error that names file,
 * line and key path. Every value has a default, so an absent file is an empty one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"

#define CL_CONFIG_OUTPUTS 16
#define CL_CONFIG_WORDS 16 /* of a command */

struct cl_config {
	char state_dir[256], socket_path[108], catalogue_dir[256];
	uint64_t socket_mode;  /* of the control socket */
	char socket_group[64]; /* "" = credlineage, where there is such a group */
	char pin_dir[200];     /* in bpffs; "" = probes end with the monitor */
	struct {
		char *paths[64]; /* extra files to watch: absolute or globs as in the catalogue */
		size_t n_paths;
	} watch;
	struct {
		char *specs[CL_CONFIG_OUTPUTS];
		size_t n;
	} outputs;
	struct {
		uint64_t processes, runs, credentials, uses, findings, nodes, edges;
		uint64_t process_ring, credential_ring; /* bytes, power of two */
	} limits;
	/* Where the fingerprint key lies (fingerprint/fingerprint.h): at most one of each three, none: the state directory's
	 * fingerprint.key, and its fingerprint.key.old when there is one. Read at start and at SIGHUP. */
	struct {
		char key_file[256], key_credential[128];
		char old_key_file[256], old_key_credential[128];
		char *key_command[CL_CONFIG_WORDS + 1], *old_key_command[CL_CONFIG_WORDS + 1]; /* NULL-terminated */
		size_t n_key_command, n_old_key_command;
		bool share_passwords;
	} fingerprint;
	struct {
		cJSON *credentials; /* statements (policy/policy.h); NULL: none */
		cJSON *rules;	    /* the site's: sections of policy/rules.h, "environments" too; NULL: none */
		char *files[32];    /* more of them: paths and globs */
		size_t n_files;
		struct {
			char url[512];	  /* of a decision of an Open Policy Agent server (monitor/opa.h); "" = none */
			uint64_t timeout; /* ns */
		} opa;
	} policy;
	/* The site's own entries of the catalogue, as in catalog.d; the reader of the catalogue checks them. */
	struct {
		cJSON *formats, *stores, *services; /* lists; NULL: none */
	} credentials;
	struct {
		cJSON *recognisers; /* list; NULL: none */
	} workflows;
	char *file,
		*text; /* where lists stand that other readers check, for errors that name the line; NULL: nowhere */
	struct {
		char listen[128]; /* where metrics are served (base/loopback.h); "" = nowhere */
	} metrics;
	struct {
		uint64_t max_age; /* ns */
		uint64_t max_bytes;
	} retention;
};

void cl_config_defaults(struct cl_config *c);
/* path NULL or (when `optional`) absent: defaults. */
int cl_config_load(struct cl_config *c, const char *path, bool optional, struct cl_error *err);
int cl_config_parse(struct cl_config *c, const char *name, const char *bytes, size_t len, struct cl_error *err);
void cl_config_free(struct cl_config *c);
/* The effective configuration as JSON text, caller frees. */
char *cl_config_print(const struct cl_config *c);
/* Names each setting that is another one in `b` than in `a`: section ("" or "a.b") and key. -ENOMEM: not compared. */
int cl_config_compare(const struct cl_config *a, const struct cl_config *b,
		      void (*differs)(void *ctx, const char *section, const char *key), void *ctx);
