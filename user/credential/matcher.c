/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "credential/matcher.h"

#include <ctype.h>
#include <errno.h>
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "catalogue/check.h"
#include "credential/compiled.h"
#include "credential/pattern.h"

#define VALUE_MAX 16384 /* bytes of one credential */
#define RAW_MAX 65536	/* matches that one call keeps */
#define PREFIX_MIN 3	/* a shorter literal does not tell where a match starts */
#define BETWEEN "[\"'`\\\\]{0,4}[\\s:=>,;|\\x00]{1,8}[\"'`\\\\]{0,4}" /* between a key and its value */

#define NOWHERE SIZE_MAX

enum start {
	START_WIDTH,   /* fixed width */
	START_PREFIX,  /* last place of the literal that fits */
	START_CONTEXT, /* behind the separator */
	START_REPORTED,
};

struct rule {
	const struct cl_format *format;
	enum start start;
	size_t width; /* least, of a match */
	char prefix[32];
	size_t prefix_len;
	struct cl_byte_set bytes, first, last;
};

struct raw {
	uint32_t rule;
	size_t from, to; /* from: START_REPORTED only */
};

struct cl_matcher {
	struct rule *rules;
	size_t n_rules;
	struct cl_patterns patterns;
	hs_database_t *db;
	hs_scratch_t *scratch;
	struct raw *raw;
	size_t n_raw, cap_raw;
	struct cl_hit *hits;
	size_t cap_hits;
	uint64_t cut;
};

static void fill_rule(struct rule *r, const struct cl_format *f)
{
	const char *pattern = f->pattern;

	r->format = f;
	r->prefix_len = cl_pattern_prefix(pattern, r->prefix, sizeof(r->prefix));
	cl_pattern_bytes(pattern, &r->bytes);
	cl_pattern_first_class(pattern, &r->first);
	cl_pattern_last_class(pattern, &r->last);
}

/* How the start of its matches is found; needs the pattern's widths. */
static int choose_start(struct rule *r, struct cl_error *err)
{
	hs_expr_info_t *info = NULL;
	hs_compile_error_t *e = NULL;

	if (hs_expression_info(r->format->pattern, 0, &info, &e) != HS_SUCCESS) {
		cl_fail(err, -EINVAL, "cannot use pattern of catalogue entry \"%s\": %s", r->format->id, e->message);
		hs_free_compile_error(e);
		return -EINVAL;
	}
	r->width = info->min_width;
	r->start = info->min_width == info->max_width ? START_WIDTH
		   : r->format->context		      ? START_CONTEXT
		   : r->prefix_len >= PREFIX_MIN      ? START_PREFIX
						      : START_REPORTED;
	free(info);
	if (r->format->joined && r->start != START_WIDTH)
		return cl_fail(err, -EINVAL,
			       "cannot use pattern of catalogue entry \"%s\": \"joined\" asks for a fixed width",
			       r->format->id);
	return 0;
}

static void free_patterns(struct cl_patterns *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->patterns[i]);
	free(s->patterns);
	free(s->flags);
	free(s->ids);
}

static int add_rule(struct cl_matcher *m, const struct cl_format *f, struct cl_error *err)
{
	struct rule *r = &m->rules[m->n_rules];
	struct cl_patterns *s = &m->patterns;
	int n, status;

	fill_rule(r, f);
	status = choose_start(r, err);
	if (status)
		return status;
	n = f->context
		    ? asprintf(&s->patterns[s->n], "(?:%s)%s(?:%s)", f->context, f->joined ? "" : BETWEEN, f->pattern)
		    : asprintf(&s->patterns[s->n], "%s", f->pattern);
	if (n < 0)
		return -ENOMEM;
	s->flags[s->n] = r->start == START_REPORTED ? HS_FLAG_SOM_LEFTMOST : 0;
	s->ids[s->n++] = (unsigned int)m->n_rules++;
	return 0;
}

static int compile(struct cl_matcher *m, struct cl_error *err)
{
	_cleanup_free_ char *why = NULL;
	const struct cl_format *f;
	int culprit = -1, r = cl_compiled_open(&m->patterns, &m->db, &culprit, &why);

	if (!r)
		return hs_alloc_scratch(m->db, &m->scratch) == HS_SUCCESS ? 0 : -ENOMEM;
	f = culprit >= 0 ? m->rules[culprit].format : NULL;
	return cl_fail(err, r, "cannot use pattern of catalogue entry \"%s\": %s", f ? f->id : "(all together)",
		       why ? why : "out of memory");
}

int cl_matcher_new(struct cl_matcher **out, const struct cl_catalogue *c, struct cl_error *err)
{
	_cleanup_(cl_matcher_free) struct cl_matcher *m = calloc(1, sizeof(*m));
	const struct cl_format *formats;
	size_t n = cl_catalogue_formats(c, &formats);
	int r = 0;

	if (!m || !(m->patterns.patterns = calloc(n, sizeof(*m->patterns.patterns))) ||
	    !(m->patterns.flags = calloc(n, sizeof(*m->patterns.flags))) ||
	    !(m->patterns.ids = calloc(n, sizeof(*m->patterns.ids))) || !(m->rules = calloc(n, sizeof(*m->rules))))
		return cl_fail(err, -ENOMEM, "cannot make the scanner: out of memory");
	for (size_t i = 0; i < n && !r; i++)
		if (formats[i].pattern)
			r = add_rule(m, &formats[i], err);
	if (!r)
		r = compile(m, err);
	if (r)
		return r;
	*out = TAKE_PTR(m);
	return 0;
}

int cl_matcher_write(const struct cl_matcher *m, FILE *f)
{
	return cl_compiled_write(&m->patterns, f);
}

void cl_matcher_free(struct cl_matcher **p)
{
	if (!*p)
		return;
	hs_free_scratch((*p)->scratch);
	hs_free_database((*p)->db);
	free_patterns(&(*p)->patterns);
	free((*p)->rules);
	free((*p)->raw);
	free((*p)->hits);
	free(TAKE_PTR(*p));
}

const void *cl_matcher_database(const struct cl_matcher *m)
{
	return m->db;
}

/* A class with an open repeat matches at each further byte: that is one match growing. */
static bool grows(struct cl_matcher *m, unsigned int id, uint64_t from, uint64_t to)
{
	size_t back = m->n_raw < 4 ? m->n_raw : 4;

	for (size_t i = m->n_raw; i > m->n_raw - back; i--) {
		struct raw *last = &m->raw[i - 1];

		if (last->rule != id || m->rules[id].start == START_WIDTH)
			continue;
		if (m->rules[id].start == START_REPORTED ? last->from != from : last->to + 1 != to)
			continue;
		last->to = to;
		return true;
	}
	return false;
}

static int on_match(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *ctx)
{
	struct cl_matcher *m = ctx;

	(void)flags;
	if (grows(m, id, from, to))
		return 0;
	if (m->n_raw == m->cap_raw) {
		size_t cap = m->cap_raw ? m->cap_raw * 2 : 64;
		struct raw *bigger = cap <= RAW_MAX ? realloc(m->raw, cap * sizeof(*bigger)) : NULL;

		if (!bigger) {
			m->cut++;
			return 0;
		}
		m->raw = bigger;
		m->cap_raw = cap;
	}
	m->raw[m->n_raw++] = (struct raw){id, (size_t)from, (size_t)to};
	return 0;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* strchr finds NUL in every string. */
static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* An escape that ends before `at`: "%3D", "\n", "\u003d". Its last character is not part of a word. */
static bool behind_escape(const char *s, size_t at)
{
	if (at >= 3 && s[at - 3] == '%' && isxdigit((unsigned char)s[at - 2]) && isxdigit((unsigned char)s[at - 1]))
		return true;
	if (at >= 2 && s[at - 2] == '\\' && is_one_of(s[at - 1], "nrtbfv0"))
		return true;
	return at >= 6 && s[at - 6] == '\\' && s[at - 5] == 'u';
}

static bool bounded_left(const struct rule *r, const char *s, size_t from)
{
	unsigned char c = from ? (unsigned char)s[from - 1] : 0;

	return !from || (!is_word((char)c) && !r->first.has[c]) || behind_escape(s, from);
}

static bool bounded_right(const struct rule *r, const char *s, size_t len, size_t to)
{
	return to == len || (!is_word(s[to]) && !r->last.has[(unsigned char)s[to]]);
}

/* Where the value begins that ends at `to` behind a separator. '=' belongs to the value as padding only. */
static size_t behind_separator(const char *s, size_t to)
{
	size_t from = to;

	while (from && s[from - 1] == '=')
		from--;
	while (from && to - from < VALUE_MAX && (is_word(s[from - 1]) || is_one_of(s[from - 1], "+/-.~%")))
		from--;
	return from;
}

/* The earliest place of the literal (NOWHERE when a boundary must be before it and is not) that can reach `to`. */
static size_t from_prefix(const struct rule *r, const char *s, size_t to, bool bounded)
{
	size_t low = to, last = to - r->width;

	while (low && to - low < VALUE_MAX && r->bytes.has[(unsigned char)s[low - 1]])
		low--;
	for (size_t at = low; at <= last; at++)
		if (!memcmp(s + at, r->prefix, r->prefix_len) && (!bounded || bounded_left(r, s, at)))
			return at;
	return bounded ? NOWHERE : last;
}

static size_t start_of(const struct rule *r, const struct raw *raw, const char *s)
{
	switch (r->start) {
	case START_WIDTH:
		return raw->to - r->width;
	case START_PREFIX:
		return from_prefix(r, s, raw->to, true);
	case START_CONTEXT:
		return behind_separator(s, raw->to);
	case START_REPORTED:
		break;
	}
	return raw->from;
}

static bool is_followed(const struct cl_format *f, const char *s, size_t len, size_t to)
{
	if (!f->after)
		return true;
	return to == len || !s[to] ? strchr(f->after, '\n') != NULL : is_one_of(s[to], f->after);
}

static bool is_valid(const struct rule *r, const struct cl_hit *h, const char *s, size_t len)
{
	const struct cl_format *f = r->format;
	size_t n = h->to - h->from;

	if (f->form == CL_FORM_PEM)
		return true;
	if (n > VALUE_MAX || !bounded_right(r, s, len, h->to) || !is_followed(f, s, len, h->to))
		return false;
	/* Of a fixed width behind its key: the expression itself has its separator end there. */
	if (!(f->context && r->start == START_WIDTH) && !bounded_left(r, s, h->from))
		return false;
	if (f->entropy > 0 && cl_entropy(s + h->from + r->prefix_len, n - r->prefix_len) < f->entropy)
		return false;
	return !f->valid || f->valid(s + h->from, n);
}

static int by_place(const void *a, const void *b)
{
	const struct cl_hit *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to > y->to ? -1 : 1;
	return x->format < y->format ? -1 : x->format > y->format;
}

ssize_t cl_matcher_run(struct cl_matcher *m, const char *bytes, size_t len, struct cl_hit **hits, uint64_t *cut)
{
	m->n_raw = 0;
	m->cut = 0;
	if (len > UINT32_MAX || hs_scan(m->db, bytes, (unsigned int)len, 0, m->scratch, on_match, m) != HS_SUCCESS)
		return -EINVAL;
	*cut += m->cut;
	if (!m->n_raw)
		return 0;
	if (m->n_raw > m->cap_hits) {
		struct cl_hit *bigger = realloc(m->hits, m->cap_raw * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		m->hits = bigger;
		m->cap_hits = m->cap_raw;
	}
	for (size_t i = 0; i < m->n_raw; i++) {
		const struct rule *r = &m->rules[m->raw[i].rule];
		struct cl_hit h = {.format = r->format, .from = start_of(r, &m->raw[i], bytes), .to = m->raw[i].to};

		h.valid = h.from != NOWHERE && is_valid(r, &h, bytes, len);
		if (!h.valid && r->start == START_PREFIX)
			h.from = from_prefix(r, bytes, h.to, false);
		m->hits[i] = h;
	}
	qsort(m->hits, m->n_raw, sizeof(*m->hits), by_place);
	*hits = m->hits;
	return (ssize_t)m->n_raw;
}
