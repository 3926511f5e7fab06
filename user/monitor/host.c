/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "monitor/host.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#define ID_BYTES 8

static int read_word(const char *path, char *out, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	if (n <= 0)
		return -ENOENT;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return *out ? 0 : -ENOENT;
}

/* machine-id(5) asks that the id itself is not given away: a hash under our own name is. */
static int host_id(char *out, struct cl_store_db *db)
{
	_cleanup_free_ char *kept = NULL;
	unsigned char bytes[EVP_MAX_MD_SIZE];
	char machine[64], text[96];

	if (!cl_store_get(db, "host_id", &kept) && strlen(kept) == 2 * ID_BYTES) {
		memcpy(out, kept, 2 * ID_BYTES + 1);
		return 0;
	}
	if (!read_word("/etc/machine-id", machine, sizeof(machine))) {
		int n = snprintf(text, sizeof(text), "credlineage host %s", machine);

		if (!EVP_Digest(text, (size_t)n, bytes, NULL, EVP_sha256(), NULL))
			return -EIO;
	} else if (RAND_bytes(bytes, ID_BYTES) != 1) {
		return -EIO;
	}
	cl_hex(out, bytes, ID_BYTES);
	return cl_store_set(db, "host_id", out);
}

int cl_host_read(struct cl_host_facts *out, struct cl_store_db *db, struct cl_error *err)
{
	int r;

	*out = (struct cl_host_facts){0};
	if (gethostname(out->name, sizeof(out->name) - 1))
		return -errno;
	r = read_word("/proc/sys/kernel/random/boot_id", out->boot_id, sizeof(out->boot_id));
	if (r)
		return cl_fail(err, r, "cannot read /proc/sys/kernel/random/boot_id: is /proc mounted?");
	r = host_id(out->id, db);
	if (r)
		return cl_fail(err, r, "cannot make an id for this host: %s", strerror(-r));
	return 0;
}

struct cl_observation cl_host_observation(const struct cl_host_facts *facts, uint32_t key_id)
{
	return (struct cl_observation){
		.kind = CL_OBS_HOST,
		.ts = cl_boot_ns(),
		.host_id = facts->id,
		.host_name = facts->name,
		.boot_id = facts->boot_id,
		.wall_offset = cl_wall_offset_ns(),
		.key_id = key_id,
	};
}

int cl_host_store(const struct cl_host_facts *facts, struct cl_store_db *db)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;

	cl_json_str(o, "id", facts->id);
	cl_json_str(o, "name", facts->name);
	cl_json_str(o, "boot_id", facts->boot_id);
	text = o ? cJSON_PrintUnformatted(o) : NULL;
	return text ? cl_store_set(db, CL_STORE_HOST, text) : -ENOMEM;
}
