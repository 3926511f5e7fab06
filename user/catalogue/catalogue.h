/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What credentials look like and where they lie: token formats, credential stores, services that hand them out; and by
 * what work is recognised. Data,
 * compiled in from user/catalogue/data/ (catalogue.schema.json there is its schema), extended and overridden an entry at
 * a time from catalog.d and the configuration.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "event/observation.h"

enum cl_form {
	CL_FORM_TOKEN = 0,
	CL_FORM_PEM = 1, /* the pattern matches the BEGIN line, the bare value is the decoded body */
};

struct cl_format {
	const char *id, *provider, *kind;
	const char *pattern; /* Vectorscan regular expression that matches the bare value; NULL: only refines a JWT */
	const char *context; /* regular expression of the key that must stand before the value; NULL: none needed */
	const char *after;   /* one of these characters must follow ("\n": or the text ends); NULL: no word may go on */
	const char *claim, *claim_prefix; /* a JWT that has this claim (and its value begins so) is of this format */
	uint32_t form;			  /* enum cl_form */
	uint32_t class;			  /* enum cl_class */
	uint64_t ttl;			  /* ns that an ephemeral one lives; 0: not known */
	double entropy;			  /* least bits per byte; 0: not asked */
	/* Checks what the pattern cannot: checksum, structure. Returns false for a near miss. NULL: pattern suffices. */
	bool (*valid)(const char *value, size_t len);
	bool needs_context; /* context is given */
	bool joined;	    /* the value follows the context at once, without a separator; it has a fixed width */
};

/* One path of a store; a store with several paths has several entries with the same id. */
struct cl_store {
	const char *id, *owner;
	const char *path;	    /* glob: "~" any home, "*" within a component, "**" across, "{a,b}" not used */
	bool shared;		    /* shared by design (host keys, /etc/shadow): no reuse findings */
	uint32_t traits;	    /* enum cl_store_trait */
	const char *const *readers; /* the programs that read it, NULL-terminated; NULL: not known */
	const char *expected;	    /* who reads it, in the form that an observation carries; NULL: not known */
};

/* Whether its values can be guessed (passwords): their fingerprints are this host's own (fingerprint.h). */
bool cl_format_is_guessable(const struct cl_format *f);

struct cl_catalogue;
/* `directory` (catalog.d; NULL or absent: none) may add or replace entries. Errors name file and line. */
int cl_catalogue_new(struct cl_catalogue **out, const char *directory, struct cl_error *err);
struct cl_config;
/* With what the configuration says: its catalogue directory, its own entries, its watched paths. */
int cl_catalogue_open(struct cl_catalogue **out, const struct cl_config *config, struct cl_error *err);
void cl_catalogue_free(struct cl_catalogue **p);
const char *cl_catalogue_schema(void);	 /* JSON Schema of catalogue files */
const char *cl_catalogue_left_out(void); /* JSON: what is known and not recognised, with the reasons */
size_t cl_catalogue_formats(const struct cl_catalogue *c, const struct cl_format **out);
size_t cl_catalogue_stores(const struct cl_catalogue *c, const struct cl_store **out);
/* How work is recognised (catalogue/recogniser.h). */
struct cl_recogniser_list;
const struct cl_recogniser_list *cl_catalogue_recognisers(const struct cl_catalogue *c);
/* The store whose path matches; NULL: none. `path` is absolute, as the process saw it. */
const struct cl_store *cl_catalogue_store_for(const struct cl_catalogue *c, const char *path);
const struct cl_store *cl_catalogue_store(const struct cl_catalogue *c, const char *id); /* NULL: no such store */
/* What hands credentials out there, by address and port, or by the path of its socket's file: its id; NULL: nothing. */
const char *cl_catalogue_service_at(const struct cl_catalogue *c, const char *address, uint32_t port);
const char *cl_catalogue_service_of(const struct cl_catalogue *c, const char *path);
/* Adds a path (a glob as in the catalogue) that the configuration names, as store "configured". Before anybody holds
 * a store's pointer. */
int cl_catalogue_watch(struct cl_catalogue *c, const char *path, struct cl_error *err);
/* Whether a program (its path) is among the expected readers, or their runtimes; true when they are not known. */
bool cl_store_expects(const struct cl_store *s, const char *exe);

/* Coarse rules for the kernel's filter, made from the stores' paths. */
struct cl_name_rules {
	struct cl_name_exact {
		const char *name;	/* exact basename, at most 63 bytes */
		const char *parents[9]; /* directory names, NULL-terminated (at most 8); none: any */
	} * exact;
	size_t n_exact;
	char prefixes[32][5], suffixes[32][5]; /* four bytes each */
	size_t n_prefixes, n_suffixes;
};
int cl_catalogue_name_rules(const struct cl_catalogue *c, struct cl_name_rules *out);
void cl_name_rules_free(struct cl_name_rules *r);
/* Whether the kernel's filter lets a file through that is called so. */
bool cl_name_rules_pass(const struct cl_name_rules *r, const char *path);
/* Stores that no name rule can stand for (their last component is a bare or too common wildcard): the kernel sees them
 * only by inode. Returns how many there are; at most max are written. */
size_t cl_catalogue_unruled(const struct cl_catalogue *c, const struct cl_store **out, size_t max);
