/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the scanner, shared with redaction: every place in a text that holds a credential or looks like it. */
#pragma once

#include "credential/credential.h"
#include "credential/escapes.h"

#define CL_BODY_SIZE 16384	    /* decoded key or claims */
#define CL_LAYER_SIZE 49152	    /* decoded text of one layer */
#define CL_LAYERS_MAX 3		    /* of encodings around each other */
#define CL_CLAIMS_SIZE (512u << 10) /* facts of one scan's finds */

struct cl_find {
	const struct cl_format *format;
	size_t from, to; /* in the text that was given: the value, or the encoding that wraps it */
	bool sure;	 /* false: only looks like one; no fingerprint, class and expires */
	bool plain;	 /* seen with escapes undone */
	bool decoded;	 /* within an encoding */
	struct cl_fp_names names;
	uint32_t class;
	uint64_t expires;
	const char *claims; /* facts that the value itself declares; NULL: none, dead with the next call */
};

struct cl_scanner {
	const struct cl_catalogue *catalogue;
	const struct cl_fp_key *key;
	struct cl_matcher *matcher;
	struct cl_find *finds;
	size_t n_finds, cap_finds;
	void *body;			       /* secure */
	struct cl_arena *claims;	       /* facts of the finds */
	struct cl_file_around around;	       /* of the next scan */
	struct cl_plain layers[CL_LAYERS_MAX]; /* their text is secure */
	struct cl_scanner_stats stats;
};

/* Sorted by place; *finds is valid until the next call. Returns how many, or -errno. */
ssize_t cl_scanner_find(struct cl_scanner *s, const char *bytes, size_t len, const struct cl_find **finds);
