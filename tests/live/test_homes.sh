#!/usr/bin/env bash
# Stores are known by the path that the reader sees: in homes that no password database knows, of users that none
# knows, below another root, in another mount namespace.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

uid=54321
! getent passwd $uid >/dev/null || { echo "not ok uid $uid is free"; exit 1; }
chmod 755 "$work"

# put FILE: a file with a token of its own
put() {
	mkdir -p "$(dirname "$1")"
	printf 'host:\n  oauth_token: %s\n' "$("$make_token" github)" >"$1"
}
agent=$work/srv/build/agent
put "$agent/.config/gh/hosts.yml"
put "$agent/.aws/credentials"
user=$work/nss/home
put "$user/.aws/credentials"
chown -R $uid:$uid "$user"
guest=$work/guest
mkdir -p "$guest/bin" "$guest/proc" "$guest/tmp"
cp /bin/busybox "$guest/bin/busybox"
put "$guest/home/app/.config/gh/hosts.yml"
put "$guest/run/secrets/kubernetes.io/serviceaccount/token"
put "$guest/srv/etc/passwd-s3fs"
put "$guest/etc/passwd-s3fs"
put "$work/mounted/.vault-token"

start_monitor
"$program" run "${at[@]}" --workflow agent -- env HOME="$agent" cat "$agent/.config/gh/hosts.yml" "$agent/.aws/credentials" >/dev/null
"$program" run "${at[@]}" --workflow user -- setpriv --reuid $uid --regid $uid --clear-groups cat "$user/.aws/credentials" >/dev/null
"$program" run "${at[@]}" --workflow guest -- chroot "$guest" /bin/busybox cat /home/app/.config/gh/hosts.yml \
	/run/secrets/kubernetes.io/serviceaccount/token /etc/passwd-s3fs /srv/etc/passwd-s3fs >/dev/null
"$program" run "${at[@]}" --workflow container -- unshare --mount --pid --fork sh -c \
	"mount --bind '$work/mounted' /mnt && cat /mnt/.vault-token" >/dev/null

# known FILE: its credential is known to the monitor
known() {
	"$program" credentials list --json "${at[@]}" >"$work/known.json"
	"$program" scan --json --key "$work/state/fingerprint.key" "$1" >"$work/file.json"
	grep -qF "$(jsonl "$work/file.json" True "e['fingerprint']")" "$work/known.json"
}
unknown() {
	! known "$1"
}
# lies FILE PATH: it lies where its reader saw it
lies() {
	local fp
	"$program" scan --json --key "$work/state/fingerprint.key" "$1" >"$work/file.json"
	fp=$(jsonl "$work/file.json" True "e['fingerprint']")
	"$program" credentials show --json "${at[@]}" "$fp" | grep -qF "\"$2"
}
check "a home that only \$HOME names" within 10 known "$agent/.aws/credentials"
check "its path" lies "$agent/.aws/credentials" "$agent/.aws/credentials"
check "another store there" within 10 known "$agent/.config/gh/hosts.yml"
check "a user that no password database knows" within 10 known "$user/.aws/credentials"
check "a home below another root" within 10 known "$guest/home/app/.config/gh/hosts.yml"
check "its path begins at the host's root" lies "$guest/home/app/.config/gh/hosts.yml" "$guest/home/app/.config/gh/hosts.yml"
check "an absolute store below another root" within 10 known "$guest/run/secrets/kubernetes.io/serviceaccount/token"
check "a store of /etc below another root" within 10 known "$guest/etc/passwd-s3fs"
check "that name elsewhere is no store" unknown "$guest/srv/etc/passwd-s3fs"
check "a home in another mount namespace" within 10 known "$work/mounted/.vault-token"
check "its path there" lies "$work/mounted/.vault-token" /mnt/.vault-token
finish
