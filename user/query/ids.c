/* SPDX-License-Identifier: Apache-2.0 */
/* A list of node ids that grows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "query/query_internal.h"

void cl_ids_free(struct cl_ids *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		free(ids->ids[i]);
	free(ids->ids);
	*ids = (struct cl_ids){0};
}

int cl_ids_add(struct cl_ids *ids, const char *id)
{
	char **more;

	if (ids->n == ids->cap) {
		more = realloc(ids->ids, (ids->cap * 2 + 8) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		ids->ids = more;
		ids->cap = ids->cap * 2 + 8;
	}
	ids->ids[ids->n] = strdup(id);
	if (!ids->ids[ids->n])
		return -ENOMEM;
	ids->n++;
	return 0;
}
