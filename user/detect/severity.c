/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/severity.h"

#include <string.h>

#include "base/cleanup.h"

static const struct {
	uint32_t severity;
	const char *name;
} names[] = {
	{CL_SEVERITY_LOW, "Low"},
	{CL_SEVERITY_MEDIUM, "Medium"},
	{CL_SEVERITY_HIGH, "High"},
	{CL_SEVERITY_CRITICAL, "Critical"},
};

const char *cl_severity_name(uint32_t s)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].severity == s)
			return names[i].name;
	return "Unknown";
}

uint32_t cl_severity_parse(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i].name, name))
			return names[i].severity;
	return CL_SEVERITY_NONE;
}

uint32_t cl_severity_lower(uint32_t s)
{
	return s > CL_SEVERITY_LOW ? s - 1 : s;
}
