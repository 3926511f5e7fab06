/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "monitor/vitals.h"

static void add_memory(cJSON *process)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/statm", "re");
	double page = (double)sysconf(_SC_PAGESIZE);
	unsigned long long all, resident;

	if (!f || fscanf(f, "%llu %llu", &all, &resident) != 2) /* NOLINT(cert-err34-c): the kernel's own numbers */
		return;
	cl_json_num(process, "resident_bytes", (double)resident * page);
	cl_json_num(process, "virtual_bytes", (double)all * page);
}

#define FREE_MAX (8ul << 20)

void cl_vitals_trim(void)
{
	if (mallinfo2().fordblks > FREE_MAX)
		malloc_trim(0);
}

static int count_entries(const char *path)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	const struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir)))
		n += *entry->d_name != '.';
	return dir ? n : -1;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

void cl_vitals_json(cJSON *out, uint64_t start)
{
	cJSON *process = cl_json_obj(out, "process");
	int fds = count_entries("/proc/self/fd"), threads = count_entries("/proc/self/task");
	struct rlimit limit;
	struct rusage usage;

	cl_json_num(process, "start_seconds", (double)start / (double)CL_NS_PER_S);
	if (!getrusage(RUSAGE_SELF, &usage))
		cl_json_num(process, "cpu_seconds", seconds(usage.ru_utime) + seconds(usage.ru_stime));
	add_memory(process);
	if (fds > 0)
		cl_json_num(process, "open_fds", fds - 1); /* without the one that it was counted with */
	if (!getrlimit(RLIMIT_NOFILE, &limit))
		cl_json_num(process, "max_fds", (double)limit.rlim_cur);
	if (threads > 0)
		cl_json_num(process, "threads", threads);
}

double cl_vitals_store_bytes(const char *directory)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	double sum = 0;
	char path[320];
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		snprintf(path, sizeof(path), "%s/credlineage.db%s", directory, suffixes[i]);
		if (!stat(path, &st))
			sum += (double)st.st_size;
	}
	return sum;
}
