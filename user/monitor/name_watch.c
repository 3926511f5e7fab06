/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "monitor/name_watch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

#define ADDRESSES_MAX 8192
#define SERVERS_MAX 16
#define FILES_MAX 8
#define FILE_BYTES 65536
#define MESSAGES_AT_ONCE 4096
#define SERVERS_NS CL_NS_PER_S /* at most that old */
#define FUSE_MAGIC 0x65735546

struct server {
	int family;
	uint8_t address[16];
};

/* One version of a hosts file. */
struct hosts {
	dev_t dev;
	ino_t ino;
	struct timespec changed;
	char *text;
	size_t len;
	uint32_t mntns; /* in which it was asked for last */
	uint64_t asked; /* when, in questions */
};

struct cl_name_watch {
	int sockets[2]; /* IPv4, IPv6; -1: none */
	struct cl_names *names;
	struct server servers[SERVERS_MAX];
	size_t n_servers;
	uint64_t servers_read; /* boot ns */
	struct hosts files[FILES_MAX];
	size_t next_file;
	uint64_t asked; /* questions that a file could answer */
	ino_t userns;	/* ours */
	struct cl_name_watch_stats stats;
};

/* ---- name servers ---- */

static void add_server(struct cl_name_watch *w, const char *text)
{
	struct server s = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

	if (w->n_servers < SERVERS_MAX && inet_pton(s.family, text, s.address) == 1)
		w->servers[w->n_servers++] = s;
}

static void read_servers(struct cl_name_watch *w, const char *path)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	char line[256], address[64];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " nameserver %63[0-9a-fA-F.:]", address) == 1)
			add_server(w, address);
}

static bool is_own(const struct server *s)
{
	static const uint8_t loopback[16] = {[15] = 1};

	return s->family == AF_INET ? s->address[0] == 127 : !memcmp(s->address, loopback, sizeof(loopback));
}

static bool is_server(struct cl_name_watch *w, const struct server *s)
{
	uint64_t now = cl_boot_ns();

	if (!w->servers_read || now - w->servers_read > SERVERS_NS) {
		w->n_servers = 0;
		read_servers(w, "/etc/resolv.conf");
		read_servers(w, "/run/systemd/resolve/resolv.conf");
		w->servers_read = now;
	}
	for (size_t i = 0; i < w->n_servers; i++)
		if (w->servers[i].family == s->family && !memcmp(w->servers[i].address, s->address, sizeof(s->address)))
			return true;
	return is_own(s);
}

/* ---- their answers ---- */

/* Whole datagrams from port 53; what follows the network header is at the socket's offset 0. */
static struct sock_filter filter_4[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9), /* protocol */
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6), /* fragment */
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x3fff, 4, 0),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0), /* source port */
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 53, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 65535),
	BPF_STMT(BPF_RET | BPF_K, 0),
};
static struct sock_filter filter_6[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 6), /* next header */
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 3),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 40),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 53, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, 65535),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

/* The filter is there before anything can come in: bound last. */
static int open_socket(uint16_t protocol, struct sock_filter *filter, unsigned short len)
{
	const struct sock_fprog program = {.len = len, .filter = filter};
	const struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol)};
	_cleanup_close_ int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ||
	    bind(fd, (const struct sockaddr *)&to, sizeof(to)))
		return -errno;
	return TAKE_FD(fd);
}

/* Where the DNS message begins; 0: it is none. */
static size_t message_at(const uint8_t *packet, size_t len, struct server *from)
{
	size_t header;

	if (from->family == AF_INET6) {
		memcpy(from->address, packet + 8, len > 48 ? 16 : 0);
		return len > 48 ? 48 : 0;
	}
	header = len > 28 ? 4u * (packet[0] & 0xf) : 0;
	if (header < 20 || len <= header + 8)
		return 0;
	memcpy(from->address, packet + 12, 4);
	return header + 8;
}

static void take_packet(struct cl_name_watch *w, const uint8_t *packet, size_t len, int family)
{
	struct server from = {.family = family};
	size_t at = message_at(packet, len, &from);

	if (!at)
		return;
	if (is_server(w, &from))
		w->stats.answers += cl_names_take(w->names, packet + at, len - at) > 0;
	else
		w->stats.refused++;
}

/* Whoever connected has its answer already, so it is here, too: what waits now is all that can matter. */
static void drain(struct cl_name_watch *w)
{
	uint8_t packet[4096];
	ssize_t n;

	for (size_t i = 0; i < ARRAY_SIZE(w->sockets); i++)
		for (int left = MESSAGES_AT_ONCE; left && w->sockets[i] >= 0; left--) {
			n = recv(w->sockets[i], packet, sizeof(packet), MSG_DONTWAIT);
			if (n < 0)
				break;
			take_packet(w, packet, (size_t)n, i ? AF_INET6 : AF_INET);
		}
}

/* ---- hosts files ---- */

static bool is_same(const struct hosts *h, const struct stat *st)
{
	return h->text && h->dev == st->st_dev && h->ino == st->st_ino && h->len == (size_t)st->st_size &&
	       h->changed.tv_sec == st->st_ctim.tv_sec && h->changed.tv_nsec == st->st_ctim.tv_nsec;
}

/* Root's own, and on nothing that others serve: it could keep us waiting. */
static bool is_sound(int fd, struct stat *st)
{
	struct statfs fs;

	return !fstat(fd, st) && S_ISREG(st->st_mode) && !st->st_uid && !(st->st_mode & 022) &&
	       st->st_size <= FILE_BYTES && !fstatfs(fd, &fs) && fs.f_type != FUSE_MAGIC &&
	       fs.f_type != NFS_SUPER_MAGIC;
}

static struct hosts *read_hosts(struct cl_name_watch *w, int at, const struct stat *st)
{
	struct hosts *h = &w->files[w->next_file++ % FILES_MAX];
	_cleanup_close_ int fd = -1;
	char name[40];
	ssize_t n;

	free(h->text);
	*h = (struct hosts){.dev = st->st_dev, .ino = st->st_ino, .changed = st->st_ctim};
	snprintf(name, sizeof(name), "/proc/self/fd/%d", at);
	fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	h->text = fd < 0 ? NULL : malloc((size_t)st->st_size + 1);
	n = h->text ? pread(fd, h->text, (size_t)st->st_size, 0) : 0;
	h->len = n > 0 ? (size_t)n : 0;
	return h->text ? h : NULL;
}

static struct hosts *hosts_of(struct cl_name_watch *w, uint32_t tgid)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	char path[48];

	snprintf(path, sizeof(path), "/proc/%u/root/etc/hosts", tgid);
	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !is_sound(fd, &st))
		return NULL;
	for (size_t i = 0; i < FILES_MAX; i++)
		if (is_same(&w->files[i], &st))
			return &w->files[i];
	return read_hosts(w, fd, &st);
}

/* Of the mount name space, as somebody in it saw it last: on a busy host whoever connected is gone before one looks. */
static const struct hosts *hosts_there(const struct cl_name_watch *w, uint32_t mntns)
{
	const struct hosts *latest = NULL;

	for (size_t i = 0; i < FILES_MAX; i++)
		if (w->files[i].text && w->files[i].mntns == mntns && (!latest || w->files[i].asked > latest->asked))
			latest = &w->files[i];
	return latest;
}

/* ---- questions ---- */

void cl_name_watch_find(void *ctx, const struct cl_event *ev, int family, const uint8_t *address,
			struct cl_name_list *out)
{
	struct cl_name_watch *w = ctx;
	const struct cl_task *t = &ev->h->task;
	struct hosts *own = NULL;
	const struct hosts *h;

	drain(w);
	if (t->userns == (uint32_t)w->userns) /* gone by now: its parent mostly sees the same */
		own = hosts_of(w, t->tgid) ?: hosts_of(w, t->parent_tgid);
	if (own) {
		own->mntns = t->mntns;
		own->asked = ++w->asked;
	}
	h = own || t->userns != (uint32_t)w->userns ? own : hosts_there(w, t->mntns);
	if (h)
		cl_hosts_find(h->text, h->len, family, address, out);
	cl_names_find(w->names, family, address, out);
}

const struct cl_name_watch_stats *cl_name_watch_stats(struct cl_name_watch *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(w->sockets); i++) {
		struct tpacket_stats s = {0};
		socklen_t size = sizeof(s);

		if (w->sockets[i] >= 0 && !getsockopt(w->sockets[i], SOL_PACKET, PACKET_STATISTICS, &s, &size))
			w->stats.lost += s.tp_drops;
	}
	w->stats.evicted = cl_names_evicted(w->names);
	return &w->stats;
}

int cl_name_watch_new(struct cl_name_watch **out)
{
	struct cl_name_watch *w = calloc(1, sizeof(*w));
	struct stat st;
	int r = w ? cl_names_new(&w->names, ADDRESSES_MAX) : -ENOMEM;

	if (r) {
		free(w);
		return r;
	}
	w->userns = stat("/proc/self/ns/user", &st) ? 0 : st.st_ino;
	w->sockets[0] = open_socket(ETH_P_IP, filter_4, ARRAY_SIZE(filter_4));
	w->sockets[1] = open_socket(ETH_P_IPV6, filter_6, ARRAY_SIZE(filter_6));
	if (w->sockets[0] < 0)
		cl_warn("cannot look at the answers of name servers: %s; names of destinations come from hosts files "
			"alone (CAP_NET_RAW lets it)",
			strerror(-w->sockets[0]));
	for (size_t i = 0; i < ARRAY_SIZE(w->sockets); i++)
		w->sockets[i] = w->sockets[i] < 0 ? -1 : w->sockets[i];
	*out = w;
	return 0;
}

void cl_name_watch_free(struct cl_name_watch **p)
{
	struct cl_name_watch *w = TAKE_PTR(*p);

	if (!w)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(w->sockets); i++)
		cl_closep(&w->sockets[i]);
	for (size_t i = 0; i < FILES_MAX; i++)
		free(w->files[i].text);
	cl_names_free(&w->names);
	free(w);
}
