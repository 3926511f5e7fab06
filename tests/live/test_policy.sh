#!/usr/bin/env bash
# Policy while the monitor runs: it is asked over its socket, an allowance suppresses the next finding, a use of what was
# revoked is Critical within a second, others than root are refused and logged, all of it outlives a restart and is in
# the recording.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

mkdir -p "$work/home/.config/gh" "$work/home/.aws"
chmod 755 "$work" # another user must reach the socket
file=$work/home/.config/gh/hosts.yml
token=$("$make_token" github)
printf 'oauth_token: %s\n' "$token" >"$file"
cat >"$work/config.json" <<JSON
{"policy": {"credentials": [{"fingerprint": "cred:00112233445566778899aabbccddeeff", "label": "of the file"}]}}
JSON

credentials() {
	"$program" credentials "${at[@]}" --config "$work/config.json" "$@"
}
use_in() { # WORKFLOW
	"$program" run "${at[@]}" --workflow "$1" -- cat "$file" >/dev/null
}
seen_in() { # WORKFLOW N: so many runs of it had the credential
	[ "$(credentials show "$fp" | python3 -c 'import json, sys
print(sum(r["workflow"] == sys.argv[1] for r in json.loads(sys.stdin.read())["runs"]))' "$1")" -ge "$2" ]
}
shows() { # EXPRESSION over the record d
	credentials show "$fp" | python3 -c 'import json, sys
d = json.loads(sys.stdin.read())
assert eval("(" + sys.argv[1] + ")"), d' "$1"
}
logged() { # EXPRESSION over the list d of entries
	credentials audit | python3 -c 'import json, sys
d = [json.loads(line) for line in sys.stdin]
assert eval("(" + sys.argv[1] + ")"), d' "$1"
}
critical() { # N findings about use after revocation, all Critical
	found use-after-revocation "$1" &&
		[ -z "$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == 'use-after-revocation' and e['severity'] != 'Critical'")" ]
}
refused_as_nobody() {
	! setpriv --reuid 65534 --regid 65534 --clear-groups "$program" credentials revoke "$fp" --reason "let me" \
		--socket "$work/control.sock" --state "$work/state" --config "$work/config.json" >"$work/out" 2>&1 &&
		grep -q 'only root may change policy' "$work/out"
}

cp "$program" "$work/credlineage" && chmod 755 "$work/credlineage"
program=$work/credlineage
start_monitor --config "$work/config.json" --record "$work/all.clrec"
use_in first
fp=
known() {
	fp=$(credentials list | python3 -c 'import json, sys
d = [json.loads(line) for line in sys.stdin]
print(next((c["fingerprint"] for c in d if any(f["path"] == sys.argv[1] for f in c.get("files", []))), ""))' "$file")
	[ -n "$fp" ]
}
check "the credential is known" within 20 known

credentials label "$fp" "deploy key" >"$work/out"
check "the monitor takes a label" grep -q '"way":"monitor"' "$work/out"
credentials owner "$fp" Ann >/dev/null
use_in second
check "two workflows with it are a finding" within 20 found cross-workflow-reuse 1
check "that carries label and owner" [ "$(jsonl "$findings" \
	"e['finding_info']['analytic']['uid'] == 'cross-workflow-reuse'" \
	"(e['resources'][0]['data']['label'], e['resources'][0]['data']['owner'])" | head -1)" = "('deploy key', 'Ann')" ]

credentials allow "$fp" --workflow second --workflow third --workflow first --until 1h --reason "one key" >/dev/null
use_in third
check "the third has it too" within 20 seen_in third 1
check "but may: no finding" found cross-workflow-reuse 1
check "which is counted" within 20 shows 'd["allowed_times"] >= 1 and d["state"].startswith("allowed until 20")'
check "the status counts statements and what they allow" sh -c \
	"echo '$(status)' | python3 -c 'import json; c = json.loads(input())[\"counters\"]
assert c[\"policies\"] == 2 and c[\"policies_refused\"] == 0 and c[\"acts_allowed\"] >= 1, c'"
use_in fourth
check "a fourth is reported, with the first" within 20 found cross-workflow-reuse 2

# Taking note of a finding: the output gets an update that says so, others may not.
id=$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == 'cross-workflow-reuse'" "e['finding_info']['uid']" | head -1)
acknowledged() { # STATUS_ID N: so many updates of it with this status came out
	[ "$(jsonl "$findings" "e['finding_info']['uid'] == '$id' and e['activity_id'] == 2 and e['status_id'] == $1" | wc -l)" -ge "$2" ]
}
ack_as_nobody() {
	! setpriv --reuid 65534 --regid 65534 --clear-groups "$program" findings ack "$id" --socket "$work/control.sock" \
		--state "$work/state" >"$work/out" 2>&1 && grep -q "only root may change a finding's status" "$work/out"
}
"$program" findings ack "$id" --reason "seen $token" "${at[@]}" >"$work/out"
check "the monitor takes an ack" grep -q '"way":"monitor"' "$work/out"
check "the output is told" within 5 acknowledged 2 1
check "and why, without the credential" [ "$(jsonl "$findings" "e['status_id'] == 2" "e['status_detail']")" = "seen [credential]" ]
"$program" findings ack "$id" --reopen "${at[@]}" >"$work/out"
check "and that it is new again" within 5 acknowledged 1 1
chmod 666 "$work/control.sock"
check "others may not" ack_as_nobody
chmod 600 "$work/control.sock"

credentials revoke "$fp" --reason "leaked, see $token" >/dev/null
use_in third
check "a use after the revocation is Critical within a second" within 1 critical 1
check "no credential in the reason" shows 'd["policy"]["store"]["revoked"]["reason"] == "leaked, see [credential]"'
printf '%s\n' "$token" >"$work/pattern" # on a command line it would be one more use
check "nor in the store" sh -c "! grep -qaFf '$work/pattern' '$work'/state/*"

chmod 666 "$work/control.sock"
sleep 1.2 # one refusal a second is logged, and there was one
check "others are refused" refused_as_nobody
check "and logged" within 20 logged '(lambda e: e["by"]["uid"] == 65534 and e["error"][:9] == "only root" and
	e["way"] == "monitor" and e["reason"] == "let me")([e for e in d if e["outcome"] == "refused"][-1])'
for _ in 1 2 3 4 5; do refused_as_nobody; done
check "a flood of refusals is no flood of entries" logged 'len([e for e in d if e["outcome"] == "refused"]) <= 4'
check "a beginning that nothing has" sh -c \
	"'$program' credentials label ffffffff x ${at[*]} 2>&1 | grep -q 'the monitor refused: no credential'"

# A monitor that starts again knows it all.
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
check "the configuration's statements are in the log" logged \
	'[e["what"] for e in d if e["way"] == "configuration"] == ["configuration"]'
start_monitor --config "$work/config.json"
use_in fifth
check "what was revoked stays revoked" within 20 critical 2
check "and the count goes on" shows 'd["allowed_times"] >= 1'
credentials revoke "$fp" --undo --reason "new key" >/dev/null
check "taken back, the findings close" within 20 sh -c \
	"grep -c '\"activity_id\":3' '$findings' | grep -qx 2"
stop_monitor

credentials label "$fp" offline --json >"$work/out"
check "without a monitor the store is written" grep -q '"way":"store"' "$work/out"
"$program" replay "$work/all.clrec" --json >"$work/replayed.jsonl"
check "the recording replays to the same revocation" [ "$(jsonl "$work/replayed.jsonl" \
	"e['finding_info']['analytic']['uid'] == 'use-after-revocation' and e['activity_id'] == 1" | wc -l)" -eq 1 ]
check "and to the same reuse" [ "$(jsonl "$work/replayed.jsonl" \
	"e['finding_info']['analytic']['uid'] == 'cross-workflow-reuse' and e['activity_id'] == 1" | wc -l)" -eq 2 ]
check "findings pass the OCSF checker" python3 tests/lib/check_ocsf.py "$findings"
finish
