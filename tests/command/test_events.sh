#!/usr/bin/env bash
# `credlineage replay --events`: every act with a credential as an OCSF event, with the agent and the delegation.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"
events=$work/events.jsonl

holds() { # EXPRESSION over the list `d` of events
	python3 -c 'import json, sys
d = [json.loads(line) for line in open(sys.argv[2])]
assert eval("(" + sys.argv[1] + ")"), [e["type_name"] for e in d]' "$1" "$events"
}

wrong() { # TEXT PYTHON: an event that is changed so is refused, for that
	python3 -c 'import json, sys
e = json.loads(open(sys.argv[2]).readline())
exec(sys.argv[1])
print(json.dumps(e))' "$2" "$events" >"$work/changed.jsonl"
	! python3 tests/lib/check_ocsf.py "$work/changed.jsonl" >"$work/said" && grep -qF -- "$1" "$work/said"
}

check "a recording is made" build/tests/test_pipeline record "$work/story.rec"
"$program" replay "$work/story.rec" --events >"$events"
check "events are sound" python3 tests/lib/check_ocsf.py "$events"
check "reads, launches, connections" holds 'sorted(e["class_uid"] for e in d) == [1001] * 5 + [1007] * 2 + [4001] * 3'
check "in the order of time" holds '[e["time"] for e in d] == sorted(e["time"] for e in d)'
check "a read: who, what, which credential" holds '(lambda e: e["actor"]["process"]["pid"] == 10 and
	e["file"]["path"] == "/srv/A" and e["activity_id"] == 2 and e["delegation"]["uid"] == "a1" and "ai_agent" not in e and
	e["unmapped"]["credlineage"]["credential"]["fingerprint"] == "cred:" + "41" * 16)(d[0])'
check "a connection of an agent" holds '(lambda e: e["ai_agent"] == {"name": "agent:b", "uid": "b1", "instance_uid": "b1"} and
	(e["dst_endpoint"]["ip"], e["dst_endpoint"]["port"], e["connection_info"]["direction_id"]) == ("192.0.2.1", 443, 2))(d[2])'
check "a launch: what was started, and by whom" holds '(lambda e: e["process"]["pid"] == 22 and
	e["actor"]["process"]["pid"] == 21)(d[3])'
check "a run of a run names it" holds '{e["delegation"]["parent_uid"] for e in d if e["delegation"]["uid"] == "c1"} == {"b1"}'
check "each can be told from the others" holds 'len({(e["metadata"]["uid"], e["class_uid"], e["metadata"]["event_code"]) for e in d}) == len(d)'
check "findings are not mixed in" holds 'all(e["class_uid"] != 2004 for e in d)'
check "an agent without its profile is refused" wrong "ai_agent: unknown attribute" \
	'e["ai_agent"] = {"uid": "x"}; e["metadata"]["profiles"] = ["host"]'
check "a delegation without an id is refused" wrong "delegation: uid is missing" 'del e["delegation"]["uid"]'
check "an act that the class has not is refused" wrong "activity_id: 77" 'e["activity_id"] = 77; e["type_uid"] = 100177'
check "with a store beside, its findings are in that" "$program" replay "$work/story.rec" --events --state "$state"
check "all of them" [ "$("$program" findings --state "$state" --format native | wc -l)" -eq 10 ]
