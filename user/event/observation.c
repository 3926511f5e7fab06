/* SPDX-License-Identifier: Apache-2.0 */
#include "event/observation.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"

#define FP_PREFIX "cred:"

_Static_assert(sizeof(FP_PREFIX) + 2 * CL_FP_SIZE <= CL_FP_TEXT, "CL_FP_TEXT");

char *cl_fp_format(char buf[CL_FP_TEXT], const uint8_t fp[CL_FP_SIZE])
{
	memcpy(buf, FP_PREFIX, sizeof(FP_PREFIX) - 1);
	cl_hex(buf + sizeof(FP_PREFIX) - 1, fp, CL_FP_SIZE);
	return buf;
}

int cl_fp_parse(const char *s, uint8_t fp[CL_FP_SIZE])
{
	if (cl_starts_with(s, FP_PREFIX))
		s += sizeof(FP_PREFIX) - 1;
	return cl_parse_hex(s, fp, CL_FP_SIZE);
}

char *cl_key_id_format(char buf[CL_KEY_ID_TEXT], uint32_t key_id)
{
	snprintf(buf, CL_KEY_ID_TEXT, "%08x", key_id);
	return buf;
}

uint32_t cl_key_id_parse(const char *s)
{
	uint8_t b[4];

	return cl_parse_hex(s, b, sizeof(b)) ? 0
					     : (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static const char *name_of(const char *const *names, size_t n, uint32_t i)
{
	return i < n && names[i] ? names[i] : "unknown";
}

const char *cl_class_name(uint32_t class)
{
	static const char *const names[] = {
		[CL_CLASS_UNKNOWN] = "unknown", [CL_CLASS_STATIC] = "static", [CL_CLASS_EPHEMERAL] = "ephemeral"};

	return name_of(names, ARRAY_SIZE(names), class);
}

const char *cl_source_name(uint32_t source)
{
	static const char *const names[] = {[CL_SOURCE_FILE] = "file",
					    [CL_SOURCE_ENVIRONMENT] = "environment",
					    [CL_SOURCE_ARGUMENTS] = "arguments",
					    [CL_SOURCE_DESCRIPTOR] = "descriptor"};

	return name_of(names, ARRAY_SIZE(names), source);
}

const char *cl_obs_kind_name(uint32_t kind)
{
	static const char *const names[] = {
		[CL_OBS_HOST] = "host",
		[CL_OBS_EXEC] = "exec",
		[CL_OBS_FORK] = "fork",
		[CL_OBS_EXIT] = "exit",
		[CL_OBS_OPEN] = "open",
		[CL_OBS_READ] = "read",
		[CL_OBS_CONNECT] = "connect",
		[CL_OBS_PROCESS] = "process",
		[CL_OBS_RUN_BEGIN] = "run-begin",
		[CL_OBS_RUN_END] = "run-end",
		[CL_OBS_COVERAGE] = "coverage",
		[CL_OBS_LOSS] = "loss",
		[CL_OBS_TICK] = "tick",
		[CL_OBS_KNOWN_RUN] = "known-run",
		[CL_OBS_KNOWN_USE] = "known-use",
		[CL_OBS_KNOWN_FINDING] = "known-finding",
		[CL_OBS_UNCLEAN] = "unclean",
		[CL_OBS_ACCESS] = "access",
		[CL_OBS_RECEIVE] = "receive",
		[CL_OBS_CONNECT_END] = "connect-end",
		[CL_OBS_HELD] = "held",
		[CL_OBS_KNOWN_NAME] = "known-name",
		[CL_OBS_POLICY] = "policy",
		[CL_OBS_KNOWN_ROTATION] = "known-rotation",
		[CL_OBS_KNOWN_PLACE] = "known-place",
		[CL_OBS_RECOGNISER] = "recogniser",
		[CL_OBS_RULES] = "rules",
		[CL_OBS_WRITE] = "write",
		[CL_OBS_STORED] = "stored",
		[CL_OBS_KNOWN_DESTINATIONS] = "known-destinations",
		[CL_OBS_VERDICT] = "verdict",
		[CL_OBS_STORE_ANEW] = "store-anew",
	};

	return name_of(names, ARRAY_SIZE(names), kind);
}
