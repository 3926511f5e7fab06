/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "capture/pin.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"
#include "capture/capture.h"
#include "credlineage/event.h"

#define STAGE "new" /* a set in the making; one that is left over was never published */
#define FORMER "former"
#define PATH_SIZE 512

struct cl_pins {
	char dir[256], set[CL_SET_NAME];
	int fd; /* of the directory, locked */
};

/* DIR/SET/PREFIX_NAME; bpffs keeps names with dots for itself. */
static const char *path_of(char path[PATH_SIZE], const struct cl_pins *p, const char *set, const char *prefix,
			   const char *name)
{
	int n = snprintf(path, PATH_SIZE, "%s/%s/", p->dir, set);
	char *at = path + n;

	snprintf(at, PATH_SIZE - (size_t)n, "%s_%s", prefix, name);
	while ((at = strchr(at, '.')))
		*at = '_';
	return path;
}

/* ---- the directory ---- */

static int check_directory(int fd, const char *dir, struct cl_error *err)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) || fstatfs(fd, &fs))
		return cl_fail(err, -errno, "cannot use \"%s\" for pins: %s", dir, strerror(errno));
	if (fs.f_type != BPF_FS_MAGIC)
		return cl_fail(err, -ENOTSUP,
			       "cannot pin in \"%s\": it is not on a BPF file system (use one below /sys/fs/bpf, or "
			       "mount -t bpf bpf %s)",
			       dir, dir);
	if (st.st_uid != geteuid() || (st.st_mode & 07777) != 0700)
		return cl_fail(
			err, -EPERM,
			"cannot pin in \"%s\": it belongs to uid %u with mode %04o, must be uid %u with mode 0700 "
			"(find out who made it; then chown root, chmod 700)",
			dir, st.st_uid, st.st_mode & 07777, geteuid());
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno != EWOULDBLOCK)
		return cl_fail(err, -errno, "cannot lock the directory for pins \"%s\": %s", dir, strerror(errno));
	return cl_fail(err, -EBUSY,
		       "cannot pin in \"%s\": another monitor holds it (stop that one, or use another directory)", dir);
}

static int open_directory(struct cl_pins *p, struct cl_error *err)
{
	if (mkdir(p->dir, 0700) && errno != EEXIST)
		return cl_fail(err, -errno, "cannot make the directory for pins \"%s\": %s", p->dir, strerror(errno));
	p->fd = open(p->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (p->fd < 0)
		return cl_fail(err, -errno, "cannot open the directory for pins \"%s\": %s", p->dir, strerror(errno));
	return check_directory(p->fd, p->dir, err);
}

int cl_pins_open(struct cl_pins **out, const char *dir, struct cl_error *err)
{
	struct cl_pins *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->fd = -1;
	if ((size_t)snprintf(p->dir, sizeof(p->dir), "%s", dir) >= sizeof(p->dir) || dir[0] != '/')
		r = cl_fail(err, -EINVAL, "cannot pin in \"%s\": must be an absolute path under %zu bytes", dir,
			    sizeof(p->dir));
	else
		r = open_directory(p, err);
	if (r) {
		cl_pins_free(&p);
		return r;
	}
	*out = p;
	return 0;
}

void cl_pins_free(struct cl_pins **p)
{
	if (!*p)
		return;
	cl_closep(&(*p)->fd);
	free(*p);
	*p = NULL;
}

const char *cl_pins_dir(const struct cl_pins *p)
{
	return p->dir;
}

const char *cl_pins_set(const struct cl_pins *p)
{
	return p->set;
}

/* ---- this process's set ---- */

uint64_t cl_pins_mix(uint64_t hash, const void *bytes, size_t n)
{
	uint64_t parts[2] = {hash, cl_fnv1a(bytes, n)};

	return cl_fnv1a((const char *)parts, sizeof(parts));
}

void cl_pins_name(struct cl_pins *p, struct bpf_object *obj, uint64_t seed)
{
	struct bpf_program *prog;
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		const uint32_t shape[] = {bpf_map__type(map), bpf_map__key_size(map), bpf_map__value_size(map),
					  bpf_map__max_entries(map)};
		size_t n = 0;
		const void *initial = bpf_map__initial_value(map, &n);

		seed = cl_pins_mix(seed, bpf_map__name(map), strlen(bpf_map__name(map)));
		seed = cl_pins_mix(seed, shape, sizeof(shape));
		if (initial && (bpf_map__map_flags(map) & BPF_F_RDONLY_PROG))
			seed = cl_pins_mix(seed, initial, n);
	}
	bpf_object__for_each_program(prog, obj)
	{
		bool loaded = bpf_program__autoload(prog);

		seed = cl_pins_mix(seed, &loaded, sizeof(loaded));
	}
	snprintf(p->set, sizeof(p->set), "v%u-%016" PRIx64, CL_SCHEMA, seed);
}

int cl_pins_take_maps(struct cl_pins *p, struct bpf_object *obj)
{
	char path[PATH_SIZE];
	struct bpf_map *map;

	if (faccessat(p->fd, p->set, F_OK, 0))
		return -ENOENT;
	bpf_object__for_each_map(map, obj)
	{
		_cleanup_close_ int fd = bpf_obj_get(path_of(path, p, p->set, "map", bpf_map__name(map)));
		int r = fd < 0 ? -errno : bpf_map__reuse_fd(map, fd);

		if (r)
			return r;
	}
	return 0;
}

struct bpf_link *cl_pins_take_link(struct cl_pins *p, const char *program)
{
	char path[PATH_SIZE];

	return bpf_link__open(path_of(path, p, p->set, "link", program));
}

bool cl_pins_has_maps(const struct cl_pins *p, const struct bpf_object *obj)
{
	char path[PATH_SIZE];
	const struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		if (access(path_of(path, p, p->set, "map", bpf_map__name(map)), F_OK))
			return false;
	}
	return true;
}

bool cl_pins_has_link(const struct cl_pins *p, const char *program)
{
	char path[PATH_SIZE];

	return !access(path_of(path, p, p->set, "link", program), F_OK);
}

static int pin_maps(struct cl_pins *p, struct bpf_object *obj)
{
	char path[PATH_SIZE];
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		if (bpf_obj_pin(bpf_map__fd(map), path_of(path, p, STAGE, "map", bpf_map__name(map))))
			return -errno;
	}
	return 0;
}

/* What has the name already is not whole any more. */
static int replace_set(struct cl_pins *p)
{
	cl_pins_drop(p, FORMER);
	if (renameat(p->fd, p->set, p->fd, FORMER) && errno != ENOENT)
		return -errno;
	if (renameat(p->fd, STAGE, p->fd, p->set))
		return -errno;
	cl_pins_drop(p, FORMER);
	return 0;
}

int cl_pins_publish(struct cl_pins *p, struct bpf_object *obj, struct bpf_link *const *links, const char *const *names,
		    size_t n)
{
	char path[PATH_SIZE];
	int r;

	cl_pins_drop(p, STAGE);
	if (mkdirat(p->fd, STAGE, 0700))
		return -errno;
	r = pin_maps(p, obj);
	for (size_t i = 0; !r && i < n; i++) {
		if (!links[i])
			continue;
		/* Before 5.15 a kprobe has no link of its own: it ends with its process. */
		if (bpf_obj_pin(bpf_link__fd(links[i]), path_of(path, p, STAGE, "link", names[i])) && errno != EINVAL)
			r = -errno;
	}
	r = r ? r : replace_set(p);
	if (r)
		cl_pins_drop(p, STAGE);
	return r;
}

/* ---- other sets ---- */

/* "v2-..." -> 2; anything else, a stage that was left over too, counts as the oldest. */
static uint32_t schema_of(const char *set)
{
	char digits[12];
	uint64_t schema;
	size_t n = set[0] == 'v' ? strcspn(set + 1, "-") : 0;

	if (!n || n >= sizeof(digits) || !set[n + 1])
		return 0;
	memcpy(digits, set + 1, n);
	digits[n] = '\0';
	return cl_parse_u64(digits, UINT32_MAX, &schema) ? 0 : (uint32_t)schema;
}

static DIR *open_list(const struct cl_pins *p, const char *name)
{
	int fd = openat(p->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		cl_closep(&fd);
	return d;
}

size_t cl_pins_others(struct cl_pins *p, char names[CL_SETS_MAX][CL_SET_NAME], uint32_t schemas[CL_SETS_MAX])
{
	_cleanup_closedir_ DIR *d = open_list(p, ".");
	const struct dirent *e;
	size_t n = 0;

	while (d && n < CL_SETS_MAX && (e = readdir(d))) {
		if (e->d_name[0] == '.' || e->d_type != DT_DIR || !strcmp(e->d_name, p->set) ||
		    strlen(e->d_name) >= CL_SET_NAME)
			continue;
		memcpy(names[n], e->d_name, strlen(e->d_name) + 1);
		schemas[n++] = schema_of(e->d_name);
	}
	return n;
}

int cl_pins_other_map(struct cl_pins *p, const char *set, const char *map)
{
	char path[PATH_SIZE];
	int fd = bpf_obj_get(path_of(path, p, set, "map", map));

	return fd < 0 ? -errno : fd;
}

static int unpin(struct cl_pins *p, const char *set, const char *prefix)
{
	_cleanup_closedir_ DIR *d = open_list(p, set);
	const struct dirent *e;

	if (!d)
		return -errno;
	while ((e = readdir(d))) {
		if (e->d_name[0] != '.' && cl_starts_with(e->d_name, prefix))
			unlinkat(dirfd(d), e->d_name, 0);
	}
	return 0;
}

int cl_pins_detach(struct cl_pins *p, const char *set)
{
	return unpin(p, set, "link_");
}

int cl_pins_drop(struct cl_pins *p, const char *set)
{
	int r = unpin(p, set, "");

	return r ? r : unlinkat(p->fd, set, AT_REMOVEDIR) ? -errno : 0;
}

int cl_unpin(const char *dir, struct cl_error *err)
{
	_cleanup_(cl_pins_free) struct cl_pins *p = NULL;
	char names[CL_SETS_MAX][CL_SET_NAME];
	uint32_t schemas[CL_SETS_MAX];
	int total = 0, r;
	size_t n;

	if (access(dir, F_OK) && errno == ENOENT)
		return 0;
	r = cl_pins_open(&p, dir, err);
	while (!r && (n = cl_pins_others(p, names, schemas))) {
		for (size_t i = 0; !r && i < n; i++)
			r = cl_pins_drop(p, names[i]);
		total += (int)n;
	}
	if (!r && rmdir(dir))
		r = -errno;
	if (r && (!err || !*err->text))
		return cl_fail(err, r, "cannot remove the pins in \"%s\": %s", dir, strerror(-r));
	return r ? r : total;
}

static void count_kind(const struct cl_pins *p, struct cl_pinned_set *set)
{
	_cleanup_closedir_ DIR *d = open_list(p, set->name);
	const struct dirent *e;

	while (d && (e = readdir(d))) {
		set->links += cl_starts_with(e->d_name, "link_");
		set->maps += cl_starts_with(e->d_name, "map_");
	}
}

int cl_pins_list(const char *dir, struct cl_pinned_set *out, size_t max, struct cl_error *err)
{
	struct cl_pins p = {.fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
	_cleanup_close_ int fd = p.fd;
	char names[CL_SETS_MAX][CL_SET_NAME];
	uint32_t schemas[CL_SETS_MAX];
	size_t n;

	if (fd < 0)
		return errno == ENOENT ? 0 : cl_fail(err, -errno, "cannot look into \"%s\": %s", dir, strerror(errno));
	n = cl_pins_others(&p, names, schemas);
	for (size_t i = 0; i < n && i < max; i++) {
		out[i] = (struct cl_pinned_set){.schema = schemas[i]};
		memcpy(out[i].name, names[i], sizeof(out[i].name));
		count_kind(&p, &out[i]);
	}
	return (int)(n < max ? n : max);
}
