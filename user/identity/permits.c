/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run was declared to need. The lists are kept as they were declared and read when somebody asks: a use is rare,
 * a list is short. Reading is total: a list that came from a recording may hold anything.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/parse.h"
#include "identity/identity.h"

#define WORD_BYTES 272
#define PORT_ANY UINT64_MAX

/* The next word of a list, cut to fit; false: there is none. */
static bool next_word(const char **list, char out[WORD_BYTES])
{
	const char *s = *list + strspn(*list, " ");
	size_t n = strcspn(s, " "), kept = n < WORD_BYTES ? n : WORD_BYTES - 1;

	memcpy(out, s, kept);
	out[kept] = '\0';
	*list = s + n;
	return n > 0;
}

/* ---- credentials ---- */

int cl_permit_check_credential(const char *word)
{
	uint8_t fp[CL_FP_SIZE];

	return cl_fp_parse(word, fp) ? -EINVAL : 0;
}

static bool lists_credential(const char *list, const uint8_t fp[CL_FP_SIZE])
{
	char word[WORD_BYTES];
	uint8_t listed[CL_FP_SIZE];

	for (int i = 0; i < CL_PERMITS_MAX && next_word(&list, word); i++)
		if (!cl_fp_parse(word, listed) && !memcmp(listed, fp, CL_FP_SIZE))
			return true;
	return false;
}

enum cl_permit cl_run_allows_credential(const struct cl_run *run, const uint8_t fp[CL_FP_SIZE])
{
	enum cl_permit answer = CL_PERMIT_UNSAID;

	for (; run; run = run->parent) {
		if (!run->allowed_credentials)
			continue;
		if (!lists_credential(run->allowed_credentials, fp))
			return CL_PERMIT_NO;
		answer = CL_PERMIT_YES;
	}
	return answer;
}

/* ---- destinations ---- */

struct place {
	char host[WORD_BYTES];
	unsigned char ip[16];
	int family;    /* AF_INET, AF_INET6; 0: a name */
	uint64_t port; /* or PORT_ANY */
};

static int take_host(struct place *p, const char *s, size_t len)
{
	bool six = len > 2 && s[0] == '[' && s[len - 1] == ']';

	if (!len || len >= sizeof(p->host))
		return -EINVAL;
	memcpy(p->host, s + six, len - 2 * six);
	p->host[len - 2 * six] = '\0';
	p->host[strcspn(p->host, "%")] = '\0'; /* a link-local address's interface */
	p->family = six ? AF_INET6 : AF_INET;
	if (inet_pton(p->family, p->host, p->ip) == 1)
		return 0;
	p->family = 0;
	return six ? -EINVAL : 0;
}

/* Letters, digits, dashes and dots, with a "*." before them or not. */
static bool is_name(const char *s)
{
	bool letter = false;

	s += !strncmp(s, "*.", 2) ? 2 : 0;
	if (!*s || *s == '.' || *s == '-' || strstr(s, ".."))
		return false;
	for (; *s; s++) {
		if (!isalnum((unsigned char)*s) && !strchr("-._", *s))
			return false;
		letter |= isalpha((unsigned char)*s) != 0;
	}
	return letter;
}

static int take_place(struct place *p, const char *word)
{
	const char *colon = strrchr(word, ':');

	*p = (struct place){.port = PORT_ANY};
	if (!colon || take_host(p, word, (size_t)(colon - word)))
		return -EINVAL;
	if (strcmp(colon + 1, "*") && (cl_parse_u64(colon + 1, UINT16_MAX, &p->port) || !p->port))
		return -EINVAL;
	return p->family || is_name(p->host) ? 0 : -EINVAL;
}

static bool is_socket(const char *s)
{
	return (*s == '/' || *s == '@') && s[1];
}

int cl_permit_check_destination(const char *word)
{
	struct place p;

	if (!*word || strlen(word) >= WORD_BYTES || strchr(word, ' '))
		return -EINVAL;
	return is_socket(word) ? 0 : take_place(&p, word);
}

static bool is_called(const struct place *p, const char *name)
{
	size_t n = strlen(name), tail = strlen(p->host);

	if (n && name[n - 1] == '.')
		n--;
	if (strncmp(p->host, "*.", 2))
		return tail == n && !strncasecmp(p->host, name, n);
	tail--; /* with its dot */
	return n > tail && !strncasecmp(name + n - tail, p->host + 1, tail);
}

static enum cl_permit is_place(const struct place *listed, const struct place *asked, const char *const *names)
{
	if (listed->port != PORT_ANY && listed->port != asked->port)
		return CL_PERMIT_NO;
	if (listed->family)
		return listed->family == asked->family &&
				       !memcmp(listed->ip, asked->ip, listed->family == AF_INET ? 4 : 16)
			       ? CL_PERMIT_YES
			       : CL_PERMIT_NO;
	if (!names || !*names)
		return CL_PERMIT_UNKNOWN;
	for (; *names; names++)
		if (is_called(listed, *names))
			return CL_PERMIT_YES;
	return CL_PERMIT_NO;
}

static enum cl_permit lists_destination(const char *list, const char *address, uint32_t port, const char *const *names)
{
	enum cl_permit best = CL_PERMIT_NO;
	struct place asked = {.port = port};
	char word[WORD_BYTES], host[WORD_BYTES];

	snprintf(host, sizeof(host), strchr(address, ':') ? "[%.200s]" : "%.200s", address);
	if (!is_socket(address) && take_host(&asked, host, strlen(host)))
		return CL_PERMIT_NO;
	for (int i = 0; i < CL_PERMITS_MAX && next_word(&list, word); i++) {
		struct place listed;
		enum cl_permit one = CL_PERMIT_NO;

		if (is_socket(address))
			one = strcmp(word, address) ? CL_PERMIT_NO : CL_PERMIT_YES;
		else if (!is_socket(word) && !take_place(&listed, word))
			one = is_place(&listed, &asked, names);
		if (one == CL_PERMIT_YES)
			return one;
		best = one == CL_PERMIT_UNKNOWN ? one : best;
	}
	return best;
}

enum cl_permit cl_run_allows_destination(const struct cl_run *run, const char *address, uint32_t port,
					 const char *const *names)
{
	enum cl_permit answer = CL_PERMIT_UNSAID;

	for (; run && address; run = run->parent) {
		enum cl_permit one;

		if (!run->allowed_destinations)
			continue;
		one = lists_destination(run->allowed_destinations, address, port, names);
		if (one == CL_PERMIT_NO)
			return one;
		answer = answer == CL_PERMIT_UNKNOWN ? answer : one;
	}
	return answer;
}
