/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "event/recording.h"
#include "mk_observation.h"

struct place {
	char dir[64], file[96];
};

static int setup(void **state)
{
	static struct place p;

	snprintf(p.dir, sizeof(p.dir), "/tmp/test_recording.XXXXXX");
	if (!mkdtemp(p.dir))
		return -1;
	snprintf(p.file, sizeof(p.file), "%s/r.clr", p.dir);
	*state = &p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	unlink(p->file);
	return rmdir(p->dir);
}

static void record(const char *file, uint32_t n)
{
	struct cl_recorder *r = NULL;
	struct cl_error err = {0};

	assert_int_equal(cl_recorder_new(&r, file, &err), 0);
	for (uint32_t i = 0; i < n; i++) {
		struct cl_observation o = mk_obs_read(i + 1, mk_key(100 + i, 5), "/root/.netrc");

		assert_int_equal(cl_recorder_add(r, &o), 0);
	}
	assert_int_equal(cl_recorder_finish(r, &err), 0);
	cl_recorder_free(&r);
	assert_null(r);
}

/* Plays all; returns the last code, *n the observations. */
static int play(const char *file, uint32_t *n, struct cl_error *err)
{
	struct cl_player *p = NULL;
	struct cl_observation o;
	int r = cl_player_new(&p, file, err);

	*n = 0;
	if (r)
		return r;
	while ((r = cl_player_next(p, &o, err)) == 1) {
		assert_int_equal(o.kind, CL_OBS_READ);
		assert_int_equal(o.process.tgid, 100 + *n);
		assert_string_equal(o.path, "/root/.netrc");
		++*n;
	}
	assert_int_equal(cl_player_next(p, &o, err), r); /* the end stays the end */
	cl_player_free(&p);
	return r;
}

static size_t slurp(const char *file, uint8_t **out)
{
	FILE *f = fopen(file, "rb");
	struct stat st;
	size_t n;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	*out = malloc((size_t)st.st_size + 1);
	n = fread(*out, 1, (size_t)st.st_size, f);
	fclose(f);
	return n;
}

static void spill(const char *file, const void *bytes, size_t n)
{
	FILE *f = fopen(file, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void spill_gz(const char *file, const void *bytes, size_t n)
{
	gzFile gz = gzopen(file, "wb");

	assert_int_equal(gzwrite(gz, bytes, (unsigned int)n), (int)n);
	assert_int_equal(gzclose(gz), Z_OK);
}

static void test_round_trip(void **state)
{
	struct place *p = *state;
	struct cl_error err = {0};
	struct stat st;
	uint32_t n;

	record(p->file, 5000);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(play(p->file, &n, &err), 0);
	assert_int_equal(n, 5000);
	assert_string_equal(err.text, "");
	/* over an older one that others could read */
	assert_int_equal(chmod(p->file, 0644), 0);
	record(p->file, 0);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(play(p->file, &n, &err), 0);
	assert_int_equal(n, 0);
}

static void test_format(void **state)
{
	struct place *p = *state;
	char line[64] = "";
	gzFile gz;

	record(p->file, 1);
	gz = gzopen(p->file, "rb");
	assert_int_equal(gzdirect(gz), 0);
	assert_non_null(gzgets(gz, line, sizeof(line)));
	assert_string_equal(line, "credlineage.recording/1\n");
	gzclose(gz);
}

static void test_free_finishes(void **state)
{
	struct place *p = *state;
	struct cl_recorder *r = NULL;
	struct cl_observation o = mk_obs_read(1, mk_key(100, 5), "/root/.netrc");
	uint32_t n;

	assert_int_equal(cl_recorder_new(&r, p->file, NULL), 0);
	assert_int_equal(cl_recorder_add(r, &o), 0);
	cl_recorder_free(&r);
	cl_recorder_free(&r);
	assert_int_equal(play(p->file, &n, NULL), 0);
	assert_int_equal(n, 1);
}

/* Cut at every byte: whole observations first, then -ENODATA; never an end, never a wrong one. */
static void test_truncated_anywhere(void **state)
{
	struct place *p = *state;
	uint8_t *bytes;
	uint32_t n, most = 0;
	size_t size;

	record(p->file, 20);
	size = slurp(p->file, &bytes);
	for (size_t cut = 0; cut < size; cut++) {
		struct cl_error err = {0};
		int r;

		spill(p->file, bytes, cut);
		r = play(p->file, &n, &err);
		if (r != -ENODATA && !(r == -EPROTO && n == 0))
			fail_msg("cut at %zu of %zu: %d after %u", cut, size, r, n);
		assert_non_null(strstr(err.text, p->file));
		most = n > most ? n : most;
	}
	assert_int_equal(most, 20); /* only the checksum is missing */
	free(bytes);
}

static void test_truncation_says_so(void **state)
{
	struct place *p = *state;
	struct cl_recorder *r = NULL;
	struct cl_observation o = mk_obs_read(1, mk_key(100, 5), "/root/.netrc"), tick = mk_obs_tick(2);
	struct cl_player *player = NULL;
	struct cl_error err = {0};
	uint8_t *bytes;
	size_t size;

	/* what a tick has pushed out outlives the writer */
	assert_int_equal(cl_recorder_new(&r, p->file, NULL), 0);
	cl_recorder_add(r, &o);
	cl_recorder_add(r, &tick);
	size = slurp(p->file, &bytes);
	cl_recorder_free(&r);
	spill(p->file, bytes, size);
	free(bytes);
	assert_int_equal(cl_player_new(&player, p->file, &err), 0);
	assert_int_equal(cl_player_next(player, &o, &err), 1);
	assert_int_equal(o.kind, CL_OBS_READ);
	assert_int_equal(cl_player_next(player, &o, &err), 1);
	assert_int_equal(o.kind, CL_OBS_TICK);
	assert_int_equal(cl_player_next(player, &o, &err), -ENODATA);
	assert_non_null(strstr(err.text, "is truncated: it ends after 2 observations"));
	cl_player_free(&player);
}

static void test_damaged(void **state)
{
	struct place *p = *state;
	uint32_t n, refused = 0;
	uint8_t *bytes;
	size_t size;

	record(p->file, 200);
	size = slurp(p->file, &bytes);
	for (size_t i = 10; i < size; i += 7) {
		struct cl_error err = {0};
		struct cl_player *player = NULL;
		struct cl_observation o;
		int r;

		bytes[i] ^= 0x55;
		spill(p->file, bytes, size);
		bytes[i] ^= 0x55;
		r = cl_player_new(&player, p->file, &err);
		for (n = 0; !r; n++) {
			int code = cl_player_next(player, &o, &err);

			if (code != 1) {
				r = code;
				break;
			}
		}
		cl_player_free(&player);
		assert_true(r == -EPROTO || r == -ENODATA); /* gzip's checksum finds the rest */
		assert_non_null(strstr(err.text, p->file));
		refused++;
	}
	assert_true(refused > 20);
	free(bytes);
}

static void check_refused(const char *file, int code, const char *words)
{
	struct cl_error err = {0};
	uint32_t n;

	assert_int_equal(play(file, &n, &err), code);
	if (!strstr(err.text, words) || !strstr(err.text, file))
		fail_msg("\"%s\" lacks \"%s\"", err.text, words);
}

static void test_refused(void **state)
{
	struct place *p = *state;
	char path[200];
	uint8_t big[64] = "credlineage.recording/1\n\xff\xff\xff\x7f";

	spill(p->file, "", 0);
	check_refused(p->file, -EPROTO, "not a recording");
	spill(p->file, "just text, and longer than the line", 35);
	check_refused(p->file, -EPROTO, "not a recording");
	spill_gz(p->file, "some other file that happens to be compressed\n", 46);
	check_refused(p->file, -EPROTO, "not a recording");
	spill_gz(p->file, "credlineage.recording/2\nwhatever", 32);
	check_refused(p->file, -EPROTO,
		      "it has the format \"credlineage.recording/2\", this program reads \"credlineage.recording/1\"");
	spill_gz(p->file, big, 28);
	check_refused(p->file, -EPROTO, "damaged after 0 observations"); /* a length of 2 GiB */
	spill_gz(p->file, "credlineage.recording/1\n\x01\0\0\0\x80", 29);
	check_refused(p->file, -EPROTO, "damaged after 0 observations");
	spill_gz(p->file, "credlineage.recording/1\n\0\0\0\0more", 32);
	check_refused(p->file, -EPROTO, "damaged after 0 observations");
	snprintf(path, sizeof(path), "%s/none", p->dir);
	check_refused(path, -ENOENT, "No such file");
	check_refused(p->dir, -EISDIR, "Is a directory");
}

static void test_cannot_write(void **state)
{
	struct place *p = *state;
	struct cl_recorder *r = NULL;
	struct cl_error err = {0};
	struct cl_observation o = mk_obs_read(1, mk_key(100, 5), "/root/.netrc");
	char path[200];
	int code = 0;

	snprintf(path, sizeof(path), "%s/none/x", p->dir);
	assert_int_equal(cl_recorder_new(&r, path, &err), -ENOENT);
	assert_non_null(strstr(err.text, path));
	assert_null(r);
	/* a link could lead elsewhere */
	assert_int_equal(symlink("/tmp/elsewhere", p->file), 0);
	assert_int_equal(cl_recorder_new(&r, p->file, &err), -ELOOP);
	unlink(p->file);
	/* the device is full: the error sticks and names the file */
	assert_int_equal(cl_recorder_new(&r, "/dev/full", &err), 0);
	for (int i = 0; i < 200000 && !code; i++) {
		o.ts = (uint64_t)i * 0x9e3779b97f4a7c15ull;
		code = cl_recorder_add(r, &o);
	}
	assert_int_equal(code, -ENOSPC);
	assert_int_equal(cl_recorder_add(r, &o), -ENOSPC);
	assert_int_equal(cl_recorder_finish(r, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "/dev/full"));
	cl_recorder_free(&r);
	record(p->file, 0);
}

static void test_nothing_is_not_an_observation(void **state)
{
	struct place *p = *state;
	struct cl_recorder *r = NULL;
	struct cl_observation o = {0}; /* would be written as the end mark */

	assert_int_equal(cl_recorder_new(&r, p->file, NULL), 0);
	assert_int_equal(cl_recorder_add(r, &o), -EINVAL);
	cl_recorder_free(&r);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_round_trip),
		T(test_format),
		T(test_free_finishes),
		T(test_truncated_anywhere),
		T(test_truncation_says_so),
		T(test_damaged),
		T(test_refused),
		T(test_cannot_write),
		T(test_nothing_is_not_an_observation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
