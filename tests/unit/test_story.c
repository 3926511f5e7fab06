/* SPDX-License-Identifier: Apache-2.0 */
/* The story of a finding, its commands, its words per detector and provider, and how a terminal gets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/wrap.h"
#include "catalogue/catalogue.h"
#include "detect/detector.h"
#include "mk_finding.h"
#include "format/advice.h"
#include "format/format.h"
#include "format/story.h"

static char *story_of(const cJSON *f)
{
	struct cl_text t = {0};

	assert_int_equal(cl_story(f, &t), 0);
	assert_true(t.len <= CL_STORY_MAX);
	return cl_text_take(&t);
}

static void set(cJSON *f, const char *path, const char *member, const char *value)
{
	cJSON *at = *path ? (cJSON *)(uintptr_t)cl_json_at(f, path) : f;

	assert_non_null(at);
	cJSON_DeleteItemFromObjectCaseSensitive(at, member);
	cl_json_str(at, member, value);
}

static void assert_says(const char *story, const char *words)
{
	if (!strstr(story, words))
		fail_msg("\"%s\" is not in:\n%s", words, story);
}

static void assert_silent(const char *story, const char *words)
{
	if (strstr(story, words))
		fail_msg("\"%s\" is in:\n%s", words, story);
}

/* ---- the whole ---- */

static void test_whole(void **state)
{
	static const char expected[] =
		"High: Credential used in two workflows\n"
		"fnd-0000000000000007 on testhost, 2026-01-02T03:05:05Z\n"
		"\n"
		"Example credential cred:41414141414141414141414141414141 serves two workflows, and neither of them is part of "
		"the other. It is good until somebody revokes it; its form is example_token; it was first seen at "
		"2026-01-02T03:05:00Z.\n"
		"\n"
		"Workflow ci:a (run run-1, begun 2026-01-02T03:00:00Z) had it first. A process that was not seen started "
		"systemd, which started bash, which started cat. At 2026-01-02T03:05:05Z cat (pid 42, uid 1000, in container "
		"0123456789abcdef) read it from /srv/token:3.\n"
		"\n"
		"Workflow agent:b (run run-1, begun 2026-01-02T03:00:00Z) had it 2 minutes later. A process that was not seen "
		"started systemd, which started bash, which started cat. At 2026-01-02T03:07:06Z cat (pid 43, uid 1000, in "
		"container 0123456789abcdef) connected to tcp:192.0.2.7:443 while it had it.\n"
		"\n"
		"How it got there: How it came from the one to the other was not seen. Both sides come from bash (pid 99).\n"
		"\n"
		"Also seen: at 2026-01-02T03:05:05Z cat connected to tcp:192.0.2.7:443 while it had it (2 times).\n"
		"\n"
		"Its holders connected to 192.0.2.7 port 443. What was sent there was not looked into.\n"
		"\n"
		"Policy: this credential is called /srv/token and belongs to EXAMPLE owner; nothing is said about sharing it.\n"
		"\n"
		"Coverage: every kind of act was watched and no record was lost.\n"
		"\n"
		"Why it matters: A credential that several workflows share can't be taken from one of them alone, and what one "
		"of them leaks opens everything that the other may do.\n"
		"\n"
		"What to do next:\n"
		"1. Find out whether the second workflow was ever meant to have it.\n"
		"2. If in doubt, replace it at Example.\n"
		"3. Tell this host that it is revoked; every use from then on is Critical:\n"
		"   credlineage credentials revoke cred:41414141414141414141414141414141 --reason 'see fnd-0000000000000007'\n"
		"4. Issue one credential per workflow, each with the rights that this workflow needs.\n"
		"5. If it is meant to be so, say it, and for how long:\n"
		"   credlineage credentials allow cred:41414141414141414141414141414141 --workflow ci:a --workflow agent:b "
		"--until 90d --reason 'WHY'\n"
		"6. See how everything hangs together:\n"
		"   credlineage lineage --finding fnd-0000000000000007\n"
		"   credlineage credentials show cred:41414141414141414141414141414141";
	_cleanup_json_ cJSON *f = mk_finding(7, "/srv/token", 2);
	_cleanup_free_ char *story = NULL;

	(void)state;
	set(f, "sides.0.process", "name", "cat");
	set(f, "sides.1.process", "name", "cat");
	set(f, "sides.1.use", "time", "2026-01-02T03:07:06.000000Z");
	story = story_of(f);
	assert_string_equal(story, expected);
}

/* The message of the event is the same text, its description the one sentence. */
static void test_is_the_message(void **state)
{
	_cleanup_json_ cJSON *f = mk_finding(7, "/srv/token", 2), *event = NULL;
	_cleanup_free_ char *story = story_of(f);
	_cleanup_text_ struct cl_text t = {0};

	(void)state;
	set(f, "credential", "provider", "GitHub");
	free(story);
	story = story_of(f);
	assert_int_equal(cl_format_ocsf.render(f, 1, &t), 0);
	event = cJSON_Parse(cl_text_str(&t));
	assert_string_equal(cl_json_get_str(event, "message"), story);
	assert_string_equal(cl_json_get_str(event, "finding_info.desc"), "/srv/token");
	assert_string_equal(cl_json_get_str(event, "finding_info.title"), "Credential used in two workflows");
	assert_string_equal(cl_json_get_str(event, "remediation.references.0"), "https://github.com/settings/tokens");
	assert_string_equal(cl_json_get_str(event, "remediation.desc"), cl_advice_of("cross-workflow-reuse")->narrow);
}

/* ---- details: what is set at a path, and what the story says then ---- */

static const struct {
	const char *path, *member, *value, *says;
} details[] = {
	{"sides.0.use", "how", "environment", "was given it in its environment as EXAMPLE_TOKEN."},
	{"sides.1.use", "how", "arguments",
	 "How it got there: bash (pid 99), which started it, wrote it on its command line."},
	{"sides.1.use", "how", "environment",
	 "How it got there: bash (pid 99), which started it, put it into its environment."},
	{"sides.1.use", "how", "reached", "It was taken from a process that had it; nobody handed it on."},
	{"sides.1.use", "path", "/srv/token", "Both read the same file."},
	{"sides.1.use", "path", "/srv/other",
	 "The second place holds the same value; how it came to be there was not seen."},
	{"sides.1.use", "time", "2026-01-02T03:05:05.9Z",
	 "Workflow agent:b (run run-1, begun 2026-01-02T03:00:00Z) had it in "
	 "the same second."},
	{"sides.1.use", "time", "2026-01-05T03:05:05Z", "had it 3 days later."},
	{"sides.1.use", "time", "2026-01-02T03:05:01Z",
	 "Workflow agent:b (run run-1, begun 2026-01-02T03:00:00Z) had it first."},
	{"sides.0.use", "basis", "inferred", "read it from /srv/token:3 (inferred)."},
	{"sides.0.use", "content", "unverified", "that it held the credential then is not verified"},
	{"sides.0.use", "asked_for", "/tmp/link", "(asked for as /tmp/link)"},
	{"sides.0.run", "kind", "host", "Work outside any workflow on ci:a had it first."},
	{"sides.0.run", "environment", "production", "(run run-1, environment production, begun"},
	{"sides.0.run", "end", "2026-01-02T04:00:00Z", ", ended 2026-01-02T04:00:00Z)"},
	{"sides.0.process", "exe_state", "deleted", ", its program was deleted before it ran"},
	{"sides.0.process", "exe_state", "memfd", ", its program lies in memory only"},
	{"sides.0.process", "script", "/srv/x.py", ", script /srv/x.py"},
	{"sides.0.process", "started_by", "broker", "started by a daemon for somebody who is not known"},
	{"credential", "class", "ephemeral", "It ends by itself; its form"},
	{"credential", "class", "unknown", "Whether it ends by itself is not known; its form"},
	{"credential", "expires", "2026-02-01T00:00:00Z", "revokes it, at 2026-02-01T00:00:00Z;"},
	{"credential", "rotated_to", "cred:00", "In its place there is now cred:00 (inferred)."},
	{"credential", "provider", "GitHub",
	 "GitHub: Settings > Developer settings > Personal access tokens: delete it"},
	{"credential", "provider", "npm",
	 "npm: Access tokens: delete it, or `npm token list` and `npm token revoke ID`."},
	{"credential", "provider", "AWS", "AWS: IAM > Users > Security credentials: deactivate the access key"},
	{"credential", "provider", "Nobody's", "replace it at Nobody's."},
	{"", "activity", "close", "2026-01-02T03:05:05Z, over now"},
	{"", "detector", "use-after-end", "is used after the run that it belongs to has ended."},
	{"", "detector", "of-tomorrow", "Why it matters: A credential is where it was not expected."},
};

static void test_details(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(details); i++) {
		_cleanup_json_ cJSON *f = mk_finding(7, "/srv/token", 2);
		_cleanup_free_ char *story = NULL;

		set(f, details[i].path, details[i].member, details[i].value);
		story = story_of(f);
		assert_says(story, details[i].says);
	}
}

static void test_chain(void **state)
{
	_cleanup_json_ cJSON *f = mk_finding(7, "cat", 32), *chain = NULL;
	_cleanup_free_ char *story = NULL;

	(void)state;
	chain = cJSON_DetachItemFromObject((cJSON *)(uintptr_t)cl_json_at(f, "sides.0.process"), "chain");
	for (int i = 0; i < 3; i++)
		cJSON_DeleteItemFromArray(chain, 0);
	cJSON_AddItemToObject((cJSON *)(uintptr_t)cl_json_at(f, "sides.0.process"), "chain",
			      cJSON_Duplicate(chain, true));
	/* All but the first one are called bash: they are one. */
	story = story_of(f);
	assert_says(
		story,
		"A process that was not seen started systemd, which started bash (28 in a row), which started cat.");
	free(story);
	for (int i = 0; i < 28; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%d", i);
		set(cJSON_GetArrayItem(
			    cJSON_GetObjectItem((cJSON *)(uintptr_t)cl_json_at(f, "sides.0.process"), "chain"), i),
		    "", "name", name);
	}
	story = story_of(f);
	assert_says(
		story,
		"A process that was not seen started systemd, which started p27, which started p26, which started "
		"20 more, which started p5, which started p4, which started p3, which started p2, which started p1, "
		"which started p0, which started cat.");
}

static void test_descends(void **state)
{
	_cleanup_json_ cJSON *f = mk_finding(7, "cat", 2);
	_cleanup_free_ char *story = NULL;

	(void)state;
	set(f, "sides.0.process", "id", cl_json_get_str(f, "sides.1.process.chain.0.id"));
	set(f, "sides.1.use", "how", "environment");
	cJSON_ReplaceItemInObject((cJSON *)(uintptr_t)cl_json_at(f, "sides.1.use"), "inherited", cJSON_CreateTrue());
	story = story_of(f);
	assert_says(story, "cat descends from cat, which handed it down with its environment.");
	assert_says(story, "inherited it in its environment as EXAMPLE_TOKEN.");
}

static void test_policy(void **state)
{
	_cleanup_json_ cJSON *f = mk_finding(7, "cat", 1);
	_cleanup_free_ char *story = NULL;
	cJSON *said = cJSON_Parse("[{\"source\":\"store\",\"revoked\":{\"reason\":\"leaked\",\"by\":\"uid 0\","
				  "\"at\":\"2026-01-01T00:00:00.000000Z\"},\"allow\":{\"workflows\":[\"a\",\"b\"],"
				  "\"until\":\"2027-01-01T00:00:00.000000Z\",\"reason\":\"both need it\"}}]");

	(void)state;
	cJSON_AddItemToObject((cJSON *)(uintptr_t)cl_json_at(f, "credential"), "policy", said);
	story = story_of(f);
	assert_says(story, " It is revoked, by uid 0 at 2026-01-01T00:00:00Z, because: leaked.");
	assert_says(story, " It may be shared by workflows a, b, until 2027-01-01T00:00:00Z, because: both need it.");
}

static void test_coverage(void **state)
{
	_cleanup_json_ cJSON *f = mk_finding(7, "cat", 1);
	_cleanup_free_ char *story = NULL;

	(void)state;
	cJSON_DeleteItemFromObject(f, "coverage");
	cJSON_AddItemToObject(
		f, "coverage",
		cJSON_Parse("{\"complete\":false,\"acts\":[{\"act\":\"exec\",\"tier\":\"fentry\"},{\"act\":"
			    "\"connect\",\"tier\":\"none\",\"detail\":\"no probe\"}],\"lost\":[{\"act\":\"read\","
			    "\"stage\":\"ring\",\"count\":12}]}"));
	story = story_of(f);
	assert_says(story,
		    "Coverage was not complete, so there may be more to this: acts of kind connect are not seen (no "
		    "probe), 12 read records were lost.");
}

/* About the monitor itself: no credential, no sides. */
static void test_monitor(void **state)
{
	_cleanup_json_ cJSON *f = mk_finding(7, "12 exec records were lost (ring)", 1);
	_cleanup_free_ char *story = NULL;

	(void)state;
	set(f, "", "detector", "coverage-degraded");
	cJSON_DeleteItemFromObject(f, "credential");
	cJSON_DeleteItemFromObject(f, "sides");
	cJSON_DeleteItemFromObject(f, "destinations");
	story = story_of(f);
	assert_says(story, "\n\n12 exec records were lost (ring).\n\nCoverage:");
	assert_says(story, "credlineage doctor");
	assert_silent(story, "credentials revoke");
}

/* ---- hostile ---- */

static void assert_harmless(const char *s)
{
	assert_int_equal(cl_utf8_span(s, strlen(s)), strlen(s));
	for (const unsigned char *at = (const unsigned char *)s; *at; at++)
		assert_true((*at >= 0x20 || *at == '\n') && *at != 0x7f);
	assert_null(strstr(s, "\xe2\x80\xae"));
}

static void test_hostile(void **state)
{
	static const char *const members[] = {"workflow", "id", "environment"};

	(void)state;
	for (unsigned int n = 0; n < 200; n++) {
		_cleanup_json_ cJSON *f = mk_finding_any(n);
		const char *text = cl_json_get_str(f, "sides.0.use.path");
		const char *by = cl_detector_ids()[n % 8];
		_cleanup_free_ char *copy = strdup(text), *story = NULL;

		set(f, "", "detector", by);
		for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
			set(f, "sides.0.run", members[i], copy);
			set(f, "sides.1.run", members[i], copy);
		}
		set(f, "credential", "provider", copy);
		set(f, "credential", "owner", copy);
		story = story_of(f);
		assert_harmless(story);
		assert_says(story, "What to do next:");
		assert_says(story, "   credlineage lineage --finding fnd-");
		assert_silent(story, "....."); /* nothing was cut off at the end */
		assert_true(story[strlen(story) - 1] != '.');
	}
}

/* A name in a command is one word to the shell, or is not there. */
static void test_pasted(void **state)
{
	static const struct {
		const char *workflow, *says;
	} cases[] = {
		{"ci:github/o/r", " --workflow ci:github/o/r --workflow agent:b "},
		{"a b; rm -rf $HOME `x`", " --workflow 'a b; rm -rf $HOME `x`' --workflow agent:b "},
		{"it's", " --workflow agent:b "},
		{"a\nb", " --workflow agent:b "},
		{"a\\b", " --workflow agent:b "},
		{"\xe2\x80\xae", " --workflow agent:b "},
		{"", " --workflow agent:b "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_json_ cJSON *f = mk_finding(7, "cat", 1);
		_cleanup_free_ char *story = NULL;
		char command[256];

		set(f, "sides.0.run", "workflow", cases[i].workflow);
		story = story_of(f);
		snprintf(command, sizeof(command), "credentials allow cred:41414141414141414141414141414141%s",
			 cases[i].says);
		assert_says(story, command);
	}
}

static void test_sharing(void **state)
{
	static const struct {
		const char *detector, *says;
	} cases[] = {
		{"new-destination", " --destination 192.0.2.7:443 --until"},
		{"cross-environment-reuse", " --environment dev --environment prod --until"},
		{"cross-run-reuse", " --workflow ci:a --workflow agent:b --until"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_json_ cJSON *f = mk_finding(7, "cat", 1);
		_cleanup_free_ char *story = NULL;

		set(f, "", "detector", cases[i].detector);
		set(f, "sides.0.run", "environment", "dev");
		set(f, "sides.1.run", "environment", "prod");
		story = story_of(f);
		assert_says(story, cases[i].says);
	}
}

/* ---- tables ---- */

static void test_every_detector(void **state)
{
	static const char *const contract[] = {
		"cross-workflow-reuse", "cross-run-reuse",   "cross-environment-reuse", "delegated-credential",
		"use-after-end",	"use-after-expiry",  "use-after-revocation",	"long-lived",
		"unexpected-reader",	"credential-sweep",  "process-scrape",		"new-destination",
		"exposed-in-arguments", "credential-copied", "coverage-degraded",
	};

	(void)state;
	for (const char *const *id = cl_detector_ids(); *id; id++)
		if (!cl_advice_known(*id))
			fail_msg("no words for %s", *id);
	for (size_t i = 0; i < ARRAY_SIZE(contract); i++) {
		const struct cl_advice *a = cl_advice_of(contract[i]);

		if (!cl_advice_known(contract[i]))
			fail_msg("no words for %s", contract[i]);
		assert_true(a->cause && a->ask && a->narrow);
		assert_true(a->cause[strlen(a->cause) - 1] != '.' && a->ask[strlen(a->ask) - 1] != '.' &&
			    a->narrow[strlen(a->narrow) - 1] != '.');
	}
	assert_false(cl_advice_known("of-tomorrow"));
}

/* Names as the catalogue has them, and whoever has three forms or more there has a row. */
static void test_providers(void **state)
{
	_cleanup_(cl_catalogue_free) struct cl_catalogue *catalogue = NULL;
	const struct cl_format *formats;
	size_t n;

	(void)state;
	assert_int_equal(cl_catalogue_new(&catalogue, NULL, NULL), 0);
	n = cl_catalogue_formats(catalogue, &formats);
	for (const struct cl_provider *p = cl_providers; p->name; p++) {
		size_t forms = 0;

		for (size_t i = 0; i < n; i++)
			forms += formats[i].provider && !strcmp(formats[i].provider, p->name);
		if (!forms)
			fail_msg("the catalogue has no provider \"%s\"", p->name);
		assert_true(p->how[strlen(p->how) - 1] != '.');
		assert_true(!p->url || cl_starts_with(p->url, "https://"));
	}
	for (size_t i = 0; i < n; i++) {
		size_t forms = 0;

		for (size_t j = 0; j < n && formats[i].provider; j++)
			forms += formats[j].provider && !strcmp(formats[j].provider, formats[i].provider);
		if (forms >= 3 && !cl_provider_of(formats[i].provider))
			fail_msg("no words for %s, which has %zu forms", formats[i].provider, forms);
	}
}

/* ---- on a terminal ---- */

static void test_wrap(void **state)
{
	static const struct {
		const char *text, *wrapped;
	} cases[] = {
		{"", ""},
		{"one two three", "one two\nthree"},
		{"one\n\ntwo", "one\n\ntwo"},
		{"averylongword and x", "averylongword\nand x"},
		{"1. one two three", "1. one two\n   three"},
		{"12. one two", "12. one\n    two"},
		{"  a command that is long", "  a command that is long"},
		{"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 x",
		 "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\nx"},
		{"a line\n", "a line\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_text_ struct cl_text t = {0};

		assert_int_equal(cl_wrap(cases[i].text, 10, &t), 0);
		assert_string_equal(cl_text_str(&t), cases[i].wrapped);
	}
	assert_int_equal(cl_wrap_width(-1), 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),	  cmocka_unit_test(test_is_the_message),
		cmocka_unit_test(test_details),	  cmocka_unit_test(test_chain),
		cmocka_unit_test(test_descends),  cmocka_unit_test(test_policy),
		cmocka_unit_test(test_coverage),  cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_hostile),	  cmocka_unit_test(test_pasted),
		cmocka_unit_test(test_sharing),	  cmocka_unit_test(test_every_detector),
		cmocka_unit_test(test_providers), cmocka_unit_test(test_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
