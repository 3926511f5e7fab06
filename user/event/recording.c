/* SPDX-License-Identifier: Apache-2.0 */
#include "event/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "event/codec.h"

#define HEADER_NAME "credlineage.recording/"
#define HEADER HEADER_NAME "1\n"
#define HEADER_LEN (sizeof(HEADER) - 1)
#define MODE_WRITE "wb1" /* fastest: the capture thread writes */
#define PLAYER_ARENA (8u << 20)

/* ---- writing ---- */

struct cl_recorder {
	gzFile gz;
	char *path;
	int error; /* first one, 0: none */
	uint8_t *buf;
	size_t cap;
};

/* zlib keeps system errors and its own apart. */
static int gz_errno(gzFile gz)
{
	int code = Z_OK;

	gzerror(gz, &code);
	if (code == Z_ERRNO)
		return errno ? -errno : -EIO;
	return code == Z_MEM_ERROR ? -ENOMEM : -EIO;
}

static int write_bytes(struct cl_recorder *r, const void *p, size_t len)
{
	if (!r->error && gzwrite(r->gz, p, (unsigned int)len) != (int)len)
		r->error = gz_errno(r->gz);
	return r->error;
}

static int write_length(struct cl_recorder *r, uint32_t n)
{
	uint8_t le[4] = {(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)};

	return write_bytes(r, le, sizeof(le));
}

int cl_recorder_new(struct cl_recorder **out, const char *path, struct cl_error *err)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	_cleanup_free_ struct cl_recorder *r = NULL;
	struct stat st;

	/* one that was there before may be readable by others */
	if (fd < 0 || fstat(fd, &st) || (S_ISREG(st.st_mode) && fchmod(fd, 0600)))
		return cl_fail(err, -errno, "cannot create recording \"%s\": %s", path, strerror(errno));
	r = calloc(1, sizeof(*r));
	if (!r)
		return cl_fail(err, -ENOMEM, "cannot create recording \"%s\": out of memory", path);
	r->path = strdup(path);
	r->gz = r->path ? gzdopen(fd, MODE_WRITE) : NULL;
	if (!r->gz) {
		free(r->path);
		return cl_fail(err, -ENOMEM, "cannot create recording \"%s\": out of memory", path);
	}
	(void)TAKE_FD(fd);
	write_bytes(r, HEADER, HEADER_LEN);
	*out = TAKE_PTR(r);
	return 0;
}

int cl_recorder_add(struct cl_recorder *r, const struct cl_observation *obs)
{
	size_t len = 0;
	int code;

	if (r->error)
		return r->error;
	code = obs->kind ? cl_obs_encode(obs, &r->buf, &len, &r->cap) : -EINVAL;
	if (code) {
		r->error = code;
		return code;
	}
	write_length(r, (uint32_t)len);
	write_bytes(r, r->buf, len);
	/* a monitor that is killed loses what came after the last tick */
	if (!r->error && obs->kind == CL_OBS_TICK && gzflush(r->gz, Z_SYNC_FLUSH) != Z_OK)
		r->error = gz_errno(r->gz);
	return r->error;
}

/* End mark and close, once. */
static int finish(struct cl_recorder *r)
{
	int code;

	if (!r->gz)
		return r->error;
	write_length(r, 0);
	errno = 0;
	code = gzclose_w(r->gz);
	r->gz = NULL;
	if (code != Z_OK && !r->error)
		r->error = code == Z_ERRNO && errno ? -errno : -EIO;
	return r->error;
}

int cl_recorder_finish(struct cl_recorder *r, struct cl_error *err)
{
	int code = finish(r);

	if (code)
		return cl_fail(err, code, "cannot write recording \"%s\": %s; it ends before that", r->path,
			       strerror(-code));
	return 0;
}

void cl_recorder_free(struct cl_recorder **p)
{
	if (!*p)
		return;
	finish(*p);
	free((*p)->path);
	free((*p)->buf);
	free(TAKE_PTR(*p));
}

/* ---- reading ---- */

struct cl_player {
	gzFile gz;
	char *path;
	struct cl_arena *arena;
	uint8_t *buf;  /* CL_CODEC_SIZE_MAX */
	uint64_t read; /* observations so far */
	int end;       /* 1: go on; else what every further call returns */
};

/* 0; -ENODATA when the file ends before, -EPROTO for bytes that zlib refuses, -errno for a failed read. */
static int read_bytes(struct cl_player *p, void *buf, size_t len)
{
	int n = gzread(p->gz, buf, (unsigned int)len), code = Z_OK;

	if (n == (int)len)
		return 0;
	gzerror(p->gz, &code);
	switch (code) {
	case Z_OK:
	case Z_BUF_ERROR:
		return -ENODATA;
	case Z_ERRNO:
		return errno ? -errno : -EIO;
	case Z_MEM_ERROR:
		return -ENOMEM;
	default:
		return -EPROTO;
	}
}

static int read_header(struct cl_player *p, struct cl_error *err)
{
	char line[HEADER_LEN + 1] = {0};
	char shown[HEADER_LEN * 4 + 1];
	int r = read_bytes(p, line, HEADER_LEN);

	if (!strcmp(line, HEADER))
		return 0;
	if (r && r != -ENODATA && r != -EPROTO)
		return cl_fail(err, r, "cannot read recording \"%s\": %s", p->path, strerror(-r));
	if (cl_starts_with(line, HEADER_NAME)) {
		line[strcspn(line, "\n")] = '\0';
		return cl_fail(err, -EPROTO,
			       "cannot read recording \"%s\": it has the format \"%s\", this program reads \"%.*s\": "
			       "replay it with the version that made it",
			       p->path, cl_escape(shown, sizeof(shown), line), (int)HEADER_LEN - 1, HEADER);
	}
	return cl_fail(err, -EPROTO, "cannot read \"%s\": not a recording made by `credlineage monitor --record`",
		       p->path);
}

int cl_player_new(struct cl_player **out, const char *path, struct cl_error *err)
{
	_cleanup_(cl_player_free) struct cl_player *p = calloc(1, sizeof(*p));
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return cl_fail(err, -errno, "cannot open recording \"%s\": %s", path, strerror(errno));
	if (!p)
		return cl_fail(err, -ENOMEM, "cannot open recording \"%s\": out of memory", path);
	p->path = strdup(path);
	p->buf = malloc(CL_CODEC_SIZE_MAX);
	p->gz = gzdopen(fd, "rb");
	if (p->gz)
		(void)TAKE_FD(fd);
	if (!p->path || !p->buf || !p->gz || cl_arena_new(&p->arena, PLAYER_ARENA))
		return cl_fail(err, -ENOMEM, "cannot open recording \"%s\": out of memory", path);
	r = read_header(p, err);
	if (r)
		return r;
	p->end = 1;
	*out = TAKE_PTR(p);
	return 0;
}

/* Says why and makes it stick. */
static int stop(struct cl_player *p, int code, struct cl_error *err)
{
	unsigned long long n = p->read;

	p->end = code;
	if (code == -ENODATA)
		return cl_fail(err, code,
			       "recording \"%s\" is truncated: it ends after %llu observations without an end mark "
			       "(the monitor was stopped hard, or the copy is incomplete)",
			       p->path, n);
	if (code == -EPROTO)
		return cl_fail(err, code, "recording \"%s\" is damaged after %llu observations", p->path, n);
	return cl_fail(err, code, "cannot read recording \"%s\" after %llu observations: %s", p->path, n,
		       strerror(-code));
}

/* Behind the end mark stands only gzip's checksum, which zlib compares while it looks for more. */
static int check_end(struct cl_player *p)
{
	char extra;
	int code = Z_OK;

	if (gzread(p->gz, &extra, 1) > 0)
		return -EPROTO;
	gzerror(p->gz, &code);
	return code == Z_OK ? 0 : code == Z_BUF_ERROR ? -ENODATA : -EPROTO;
}

int cl_player_next(struct cl_player *p, struct cl_observation *out, struct cl_error *err)
{
	uint8_t le[4];
	uint32_t len;
	int r;

	if (p->end != 1)
		return p->end ? stop(p, p->end, err) : 0;
	r = read_bytes(p, le, sizeof(le));
	if (r)
		return stop(p, r, err);
	len = le[0] | (uint32_t)le[1] << 8 | (uint32_t)le[2] << 16 | (uint32_t)le[3] << 24;
	if (!len) {
		r = check_end(p);
		p->end = 0;
		return r ? stop(p, r, err) : 0;
	}
	if (len > CL_CODEC_SIZE_MAX)
		return stop(p, -EPROTO, err);
	r = read_bytes(p, p->buf, len);
	if (r)
		return stop(p, r, err);
	cl_arena_reset(p->arena);
	r = cl_obs_decode(p->buf, len, p->arena, out);
	if (r)
		return stop(p, r, err);
	p->read++;
	return 1;
}

void cl_player_free(struct cl_player **pp)
{
	struct cl_player *p = TAKE_PTR(*pp);

	if (!p)
		return;
	if (p->gz)
		gzclose_r(p->gz);
	cl_arena_free(&p->arena);
	free(p->path);
	free(p->buf);
	free(p);
}
