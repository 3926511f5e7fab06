#!/usr/bin/env bash
# Installs the program and all that belongs to it, or removes it.
#   scripts/package/install.sh install|uninstall          from build/, below $DESTDIR
# Settings from the environment: DESTDIR, PREFIX (/usr), SYSCONFDIR (/etc), UNITDIR ($PREFIX/lib/systemd/system),
# VARIANT=deb leaves out what the Debian package brings in another way.
# The configuration is kept when it differs from the one that is installed; state is never touched.
set -euo pipefail
cd "$(dirname "$0")/../.."
to=${DESTDIR:-}
prefix=${PREFIX:-/usr}
etc=${SYSCONFDIR:-/etc}
units=${UNITDIR:-$prefix/lib/systemd/system}
doc=$prefix/share/doc/credlineage
here=scripts/package

# files: mode, source, destination; one line each
files() {
	echo "755 build/credlineage $prefix/bin/credlineage"
	for page in build/package/man/*.[58]; do
		echo "644 $page $prefix/share/man/man${page##*.}/${page##*/}"
	done
	echo "644 build/package/completions/credlineage $prefix/share/bash-completion/completions/credlineage"
	echo "644 build/package/completions/_credlineage $prefix/share/zsh/vendor-completions/_credlineage"
	echo "644 build/package/completions/credlineage.fish $prefix/share/fish/vendor_completions.d/credlineage.fish"
	echo "644 build/package/credlineage.spdx.json $doc/credlineage.spdx.json"
	echo "644 README.md $doc/README.md"
	echo "644 user/export/page/THIRD-PARTY.txt $doc/THIRD-PARTY.txt"
	echo "644 $here/Containerfile $doc/examples/Containerfile"
	echo "644 $here/kubernetes.yaml $doc/examples/kubernetes.yaml"
	echo "644 $here/credlineage-monitor.apparmor $etc/apparmor.d/credlineage-monitor"
	[ "${VARIANT:-}" = deb ] || echo "644 $here/credlineage.sysusers $prefix/lib/sysusers.d/credlineage.conf"
}

install_all() {
	local mode from at
	files | while read -r mode from at; do
		install -D -m "$mode" "$from" "$to$at"
	done
	install -d -m 755 "$to$etc/credlineage/catalog.d" "$to$units"
	[ -e "$to$etc/credlineage/config.json" ] ||
		install -m 644 "$here/config.json" "$to$etc/credlineage/config.json"
	sed "s|/usr/bin/credlineage|$prefix/bin/credlineage|g" "$here/credlineage.service" >"$to$units/credlineage.service"
	chmod 644 "$to$units/credlineage.service"
}

uninstall_all() {
	local mode from at
	files | while read -r mode from at; do
		rm -f "$to$at"
	done
	rm -f "$to$units/credlineage.service"
	cmp -s "$here/config.json" "$to$etc/credlineage/config.json" && rm -f "$to$etc/credlineage/config.json"
	rmdir --ignore-fail-on-non-empty "$to$doc/examples" "$to$doc" "$to$etc/credlineage/catalog.d" "$to$etc/credlineage" \
		2>/dev/null || true
}

case ${1:-} in
install) install_all ;;
uninstall) uninstall_all ;;
*)
	echo "install.sh: \"${1:-}\": must be install or uninstall" >&2
	exit 2
	;;
esac
