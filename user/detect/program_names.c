/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/program_names.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "catalogue/glob.h"
#include "detect/programs.h"

#define WORDS_MAX 1024

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

struct word {
	const char *text; /* in the table above, not ended */
	size_t len;
	uint32_t kinds;
};

/* The table's words: whole names by name, and those with a "*", which none begins with. Made once. */
static struct {
	struct word names[WORDS_MAX], globs[WORDS_MAX];
	size_t n_names, n_globs;
} list;

static int compare(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	size_t shorter = x->len < y->len ? x->len : y->len;
	int r = memcmp(x->text, y->text, shorter);

	return r ? r : (x->len > y->len) - (x->len < y->len);
}

static void take(const char *text, size_t len, uint32_t kinds)
{
	bool glob = memchr(text, '*', len);
	size_t *n = glob ? &list.n_globs : &list.n_names;

	if (*n < WORDS_MAX)
		(glob ? list.globs : list.names)[(*n)++] = (struct word){text, len, kinds};
}

/* A name that stands in several rows is all of them. */
static void unite(void)
{
	size_t n = 0;

	qsort(list.names, list.n_names, sizeof(list.names[0]), compare);
	for (size_t i = 0; i < list.n_names; i++) {
		if (n && !compare(&list.names[n - 1], &list.names[i]))
			list.names[n - 1].kinds |= list.names[i].kinds;
		else
			list.names[n++] = list.names[i];
	}
	list.n_names = n;
}

static void make_list(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const char *s = known[i].names;

		for (size_t n; *s; s += n + (s[n] == ' ')) {
			n = strcspn(s, " ");
			take(s, n, known[i].kinds);
		}
	}
	unite();
}

static bool matches(const struct word *glob, const char *name)
{
	char text[CL_PROGRAM_NAME];

	if (glob->len >= sizeof(text))
		return false;
	memcpy(text, glob->text, glob->len);
	text[glob->len] = '\0';
	return cl_glob_match(text, name);
}

uint32_t cl_program_name_kinds(const char *name)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const struct word key = {.text = name, .len = strlen(name)};
	const struct word *found;
	uint32_t kinds;

	if (!*name)
		return 0;
	pthread_once(&once, make_list);
	found = bsearch(&key, list.names, list.n_names, sizeof(list.names[0]), compare);
	kinds = found ? found->kinds : 0;
	for (size_t i = 0; i < list.n_globs; i++)
		if (list.globs[i].text[0] == *name && matches(&list.globs[i], name))
			kinds |= list.globs[i].kinds;
	return kinds;
}
