/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of place somebody connects to, as far as its address and port tell. */
#pragma once

#include "detect/detector.h"

/* A secret may be sent there: no unix socket, no service that hands credentials out, no name or time service. */
bool cl_outlet_is_one(const struct cl_observation *obs);
/* Anybody's on the internet: no private, local or multicast address. */
bool cl_outlet_is_public(const struct cl_observation *obs);
