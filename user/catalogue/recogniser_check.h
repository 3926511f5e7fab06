/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of a recogniser: NULL when they are well formed, else what is wrong, as in "\"run_id\" of entry \"x\" ...". */
#pragma once

const char *cl_recogniser_check_template(const char *text);
const char *cl_recogniser_check_condition(const char *text);
const char *cl_recogniser_check_basename(const char *text);
const char *cl_recogniser_check_part(const char *text);
const char *cl_recogniser_check_cgroup(const char *text);
const char *cl_recogniser_check_command(const char *text);
