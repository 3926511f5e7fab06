/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where do these bytes lie? Patterns come on standard input (u32 length, bytes), places as arguments:
 *   --files      a list of files, NUL-separated, on descriptor 3
 *   --memory PID every readable mapping of a process
 *   --maps PID   every BPF map that a process has open: rings, arrays, hashes
 *   --control    a BPF map of this program's own, into which it puts the first pattern
 * Prints "NUMBER<tab>OFFSET<tab>PLACE<tab>FLAGS" for each find, never what it found; then "searched BYTES". Exit 2: failed.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <hs/hs.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (1u << 20)
#define OVERLAP 256
#define PATTERNS_MAX 16384
#define FINDS_EACH 8 /* of one pattern in one place */

static struct {
	char *bytes[PATTERNS_MAX];
	size_t len[PATTERNS_MAX];
	unsigned int ids[PATTERNS_MAX], flags[PATTERNS_MAX], found[PATTERNS_MAX];
	unsigned int n;
} patterns;
static hs_database_t *database;
static hs_scratch_t *scratch;
static uint64_t searched;
static const char *place, *place_flags = "";
static uint64_t place_at; /* of the chunk that is looked at */

static void die(const char *what)
{
	fprintf(stderr, "search: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int on_match(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *ctx)
{
	(void)from;
	(void)flags;
	(void)ctx;
	if (patterns.found[id]++ < FINDS_EACH)
		printf("%u\t%llu\t%s\t%s\n", patterns.ids[id], place_at + to - patterns.len[id], place, place_flags);
	return 0;
}

static void look(const char *bytes, size_t len)
{
	searched += len;
	if (len && hs_scan(database, bytes, (unsigned int)len, 0, scratch, on_match, NULL) != HS_SUCCESS)
		die("hs_scan");
}

static void begin(const char *name, const char *flags)
{
	place = name;
	place_flags = flags;
	place_at = 0;
	memset(patterns.found, 0, sizeof(patterns.found));
}

static void look_all(const char *bytes, size_t len)
{
	for (size_t at = 0; at < len; at += CHUNK) {
		place_at = at;
		look(bytes + at, len - at < CHUNK + OVERLAP ? len - at : CHUNK + OVERLAP);
	}
}

static void search_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	char *p;

	/* A name is bytes that were written, too. */
	begin("(a file's name)", "");
	look(path, strlen(path));
	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p != MAP_FAILED) {
			begin(path, "");
			look_all(p, (size_t)st.st_size);
			munmap(p, (size_t)st.st_size);
		}
	}
	close(fd);
}

static void search_files(void)
{
	FILE *list = fdopen(3, "r");
	char *path = NULL;
	size_t cap = 0;

	if (!list)
		die("descriptor 3");
	while (getdelim(&path, &cap, '\0', list) > 0)
		search_file(path);
	free(path);
	fclose(list);
}

struct mapping {
	uint64_t from, to, offset;
	char perms[8], name[256], flags[256];
};

static void search_mapping(int mem, const struct mapping *m, char *buf)
{
	char where[600];

	snprintf(where, sizeof(where), "%s %s +%" PRIx64, *m->name ? m->name : "(anonymous)", m->perms, m->offset);
	begin(where, m->flags);
	for (uint64_t at = m->from; at < m->to; at += CHUNK) {
		size_t want = m->to - at < CHUNK + OVERLAP ? (size_t)(m->to - at) : CHUNK + OVERLAP;
		size_t page = (size_t)sysconf(_SC_PAGESIZE);
		ssize_t n = pread(mem, buf, want, (off_t)at);

		place_at = at - m->from;
		if (n == (ssize_t)want) {
			look(buf, want);
			continue;
		}
		/* Pages that can't be read stand between others that can. */
		for (size_t off = 0; off < want; off += page) {
			n = pread(mem, buf, page, (off_t)(at + off));
			place_at = at - m->from + off;
			if (n > 0)
				look(buf, (size_t)n);
		}
	}
}

static void search_memory(const char *pid)
{
	char path[64], *line = NULL, *buf = malloc(CHUNK + OVERLAP);
	struct mapping m = {0}, next;
	size_t cap = 0;
	FILE *smaps;
	int mem;

	snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%s/smaps", pid);
	smaps = fopen(path, "r");
	if (mem < 0 || !smaps || !buf)
		die(path);
	while (getline(&line, &cap, smaps) > 0) {
		next = (struct mapping){0};
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %255[^\n]", &next.from, &next.to,
			   next.perms, &next.offset, next.name) >= 4) {
			m = next;
		} else if (!strncmp(line, "VmFlags:", 8)) {
			snprintf(m.flags, sizeof(m.flags), "%.*s", (int)strcspn(line + 9, "\n"), line + 9);
			if (m.perms[0] == 'r' && strncmp(m.name, "[v", 2))
				search_mapping(mem, &m, buf);
		}
	}
	free(line);
	free(buf);
	fclose(smaps);
	close(mem);
}

static void search_ring(int fd, const struct bpf_map_info *info, const char *name)
{
	long page = sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, info->max_entries, PROT_READ, MAP_SHARED, fd, 2 * page);

	if (p == MAP_FAILED)
		die("a ring");
	begin(name, "");
	look_all(p, info->max_entries);
	munmap(p, info->max_entries);
}

static void search_table(int fd, const struct bpf_map_info *info, const char *name)
{
	bool per_cpu = info->type == BPF_MAP_TYPE_PERCPU_ARRAY || info->type == BPF_MAP_TYPE_PERCPU_HASH;
	size_t size = (info->value_size + 7u) / 8 * 8 * (per_cpu ? 256 : 1);
	char *key = calloc(1, info->key_size + 8u), *value = malloc(size);
	void *previous = NULL;

	if (!key || !value)
		die("memory");
	begin(name, "");
	while (!bpf_map_get_next_key(fd, previous, key)) {
		previous = key;
		place_at = 0;
		look(key, info->key_size);
		if (!bpf_map_lookup_elem(fd, key, value))
			look(value, per_cpu ? size / 256 : info->value_size);
	}
	free(key);
	free(value);
}

static void search_map(int fd)
{
	struct bpf_map_info info = {0};
	__u32 len = sizeof(info);
	char name[64];

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		die("bpf_obj_get_info_by_fd");
	snprintf(name, sizeof(name), "BPF map %s", info.name);
	if (info.type == BPF_MAP_TYPE_RINGBUF)
		search_ring(fd, &info, name);
	else if (info.key_size)
		search_table(fd, &info, name);
}

static void search_maps(const char *pid)
{
	char path[96];
	unsigned int id, n = 0;

	for (int fd = 0; fd < 4096; fd++) {
		char text[2048], *at;
		FILE *f;
		int map;

		snprintf(path, sizeof(path), "/proc/%s/fdinfo/%d", pid, fd);
		f = fopen(path, "r");
		if (!f)
			continue;
		text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
		fclose(f);
		at = strstr(text, "map_id:");
		if (!at || sscanf(at, "map_id: %u", &id) != 1)
			continue;
		map = bpf_map_get_fd_by_id(id);
		if (map < 0)
			die("bpf_map_get_fd_by_id");
		search_map(map);
		close(map);
		n++;
	}
	if (!n) {
		errno = ENOENT;
		die("no BPF maps there");
	}
}

static void search_control(void)
{
	char value[512] = "";
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "control", 4, sizeof(value), 2, NULL);
	__u32 key = 1;

	memcpy(value + 100, patterns.bytes[0], patterns.len[0]);
	if (fd < 0 || bpf_map_update_elem(fd, &key, value, 0))
		die("a map of one's own");
	search_map(fd);
	close(fd);
}

static void read_patterns(void)
{
	uint32_t len;
	hs_compile_error_t *e = NULL;

	while (fread(&len, sizeof(len), 1, stdin) == 1 && patterns.n < PATTERNS_MAX) {
		unsigned int i = patterns.n++;

		patterns.bytes[i] = malloc(len + 1u);
		if (!patterns.bytes[i] || fread(patterns.bytes[i], 1, len, stdin) != len)
			die("patterns");
		patterns.len[i] = len;
		patterns.ids[i] = i;
		patterns.flags[i] = 0;
	}
	if (!patterns.n ||
	    hs_compile_lit_multi((const char *const *)patterns.bytes, patterns.flags, patterns.ids, patterns.len,
				 patterns.n, HS_MODE_BLOCK, NULL, &database, &e) ||
	    hs_alloc_scratch(database, &scratch))
		die(e ? e->message : "patterns");
}

int main(int argc, char **argv)
{
	read_patterns();
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--files"))
			search_files();
		else if (!strcmp(argv[i], "--memory") && i + 1 < argc)
			search_memory(argv[++i]);
		else if (!strcmp(argv[i], "--maps") && i + 1 < argc)
			search_maps(argv[++i]);
		else if (!strcmp(argv[i], "--control"))
			search_control();
	}
	printf("searched %" PRIu64 "\n", searched);
	return 0;
}
