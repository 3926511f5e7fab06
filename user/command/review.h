/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage findings ack`: taking note of a finding. */
#pragma once

#include "command/command.h"

/* By the monitor, or in the store while no monitor runs there. `id`: whole or its beginning; reason: may be NULL;
 * reopen: it is new again. An exit status. */
int cl_review_ask(struct cl_common *common, const char *id, const char *reason, bool reopen);
