/* SPDX-License-Identifier: Apache-2.0 */
#include "export/export.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "export/formats.h"

static const struct cl_export_format *const formats[] = {
	&cl_export_json,
	&cl_export_dot,
};

const struct cl_export_format *cl_export_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}

const char *cl_export_names(void)
{
	return "json, dot";
}

int cl_export_check(FILE *out, const char *format, struct cl_error *err)
{
	int code = errno;

	if (!fflush(out) && !ferror(out))
		return 0;
	code = errno ? errno : code;
	return cl_fail(err, code ? -code : -EIO, "cannot write the %s export: %s", format, strerror(code ? code : EIO));
}
