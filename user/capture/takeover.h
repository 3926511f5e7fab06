/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From one collector to the next. The same set goes on in the new hands; another set's links are taken away once ours
 * are attached, and what is left in its rings is handed over before our own records. Both sets see everything up to
 * the cut: of what lies before it the older set's record counts, of what lies behind it ours.
 */
#pragma once

#include "capture/internal.h"

/* Between open and load: takes maps and links of the same set over if there are any. -EAGAIN: open it anew. */
int cl_takeover_adopt(struct cl_capture *c, const struct cl_name_rules *rules);
/* After the load, before anything is attached: what the filter of before had learnt. */
int cl_takeover_filter(struct cl_capture *c);
/* Once all is attached and proven: pins what is new, computes the gap, cuts the other sets off. */
int cl_takeover_finish(struct cl_capture *c, struct cl_error *err);
int cl_takeover_publish(struct cl_capture *c); /* (again) */
/* cl_rings_poll of our own rings, after what the other sets left; without what they tell themselves. */
int cl_takeover_poll(struct cl_capture *c, cl_record_fn each, void *ctx);
void cl_takeover_free(struct cl_capture *c);
