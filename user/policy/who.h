/* SPDX-License-Identifier: Apache-2.0 */
/* Who changes policy: the person behind a process, as far as the kernel tells, with what is only claimed beside it. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cjson/cJSON.h>

#define CL_WHO_UNKNOWN UINT32_MAX
#define CL_WHO_TEXT 96

struct cl_who {
	uint32_t uid;	   /* that it acts as */
	uint32_t loginuid; /* that it logged in as: follows it through su and sudo; CL_WHO_UNKNOWN: none */
	uint32_t sudo_uid; /* claimed: whom sudo acted for; CL_WHO_UNKNOWN: nobody */
	char name[64];	   /* claimed: of the person; "": not known */
};

/* This process, with the name that the system has for its person. */
void cl_who_self(struct cl_who *out);
/* Another one; no claims. */
void cl_who_of(pid_t pid, uid_t uid, struct cl_who *out);
/* Takes over what another process says of itself ({"name","sudo_uid"}): for whom one has to believe anyway. */
void cl_who_claim(struct cl_who *who, const cJSON *claim);
cJSON *cl_who_json(const struct cl_who *who); /* {"name","uid","loginuid","sudo_uid"}; NULL: out of memory */
/* "ann (uid 1000)", "uid 1000": the person. */
const char *cl_who_text(const struct cl_who *who, char buf[CL_WHO_TEXT]);
