/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/lifetime.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "catalogue/check.h"

/* Formats that tell by themselves who acts with them; AWS pairs say it by their ids (beside.c). */
static const struct {
	const char *format, *account;
} accounts[] = {
	{"github_pat_classic", "personal"},
	{"github_pat_fine", "personal"},
	{"github_oauth", "user by an OAuth app"},
	{"github_user_to_server", "user by an app"},
	{"github_refresh", "user by an app"},
	{"github_server_to_server", "app installation"},
	{"github_server_to_server_jwt", "app installation"},
	{"gitlab_pat", "personal"},
	{"gitlab_pat_routable", "personal"},
	{"gitlab_job_token", "job"},
	{"gitlab_deploy_token", "deployment"},
};

/* A near miss is no credential at all, so a format that has a checksum was found with a right one. */
static bool has_checksum(const struct cl_format *f)
{
	static const char *const sums[] = {"crc", "sha"};
	size_t n;
	const char *const *names = cl_check_names(&n);

	for (size_t i = 0; i < n && f->valid; i++)
		for (size_t j = 0; j < ARRAY_SIZE(sums); j++)
			if (cl_starts_with(names[i], sums[j]) && cl_check_find(names[i]) == f->valid)
				return true;
	return false;
}

void cl_lifetime_read(const struct cl_format *f, struct cl_facts *facts)
{
	cl_facts_puts(facts, "checksum", has_checksum(f) ? "verified" : "not checkable");
	for (size_t i = 0; i < ARRAY_SIZE(accounts); i++)
		if (!strcmp(accounts[i].format, f->id))
			cl_facts_puts(facts, "account", accounts[i].account);
}
