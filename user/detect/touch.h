/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose hand is it that reads a credential store? Judged by the program (a script before its interpreter), by who is
 * expected at the store (what the observation carries of the catalogue), and by what stands around it:
 *
 *   owner      one of the store's own programs, or a tool that such a program's shell script uses
 *   bystander  handles all files alike and uses none: version control and image builders anywhere but in a package's
 *              installation; backup and editors nor in CI jobs and agents; package tools, scanners, indexers and what
 *              makes sums where only root installs programs; and what copies and compares, in a unit or cron job of
 *              root or under a package tool
 *   library    a runtime whose programs read it through a library; in a package's installation it is a stranger
 *   hand       a person of a login session looks at it with a simple tool, straight from a shell
 *   nobody     who reads the store is not known
 *   stranger   everybody else, and whatever runs from memory or from a deleted file, however it is called
 *
 * What only a name says can be forged by who may write where programs lie: others' findings are for that.
 */
#pragma once

#include "detect/detector.h"

enum cl_touch {
	CL_TOUCH_OWNER = 1,
	CL_TOUCH_BYSTANDER,
	CL_TOUCH_LIBRARY,
	CL_TOUCH_HAND,
	CL_TOUCH_NOBODY,
	CL_TOUCH_STRANGER,
};

/*
 * Of the read (CL_OBS_READ) of a store that is in hand. Whom policy lets read it, is an owner. Found once for all
 * detectors that ask: what policy excused counts once.
 */
int cl_detect_touch(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor,
		    enum cl_touch *out);
/*
 * It shows the environments of processes to whoever administers this host (`ps e`, a service manager, a monitor), and is
 * what root installed for that; not in CI jobs, agents and installations, which administer nothing.
 */
bool cl_touch_only_shows(const struct cl_process *actor);
/* Makes a backup: not in CI jobs, agents and installations, which have nothing to back up. */
bool cl_touch_backs_up(const struct cl_process *actor);
/* Something that counts as the store's secret was read, as far as one can see. */
bool cl_touch_counts(const struct cl_observation *obs);
/*
 * The process with which the piece of work began that `p` is part of, within its run: below the shell of a person or a
 * daemon that starts things for others. Surroundings (host, session) hold many pieces of work.
 */
const struct cl_process *cl_touch_root(const struct cl_process *p);
