/* SPDX-License-Identifier: Apache-2.0 */
#include "command/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/text.h"

int cl_reader_open(struct cl_common *common, struct cl_store_db **out)
{
	struct cl_error err = {0};
	char path[320];

	if (cl_common_load(common))
		return CL_EXIT_FAILED;
	snprintf(path, sizeof(path), "%s/credlineage.db", common->settings.state_dir);
	if (!cl_store_open(out, path, CL_STORE_READ, &err))
		return 0;
	cl_err("%s", err.text);
	return CL_EXIT_FAILED;
}

uint64_t cl_reader_time(const char *option, const char *arg, struct argp_state *state)
{
	uint64_t ns = 0;

	if (cl_parse_time(arg, cl_wall_ns(), &ns))
		argp_error(state, "%s \"%s\": not a time (2026-11-25T16:00:00Z, 2026-11-25, or 15m, 24h, 7d ago)",
			   option, arg);
	return ns;
}

bool cl_reader_gone(int timeout_ms)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	return poll(&out, 1, timeout_ms) > 0 && (out.revents & (POLLERR | POLLNVAL));
}

int cl_reader_flush(void)
{
	int code;

	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	code = errno ? errno : EIO;
	if (code == EPIPE || cl_reader_gone(0))
		return 0;
	cl_err("cannot write to stdout: %s", strerror(code));
	return CL_EXIT_FAILED;
}

/* Bytes of the first `limit` characters of printable UTF-8, and how many characters these are. */
static size_t head(const char *s, int limit, int *characters)
{
	size_t n = 0;

	for (*characters = 0; s[n]; n++) {
		if (((unsigned char)s[n] & 0xc0) == 0x80)
			continue;
		if (*characters == limit)
			break;
		++*characters;
	}
	return n;
}

void cl_reader_cell(const char *text, int width)
{
	_cleanup_text_ struct cl_text t = {0};
	int most = width < 0 ? -width : width, characters;
	size_t n;

	cl_text_escape(&t, text, strlen(text));
	n = head(cl_text_str(&t), most, &characters);
	if (n < t.len) /* the last character makes room for the mark */
		n = head(cl_text_str(&t), most - 1, &characters);
	printf("%.*s%s", (int)n, cl_text_str(&t), n < t.len ? "\xe2\x80\xa6" : "");
	if (width > 0)
		printf("%*s", width - characters - (n < t.len) + 1, "");
	else
		putchar('\n');
}

const char *cl_reader_age(char buf[16], uint64_t wall_ns)
{
	uint64_t now = cl_wall_ns(), s = wall_ns < now ? (now - wall_ns) / CL_NS_PER_S : 0;

	if (!wall_ns)
		return "-";
	if (s >= 86400)
		snprintf(buf, 16, "%" PRIu64 "d", s / 86400);
	else if (s >= 3600)
		snprintf(buf, 16, "%" PRIu64 "h", s / 3600);
	else if (s >= 60)
		snprintf(buf, 16, "%" PRIu64 "m", s / 60);
	else
		snprintf(buf, 16, "%" PRIu64 "s", s);
	return buf;
}
