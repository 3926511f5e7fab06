/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the running kernel's verifier about every program of an object:  load_programs OBJECT
 * Prints "ok load-NAME" and "    N steps", or "not ok load-NAME" with the end of the verifier's log. A program whose
 * hook this kernel lacks or refuses is "skip load-NAME": which tier works where is the capture's business, not the
 * verifier's. All at once first, since relocating one object takes an emulated processor a second; when that fails, one
 * at a time.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/plan.h"

#define LOG_SIZE (16 << 20)
#define LOG_SHOWN 1500
#define STATISTICS_SIZE (64 << 10)
#define MAX_PROGRAMS 128
/* Of the verifier's 1,000,000 steps: the rest is for kernels that follow more of a program than these. */
#define BUDGET 500000

static char messages[8192];

static int on_message(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t used = strlen(messages);

	if (level == LIBBPF_WARN && used < sizeof(messages))
		vsnprintf(messages + used, sizeof(messages) - used, format, args);
	return 0;
}

static bool is_function(const struct btf *btf, const char *name)
{
	return name && btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

/* The branch that a constant switches off is not verified: all are on, but for what the kernel lacks. */
static void set_switches(struct bpf_object *object, const struct btf *kernel)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	const struct btf *btf = bpf_object__btf(object);
	int id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	const struct btf_type *section = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;
	const struct btf_var_secinfo *var = section ? btf_var_secinfos(section) : NULL;
	size_t size = 0;
	const void *initial = map ? bpf_map__initial_value(map, &size) : NULL;
	char *values = calloc(1, size + 1);

	if (initial && values)
		memcpy(values, initial, size);
	for (int i = 0; values && var && i < btf_vlen(section); i++) {
		const char *name = btf__name_by_offset(btf, btf__type_by_id(btf, var[i].type)->name_off);

		if (var[i].size == 1 && var[i].offset < size)
			values[var[i].offset] = strcmp(name, "can_cast") || is_function(kernel, "bpf_rdonly_cast");
	}
	if (map && values)
		bpf_map__set_initial_value(map, values, size);
	free(values);
}

/* The loader sets sizes from the machine; the verifier only needs that they are not zero. */
static void size_maps(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF)
		bpf_map__set_max_entries(map, 1 << 18);
}

/* A tracepoint has a prefix of its own in BTF, and all kernels have those that are used. */
static bool find_hook(const struct btf *btf, struct bpf_program *program)
{
	const char *section = bpf_program__section_name(program);
	int known = cl_program_find(bpf_program__name(program));
	const char *alternative = known < 0 ? NULL : cl_program_alternative((uint32_t)known);

	if (strncmp(section, "fentry/", 7) && strncmp(section, "fexit/", 6))
		return true;
	if (is_function(btf, strchr(section, '/') + 1))
		return true;
	return is_function(btf, alternative) && !bpf_program__set_attach_target(program, 0, alternative);
}

static void report(const char *name, int error, const char *log)
{
	size_t len = strlen(log);
	unsigned long steps = 0;

	if (!error) {
		log = strstr(log, "processed ");
		if (log)
			sscanf(log, "processed %lu", &steps);
		printf("%s load-%s\n    %lu steps\n", steps && steps < BUDGET ? "ok" : "not ok", name, steps);
	} else if (strstr(messages, "failed to find kernel BTF type ID") || error == -EPERM) {
		printf("skip load-%s: %s\n", name, strerror(-error));
	} else {
		printf("not ok load-%s: %s\n%s\n%s\n", name, strerror(-error), messages,
		       len > LOG_SHOWN ? log + len - LOG_SHOWN : log);
	}
}

static int load_one(const char *path, const struct btf *btf, const char *wanted, char *log)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	int error;

	if (!object)
		return -errno;
	messages[0] = log[0] = 0;
	size_maps(object);
	set_switches(object, btf);
	bpf_object__for_each_program(program, object)
	{
		bool chosen = !strcmp(bpf_program__name(program), wanted);

		bpf_program__set_autoload(program, chosen);
		if (chosen) {
			find_hook(btf, program);
			bpf_program__set_log_buf(program, log, LOG_SIZE);
			bpf_program__set_log_level(program, 4); /* the statistics, and the log when it is refused */
		}
	}
	error = bpf_object__load(object);
	report(wanted, error, log);
	bpf_object__close(object);
	return 0;
}

/* True when every program whose function exists could be loaded; then all is said. */
static bool load_all(const char *path, const struct btf *btf, char *logs)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	size_t n = 0, i = 0;
	int error;

	if (!object)
		return false;
	size_maps(object);
	set_switches(object, btf);
	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_autoload(program, n < MAX_PROGRAMS && find_hook(btf, program));
		bpf_program__set_log_buf(program, logs + STATISTICS_SIZE * n, STATISTICS_SIZE);
		bpf_program__set_log_level(program, 4);
		n += n < MAX_PROGRAMS - 1;
	}
	error = bpf_object__load(object);
	bpf_object__for_each_program(program, object)
	{
		if (!error && bpf_program__autoload(program))
			report(bpf_program__name(program), 0, logs + STATISTICS_SIZE * i);
		else if (!error)
			printf("skip load-%s: no such function\n", bpf_program__name(program));
		i += i < MAX_PROGRAMS - 1;
	}
	bpf_object__close(object);
	return !error;
}

static int load_each(const char *path, const struct btf *btf, char *log)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	int error = 0;

	if (!object) {
		printf("not ok load: cannot open \"%s\": %s\n%s\n", path, strerror(errno), messages);
		return -errno;
	}
	bpf_object__for_each_program(program, object) if (!error) error =
		load_one(path, btf, bpf_program__name(program), log);
	bpf_object__close(object);
	return error;
}

int main(int argc, char **argv)
{
	struct btf *btf = btf__load_vmlinux_btf();
	char *log = calloc(1, LOG_SIZE);
	int error = 0;

	_Static_assert(STATISTICS_SIZE * MAX_PROGRAMS <= LOG_SIZE, "the logs of all share one buffer");
	if (argc != 2 || !log || !btf)
		return 2;
	libbpf_set_print(on_message);
	if (!load_all(argv[1], btf, log))
		error = load_each(argv[1], btf, log);
	btf__free(btf);
	free(log);
	return error ? 1 : 0;
}
