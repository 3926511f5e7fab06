/* SPDX-License-Identifier: Apache-2.0 */
#include "export/export.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "export/formats.h"

/* As in CL_EXPORT_NAMES. */
static const struct cl_export_format *const formats[] = {
	&cl_export_json, &cl_export_opengraph, &cl_export_timesketch, &cl_export_prov, &cl_export_mermaid,
	&cl_export_dot,	 &cl_export_svg,       &cl_export_graphml,    &cl_export_html,
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
	return CL_EXPORT_NAMES;
}

int cl_export_check(FILE *out, const char *format, struct cl_error *err)
{
	int code = errno;

	if (!fflush(out) && !ferror(out))
		return 0;
	code = errno ? errno : code;
	return cl_fail(err, code ? -code : -EIO, "cannot write the %s export: %s", format, strerror(code ? code : EIO));
}
