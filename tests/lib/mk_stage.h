/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stage for detector tests: stories of observations in one line each, played through the whole pipeline.
 *
 *   "run 10 ci:a a1; run 20 agent:b b1 agent; read 10 A/s; read 20 A/s"
 *
 * Words of a story (pids are in decimal; a token is LETTER/CLASS with class s static, e ephemeral, e+60 ephemeral that
 * expires in 60 s, e-1 expired a second ago, u unknown; O>N/CLASS is one value with two fingerprints while the key is
 * exchanged, N under the new one, and >N/CLASS has that one only):
 * The letters g, n and w are tokens of GitHub, npm and AWS, all others of nobody's that is known.
 *   proc PID [PARENT] [env=TOKEN]...     a process that was there before the probes
 *   fork PARENT PID        exec PID [env=TOKEN]... [arg=TOKEN]... [cgroup=PATH] [session=N] [uid=N] [envfault] [as=PROGRAM]
 *        [exe=PATH|INODE] [line=WORDS] [script=PATH] [memfd]     executable; command line, with '_' between its words
 *   spawn PARENT PID [as exec]           fork and exec
 *   run PID WORKFLOW RUN [KIND] [in=ENVIRONMENT] [to=DESTINATION] [ttl=SECONDS] [may=LETTERS]
 *                          registers; makes the process first when it is not known
 *   policy TOKEN store|configuration [label=X] [owner=X] [workflows=A,B] [environments=A] [destinations=A]
 *        [until=SECONDS] [revoked] [revoked=SECONDS] [times=N]    from now on; without any word: takes it back
 *   rules JSON             the site's policy from now on (policy/rules.h), written without blanks and semicolons
 *   end RUN                exit PID
 *   read PID TOKEN [exempt]              of /srv/LETTER
 *   file PID PATH VERSION [TOKEN[:NAME[:FACTS]]]... [asked=PATH] [part]   reads all of a file; a version is an inode
 *   write PID PATH VERSION               has it open to write; stored PID PATH VERSION [TOKEN]...: looked at afterwards
 *   store PID STORE PATH [TOKEN[:PROVIDER]]...       reads a file of a store of the catalogue, without a token: in vain
 *   reach PID TARGET ptrace|traceme|vm_read|vm_write|fd|mem|environ
 *   environ PID TOKEN [TARGET]           reads /proc/TARGET/environ; without TARGET its own
 *   receive PID TOKEN OPENER message|taken           a descriptor of /srv/LETTER
 *   connect PID ADDRESS PORT [NAME]...   unix when the address starts with '/'; udp when PORT ends with 'u'
 *   wait SECONDS           tick          time passes
 *   clock SECONDS          the wall clock was set on by so many, back with a minus
 *   cover ACT TIER         lose ACT COUNT         unclean
 *   usual TOKEN PLACES RUN PROGRAM       what the store knows: "192.0.2.1:443,name"
 *   knownuse RUN TOKEN [env]             knownfinding (the first one reported so far, as after a restart)
 *   flush
 * Every act takes a millisecond. After `exec` the executable is /bin/pPID, or /bin/PROGRAM.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "catalogue/catalogue.h"
#include "credlineage/event.h"
#include "event/recording.h"
#include "mk_observation.h"
#include "format/format.h"
#include "pipeline/pipeline.h"

#define STAGE_FINDINGS 4096

struct stage {
	struct cl_pipeline *pipeline;
	struct cl_limits limits;
	uint64_t ts; /* boot ns */
	cJSON *findings[STAGE_FINDINGS];
	size_t n;
	FILE *ocsf;		      /* every finding as OCSF goes here when set */
	struct cl_recorder *recorder; /* every observation goes here when set */
};

MK_OBS_UNUSED static void stage_collect(void *ctx, const cJSON *finding)
{
	struct stage *s = ctx;

	assert_true(s->n < STAGE_FINDINGS);
	s->findings[s->n++] = cJSON_Duplicate(finding, true);
	if (s->ocsf) {
		_cleanup_text_ struct cl_text line = {0};

		assert_int_equal(cl_format_ocsf.render(finding, 1800000000ull * CL_NS_PER_S, &line), 0);
		fprintf(s->ocsf, "%s\n", cl_text_str(&line));
	}
}

MK_OBS_UNUSED static void stage_feed(struct stage *s, struct cl_observation o)
{
	s->ts += 1000000;
	if (!o.ts)
		o.ts = s->ts;
	if (s->recorder)
		assert_int_equal(cl_recorder_add(s->recorder, &o), 0);
	assert_int_equal(cl_pipeline_feed(s->pipeline, &o), 0);
}

MK_OBS_UNUSED static struct cl_process_key stage_key(uint32_t pid)
{
	return mk_key(pid, pid ? 1000ull * pid : 0);
}

MK_OBS_UNUSED static void stage_cover(struct stage *s, const char *act, const char *tier)
{
	stage_feed(s, (struct cl_observation){.kind = CL_OBS_COVERAGE, .act = act, .tier = tier});
}

MK_OBS_UNUSED static void stage_open(struct stage *s)
{
	struct cl_observation init;

	if (!s->limits.processes)
		s->limits = (struct cl_limits){.processes = 4096,
					       .runs = 1024,
					       .credentials = 1024,
					       .uses = 64,
					       .findings = 1024,
					       .nodes = 16384,
					       .edges = 32768};
	s->ts = 3600ull * CL_NS_PER_S;
	assert_int_equal(cl_pipeline_new(&s->pipeline, &s->limits, stage_collect, s), 0);
	stage_feed(s, mk_obs_host());
	stage_cover(s, "exec", "tracepoint");
	stage_cover(s, "read", "fentry");
	init = mk_obs_process(0, stage_key(1), mk_key(0, 0), "/sbin/init");
	stage_feed(s, init);
}

MK_OBS_UNUSED static void stage_close(struct stage *s)
{
	cl_pipeline_free(&s->pipeline);
	while (s->n)
		cJSON_Delete(s->findings[--s->n]);
}

/* ---- words ---- */

MK_OBS_UNUSED static struct cl_sighting stage_token(struct stage *s, const char *token, uint32_t source)
{
	const char *newer = strchr(token, '>'), *known = newer ? newer + 1 : token;
	char class = known[1] == '/' ? known[2] : 'u';
	struct cl_sighting t = mk_sighting((uint8_t)known[0], source,
					   class == 's'	  ? CL_CLASS_STATIC
					   : class == 'e' ? CL_CLASS_EPHEMERAL
							  : CL_CLASS_UNKNOWN);
	int64_t seconds = class == 'e' && known[3] ? strtol(known + 3, NULL, 10) : 0;

	if (strchr("gnw", known[0]))
		t.provider = known[0] == 'g' ? "GitHub" : known[0] == 'n' ? "npm" : "AWS";
	t.key_id += newer != NULL;
	if (newer && newer != token) {
		memset(t.other, token[0], sizeof(t.other));
		t.other_key_id = MK_KEY_ID;
	}
	if (seconds)
		t.expires = s->ts + (uint64_t)(MK_WALL_OFFSET + seconds * (int64_t)CL_NS_PER_S);
	return t;
}

struct stage_words {
	char *w[16];
	size_t n;
};

static uint32_t stage_pid(const struct stage_words *words, size_t i)
{
	assert_true(i < words->n);
	return (uint32_t)strtoul(words->w[i], NULL, 10);
}

static char *stage_spaces(char *s)
{
	for (char *at = strchr(s, '_'); at; at = strchr(at, '_'))
		*at = ' ';
	return s;
}

/* exec and proc share their options. */
static void stage_image(struct stage *s, struct cl_observation o, const struct stage_words *words, size_t first)
{
	struct cl_sighting list[8];
	char exe[32];
	size_t n = 0;

	snprintf(exe, sizeof(exe), "/bin/p%u", o.process.tgid);
	o.exe = exe;
	for (size_t i = first; i < words->n; i++)
		if (!strncmp(words->w[i], "exe=/", 5))
			o.exe = words->w[i] + 4;
	o.filename = o.command = o.exe;
	o.comm = strrchr(o.exe, '/') + 1;
	for (size_t i = first; i < words->n; i++) {
		const char *w = words->w[i];

		if (!strncmp(w, "env=", 4))
			list[n++] = stage_token(s, w + 4, CL_SOURCE_ENVIRONMENT);
		else if (!strncmp(w, "arg=", 4))
			list[n++] = stage_token(s, w + 4, CL_SOURCE_ARGUMENTS);
		else if (!strncmp(w, "as=", 3))
			snprintf(exe, sizeof(exe), "/bin/%s", w + 3);
		else if (!strncmp(w, "cgroup=", 7))
			o.cgroup = w + 7;
		else if (!strncmp(w, "session=", 8))
			o.session = (uint32_t)strtoul(w + 8, NULL, 10), o.loginuid = 1000, o.uid = 1000;
		else if (!strncmp(w, "exe=", 4) && w[4] != '/')
			o.exe_ino = strtoul(w + 4, NULL, 10), o.exe_dev = mk_obs_read(0, o.process, "").dev;
		else if (!strncmp(w, "uid=", 4))
			o.uid = o.euid = (uint32_t)strtoul(w + 4, NULL, 10);
		else if (!strncmp(w, "line=", 5))
			o.command = stage_spaces(words->w[i] + 5);
		else if (!strncmp(w, "script=", 7))
			o.filename = w + 7;
		else if (!strcmp(w, "memfd"))
			o.flags |= CL_F_ANONYMOUS;
		else if (!strcmp(w, "envfault"))
			o.flags |= CL_F_ENV_FAULT;
		else if (!strncmp(w, "exe=", 4))
			continue;
		else
			fail_msg("what is \"%s\"?", w);
	}
	mk_obs_sightings(&o, list, n);
	stage_feed(s, o);
}

static void stage_exec(struct stage *s, const struct stage_words *words, uint32_t pid, size_t first)
{
	struct cl_process *p = cl_identity_process(cl_pipeline_identity(s->pipeline), stage_key(pid));
	struct cl_process_key parent = p ? p->parent_key : stage_key(1);

	stage_image(s, mk_obs_exec(0, stage_key(pid), parent, "/bin/x"), words, first);
}

/* "AB": the list of these credentials. */
static const char *stage_credentials(const char *letters, char *list, size_t size)
{
	char fp[CL_FP_TEXT];
	uint8_t bytes[CL_FP_SIZE];

	for (*list = '\0'; *letters; letters++) {
		size_t n = strlen(list);

		memset(bytes, *letters, sizeof(bytes));
		snprintf(list + n, size - n, " %s", cl_fp_format(fp, bytes));
	}
	return list;
}

static void stage_run(struct stage *s, const struct stage_words *words)
{
	char may[256];
	uint32_t pid = stage_pid(words, 1);
	struct cl_observation o = mk_obs_run_begin(0, stage_key(pid), words->w[2], words->w[3]);

	if (!cl_identity_process(cl_pipeline_identity(s->pipeline), stage_key(pid))) {
		stage_feed(s, mk_obs_fork(0, stage_key(1), stage_key(pid)));
		stage_exec(s, words, pid, words->n);
	}
	for (size_t i = 4; i < words->n; i++) {
		if (!strncmp(words->w[i], "in=", 3))
			o.environment = words->w[i] + 3;
		else if (!strncmp(words->w[i], "to=", 3))
			o.allowed_destinations = words->w[i] + 3;
		else if (!strncmp(words->w[i], "may=", 4))
			o.allowed_credentials = stage_credentials(words->w[i] + 4, may, sizeof(may));
		else if (!strncmp(words->w[i], "ttl=", 4))
			o.ttl = strtoul(words->w[i] + 4, NULL, 10) * CL_NS_PER_S;
		else
			o.run_kind = words->w[i];
	}
	stage_feed(s, o);
}

static void stage_read(struct stage *s, const struct stage_words *words)
{
	char path[] = "/srv/X";
	struct cl_sighting t = stage_token(s, words->w[2], CL_SOURCE_FILE);
	struct cl_observation o = mk_obs_read(0, stage_key(stage_pid(words, 1)), path);

	path[5] = words->w[2][0];
	t.line = 3;
	o.exempt = words->n > 3;
	o.ctime = 0;
	mk_obs_sightings(&o, &t, 1);
	stage_feed(s, o);
}

/* What a token's facts "@" stand for. */
static const char *stage_facts MK_OBS_UNUSED;

static void stage_file(struct stage *s, const struct stage_words *words, uint32_t kind)
{
	struct cl_observation o = mk_obs_read(0, stage_key(stage_pid(words, 1)), words->w[2]);
	struct cl_sighting list[8];
	size_t n = 0;

	o.kind = kind;
	o.ino = o.ctime = strtoul(words->w[3], NULL, 10);
	o.whole = 1;
	for (size_t i = 4; i < words->n; i++) {
		char *name = strchr(words->w[i], ':'), *facts = name ? strchr(name + 1, ':') : NULL;

		if (!strncmp(words->w[i], "asked=", 6)) {
			o.filename = words->w[i] + 6;
		} else if (!strcmp(words->w[i], "part")) {
			o.whole = 0;
		} else {
			list[n] = stage_token(s, words->w[i], CL_SOURCE_FILE);
			list[n].line = (uint32_t)n + 1;
			if (facts)
				*facts++ = '\0';
			if (name)
				*name++ = '\0';
			list[n].name = name;
			list[n++].facts = facts && *facts == '@' ? stage_facts : facts;
		}
	}
	mk_obs_sightings(&o, list, n);
	stage_feed(s, o);
}

/* The catalogue's stores, for whoever reads one. */
static struct cl_catalogue *stage_catalogue MK_OBS_UNUSED;

static void stage_store(struct stage *s, const struct stage_words *words)
{
	struct cl_observation o = mk_obs_read(0, stage_key(stage_pid(words, 1)), words->w[3]);
	const struct cl_process *p;
	const struct cl_store *store;
	struct cl_sighting list[8];
	size_t n = 0;

	if (!stage_catalogue)
		assert_int_equal(cl_catalogue_new(&stage_catalogue, NULL, NULL), 0);
	p = cl_identity_process(cl_pipeline_identity(s->pipeline), o.process);
	if (p)
		o.uid = p->uid, o.euid = p->euid, o.loginuid = p->loginuid, o.session = p->session;
	store = cl_catalogue_store(stage_catalogue, words->w[2]);
	assert_non_null(store);
	o.store = store->id;
	o.owner = store->owner;
	o.readers = store->expected;
	o.traits = store->traits;
	o.exempt = store->shared;
	o.whole = 1;
	o.ino = cl_fnv1a(words->w[3], strlen(words->w[3]));
	for (size_t i = 4; i < words->n; i++, n++) {
		char *provider = strchr(words->w[i], ':');

		if (provider)
			*provider++ = '\0';
		list[n] = stage_token(s, words->w[i], CL_SOURCE_FILE);
		list[n].provider = provider ? provider : list[n].provider;
	}
	mk_obs_sightings(&o, list, n);
	stage_feed(s, o);
}

static void stage_reach(struct stage *s, const struct stage_words *words)
{
	static const char *const hows[] = {"", "ptrace", "traceme", "vm_read", "vm_write", "fd", "mem", "environ"};
	struct cl_observation o = {.kind = CL_OBS_ACCESS, .process = stage_key(stage_pid(words, 1))};

	o.child = stage_key(stage_pid(words, 2));
	for (uint32_t i = 1; i < sizeof(hows) / sizeof(hows[0]); i++)
		o.how = strcmp(words->w[3], hows[i]) ? o.how : i;
	assert_true(o.how);
	stage_feed(s, o);
}

static void stage_environ(struct stage *s, const struct stage_words *words)
{
	struct cl_sighting t = stage_token(s, words->w[2], CL_SOURCE_FILE);
	struct cl_observation o;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/environ", stage_pid(words, words->n > 3 ? 3 : 1));
	o = mk_obs_read(0, stage_key(stage_pid(words, 1)), path);
	o.store = "proc_environ";
	mk_obs_sightings(&o, &t, 1);
	stage_feed(s, o);
}

static void stage_receive(struct stage *s, const struct stage_words *words)
{
	struct cl_sighting t = stage_token(s, words->w[2], CL_SOURCE_DESCRIPTOR);
	char path[] = "/srv/X";
	struct cl_observation o = mk_obs_read(0, stage_key(stage_pid(words, 1)), path);

	path[5] = words->w[2][0];
	o.kind = CL_OBS_RECEIVE;
	o.how = strcmp(words->w[4], "taken") ? CL_RECEIVE_MESSAGE : CL_RECEIVE_TAKEN;
	o.opener = stage_key(stage_pid(words, 3));
	mk_obs_sightings(&o, &t, 1);
	stage_feed(s, o);
}

static void stage_connect(struct stage *s, const struct stage_words *words)
{
	char *port_end = NULL, names[256] = "";
	struct cl_observation o = mk_obs_connect(0, stage_key(stage_pid(words, 1)), words->w[2], 0);

	if (*words->w[2] == '/')
		o.family = AF_UNIX;
	if (words->n > 3)
		o.port = (uint32_t)strtoul(words->w[3], &port_end, 10);
	if (port_end && *port_end == 'u')
		o.sock_type = SOCK_DGRAM;
	o.how = strcmp(words->w[0], "accept") ? CL_CONNECT_CALL : CL_CONNECT_ACCEPT;
	for (size_t i = 4; i < words->n; i++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i > 4 ? " " : "", words->w[i]);
	o.names = *names ? names : NULL;
	stage_feed(s, o);
}

static void stage_names(cJSON *allow, const char *list, char *names)
{
	cJSON *array = cl_json_arr(allow, list);
	char *at = NULL;

	for (char *name = strtok_r(names, ",", &at); name; name = strtok_r(NULL, ",", &at))
		cJSON_AddItemToArray(array, cJSON_CreateString(name));
}

static uint64_t stage_wall(const struct stage *s, const char *seconds)
{
	return s->ts + (uint64_t)(MK_WALL_OFFSET + strtol(seconds, NULL, 10) * (int64_t)CL_NS_PER_S);
}

static void stage_policy(struct stage *s, const struct stage_words *words)
{
	struct cl_sighting t = stage_token(s, words->w[1], 0);
	struct cl_observation o = {.kind = CL_OBS_POLICY, .detail = words->w[2]};
	_cleanup_json_ cJSON *statement = cJSON_CreateObject(), *allow = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;
	char fp[CL_FP_TEXT];

	cl_json_str(statement, "fingerprint", cl_fp_format(fp, t.fp));
	for (size_t i = 3; i < words->n; i++) {
		char *value = strchr(words->w[i], '=');

		if (value)
			*value++ = '\0';
		if (!strcmp(words->w[i], "label") || !strcmp(words->w[i], "owner"))
			cl_json_str(statement, words->w[i], value);
		else if (!strcmp(words->w[i], "revoked"))
			cl_json_time(cl_json_obj(statement, "revoked"), "at", value ? stage_wall(s, value) : 0);
		else if (!strcmp(words->w[i], "until"))
			cl_json_time(allow, "until", stage_wall(s, value));
		else if (!strcmp(words->w[i], "times"))
			o.count = strtoul(value, NULL, 10);
		else
			stage_names(allow, words->w[i], value);
	}
	if (allow->child)
		cJSON_AddItemToObject(statement, "allow", TAKE_PTR(allow));
	o.policy = text = cJSON_PrintUnformatted(statement);
	mk_obs_sightings(&o, &t, 1);
	stage_feed(s, o);
}

static void stage_rules(struct stage *s, const char *text)
{
	struct cl_observation o = {.kind = CL_OBS_RULES, .policy = text, .length = strlen(text)};

	stage_feed(s, o);
}

MK_OBS_UNUSED static void stage_known_use(struct stage *s, const struct stage_words *words)
{
	bool env = words->n > 3;
	struct cl_sighting t = stage_token(s, words->w[2], env ? CL_SOURCE_ENVIRONMENT : CL_SOURCE_FILE);
	struct cl_observation o = {.kind = CL_OBS_KNOWN_USE, .run_id = words->w[1]};

	o.since = s->ts + (uint64_t)MK_WALL_OFFSET;
	mk_obs_sightings(&o, &t, 1);
	stage_feed(s, o);
}

static void stage_usual(struct stage *s, const struct stage_words *words)
{
	struct cl_sighting t = stage_token(s, words->w[1], 0);
	struct cl_observation o = {.kind = CL_OBS_KNOWN_DESTINATIONS, .run_id = words->w[3], .program = words->w[4]};
	char places[128];

	snprintf(places, sizeof(places), "%s", words->w[2]);
	for (char *comma = places; (comma = strchr(comma, ','));)
		*comma = ' ';
	o.detail = places;
	o.since = s->ts + (uint64_t)MK_WALL_OFFSET;
	mk_obs_sightings(&o, &t, 1);
	stage_feed(s, o);
}

static void stage_known_finding(struct stage *s)
{
	const cJSON *f = s->findings[0];
	struct cl_observation o = {.kind = CL_OBS_KNOWN_FINDING,
				   .finding = cl_json_get_str(f, "id"),
				   .tier = cl_json_get_str(f, "severity"),
				   .count = (uint64_t)cl_json_get_num(f, "count"),
				   .since = cl_json_get_time(f, "first")};

	stage_feed(s, o);
}

static void stage_act(struct stage *s, const struct stage_words *words)
{
	const char *verb = words->w[0];
	struct cl_observation o = {0};

	if (!strcmp(verb, "proc")) {
		bool parent = words->n > 2 && *words->w[2] >= '0' && *words->w[2] <= '9';

		o = mk_obs_process(0, stage_key(stage_pid(words, 1)), stage_key(parent ? stage_pid(words, 2) : 1),
				   "/bin/x");
		stage_image(s, o, words, parent ? 3 : 2);
	} else if (!strcmp(verb, "fork")) {
		stage_feed(s, mk_obs_fork(0, stage_key(stage_pid(words, 1)), stage_key(stage_pid(words, 2))));
	} else if (!strcmp(verb, "exec")) {
		stage_exec(s, words, stage_pid(words, 1), 2);
	} else if (!strcmp(verb, "spawn")) {
		stage_feed(s, mk_obs_fork(0, stage_key(stage_pid(words, 1)), stage_key(stage_pid(words, 2))));
		stage_exec(s, words, stage_pid(words, 2), 3);
	} else if (!strcmp(verb, "run")) {
		stage_run(s, words);
	} else if (!strcmp(verb, "end")) {
		stage_feed(s, mk_obs_run_end(0, words->w[1], "success"));
	} else if (!strcmp(verb, "exit")) {
		stage_feed(s, mk_obs_exit(0, stage_key(stage_pid(words, 1)), 0));
	} else if (!strcmp(verb, "read")) {
		stage_read(s, words);
	} else if (!strcmp(verb, "file")) {
		stage_file(s, words, CL_OBS_READ);
	} else if (!strcmp(verb, "write")) {
		stage_file(s, words, CL_OBS_WRITE);
	} else if (!strcmp(verb, "stored")) {
		stage_file(s, words, CL_OBS_STORED);
	} else if (!strcmp(verb, "store")) {
		stage_store(s, words);
	} else if (!strcmp(verb, "reach")) {
		stage_reach(s, words);
	} else if (!strcmp(verb, "environ")) {
		stage_environ(s, words);
	} else if (!strcmp(verb, "receive")) {
		stage_receive(s, words);
	} else if (!strcmp(verb, "connect") || !strcmp(verb, "accept")) {
		stage_connect(s, words);
	} else if (!strcmp(verb, "wait")) {
		s->ts += stage_pid(words, 1) * CL_NS_PER_S;
	} else if (!strcmp(verb, "clock")) {
		o = mk_obs_host();
		o.wall_offset += strtol(words->w[1], NULL, 10) * (int64_t)CL_NS_PER_S;
		stage_feed(s, o);
	} else if (!strcmp(verb, "tick")) {
		stage_feed(s, (struct cl_observation){.kind = CL_OBS_TICK});
	} else if (!strcmp(verb, "cover")) {
		stage_cover(s, words->w[1], words->w[2]);
	} else if (!strcmp(verb, "lose")) {
		o = (struct cl_observation){
			.kind = CL_OBS_LOSS, .act = words->w[1], .detail = words->n > 3 ? words->w[3] : "lost"};
		o.count = stage_pid(words, 2);
		o.since = s->ts - CL_NS_PER_S;
		stage_feed(s, o);
	} else if (!strcmp(verb, "unclean")) {
		o = (struct cl_observation){.kind = CL_OBS_UNCLEAN};
		o.since = (uint64_t)MK_WALL_OFFSET + 60 * CL_NS_PER_S;
		stage_feed(s, o);
	} else if (!strcmp(verb, "anew")) {
		stage_feed(s, (struct cl_observation){
				      .kind = CL_OBS_STORE_ANEW, .path = words->w[1], .detail = "page 7 is no page"});
	} else if (!strcmp(verb, "knownuse")) {
		stage_known_use(s, words);
	} else if (!strcmp(verb, "usual")) {
		stage_usual(s, words);
	} else if (!strcmp(verb, "knownfinding")) {
		stage_known_finding(s);
	} else if (!strcmp(verb, "policy")) {
		stage_policy(s, words);
	} else if (!strcmp(verb, "rules")) {
		stage_rules(s, words->w[1]);
	} else if (!strcmp(verb, "flush")) {
		cl_pipeline_flush(s->pipeline);
	} else {
		fail_msg("what is \"%s\"?", verb);
	}
}

MK_OBS_UNUSED static void stage_play(struct stage *s, const char *story)
{
	char *copy = strdup(story), *outer = NULL;

	for (char *line = strtok_r(copy, ";", &outer); line; line = strtok_r(NULL, ";", &outer)) {
		struct stage_words words = {.n = 0};
		char *inner = NULL;

		for (char *w = strtok_r(line, " \t\n", &inner); w && words.n < 16; w = strtok_r(NULL, " \t\n", &inner))
			words.w[words.n++] = w;
		if (words.n)
			stage_act(s, &words);
	}
	free(copy);
}

/* "detector Severity activity count" of each report, joined with "; ". */
MK_OBS_UNUSED static char *stage_reports(const struct stage *s)
{
	struct cl_text t = {0};

	for (size_t i = 0; i < s->n; i++)
		cl_text_printf(&t, "%s%s %s %s %.0f", i ? "; " : "", cl_json_get_str(s->findings[i], "detector"),
			       cl_json_get_str(s->findings[i], "severity"), cl_json_get_str(s->findings[i], "activity"),
			       cl_json_get_num(s->findings[i], "count"));
	return cl_text_take(&t);
}

struct stage_case {
	const char *name, *story, *reports;
};

/* Plays each case on a stage of its own; `events` (may be NULL) gets all findings as OCSF lines. */
MK_OBS_UNUSED static void stage_check(const struct stage_case *cases, size_t n, FILE *events)
{
	int wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct stage s = {.ocsf = events};
		char *reports;

		stage_open(&s);
		stage_play(&s, cases[i].story);
		reports = stage_reports(&s);
		if (strcmp(reports, cases[i].reports)) {
			print_error("%s:\n  expected \"%s\"\n  got      \"%s\"\n", cases[i].name, cases[i].reports,
				    reports);
			wrong++;
		}
		free(reports);
		stage_close(&s);
	}
	assert_int_equal(wrong, 0);
}

static FILE *stage_events;
static char stage_events_path[] = "/tmp/credlineage-events.XXXXXX";

/* A group's setup and teardown: the events of its stories are kept as OCSF. */
MK_OBS_UNUSED static int stage_setup(void **state)
{
	int fd = mkstemp(stage_events_path);

	(void)state;
	stage_events = fd < 0 ? NULL : fdopen(fd, "w");
	return stage_events ? 0 : -1;
}

MK_OBS_UNUSED static int stage_teardown(void **state)
{
	(void)state;
	fclose(stage_events);
	return remove(stage_events_path);
}

/* The events of this program so far must all be sound OCSF. */
MK_OBS_UNUSED static void test_events_are_sound(void **state)
{
	char command[512];

	(void)state;
	fflush(stage_events);
	snprintf(command, sizeof(command), "python3 tests/lib/check_ocsf.py %s", stage_events_path);
	assert_int_equal(system(command), 0);
}
