/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints a new credential, made at run time and issued by nobody, for tests and the demonstration:  make_token [KIND]
 */
#include "../lib/make_token.h"

static char *token(const char *kind)
{
	static const struct {
		const char *kind, *prefix;
		size_t n;
		const char *alphabet, *suffix;
	} simple[] = {
		{"bearer", "", 48, MK_ALNUM, ""},
		{"claude", "sk-ant-oat01-", 95, MK_URL64, "AA"},
		{"docker", "dckr_pat_", 27, MK_URL64, ""},
		{"google", "1//0", 99, MK_URL64, ""},
		{"pypi", "pypi-AgEIcHlwaS5vcmc", 120, MK_URL64, ""},
		{"salesforce", "00D5f0000071bQX!", 96, MK_ALNUM, ""},
		{"vault", "hvs.", 90, MK_URL64, ""},
	};
	static const struct {
		const char *kind;
		char *(*make)(void);
	} made[] = {
		{"anthropic", mk_token_anthropic}, {"aws", mk_token_aws_secret}, {"aws-id", mk_token_aws_id},
		{"gitlab", mk_token_gitlab},	   {"npm", mk_token_npm},	 {"openai", mk_token_openai},
		{"slack", mk_token_slack},	   {"stripe", mk_token_stripe},
	};
	static const char *const github[][2] = {{"github", "ghp_"}, {"oauth", "gho_"}, {"app", "ghs_"}};

	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
		if (!strcmp(simple[i].kind, kind))
			return mk_token_simple(simple[i].prefix, simple[i].n, simple[i].alphabet, simple[i].suffix);
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (!strcmp(made[i].kind, kind))
			return made[i].make();
	for (size_t i = 0; i < sizeof(github) / sizeof(github[0]); i++)
		if (!strcmp(github[i][0], kind))
			return mk_token_github(github[i][1]);
	if (!strcmp(kind, "jwt"))
		return mk_token_jwt(0);
	return strcmp(kind, "ssh") ? NULL : mk_token_pem("OPENSSH PRIVATE KEY");
}

int main(int argc, char **argv)
{
	char *t = argc < 3 ? token(argc > 1 ? argv[1] : "github") : NULL;

	if (!t)
		return 2;
	printf(t[strlen(t) - 1] == '\n' ? "%s" : "%s\n", t);
	free(t);
	return 0;
}
