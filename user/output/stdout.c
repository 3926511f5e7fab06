/* SPDX-License-Identifier: Apache-2.0 */
/* Findings on standard output, each written at once and whole: a reader behind a pipe never waits for the next one. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "output/transport.h"

static char standard_output; /* there is only one: the state needs no more than an address */

static int open_stdout(const struct cl_output_spec *spec, const atomic_bool *stop, void **state, struct cl_error *err)
{
	(void)spec;
	(void)stop;
	(void)err;
	*state = &standard_output;
	return 0;
}

static int send_stdout(void *state, const struct cl_output_format *format, struct cl_parcel *parcel, size_t n,
		       uint64_t *retry_ns, struct cl_error *err)
{
	_cleanup_text_ struct cl_text text = {0};
	size_t written;
	int r = format->render(parcel->finding, cl_wall_ns(), &text);

	(void)state;
	(void)n;
	(void)retry_ns;
	/* Lines of one finding belong together: a blank line ends it. */
	r = r ? r : cl_text_puts(&text, strchr(cl_text_str(&text), '\n') ? "\n\n" : "\n");
	r = r ? r : cl_write_whole(STDOUT_FILENO, cl_text_str(&text), text.len, &written);
	parcel->result = r ? cl_fail(&parcel->why, r, "cannot write to standard output: %s", strerror(-r)) : 0;
	(void)err;
	return 0;
}

static void close_stdout(void **state)
{
	*state = NULL;
}

const struct cl_transport cl_transport_stdout = {
	.scheme = "stdout",
	.one_state = true,
	.open = open_stdout,
	.send = send_stdout,
	.close = close_stdout,
};
