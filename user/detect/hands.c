/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/hands.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"
#include "detect/programs.h"

#define NOBODY UINT64_MAX

/* "session:1000", "cron:1000:...", "at:1000:...": the names that attribution gives. */
static uint64_t named_person(const char *workflow, const char *prefix)
{
	size_t len = strlen(prefix);
	char digits[16];
	uint64_t uid;

	if (!cl_starts_with(workflow, prefix))
		return NOBODY;
	snprintf(digits, sizeof(digits), "%.*s", (int)strcspn(workflow + len, ":"), workflow + len);
	return cl_parse_u64(digits, UINT32_MAX, &uid) ? NOBODY : uid;
}

static uint64_t person_by_table(const struct cl_run_view *run)
{
	uint64_t uid = run->kind == CL_RUN_BATCH ? named_person(run->workflow, "cron:") : NOBODY;

	return run->kind == CL_RUN_BATCH && uid == NOBODY ? named_person(run->workflow, "at:") : uid;
}

static uint64_t person_by_login(const struct cl_run_view *run)
{
	return run->kind == CL_RUN_SESSION ? named_person(run->workflow, "session:") : NOBODY;
}

/* The user that it ran as; not known of what comes from the store. */
static uint64_t user_of(const struct cl_use *u)
{
	const struct cl_act *a = cl_use_best(u);

	return a->process ? a->process->uid : NOBODY;
}

/* A tool that runs as the person of that session. */
static bool is_tool_of(const struct cl_use *u, const struct cl_use *session)
{
	uint64_t person = person_by_login(&session->run);

	return person != NOBODY && (u->run.kind == CL_RUN_AGENT || u->run.kind == CL_RUN_DECLARED) &&
	       user_of(u) == person;
}

static uint64_t person_of(const struct cl_run_view *run)
{
	uint64_t uid = person_by_login(run);

	return uid == NOBODY ? person_by_table(run) : uid;
}

bool cl_hands_of_one_person(const struct cl_use *a, const struct cl_use *b)
{
	uint64_t person = person_of(&a->run);

	return (person != NOBODY && person == person_of(&b->run)) || is_tool_of(a, b) || is_tool_of(b, a);
}

/* Kinds of programs that look after files there; 0: none does. People and their jobs look at files with anything. */
static uint32_t keepers(const struct cl_run_view *run)
{
	const uint32_t keepers =
		CL_PROGRAM_KEEPER | CL_PROGRAM_ARCHIVER | CL_PROGRAM_EDITOR | CL_PROGRAM_KEEPING | CL_PROGRAM_COPIER;

	if (run->kind == CL_RUN_SESSION || person_by_table(run) != NOBODY)
		return keepers | CL_PROGRAM_VIEWER;
	return run->kind == CL_RUN_UNIT ? keepers : 0;
}

bool cl_hands_look_after(const struct cl_use *a, const struct cl_use *b)
{
	uint32_t kinds = keepers(&a->run);
	uint64_t user = user_of(b);

	if (!kinds || a->n_destinations)
		return false;
	for (size_t i = 0; i < a->n_acts; i++) {
		const struct cl_act *act = &a->acts[i];

		if (act->how != CL_USE_READ || !act->process || act->process->uid != act->process->euid ||
		    !(act->process->kinds & kinds))
			return false;
		if (act->process->uid && act->process->uid != user)
			return false;
	}
	return true;
}
