#!/usr/bin/env bash
# The site's policy while the monitor runs: SIGHUP reads it and the statements about credentials again, a bad file changes
# nothing and says why, what is left out is counted and shown, also after a restart; the recording replays to the same.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

mkdir -p "$work/home/.config/gh" "$work/policy.d"
file=$work/home/.config/gh/hosts.yml
printf 'oauth_token: %s\n' "$("$make_token" github)" >"$file"
configure() { # [STATEMENT]
	cat >"$work/config.json" <<JSON
{"environments": {"production": {"runs": [{"workflow": "second"}]}},
 "policy": {"files": ["$work/policy.d/*.json"], "credentials": [${1:-}]}}
JSON
}
use_in() { # WORKFLOW
	"$program" run "${at[@]}" --workflow "$1" -- cat "$file" >/dev/null
}
said() { # TEXT
	grep -qF -- "$1" "$work/monitor.err"
}
hang_up() { # TEXT: what the monitor says to SIGHUP
	: >"$work/monitor.err"
	kill -HUP "$monitor"
	within 20 said "$1"
}
counts() { # EXPRESSION over the status
	status | python3 -c 'import json, sys
d = json.load(sys.stdin)
assert eval("(" + sys.argv[1] + ")"), d["rules"]' "$1"
}
shows() { # EXPRESSION over the credential's record
	"$program" credentials show "$fp" "${at[@]}" --config "$work/config.json" --json 2>/dev/null |
		python3 -c 'import json, sys
d = json.loads(sys.stdin.read())
assert eval("(" + sys.argv[1] + ")"), d' "$1"
}
used() { # N: the exclusion's uses, as `policy show` has them
	[ "$("$program" policy show "${at[@]}" --config "$work/config.json" --json |
		python3 -c 'import json, sys
print(sum(r["used"] for r in map(json.loads, sys.stdin) if r["section"] == "exclusions"))')" -ge "$1" ]
}

configure
start_monitor --config "$work/config.json" --record "$work/all.clrec"
use_in first
use_in second
check "two workflows with it are a finding" within 20 found cross-workflow-reuse 1
check "with the environment that policy gives the second" [ "$(jsonl "$findings" \
	"e['finding_info']['analytic']['uid'] == 'cross-workflow-reuse' and '\"environment\":\"production\"' in line" | wc -l)" -eq 1 ]
fp=$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == 'cross-workflow-reuse'" \
	"e['resources'][0]['data']['fingerprint']" | head -1)

echo '{"exclusions": [{"detector": "cross-workflow-reuse", "workflow": "third"}]}' >"$work/policy.d/a.json"
check "a bad file changes nothing and says why" hang_up \
	"SIGHUP: cannot read policy \"$work/policy.d/a.json\": line 1: \"exclusions[0]\" lacks \"reason\"; the policy of before holds"
use_in third
check "the third is reported" within 20 found cross-workflow-reuse 2

echo '{"exclusions": [{"detector": "cross-workflow-reuse", "workflow": "fourth", "reason": "by design"}]}' \
	>"$work/policy.d/a.json"
check "a good one is taken up" hang_up "the site's policy is another one now, of 2 rules"
use_in fourth
check "what it excludes is counted" within 20 counts 'd["rules"]["exclusions"]["used"] >= 1 and
	d["counters"]["findings_excluded"] >= 1 and d["counters"]["rules_refused"] == 0'
check "and not reported" found cross-workflow-reuse 2

configure "{\"fingerprint\": \"$fp\", \"label\": \"deploy key\"}"
check "the same rules" hang_up "the site's policy is as it was"
check "a statement about the credential" within 20 shows 'd["label"] == "deploy key"'
configure "{\"fingerprint\": \"$fp\", \"label\": \"deploy key\", \"revoked\": {\"reason\": \"leaked\"}}"
hang_up "as it was"
within 20 shows '"revoked" in d["state"]'
use_in first
check "a revocation by the file" within 20 found use-after-revocation 1
configure
hang_up "as it was"
never_said() { ! said "$1"; }
check "of the rest nothing is said when nothing changed" never_said "before the next start"
sed -i '1s/^{/{"watch": {"paths": ["\/srv\/more"]}, "limits": {"runs": 4096},\n/' "$work/config.json"
check "what only the next start takes up is said" hang_up \
	"SIGHUP: changed and not taken up before the next start: watch.paths, limits.runs (restart the monitor"
configure
hang_up "as it was"
check "taken back closes it" within 20 sh -c "grep -q '\"activity_id\":3' '$findings'"
check "and the label" within 20 shows '"label" not in d or not d["label"]'
check "the uses outlive the moment" within 30 used 1

stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
check "they are shown without a monitor" used 1
"$program" replay "$work/all.clrec" --json --config "$work/config.json" >"$work/replayed.jsonl"
created() {
	jsonl "$1" "e['activity_id'] == 1 and e['finding_info']['analytic']['uid'] != 'coverage-degraded'" \
		"e['finding_info']['uid'] + e['severity']" | sort
}
check "the recording replays to the same findings" [ "$(created "$findings")" = "$(created "$work/replayed.jsonl")" ]
echo '{}' >"$work/none.json"
appears() {
	! "$program" policy test "$work/none.json" "$work/all.clrec" --config "$work/config.json" --json >"$work/changes" &&
		[ "$(grep -c '"change":"appears","id":"[^"]*","detector":"cross-workflow-reuse"' "$work/changes")" -ge 1 ]
}
check "without the policy what it excluded appears" appears
start_monitor --config "$work/config.json"
check "the count goes on after a restart" counts 'd["rules"]["exclusions"]["used"] >= 1'
stop_monitor
finish
