/* SPDX-License-Identifier: Apache-2.0 */
/*
 * B12: a store of any size, made from a seed through the store's own cl_store_write.
 *
 *   lineage EDGES DIRECTORY [SEED]    DIRECTORY/credlineage.db with that many edges; prints one JSON object
 *
 * The same seed makes the same rows. The shape is what a few busy hosts leave behind: runs of workflows, processes that
 * come and go below a shell, a server or the first process (hubs of many thousand children), each reading a credential
 * of its run from its file and connecting somewhere. One credential has exactly a thousand edges, whose holders are
 * spread over the whole time. Times are those of the writing alone, not of making up what is written.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "lineage/ids.h"
#include "store/store.h"

#define HOSTS 4
#define WORKFLOWS 40
#define CREDENTIALS 500
#define DESTINATIONS 300
#define CONTAINERS 50 /* of a host */
#define SERVERS 20    /* of a host: what most processes descend from */
#define RUN_LENGTH 1500
#define ORDERED 1000 /* edges of the first credential */
#define ORDERED_DESTINATIONS 6
#define BATCH 4096 /* as the monitor's */
#define BEGIN 1790000000000000000ull
#define STEP 20000000ull /* ns between processes */
#define TEXT 160

struct maker {
	struct cl_store_db *db;
	uint64_t random, edges, wanted, processes, stride, ordered, runs;
	uint64_t now;
	struct cl_node nodes[BATCH + 64];
	struct cl_edge out[BATCH + 64];
	size_t n_nodes, n_edges;
	char (*texts)[CL_ID_SIZE]; /* of the batch */
	size_t n_texts;
	bool used[CREDENTIALS][DESTINATIONS];
	uint64_t run_of[HOSTS][2]; /* number of the present run, and processes left in it */
	double wall, cpu;
	uint64_t nodes_written;
};

static uint64_t draw(struct maker *m, uint64_t below)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return m->random % below;
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void flush(struct maker *m)
{
	struct cl_batch b = {.nodes = m->nodes, .n_nodes = m->n_nodes, .edges = m->out, .n_edges = m->n_edges};
	struct cl_error err = {0};
	double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);

	if (cl_store_write(m->db, &b, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	m->wall += seconds(CLOCK_MONOTONIC) - wall;
	m->cpu += seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	for (size_t i = 0; i < m->n_nodes; i++)
		free((void *)(uintptr_t)m->nodes[i].text);
	m->nodes_written += m->n_nodes;
	m->n_nodes = m->n_edges = m->n_texts = 0;
}

/* A text that lasts as long as the batch. */
static char *text(struct maker *m)
{
	return m->texts[m->n_texts++];
}

static void node(struct maker *m, uint32_t kind, const char *id, const char *label, cJSON *attrs)
{
	m->nodes[m->n_nodes++] = (struct cl_node){.id = id,
						  .label = label,
						  .kind = kind,
						  .first = m->now,
						  .last = m->now,
						  .text = attrs ? cJSON_PrintUnformatted(attrs) : NULL};
	cJSON_Delete(attrs);
}

static void edge(struct maker *m, uint32_t kind, const char *source, const char *target, const char *evidence)
{
	if (m->edges == m->wanted)
		return;
	m->edges++;
	m->out[m->n_edges++] = (struct cl_edge){.source = source,
						.target = target,
						.kind = kind,
						.basis = CL_BASIS_OBSERVED,
						.first = m->now,
						.last = m->now,
						.count = 1,
						.evidence = evidence};
}

/* ---- names ---- */

static char *host_id(char *buf, uint64_t host)
{
	snprintf(buf, TEXT, "%032" PRIx64, 0xc0ffee00 + host);
	return buf;
}

static const char *name_host(struct maker *m, uint64_t host)
{
	char id[TEXT];

	return cl_id_host(text(m), CL_ID_SIZE, host_id(id, host));
}

static const char *name_process(struct maker *m, uint64_t host, uint64_t n)
{
	char boot[TEXT];
	struct cl_process_key key = {.tgid = (uint32_t)(n % 4194303) + 1, .start = n * STEP};

	snprintf(boot, sizeof(boot), "%08" PRIx64 "-1111-4222-8333-444444444444", host + 1);
	return cl_id_process(text(m), CL_ID_SIZE, boot, key);
}

static const char *name_run(struct maker *m, uint64_t host, uint64_t run)
{
	char id[TEXT], name[TEXT];

	snprintf(name, sizeof(name), "job-%" PRIu64, run);
	return cl_id_run(text(m), CL_ID_SIZE, host_id(id, host), name);
}

static const char *name_user(struct maker *m, uint64_t host, uint64_t run)
{
	char id[TEXT];

	return cl_id_user(text(m), CL_ID_SIZE, host_id(id, host), (uint32_t)(1000 + run % 8));
}

static const char *name_container(struct maker *m, uint64_t host, uint64_t n)
{
	char id[TEXT];

	snprintf(id, sizeof(id), "%064" PRIx64, host * CONTAINERS + n % CONTAINERS);
	return cl_id_container(text(m), CL_ID_SIZE, id);
}

static const char *name_credential(struct maker *m, uint64_t n)
{
	uint64_t fp[2] = {(n + 1) * 0x9e3779b97f4a7c15ull, n};

	return cl_id_credential(text(m), CL_ID_SIZE, (const uint8_t *)fp);
}

static char *path_of(struct maker *m, uint64_t credential)
{
	char *path = text(m);

	snprintf(path, CL_ID_SIZE, "/home/builder%" PRIu64 "/.config/gh/hosts.yml", credential);
	return path;
}

static const char *name_file(struct maker *m, uint64_t host, const char *path)
{
	char id[TEXT];

	return cl_id_file(text(m), CL_ID_SIZE, host_id(id, host), path);
}

static const char *name_destination(struct maker *m, uint64_t n)
{
	char *id = text(m);

	snprintf(id, CL_ID_SIZE, "destination:tcp:192.0.2.%" PRIu64 ":%d", n % 250, n < 250 ? 443 : 8443);
	return id;
}

/* ---- what is always there ---- */

static void put_credential(struct maker *m, uint64_t n)
{
	static const char *const providers[] = {"github", "aws", "openai", "slack", "gitlab"};
	const char *id = name_credential(m, n), *path = path_of(m, n), *file = name_file(m, n % HOSTS, path);
	cJSON *a = cJSON_CreateObject(), *f = cJSON_CreateObject();
	char *label = text(m);

	cl_json_str(a, "fingerprint", id);
	cl_json_str(a, "key_id", "0a0b0c0d");
	cl_json_str(a, "provider", providers[n % ARRAY_SIZE(providers)]);
	cl_json_str(a, "format", "access-token");
	cl_json_str(a, "class", n % 5 ? "static" : "ephemeral");
	snprintf(label, CL_ID_SIZE, "%s access-token %.9s", providers[n % ARRAY_SIZE(providers)], id + 5);
	cl_json_str(f, "path", path);
	cl_json_str(f, "dev", "259:1");
	cl_json_written(f, "ino", 1000 + n);
	node(m, CL_NODE_CREDENTIAL, id, label, a);
	node(m, CL_NODE_FILE, file, path, f);
	edge(m, CL_EDGE_STORED_IN, id, file, "oauth_token, line 3");
}

static void put_destination(struct maker *m, uint64_t n)
{
	const char *id = name_destination(m, n), *label = id + strlen("destination:tcp:");
	cJSON *a = cJSON_CreateObject();

	cl_json_str(a, "address", label);
	cl_json_str(a, "transport", "tcp");
	node(m, CL_NODE_DESTINATION, id, label, a);
}

static void put_process(struct maker *m, uint64_t n, const char *id, uint64_t run)
{
	static const char *const programs[] = {"dash", "git", "cc1", "node", "make", "curl", "python3.11", "ssh"};
	const char *program = programs[draw(m, ARRAY_SIZE(programs))];
	cJSON *a = cJSON_CreateObject();
	char *label = text(m), buf[CL_ID_SIZE];
	uint64_t pid = n % 4194303 + 1;

	cl_json_written(a, "pid", pid);
	snprintf(buf, sizeof(buf), "%" PRIu64, (uint64_t)(n * STEP));
	cl_json_str(a, "start", buf);
	cl_json_time(a, "started", m->now);
	snprintf(buf, sizeof(buf), "/usr/bin/%s", program);
	cl_json_str(a, "exe", buf);
	snprintf(buf, sizeof(buf), "259:1:%" PRIu64, 1000 + strlen(program));
	cl_json_str(a, "exe_inode", buf);
	snprintf(buf, sizeof(buf), "%s --quiet --jobs 4 /srv/build/%" PRIu64 "/part-%" PRIu64, program, run,
		 draw(m, 1000));
	cl_json_str(a, "command", buf);
	cl_json_str(a, "comm", program);
	cl_json_written(a, "uid", 1000 + run % 8);
	cl_json_written(a, "euid", 1000 + run % 8);
	cl_json_written(a, "gid", 1000 + run % 8);
	snprintf(buf, sizeof(buf), "/system.slice/actions-runner-%" PRIu64 ".service", run % WORKFLOWS);
	cl_json_str(a, "cgroup", buf);
	cl_json_time(a, "exited", m->now + STEP);
	cl_json_written(a, "exit_status", 0);
	snprintf(label, CL_ID_SIZE, "%s [%" PRIu64 "]", program, pid);
	node(m, CL_NODE_PROCESS, id, label, a);
}

static void put_run(struct maker *m, uint64_t host, uint64_t run)
{
	const char *id = name_run(m, host, run);
	char *workflow = text(m), name[TEXT];
	cJSON *a = cJSON_CreateObject();

	snprintf(name, sizeof(name), "ci:github/shop/service/%" PRIu64, run % WORKFLOWS);
	snprintf(workflow, CL_ID_SIZE, "workflow:%s", name);
	cl_json_str(a, "run_id", strrchr(id, ':') + 1); /* "job-N" */
	cl_json_str(a, "workflow", name);
	cl_json_str(a, "run_kind", "ci-job");
	cl_json_time(a, "begin", m->now);
	cl_json_time(a, "end", m->now + RUN_LENGTH * STEP);
	node(m, CL_NODE_RUN, id, id + strlen("run:"), a);
	node(m, CL_NODE_WORKFLOW, workflow, workflow + strlen("workflow:"), NULL);
	node(m, CL_NODE_USER, name_user(m, host, run), "uid", NULL);
	edge(m, CL_EDGE_PART_OF, id, workflow, NULL);
	edge(m, CL_EDGE_RAN_IN, id, name_host(m, host), NULL);
}

/* Process 0 of a host is its first, those up to SERVERS the ones that most descend from. */
static void begin(struct maker *m)
{
	for (uint64_t h = 0; h < HOSTS; h++) {
		const char *first = name_process(m, h, 0);

		node(m, CL_NODE_HOST, name_host(m, h), "builder", NULL);
		put_process(m, 0, first, 0);
		for (uint64_t i = 1; i <= SERVERS; i++) {
			const char *id = name_process(m, h, i);

			put_process(m, i, id, 0);
			edge(m, CL_EDGE_SPAWNED, first, id, NULL);
		}
		for (uint64_t i = 0; i < CONTAINERS; i++)
			node(m, CL_NODE_CONTAINER, name_container(m, h, i), "container", NULL);
		flush(m);
	}
	for (uint64_t i = 0; i < DESTINATIONS; i++)
		put_destination(m, i);
	flush(m);
	for (uint64_t i = 0; i < CREDENTIALS; i++)
		put_credential(m, i);
	flush(m);
}

/* ---- lives ---- */

static void spawn(struct maker *m, uint64_t host, uint64_t n, const char *id)
{
	uint64_t kind = draw(m, 10), parent = kind == 0 || n < SERVERS + 10 ? 0 : 1 + draw(m, SERVERS);

	if (kind > 6 && n > SERVERS + 2)
		parent = n - 1;
	edge(m, CL_EDGE_SPAWNED, name_process(m, host, parent), id, NULL);
}

/* Mostly one of its run's own, which most others of that workflow have, too. */
static uint64_t choose_credential(struct maker *m, uint64_t run)
{
	uint64_t of_run = run % WORKFLOWS * 12 + run % 7;

	return 1 + (draw(m, 500) ? of_run + draw(m, 3) : draw(m, CREDENTIALS - 1)) % (CREDENTIALS - 1);
}

static void hold(struct maker *m, const char *id, uint64_t credential)
{
	const char *held = name_credential(m, credential);
	char *path = path_of(m, credential), *evidence = text(m);

	snprintf(evidence, CL_ID_SIZE, "%s:3", path);
	edge(m, CL_EDGE_READ, id, name_file(m, credential % HOSTS, path), NULL);
	edge(m, CL_EDGE_READ, id, held, evidence);
	if (credential && draw(m, 2))
		edge(m, CL_EDGE_HELD_IN_ENVIRONMENT, id, held, "GH_TOKEN");
}

static void reach(struct maker *m, const char *id, uint64_t run, uint64_t credential)
{
	uint64_t d = draw(m, 2000) ? run % WORKFLOWS * 7 + draw(m, 4) : draw(m, DESTINATIONS);
	const char *to = name_destination(m, credential ? d % DESTINATIONS : d % ORDERED_DESTINATIONS);
	char *evidence = text(m);

	d = credential ? d % DESTINATIONS : d % ORDERED_DESTINATIONS;
	snprintf(evidence, CL_ID_SIZE, "%s, established", to + strlen("destination:tcp:"));
	edge(m, CL_EDGE_CONNECTED_TO, id, to, evidence);
	if (m->used[credential][d] || (!credential && m->ordered + 1 >= ORDERED))
		return;
	m->used[credential][d] = true;
	m->ordered += !credential;
	edge(m, CL_EDGE_USED_TOWARD, name_credential(m, credential), to, "git");
}

static uint64_t present_run(struct maker *m, uint64_t host)
{
	if (!m->run_of[host][1]) {
		m->run_of[host][0] = m->runs++;
		m->run_of[host][1] = 1 + draw(m, 2 * RUN_LENGTH);
		put_run(m, host, m->run_of[host][0]);
	}
	m->run_of[host][1]--;
	return m->run_of[host][0];
}

static void live(struct maker *m)
{
	uint64_t host = m->processes % HOSTS, n = SERVERS + 1 + m->processes / HOSTS, run = present_run(m, host);
	const char *id = name_process(m, host, n);
	bool ordered = m->ordered < ORDERED && m->processes % m->stride == 0;
	uint64_t credential = ordered ? 0 : choose_credential(m, run);

	m->processes++;
	m->now = BEGIN + n * STEP;
	put_process(m, n, id, run);
	spawn(m, host, n, id);
	edge(m, CL_EDGE_PART_OF, id, name_run(m, host, run), NULL);
	edge(m, CL_EDGE_RAN_AS, id, name_user(m, host, run), NULL);
	if (draw(m, 4) == 0)
		edge(m, CL_EDGE_RAN_IN, id, name_container(m, host, run), NULL);
	m->ordered += ordered;
	hold(m, id, credential);
	reach(m, id, run, credential);
}

static void tell(const struct maker *m, const char *path, uint64_t seed)
{
	char id[CL_ID_SIZE];
	struct stat st = {0};
	uint64_t fp[2] = {0x9e3779b97f4a7c15ull, 0};

	stat(path, &st);
	printf("{\"seed\":%" PRIu64 ",\"edges\":%" PRIu64 ",\"nodes\":%" PRIu64 ",\"seconds\":%.2f,\"cpu_s\":%.2f,"
	       "\"edges_per_s\":%.0f,\"edges_per_cpu_s\":%.0f,\"bytes\":%" PRIu64 ",\"bytes_per_edge\":%.1f,"
	       "\"credential\":\"%s\"}\n",
	       seed, m->edges, m->nodes_written, m->wall, m->cpu, (double)m->edges / m->wall, (double)m->edges / m->cpu,
	       (uint64_t)st.st_size, (double)st.st_size / (double)m->edges,
	       cl_id_credential(id, sizeof(id), (const uint8_t *)fp));
}

int main(int argc, char **argv)
{
	static struct maker m;
	struct cl_error err = {0};
	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 7;
	char path[4096];

	m.wanted = argc > 2 ? strtoull(argv[1], NULL, 10) : 0;
	if (m.wanted < 20000) {
		fprintf(stderr, "lineage EDGES DIRECTORY [SEED]    (at least 20000 edges)\n");
		return 2;
	}
	snprintf(path, sizeof(path), "%s/credlineage.db", argv[2]);
	m.random = seed * 0x9e3779b97f4a7c15ull | 1;
	m.stride = m.wanted / 7 / ORDERED + 1;
	m.ordered = 1; /* where it lies */
	m.texts = calloc(BATCH * 8, sizeof(*m.texts));
	if (!m.texts || cl_store_open(&m.db, path, CL_STORE_WRITE, &err)) {
		fprintf(stderr, "%s\n", *err.text ? err.text : "out of memory");
		return 1;
	}
	cl_store_set(m.db, CL_STORE_HOST, "{\"id\":\"00000000000000000000000000c0ffee\",\"boot_id\":\"b\"}");
	m.now = BEGIN;
	begin(&m);
	while (m.edges < m.wanted) {
		if (m.n_edges + m.n_nodes > BATCH - 64)
			flush(&m);
		live(&m);
	}
	flush(&m);
	cl_store_close(&m.db);
	tell(&m, path, seed);
	free(m.texts);
	return 0;
}
