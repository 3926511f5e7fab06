/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal of systemd by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram per finding, or one with
 * a sealed memfd where that is too long for the socket. Nothing answers: an entry counts as there when the journal read it.
 *
 * MESSAGE is the finding in the output's format; PRIORITY as in syslog; MESSAGE_ID is the UUID of version 5 of the
 * detector's name ("act" of an act) in the namespace below, the same for ever; the rest in CREDLINEAGE_*, as said in `fields`.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "output/syslog_message.h"
#include "output/transport.h"
#include "output/wait.h"

#define SOCKET "/run/systemd/journal/socket"
#define STEP_NS (2 * CL_NS_PER_S / 1000)
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

/* fdadbadd-e8fa-47f3-b5c6-8afb9a831412 */
static const uint8_t namespace[16] = {0xfd, 0xad, 0xba, 0xdd, 0xe8, 0xfa, 0x47, 0xf3,
				      0xb5, 0xc6, 0x8a, 0xfb, 0x9a, 0x83, 0x14, 0x12};

static const char *const fields[][2] = {
	{"CREDLINEAGE_ID", "id"},
	{"CREDLINEAGE_DETECTOR", "detector"},
	{"CREDLINEAGE_TITLE", "title"},
	{"CREDLINEAGE_SEVERITY", "severity"},
	{"CREDLINEAGE_ACTIVITY", "activity"},
	{"CREDLINEAGE_FIRST", "first"},
	{"CREDLINEAGE_LAST", "last"},
	{"CREDLINEAGE_CREDENTIAL", "credential.fingerprint"},
	{"CREDLINEAGE_PROVIDER", "credential.provider"},
	{"CREDLINEAGE_CLASS", "credential.class"},
	{"CREDLINEAGE_WORKFLOW", "sides.0.run.workflow"},
	{"CREDLINEAGE_OTHER_WORKFLOW", "sides.1.run.workflow"},
};

struct journal {
	struct sockaddr_un address;
	const atomic_bool *stop;
	int fd;
};

/* ---- the entry ---- */

/* With its length in front, since a value may hold a newline. */
static int put(struct cl_text *out, const char *key, const char *value, size_t len)
{
	uint64_t size = htole64(len);
	int r = cl_text_printf(out, "%s\n", key);

	r = r ? r : cl_text_append(out, (const char *)&size, sizeof(size));
	r = r ? r : cl_text_append(out, value, len);
	return r ? r : cl_text_puts(out, "\n");
}

/* RFC 9562, 5.5. */
static int put_message_id(struct cl_text *out, const char *detector)
{
	_cleanup_text_ struct cl_text name = {0};
	uint8_t digest[EVP_MAX_MD_SIZE];
	char hex[33];
	int r = cl_text_append(&name, (const char *)namespace, sizeof(namespace));

	r = r ? r : cl_text_puts(&name, detector);
	if (r || EVP_Digest(name.s, name.len, digest, NULL, EVP_sha1(), NULL) != 1)
		return r ? r : -EIO;
	digest[6] = (digest[6] & 0x0f) | 0x50;
	digest[8] = (digest[8] & 0x3f) | 0x80;
	cl_hex(hex, digest, 16);
	return cl_text_printf(out, "MESSAGE_ID=%s\n", hex);
}

static int make_entry(const struct cl_output_format *format, const cJSON *finding, struct cl_text *out)
{
	_cleanup_text_ struct cl_text message = {0};
	int r = format->render(finding, cl_wall_ns(), &message);

	r = r ? r : put(out, "MESSAGE", cl_text_str(&message), message.len);
	r = r ? r : put_message_id(out, cl_syslog_what(finding));
	r = r ? r
	      : cl_text_printf(out, "PRIORITY=%u\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=credlineage\n",
			       cl_syslog_severity(finding), CL_SYSLOG_FACILITY);
	if (!r && cl_json_at(finding, "count"))
		r = cl_text_printf(out, "CREDLINEAGE_COUNT=%.0f\n", cl_json_get_num(finding, "count"));
	for (size_t i = 0; i < ARRAY_SIZE(fields) && !r; i++) {
		const char *value = cl_json_get_str(finding, fields[i][1]);

		if (*value)
			r = put(out, fields[i][0], value, strlen(value));
	}
	return r;
}

/* ---- its way ---- */

/* The journal takes a memfd only when nobody can change it any more. */
static int make_memfd(const struct cl_text *entry, int *out)
{
	_cleanup_close_ int fd = memfd_create("credlineage-finding", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t written;
	int r = fd < 0 ? -errno : cl_write_whole(fd, entry->s, entry->len, &written);

	if (!r && fcntl(fd, F_ADD_SEALS, SEALS))
		r = -errno;
	if (!r)
		*out = TAKE_FD(fd);
	return r;
}

/* What the other end has not read yet counts as ours. */
static bool is_read(int fd)
{
	int bytes = 0;

	return ioctl(fd, SIOCOUTQ, &bytes) || !bytes;
}

/*
 * A journal that dies takes along what it has not read, but for where systemd holds its socket. So it is waited for to read,
 * and asked whether it is still there: by an empty datagram, which it passes over. -ECONNREFUSED: it is not. One that is
 * slow has the entry all the same.
 */
static int settle(struct journal *j)
{
	uint64_t until = cl_boot_ns() + CL_WAIT_NS;
	int r = 0;

	while (!is_read(j->fd) && (!r || r == -ETIMEDOUT) && cl_boot_ns() < until)
		r = cl_wait_ready(j->fd, 0, cl_boot_ns() + STEP_NS, j->stop);
	return send(j->fd, "", 0, MSG_NOSIGNAL) && errno != EAGAIN ? -errno : 0;
}

/* Connected anew by every call: a journal that was started again has another socket at the path. */
static int transmit(struct journal *j, struct msghdr *message)
{
	uint64_t until = cl_boot_ns() + CL_WAIT_NS;
	int r = connect(j->fd, (struct sockaddr *)&j->address, sizeof(j->address)) ? -errno : 0;

	while (!r && sendmsg(j->fd, message, MSG_NOSIGNAL) < 0) {
		r = errno == EAGAIN || errno == EINTR ? 0 : -errno;
		r = r ? r : cl_wait_ready(j->fd, POLLOUT, until, j->stop);
	}
	return r ? r : settle(j);
}

static int transmit_memfd(struct journal *j, const struct cl_text *entry)
{
	_cleanup_close_ int fd = -1;
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message = {.msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	int r = make_memfd(entry, &fd);

	if (r)
		return r;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	return transmit(j, &message);
}

static int transmit_entry(struct journal *j, const struct cl_text *entry)
{
	struct iovec all = {.iov_base = entry->s, .iov_len = entry->len};
	struct msghdr message = {.msg_iov = &all, .msg_iovlen = 1};
	int r = transmit(j, &message);

	return r == -EMSGSIZE || r == -ENOBUFS ? transmit_memfd(j, entry) : r;
}

/* ---- the transport ---- */

static int send_journal(void *state, const struct cl_output_format *format, struct cl_parcel *parcel, size_t n,
			uint64_t *retry_ns, struct cl_error *err)
{
	_cleanup_text_ struct cl_text entry = {0};
	struct journal *j = state;
	int r = make_entry(format, parcel->finding, &entry);

	(void)n;
	(void)retry_ns;
	r = r ? r : transmit_entry(j, &entry);
	if (r)
		return cl_fail(err, -EAGAIN, "cannot write to the journal at \"%s\": %s", j->address.sun_path,
			       strerror(-r));
	parcel->result = 0;
	return 0;
}

static void close_journal(void **state)
{
	struct journal *j = TAKE_PTR(*state);

	cl_closep(&j->fd);
	free(j);
}

static int open_journal(const struct cl_output_spec *spec, const atomic_bool *stop, void **state, struct cl_error *err)
{
	const char *path = cl_spec_get(spec, "socket");
	struct journal *j;

	path = path ? path : SOCKET;
	if (*path != '/' || strlen(path) >= sizeof(j->address.sun_path))
		return cl_fail(err, -EINVAL,
			       "cannot use output \"%s\": socket must be an absolute path of at most %zu bytes",
			       spec->text, sizeof(j->address.sun_path) - 1);
	j = calloc(1, sizeof(*j));
	if (!j)
		return cl_fail(err, -ENOMEM, "out of memory");
	j->stop = stop;
	j->address.sun_family = AF_UNIX;
	memcpy(j->address.sun_path, path, strlen(path));
	j->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	*state = j;
	return j->fd < 0 ? cl_fail(err, -errno, "cannot make a socket: %s", strerror(errno)) : 0;
}

static const char *const options[] = {"socket", NULL};

const struct cl_transport cl_transport_journald = {
	.scheme = "journald",
	.format = "human",
	.options = options,
	.open = open_journal,
	.send = send_journal,
	.close = close_journal,
};
