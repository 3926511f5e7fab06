/* SPDX-License-Identifier: Apache-2.0 */
/* `load_empty OBJECT PREFIX...` attaches the programs whose name begins with a prefix, says "ready", waits for EOF. */
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct bpf_object *object = argc > 2 ? bpf_object__open_file(argv[1], NULL) : NULL;
	struct bpf_program *program;
	char c;

	if (!object)
		return 2;
	bpf_object__for_each_program(program, object)
	{
		for (int i = 2; i < argc; i++) {
			if (!strncmp(bpf_program__name(program), argv[i], strlen(argv[i])))
				bpf_program__set_autoload(program, true);
		}
	}
	if (bpf_object__load(object))
		return 1;
	bpf_object__for_each_program(program, object)
	{
		if (bpf_program__autoload(program) && !bpf_program__attach(program))
			return 1;
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
