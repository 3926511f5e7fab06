/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics on stderr, one line each, control characters escaped. Used by commands, the loader and transports. */
#pragma once

enum cl_log_level {
	CL_LOG_ERROR = 0,
	CL_LOG_WARN = 1,
	CL_LOG_INFO = 2,
	CL_LOG_DEBUG = 3,
};

void cl_log_set_level(enum cl_log_level level);
enum cl_log_level cl_log_level(void);
void cl_log(enum cl_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define cl_err(...) cl_log(CL_LOG_ERROR, __VA_ARGS__)
#define cl_warn(...) cl_log(CL_LOG_WARN, __VA_ARGS__)
#define cl_info(...) cl_log(CL_LOG_INFO, __VA_ARGS__)
#define cl_debug(...) cl_log(CL_LOG_DEBUG, __VA_ARGS__)
