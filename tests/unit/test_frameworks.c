/* SPDX-License-Identifier: Apache-2.0 */
/* The ids that a finding carries: every detector has some, each has a name, and they have the form of their framework. */
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "detect/detector.h"
#include "detect/frameworks.h"

/* What users may rely on: detectors that there are, or will be. */
static const char *const contract[] = {
	"cross-workflow-reuse", "cross-run-reuse",	"cross-environment-reuse", "delegated-credential",
	"use-after-end",	"use-after-revocation", "use-after-expiry",	   "long-lived",
	"unexpected-reader",	"credential-sweep",	"process-scrape",	   "new-destination",
	"exposed-in-arguments", "credential-copied",	"coverage-degraded",
};

static const struct {
	const char *framework, *form;
} forms[] = {
	{"OWASP Top 10 for Agentic Applications", "^ASI(0[1-9]|10)$"},
	{"OWASP Agentic AI Threats and Mitigations", "^OWASP-T([1-9]|1[0-7])$"},
	{"OWASP Non-Human Identities Top 10", "^NHI([1-9]|10):2025$"},
	{"MITRE ATT&CK", "^T[0-9]{4}(\\.[0-9]{3})?$"},
	{"MITRE ATLAS", "^AML\\.T[0-9]{4}(\\.[0-9]{3})?$"},
	{"NIST SP 800-53", "^[A-Z]{2}-[0-9]{1,2}(\\([0-9]{1,2}\\))?$"},
	{"CSA MAESTRO", "^L[1-7]$"},
	{"NIST AI RMF", "^(GOVERN|MAP|MEASURE|MANAGE) [1-6]\\.[0-9]{1,2}$"},
};

static cJSON *data;

static int open_data(void **state)
{
	(void)state;
	return cl_frameworks_load(&data, NULL);
}

static int close_data(void **state)
{
	(void)state;
	cJSON_Delete(data);
	return 0;
}

static const char *form_of(const char *framework)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (!strcmp(forms[i].framework, framework))
			return forms[i].form;
	fail_msg("\"%s\" is not known", framework);
	return "";
}

static void check_entry(const cJSON *entry, bool seen[ARRAY_SIZE(forms)])
{
	const char *framework = cl_json_get_str(entry, "framework");
	regex_t form;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		seen[i] |= !strcmp(forms[i].framework, framework);
	assert_int_equal(regcomp(&form, form_of(framework), REG_EXTENDED), 0);
	if (regexec(&form, cl_json_get_str(entry, "id"), 0, NULL, 0))
		fail_msg("\"%s\" is no id of %s", cl_json_get_str(entry, "id"), framework);
	regfree(&form);
	assert_true(*cl_json_get_str(entry, "version"));
	assert_true(*cl_json_get_str(entry, "name"));
}

static void test_every_detector_has_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(contract); i++) {
		_cleanup_json_ cJSON *finding = cJSON_CreateObject();
		bool seen[ARRAY_SIZE(forms)] = {false}, own = !strcmp(contract[i], "coverage-degraded");
		const cJSON *entry;

		cl_frameworks_json(data, contract[i], finding);
		cJSON_ArrayForEach (entry, cl_json_at(finding, "frameworks"))
			check_entry(entry, seen);
		/* The watch itself is no act of an adversary. Reuse by a next run of the same work is none either. */
		for (size_t j = 0; j < ARRAY_SIZE(forms); j++)
			if (!seen[j] && !(own && j != 5) && strcmp(contract[i], "cross-run-reuse"))
				fail_msg("%s has no id of %s", contract[i], forms[j].framework);
		assert_true(seen[5]);
	}
}

/* No detector of the engine is left out, and none is named that users do not know. */
static void test_detectors_of_the_engine(void **state)
{
	const cJSON *known = cJSON_GetObjectItemCaseSensitive(data, "detectors");
	size_t n = 0;

	(void)state;
	for (const char *const *id = cl_detector_ids(); id[n]; n++)
		assert_non_null(cJSON_GetObjectItemCaseSensitive(known, id[n]));
	assert_int_equal(n, ARRAY_SIZE(contract));
	assert_int_equal(cJSON_GetArraySize(known), ARRAY_SIZE(contract));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_detector_has_ids),
		cmocka_unit_test(test_detectors_of_the_engine),
	};

	return cmocka_run_group_tests(tests, open_data, close_data);
}
