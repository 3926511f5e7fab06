/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/filter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "credlineage.skel.h"
#include "credlineage/probe.h"

/* A file that changed less than this before now may change again within the same tick of its change time. */
#define RACY_NS 50000000ull
#define NAMES_SPARE 16

static uint32_t word(const char affix[5])
{
	uint32_t w;

	memcpy(&w, affix, sizeof(w));
	return w;
}

/* As affix_bit in bpf/watch.h. */
static uint64_t affix_bit(uint32_t w)
{
	return 1ull << ((w * 0x9e3779b1u) >> 26);
}

/* Unused places repeat the first word: comparing with it again does no harm, comparing with zero could match. */
static uint64_t set_affixes(volatile uint32_t *list, const char (*affixes)[5], size_t n)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < CL_AFFIX_MAX && n; i++) {
		list[i] = word(affixes[i < n ? i : 0]);
		mask |= affix_bit(list[i]);
	}
	return mask;
}

/* As name_matches in bpf/watch.h takes them. */
static void mark_name(struct cl_bpf *skel, const char *name)
{
	size_t len = strlen(name);
	uint32_t first = 0, last = 0;

	if (!len || len >= CL_NAME_MAX)
		return;
	memcpy(&first, name, len < 4 ? len : 4);
	if (len < 4)
		last = first;
	else
		memcpy(&last, name + len - 4, 4);
	skel->rodata->name_marks[CL_NAME_PLACE(first, last, len)] = 1;
}

int cl_filter_configure(struct cl_bpf *skel, const struct cl_name_rules *rules, const char *extra, struct cl_error *err)
{
	int code;

	skel->rodata->prefix_mask = set_affixes(skel->rodata->prefixes, rules->prefixes, rules->n_prefixes);
	skel->rodata->suffix_mask = set_affixes(skel->rodata->suffixes, rules->suffixes, rules->n_suffixes);
	for (size_t i = 0; i < rules->n_exact; i++)
		mark_name(skel, rules->exact[i].name);
	mark_name(skel, extra);
	code = bpf_map__set_max_entries(skel->maps.watched_names, (uint32_t)rules->n_exact + NAMES_SPARE);
	return code ? cl_fail(err, code, "cannot size the table of watched names: %s", strerror(-code)) : 0;
}

static void merge(struct cl_name_rule *into, const struct cl_name_rule *rule)
{
	if (!into->parents)
		return;
	if (!rule->parents || into->parents + rule->parents > CL_NAME_PARENTS) {
		into->parents = 0; /* any directory: userspace confirms by path anyway */
		return;
	}
	for (uint32_t i = 0; i < rule->parents; i++)
		into->parent[into->parents++] = rule->parent[i];
}

int cl_filter_add_name(int names_fd, const char *name, const char *const *parents)
{
	struct cl_name_rule rule = {0}, old;
	struct cl_name_key key = {0};

	if (!name[0] || strlen(name) >= sizeof(key.name))
		return -EINVAL;
	memcpy(key.name, name, strlen(name));
	for (size_t i = 0; parents && i < CL_NAME_PARENTS && parents[i]; i++)
		rule.parent[rule.parents++] = cl_fnv1a(parents[i], strlen(parents[i]));
	if (!bpf_map_lookup_elem(names_fd, &key, &old)) {
		merge(&old, &rule);
		rule = old;
	}
	return bpf_map_update_elem(names_fd, &key, &rule, BPF_ANY) ? -errno : 0;
}

int cl_filter_remove_name(int names_fd, const char *name)
{
	struct cl_name_key key = {0};

	if (strlen(name) >= sizeof(key.name))
		return -EINVAL;
	memcpy(key.name, name, strlen(name));
	return bpf_map_delete_elem(names_fd, &key) ? -errno : 0;
}

int cl_filter_fill(struct cl_bpf *skel, const struct cl_name_rules *rules, struct cl_error *err)
{
	int fd = bpf_map__fd(skel->maps.watched_names);

	for (size_t i = 0; i < rules->n_exact; i++) {
		int code = cl_filter_add_name(fd, rules->exact[i].name, rules->exact[i].parents);

		if (code)
			return cl_fail(err, code, "cannot watch the name \"%s\": %s", rules->exact[i].name,
				       strerror(-code));
	}
	return 0;
}

int cl_filter_watch(struct cl_bpf *skel, uint32_t dev, uint64_t ino, uint32_t generation, enum cl_watch_state state)
{
	int fd = bpf_map__fd(skel->maps.watched_inodes);
	struct cl_inode_key key = {.ino = ino, .dev = dev};
	struct cl_watch w = {0};
	bool known = !bpf_map_lookup_elem(fd, &key, &w) && w.generation == generation;

	/* One path that no store claims does not make the others of the same inode harmless. */
	if (known && w.state == CL_WATCH_CONFIRMED)
		return 0;
	if (!known)
		w = (struct cl_watch){.generation = generation};
	if (state == CL_WATCH_CONFIRMED && w.state != CL_WATCH_CONFIRMED)
		w.known_ctime = w.known_size = 0;
	w.state = state;
	if (bpf_map_update_elem(fd, &key, &w, BPF_ANY))
		return -errno;
	skel->bss->inode_marks[CL_INODE_PLACE(ino, dev)] = 1;
	return 0;
}

int cl_filter_known(struct cl_bpf *skel, uint32_t dev, uint64_t ino, uint32_t generation, uint64_t ctime, uint64_t size)
{
	struct cl_inode_key key = {.ino = ino, .dev = dev};
	int fd = bpf_map__fd(skel->maps.watched_inodes);
	struct cl_watch w;

	if (bpf_map_lookup_elem(fd, &key, &w))
		return -errno;
	if (w.generation != generation || (w.state != CL_WATCH_CONFIRMED && w.state != CL_WATCH_WRITTEN))
		return -ESTALE;
	if (ctime + RACY_NS > cl_wall_ns())
		return -EAGAIN;
	w.known_ctime = ctime;
	w.known_size = size;
	return bpf_map_update_elem(fd, &key, &w, BPF_EXIST) ? -errno : 0;
}

int cl_filter_unwatch(struct cl_bpf *skel, uint32_t dev, uint64_t ino)
{
	struct cl_inode_key key = {.ino = ino, .dev = dev};

	/* The mark stays: others may fall on its place. */
	return bpf_map_delete_elem(bpf_map__fd(skel->maps.watched_inodes), &key) ? -errno : 0;
}

/* All keys first: an update moves an entry to the front of the list that the walk is in. */
static size_t list_keys(int fd, struct cl_inode_key *keys, size_t max)
{
	size_t n = 0;

	while (n < max && !bpf_map_get_next_key(fd, n ? &keys[n - 1] : NULL, &keys[n]))
		n++;
	return n;
}

int cl_filter_inherit(struct cl_bpf *skel, int inodes_fd)
{
	int fd = bpf_map__fd(skel->maps.watched_inodes);
	size_t max = bpf_map__max_entries(skel->maps.watched_inodes), n;
	_cleanup_free_ struct cl_inode_key *keys = calloc(max, sizeof(*keys));
	struct cl_watch w;

	if (!keys)
		return -ENOMEM;
	n = list_keys(inodes_fd, keys, max);
	for (size_t i = 0; i < n; i++) {
		if (bpf_map_lookup_elem(inodes_fd, &keys[i], &w))
			continue;
		w.path_sent = 0;
		if (w.state == CL_WATCH_WRITTEN) /* nobody looks after it */
			continue;
		if (w.state == CL_WATCH_CONFIRMED)
			w.known_ctime = w.known_size = 0;
		if (bpf_map_update_elem(fd, &keys[i], &w, BPF_ANY))
			return -errno;
		skel->bss->inode_marks[CL_INODE_PLACE(keys[i].ino, keys[i].dev)] = 1;
	}
	return 0;
}
