/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uthash, told not to end the program when memory is short. After a HASH_ADD_* ask cl_table_added(): false means that
 * the element is not in the table.
 */
#pragma once

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define cl_table_added(element) ((element)->hh.tbl != NULL)
