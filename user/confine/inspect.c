/* SPDX-License-Identifier: Apache-2.0 */
#include "confine/inspect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define STATUS_MAX 8192

/* The line "NAME:\tVALUES"; NULL: there is none. */
static const char *values(const char *text, const char *name)
{
	size_t n = strlen(name);

	while (text && (strncmp(text, name, n) || text[n] != ':')) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text ? text + n + 1 : NULL;
}

static int take_set(const char *text, const char *name, uint64_t *out)
{
	const char *at = values(text, name);

	return at && sscanf(at, " %" SCNx64, out) == 1 ? 0 : -EPROTO;
}

static int take_number(const char *text, const char *name, uint64_t *out)
{
	const char *at = values(text, name);

	return at && sscanf(at, " %" SCNu64, out) == 1 ? 0 : -EPROTO;
}

int cl_inspect_status(const char *text, struct cl_thread_rights *out)
{
	struct cl_thread_rights t = {0};
	uint64_t no_new_privs = 0;
	const char *uid = values(text, "Uid"); /* real, effective, saved, of files */
	int r = take_set(text, "CapEff", &t.effective);

	r = r ? r : take_set(text, "CapPrm", &t.permitted);
	r = r ? r : take_set(text, "CapInh", &t.inheritable);
	r = r ? r : take_set(text, "CapBnd", &t.bounding);
	r = r ? r : take_set(text, "CapAmb", &t.ambient);
	r = r ? r : take_number(text, "NoNewPrivs", &no_new_privs);
	r = r ? r : take_number(text, "Seccomp", &t.seccomp);
	if (r || !uid || sscanf(uid, "%*u %" SCNu64, &t.uid) != 1)
		return -EPROTO;
	(void)take_number(text, "Seccomp_filters", &t.filters);
	t.no_new_privs = no_new_privs;
	*out = t;
	return 0;
}

static int read_thread(const char *path, struct cl_thread_rights *out)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	char text[STATUS_MAX];
	size_t n;

	if (!f)
		return -errno;
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	return ferror(f) ? -ESRCH : cl_inspect_status(text, out);
}

static int read_threads(pid_t pid, struct cl_inspected *out)
{
	char path[96];
	_cleanup_closedir_ DIR *d = NULL;
	const struct dirent *e;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		struct cl_thread_rights t;
		int r;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%.16s/status", pid, e->d_name);
		r = read_thread(path, &t);
		if (r == -ENOENT || r == -ESRCH)
			continue; /* it has ended meanwhile */
		if (r)
			return r;
		out->threads++;
		out->differing += memcmp(&t, &out->first, sizeof(t)) != 0;
	}
	return d ? 0 : -errno;
}

static void count(struct cl_open_rights *o, const char *link)
{
	const struct {
		const char *begin;
		unsigned int *counter;
	} kinds[] = {
		{"anon_inode:bpf-map", &o->bpf_maps},
		{"anon_inode:bpf-prog", &o->bpf_programs},
		{"anon_inode:bpf_link", &o->bpf_links},
		{"anon_inode:bpf-link", &o->bpf_links},
		{"anon_inode:[perf_event]", &o->perf_events},
		{"socket:", &o->sockets},
		{"/", &o->files},
		{"", &o->others},
	};
	size_t i = 0;

	while (!cl_starts_with(link, kinds[i].begin))
		i++;
	(*kinds[i].counter)++;
}

static int read_open(pid_t pid, struct cl_open_rights *out)
{
	char path[96], link[256];
	_cleanup_closedir_ DIR *d = NULL;
	const struct dirent *e;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		ssize_t n = e->d_name[0] == '.' ? 0 : readlinkat(dirfd(d), e->d_name, link, sizeof(link) - 1);

		if (n <= 0)
			continue;
		link[n] = '\0';
		count(out, link);
	}
	return d ? 0 : -errno;
}

int cl_inspect(pid_t pid, struct cl_inspected *out, struct cl_error *err)
{
	struct cl_inspected i;
	char path[64];
	int r;

	memset(&i, 0, sizeof(i)); /* threads are compared byte by byte */
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	r = read_thread(path, &i.first);
	if (r == -ENOENT)
		return cl_fail(err, -ESRCH, "there is no process %d (in this pid namespace)", pid);
	r = r ? r : read_threads(pid, &i);
	r = r ? r : read_open(pid, &i.open);
	if (r)
		return cl_fail(err, r, "cannot look into /proc/%d: %s%s", pid, strerror(-r),
			       r == -EACCES ? " (run: sudo credlineage doctor --self)" : "");
	*out = i;
	return 0;
}
