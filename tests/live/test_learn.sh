#!/usr/bin/env bash
# `monitor --learn`: what was seen becomes a proposal that is sound and allows nothing by itself; a restart goes on.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

mkdir -p "$work/home/.config/gh"
file=$work/home/.config/gh/hosts.yml
printf 'oauth_token: %s\n' "$("$make_token" github)" >"$file"
echo '{}' >"$work/config.json"
proposal=$work/proposal.json
use_in() { # WORKFLOW
	"$program" run "${at[@]}" --workflow "$1" -- cat "$file" >/dev/null
}
proposes() { # EXPRESSION over the proposal d
	sed 's|^\s*//.*||' "$proposal" | python3 -c 'import json, sys
d = json.load(sys.stdin)
assert eval("(" + sys.argv[1] + ")"), d' "$1"
}
began() {
	sed -nE 's/.*what was seen from ([^ ]*) to.*/\1/p' "$proposal"
}

start_monitor --config "$work/config.json" --learn 1h --learn-out "$proposal"
use_in first
use_in second
check "what is learned is reported as ever" within 5 found cross-workflow-reuse 1
stop_monitor
check "a stop writes the proposal" grep -q 'learning stops here and goes on with the next start' "$work/monitor.err"
check "for its owner alone" [ "$(stat -c %a "$proposal")" = 600 ]
check "it is sound" "$program" policy check "$proposal"
# The host goes on with its own work meanwhile.
check "who shares what" proposes '[s["provider"] for s in d["sharing"] if sorted(s["workflows"]) == ["first", "second"] and
	s["reason"].endswith("not reviewed")] == ["GitHub"]'
check "who reads what" proposes '[r["exe"] for r in d["readers"] if r["store"] == "gh_hosts"].count("/usr/bin/cat") == 1 and
	all(r["until"] > "20" for r in d["readers"])'
check "environments are left to a person" grep -q '^\s*// "environments"' "$proposal"
check "nothing is left beside it" [ "$(find "$work" -name 'proposal.json.*' | wc -l)" -eq 0 ]
first_began=$(began)

start_monitor --config "$work/config.json" --learn 1h --learn-out "$proposal"
use_in third
check "a restart changes no judgement" within 5 found cross-workflow-reuse 2
stop_monitor
check "and goes on where it was" [ "$(began)" = "$first_began" ]
check "with what came in both" proposes '["first", "second", "third"] in [sorted(s["workflows"]) for s in d["sharing"]] and
	[r["exe"] for r in d["readers"] if r["store"] == "gh_hosts"].count("/usr/bin/cat") == 1'

start_monitor --config "$work/config.json" --learn 1s --learn-out "$proposal"
check "when the time is over it is done" within 20 grep -q 'learning is done: a policy is proposed' "$work/monitor.err"
stop_monitor
finish
