/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a name server's message and as a hosts file: names are clean words, and few. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "event/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct cl_name_list *l)
{
	if (strlen(l->text) != l->len || l->n > CL_NAMES_EACH ||
	    strspn(l->text, "abcdefghijklmnopqrstuvwxyz0123456789-._ ") != l->len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t address[16] = {192, 0, 2, 1};
	struct cl_name_list of_message = {.n = 0}, of_file = {.n = 0};
	struct cl_names *n = NULL;

	if (cl_names_new(&n, 4))
		return 0;
	cl_names_take(n, data, size);
	cl_names_find(n, AF_INET, address, &of_message);
	cl_hosts_find((const char *)data, size, AF_INET, address, &of_file);
	check(&of_message);
	check(&of_file);
	cl_names_free(&n);
	return 0;
}
