/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers "which credential is this?": the catalogue of token formats and credential stores, the scanner with its
 * validators, and the fingerprint. Bytes come in, sightings go out; nothing here keeps or prints a value.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "credential/fingerprint.h"
#include "event/observation.h"

/* ---- catalogue: data, compiled in from user/credential/catalogue/, extended and overridden from catalog.d ---- */

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
	const char *const *readers; /* basenames of the programs that read it, NULL-terminated; NULL: not known */
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
/* The store whose path matches; NULL: none. `path` is absolute, as the process saw it. */
const struct cl_store *cl_catalogue_store_for(const struct cl_catalogue *c, const char *path);
const struct cl_store *cl_catalogue_store(const struct cl_catalogue *c, const char *id); /* NULL: no such store */
/* What hands credentials out there, by address and port, or by the path of its socket's file: its id; NULL: nothing. */
const char *cl_catalogue_service_at(const struct cl_catalogue *c, const char *address, uint32_t port);
const char *cl_catalogue_service_of(const struct cl_catalogue *c, const char *path);
/* Adds a path (a glob as in the catalogue) that the configuration names, as store "configured". Before anybody holds
 * a store's pointer. */
int cl_catalogue_watch(struct cl_catalogue *c, const char *path, struct cl_error *err);
/* Whether a program (its path or basename) is among the expected readers; true when they are not known.
 * "python3" stands for "python3.11" too. */
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

/* ---- scanner ---- */

struct cl_scanner;
int cl_scanner_new(struct cl_scanner **out, const struct cl_catalogue *c, const struct cl_fp_key *k,
		   struct cl_error *err);
void cl_scanner_free(struct cl_scanner **p);
/*
 * What is known of the file of the next cl_scan alone: when it was last written (wall ns; 0: not known), and the text
 * of a certificate that lies in a file beside it (borrowed; len 0: none).
 */
struct cl_file_around {
	uint64_t written;
	const char *certificate;
	size_t certificate_len;
};
void cl_scanner_around(struct cl_scanner *s, const struct cl_file_around *around);
struct cl_scanner_stats {
	uint64_t scans, bytes;
	uint64_t candidates_cut; /* pattern hits beyond what one scan looks at */
	uint64_t sightings_cut;	 /* found, but more than the caller asked for */
};
const struct cl_scanner_stats *cl_scanner_stats(const struct cl_scanner *s);

/*
 * Scans bytes of one source. Sightings are appended to out (allocated in the arena), at most `max`; one fingerprint in
 * one place is one sighting. Values wrapped in base64 (docker's auth, basic authorization) are decoded in secure
 * memory. Returns the number written or -errno.
 *   CL_SOURCE_FILE         text of a file; `path` chooses its store's extraction (may be NULL)
 *   CL_SOURCE_ENVIRONMENT  NUL-separated NAME=value strings
 *   CL_SOURCE_ARGUMENTS    NUL-separated arguments
 */
int cl_scan(struct cl_scanner *s, uint32_t source, const char *path, const char *bytes, size_t len,
	    struct cl_arena *arena, struct cl_sighting *out, size_t max);

/*
 * Appends a printable copy of NUL- or newline-separated text in which every credential stands as "[credential]" and
 * every value of a variable or option that names a secret as "[redacted]"; separators become spaces.
 */
int cl_redact(struct cl_scanner *s, const char *bytes, size_t len, struct cl_text *out);
/* The same for a sentence of our own in which other people's words stand: hides credentials and the users of addresses,
 * and leaves the rest as it is. */
int cl_redact_message(struct cl_scanner *s, const char *bytes, size_t len, struct cl_text *out);
