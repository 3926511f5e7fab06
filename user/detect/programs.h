/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of program it is, by the names under which the world knows it. Only for judging how ordinary an act is:
 * never who somebody is.
 */
#pragma once

#include "identity/identity.h"

enum cl_program_kind {
	CL_PROGRAM_KEEPER = 1,	 /* version control, image builders */
	CL_PROGRAM_ARCHIVER = 2, /* backup */
	CL_PROGRAM_EDITOR = 4,
	CL_PROGRAM_KEEPING = 8, /* package tools, scanners, indexers, service managers */
	CL_PROGRAM_VIEWER = 16, /* shows or searches */
	CL_PROGRAM_COPIER = 32, /* copies or compares */
	CL_PROGRAM_SHELL = 64,
	CL_PROGRAM_PACKAGER = 128,  /* the system's package tools */
	CL_PROGRAM_LAUNCHER = 256,  /* gives people shells, or starts daemons and jobs */
	CL_PROGRAM_WRAPPER = 1024,  /* runs another program for whoever called it */
	CL_PROGRAM_INSPECTOR = 512, /* shows processes */
	CL_PROGRAM_SUMMER = 2048,   /* makes sums, which tell nothing of what they were made of */
};

#define CL_PROGRAM_NAME 64

/*
 * Path of what it really runs: a script before its interpreter, also where only the arguments name that ("python3 x.py",
 * "python3 -m x"); the executable else. `buffer` holds what was cut out. "" when nothing is known.
 */
const char *cl_program_path(const struct cl_process *p, char *buffer, size_t size);
/* Its last component without .py, .js and the like. */
const char *cl_program_called(const struct cl_process *p, char name[CL_PROGRAM_NAME]);
/* Bits of enum cl_program_kind, of the program and of its executable. */
uint32_t cl_program_kinds(const struct cl_process *p);
/* A shell or other interpreter without a program of its own: a person types, or somebody pipes. */
bool cl_program_is_bare_shell(const struct cl_process *p);
/* Executed from where only root installs programs. */
bool cl_program_is_installed(const struct cl_process *p);
/* A package manager that installs, so that what it starts is code that packages brought. */
bool cl_program_installs(const struct cl_process *p);
