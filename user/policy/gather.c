/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/gather.h"

#include <errno.h>
#include <glob.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/json.h"

int cl_gather_check(const char *name, const char *text, const char *section, const cJSON *value,
		    const char *const *detectors, struct cl_error *err)
{
	static const struct cl_json_place policy = {NULL, "policy", 0};
	bool root = !strcmp(section, cl_rules_section_name(CL_RULES_ENVIRONMENTS));
	_cleanup_json_ cJSON *document = cJSON_CreateObject();
	_cleanup_(cl_rules_free) struct cl_rules *rules = NULL;
	cJSON *copy = document ? cJSON_Duplicate(value, true) : NULL;

	if (!copy || !cJSON_AddItemToObject(document, section, copy))
		return -ENOMEM;
	return cl_rules_take(&rules, name, document, root ? NULL : &policy, text, detectors, err);
}

/* ---- putting together ---- */

static int append(cJSON *to, cJSON *from)
{
	cJSON *item;

	while ((item = cJSON_DetachItemFromArray(from, 0)))
		if (!cJSON_AddItemToArray(to, item))
			return -ENOMEM;
	return 0;
}

/* Members of an object: those that are there already become longer lists. */
static int merge(cJSON *to, cJSON *from)
{
	cJSON *item;
	int r = 0;

	while (!r && (item = cJSON_DetachItemViaPointer(from, from->child))) {
		cJSON *there = cJSON_GetObjectItemCaseSensitive(to, item->string);

		if (!there) {
			r = cJSON_AddItemToObject(to, item->string, item) ? 0 : -ENOMEM;
			continue;
		}
		r = cJSON_IsArray(there) ? append(there, item) : merge(there, item);
		cJSON_Delete(item);
	}
	return r;
}

/* ---- users ---- */

static void number_of(cJSON *user)
{
	const struct passwd *p = cJSON_IsString(user) ? getpwnam(user->valuestring) : NULL;
	char number[16];

	if (!p)
		return;
	snprintf(number, sizeof(number), "%u", p->pw_uid);
	cJSON_SetValuestring(user, number);
}

static void resolve_users(cJSON *item)
{
	for (cJSON *child = item->child; child; child = child->next) {
		if (!child->string || strcmp(child->string, "user") || cJSON_IsObject(child)) {
			resolve_users(child);
			continue;
		}
		number_of(child);
		for (cJSON *one = cJSON_IsArray(child) ? child->child : NULL; one; one = one->next)
			number_of(one);
	}
}

/* ---- files ---- */

static int check_owner(const char *path, struct cl_error *err)
{
	struct stat st;

	if (stat(path, &st))
		return cl_fail(err, -errno, "cannot read policy \"%s\": %s", path, strerror(errno));
	if ((st.st_uid && st.st_uid != geteuid()) || (st.st_mode & 022))
		return cl_fail(err, -EPERM,
			       "cannot use policy \"%s\": it must belong to root and be writable by nobody else "
			       "(chown root, chmod go-w)",
			       path);
	return 0;
}

int cl_gather_file(cJSON **out, const char *path, const char *const *detectors, struct cl_error *err)
{
	_cleanup_(cl_rules_free) struct cl_rules *rules = NULL;
	_cleanup_json_ cJSON *document = NULL;
	_cleanup_free_ char *text = NULL;
	int r = cl_json_load(path, CL_RULES_TEXT, &document, &text, err);

	r = r ? r : cl_rules_take(&rules, path, document, NULL, text, detectors, err);
	if (!r)
		*out = TAKE_PTR(document);
	return r;
}

static int take_file(const struct cl_gather *from, const char *path, cJSON *to, struct cl_error *err)
{
	_cleanup_json_ cJSON *document = NULL;
	int r = from->any_owner ? 0 : check_owner(path, err);

	r = r ? r : cl_gather_file(&document, path, from->detectors, err);
	return r ? r : merge(to, document);
}

static int take_files(const struct cl_gather *from, const char *pattern, cJSON *to, size_t *n, struct cl_error *err)
{
	_cleanup_(globfree) glob_t found = {0};
	int r = glob(pattern, GLOB_NOCHECK | GLOB_ERR, NULL, &found);

	if (r)
		return cl_fail(err, r == GLOB_NOSPACE ? -ENOMEM : -EACCES, "cannot look for policy in \"%s\"", pattern);
	/* Nothing matches: the pattern is given back; without a wildcard it is a file that should be there. */
	if (found.gl_pathc == 1 && !strcmp(found.gl_pathv[0], pattern) && strpbrk(pattern, "*?["))
		return 0;
	for (size_t i = 0; i < found.gl_pathc && !r; i++) {
		if (++*n > CL_GATHER_FILES)
			return cl_fail(err, -E2BIG,
				       "cannot read policy: more than %d files, \"%s\" is the first too many",
				       CL_GATHER_FILES, found.gl_pathv[i]);
		r = take_file(from, found.gl_pathv[i], to, err);
	}
	return r;
}

static int check_whole(const cJSON *document, const char *const *detectors, struct cl_error *err)
{
	_cleanup_free_ char *text = cJSON_PrintUnformatted(document);
	_cleanup_(cl_rules_free) struct cl_rules *rules = NULL;

	return text ? cl_rules_parse(&rules, "all files together", text, strlen(text), detectors, err) : -ENOMEM;
}

int cl_gather(cJSON **out, const struct cl_gather *from, struct cl_error *err)
{
	_cleanup_json_ cJSON *document = from->rules ? cJSON_Duplicate(from->rules, true) : cJSON_CreateObject();
	const char *name = from->name ? from->name : "configuration", *text = from->text ? from->text : "";
	const cJSON *section;
	size_t n = 0;
	int r = document ? 0 : -ENOMEM;

	cJSON_ArrayForEach (section, from->rules)
		r = r ? r : cl_gather_check(name, text, section->string, section, from->detectors, err);
	for (size_t i = 0; i < from->n_files && !r; i++)
		r = take_files(from, from->files[i], document, &n, err);
	if (r)
		return r;
	resolve_users(document);
	r = check_whole(document, from->detectors, err);
	if (!r)
		*out = TAKE_PTR(document);
	return r;
}
