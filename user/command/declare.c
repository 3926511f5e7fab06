/* SPDX-License-Identifier: Apache-2.0 */
#include "command/declare.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/parse.h"

static void add(const char **list, size_t *n, char *arg, const char *option, struct argp_state *state)
{
	if (*n == CL_PERMITS_MAX)
		argp_error(state, "%s \"%s\": more than %d of them", option, arg, CL_PERMITS_MAX);
	else
		list[(*n)++] = arg;
}

static void add_credential(struct cl_declared *d, char *arg, struct argp_state *state)
{
	if (cl_permit_check_credential(arg))
		argp_error(state, "--allow-credential \"%s\": not a fingerprint (credlineage credentials list)", arg);
	add(d->credentials, &d->n_credentials, arg, "--allow-credential", state);
}

static void add_destination(struct cl_declared *d, char *arg, struct argp_state *state)
{
	if (cl_permit_check_destination(arg))
		argp_error(
			state,
			"--allow-destination \"%s\": neither HOST:PORT ([ADDRESS]:PORT for IPv6) nor a socket's path",
			arg);
	add(d->destinations, &d->n_destinations, arg, "--allow-destination", state);
}

error_t cl_declare_parse(struct cl_declared *d, int key, char *arg, struct argp_state *state)
{
	uint64_t ttl;

	switch (key) {
	case CL_DECLARE_WORKFLOW:
		d->workflow = arg;
		return 0;
	case CL_DECLARE_RUN_ID:
		d->run_id = arg;
		return 0;
	case CL_DECLARE_ENVIRONMENT:
		d->environment = arg;
		return 0;
	case CL_DECLARE_TTL:
		if (cl_parse_duration(arg, &ttl) || !ttl)
			argp_error(state, "--ttl \"%s\": not a duration (15m, 24h, 7d)", arg);
		d->ttl = arg;
		return 0;
	case CL_DECLARE_SPIFFE_ID:
		if (strncmp(arg, "spiffe://", 9))
			argp_error(state, "--spiffe-id \"%s\": must begin with spiffe://", arg);
		d->spiffe_id = arg;
		return 0;
	case CL_DECLARE_OWNER:
		d->owner = arg;
		return 0;
	case CL_DECLARE_CREDENTIAL:
		add_credential(d, arg, state);
		return 0;
	case CL_DECLARE_DESTINATION:
		add_destination(d, arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void put_list(cJSON *request, const char *key, const char *const *list, size_t n)
{
	cJSON *array = n ? cl_json_arr(request, key) : NULL;

	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(array, cl_json_clean_string(list[i]));
}

void cl_declare_put(const struct cl_declared *d, cJSON *request)
{
	cl_json_str(request, "workflow", d->workflow);
	cl_json_str(request, "run_id", d->run_id);
	cl_json_str(request, "environment", d->environment);
	cl_json_str(request, "ttl", d->ttl);
	cl_json_str(request, "spiffe_id", d->spiffe_id);
	cl_json_str(request, "owner", d->owner);
	put_list(request, "allow_credentials", d->credentials, d->n_credentials);
	put_list(request, "allow_destinations", d->destinations, d->n_destinations);
}
