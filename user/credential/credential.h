/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers "which credential is this?": bytes come in, sightings go out, each with its fingerprint and with what the
 * credential and its surroundings tell of it. Nothing here keeps or prints a value.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "catalogue/catalogue.h"
#include "event/observation.h"
#include "fingerprint/fingerprint.h"

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
