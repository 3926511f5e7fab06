/* SPDX-License-Identifier: Apache-2.0 */
#include "confine/inspect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define STATUS_MAX 8192

/* Behind "NAME:" and blanks; NULL: there is no such line. */
static const char *value(const char *text, const char *name)
{
	size_t n = strlen(name);

	while (text && (strncmp(text, name, n) || text[n] != ':')) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text ? text + n + 1 + strspn(text + n + 1, " \t") : NULL;
}

/* The number that begins there, in digits of that base, as the kernel writes them. */
static int number(const char *at, unsigned int base, uint64_t *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = at ? strcspn(at, " \t\n") : 0;
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++) {
		const char *digit = memchr(digits, at[i], base);

		if (!digit || v > UINT64_MAX / base - 1)
			return -EPROTO;
		v = v * base + (uint64_t)(digit - digits);
	}
	*out = v;
	return n ? 0 : -EPROTO;
}

int cl_inspect_status(const char *text, struct cl_thread_rights *out)
{
	struct cl_thread_rights t = {0};
	uint64_t no_new_privs = 0;
	const char *uid = value(text, "Uid"); /* real, effective, saved, of files */
	int r = number(value(text, "CapEff"), 16, &t.effective);

	r = r ? r : number(value(text, "CapPrm"), 16, &t.permitted);
	r = r ? r : number(value(text, "CapInh"), 16, &t.inheritable);
	r = r ? r : number(value(text, "CapBnd"), 16, &t.bounding);
	r = r ? r : number(value(text, "CapAmb"), 16, &t.ambient);
	r = r ? r : number(value(text, "NoNewPrivs"), 10, &no_new_privs);
	r = r ? r : number(value(text, "Seccomp"), 10, &t.seccomp);
	uid = uid ? uid + strcspn(uid, " \t\n") : NULL;
	r = r ? r : number(uid ? uid + strspn(uid, " \t") : NULL, 10, &t.uid);
	if (r)
		return r;
	(void)number(value(text, "Seccomp_filters"), 10, &t.filters);
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

static bool is_same(const struct cl_thread_rights *a, const struct cl_thread_rights *b)
{
	return a->effective == b->effective && a->permitted == b->permitted && a->inheritable == b->inheritable &&
	       a->bounding == b->bounding && a->ambient == b->ambient && a->uid == b->uid && a->seccomp == b->seccomp &&
	       a->filters == b->filters && a->no_new_privs == b->no_new_privs;
}

static int read_threads(pid_t pid, struct cl_inspected *out)
{
	char path[96];
	_cleanup_closedir_ DIR *d = NULL;
	const struct dirent *e;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		struct cl_thread_rights t = {0};
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
		out->differing += !is_same(&t, &out->first);
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
	struct cl_inspected i = {0};
	char path[64];
	int r;

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
