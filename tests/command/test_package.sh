#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is installed beside the program: manual pages, completions, the configuration, the bill of materials, the unit's
# neighbours; make install and uninstall.
. "$(dirname "$0")/../lib/command.sh"
make -s build package || { echo "not ok package-is-made"; exit 1; }
man=build/package/man
commands=$("$program" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')

each_has_a_page() {
	local command
	[ "$(wc -w <<<"$commands")" -ge 13 ] || return 1
	for command in $commands; do
		[ -s "$man/credlineage-$command.8" ] || { echo "no page of $command"; return 1; }
		grep -q "credlineage $command" "$man/credlineage.8" || { echo "credlineage(8) lacks $command"; return 1; }
	done
}
check package-a-page-for-every-command each_has_a_page

pages_are_sound() {
	local page bad=0
	for page in "$man"/*; do
		mandoc -T lint -W warning "$page" || bad=1
		[ -z "$(man --warnings -l -Tutf8 "$page" 2>&1 >/dev/null)" ] || { echo "$page: groff complains"; bad=1; }
	done
	return $bad
}
check package-pages-are-sound pages_are_sound

options_are_in_pages() {
	local command option text bad=0
	for command in $commands; do
		text=$(man -l -Tutf8 "$man/credlineage-$command.8" | col -b)
		for option in $("$program" "$command" --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
			grep -q -- "$option" <<<"$text" || { echo "$command: $option is not in its page"; bad=1; }
		done
	done
	return $bad
}
check package-every-option-is-in-its-page options_are_in_pages

# Without its comment signs the configuration must be one; of two sources of a key it shows both, so one is taken at a time.
uncommented() { # WITHOUT
	grep -v "$1" scripts/package/config.json | sed -E 's|^\t// (["} ])|\t\1|'
}
configuration_is_valid() {
	uncommented key_credential >"$work/a.json"
	uncommented 'key_file\|key_credential' >"$work/b.json"
	"$program" policy check scripts/package/config.json &&
		sed -zE 's|,(\s*(//[^\n]*\n\s*)*\})|\1|g' "$work/a.json" >"$work/c.json" && "$program" policy check "$work/c.json"
}
check package-configuration-is-valid configuration_is_valid

configuration_knows_every_key() {
	local key bad=0
	# shellcheck disable=SC2013 # one word a line
	for key in $(sed -nE 's/^\t\{"[^"]*", "([a-z_]+)".*/\1/p; s/^\t[A-Z]+\([a-z_]+, ([a-z_]+),.*/\1/p' user/config/keys.c); do
		grep -q "\"$key\":" scripts/package/config.json || { echo "scripts/package/config.json lacks $key"; bad=1; }
	done
	return $bad
}
check package-configuration-knows-every-key configuration_knows_every_key

offers() { # SHELL LINE PATTERN
	python3 tests/package/complete.py "$1" build/package/completions "$2" | tee "$work/offered" | grep -qE -- "$3" ||
		{ cat "$work/offered"; return 1; }
}
for shell in bash zsh fish; do
	check "package-$shell-completes-a-command" offers $shell "credlineage fing" "fingerprint"
	check "package-$shell-completes-an-option" offers $shell "credlineage monitor --learn-o" "--learn-out"
	check "package-$shell-completes-a-value" offers $shell "credlineage lineage --format pr" "prov"
	check "package-$shell-completes-a-file" offers $shell "credlineage scan /etc/os-rel" "/etc/os-release"
	check "package-$shell-completes-the-command-of-run" offers $shell "credlineage run -- mkte" "mktemp"
done

check package-apparmor-profile-parses apparmor_parser -Q -K scripts/package/credlineage-monitor.apparmor
check package-bill-of-materials python3 tests/package/check_spdx.py build/package/credlineage.spdx.json "$program"

there() {
	find "$work/root" ! -type d | sed "s|^$work/root||" | sort
}
installed() {
	make -s install DESTDIR="$work/root" PREFIX=/opt/cl || return 1
	for file in /opt/cl/bin/credlineage /opt/cl/share/man/man8/credlineage-run.8 /etc/credlineage/config.json \
		/opt/cl/lib/systemd/system/credlineage.service /opt/cl/lib/sysusers.d/credlineage.conf \
		/opt/cl/share/doc/credlineage/credlineage.spdx.json /etc/apparmor.d/credlineage-monitor; do
		there | grep -qx "$file" || { echo "$file is not installed"; return 1; }
	done
	[ -d "$work/root/etc/credlineage/catalog.d" ] || return 1
	grep -q '^ExecStart=/opt/cl/bin/credlineage' "$work/root/opt/cl/lib/systemd/system/credlineage.service" || return 1
	"$work/root/opt/cl/bin/credlineage" version | grep -q '"version"'
}
check package-install installed
kept() {
	echo "// ours" >>"$work/root/etc/credlineage/config.json"
	make -s install DESTDIR="$work/root" PREFIX=/opt/cl && grep -qx "// ours" "$work/root/etc/credlineage/config.json"
}
check package-install-again-keeps-the-configuration kept
gone() {
	make -s uninstall DESTDIR="$work/root" PREFIX=/opt/cl || return 1
	[ "$(there)" = /etc/credlineage/config.json ] || { there; return 1; }
}
check package-uninstall-leaves-a-changed-configuration-alone gone
