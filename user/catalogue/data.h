/* SPDX-License-Identifier: Apache-2.0 */
/* JSON texts, NUL-terminated; read.c documents their schema. */
#pragma once

extern const char cl_catalogue_formats_json[], cl_catalogue_stores_json[], cl_catalogue_services_json[];
extern const char cl_catalogue_workflows_json[];
extern const char cl_catalogue_schema_json[], cl_catalogue_left_out_json[];
