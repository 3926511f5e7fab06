/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/programs.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "catalogue/glob.h"
#include "detect/program_names.h"

#define WORD 256

/* ---- names ---- */

static bool is_in(const char *name, const char *names)
{
	char word[CL_PROGRAM_NAME];

	for (size_t n; *names; names += n + (names[n] == ' ')) {
		n = strcspn(names, " ");
		if (n >= sizeof(word))
			continue;
		memcpy(word, names, n);
		word[n] = '\0';
		if (strchr(word, '*') ? cl_glob_match(word, name) : !strcmp(word, name))
			return true;
	}
	return false;
}

/* ---- what an interpreter runs ---- */

/* "python3.11" is python. */
static bool is_interpreter(const char *exe)
{
	static const char *const names[] = {"python", "node", "nodejs", "ruby", "perl", "php", "bun", "deno",
					    "bash",   "sh",   "dash",	"zsh",	"ksh",	"lua", "java"};
	const char *base = cl_basename(exe);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i]);

		if (!strncmp(base, names[i], n) && !base[n + strspn(base + n, "0123456789.")])
			return true;
	}
	return false;
}

/* The next word of a command line; what is quoted in it is not known any more. */
static const char *next_word(const char **s, char word[WORD])
{
	size_t n;

	*s += strspn(*s, " ");
	n = strcspn(*s, " ");
	snprintf(word, WORD, "%.*s", (int)(n < WORD ? n : WORD - 1), *s);
	*s += n;
	return *word ? word : NULL;
}

/* An option that brings code, which has no name. */
static bool is_code(const char *option, bool shell)
{
	if (shell)
		return option[1] != '-' && strchr(option, 'c');
	return !strcmp(option, "-c") || !strcmp(option, "-e") || !strcmp(option, "-p") || !strcmp(option, "--eval") ||
	       !strcmp(option, "-");
}

/* Its first argument, or what stands behind "-m" and "-jar". */
static const char *from_arguments(const char *command, bool shell, char word[WORD])
{
	const char *s = command ? command : "";

	if (!next_word(&s, word))
		return NULL;
	while (next_word(&s, word)) {
		if (*word != '-')
			return word;
		if (!strcmp(word, "-m") || !strcmp(word, "-jar"))
			return next_word(&s, word);
		if (is_code(word, shell))
			return NULL;
	}
	return NULL;
}

static bool is_multi_call(const char *path)
{
	return !strcmp(cl_basename(path), "busybox") || !strcmp(cl_basename(path), "toybox");
}

/* Many programs in one file: the name that it is called by says which. */
static const char *from_call(const char *command, char word[WORD])
{
	const char *s = command ? command : "";

	if (!next_word(&s, word))
		return NULL;
	return is_multi_call(word) ? next_word(&s, word) : word;
}

static const char *told_program(const struct cl_process *p, char word[WORD])
{
	if (p->script || p->program)
		return cl_process_program(p);
	if (p->exe && is_multi_call(p->exe))
		return from_call(p->command, word);
	if (!p->exe || !is_interpreter(p->exe))
		return NULL;
	return from_arguments(p->command, cl_program_name_kinds(cl_basename(p->exe)) & CL_PROGRAM_SHELL, word);
}

const char *cl_program_path(const struct cl_process *p, char *buffer, size_t size)
{
	char word[WORD];
	const char *told = told_program(p, word);

	snprintf(buffer, size, "%s", told ? told : p->exe ? p->exe : "");
	return buffer;
}

const char *cl_program_called(const struct cl_process *p, char name[CL_PROGRAM_NAME])
{
	static const char *const tails[] = {".js", ".mjs", ".cjs",  ".py", ".pyz", ".rb",
					    ".pl", ".php", ".phar", ".sh", ".jar"};
	char path[WORD];

	snprintf(name, CL_PROGRAM_NAME, "%.*s", CL_PROGRAM_NAME - 1,
		 cl_basename(cl_program_path(p, path, sizeof(path))));
	for (size_t i = 0; i < ARRAY_SIZE(tails); i++)
		if (strlen(name) > strlen(tails[i]) && cl_ends_with(name, tails[i]))
			name[strlen(name) - strlen(tails[i])] = '\0';
	return name;
}

/*
 * The part of an editor that runs where the files are, its window being on another host: Node or Java of its own, below
 * a directory of a person. What lies there and was added to it (extensions' own programs) is not it.
 */
static bool is_editors_server(const char *path)
{
	static const char *const places[] = {"**/.vscode-server*/bin/**",  "**/.vscode-server*/cli/servers/**",
					     "**/.vscodium-server/bin/**", "**/.cursor-server/**",
					     "**/.windsurf-server/bin/**", "**/code-server/lib/**",
					     "**/openvscode-server*/**",   "**/JetBrains/RemoteDev/dist/**"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (cl_glob_match(places[i], path))
			return !strstr(path, "/extensions/");
	return false;
}

uint32_t cl_program_kinds(const struct cl_process *p)
{
	char name[CL_PROGRAM_NAME], path[WORD];
	uint32_t kinds = cl_program_name_kinds(cl_program_called(p, name)) | cl_program_name_kinds(cl_basename(p->exe));

	return is_editors_server(cl_program_path(p, path, sizeof(path))) ? kinds | CL_PROGRAM_EDITOR : kinds;
}

bool cl_program_is_bare_shell(const struct cl_process *p)
{
	char word[WORD];

	return cl_program_name_kinds(cl_basename(p->exe)) & CL_PROGRAM_SHELL && !told_program(p, word);
}

bool cl_program_is_installed(const struct cl_process *p)
{
	static const char *const places[] = {"/usr/",  "/bin/",	      "/sbin/",	     "/lib",	   "/opt/",
					     "/snap/", "/nix/store/", "/gnu/store/", "/var/ossec/"};

	for (size_t i = 0; p->exe && i < ARRAY_SIZE(places); i++)
		if (cl_starts_with(p->exe, places[i]))
			return cl_process_exe_state(p) == CL_EXE_FILE;
	return false;
}

/* ---- installations ---- */

static const struct {
	const char *managers, *verbs;
	bool bare; /* without a verb it installs */
} installers[] = {
	{"npm npm-cli pnpm cnpm",
	 "install i in ins add ci clean-install it install-test update up upgrade rebuild rb dedupe", false},
	{"yarn yarnpkg", "install add up upgrade dlx", true},
	{"bun", "install i add update", false},
	{"pip pip3 pip3.* pipx pipenv uv poetry pdm conda mamba easy_install",
	 "install wheel download sync add update upgrade lock pip", false},
	{"gem bundle bundler composer", "install update require add", true},
};

/* Its first words that are no options; without any command line it may be doing anything. */
static bool says(const struct cl_process *p, const char *verbs, bool bare)
{
	const char *s = p->command ? p->command : "";
	char word[WORD], self[CL_PROGRAM_NAME];
	bool began = false;
	size_t n = 0;

	cl_program_called(p, self);
	if (!*s)
		return true;
	while (n < 2 && next_word(&s, word)) {
		if (!began) {
			began = cl_starts_with(cl_basename(word), self);
			continue;
		}
		if (*word == '-')
			continue;
		if (is_in(word, verbs))
			return true;
		n++;
	}
	return !n && bare;
}

bool cl_program_installs(const struct cl_process *p)
{
	char name[CL_PROGRAM_NAME];

	cl_program_called(p, name);
	for (size_t i = 0; i < ARRAY_SIZE(installers); i++)
		if (is_in(name, installers[i].managers))
			return says(p, installers[i].verbs, installers[i].bare);
	return false;
}
