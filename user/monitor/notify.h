/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify(3)'s protocol: one datagram to $NOTIFY_SOCKET. Nothing happens where there is none. */
#pragma once

void cl_notify(const char *state);
