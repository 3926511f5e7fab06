/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage scan PATH...|--pid PID|--environ FILE`: which credentials are in there. Never prints one. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/text.h"
#include "command/around.h"
#include "command/command.h"
#include "command/windows.h"
#include "credential/credential.h"
#include "monitor/keys.h"

#define FINDS_MAX 4096 /* of one file */
#define ARENA_MAX (8u << 20)

struct options {
	char **paths; /* NULL-terminated */
	size_t n_paths;
	const char *environ, *key, *text; /* text: to print, instead of scanning */
	uint64_t pid;
};

struct job {
	struct cl_catalogue *catalogue;
	struct cl_fp_key *key;
	struct cl_scanner *scanner;
	struct cl_arena *arena;
	struct cl_sighting *finds;
	struct cl_windows windows;   /* on what is scanned */
	uint8_t (*seen)[CL_FP_SIZE]; /* of the file that is scanned */
	size_t n_seen;
	char beside[CL_AROUND_SIZE]; /* text of a file beside the one that is scanned */
	bool json, colour;
	uint64_t found;
	int trouble; /* exit status when nothing is found */
};

enum { KEY_PID = 1, KEY_ENVIRON, KEY_KEY, KEY_SCHEMA, KEY_LEFT_OUT };

static const struct argp_option options[] = {
	{"pid", KEY_PID, "PID", 0, "Environment and arguments of a process", 0},
	{"environ", KEY_ENVIRON, "FILE", 0, "Environment strings, NUL-separated as in /proc/PID/environ", 0},
	{"key", KEY_KEY, "FILE", 0, "Fingerprint key (default: the state directory's; made when there is none)", 0},
	{"catalogue-schema", KEY_SCHEMA, NULL, 0,
	 "Print the JSON Schema of catalogue files and of the configuration's sections \"credentials\" and \"workflows\"",
	 0},
	{"left-out", KEY_LEFT_OUT, NULL, 0, "Print what is known and not recognised (workflows too), with the reasons",
	 0},
	{0},
};

static const char doc[] =
	"Tells which credentials files, directories or a process hold: provider, lifetime class, fingerprint and place, "
	"never the value. Directories are walked within their file system, symbolic links in them are not followed, "
	"and files of any size are read. \"-\" reads standard input. Exits with 1 when something is found, 0 when nothing is, "
	"3 when nothing is found but something could not be read. Formats and stores of one's own stand in "
	"/etc/credlineage/catalog.d/*.json or in the configuration's section \"credentials\": an entry with the id of a "
	"built-in one replaces it, {\"id\": ..., \"disabled\": true} takes it out.";
static const char examples[] = "  credlineage scan ~/.aws ~/.npmrc .env\n"
			       "  credlineage scan --json . | jq -r .path | sort -u\n"
			       "  credlineage scan --pid 4242\n"
			       "  credlineage scan --environ /proc/self/environ\n"
			       "  credlineage scan --catalogue-schema >catalogue.schema.json\n"
			       "  kubectl get secret -o yaml | credlineage scan --key ./scan.key -\n";

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_PID:
		if (cl_parse_u64(arg, INT32_MAX, &o->pid) || !o->pid)
			argp_error(state, "--pid \"%s\": not a process id", arg);
		return 0;
	case KEY_ENVIRON:
		o->environ = arg;
		return 0;
	case KEY_KEY:
		o->key = arg;
		return 0;
	case KEY_SCHEMA:
		o->text = cl_catalogue_schema();
		return 0;
	case KEY_LEFT_OUT:
		o->text = cl_catalogue_left_out();
		return 0;
	case ARGP_KEY_ARG:
		o->paths[o->n_paths++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->n_paths && !o->pid && !o->environ && !o->text)
			argp_error(state, "nothing to scan: name a file, a directory, --pid or --environ");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A path as it may be shown. */
static const char *shown(struct job *j, const char *path)
{
	_cleanup_text_ struct cl_text text = {0};

	return cl_redact_message(j->scanner, path, strlen(path), &text)
		       ? "?"
		       : cl_arena_strdup(j->arena, cl_text_str(&text)) ?: "?";
}

static void trouble(struct job *j, int status)
{
	if (j->trouble != CL_EXIT_USAGE)
		j->trouble = status;
}

static void print_json(const struct cl_sighting *s, const char *path)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	_cleanup_free_ char *line = NULL;
	char fp[CL_FP_TEXT], key_id[CL_KEY_ID_TEXT];

	cl_json_str(o, "fingerprint", cl_fp_format(fp, s->fp));
	cl_json_str(o, "key_id", cl_key_id_format(key_id, s->key_id));
	if (s->other_key_id) {
		cl_json_str(o, "other_fingerprint", cl_fp_format(fp, s->other));
		cl_json_str(o, "other_key_id", cl_key_id_format(key_id, s->other_key_id));
	}
	cl_json_str(o, "provider", s->provider);
	cl_json_str(o, "format", s->format);
	cl_json_str(o, "class", cl_class_name(s->class));
	cl_json_time(o, "expires", s->expires);
	cl_json_str(o, "path", path);
	if (s->line)
		cl_json_num(o, "line", s->line);
	cl_json_str(o, "name", s->name);
	line = cJSON_PrintUnformatted(o);
	puts(line ? line : "{}");
}

static void print_row(struct job *j, const struct cl_sighting *s, const char *path)
{
	const char *bold = j->colour ? "\033[1m" : "", *plain = j->colour ? "\033[0m" : "";
	char fp[CL_FP_TEXT], place[512], line[16] = "";

	if (!j->found)
		printf("%s%-16s %-28s %-10s %-38s %s%s\n", bold, "PROVIDER", "FORMAT", "CLASS", "FINGERPRINT", "PLACE",
		       plain);
	if (s->line)
		snprintf(line, sizeof(line), ":%u", s->line);
	printf("%-16s %-28s %-10s %-38s %s%s%s%s%s%s\n", s->provider, s->format, cl_class_name(s->class),
	       cl_fp_format(fp, s->fp), cl_escape(place, sizeof(place), path), line, s->name ? " (" : "",
	       s->name ? s->name : "", s->name ? ")" : "", s->local ? " [local]" : "");
}

/* In a later window of a file: what an earlier one had. The first place stands for all. */
static bool is_known(struct job *j, const struct cl_sighting *s, bool continues)
{
	for (size_t i = 0; continues && i < j->n_seen; i++)
		if (!memcmp(j->seen[i], s->fp, CL_FP_SIZE))
			return true;
	if (j->n_seen < FINDS_MAX)
		memcpy(j->seen[j->n_seen++], s->fp, CL_FP_SIZE);
	return false;
}

static void scan_window(struct job *j, uint32_t source, const char *path)
{
	struct cl_windows *w = &j->windows;
	int n;

	cl_arena_reset(j->arena);
	n = cl_scan(j->scanner, source, path, w->buffer, w->len, j->arena, j->finds, FINDS_MAX);
	if (n < 0) {
		cl_warn("cannot scan \"%s\": %s, ignoring", path, strerror(-n));
		trouble(j, CL_EXIT_UNABLE);
	}
	if (n == FINDS_MAX)
		cl_warn("\"%s\" holds %d credentials or more, only these are told", path, FINDS_MAX);
	path = n > 0 ? shown(j, path) : path;
	for (int i = 0; i < n; i++) {
		if (is_known(j, &j->finds[i], w->continues))
			continue;
		if (j->finds[i].line)
			j->finds[i].line += w->line - 1;
		if (j->json)
			print_json(&j->finds[i], path);
		else
			print_row(j, &j->finds[i], path);
		j->found++;
	}
	if (n > 0)
		fflush(stdout);
}

static void scan_fd(struct job *j, uint32_t source, const char *path, int fd)
{
	struct cl_windows *w = &j->windows;
	int r;

	cl_windows_begin(w, fd);
	j->n_seen = 0;
	while ((r = cl_windows_next(w)) > 0) {
		/* A file of NAME=value lines, handed over as an environment. */
		bool lines = source == CL_SOURCE_ENVIRONMENT && !memchr(w->buffer, 0, w->len);

		cl_look_around(j->scanner, path, fd, w->buffer, w->len, j->beside);
		scan_window(j, lines ? CL_SOURCE_FILE : source, path);
	}
	if (r) {
		cl_warn("cannot read \"%s\": %s, ignoring", path, strerror(-r));
		trouble(j, CL_EXIT_UNABLE);
	}
	cl_windows_begin(w, -1);
}

static void scan_file(struct job *j, uint32_t source, const char *path, int flags, bool named)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		cl_warn("cannot open \"%s\": %s, ignoring", path, strerror(errno));
		trouble(j, named && errno == ENOENT ? CL_EXIT_USAGE : CL_EXIT_UNABLE);
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		cl_log(named ? CL_LOG_WARN : CL_LOG_DEBUG, "\"%s\" is not a regular file, ignoring", path);
		return;
	}
	scan_fd(j, source, path, fd);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void visit(struct job *j, FTS *fts, FTSENT *e)
{
	bool named = e->fts_level == FTS_ROOTLEVEL;

	switch (e->fts_info) {
	case FTS_D:
		if (!named && e->fts_statp->st_dev != e->fts_parent->fts_statp->st_dev) {
			cl_info("\"%s\" is on another file system, ignoring", e->fts_path);
			fts_set(fts, e, FTS_SKIP);
		}
		break;
	case FTS_F:
	case FTS_DEFAULT:
		scan_file(j, CL_SOURCE_FILE, e->fts_path, named ? 0 : O_NOFOLLOW, named);
		break;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
	case FTS_SLNONE:
		cl_warn("cannot read \"%s\": %s, ignoring", e->fts_path, strerror(e->fts_errno));
		trouble(j, named && e->fts_errno == ENOENT ? CL_EXIT_USAGE : CL_EXIT_UNABLE);
		break;
	case FTS_DC:
		cl_warn("\"%s\" leads back to where it is reached from, ignoring", e->fts_path);
		break;
	default:
		break;
	}
}

static void scan_paths(struct job *j, char **paths)
{
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
	FTSENT *e;

	if (!fts) {
		cl_err("cannot walk the paths: %s", strerror(errno));
		trouble(j, CL_EXIT_UNABLE);
		return;
	}
	while ((e = fts_read(fts)))
		visit(j, fts, e);
	fts_close(fts);
}

static void scan_all(struct job *j, const struct options *o)
{
	char path[64];

	if (o->pid) {
		snprintf(path, sizeof(path), "/proc/%u/environ", (unsigned int)o->pid);
		scan_file(j, CL_SOURCE_ENVIRONMENT, path, 0, true);
		snprintf(path, sizeof(path), "/proc/%u/cmdline", (unsigned int)o->pid);
		scan_file(j, CL_SOURCE_ARGUMENTS, path, 0, true);
	}
	if (o->environ)
		scan_file(j, CL_SOURCE_ENVIRONMENT, o->environ, 0, true);
	for (size_t i = 0; i < o->n_paths; i++) {
		if (!strcmp(o->paths[i], "-"))
			scan_fd(j, CL_SOURCE_FILE, "-", STDIN_FILENO);
		else
			scan_paths(j, (char *[]){o->paths[i], NULL});
	}
}

/* A key of the caller's choice; passwords need this host's own beside it, or get one for this run alone. */
static int load_named_key(struct job *j, const char *file, const struct cl_config *c, struct cl_error *err)
{
	struct cl_fp_options with = {.key = {.file = file}, .state = c->state_dir, .make = true, .make_host = true};
	int r;

	with.share_passwords = c->fingerprint.share_passwords;
	r = access(c->state_dir, R_OK | X_OK) ? -EACCES : cl_fp_key_open(&j->key, &with, err);
	if (r != -EACCES && r != -ENOENT)
		return r;
	with.state = NULL;
	return cl_fp_key_open(&j->key, &with, err);
}

/* The installation's key; who may not read it, and asked for none, gets one for this run alone. */
static int load_key(struct job *j, const struct options *o, const struct cl_common *common, struct cl_error *err)
{
	const struct cl_config *c = &common->settings;
	int r;

	if (o->key)
		return load_named_key(j, o->key, c, err);
	r = cl_keys_open(&j->key, c, err);
	if ((r != -EACCES && r != -ENOENT) || common->state || *c->fingerprint.key_file)
		return r;
	cl_debug("%s", err->text);
	cl_warn("cannot use the fingerprint key in \"%s\": %s, using a key for this run (its fingerprints compare with no "
		"other; --key FILE makes one to keep)",
		c->state_dir, strerror(-r));
	return cl_fp_key_once(&j->key, err);
}

static void job_free(struct job *j)
{
	cl_windows_free(&j->windows);
	free(j->seen);
	free(j->finds);
	cl_arena_free(&j->arena);
	cl_scanner_free(&j->scanner);
	cl_fp_key_free(&j->key);
	cl_catalogue_free(&j->catalogue);
}

static int prepare(struct job *j, const struct options *o, const struct cl_common *common, struct cl_error *err)
{
	int r = load_key(j, o, common, err);

	r = r ? r : cl_catalogue_open(&j->catalogue, &common->settings, err);
	r = r ? r : cl_scanner_new(&j->scanner, j->catalogue, j->key, err);
	if (r)
		return r;
	j->finds = calloc(FINDS_MAX, sizeof(*j->finds));
	j->seen = calloc(FINDS_MAX, sizeof(*j->seen));
	if (!j->finds || !j->seen || cl_arena_new(&j->arena, ARENA_MAX))
		return cl_fail(err, -ENOMEM, "cannot scan: out of memory");
	j->json = cl_common_json(common);
	j->colour = !j->json && !getenv("NO_COLOR");
	return 0;
}

static int run(int argc, char **argv)
{
	_cleanup_free_ char **paths = calloc((size_t)argc + 1, sizeof(*paths));
	_cleanup_(cl_common_free) struct cl_common common = {0};
	_cleanup_(job_free) struct job j = {0};
	struct options o = {.paths = paths};
	struct cl_error err = {0};

	if (!paths)
		return CL_EXIT_FAILED;
	cl_command_parse("scan", "PATH...", doc, examples, options, parse, argc, argv, &o, &common);
	if (o.text) {
		fputs(o.text, stdout);
		return CL_EXIT_OK;
	}
	if (cl_common_load(&common))
		return CL_EXIT_USAGE;
	if (prepare(&j, &o, &common, &err)) {
		cl_err("%s", err.text);
		return CL_EXIT_UNABLE;
	}
	scan_all(&j, &o);
	return j.found ? CL_EXIT_FAILED : j.trouble;
}

const struct cl_command cl_command_scan = {"scan", "tell which credentials a file, directory or process holds", run};
