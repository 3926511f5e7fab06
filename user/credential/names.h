/* SPDX-License-Identifier: Apache-2.0 */
/* Names of variables, keys and options: which of them hold secrets, and which one held a value that was found. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CL_NAME_SIZE 65

/* GH_TOKEN, client-secret, apiKey, --db-password; not PUBLIC_KEY, CSRF_TOKEN, PWD or AWS_ACCESS_KEY_ID. */
bool cl_name_is_secret(const char *name, size_t len);
/*
 * The name that holds the value which starts at `from`: the variable of an environment string, the option or key of
 * an argument, the key in a file's line ("token: x", "oauth_token" = "x", password x, Authorization: Bearer x).
 * *at is where it stands. Returns its length, 0: there is none.
 */
size_t cl_name_before(uint32_t source, const char *bytes, size_t from, size_t *at);
