#!/usr/bin/env bash
# The story that the program exists for, by live probes: the same token in two workflows is one finding within a second,
# a token of one's own is none.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

home=$work/home
mkdir -p "$home/.config/gh"
shared=$("$make_token" github) own=$("$make_token" github)
printf 'github.com:\n    oauth_token: %s\n    user: octocat\n' "$shared" >"$home/.config/gh/hosts.yml"

start_monitor --record "$work/story.clrec"
"$program" run "${at[@]}" --workflow deploy --run-id deploy-1 -- cat "$home/.config/gh/hosts.yml" >/dev/null
"$program" run "${at[@]}" --workflow other -- sh -c "GH_TOKEN=$own exec true"
sleep 1
check "a token of one's own is no finding but that it is on a command line" [ "$(jsonl "$findings" \
	"any(s['run'].get('workflow') == 'other' for s in e['unmapped']['credlineage']['sides'])" \
	"e['finding_info']['analytic']['uid']")" = exposed-in-arguments ]
check "nor a reuse" found cross-workflow-reuse 0

"$program" run "${at[@]}" --workflow triage --run-id triage-1 -- sh -c "GH_TOKEN=$shared exec true"
check "the shared token is a finding within 1 s" within 1 found cross-workflow-reuse 1
sleep 1
check "it is reported once" found cross-workflow-reuse 1

reuse="e['finding_info']['analytic']['uid'] == 'cross-workflow-reuse'"
native="e['unmapped']['credlineage']"
check "both runs are named" [ "$(jsonl "$findings" "$reuse" "sorted(s['run']['id'] for s in ${native}['sides'])")" = "['deploy-1', 'triage-1']" ]
check "both sources are named" [ "$(jsonl "$findings" "$reuse" "sorted(s['use'].get('path', s['use']['name']) for s in ${native}['sides'])")" = \
	"['$home/.config/gh/hosts.yml', 'GH_TOKEN']" ]
check "severity is High" [ "$(jsonl "$findings" "$reuse" "e['severity']")" = High ]
check "chains reach the first process" [ "$(jsonl "$findings" "$reuse" \
	"[v['actor']['process']['ancestry'][-1].get('pid') for v in e['evidences'][:2]]")" = '[1, 1]' ]
check "findings pass the OCSF checker" python3 tests/lib/check_ocsf.py "$findings"

# Others on the host may hold credentials of their own.
printf '%s\n' "$shared" "$own" >"$work/both"
"$program" scan --json --key "$work/state/fingerprint.key" "$work/both" >"$work/both.json"
"$program" credentials list --json "${at[@]}" >"$work/known.json"
known() {
	[ "$(jsonl "$work/both.json" True "e['fingerprint']" | sort -u | wc -l)" -eq 2 ] &&
		! jsonl "$work/both.json" True "e['fingerprint']" | grep -vxFf <(jsonl "$work/known.json" True "e['fingerprint']")
}
check "credentials list knows both tokens" known
id=$("$program" findings list --json "${at[@]}" | grep -m1 cross-workflow-reuse | grep -oE 'fnd-[0-9a-f]{16}' | head -n 1)
check "findings show finds it" sh -c "'$program' findings show $id --state '$work/state' | grep -q '$id'"
"$program" lineage "${at[@]}" --finding "$id" >"$work/lineage.json"
check "the lineage holds both runs" sh -c "grep -q deploy-1 '$work/lineage.json' && grep -q triage-1 '$work/lineage.json'"

stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
"$program" replay "$work/story.clrec" >"$work/replayed.jsonl"
strip() { sed -E 's/"logged_time":[0-9]+/"logged_time":0/g' "$1"; }
strip "$findings" >"$work/a"
strip "$work/replayed.jsonl" >"$work/b"
check "replay gives the same findings byte for byte" cmp "$work/a" "$work/b"
finish
