/* SPDX-License-Identifier: Apache-2.0 */
#include "format/advice.h"

#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"

static const struct cl_advice advices[] = {
	{
		.detector = "cross-workflow-reuse",
		.lead = "serves two workflows, and neither of them is part of the other",
		.cause =
			"A credential that several workflows share can't be taken from one of them alone, and what one of "
			"them leaks opens everything that the other may do",
		.ask = "Find out whether the second workflow was ever meant to have it",
		.narrow = "Issue one credential per workflow, each with the rights that this workflow needs",
		.replace = true,
		.sharing = CL_SHARING_WORKFLOWS,
	},
	{
		.detector = "cross-run-reuse",
		.lead = "lasts, and serves one run of a workflow after the other",
		.cause = "What outlives a task can be carried off from any of its runs and used long after it",
		.ask = "Find out why its runs do not get a credential each",
		.narrow =
			"Issue a credential per task that ends with it: a job's OIDC identity, or a short-lived token",
		.sharing = CL_SHARING_WORKFLOWS,
	},
	{
		.detector = "cross-environment-reuse",
		.cause =
			"One credential for several environments lets whatever goes wrong in the least guarded one reach "
			"the others",
		.ask = "Find out which of the environments it was issued for",
		.narrow = "Issue one credential per environment, and let each open that environment alone",
		.replace = true,
		.sharing = CL_SHARING_ENVIRONMENTS,
	},
	{
		.detector = "delegated-credential",
		.lead = "is a run's own, and a run inside it works with it instead of one of its own",
		.cause =
			"The inner run may do everything that the outer one may, and nobody can tell afterwards which of "
			"the two did it",
		.ask = "Find out whether the inner run needs it at all",
		.narrow =
			"Start the inner run without it, and give it a narrower credential of its own (token exchange, a "
			"scoped token)",
		.sharing = CL_SHARING_WORKFLOWS,
	},
	{
		.detector = "use-after-end",
		.lead = "is used after the run that it belongs to has ended",
		.cause =
			"Work that is over has no use for a credential: what still uses it was left behind, or took it along",
		.ask = "Look at the process that uses it now, and stop it if nobody answers for it",
		.narrow = "Let the credential end with its run: a lifetime that fits, or revoke it in the last step",
		.replace = true,
	},
	{
		.detector = "use-after-revocation",
		.cause =
			"Somebody still has it, and will go on if it is only marked here and still valid at its provider",
		.ask = "Make sure that its provider refuses it, then find out who still has it and from where",
		.narrow = "Remove it from every place where it lies",
	},
	{
		.detector = "use-after-expiry",
		.lead = "is used after its own end",
		.cause =
			"A service that still takes it does not check its end; one that does not take it has work that fails",
		.ask = "Find out whether what was asked with it was granted",
		.narrow = "Fetch a new one before the old one ends, and remove the old one from where it lies",
	},
	{
		.detector = "long-lived",
		.cause = "The longer a credential is in use, the more places and people have had it",
		.ask = "Find out when it was last replaced, and by whom",
		.narrow = "Replace it on a schedule, or by one that ends by itself",
		.replace = true,
	},
	{
		.detector = "unexpected-reader",
		.cause =
			"Programs and work that have no business with a credential read it when somebody collects them",
		.ask = "Find out who started the program that read it, and what for",
		.narrow =
			"Keep the file readable for its own program's user only; a reader that is meant to belongs into the "
			"configuration (section policy)",
		.replace = true,
	},
	{
		.detector = "credential-sweep",
		.cause = "Work needs one or two credentials; what goes through the stores of many collects them",
		.ask = "Stop the process, keep its program and what it wrote, and see where it connected",
		.narrow = "Replace every credential that it reached, beginning with those that last longest",
		.replace = true,
	},
	{
		.detector = "process-scrape",
		.lead = "was taken out of another process",
		.cause = "This is how a credential is stolen that lies in no file",
		.ask = "Unless it was somebody's debugger, stop the process that took it and see what else it reached",
		.narrow = "Run the two under different users, and restrict tracing (kernel.yama.ptrace_scope)",
		.replace = true,
	},
	{
		.detector = "new-destination",
		.cause =
			"A credential that goes where it never went may be on its way out, or to somebody who only looks "
			"like its provider",
		.ask = "Find out who owns that destination, and what was sent there",
		.narrow = "Restrict the credential to its provider's addresses, and the process's way out to the same",
		.replace = true,
		.sharing = CL_SHARING_DESTINATIONS,
	},
	{
		.detector = "exposed-in-arguments",
		.cause = "Everybody on this host can read a command line, and shells, logs and audit trails keep it",
		.ask = "Find out which script or unit writes that command line",
		.narrow = "Hand it over in a file that only its reader can open, or on standard input",
		.replace = true,
	},
	{
		.detector = "credential-copied",
		.cause =
			"A copy is guarded by whatever guards its new place, and is forgotten when the first one is replaced",
		.ask = "Find out who needs the copy",
		.narrow = "Delete the copy, and let its reader use the first place",
	},
	{
		.detector = "coverage-degraded",
		.cause = "While something is not seen, no finding does not mean that nothing happened",
		.ask = "Ask this host, as root, what it can see and why: credlineage doctor",
		.narrow =
			"Where records were lost, the host was too busy for the monitor's rings; where a probe is gone, find "
			"out who removed it",
	},
};

static const struct cl_advice general = {
	.detector = "",
	.cause = "A credential is where it was not expected",
	.ask = "Find out whether this was meant to happen",
	.narrow = "Issue a credential per task, with the rights that the task needs",
};

bool cl_advice_known(const char *detector)
{
	return cl_advice_of(detector) != &general;
}

const struct cl_advice *cl_advice_of(const char *detector)
{
	for (size_t i = 0; i < ARRAY_SIZE(advices); i++)
		if (!strcmp(advices[i].detector, detector))
			return &advices[i];
	return &general;
}
