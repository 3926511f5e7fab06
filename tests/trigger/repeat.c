/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same act again and again: what is told of it and what is only counted.  repeat WAY PATH [OTHER_NAME]
 * known: content that userspace knows (the probes are answered); the others: content that nobody knows yet.
 */
#include "file_facts.h"

#include <stdbool.h>

#define TIMES 10
#define WINDOW_NS 1000000000ull /* repeats within this time of a record make none */

static const char *path;

static void repeated(const char *act, int times)
{
	fact_begin("repeated");
	fact_string("of", act);
	fact(",\"times\":%d", times);
	fact_end();
}

static void open_read_close(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, told_content, 4096) < 0)
		die(path);
	close(fd);
}

static void open_and_read_told(int read_repeats)
{
	int fd = open_told(path, O_RDONLY, 0);

	read_told(fd, 4096, 0, read_repeats);
	close(fd);
}

/* Within the window: another way to open, another name, another version are no repeats. */
static void changes(const char *other)
{
	int fd;

	close(open_told(path, O_RDWR, 0));
	close(open_told(other, O_RDONLY, TIMES));
	fd = open_told(path, O_WRONLY | O_APPEND, 0);
	if (write(fd, "more\n", 5) != 5)
		die("write");
	close(fd);
	open_and_read_told(TIMES);
}

static void known(const char *other)
{
	uint64_t first = now();

	open_and_read_told(0);
	usleep(200000); /* for the answer */
	for (int i = 0; i < TIMES; i++)
		open_read_close();
	repeated("open", TIMES);
	repeated("read", TIMES);
	if (now() - first > WINDOW_NS / 2)
		die("too slow to judge");
	changes(other);
}

static void pieces(void)
{
	int fd = open_told(path, O_RDONLY, 0);

	for (int i = 0; i < 5; i++)
		read_told(fd, 100, 0, 0);
	close(fd);
}

static void seek(int fd, off_t offset)
{
	if (lseek(fd, offset, SEEK_SET) != offset)
		die("lseek");
}

/* What this process's records carried a moment ago comes a second time, in other pieces; then something new. */
static void again(void)
{
	int fd = open_told(path, O_RDONLY, 0);

	read_told(fd, 100, 0, 0);
	read_told(fd, 100, 0, 0);
	for (int i = 0; i < TIMES; i++) {
		seek(fd, 10 * i);
		if (read(fd, told_content, 90) != 90)
			die("read");
	}
	repeated("read", TIMES);
	seek(fd, 150);
	read_told(fd, 100, 0, TIMES);
	close(fd);
}

/* Behind the part whose content is carried. */
static void far(void)
{
	int fd = open_told(path, O_RDONLY, 0);

	seek(fd, 20000);
	read_told(fd, 1000, 0, 0);
	if (read(fd, told_content, 1000) != 1000)
		die("read");
	repeated("read", 1);
	close(fd);
}

/* At its end a file gives nothing, and nothing of that may be told with the file that takes its place in memory. */
static void ends(const char *other)
{
	int fd = open_told(path, O_RDONLY, 0);

	read_told(fd, 4096, 0, 0);
	if (read(fd, told_content, 4096))
		die("there is more");
	close(fd);
	fd = open_told(other, O_RDONLY, 0);
	read_told(fd, 4096, 0, 0);
	close(fd);
}

/* A new program in the same process is told anew. */
static void image(char **argv, bool first)
{
	open_and_read_told(0);
	if (!first)
		return;
	execl(argv[0], argv[0], "image-again", path, NULL);
	die(argv[0]);
}

int main(int argc, char **argv)
{
	const char *way = argc > 2 ? argv[1] : "";

	if (argc < 3)
		return 2;
	path = argv[2];
	fact_exec();
	if (!strcmp(way, "known"))
		known(argv[3]);
	else if (!strcmp(way, "pieces"))
		pieces();
	else if (!strcmp(way, "again"))
		again();
	else if (!strcmp(way, "far"))
		far();
	else if (!strcmp(way, "ends"))
		ends(argv[3]);
	else
		image(argv, !strcmp(way, "image"));
	leave(0);
}
