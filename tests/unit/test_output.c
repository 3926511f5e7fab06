/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Specs, the human format, fitting into a limit, and the transports. As `test_output send SPEC FROM COUNT` it is a sender
 * for tests with real receivers: it repeats each of COUNT findings until the output took it, or TRIES times. `test_output native
 * FROM COUNT` prints them.
 */
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
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "mk_finding.h"
#include "output/output.h"
#include "output/spec.h"
#include "format/story.h"
#include "output/syslog_message.h"
#include "output/transport.h"

#define SLURP_MAX (16u << 20)
#define LOGGED (1800000000ull * CL_NS_PER_S)

/* ---- specs ---- */

static void test_specs(void **state)
{
	static const struct {
		const char *spec, *name, *problem;
	} cases[] = {
		{"stdout:", "stdout:", NULL},
		{"stdout:?format=human", "stdout:", NULL},
		{"syslog+tcp://127.0.0.1:514?format=ocsf", "syslog+tcp://127.0.0.1:514", NULL},
		{"syslog+tcp://[::1]:6514", "syslog+tcp://[::1]:6514", NULL},
		{"syslog+tcp://log.example:1", "syslog+tcp://log.example:1", NULL},
		{"", NULL, "there is stdout:, file:/PATH, journald:, syslog+udp"},
		{"stdout", "stdout", NULL},
		{"stdout:x", NULL, "nothing follows stdout:"},
		{"file:relative", NULL, "needs an absolute path"},
		{"file:/", NULL, "needs an absolute path"},
		{"file:/tmp/x?format=xml", NULL, "format \"xml\" is not known"},
		{"file:/tmp/x?colour=yes", NULL, "option \"colour\" is not known"},
		{"file:/tmp/x?format=", NULL, "\"format\" has no value"},
		{"file:/tmp/x?format=ocsf&format=human", NULL, "\"format\" stands there twice"},
		{"file:/tmp/x?format=oc%7", NULL, "% without two hex digits"},
		{"file:/tmp/x?format=oc%73f", "file:/tmp/x", NULL},
		{"syslog+tcp:127.0.0.1:514", NULL, "must be syslog+tcp://HOST:PORT"},
		{"syslog+tcp://:514", NULL, "must be syslog+tcp://HOST:PORT"},
		{"syslog+tcp://h", NULL, "must be syslog+tcp://HOST:PORT"},
		{"syslog+tcp://h:0", NULL, "port must be 1 to 65535"},
		{"syslog+tcp://h:65536", NULL, "port must be 1 to 65535"},
		{"syslog+tcp://h:51a", NULL, "port must be 1 to 65535"},
		{"syslog+tcp://[::1:514", NULL, "must be syslog+tcp://HOST:PORT"},
		{"kafka://h:9092", NULL, "there is stdout:, file:/PATH, journald:, syslog+udp"},
		{"file:/tmp/x?events=credential", "file:/tmp/x", NULL},
		{"file:/tmp/x?events=none", "file:/tmp/x", NULL},
		{"file:/tmp/x?events=credential&findings=none", "file:/tmp/x", NULL},
		{"journald:?events=credential&format=ocsf-1.8.0", "journald:", NULL},
		{"elasticsearch+http://h?events=credential&format=ocsf", "elasticsearch+http://h", NULL},
		{"webhook+http://h/x?events=credential", "webhook+http://h/x", NULL},
		{"file:/tmp/x?events=all", NULL, "events \"all\" is not known; there is none and credential"},
		{"file:/tmp/x?findings=few", NULL, "findings \"few\" is not known; there is all and none"},
		{"file:/tmp/x?findings=none", NULL,
		 "findings=none leaves nothing that would go there; add events=credential"},
		{"file:/tmp/x?findings=none&events=none", NULL, "add events=credential, or leave findings= out"},
		{"file:/tmp/x?events=credential&format=ecs", NULL,
		 "format ecs has no records for events; add format=ocsf (or ocsf-1.8.0), or leave events= out"},
		{"journald:?events=credential", NULL, "format human has no records for events"},
		{"elasticsearch+http://h?events=credential", NULL, "format ecs has no records for events"},
		{"alertmanager+http://h?events=credential", NULL, "events= makes no sense there, it takes alerts only"},
		{"alertmanager+http://h?events=credential&format=ocsf", NULL, "send events to another output"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cl_output *o = NULL;
		struct cl_error err = {0};
		int r = cl_output_new(&o, cases[i].spec, &err);

		if (cases[i].name) {
			assert_int_equal(r, 0);
			assert_string_equal(cl_output_name(o), cases[i].name);
		} else {
			assert_int_equal(r, -EINVAL);
			assert_null(o);
			assert_non_null(strstr(err.text, cases[i].problem));
			assert_non_null(strstr(err.text, cases[i].spec));
		}
		cl_output_free(&o);
	}
}

static void test_spec_parts(void **state)
{
	struct cl_output_spec s;

	(void)state;
	assert_int_equal(cl_output_spec_parse(&s, "syslog+tcp://[2001:db8::1]:6514?format=human", NULL), 0);
	assert_string_equal(s.host, "2001:db8::1");
	assert_string_equal(s.port, "6514");
	assert_string_equal(cl_spec_get(&s, "format"), "human");
	cl_output_spec_free(&s);
	assert_int_equal(cl_output_spec_parse(&s, "file:/var/log/a:b", NULL), 0);
	assert_string_equal(s.path, "/var/log/a:b");
	assert_null(cl_spec_get(&s, "format"));
	cl_output_spec_free(&s);
}

static void test_formats(void **state)
{
	(void)state;
	assert_ptr_equal(cl_output_format_find("ocsf"), &cl_format_ocsf);
	assert_ptr_equal(cl_output_format_find("human"), &cl_format_human);
	assert_null(cl_output_format_find("OCSF"));
}

/* ---- human ---- */

static void test_human(void **state)
{
	_cleanup_text_ struct cl_text t = {0};
	_cleanup_json_ cJSON *f = mk_finding(7, "/srv/token", 2);

	(void)state;
	assert_int_equal(cl_format_human.render(f, 0, &t), 0);
	assert_string_equal(
		cl_text_str(&t),
		"High  Credential used in two workflows  fnd-0000000000000007\n"
		"  credential  cred:41414141414141414141414141414141 Example example_token, static, label /srv/token, "
		"owner EXAMPLE owner, first seen 2026-01-02T03:05:00Z\n"
		"  first in    ci:a run run-1: (unknown) → systemd → bash → /srv/token (pid 42, uid 1000) in container "
		"0123456789abcdef read /srv/token:3 at 2026-01-02T03:05:05Z\n"
		"  then in     agent:b run run-1: (unknown) → systemd → bash → /srv/token (pid 43, uid 1000) in container "
		"0123456789abcdef connected to tcp:192.0.2.7:443 at 2026-01-02T03:05:05Z\n"
		"  seen        2026-01-02T03:05:05Z on testhost by cross-workflow-reuse");
}

/* What a name alone does not say; each member is shown escaped. */
static void test_human_says_who(void **state)
{
	_cleanup_text_ struct cl_text t = {0};
	_cleanup_json_ cJSON *f = mk_finding(7, "/srv/token", 0);
	cJSON *p = cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(f, "sides"), 0), "process"), *list;

	(void)state;
	cl_json_num(p, "ns_uid", 0);
	cl_json_str(p, "exe_state", "memfd");
	cl_json_str(p, "script", "./job\n");
	cl_json_str(p, "started_by", "broker");
	list = cl_json_arr(p, "earlier");
	cl_json_str(cl_json_push(list), "exe", "/bin/sh");
	cl_json_str(cl_json_push(list), "exe", "/tmp/x\x1b");
	assert_int_equal(cl_format_human.render(f, 0, &t), 0);
	assert_non_null(strstr(cl_text_str(&t),
			       "(pid 42, uid 1000, 0 in its namespace, program memfd, script ./job\\x0a, "
			       "before /tmp/x\\x1b, started by broker) in container"));
}

static void test_human_is_harmless(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < 20; n++) {
		_cleanup_text_ struct cl_text t = {0};
		_cleanup_json_ cJSON *f = mk_finding_any(n);
		const char *s;
		int lines = 1;

		assert_int_equal(cl_format_human.render(f, 0, &t), 0);
		for (s = cl_text_str(&t); *s; s++) {
			lines += *s == '\n';
			assert_false(*s > 0 && *s < 0x20 && *s != '\n');
			assert_false(*s == 0x7f);
		}
		assert_null(strstr(cl_text_str(&t), "\xe2\x80\xae"));
		assert_true(lines >= 3 && lines <= 6);
		assert_true(t.len < 8000);
	}
}

static void test_human_of_the_monitor_itself(void **state)
{
	_cleanup_text_ struct cl_text t = {0};
	_cleanup_json_ cJSON *f = cJSON_CreateObject();

	(void)state;
	cl_json_str(f, "severity", "Medium");
	cl_json_str(f, "title", "The monitor did not see everything");
	cl_json_str(f, "message", "12 exec records\nwere lost");
	cl_json_str(f, "id", "fnd-1");
	cl_json_str(f, "activity", "close");
	cl_json_str(f, "last", "2026-01-02T03:05:05.123456Z");
	assert_int_equal(cl_format_human.render(f, 0, &t), 0);
	assert_string_equal(cl_text_str(&t), "Medium  The monitor did not see everything  fnd-1  closed\n"
					     "  what        12 exec records\\x0awere lost\n"
					     "  seen        2026-01-02T03:05:05Z");
}

/* ---- fitting ---- */

static void test_fits(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < 20; n++) {
		_cleanup_text_ struct cl_text whole = {0}, t = {0};
		_cleanup_json_ cJSON *f = mk_finding_any(n), *event = NULL;

		assert_int_equal(cl_format_ocsf.render(f, LOGGED, &whole), 0);
		assert_int_equal(cl_render_within(&cl_format_ocsf, f, LOGGED, 7800, &t), 0);
		assert_true(t.len <= 7800);
		event = cJSON_Parse(cl_text_str(&t));
		assert_non_null(event);
		assert_string_equal(cl_json_get_str(event, "finding_info.uid"), cl_json_get_str(f, "id"));
		if (whole.len <= 7800) {
			assert_string_equal(cl_text_str(&t), cl_text_str(&whole));
			assert_null(cl_json_at(event, "metadata.is_truncated"));
		} else {
			assert_true(cJSON_IsTrue(cl_json_at(event, "metadata.is_truncated")));
			assert_int_equal((size_t)cl_json_get_num(event, "metadata.untruncated_size"), whole.len);
		}
	}
}

/* 2,048 octets of syslog hold a sketch of any finding: still OCSF, and it says that it is cut. */
static void test_sketch(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < 20; n++) {
		_cleanup_text_ struct cl_text t = {0};
		_cleanup_json_ cJSON *f = mk_finding_any(n), *event = NULL;

		assert_int_equal(cl_render_within(&cl_format_ocsf, f, LOGGED, 1600, &t), 0);
		event = cJSON_Parse(cl_text_str(&t));
		assert_string_equal(cl_json_get_str(event, "finding_info.uid"), cl_json_get_str(f, "id"));
		assert_string_equal(cl_json_get_str(event, "finding_info.analytic.uid"), "cross-workflow-reuse");
		assert_string_equal(cl_json_get_str(event, "resources.0.uid"),
				    cl_json_get_str(f, "credential.fingerprint"));
		assert_string_equal(cl_json_get_str(event, "severity"), "High");
		assert_true(cl_starts_with(cl_json_get_str(event, "message"), "High: Credential used in two"));
		assert_true(cJSON_IsTrue(cl_json_at(event, "metadata.is_truncated")));
		assert_null(cl_json_at(event, "unmapped"));
	}
}

/* An act is told by OCSF of either version, whole; into a datagram it fits without its chain, and still says what was done. */
static void test_acts(void **state)
{
	static const struct {
		const char *how;
		int class;
	} cases[] = {{"read", 1001}, {"environment", 1007}, {"arguments", 1007}, {"connect", 4001}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_text_ struct cl_text whole = {0}, old = {0}, cut = {0};
		_cleanup_json_ cJSON *a = mk_act((unsigned int)i, cases[i].how, MK_HOSTILE), *e, *e8, *c;

		assert_true(cl_format_is_act(a) && cl_format_knows_act(a));
		assert_int_equal(cl_format_ocsf.render(a, LOGGED, &whole), 0);
		assert_int_equal(cl_format_ocsf_1_8.render(a, LOGGED, &old), 0);
		assert_int_equal(cl_render_within(&cl_format_ocsf, a, LOGGED, 1800, &cut), 0);
		e = cJSON_Parse(cl_text_str(&whole));
		e8 = cJSON_Parse(cl_text_str(&old));
		c = cJSON_Parse(cl_text_str(&cut));
		assert_int_equal((int)cl_json_get_num(e, "class_uid"), cases[i].class);
		assert_string_equal(cl_json_get_str(e, "metadata.uid"), cl_json_get_str(a, "id"));
		assert_non_null(cl_json_at(e, "delegation.uid"));
		assert_null(cl_json_at(e, "metadata.is_truncated"));
		assert_string_equal(cl_json_get_str(e8, "metadata.version"), "1.8.0");
		assert_null(cl_json_at(e8, "delegation"));
		assert_null(cl_json_at(e8, "ai_agent"));
		assert_in_range(cut.len, 500, 1800);
		assert_int_equal((int)cl_json_get_num(c, "class_uid"), cases[i].class);
		assert_true(cJSON_IsTrue(cl_json_at(c, "metadata.is_truncated")));
		assert_int_equal((size_t)cl_json_get_num(c, "metadata.untruncated_size"), whole.len);
		assert_string_equal(cl_json_get_str(c, "unmapped.credlineage.credential.fingerprint"),
				    cl_json_get_str(a, "credential.fingerprint"));
		assert_string_equal(cl_json_get_str(c, "unmapped.credlineage.use.how"), cases[i].how);
	}
}

/* Somebody reached into a process: OCSF has no class that says so. */
static void test_an_act_without_a_class(void **state)
{
	_cleanup_text_ struct cl_text t = {0};
	_cleanup_json_ cJSON *a = mk_act(1, "reached", "/srv/x"), *f = mk_finding(1, "/srv/x", 2);

	(void)state;
	assert_false(cl_format_knows_act(a));
	assert_int_equal(cl_format_ocsf.render(a, LOGGED, &t), -EINVAL);
	assert_false(cl_format_is_act(f));
}

static void test_fits_nowhere(void **state)
{
	_cleanup_text_ struct cl_text t = {0};
	_cleanup_json_ cJSON *f = mk_finding(1, "/srv/x", 2);

	(void)state;
	assert_int_equal(cl_render_within(&cl_format_ocsf, f, LOGGED, 300, &t), -EMSGSIZE);
	assert_int_equal(t.len, 0);
}

/* The lineage goes before the evidence, the evidence before the chains. */
static void test_order_of_leaving_out(void **state)
{
	_cleanup_text_ struct cl_text whole = {0}, t = {0};
	_cleanup_json_ cJSON *f = mk_finding(1, "/srv/x", 8), *event = NULL;

	(void)state;
	assert_int_equal(cl_format_ocsf.render(f, LOGGED, &whole), 0);
	assert_int_equal(cl_render_within(&cl_format_ocsf, f, LOGGED, whole.len - 1, &t), 0);
	event = cJSON_Parse(cl_text_str(&t));
	assert_null(cl_json_at(event, "finding_info.attack_graph"));
	assert_true(cJSON_GetArraySize(cl_json_at(event, "evidences")) > 2);
	assert_non_null(cl_json_at(event, "evidences.0.actor.process.ancestry.7"));
}

/* ---- syslog messages ---- */

static void test_syslog_message(void **state)
{
	_cleanup_text_ struct cl_text t = {0};
	_cleanup_json_ cJSON *f = mk_finding(7, "/srv/token", 2);
	char head[512];

	(void)state;
	assert_int_equal(cl_syslog_message(&cl_format_ocsf, f, LOGGED, CL_SYSLOG_MAX, &t), 0);
	snprintf(head, sizeof(head),
		 "<83>1 2026-01-02T03:05:05.123456Z testhost credlineage %d cross-workflow-reuse [credlineage@32473 "
		 "id=\"fnd-0000000000000007\" detector=\"cross-workflow-reuse\" severity=\"High\" activity=\"create\" "
		 "credential=\"cred:41414141414141414141414141414141\" count=\"1\"] \xef\xbb\xbf{",
		 (int)getpid());
	assert_memory_equal(cl_text_str(&t), head, strlen(head));
}

/* What has to go for a message's size goes before the story does. */
static void test_syslog_keeps_the_story(void **state)
{
	_cleanup_text_ struct cl_text t = {0}, story = {0};
	_cleanup_json_ cJSON *f = mk_finding(7, "/srv/a/token/that/lies/deep/in/a/tree", 32), *event = NULL;

	(void)state;
	assert_int_equal(cl_syslog_message(&cl_format_ocsf, f, LOGGED, CL_SYSLOG_MAX, &t), 0);
	cJSON_DeleteItemFromObject(f, "evidence"); /* what else was seen is cut */
	assert_int_equal(cl_story(f, &story), 0);
	assert_true(t.len <= CL_SYSLOG_MAX);
	event = cJSON_Parse(strchr(cl_text_str(&t), '{'));
	assert_true(cJSON_IsTrue(cl_json_at(event, "metadata.is_truncated")));
	assert_string_equal(cl_json_get_str(event, "message"), cl_text_str(&story));
}

static void test_syslog_hostile_head(void **state)
{
	_cleanup_text_ struct cl_text t = {0};
	_cleanup_json_ cJSON *f = mk_finding(7, "/srv/token", 1);

	(void)state;
	cJSON_ReplaceItemInObject(cJSON_GetObjectItem(f, "host"), "name", cJSON_CreateString("a b\n\xc3\xa9"));
	cJSON_ReplaceItemInObject(f, "severity", cJSON_CreateString("x\" y] z\\ \n"));
	assert_int_equal(cl_syslog_message(&cl_format_ocsf, f, LOGGED, CL_SYSLOG_MAX, &t), 0);
	assert_non_null(strstr(cl_text_str(&t), " a_b___ credlineage "));
	assert_memory_equal(cl_text_str(&t), "<86>1 ", 6);
	assert_non_null(strstr(cl_text_str(&t), " severity=\"x\\\" y\\] z\\\\\\\\ \\\\x0a\" "));
}

static void test_syslog_sizes(void **state)
{
	static const struct {
		const char *severity, *pri;
	} severities[] = {{"Critical", "<82>1 "}, {"High", "<83>1 "}, {"Medium", "<84>1 "}, {"Low", "<85>1 "}};

	(void)state;
	for (unsigned int n = 0; n < 20; n++) {
		_cleanup_text_ struct cl_text t = {0};
		_cleanup_json_ cJSON *f = mk_finding_any(n);

		cJSON_ReplaceItemInObject(f, "severity", cJSON_CreateString(severities[n % 4].severity));
		assert_int_equal(
			cl_syslog_message(n % 2 ? &cl_format_ocsf : &cl_format_human, f, LOGGED, CL_SYSLOG_MAX, &t), 0);
		assert_true(t.len <= CL_SYSLOG_MAX);
		assert_memory_equal(cl_text_str(&t), severities[n % 4].pri, 6);
	}
}

/* ---- files ---- */

static char directory[] = "/tmp/test_output.XXXXXX";

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, SLURP_MAX);

	if (f) {
		(void)!fread(text, 1, SLURP_MAX - 1, f);
		fclose(f);
	}
	return text;
}

static int lines_of(const char *path)
{
	char *text = slurp(path);
	int n = 0;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		cJSON *event = cJSON_Parse(line);

		assert_non_null(event);
		cJSON_Delete(event);
		n++;
	}
	free(text);
	return n;
}

static void send_n(struct cl_output *o, unsigned int number, int expected)
{
	_cleanup_json_ cJSON *f = mk_finding_any(number);
	struct cl_parcel parcel = {.finding = f};
	struct cl_error err = {0};
	uint64_t retry = 0;

	/* What is refused is settled. */
	assert_int_equal(cl_output_send(o, &parcel, 1, &retry, &err), expected == -EAGAIN ? -EAGAIN : 0);
	assert_int_equal(parcel.result, expected);
	assert_true(!expected == !*(expected == -EAGAIN ? err.text : parcel.why.text));
}

static void test_file(void **state)
{
	char path[64], moved[80], spec[80];
	struct cl_output *o;
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/out", directory);
	snprintf(moved, sizeof(moved), "%s.1", path);
	snprintf(spec, sizeof(spec), "file:%s", path);
	assert_int_equal(cl_output_new(&o, spec, NULL), 0);
	for (unsigned int n = 0; n < 5; n++)
		send_n(o, n, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(lines_of(path), 5);
	assert_int_equal(rename(path, moved), 0);
	send_n(o, 5, 0);
	assert_int_equal(lines_of(path), 1);
	assert_int_equal(lines_of(moved), 5);
	assert_int_equal(unlink(path), 0);
	send_n(o, 6, 0);
	assert_int_equal(lines_of(path), 1);
	cl_output_free(&o);
	assert_int_equal(cl_output_new(&o, spec, NULL), 0);
	send_n(o, 7, 0);
	assert_int_equal(lines_of(path), 2);
	cl_output_free(&o);
}

/* A file that cannot take the whole line has none of it. */
static void test_file_full(void **state)
{
	char path[64], spec[80];
	struct cl_output *o;
	struct rlimit old, small;
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/full", directory);
	snprintf(spec, sizeof(spec), "file:%s", path);
	assert_int_equal(cl_output_new(&o, spec, NULL), 0);
	send_n(o, 0, 0);
	assert_int_equal(stat(path, &st), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = (rlim_t)st.st_size + 100;
	setrlimit(RLIMIT_FSIZE, &small);
	send_n(o, 1, -EAGAIN);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(lines_of(path), 1);
	send_n(o, 1, 0);
	assert_int_equal(lines_of(path), 2);
	cl_output_free(&o);
}

static void test_file_refused(void **state)
{
	struct cl_output *o = NULL;
	struct cl_error err = {0};

	(void)state;
	assert_int_equal(cl_output_new(&o, "file:/dev/null", &err), -EINVAL);
	assert_string_equal(err.text, "cannot append to \"/dev/null\": not a regular file");
	assert_int_equal(cl_output_new(&o, "file:/nonexistent/x", &err), -ENOENT);
	assert_string_equal(err.text, "cannot open \"/nonexistent/x\": No such file or directory");
	assert_null(o);
}

/* ---- standard output ---- */

static void test_stdout(void **state)
{
	int ends[2], saved = dup(STDOUT_FILENO);
	char text[65536];
	struct cl_output *o;
	ssize_t n;

	(void)state;
	fflush(stdout);
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDOUT_FILENO);
	assert_int_equal(cl_output_new(&o, "stdout:", NULL), 0);
	send_n(o, 0, 0);
	n = read(ends[0], text, sizeof(text) - 1);
	close(ends[0]);
	send_n(o, 0, -EPIPE);
	cl_output_free(&o);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(ends[1]);
	assert_true(n > 0 && text[n - 1] == '\n');
	text[n - 1] = '\0';
	assert_null(strchr(text, '\n'));
	assert_memory_equal(text, "{\"activity_id\":1,", 17);
}

/* ---- syslog over TCP ---- */

struct receiver {
	int listener, connection;
	uint16_t port;
	char bytes[1 << 20];
	size_t len;
};

static void receiver_listen(struct receiver *r, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t len = sizeof(a);
	int one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r->connection = -1;
	r->len = 0;
	r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(r->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(r->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(r->listener, 4), 0);
	assert_int_equal(getsockname(r->listener, (struct sockaddr *)&a, &len), 0);
	r->port = ntohs(a.sin_port);
}

/* Takes what is there now. */
static void receiver_read(struct receiver *r)
{
	struct pollfd p = {.fd = r->listener, .events = POLLIN};

	if (r->connection < 0 && poll(&p, 1, 1000) > 0)
		r->connection = accept(r->listener, NULL, NULL);
	for (;;) {
		ssize_t n;

		p.fd = r->connection;
		if (poll(&p, 1, 50) <= 0)
			return;
		n = read(r->connection, r->bytes + r->len, sizeof(r->bytes) - r->len);
		if (n <= 0)
			return;
		r->len += (size_t)n;
	}
}

/* Every frame is whole; the numbers of their findings in order. */
static size_t receiver_numbers(const struct receiver *r, unsigned int *numbers, size_t max)
{
	size_t at = 0, n = 0;

	while (at < r->len) {
		size_t len = strtoul(r->bytes + at, NULL, 10);
		const char *id;

		at += strcspn(r->bytes + at, " ") + 1;
		assert_true(len > 0 && len <= CL_SYSLOG_MAX && at + len <= r->len);
		assert_int_equal(r->bytes[at], '<');
		id = memmem(r->bytes + at, len, "id=\"fnd-", 8);
		assert_non_null(id);
		assert_true(n < max);
		numbers[n++] = (unsigned int)strtoul(id + 8, NULL, 16);
		at += len;
	}
	return n;
}

static void receiver_close(struct receiver *r)
{
	close(r->connection);
	close(r->listener);
}

static void test_syslog(void **state)
{
	static struct receiver r;
	unsigned int numbers[64];
	struct cl_output *o;
	char spec[64];

	(void)state;
	receiver_listen(&r, 0);
	snprintf(spec, sizeof(spec), "syslog+tcp://127.0.0.1:%u", r.port);
	assert_int_equal(cl_output_new(&o, spec, NULL), 0);
	for (unsigned int n = 0; n < 10; n++)
		send_n(o, n, 0);
	receiver_read(&r);
	assert_int_equal(receiver_numbers(&r, numbers, 64), 10);
	for (unsigned int n = 0; n < 10; n++)
		assert_int_equal(numbers[n], n);
	/* an orderly end: all was read, nothing comes again */
	receiver_close(&r);
	send_n(o, 10, -EAGAIN);
	send_n(o, 10, -EAGAIN);
	receiver_listen(&r, r.port);
	usleep(300000);
	send_n(o, 10, 0);
	receiver_read(&r);
	assert_int_equal(receiver_numbers(&r, numbers, 64), 1);
	assert_int_equal(numbers[0], 10);
	cl_output_free(&o);
	receiver_close(&r);
}

/* The receiver's kernel took two messages that nobody read: they come again, in order, before what is new. */
static void test_syslog_receiver_dies(void **state)
{
	static struct receiver r;
	unsigned int numbers[64];
	struct cl_output *o;
	char spec[64];

	(void)state;
	receiver_listen(&r, 0);
	snprintf(spec, sizeof(spec), "syslog+tcp://127.0.0.1:%u", r.port);
	assert_int_equal(cl_output_new(&o, spec, NULL), 0);
	send_n(o, 1, 0);
	receiver_read(&r);
	send_n(o, 2, 0);
	send_n(o, 3, 0);
	receiver_close(&r);
	receiver_listen(&r, r.port);
	send_n(o, 4, 0);
	receiver_read(&r);
	assert_int_equal(receiver_numbers(&r, numbers, 64), 4);
	for (unsigned int n = 0; n < 4; n++)
		assert_int_equal(numbers[n], n + 1);
	cl_output_free(&o);
	receiver_close(&r);
}

static void test_syslog_nobody(void **state)
{
	struct cl_output *o;
	_cleanup_json_ cJSON *f = mk_finding(1, "/srv/x", 1);
	struct cl_error err = {0};
	struct cl_parcel parcel = {.finding = f};
	uint64_t retry = 0;

	(void)state;
	assert_int_equal(cl_output_new(&o, "syslog+tcp://127.0.0.1:1", NULL), 0);
	assert_int_equal(cl_output_send(o, &parcel, 1, &retry, &err), -EAGAIN);
	assert_string_equal(err.text, "cannot connect to 127.0.0.1 port 1: Connection refused");
	cl_output_free(&o);
}

/* ---- as a sender ---- */

/* What is in the way is said when it changes. */
static int send_one(struct cl_output *o, unsigned int n, unsigned int tries, char last[512])
{
	_cleanup_json_ cJSON *f = mk_finding_any(n);
	struct cl_parcel parcel = {.finding = f};
	struct cl_error err = {0};
	uint64_t retry = 0;

	while (cl_output_send(o, &parcel, 1, &retry, &err)) {
		if (strcmp(last, err.text))
			fprintf(stderr, "%s\n", err.text);
		memcpy(last, err.text, sizeof(err.text));
		if (!--tries)
			return 1;
		usleep(20000);
	}
	if (parcel.result)
		fprintf(stderr, "finding %u: %s\n", n, parcel.why.text);
	return !!parcel.result;
}

static int send_all(const char *spec, unsigned int from, unsigned int count)
{
	unsigned int tries = getenv("TRIES") ? (unsigned int)atoi(getenv("TRIES")) : 0; /* 0: no end */
	struct cl_error err = {0};
	struct cl_output *o = NULL;
	char last[512] = "";
	int r = 0;

	if (cl_output_new(&o, spec, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	for (unsigned int n = from; n < from + count && !r; n++) {
		r = send_one(o, n, tries, last);
		usleep(5000);
	}
	cl_output_free(&o);
	return r;
}

/* What the receiver's side is held against. */
static int print_native(unsigned int from, unsigned int count)
{
	for (unsigned int n = from; n < from + count; n++) {
		_cleanup_json_ cJSON *f = mk_finding_any(n);
		char *text = cJSON_PrintUnformatted(f);

		printf("%s\n", text);
		free(text);
	}
	return 0;
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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_specs),
		cmocka_unit_test(test_spec_parts),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_human),
		cmocka_unit_test(test_human_says_who),
		cmocka_unit_test(test_human_is_harmless),
		cmocka_unit_test(test_human_of_the_monitor_itself),
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_sketch),
		cmocka_unit_test(test_acts),
		cmocka_unit_test(test_an_act_without_a_class),
		cmocka_unit_test(test_fits_nowhere),
		cmocka_unit_test(test_order_of_leaving_out),
		cmocka_unit_test(test_syslog_message),
		cmocka_unit_test(test_syslog_keeps_the_story),
		cmocka_unit_test(test_syslog_hostile_head),
		cmocka_unit_test(test_syslog_sizes),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_file_full),
		cmocka_unit_test(test_file_refused),
		cmocka_unit_test(test_stdout),
		cmocka_unit_test(test_syslog),
		cmocka_unit_test(test_syslog_receiver_dies),
		cmocka_unit_test(test_syslog_nobody),
	};

	if (argc == 5 && !strcmp(argv[1], "send")) {
		signal(SIGPIPE, SIG_IGN);
		return send_all(argv[2], (unsigned int)atoi(argv[3]), (unsigned int)atoi(argv[4]));
	}
	if (argc == 4 && !strcmp(argv[1], "native"))
		return print_native((unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]));
	return cmocka_run_group_tests(tests, setup, teardown);
}
