/* SPDX-License-Identifier: Apache-2.0 */
#include "confine/rights.h"

#include <cap-ng.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/text.h"

const struct cl_right cl_rights[] = {
	{CAP_BPF, CL_RIGHT_KEPT, "to load the probes; later to ask their maps, start the iterators and pin"},
	{CAP_PERFMON, CL_RIGHT_KEPT, "to attach the probes, and again what somebody detached"},
	{CAP_SYS_PTRACE, CL_RIGHT_KEPT, "to look into /proc/PID of every user: environ, fd, ns, root"},
	{CAP_DAC_READ_SEARCH, CL_RIGHT_KEPT, "to read credential files of every user through /proc/PID/root"},
	{CAP_FOWNER, CL_RIGHT_KEPT, "to read users' files without a change of their access time (O_NOATIME)"},
	{CAP_IPC_LOCK, CL_RIGHT_KEPT, "to lock the memory that holds values"},
	{CAP_SETPCAP, CL_RIGHT_START, "to give up the rights that only the start needs"},
	{CAP_NET_RAW, CL_RIGHT_START_WANTED, "to see the answers of name servers (packet sockets, opened once)"},
	{CAP_CHOWN, CL_RIGHT_START_WANTED, "to give the control socket to its group"},
	{CAP_SYS_ADMIN, CL_RIGHT_START_WANTED, "to mount tracefs, bpffs and debugfs where the host has not"},
	{CAP_SYSLOG, CL_RIGHT_START_WANTED, "to read the kernel's symbols where kptr_restrict hides them"},
	{CAP_SYS_RESOURCE, CL_RIGHT_START_WANTED, "to raise RLIMIT_MEMLOCK before Linux 5.11 for the probes' maps"},
};
const size_t cl_n_rights = ARRAY_SIZE(cl_rights);

const char *cl_right_name(char buf[CL_RIGHT_NAME], unsigned int capability)
{
	const char *name = capng_capability_to_name(capability);

	if (name)
		snprintf(buf, CL_RIGHT_NAME, "CAP_%s", name);
	else
		snprintf(buf, CL_RIGHT_NAME, "CAP_%u", capability);
	for (char *c = buf; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return buf;
}

uint64_t cl_rights_kept(void)
{
	uint64_t kept = 0;

	for (size_t i = 0; i < cl_n_rights; i++)
		if (cl_rights[i].when == CL_RIGHT_KEPT)
			kept |= 1ull << cl_rights[i].capability;
	return kept;
}

int cl_rights_check(struct cl_error *err)
{
	_cleanup_text_ struct cl_text missing = {0};
	char name[CL_RIGHT_NAME];

	if (capng_get_caps_process())
		return cl_fail(err, -EIO, "cannot read this process's capabilities");
	for (size_t i = 0; i < cl_n_rights; i++) {
		if (cl_rights[i].when == CL_RIGHT_START_WANTED ||
		    capng_have_capability(CAPNG_EFFECTIVE, cl_rights[i].capability))
			continue;
		cl_text_printf(&missing, "%s%s", missing.len ? ", " : "", cl_right_name(name, cl_rights[i].capability));
	}
	if (geteuid())
		return cl_fail(err, -EPERM, "cannot load probes: not root (run: sudo credlineage monitor)%s%s",
			       missing.len ? "; missing: " : "", missing.len ? cl_text_str(&missing) : "");
	return missing.len
		       ? cl_fail(err, -EPERM,
				 "cannot load probes: root lacks %s here (give them to the unit or the container: "
				 "CapabilityBoundingSet=, --cap-add; credlineage doctor --self says what each is for)",
				 cl_text_str(&missing))
		       : 0;
}

/* -EPERM when the kernel has it otherwise afterwards: whoever relies upon it must know. */
static int verify(uint64_t kept)
{
	for (unsigned int c = 0; c <= CAP_LAST_CAP; c++) {
		int want = kept >> c & 1;

		if (capng_have_capability(CAPNG_EFFECTIVE, c) != want ||
		    capng_have_capability(CAPNG_PERMITTED, c) != want || capng_have_capability(CAPNG_INHERITABLE, c) ||
		    capng_have_capability(CAPNG_BOUNDING_SET, c))
			return -EPERM;
	}
	return 0;
}

int cl_rights_drop(struct cl_error *err)
{
	uint64_t kept = cl_rights_kept();
	int r;

	capng_clear(CAPNG_SELECT_ALL);
	for (unsigned int c = 0; c <= CAP_LAST_CAP; c++)
		if (kept >> c & 1)
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, c);
	r = capng_lock(); /* uid 0 gives nothing at an execve; needs CAP_SETPCAP, as the bounding set does */
	r = r ? r : capng_apply(CAPNG_SELECT_ALL);
	r = r ? r : capng_get_caps_process();
	r = r ? -EPERM : verify(kept);
	return r ? cl_fail(err, r,
			   "cannot give up what only the start needs: %s (monitor --no-confine goes on with it)",
			   strerror(-r))
		 : 0;
}
