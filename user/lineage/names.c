/* SPDX-License-Identifier: Apache-2.0 */
/* Names of kinds and bases: the words of the lineage JSON, and the numbers that the store keeps. */
#include <string.h>

#include "base/cleanup.h"
#include "lineage/graph.h"

static const char *const node_kinds[] = {
	[CL_NODE_HOST] = "Host",
	[CL_NODE_CONTAINER] = "Container",
	[CL_NODE_WORKFLOW] = "Workflow",
	[CL_NODE_RUN] = "Run",
	[CL_NODE_PROCESS] = "Process",
	[CL_NODE_USER] = "User",
	[CL_NODE_CREDENTIAL] = "Credential",
	[CL_NODE_FILE] = "File",
	[CL_NODE_DESTINATION] = "Destination",
};

static const char *const edge_kinds[] = {
	[CL_EDGE_SPAWNED] = "SPAWNED",
	[CL_EDGE_PART_OF] = "PART_OF",
	[CL_EDGE_RAN_IN] = "RAN_IN",
	[CL_EDGE_RAN_AS] = "RAN_AS",
	[CL_EDGE_READ] = "READ",
	[CL_EDGE_HELD_IN_ENVIRONMENT] = "HELD_IN_ENVIRONMENT",
	[CL_EDGE_PASSED_IN_ARGUMENTS] = "PASSED_IN_ARGUMENTS",
	[CL_EDGE_RECEIVED] = "RECEIVED",
	[CL_EDGE_CONNECTED_TO] = "CONNECTED_TO",
	[CL_EDGE_USED_TOWARD] = "USED_TOWARD",
	[CL_EDGE_STORED_IN] = "STORED_IN",
	[CL_EDGE_DELEGATED_TO] = "DELEGATED_TO",
};

static const char *const bases[] = {
	[CL_BASIS_OBSERVED] = "observed",
	[CL_BASIS_INFERRED] = "inferred",
	[CL_BASIS_DECLARED] = "declared",
};

static const char *name_of(const char *const *names, size_t n, uint32_t value)
{
	return value < n && names[value] ? names[value] : "unknown";
}

static uint32_t parse(const char *const *names, size_t n, const char *name)
{
	for (uint32_t i = 1; name && i < n; i++)
		if (!strcmp(names[i], name))
			return i;
	return 0;
}

const char *cl_node_kind_name(uint32_t kind)
{
	return name_of(node_kinds, ARRAY_SIZE(node_kinds), kind);
}

const char *cl_edge_kind_name(uint32_t kind)
{
	return name_of(edge_kinds, ARRAY_SIZE(edge_kinds), kind);
}

const char *cl_basis_name(uint32_t basis)
{
	return name_of(bases, ARRAY_SIZE(bases), basis);
}

uint32_t cl_node_kind_parse(const char *name)
{
	return parse(node_kinds, ARRAY_SIZE(node_kinds), name);
}

uint32_t cl_edge_kind_parse(const char *name)
{
	return parse(edge_kinds, ARRAY_SIZE(edge_kinds), name);
}

uint32_t cl_basis_parse(const char *name)
{
	return parse(bases, ARRAY_SIZE(bases), name);
}

bool cl_edge_kind_is_holding(uint32_t kind)
{
	return kind >= CL_EDGE_READ && kind <= CL_EDGE_RECEIVED;
}

bool cl_edge_kind_is_fact(uint32_t kind)
{
	switch (kind) {
	case CL_EDGE_SPAWNED:
	case CL_EDGE_PART_OF:
	case CL_EDGE_RAN_IN:
	case CL_EDGE_RAN_AS:
	case CL_EDGE_STORED_IN:
	case CL_EDGE_DELEGATED_TO:
		return true;
	default:
		return false;
	}
}

bool cl_credential_attr_is_fact(const char *name)
{
	static const char *const own[] = {
		"fingerprint", "key_id",      "first_fingerprint", "first_key_id",   "provider",
		"format",      "class",	      "expires",	   "rotated_to",     "rotated_from",
		"rotated_at",  "replaced_at", "rotated_in",	   "rotation_basis", "allowed_last"};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (!strcmp(own[i], name))
			return false;
	return strncmp(name, "usual_", 6); /* detect/usual.h */
}
