/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue in effect: what is compiled in, then catalog.d, then the configuration; and how to show it. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "config/config.h"
#include "catalogue/internal.h"
#include "catalogue/data.h"

static int take_configured(struct cl_catalogue *c, const struct cl_config *config, struct cl_error *err)
{
	_cleanup_json_ cJSON *root = cJSON_CreateObject();
	const struct {
		const char *key;
		cJSON *list;
	} lists[] = {{"formats", config->credentials.formats},
		     {"stores", config->credentials.stores},
		     {"services", config->credentials.services},
		     {"workflows", config->workflows.recognisers}};
	int r;

	if (!config->text)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		if (lists[i].list && !cJSON_AddItemReferenceToObject(root, lists[i].key, lists[i].list))
			return -ENOMEM;
	r = cl_catalogue_take(c, config->file, config->text, root, err);
	return r ? r : cl_catalogue_index(c);
}

int cl_catalogue_open(struct cl_catalogue **out, const struct cl_config *config, struct cl_error *err)
{
	_cleanup_(cl_catalogue_free) struct cl_catalogue *c = NULL;
	int r = cl_catalogue_new(&c, config->catalogue_dir, err);

	r = r ? r : take_configured(c, config, err);
	for (size_t i = 0; !r && i < config->watch.n_paths; i++)
		r = cl_catalogue_watch(c, config->watch.paths[i], err);
	if (!r)
		*out = TAKE_PTR(c);
	return r;
}

const char *cl_catalogue_schema(void)
{
	return cl_catalogue_schema_json;
}

const char *cl_catalogue_left_out(void)
{
	return cl_catalogue_left_out_json;
}
