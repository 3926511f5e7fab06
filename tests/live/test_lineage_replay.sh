#!/usr/bin/env bash
# A lineage is a function of what was observed: the store of a monitor and the store that its recording is replayed into
# answer every question alike, and a store that does not change answers twice alike.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

home=$work/home
mkdir -p "$home/.config/gh"
shared=$("$make_token" github)
printf 'github.com:\n    oauth_token: %s\n    user: octocat\n' "$shared" >"$home/.config/gh/hosts.yml"

start_monitor --record "$work/day.clrec"
as deploy cat "$home/.config/gh/hosts.yml"
as deploy python3 -c "import socket
open('$home/.config/gh/hosts.yml').read()
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.7', 443))"
as triage env GH_TOKEN="$shared" sh -c 'sh -c true'
check "the reuse is found" within 10 found cross-workflow-reuse 1
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
"$program" replay --state "$work/replayed" "$work/day.clrec" >/dev/null
check "it replays" [ -s "$work/replayed/credlineage.db" ]

# lineage STATE ARGUMENT...: without the time of asking
lineage() {
	local state=$1
	shift
	"$program" lineage --state "$state" --json "$@" | sed -E 's/"generated":"[^"]*",//'
}

same() { # ARGUMENT...: both stores answer alike, with something
	lineage "$work/state" "$@" >"$work/live.json"
	lineage "$work/replayed" "$@" >"$work/again.json"
	cmp "$work/live.json" "$work/again.json" && [ "$(wc -c <"$work/live.json")" -gt 1000 ] && return 0
	python3 - "$work/live.json" "$work/again.json" <<'END'
import json, sys
a, b = (json.load(open(p)) for p in sys.argv[1:])
for key in a:
    if a[key] != b[key] and isinstance(a[key], list):
        for x in a[key]:
            if x not in b[key]: print("# only live:", json.dumps(x)[:600])
        for x in b[key]:
            if x not in a[key]: print("# only replayed:", json.dumps(x)[:600])
    elif a[key] != b[key]:
        print("#", key, json.dumps(a[key])[:600], json.dumps(b[key])[:600])
END
	return 1
}

id=$("$program" findings --state "$work/state" --format native --detector cross-workflow-reuse |
	python3 -c 'import json; f = json.loads(input()); print(f["id"], f["credential"]["fingerprint"])')
for direction in both origins consequences; do
	check "by credential, $direction" same --credential "${id#* }" --direction $direction --blast-radius
done
check "by finding" same --finding "${id% *}" --blast-radius
check "by workflow" same --workflow deploy --depth 4
check "by destination" same --destination 192.0.2.7 --depth 3
for format in json dot opengraph; do
	for turn in 1 2; do
		"$program" lineage --state "$work/state" --finding "${id% *}" --format $format |
			grep -v '"generated"' >"$work/$turn.$format"
	done
	check "twice the same as $format" cmp "$work/1.$format" "$work/2.$format"
done
finish
