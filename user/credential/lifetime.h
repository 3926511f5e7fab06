/* SPDX-License-Identifier: Apache-2.0 */
/* What a value's own form tells: whether a checksum proves it well-formed, whose kind of token it is. */
#pragma once

#include "credential/credential.h"
#include "event/facts.h"

void cl_lifetime_read(const struct cl_format *f, struct cl_facts *facts);
