/* SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

#include "base/cleanup.h"

#define FIELD(f) offsetof(struct cl_config, f), sizeof(((struct cl_config *)0)->f)
#define NUMBER(s, n, lo, hi)                                                                                           \
	{                                                                                                              \
#s, #n, CL_CONFIG_NUMBER, FIELD(s.n), 0, lo, hi                                                        \
	}
#define STRINGS(s, n, max, count)                                                                                      \
	{                                                                                                              \
#s, #n, CL_CONFIG_STRINGS, offsetof(struct cl_config, s.n), max, offsetof(struct cl_config, count), 0, \
			0                                                                                              \
	}

const struct cl_config_key cl_config_keys[] = {
	{"", "state", CL_CONFIG_STRING, FIELD(state_dir), 0, 0, 0},
	{"", "socket", CL_CONFIG_STRING, FIELD(socket_path), 0, 0, 0},
	{"", "socket_mode", CL_CONFIG_MODE, FIELD(socket_mode), 0, 0600, 0666},
	{"", "socket_group", CL_CONFIG_STRING, FIELD(socket_group), 0, 0, 0},
	{"", "catalogue", CL_CONFIG_STRING, FIELD(catalogue_dir), 0, 0, 0},
	{"", "pin", CL_CONFIG_STRING, FIELD(pin_dir), 0, 0, 0},
	STRINGS(watch, paths, 64, watch.n_paths),
	{"", "outputs", CL_CONFIG_STRINGS, offsetof(struct cl_config, outputs.specs), CL_CONFIG_OUTPUTS,
	 offsetof(struct cl_config, outputs.n), 0, 0},
	NUMBER(limits, processes, 256, 4194304),
	NUMBER(limits, runs, 64, 1048576),
	NUMBER(limits, credentials, 64, 1048576),
	NUMBER(limits, uses, 4, 4096),
	NUMBER(limits, findings, 64, 1048576),
	NUMBER(limits, nodes, 1024, 16777216),
	NUMBER(limits, edges, 1024, 16777216),
	{"limits", "process_ring", CL_CONFIG_POWER, FIELD(limits.process_ring), 0, 262144, 268435456},
	{"limits", "credential_ring", CL_CONFIG_POWER, FIELD(limits.credential_ring), 0, 262144, 268435456},
	{"credentials", "formats", CL_CONFIG_LIST, FIELD(credentials.formats), 0, 0, 0},
	{"credentials", "stores", CL_CONFIG_LIST, FIELD(credentials.stores), 0, 0, 0},
	{"credentials", "services", CL_CONFIG_LIST, FIELD(credentials.services), 0, 0, 0},
	{"workflows", "recognisers", CL_CONFIG_LIST, FIELD(workflows.recognisers), 0, 0, 0},
	{"policy", "credentials", CL_CONFIG_POLICY, FIELD(policy.credentials), 0, 0, 0},
	{"", "environments", CL_CONFIG_RULES, FIELD(policy.rules), 0, 0, 0},
	{"policy", "time_to_live", CL_CONFIG_RULES, FIELD(policy.rules), 0, 0, 0},
	{"policy", "readers", CL_CONFIG_RULES, FIELD(policy.rules), 0, 0, 0},
	{"policy", "sharing", CL_CONFIG_RULES, FIELD(policy.rules), 0, 0, 0},
	{"policy", "exclusions", CL_CONFIG_RULES, FIELD(policy.rules), 0, 0, 0},
	{"policy", "severities", CL_CONFIG_RULES, FIELD(policy.rules), 0, 0, 0},
	STRINGS(policy, files, 32, policy.n_files),
	{"policy.opa", "url", CL_CONFIG_STRING, FIELD(policy.opa.url), 0, 0, 0},
	{"policy.opa", "timeout", CL_CONFIG_DURATION, FIELD(policy.opa.timeout), 0, 10ull * 1000000,
	 10ull * 1000000000},
	{"fingerprint", "key_file", CL_CONFIG_STRING, FIELD(fingerprint.key_file), 0, 0, 0},
	{"fingerprint", "key_credential", CL_CONFIG_STRING, FIELD(fingerprint.key_credential), 0, 0, 0},
	STRINGS(fingerprint, key_command, CL_CONFIG_WORDS, fingerprint.n_key_command),
	{"fingerprint", "old_key_file", CL_CONFIG_STRING, FIELD(fingerprint.old_key_file), 0, 0, 0},
	{"fingerprint", "old_key_credential", CL_CONFIG_STRING, FIELD(fingerprint.old_key_credential), 0, 0, 0},
	STRINGS(fingerprint, old_key_command, CL_CONFIG_WORDS, fingerprint.n_old_key_command),
	{"fingerprint", "share_passwords", CL_CONFIG_BOOL, FIELD(fingerprint.share_passwords), 0, 0, 0},
	{"metrics", "listen", CL_CONFIG_STRING, FIELD(metrics.listen), 0, 0, 0},
	{"retention", "max_age", CL_CONFIG_DURATION, FIELD(retention.max_age), 0, 3600ull * 1000000000, UINT64_MAX},
	NUMBER(retention, max_bytes, 1048576, UINT64_MAX / 2),
};

const size_t cl_config_n_keys = ARRAY_SIZE(cl_config_keys);
