/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "policy/who.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/parse.h"

#define ENTRY_MAX 16384

static uint32_t parse_uid(const char *text)
{
	uint64_t uid;

	return text && !cl_parse_u64(text, CL_WHO_UNKNOWN - 1, &uid) ? (uint32_t)uid : CL_WHO_UNKNOWN;
}

static uint32_t login_of(pid_t pid)
{
	char path[48], text[16];
	_cleanup_close_ int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/loginuid", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return CL_WHO_UNKNOWN;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return parse_uid(text);
}

/* The kernel's word before a variable's. */
static uint32_t person(const struct cl_who *who)
{
	if (who->loginuid != CL_WHO_UNKNOWN)
		return who->loginuid;
	return who->sudo_uid != CL_WHO_UNKNOWN ? who->sudo_uid : who->uid;
}

void cl_who_of(pid_t pid, uid_t uid, struct cl_who *out)
{
	*out = (struct cl_who){.uid = uid, .loginuid = login_of(pid), .sudo_uid = CL_WHO_UNKNOWN};
}

void cl_who_self(struct cl_who *out)
{
	_cleanup_free_ char *buf = malloc(ENTRY_MAX);
	struct passwd entry, *found = NULL;

	cl_who_of(getpid(), getuid(), out);
	out->sudo_uid = parse_uid(getenv("SUDO_UID"));
	if (buf && !getpwuid_r(person(out), &entry, buf, ENTRY_MAX, &found) && found)
		snprintf(out->name, sizeof(out->name), "%s", found->pw_name);
}

void cl_who_claim(struct cl_who *who, const cJSON *claim)
{
	const cJSON *sudo = cJSON_GetObjectItemCaseSensitive(claim, "sudo_uid");

	snprintf(who->name, sizeof(who->name), "%s", cl_json_get_str(claim, "name"));
	if (cJSON_IsNumber(sudo) && sudo->valuedouble >= 0 && sudo->valuedouble < CL_WHO_UNKNOWN)
		who->sudo_uid = (uint32_t)sudo->valuedouble;
}

cJSON *cl_who_json(const struct cl_who *who)
{
	cJSON *o = cJSON_CreateObject();

	cl_json_str(o, "name", *who->name ? who->name : NULL);
	cl_json_num(o, "uid", who->uid);
	if (who->loginuid != CL_WHO_UNKNOWN)
		cl_json_num(o, "loginuid", who->loginuid);
	if (who->sudo_uid != CL_WHO_UNKNOWN)
		cl_json_num(o, "sudo_uid", who->sudo_uid);
	return o;
}

const char *cl_who_text(const struct cl_who *who, char buf[CL_WHO_TEXT])
{
	if (*who->name)
		snprintf(buf, CL_WHO_TEXT, "%s (uid %u)", who->name, person(who));
	else
		snprintf(buf, CL_WHO_TEXT, "uid %u", person(who));
	return buf;
}
