/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "base/text.h"

static void wiping_free(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

void cl_json_wipe(void)
{
	cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = malloc, .free_fn = wiping_free});
}

void cl_json_freep(cJSON **p)
{
	cJSON_Delete(*p);
	*p = NULL;
}

cJSON *cl_json_clean_string(const char *value)
{
	_cleanup_text_ struct cl_text t = {0};
	size_t len = strlen(value);

	/* Nearly all text is clean. */
	if (cl_utf8_span(value, len) == len)
		return cJSON_CreateString(value);
	if (cl_text_utf8(&t, value, len))
		return NULL;
	return cJSON_CreateString(cl_text_str(&t));
}

static bool is_plain(const char *s)
{
	for (; *s; s++)
		if (*s < 0x20 || *s > 0x7e || *s == '"' || *s == '\\')
			return false;
	return true;
}

int cl_json_quote(struct cl_text *to, const char *value)
{
	_cleanup_json_ cJSON *item = NULL;
	char *text;
	int r;

	if (is_plain(value)) { /* nearly all text is */
		r = cl_text_puts(to, "\"");
		r = r ? r : cl_text_puts(to, value);
		return r ? r : cl_text_puts(to, "\"");
	}
	item = cl_json_clean_string(value);
	text = item ? cJSON_PrintUnformatted(item) : NULL;
	r = text ? cl_text_puts(to, text) : -ENOMEM;
	cJSON_free(text);
	return r;
}

static void add(cJSON *object, const char *key, cJSON *item)
{
	if (item && !cJSON_AddItemToObject(object, key, item))
		cJSON_Delete(item);
}

void cl_json_str(cJSON *object, const char *key, const char *value)
{
	if (value)
		add(object, key, cl_json_clean_string(value));
}

void cl_json_num(cJSON *object, const char *key, double value)
{
	add(object, key, cJSON_CreateNumber(value));
}

void cl_json_written(cJSON *object, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	add(object, key, cJSON_CreateRaw(text));
}

void cl_json_bool(cJSON *object, const char *key, bool value)
{
	add(object, key, cJSON_CreateBool(value));
}

void cl_json_time(cJSON *object, const char *key, uint64_t wall_ns)
{
	char buf[CL_TIME_SIZE];

	if (wall_ns)
		add(object, key, cJSON_CreateString(cl_time_format(buf, wall_ns)));
}

cJSON *cl_json_obj(cJSON *object, const char *key)
{
	return cJSON_AddObjectToObject(object, key);
}

cJSON *cl_json_arr(cJSON *object, const char *key)
{
	return cJSON_AddArrayToObject(object, key);
}

cJSON *cl_json_push(cJSON *array)
{
	cJSON *item = cJSON_CreateObject();

	if (item && !cJSON_AddItemToArray(array, item)) {
		cJSON_Delete(item);
		return NULL;
	}
	return item;
}

const cJSON *cl_json_at(const cJSON *object, const char *path)
{
	char part[64];

	while (object && *path) {
		size_t n = strcspn(path, ".");
		uint64_t index;

		if (n >= sizeof(part))
			return NULL;
		memcpy(part, path, n);
		part[n] = '\0';
		if (cJSON_IsArray(object))
			object = cl_parse_u64(part, INT32_MAX, &index) ? NULL : cJSON_GetArrayItem(object, (int)index);
		else
			object = cJSON_GetObjectItemCaseSensitive(object, part);
		path += n;
		path += *path == '.';
	}
	return object;
}

const char *cl_json_get_str(const cJSON *object, const char *path)
{
	const cJSON *item = cl_json_at(object, path);

	return cJSON_IsString(item) ? item->valuestring : "";
}

double cl_json_get_num(const cJSON *object, const char *path)
{
	const cJSON *item = cl_json_at(object, path);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

uint64_t cl_json_get_time(const cJSON *object, const char *path)
{
	uint64_t ns = 0;

	return cl_parse_time(cl_json_get_str(object, path), 0, &ns) ? 0 : ns;
}

/* Comments become blanks, so that offsets and lines stay those of the file. */
static void blank_comments(char *s)
{
	bool in_string = false;

	for (; s && *s; s++) {
		if (in_string && *s == '\\' && s[1]) {
			s++;
		} else if (*s == '"') {
			in_string = !in_string;
		} else if (!in_string && s[0] == '/' && s[1] == '/') {
			while (*s && *s != '\n')
				*s++ = ' ';
			if (!*s)
				break;
		}
	}
}

static unsigned int line_at(const char *text, const char *where)
{
	unsigned int line = 1;

	for (; where && text < where && *text; text++)
		line += *text == '\n';
	return line;
}

int cl_json_parse(const char *name, const char *bytes, size_t len, cJSON **out, struct cl_error *err)
{
	const char *end = NULL;
	size_t good = cl_utf8_span(bytes, len);
	cJSON *root;

	if (good < len)
		return cl_fail(err, -EINVAL, "cannot read \"%s\": line %u: not valid UTF-8", name,
			       line_at(bytes, bytes + good));
	root = cJSON_ParseWithLengthOpts(bytes, len, &end, false);
	if (!root)
		return cl_fail(err, -EINVAL, "cannot read \"%s\": line %u: not valid JSON", name, line_at(bytes, end));
	while (end < bytes + len && isspace((unsigned char)*end))
		end++;
	if (end < bytes + len && *end) {
		cJSON_Delete(root);
		return cl_fail(err, -EINVAL, "cannot read \"%s\": line %u: text after the end of the JSON value", name,
			       line_at(bytes, end));
	}
	*out = root;
	return 0;
}

static int slurp(const char *path, size_t limit, char **out, size_t *out_len, struct cl_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *buf = NULL;
	size_t len = 0;
	struct stat st;

	if (fd < 0)
		return cl_fail(err, -errno, "cannot open \"%s\": %s", path, strerror(errno));
	if (fstat(fd, &st))
		return cl_fail(err, -errno, "cannot read \"%s\": %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || (size_t)st.st_size > limit)
		return cl_fail(err, -EFBIG, "cannot read \"%s\": not a regular file of at most %zu bytes", path, limit);
	buf = malloc((size_t)st.st_size + 1);
	if (!buf)
		return -ENOMEM;
	while (len < (size_t)st.st_size) {
		ssize_t n = read(fd, buf + len, (size_t)st.st_size - len);

		if (n < 0)
			return cl_fail(err, -errno, "cannot read \"%s\": %s", path, strerror(errno));
		if (!n)
			break;
		len += (size_t)n;
	}
	buf[len] = '\0';
	*out = TAKE_PTR(buf);
	*out_len = len;
	return 0;
}

int cl_json_load(const char *path, size_t limit, cJSON **out, char **text, struct cl_error *err)
{
	_cleanup_free_ char *buf = NULL;
	size_t len = 0;
	int r = slurp(path, limit, &buf, &len, err);

	if (r)
		return r;
	blank_comments(buf);
	r = cl_json_parse(path, buf, len, out, err);
	if (r)
		return r;
	if (text)
		*text = TAKE_PTR(buf);
	return 0;
}

unsigned int cl_json_line_of(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *s = strchr(text, '"'); s; s = strchr(s + 1, '"')) {
		const char *after = s + 1 + n;

		if (strncmp(s + 1, key, n) || *after != '"')
			continue;
		for (after++; isspace((unsigned char)*after); after++)
			;
		if (*after == ':')
			return line_at(text, s);
	}
	return 0;
}
