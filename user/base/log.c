/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/text.h"

static enum cl_log_level max_level = CL_LOG_INFO;

void cl_log_set_level(enum cl_log_level level)
{
	max_level = level;
}

enum cl_log_level cl_log_level(void)
{
	return max_level;
}

void cl_log(enum cl_log_level level, const char *fmt, ...)
{
	static const char *const prefix[] = {"error: ", "warning: ", "", "debug: "};
	char raw[1024], safe[2048];
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	cl_escape(safe, sizeof(safe), raw);
	fprintf(stderr, "credlineage: %s%s\n", prefix[level], safe);
}

int cl_fail(struct cl_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}
