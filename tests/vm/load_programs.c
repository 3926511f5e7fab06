/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the running kernel's verifier about every program of an object, one at a time:  load_programs OBJECT
 * Prints "ok load-NAME" or "not ok load-NAME" with the end of the verifier's log. A program whose hook this kernel
 * lacks or refuses is "skip NAME": which tier works where is the capture's business, not the verifier's.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_SIZE (16 << 20)
#define LOG_SHOWN 1500
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

/* The loader sets sizes from the machine; the verifier only needs that they are not zero. */
static void size_maps(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) if (bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF)
		bpf_map__set_max_entries(map, 1 << 18);
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

static int load_one(const char *path, const char *wanted, char *log)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	int error;

	if (!object)
		return -errno;
	messages[0] = log[0] = 0;
	size_maps(object);
	bpf_object__for_each_program(program, object)
	{
		bool chosen = !strcmp(bpf_program__name(program), wanted);

		bpf_program__set_autoload(program, chosen);
		if (chosen) {
			bpf_program__set_log_buf(program, log, LOG_SIZE);
			bpf_program__set_log_level(program, 4); /* the statistics, and the log when it is refused */
		}
	}
	error = bpf_object__load(object);
	report(wanted, error, log);
	bpf_object__close(object);
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_program *program;
	char *log = malloc(LOG_SIZE);
	int error = 0;

	if (argc != 2 || !log)
		return 2;
	libbpf_set_print(on_message);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object) {
		printf("not ok load: cannot open \"%s\": %s\n%s\n", argv[1], strerror(errno), messages);
		return 1;
	}
	bpf_object__for_each_program(program, object) if (!error) error =
		load_one(argv[1], bpf_program__name(program), log);
	bpf_object__close(object);
	free(log);
	return error ? 1 : 0;
}
