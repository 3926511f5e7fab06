/* SPDX-License-Identifier: Apache-2.0 */
/* Transports against ends of our own: sizes, slowness, stops, and files that rotate. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "mk_finding.h"
#include "output/output.h"
#include "output/syslog_message.h"

#define SLURP_MAX (16u << 20)

static char directory[] = "/tmp/test_transports.XXXXXX";

static int send_once(struct cl_output *o, unsigned int number, struct cl_error *err)
{
	_cleanup_json_ cJSON *f = mk_finding_any(number);
	struct cl_parcel parcel = {.finding = f};
	uint64_t retry = 0;
	int r = cl_output_send(o, &parcel, 1, &retry, err);

	assert_int_equal(r == -EAGAIN, parcel.result == -EAGAIN);
	if (parcel.result && parcel.result != -EAGAIN)
		*err = parcel.why;
	return parcel.result;
}

static void must_send(struct cl_output *o, unsigned int number)
{
	struct cl_error err = {0};

	if (send_once(o, number, &err))
		fail_msg("%s", err.text);
}

static struct cl_output *open_output(const char *format, ...) __attribute__((format(printf, 1, 2)));
static struct cl_output *open_output(const char *format, ...)
{
	struct cl_output *o = NULL;
	struct cl_error err = {0};
	char spec[512];
	va_list args;

	va_start(args, format);
	vsnprintf(spec, sizeof(spec), format, args);
	va_end(args);
	if (cl_output_new(&o, spec, &err))
		fail_msg("%s", err.text);
	return o;
}

static int listen_on(int type, uint16_t *port, int buffer)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(a);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (buffer)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

/* ---- specs ---- */

static void test_specs(void **state)
{
	static const struct {
		const char *spec, *problem;
	} cases[] = {
		{"syslog+udp://log.example", NULL},
		{"syslog+udp://[::1]", NULL},
		{"syslog+tls://log.example", NULL},
		{"syslog+tls://log.example:6515?server-name=other.example", NULL},
		{"syslog+tls://log.example/x", "must be syslog+tls://HOST[:PORT]"},
		{"syslog+tls://log.example?tls=off", "option \"tls\" is not known"},
		{"syslog+tcp://log.example:514?ca-file=/x", "option \"ca-file\" is not known"},
		{"syslog+udp://log.example?max-size=100", "max-size must be a number of 1024 to 65000"},
		{"journald:", NULL},
		{"journald:?socket=relative", "socket must be an absolute path of at most 107 bytes"},
		{"file:/tmp/x?keep=3", "keep goes with rotate-size or rotate-age"},
		{"file:/tmp/x?rotate-size=100", "rotate-size must be 4k or more"},
		{"file:/tmp/x?rotate-size=10Q", "rotate-size must be 4k or more"},
		{"file:/tmp/x?rotate-size=9999999999G", "rotate-size must be 4k or more"},
		{"file:/tmp/x?rotate-age=5", "rotate-age must be 1s or more"},
		{"file:/tmp/x?rotate-age=1h&keep=0", "keep must be a number of 1 to 1000"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cl_output *o = NULL;
		struct cl_error err = {0};

		assert_int_equal(cl_output_new(&o, cases[i].spec, &err), cases[i].problem ? -EINVAL : 0);
		if (cases[i].problem && !strstr(err.text, cases[i].problem))
			fail_msg("%s", err.text);
		cl_output_free(&o);
	}
}

/* ---- UDP ---- */

static void test_udp_sizes(void **state)
{
	static const size_t sizes[] = {0, 1024, 8000};
	char bytes[65536];
	uint16_t port;
	int fd = listen_on(SOCK_DGRAM, &port, 0);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		size_t limit = sizes[i] ? sizes[i] : CL_SYSLOG_DATAGRAM;
		struct cl_output *o = sizes[i] ? open_output("syslog+udp://127.0.0.1:%u?max-size=%zu", port, limit)
					       : open_output("syslog+udp://127.0.0.1:%u", port);

		for (unsigned int n = 0; n < 10; n++) {
			struct cl_error err = {0};
			int r = send_once(o, n, &err);
			ssize_t len;

			if (limit == 1024) { /* no OCSF event is so short: refused, and not tried for ever */
				assert_int_equal(r, -EMSGSIZE);
				assert_string_equal(err.text, "does not fit into a syslog message of 1024 octets; "
							      "max-size= allows for more");
				continue;
			}
			assert_int_equal(r, 0);
			len = recv(fd, bytes, sizeof(bytes), 0);
			assert_in_range(len, limit == 8000 ? 2049 : 1000, limit);
			assert_memory_equal(bytes, "<83>1 ", 6);
			assert_int_equal(bytes[len - 1], '}');
		}
		cl_output_free(&o);
	}
	close(fd);
}

/* ---- a receiver that reads one byte now and then ---- */

struct drain {
	int fd;
	char bytes[1 << 21];
	size_t len;
};

static void *read_all(void *arg)
{
	struct drain *d = arg;
	ssize_t n;

	while ((n = read(d->fd, d->bytes + d->len, sizeof(d->bytes) - d->len)) > 0)
		d->len += (size_t)n;
	return NULL;
}

/* Every frame once, whole and in order. */
static void check_frames(const struct drain *d, unsigned int count)
{
	unsigned int n = 0;
	size_t at = 0;

	while (at < d->len) {
		size_t len = strtoul(d->bytes + at, NULL, 10);
		const char *id;

		at += strcspn(d->bytes + at, " ") + 1;
		assert_true(len && at + len <= d->len);
		id = memmem(d->bytes + at, len, "id=\"fnd-", 8);
		assert_non_null(id);
		assert_int_equal(strtoul(id + 8, NULL, 16), n++);
		at += len;
	}
	assert_int_equal(n, count);
}

static void test_slow_receiver(void **state)
{
	static struct drain d;
	struct cl_error err = {0};
	struct cl_output *o;
	pthread_t reader;
	unsigned int n = 0;
	uint16_t port;
	uint64_t began;
	int fd = listen_on(SOCK_STREAM, &port, 65536);

	(void)state;
	o = open_output("syslog+tcp://127.0.0.1:%u", port);
	while (n < 200 && !send_once(o, n, &err))
		n++;
	assert_in_range(n, 1, 199);
	assert_non_null(strstr(err.text, "it takes nothing more for now"));
	d.fd = accept(fd, NULL, NULL);
	for (int i = 0; i < 2;
	     i++) { /* one byte a second does not make it go on, nor does the sender give up or wait long */
		assert_int_equal(read(d.fd, d.bytes + d.len++, 1), 1);
		began = cl_boot_ns();
		assert_int_equal(send_once(o, n, &err), -EAGAIN);
		assert_in_range(cl_boot_ns() - began, CL_NS_PER_S, 3 * CL_NS_PER_S);
	}
	assert_int_equal(pthread_create(&reader, NULL, read_all, &d), 0);
	for (; n < 60; n++)
		must_send(o, n);
	must_send(o, n++);
	cl_output_free(&o);
	pthread_join(reader, NULL);
	check_frames(&d, n);
	close(d.fd);
	close(fd);
}

static void *stop_soon(void *o)
{
	usleep(300000);
	cl_output_stop(o);
	return NULL;
}

/* A stop ends what waits. */
static void test_stop(void **state)
{
	struct cl_error err = {0};
	pthread_t stopper;
	struct cl_output *o;
	unsigned int n = 0;
	uint16_t port;
	uint64_t began;
	int fd = listen_on(SOCK_STREAM, &port, 65536);

	(void)state;
	o = open_output("syslog+tcp://127.0.0.1:%u", port);
	while (n < 200 && !send_once(o, n, &err))
		n++;
	assert_int_equal(pthread_create(&stopper, NULL, stop_soon, o), 0);
	began = cl_boot_ns();
	assert_int_equal(send_once(o, n, &err), -EAGAIN);
	assert_in_range(cl_boot_ns() - began, CL_NS_PER_S / 5, CL_NS_PER_S);
	pthread_join(stopper, NULL);
	cl_output_free(&o);
	close(fd);
}

/* ---- files ---- */

/* Of whole lines: how many, and whose. */
static unsigned int count_lines(const char *path, unsigned int *first, unsigned int *last)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, SLURP_MAX);
	unsigned int n = 0;

	if (f) {
		size_t len = fread(text, 1, SLURP_MAX - 1, f);

		assert_true(!len || text[len - 1] == '\n');
		fclose(f);
	}
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		_cleanup_json_ cJSON *event = cJSON_Parse(line);

		assert_non_null(event);
		*last = (unsigned int)strtoul(cl_json_get_str(event, "finding_info.uid") + 4, NULL, 16);
		*first = n++ ? *first : *last;
	}
	free(text);
	return n;
}

static bool exists(const char *path, int number)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.%d", path, number);
	return !access(name, F_OK);
}

/* Plain findings (every fifth) of one size each, three to a file. */
static void test_rotation_by_size(void **state)
{
	unsigned int n = 0, first, last, expected = 0;
	char path[64], name[80];
	struct cl_output *o;
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/size", directory);
	o = open_output("file:%s?rotate-size=40k&keep=3", path);
	while (!exists(path, 3))
		must_send(o, 5 * n++);
	must_send(o, 5 * n++);
	for (int i = 3; i >= 0; i--) { /* the oldest first: nothing is missing, nothing is there twice */
		snprintf(name, sizeof(name), i ? "%s.%d" : "%s", path, i);
		assert_int_equal(stat(name, &st), 0);
		assert_in_range(st.st_size, 1, 40 << 10);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_true(count_lines(name, &first, &last) > 0);
		assert_int_equal(first, expected);
		expected = last + 5;
	}
	assert_int_equal(expected, 5 * n);
	/* One that is larger than the limit by itself has a file of its own. The oldest goes. */
	must_send(o, 3);
	must_send(o, 5 * n);
	assert_int_equal(count_lines(path, &first, &last), 1);
	snprintf(name, sizeof(name), "%s.1", path);
	assert_int_equal(count_lines(name, &first, &last), 1);
	assert_int_equal(last, 3);
	assert_false(exists(path, 4));
	cl_output_free(&o);
}

/* Cut short between two renames there is a gap: what follows it stays where it is. */
static void test_rotation_fills_gaps(void **state)
{
	unsigned int first, last;
	char path[64], name[80];
	struct cl_output *o;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/gap", directory);
	snprintf(name, sizeof(name), "%s.3", path);
	fd = open(name, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, "old\n", 4), 4);
	close(fd);
	o = open_output("file:%s?rotate-size=4k&keep=3", path);
	for (unsigned int n = 0; n < 3; n++)
		must_send(o, 5 * n); /* each is larger than 4k */
	cl_output_free(&o);
	assert_int_equal(count_lines(path, &first, &last), 1);
	assert_int_equal(last, 10);
	assert_true(exists(path, 1) && exists(path, 2));
	fd = open(name, O_RDONLY);
	assert_int_equal(read(fd, name, 4), 4);
	assert_memory_equal(name, "old\n", 4);
	close(fd);
}

static void test_rotation_by_age(void **state)
{
	unsigned int first, last;
	char path[64], name[80];
	struct cl_output *o;

	(void)state;
	snprintf(path, sizeof(path), "%s/age", directory);
	snprintf(name, sizeof(name), "%s.1", path);
	o = open_output("file:%s?rotate-age=1s", path);
	must_send(o, 0);
	must_send(o, 5);
	usleep(1100000);
	must_send(o, 10);
	cl_output_free(&o);
	assert_int_equal(count_lines(name, &first, &last), 2);
	assert_int_equal(count_lines(path, &first, &last), 1);
	assert_int_equal(last, 10);
}

/* Where nothing can be renamed the file grows on. */
static void test_rotation_that_fails(void **state)
{
	unsigned int first, last;
	char path[64], name[80];
	struct cl_output *o;

	(void)state;
	snprintf(path, sizeof(path), "%s/stuck", directory);
	snprintf(name, sizeof(name), "%s.1", path);
	assert_int_equal(mkdir(name, 0700), 0);
	o = open_output("file:%s?rotate-size=4k&keep=1", path);
	for (unsigned int n = 0; n < 3; n++)
		must_send(o, 5 * n);
	cl_output_free(&o);
	assert_int_equal(count_lines(path, &first, &last), 3);
}

/* A line without end is ended before the next; SIGHUP's reopen goes to the file that is at the path then. */
static void test_torn_line_and_reopen(void **state)
{
	unsigned int first, last;
	char path[64], moved[80], text[8];
	struct cl_output *o;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/torn", directory);
	snprintf(moved, sizeof(moved), "%s.away", path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, "{\"a\":", 5), 5);
	close(fd);
	o = open_output("file:%s", path);
	must_send(o, 0);
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, text, 7), 7);
	close(fd);
	assert_memory_equal(text, "{\"a\":\n{", 7);
	assert_int_equal(rename(path, moved), 0);
	cl_output_reopen(o);
	must_send(o, 5);
	assert_int_equal(count_lines(path, &first, &last), 1);
	assert_int_equal(last, 5);
	cl_output_free(&o);
}

static int setup(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_specs),
		cmocka_unit_test(test_udp_sizes),
		cmocka_unit_test(test_slow_receiver),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_rotation_by_size),
		cmocka_unit_test(test_rotation_fills_gaps),
		cmocka_unit_test(test_rotation_by_age),
		cmocka_unit_test(test_rotation_that_fails),
		cmocka_unit_test(test_torn_line_and_reopen),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
