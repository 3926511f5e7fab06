/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/programs.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "catalogue/glob.h"

#define WORD 256

/* ---- names ---- */

static const struct {
	uint32_t kinds;
	const char *names; /* "*" at an end stands for anything */
} known[] = {
	{CL_PROGRAM_KEEPER,
	 "git hg svn jj bzr fossil etckeeper docker docker-* dockerd buildkitd buildctl podman buildah "
	 "executor img nix nix-* guix guix-daemon ostree rpm-ostree credlineage"},
	{CL_PROGRAM_ARCHIVER,
	 "tar bsdtar gtar star rsync rdiff-backup borg borgmatic restic kopia duplicity duply bup rclone unison syncthing "
	 "zip 7z 7za 7zz 7zr cpio pax dar mksquashfs tarsnap duplicati deja-dup timeshift rsnapshot backintime bacula-fd "
	 "bareos-fd burp amandad urbackupclientbackend veeamagent veeamjobman casync desync zbackup attic dump xfsdump "
	 "proxmox-backup-client vzdump btrfs zfs partclone.* nextcloud nextcloudcmd"},
	{CL_PROGRAM_EDITOR,
	 "vi vim vim.* nvim view gvim ex nano rnano pico micro emacs emacs-* emacsclient ed joe jed mcedit "
	 "hx helix kak ne gedit gnome-text-editor kate kwrite mousepad pluma xed featherpad geany subl "
	 "sublime_text code codium code-insiders cursor Cursor windsurf idea pycharm goland zed zed-editor"},
	{CL_PROGRAM_KEEPING | CL_PROGRAM_PACKAGER,
	 "dpkg dpkg-* apt apt-get aptitude unattended-upgrade unattended-upgrades rpm dnf dnf-* dnf5 yum zypper pacman apk "
	 "xbps-* emerge snapd flatpak ucf debconf frontend run-parts needrestart"},
	{CL_PROGRAM_KEEPING,
	 "debsums aide tripwire samhain afick clamscan clamd clamdscan clamonacc rkhunter chkrootkit unhide lynis maldet "
	 "osqueryd auditbeat filebeat wazuh-* ossec-* falcon-sensor falcon-sensor-* wdavdaemon mdatp ds_agent savscand "
	 "updatedb updatedb.* tracker-* localsearch-* baloo_file baloo_file_extractor recollindex systemd systemd-executor "
	 "systemd-tmpfiles restorecon setfiles mandb logrotate dracut mkinitramfs sos sosreport puppet chef-client "
	 "salt-minion cf-agent cloud-init kubelet containerd containerd-shim* runc crun lxc-start systemd-nspawn auditd "
	 "fapolicyd"},
	{CL_PROGRAM_VIEWER,
	 "cat tac less more most bat batcat head tail grep egrep fgrep zgrep rg ag ack sed awk gawk mawk cut sort uniq wc nl "
	 "jq yq xxd od hexdump strings base64 base32 file find xargs tee python3-config"},
	{CL_PROGRAM_VIEWER | CL_PROGRAM_COPIER,
	 "cp mv install dd ln cmp diff sdiff colordiff gzip bzip2 xz zstd coreutils scp sftp sftp-server"},
	{CL_PROGRAM_VIEWER | CL_PROGRAM_COPIER | CL_PROGRAM_SUMMER,
	 "md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum b3sum cksum sum xxhsum xxh64sum xxh128sum"},
	{CL_PROGRAM_SHELL | CL_PROGRAM_VIEWER,
	 "sh bash rbash dash ash zsh fish ksh ksh93 mksh tcsh csh nu busybox toybox"},
	{CL_PROGRAM_LAUNCHER,
	 "init systemd sshd sshd-session sshd-auth dropbear login agetty getty tmux "
	 "tmux:* screen SCREEN zellij mosh-server gnome-terminal-* gnome-shell konsole yakuake xterm urxvt rxvt kitty "
	 "alacritty foot wezterm wezterm-gui tilix terminator xfce4-terminal lxterminal st ptyxis ptyxis-agent ghostty "
	 "plasmashell kwin_* sway Xorg code codium"},
	{CL_PROGRAM_WRAPPER,
	 "su sudo sudo-rs doas runuser pkexec script env nice ionice time timeout watch nohup setsid "
	 "stdbuf find xargs"},
	{CL_PROGRAM_LAUNCHER,
	 "cron crond atd anacron supervisord s6-svscan runsvdir containerd-shim* conmon dockerd containerd runc crun tini "
	 "dumb-init catatonit docker-init dbus-daemon dbus-broker-launch xinetd"},
	{CL_PROGRAM_INSPECTOR,
	 "ps top htop btop atop glances procs pgrep pkill pidof lsof fuser systemd systemd-* systemctl loginctl journald "
	 "needrestart checkrestart sos sosreport osqueryd auditd udevadm containerd containerd-shim* runc crun dockerd conmon "
	 "kubelet w who uptime apport apport-*"},
};

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

static uint32_t kinds_of(const char *name)
{
	uint32_t kinds = 0;

	for (size_t i = 0; *name && i < ARRAY_SIZE(known); i++)
		if (is_in(name, known[i].names))
			kinds |= known[i].kinds;
	return kinds;
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
	return from_arguments(p->command, kinds_of(cl_basename(p->exe)) & CL_PROGRAM_SHELL, word);
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
	uint32_t kinds = kinds_of(cl_program_called(p, name)) | kinds_of(cl_basename(p->exe));

	return is_editors_server(cl_program_path(p, path, sizeof(path))) ? kinds | CL_PROGRAM_EDITOR : kinds;
}

bool cl_program_is_bare_shell(const struct cl_process *p)
{
	char word[WORD];

	return kinds_of(cl_basename(p->exe)) & CL_PROGRAM_SHELL && !told_program(p, word);
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
