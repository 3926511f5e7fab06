/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a holder of a credential writes: that it does, and what lies in them then. */
#include <errno.h>

#include "pipeline/observe_internal.h"
#include "pipeline/strings.h"

int cl_observe_write(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	(void)o;
	obs->kind = CL_OBS_WRITE;
	obs->open_flags = ev->open_flags;
	obs->filename = cl_some(ev->filename);
	obs->path = cl_some(ev->path);
	cl_observer_file(ev->file, obs);
	return 1;
}

/* What a read of this version brings is known before anybody reads it. */
static int know(struct cl_observer *o, const struct cl_written *w)
{
	struct cl_known_file *f = cl_files_enter(&o->files, &w->file);
	int r = f ? cl_known_file_name(f, NULL, w->path) : -ENOMEM;

	if (r)
		return r;
	cl_known_file_version(f, &w->file);
	r = cl_known_file_add(f, o->sightings, o->n_sightings);
	f->complete = !r;
	o->knows_content = f->complete;
	return r;
}

int cl_observe_written(struct cl_observer *o, const struct cl_written *w, const void *bytes, size_t len,
		       struct cl_observation *out)
{
	const struct cl_file_around around = {.written = w->file.ctime};
	struct cl_observation obs = {.kind = CL_OBS_STORED, .ts = w->ts, .process = w->process, .whole = 1};
	int r;

	cl_observer_begin(o);
	cl_scanner_around(o->scanner, &around);
	r = cl_observer_scan(o, CL_SOURCE_FILE, w->path, (struct cl_view){bytes, len});
	if (r > 0) {
		obs.path = cl_arena_strdup(o->arena, w->path);
		r = obs.path ? know(o, w) : -ENOMEM;
	}
	cl_observer_end(o);
	if (r < 0)
		return r;
	cl_observer_file(&w->file, &obs);
	obs.sightings = o->n_sightings ? o->sightings : NULL;
	obs.n_sightings = o->n_sightings;
	*out = obs;
	return (int)o->n_sightings;
}
