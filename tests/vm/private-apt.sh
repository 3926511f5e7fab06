# shellcheck shell=bash
# Sourced: an apt of its own under build/apt/NAME, so that packages of other suites and architectures can be had,
# verified by Debian's signatures, without the system's lists, sources or packages being touched.
#   private_apt NAME ARCHITECTURE SUITE...   sets APT_CONFIG and fetches the lists; apt_dir is where it lies
#   private_apt_get PACKAGE...               downloads into $apt_dir/packages and unpacks into $apt_dir/unpacked
#   private_apt_end                          indices and archives are large and of no further use
# The caller defines fail(REASON). DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR replace the addresses.
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

apt_sources() {
	local architecture=$1 suite address
	shift
	for suite in "$@"; do
		case $suite in
		*-security) address=${DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security} ;;
		*) address=${DEBIAN_MIRROR:-http://deb.debian.org/debian} ;;
		esac
		echo "deb [arch=$architecture signed-by=$keyring] $address $suite main"
	done
}

apt_settings() {
	cat <<-END
		Dir::Etc "$apt_dir/etc";
		Dir::Etc::SourceList "$apt_dir/etc/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::Etc::Parts "/dev/null";
		Dir::Etc::Trusted "/dev/null";
		Dir::Etc::TrustedParts "/dev/null";
		Dir::State "$apt_dir/state";
		Dir::State::status "$apt_dir/status";
		Dir::Cache "$apt_dir/cache";
		APT::Architecture "$1";
		APT::Architectures { "$1"; };
		APT::Sandbox::User "$(id -un)";
		// A release that is no longer renewed, or a mirror that lags, is signed all the same: enough for a test.
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		Acquire::Retries "2";
		Acquire::http::Timeout "30";
	END
	# The machine's proxy, if it has one.
	apt-config dump | grep -E '^Acquire::https?::(Proxy|[^:]+::Proxy)' || true
}

private_apt() {
	apt_dir=$PWD/build/apt/$1 apt_log=build/logs/fetch-$1.log
	[ -r "$keyring" ] || fail "$keyring is missing (install debian-archive-keyring)"
	rm -rf "$apt_dir"
	mkdir -p "$apt_dir"/{etc/preferences.d,state/lists/partial,cache/archives/partial,packages,unpacked} build/logs
	touch "$apt_dir/status"
	apt_sources "${@:2}" >"$apt_dir/etc/sources.list"
	apt_settings "$2" >"$apt_dir/apt.conf"
	export APT_CONFIG=$apt_dir/apt.conf
	if ! apt-get update -q --error-on=any >"$apt_log" 2>&1; then
		fail "$(sed -nE 's/^[EW]: *//p' "$apt_log" | head -1) (no network? the log is $apt_log)"
	fi
}

private_apt_get() {
	local package
	if ! (cd "$apt_dir/packages" && apt-get download -q "$@") >>"$apt_log" 2>&1; then
		fail "$(sed -nE 's/^[EW]: *//p' "$apt_log" | tail -1) (the log is $apt_log)"
	fi
	for package in "$apt_dir"/packages/*.deb; do
		dpkg-deb -x "$package" "$apt_dir/unpacked"
	done
}

private_apt_end() {
	rm -rf "$apt_dir"
}
