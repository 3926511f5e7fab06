/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/cgroup.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define CONTAINER_ID 64

struct part {
	const char *s;
	size_t len;
};

static bool begins(struct part p, const char *prefix)
{
	size_t n = strlen(prefix);

	return p.len > n && !strncmp(p.s, prefix, n);
}

static bool ends(struct part p, const char *suffix)
{
	size_t n = strlen(suffix);

	return p.len > n && !strncmp(p.s + p.len - n, suffix, n);
}

static struct part cut(struct part p, size_t front, size_t back)
{
	return (struct part){.s = p.s + front, .len = p.len - front - back};
}

static bool all_hex(struct part p)
{
	for (size_t i = 0; i < p.len; i++)
		if (!isxdigit((unsigned char)p.s[i]))
			return false;
	return p.len > 0;
}

static void keep(char out[CL_CGROUP_NAME], struct part p)
{
	snprintf(out, CL_CGROUP_NAME, "%.*s", (int)(p.len < CL_CGROUP_NAME ? p.len : CL_CGROUP_NAME - 1), p.s);
}

/* "docker-<id>.scope", "crio-<id>", "<id>", "...:cri-containerd:<id>": the id is what runtimes make, 64 hex digits. */
static bool hex_container(struct part p, struct part *id)
{
	if (ends(p, ".scope"))
		p = cut(p, 0, strlen(".scope"));
	if (p.len < CONTAINER_ID)
		return false;
	*id = cut(p, p.len - CONTAINER_ID, 0);
	if (!all_hex(*id))
		return false;
	if (p.len == CONTAINER_ID)
		return true;
	p = cut(p, 0, CONTAINER_ID);
	return (p.s[p.len - 1] == '-' || p.s[p.len - 1] == ':') && !ends(p, "conmon-");
}

/* Containers that have a name instead. */
static bool named_container(struct part p, struct part before, struct part *name)
{
	static const struct {
		const char *prefix, *suffix;
	} forms[] = {
		{"lxc.payload.", ""},
		{"machine-", ".scope"},
		{"systemd-nspawn@", ".service"},
		{"app-flatpak-", ".scope"},
	};

	if ((before.len == 3 && !strncmp(before.s, "lxc", 3)) ||
	    (before.len == 8 && !strncmp(before.s, "buildkit", 8) && !ends(p, ".service"))) {
		*name = p;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		size_t front = strlen(forms[i].prefix), back = strlen(forms[i].suffix);

		if (!begins(p, forms[i].prefix) || p.len <= front + back || !ends(p, forms[i].suffix))
			continue;
		*name = cut(p, front, back);
		return true;
	}
	return false;
}

/* "pod<uid>", "kubepods-burstable-pod<uid>.slice", the uid with '-' or '_', a static pod's without either. */
static bool pod_uid(struct part p, char out[40])
{
	size_t n = 0;

	if (ends(p, ".slice"))
		p = cut(p, 0, strlen(".slice"));
	else if (memchr(p.s, ':', p.len)) /* "kubepods-pod<uid>.slice:cri-containerd:<id>" */
		p.len = (size_t)((const char *)memchr(p.s, '.', p.len) ? (const char *)memchr(p.s, '.', p.len) - p.s
								       : 0);
	for (size_t want = 36; want >= 32; want -= 4) {
		struct part uid;

		if (p.len < want + 3)
			continue;
		uid = cut(p, p.len - want, 0);
		if (strncmp(uid.s - 3, "pod", 3) || (p.len > want + 3 && uid.s[-4] != '-'))
			continue;
		for (n = 0; n < want; n++) {
			out[n] = uid.s[n] == '_' ? '-' : (char)tolower((unsigned char)uid.s[n]);
			if (!isxdigit((unsigned char)out[n]) && out[n] != '-')
				break;
		}
		if (n == want) {
			out[n] = '\0';
			return true;
		}
	}
	out[0] = '\0';
	return false;
}

struct walk {
	struct cl_cgroup *out;
	bool in_user; /* below a user manager: scopes are the user's own windows and terminals */
	unsigned int containers_in_pod;
};

static void keep_container(struct walk *w, struct part id)
{
	keep(w->out->container, id);
	if (w->out->pod[0])
		w->containers_in_pod++;
	w->out->unit_in_container = false;
}

static void keep_unit(struct walk *w, struct part p)
{
	static const char *const not_work[] = {"init.scope", "session-", "libpod-conmon-", "crio-conmon-"};

	for (size_t i = 0; i < ARRAY_SIZE(not_work); i++)
		if (p.len >= strlen(not_work[i]) && !strncmp(p.s, not_work[i], strlen(not_work[i])))
			return;
	if (begins(p, "user@")) {
		w->in_user = true;
		w->out->unit[0] = '\0';
		return;
	}
	if (w->in_user && (ends(p, ".scope") || begins(p, "app-")))
		return;
	keep(w->out->unit, p);
	w->out->unit_in_container = w->out->container[0];
}

static void component(struct walk *w, struct part p, struct part before)
{
	char uid[40];
	struct part id;

	if (pod_uid(p, uid)) {
		snprintf(w->out->pod, sizeof(w->out->pod), "%s", uid);
		w->containers_in_pod = 0;
	}
	if (hex_container(p, &id) || named_container(p, before, &id))
		keep_container(w, id);
	else if (ends(p, ".service") || ends(p, ".scope"))
		keep_unit(w, p);
}

/* A socket's per-connection instance names the peer: "sshd@3-10.0.0.1:22-10.0.0.2:4711.service" -> "sshd@.service". */
static void generalise(char *unit)
{
	char *at = strchr(unit, '@'), *p = at ? at + 1 : NULL;

	if (!p || !isdigit((unsigned char)*p))
		return;
	while (isdigit((unsigned char)*p))
		p++;
	if (*p == '-' && cl_ends_with(unit, ".service"))
		snprintf(at + 1, sizeof(".service"), ".service");
}

void cl_cgroup_parse(const char *path, struct cl_cgroup *out)
{
	struct walk w = {.out = out};
	struct part before = {.s = ""};

	out->unit[0] = out->pod[0] = out->container[0] = '\0';
	out->container_in_pod = out->unit_in_container = false;
	for (const char *s = path ? path : ""; *s;) {
		struct part p = {.s = s, .len = strcspn(s, "/")};

		if (p.len)
			component(&w, p, before);
		before = p.len ? p : before;
		s += p.len;
		s += *s == '/';
	}
	out->container_in_pod = w.containers_in_pod == 1;
	generalise(out->unit);
}

bool cl_cgroup_within(const char *path, const char *cgroup)
{
	size_t n = strlen(cgroup);

	while (n && cgroup[n - 1] == '/')
		n--;
	return n && !strncmp(path, cgroup, n) && (!path[n] || path[n] == '/');
}
