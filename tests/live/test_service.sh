#!/usr/bin/env bash
# The unit file under a real systemd, with all of its bounds: the monitor starts, sees this machine, finds, reloads, stops.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

unit=$work/credlineage.service manager=
clean() {
	[ -z "$manager" ] || { kill -KILL "$manager" && wait "$manager"; } 2>/dev/null
	live_cleanup
}
trap clean EXIT
# The program of this build, and no pages of a manual that is not installed.
sed -e "s|^ExecStart=/usr/bin/credlineage|ExecStart=$program|" -e '/^Documentation=/d' scripts/package/credlineage.service >"$unit"
systemd-analyze verify "$unit" >"$work/verified" 2>&1
check "the unit is sound" [ $? -eq 0 ]
check "and nothing is said against it" [ ! -s "$work/verified" ]
score=$(systemd-analyze security --offline=true --no-pager scripts/package/credlineage.service | sed -nE 's/.*exposure level .*: ([0-9.]+) .*/\1/p')
echo "# systemd-analyze security: $score of 10"
check "its exposure is low" awk -v score="$score" 'BEGIN { exit !(score > 0 && score <= 4.0) }'

tests/lib/systemd.sh "$work" "$unit" &
manager=$!
first() { pgrep -P "$manager"; }
inside() { nsenter -t "$(first)" -m -p -- "$@"; }
property() { inside systemctl show -p "$1" --value credlineage 2>/dev/null; }
is() { [ "$(property "$1")" = "$2" ]; }
check "systemd is told when it is ready" within 60 is ActiveState active
started=$(property MainPID)
confined() { inside "$program" doctor --self --json >"$work/self.json"; }
check "with all bounds it is confined as it should be" confined
check "and nothing is missing" sh -c "! grep -E 'error|warning' '$work/err'"
goes() { property StatusText | grep -qE '^[0-9]+ processes, '; }
check "how it goes is there to read" within 20 goes

mkdir -p "$work/home/.config/gh"
chmod 711 "$work"
file=$work/home/.config/gh/hosts.yml
printf 'oauth_token: %s\n' "$("$make_token" github)" >"$file"
chown -R 65534 "$work/home"
chmod -R go= "$work/home"
setpriv --reuid 65534 --clear-groups cat "$file" >/dev/null 2>&1 || cat "$file" >/dev/null
scan() { inside "$program" scan --json "$file" | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["fingerprint"])'; }
known() { inside "$program" credentials list --json | grep -qF "$(scan)"; }
check "what is read outside of its namespaces is seen" within 20 known
inside systemctl reload credlineage
check "it reloads" within 10 grep -q 'SIGHUP: the fingerprint key is as it was' "$work/err"
check "and is ready again" within 10 is ActiveState active
check "as the same process" is MainPID "$started"
inside systemctl restart credlineage
check "it restarts" within 60 is ActiveState active
check "and knows what it knew" within 20 known
inside systemctl stop credlineage
check "it stops" within 30 is ActiveState inactive
check "with success" is Result success
finish
