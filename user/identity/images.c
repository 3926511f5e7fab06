/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that a process ran before: what it read as one program it still has as the next. Kept are those that it
 * executed itself, and the one that came with its fork if it did something with it; of a long list the first and the
 * latest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "identity/tables.h"

#define IMAGES_MIN 2

static void put(struct cl_identity *id, struct cl_image *image)
{
	cl_shared_put(&id->strings, &image->exe);
	cl_shared_put(&id->strings, &image->script);
}

/* Room for one more: the list's size is a power of two. It stays as it is when there is no memory. */
static int grow(struct cl_identity *id, struct cl_process *p)
{
	struct cl_images *l = p->earlier;
	uint32_t n = l ? l->n : 0, cap = n ? 2 * n : IMAGES_MIN;

	if (n == CL_IMAGES_MAX) {
		put(id, &l->list[1]);
		memmove(&l->list[1], &l->list[2], (n - 2) * sizeof(l->list[0]));
		l->n--;
		l->forgotten++;
		return 0;
	}
	if (n && (n < IMAGES_MIN || (n & (n - 1))))
		return 0;
	l = realloc(l, sizeof(*l) + cap * sizeof(l->list[0]));
	if (!l)
		return -ENOMEM;
	if (!n)
		*l = (struct cl_images){0};
	p->earlier = l;
	return 0;
}

int cl_images_keep(struct cl_identity *id, struct cl_process *p)
{
	struct cl_image *image;
	int r;

	if (!p->exe || !(p->own_image || p->acted))
		return 0;
	r = grow(id, p);
	if (r)
		return r;
	image = &p->earlier->list[p->earlier->n++];
	*image = (struct cl_image){.ino = p->exe_ino, .dev = p->exe_dev, .flags = p->flags, .when = p->exec_ts};
	cl_shared_copy(&image->exe, p->exe);
	cl_shared_copy(&image->script, p->script);
	return 0;
}

void cl_images_free(struct cl_identity *id, struct cl_process *p)
{
	for (uint32_t i = 0; p->earlier && i < p->earlier->n; i++)
		put(id, &p->earlier->list[i]);
	free(p->earlier);
	p->earlier = NULL;
}
