/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people say about one credential: its name, its owner, who may share it, that it is revoked. A statement is a
 * JSON object of this shape; whoever holds one has had it checked by cl_policy_take and may rely on that:
 *
 *   {"fingerprint":"cred:<32 hex>","label","owner",
 *    "allow":{"workflows":[],"environments":[],"destinations":[],"until","reason","by","at"},
 *    "revoked":{"reason","by","at"}}
 *
 * Everything but the fingerprint may be absent. The lists of an allowance hold exact names; a list that is absent does
 * not restrict, at least one is there. A destination is "192.0.2.1:443", "[2001:db8::1]:443" or a unix socket's path.
 * Times are RFC 3339 or a date; an allowance ends at `until` (absent: never), a revocation begins at `at` (absent: it
 * always was).
 *
 * Statements come from two places: the store (`credlineage credentials allow ...`) and the configuration file (section
 * policy.credentials, a list of them). Both count: each allowance allows, either revocation revokes. Of two labels or
 * owners the configuration's is shown.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"

#define CL_POLICY_STATEMENTS 4096 /* of one source */
#define CL_POLICY_NAMES 32	  /* in one list */
#define CL_POLICY_NAME 256	  /* bytes of a label, an owner or a name in a list */
#define CL_POLICY_REASON 1024	  /* bytes */
#define CL_POLICY_TEXT 24576	  /* bytes of a whole statement as text, with room */
#define CL_POLICY_DESTINATION 280

enum cl_policy_source { /* stored: append only */
			CL_POLICY_STORE = 1,
			CL_POLICY_CONFIG = 2,
};
#define CL_POLICY_SOURCES 2
const char *cl_policy_source_name(uint32_t source); /* "store", "configuration" */

/*
 * Checks a statement and makes a clean copy with times in full. `where` stands before the path in an error:
 * "policy.credentials[3]" gives `"policy.credentials[3].allow.until" must be ...`. 0, -EINVAL, -ENOMEM.
 */
int cl_policy_take(const cJSON *in, const char *where, cJSON **out, struct cl_error *err);
/* The same for a list of statements, one per credential at most. */
int cl_policy_take_all(const cJSON *in, const char *where, cJSON **out, struct cl_error *err);
/* The same for a statement as text, which may come from anywhere. */
int cl_policy_parse(const char *text, size_t len, cJSON **out, struct cl_error *err);
/* It says nothing but which credential it is about. */
bool cl_policy_is_empty(const cJSON *statement);

/* `text` as a statement has it; -EINVAL: not a destination. */
int cl_policy_destination(const char *text, char out[CL_POLICY_DESTINATION]);
/* How a place that was connected to is written in a list. */
void cl_policy_place(const char *address, uint32_t port, bool is_unix, char out[CL_POLICY_DESTINATION]);

/* The statement's allowance while it is in force, else NULL. */
const cJSON *cl_policy_allowance(const cJSON *statement, uint64_t wall_ns);
/* Whether the allowance's list covers the name; a list that is not there covers everything. */
bool cl_policy_covers(const cJSON *allowance, const char *list, const char *name);
/* The statement's revocation when it has begun, else NULL. */
const cJSON *cl_policy_revocation(const cJSON *statement, uint64_t wall_ns);

/*
 * One change (policy/change.c):
 *   {"verb":"label|owner","name":"..."}                    "" takes it away
 *   {"verb":"allow","workflows":[],"environments":[],"destinations":[],"until":"...","reason":"..."}
 *   {"verb":"revoke","reason":"..."}                       both with "undo":true: takes it back
 * `before`: NULL for none. An allowance takes the place of the one before. *after: the statement as it is then, maybe
 * empty. -EINVAL, -EALREADY with what to do in err.
 */
int cl_policy_change(const cJSON *before, const char *fingerprint, const cJSON *request, const char *by,
		     uint64_t wall_ns, cJSON **after, struct cl_error *err);
/* "label \"x\"", "allowed in a, b until ...", "revoked"; both statements may be NULL; "" when nothing is said. */
struct cl_text;
int cl_policy_say_state(const cJSON *store, const cJSON *config, uint64_t wall_ns, struct cl_text *out);
/* The configuration's label (owner), else the store's; "" for none. `member`: "label" or "owner". */
const char *cl_policy_get(const cJSON *store, const cJSON *config, const char *member);

/* Gives every text of a JSON value to `redact`, which appends what may be kept of it. */
int cl_policy_redact_all(cJSON *value, int (*redact)(void *ctx, const char *text, struct cl_text *out), void *ctx);
/* Gives every text of the statement to `redact`, which appends what may be kept of it. */
int cl_policy_redact(cJSON *statement, int (*redact)(void *ctx, const char *text, struct cl_text *out), void *ctx);
