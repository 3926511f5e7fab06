#!/usr/bin/env bash
# Which work a process belongs to, by live probes: built-in recognisers, one of the site's own, chains, ends; and the
# recording says the same elsewhere.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

mkdir "$work/catalog.d"
cat >"$work/config.json" <<CONFIG
{"catalogue": "$work/catalog.d",
 "workflows": {"recognisers": [
  {"id": "acme-ci", "system": "Acme CI", "kind": "ci-job", "when": [{"all": ["ACME_CI=true"]}],
   "workflow": "ci:acme/{ACME_REPO|=unknown}", "run_id": "acme:{ACME_BUILD}", "environment": "{ACME_STAGE}"}]}}
CONFIG
cat >"$work/catalog.d/jobs.json" <<'CONFIG'
{"workflows": [
  {"id": "nightly", "system": "our jobs", "kind": "batch", "when": [{"command": "nightly --job {job} ..."}], "workflow": "batch:nightly/{.job}"},
  {"id": "travis", "disabled": true}]}
CONFIG
at+=(--config "$work/config.json")
start_monitor --record "$work/work.clrec"

list() { "$program" task list --json --socket "$work/control.sock" >"$work/list"; }
# is ID CONDITION: the run is listed so
is() {
	list
	[ -n "$(jsonl "$work/list" "e['run_id'] == '$1' and ($2)" "e['run_id']")" ]
}
# Whatever this test itself runs in must not say so to what it starts.
clean=(env -i PATH="$PATH")

"${clean[@]}" GITHUB_ACTIONS=true GITHUB_REPOSITORY=octo/app GITHUB_WORKFLOW=release GITHUB_JOB=build GITHUB_RUN_ID=4242 \
	GITHUB_RUN_ATTEMPT=2 sh -c 'sleep 60 & CODEX_THREAD_ID=live-1 sh -c "sleep 60"; wait' &
job=$!
check "a job is known by its variables" within 5 is 4242.2/build \
	"e['workflow'] == 'ci:github/octo/app/release/build' and e['repository'] == 'octo/app' and e['job'] == 'build' and e['attempt'] == '2'"
check "an agent in it is a run of its own" within 5 is codex:live-1 "e['parent'] == '4242.2/build' and e['kind'] == 'agent'"
"${clean[@]}" ACME_CI=true ACME_REPO=shop ACME_BUILD=7 ACME_STAGE=prod GH_TOKEN="$("$make_token" github)" sleep 60 &
own=$!
check "the configuration's recogniser works" within 5 is acme:7 "e['workflow'] == 'ci:acme/shop' and e['environment'] == 'production'"
printf '#!/bin/sh\nsleep 60\n' >"$work/nightly"
chmod +x "$work/nightly"
"${clean[@]}" "$work/nightly" --job cleanup now &
nightly=$!
named() { list; [ -n "$(jsonl "$work/list" "e['workflow'] == 'batch:nightly/cleanup'" "e['run_id']")" ]; }
check "and that of a catalogue file, by the command line" within 5 named
"${clean[@]}" TRAVIS=true TRAVIS_BUILD_ID=1 TRAVIS_JOB_ID=2 sleep 2
list
check "what is disabled is not recognised" [ -z "$(jsonl "$work/list" "'travis' in e['workflow']" "e['run_id']")" ]

# A secret for a name: nothing of it is kept.
secret=$("$make_token" github)
"${clean[@]}" GITHUB_ACTIONS=true GITHUB_REPOSITORY="octo/$secret" GITHUB_RUN_ID="$secret" sleep 60 &
hostile=$!
hidden() { list; [ -n "$(jsonl "$work/list" "'[credential]' in e['workflow'] + e['run_id'] or 'octo/' in e.get('repository', '')" "e['run_id']")" ] && ! grep -q "$secret" "$work/list"; }
check "a secret in a variable is not in the run" within 5 hidden

kill "$job" "$own" "$nightly" "$hostile" 2>/dev/null
pkill -P "$job" 2>/dev/null
wait "$job" "$own" "$nightly" "$hostile" 2>/dev/null
check "with its last process a job has ended" within 5 is acme:7 "e['state'] == 'ended'"
"$program" doctor --json --config "$work/config.json" --socket "$work/control.sock" --state "$work/state" >"$work/doctor" 2>/dev/null
check "doctor says how many recognisers there are" python3 -c '
import json, sys
c = json.load(open(sys.argv[1]))["catalogue"]
sys.exit(not (c["recognisers"] > 90 and c["recognisers_own"] == 3))' "$work/doctor"
stop_monitor
"$program" replay --dump "$work/work.clrec" >"$work/dump"
check "the recording holds the site's entries" [ "$(jsonl "$work/dump" "e['kind'] == 'recogniser'" "e['detail']" | wc -l)" -eq 3 ]
check "and no secret" sh -c "! grep -q '$secret' '$work/dump'"
"$program" replay "$work/work.clrec" --state "$work/replayed" >/dev/null
elsewhere() { "$program" lineage --state "$work/replayed" --run acme:7 | grep -q 'ci:acme/shop'; }
check "replayed without its configuration the run is the same" elsewhere
finish
