/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of links and maps in a directory of bpffs: they outlive the process that made them, and the probes go on filling
 * the rings. Each set is a directory of its own, named by record schema and by everything that was decided before the
 * load, so that a set can be taken over exactly when it is what this process would load itself. A set is published by a
 * rename: it is whole or it is not there.
 *
 * The directory belongs to root alone (0700); one process at a time holds it (flock).
 */
#pragma once

#include <bpf/libbpf.h>
#include <stdbool.h>

#include "base/error.h"

struct cl_pins;

/* Makes the directory when it is not there. -EBUSY: another monitor holds it; -EPERM: it is not ours alone. */
int cl_pins_open(struct cl_pins **out, const char *dir, struct cl_error *err);
void cl_pins_free(struct cl_pins **p);
const char *cl_pins_dir(const struct cl_pins *p);

const char *cl_pins_set(const struct cl_pins *p);

uint64_t cl_pins_mix(uint64_t hash, const void *bytes, size_t n);
/* The name of the set that an opened, not yet loaded object is; `seed`: what else was decided. */
void cl_pins_name(struct cl_pins *p, struct bpf_object *obj, uint64_t seed);
/* Gives the object the maps of that set, before the load: 0; -ENOENT: there is none; else it is not whole. */
int cl_pins_take_maps(struct cl_pins *p, struct bpf_object *obj);
/* NULL with errno. */
struct bpf_link *cl_pins_take_link(struct cl_pins *p, const char *program);
bool cl_pins_has_maps(const struct cl_pins *p, const struct bpf_object *obj);
bool cl_pins_has_link(const struct cl_pins *p, const char *program);
/* Makes the set from a loaded object and its links, links[i] named names[i]; a NULL is left out. */
int cl_pins_publish(struct cl_pins *p, struct bpf_object *obj, struct bpf_link *const *links, const char *const *names,
		    size_t n);

#define CL_SET_NAME 40
#define CL_SETS_MAX 4
/* Names and schemas of sets other than ours (0: none that could be read); how many, at most CL_SETS_MAX. */
size_t cl_pins_others(struct cl_pins *p, char names[CL_SETS_MAX][CL_SET_NAME], uint32_t schemas[CL_SETS_MAX]);
int cl_pins_other_map(struct cl_pins *p, const char *set, const char *map); /* descriptor or -errno */
/* Takes a set's links away: they are detached unless somebody holds them. Its maps stay. */
int cl_pins_detach(struct cl_pins *p, const char *set);
int cl_pins_drop(struct cl_pins *p, const char *set);
