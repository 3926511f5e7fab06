#!/usr/bin/env bash
# The fingerprint key is exchanged while the monitor runs, and between two runs of it: a credential that was seen under
# the old key is the same under the new one, a finding comes of the two, and either fingerprint leads to its history.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

mkdir -p "$work/home/.config/gh"
file=$work/home/.config/gh/hosts.yml
first=$("$make_token" github) second=$("$make_token" github)
printf 'oauth_token: %s\n' "$first" >"$file"

fingerprint_of() { # TOKEN MEMBER
	printf 'oauth_token: %s\n' "$1" | "$program" scan "${at[@]}" --json - 2>/dev/null |
		python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1], ""))' "$2"
}
rotate() {
	"$program" fingerprint rotate "${at[@]}" >"$work/rotated" 2>&1
}
retire() { # ID
	"$program" fingerprint retire "$1" "${at[@]}" >"$work/retired" 2>&1
}
reloaded() { # TEXT: what the monitor says to SIGHUP
	kill -HUP "$monitor" && within 5 grep -q "$1" "$work/monitor.err"
}
knows() { # FINGERPRINT MEMBER VALUE
	"$program" credentials show "$1" --json "${at[@]}" 2>/dev/null |
		python3 -c 'import json, sys; d = json.load(sys.stdin); sys.exit(d.get(sys.argv[1]) != sys.argv[2])' "$2" "$3"
}

start_monitor
as deploy cat "$file"
as deploy sh -c "GH_TOKEN=$second exec true"
old=$(fingerprint_of "$first" fingerprint) old_key=$(fingerprint_of "$first" key_id)
check "seen under the first key" within 3 knows "$old" key_id "$old_key"

# While it runs.
check "the key is exchanged" rotate
check "the monitor takes it up" reloaded "and with the one before it"
as triage cat "$file"
check "one value under two keys is one credential" within 3 found cross-workflow-reuse 1
new=$(fingerprint_of "$first" fingerprint) new_key=$(fingerprint_of "$first" key_id)
check "a scan names it by the new key, and by the old one" [ "$(fingerprint_of "$first" other_fingerprint)" = "$old" ]
check "the finding has the new fingerprint and the first" [ -n "$(jsonl "$findings" \
	"e['resources'][0]['uid'] == '$new' and e['resources'][0]['uid_alt'] == '$old' and e['resources'][0]['data']['key_id'] == '$new_key'")" ]
check "the old fingerprint leads to it" within 3 knows "$old" fingerprint "$new"
check "and the new one" within 3 knows "$new" first_fingerprint "$old"
lineage_of() { "$program" lineage --credential "$1" "${at[@]}" | jq -S 'del(.generated, .focus)'; }
same_lineage() { cmp -s <(lineage_of "$old") <(lineage_of "$new"); }
check "lineage is the same by either" within 10 same_lineage # the store goes on meanwhile

# Between two runs, and what was seen before the exchange only now.
stop_monitor
start_monitor
as triage sh -c "GH_TOKEN=$second exec true"
check "after a restart what was held before the exchange is known" within 3 found cross-workflow-reuse 2
check "and is seen again" within 3 knows "$(fingerprint_of "$second" fingerprint)" key_id "$new_key"
check "the old key is retired" retire "$old_key"
check "and how many were not seen again is said" grep -qE '^[0-9]+ known credentials were never seen' "$work/retired"
check "the monitor lets go of it" reloaded "fingerprints are made with key $new_key\$"
as third cat "$file"
check "what was joined stays joined" within 20 found cross-workflow-reuse 3
check "and is known by both" knows "$old" fingerprint "$new"
stop_monitor

# Another key than the store's.
cp -p "$work/state/fingerprint.key" "$work/kept"
head -c 32 /dev/urandom >"$work/state/fingerprint.key"
"$program" monitor "${at[@]}" >/dev/null 2>"$work/refused.err"
check "a start with another key is refused" [ $? -eq 1 ]
check "and says which, and how to go on" grep -q "is not $new_key, which the store.*fingerprint retire $new_key" "$work/refused.err"
cp -p "$work/kept" "$work/state/fingerprint.key"
start_monitor --record "$work/x.rec"
as fourth cat "$file"
check "with the right one it goes on" within 20 found cross-workflow-reuse 4
stop_monitor
check "a replay finds the same" [ "$("$program" replay "$work/x.rec" --json | grep -c '"uid":"cross-workflow-reuse"')" -ge 1 ]
finish
