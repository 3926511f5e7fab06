/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file system in user space with one file, `notes`, whose bytes are read from another file for each reader:
 *   serve PATH MOUNTPOINT READY STOP      makes the file READY when it is mounted, ends when STOP is there
 */
#include "evasion.h"

#include <linux/fuse.h>
#include <poll.h>
#include <sys/mount.h>

#define NOT_HERE 77
#define NOTES 2

static int device;
static const char *path;
static uint64_t size;

static void reply(uint64_t unique, int error, const void *body, size_t len)
{
	struct fuse_out_header h = {.len = (uint32_t)(sizeof(h) + len), .error = -error, .unique = unique};
	static char out[FUSE_MIN_READ_BUFFER];

	memcpy(out, &h, sizeof(h));
	if (len)
		memcpy(out + sizeof(h), body, len);
	if (write(device, out, h.len) != (ssize_t)h.len && errno != ENOENT)
		die("reply");
}

static struct fuse_attr attributes(uint64_t node)
{
	return (struct fuse_attr){.ino = node,
				  .size = node == NOTES ? size : 0,
				  .mode = node == NOTES ? S_IFREG | 0444 : S_IFDIR | 0755,
				  .nlink = 1,
				  .blksize = 4096};
}

static void answer_read(uint64_t unique, const struct fuse_read_in *in)
{
	static char buf[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = pread(fd, buf, in->size < sizeof(buf) ? in->size : sizeof(buf), (off_t)in->offset);

	close(fd);
	reply(unique, n < 0 ? EIO : 0, buf, n < 0 ? 0 : (size_t)n);
}

static void answer(const struct fuse_in_header *h, const void *body)
{
	struct fuse_init_out init = {.major = 7, .minor = 31, .max_write = 4096};
	struct fuse_entry_out entry = {.nodeid = NOTES, .attr = attributes(NOTES)};
	struct fuse_attr_out attr = {.attr = attributes(h->nodeid)};
	struct fuse_open_out opened = {0};

	switch (h->opcode) {
	case FUSE_INIT:
		reply(h->unique, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		reply(h->unique, strcmp(body, "notes") ? ENOENT : 0, &entry, strcmp(body, "notes") ? 0 : sizeof(entry));
		break;
	case FUSE_GETATTR:
		reply(h->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		reply(h->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		answer_read(h->unique, body);
		break;
	case FUSE_RELEASE:
	case FUSE_FLUSH:
		reply(h->unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		reply(h->unique, ENOSYS, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	static char in[FUSE_MIN_READ_BUFFER] __attribute__((aligned(8)));
	struct pollfd ready = {.events = POLLIN};
	char options[96];
	struct stat st;

	if (argc != 5)
		return 2;
	path = argv[1];
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (device < 0 || stat(path, &st))
		return NOT_HERE;
	size = (uint64_t)st.st_size;
	ready.fd = device;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
	if (mount("serve", argv[2], "fuse", MS_NOSUID | MS_NODEV, options))
		return NOT_HERE;
	close(open(argv[3], O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	while (access(argv[4], F_OK))
		if (poll(&ready, 1, 50) > 0 && read(device, in, sizeof(in)) > 0)
			answer((struct fuse_in_header *)in, in + sizeof(struct fuse_in_header));
	return umount2(argv[2], MNT_DETACH) ? 1 : 0;
}
