#!/usr/bin/env bash
# `credlineage lineage` over a store that a recording made: every focus, both formats, the schema, wrong usage.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"

lineage() {
	"$program" lineage --state "$state" "$@"
}

# STATUS TEXT ARGUMENT...: the exit status, one line on stderr with the text, nothing on stdout
refuses() {
	local status=$1 text=$2 got
	shift 2
	lineage "$@" >"$work/stdout" 2>"$work/stderr"
	got=$?
	cat "$work/stderr"
	[ $got -eq "$status" ] && [ ! -s "$work/stdout" ] && grep -qF -- "$text" "$work/stderr"
}

valid() { # FILE: against the schema that the program prints, and its references within itself
	"$program" lineage --schema >"$work/schema.json" && python3 - "$work/schema.json" "$1" <<-'END'
		import json, sys, warnings
		warnings.simplefilter("ignore")
		sys.path.append("/usr/lib/python3/dist-packages")
		import jsonschema
		schema, data = (json.load(open(p)) for p in sys.argv[1:])
		jsonschema.Draft202012Validator.check_schema(schema)
		errors = list(jsonschema.Draft202012Validator(schema).iter_errors(data))
		for e in errors[:5]:
		    print(list(e.path), e.message)
		ids = {n["id"] for n in data["nodes"]}
		assert not errors
		assert len(ids) == len(data["nodes"]), "ids repeat"
		assert [n["id"] for n in data["nodes"]] == sorted(ids, key=str.encode), "nodes are not sorted"
		assert len({e["id"] for e in data["edges"]}) == len(data["edges"]), "edge ids repeat"
		assert all(e["source"] in ids and e["target"] in ids for e in data["edges"]), "loose edge"
		spawned = {e["target"] for e in data["edges"] if e["kind"] == "SPAWNED"}
		for n in data["nodes"]:
		    if n["kind"] == "Process" and not n["attrs"].get("unknown"):
		        assert n["id"] in spawned or n["attrs"]["pid"] == 1, n["id"] + " has no parent"
	END
}

exports() { # ARGUMENT...: an export that is valid and has something in it
	lineage "$@" >"$work/export.json" && valid "$work/export.json" &&
		jq_py 'len(d["nodes"]) > 5 and len(d["edges"]) > 5' "$work/export.json"
}

jq_py() { # EXPRESSION FILE: the expression over the JSON in `d` is true
	python3 -c 'import json, sys; d = json.load(open(sys.argv[2])); assert eval(sys.argv[1]), d' "$1" "$2"
}

draws() { # ARGUMENT...: Graphviz reads the picture and keeps every node and edge
	lineage "$@" --format json >"$work/a.json" && lineage "$@" --format dot >"$work/a.dot" &&
		dot -Tsvg "$work/a.dot" >"$work/a.svg" &&
		jq_py "len(d['nodes']) == $(grep -c 'class="node"' "$work/a.svg")" "$work/a.json" &&
		jq_py "len(d['edges']) == $(grep -c ' -> ' "$work/a.dot")" "$work/a.json"
}

page() { # ARGUMENT...: the page carries the whole lineage with the blast radius, and its policy names the digest of its script
	lineage "$@" --blast-radius >"$work/a.json" && lineage "$@" --format html >"$work/a.html" && python3 - "$work/a.html" "$work/a.json" <<-'END'
		import base64, hashlib, json, re, sys
		page, lineage = (open(p, encoding="utf-8").read() for p in sys.argv[1:])
		head, data = page.split('<script type="application/json" id="lineage">')
		data, end = data.split("</script>")
		assert end == "\n</body>\n</html>\n", end
		assert data.isascii() and not re.search("[<>&\x00-\x1f\x7f]", data)
		a, b = json.loads(data), json.loads(lineage)
		del a["generated"], b["generated"]
		assert a == b
		policy = re.search('Content-Security-Policy" content="([^"]*)"', head)[1]
		assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy, policy
		for name in "script", "style":
		    text, = re.findall(f"<{name}[^>]*>(.*?)</{name}>", head, re.S)
		    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
		    assert f"{name}-src 'sha256-{digest}'" in policy, name
	END
}

check "without a store it says how to get one" refuses 1 "is the monitor running?" --credential ab
check "a recording is made" build/tests/test_pipeline record "$work/story.rec"
check "and replayed into a store" "$program" replay --state "$state" "$work/story.rec"
cred=$("$program" credentials --state "$state" | python3 -c 'import json, sys; print(json.loads(input())["fingerprint"])')
finding=$("$program" findings --state "$state" --format native --detector cross-workflow-reuse |
	python3 -c 'import json, sys; print(json.loads(input())["id"])')

check "by credential" exports --credential "$cred"
check "by a beginning of it" exports --credential "${cred:5:4}"
check "by run" exports --run a1
check "by workflow" exports --workflow ci:a
check "by workflow without its kind" exports --workflow a
check "by pid" exports --pid 21
check "by destination" exports --destination 192.0.2.1:443
check "by an IPv6 destination" exports --destination '[2001:db8::1]:443'
check "by finding" exports --finding "$finding"
check "by a beginning of a finding's id" exports --finding "${finding:0:9}"
key=$(python3 -c 'import json, sys
print(next(n["id"] for n in json.load(open(sys.argv[1]))["nodes"] if n["attrs"].get("pid") == 21))' "$work/export.json")
check "by process key" exports --process "$key"
check "the finding is in the credential's lineage" bash -c \
	"$program lineage --state $state --credential $cred | grep -q '\"$finding\"'"
check "a window" exports --credential "$cred" --since 2023-11-14T00:00:00Z --until 2023-11-15T00:00:00Z
lineage --credential "$cred" --until 2023-11-14T00:00:00Z >"$work/early.json"
check "nothing in an early window but the focus" jq_py \
	'[n["kind"] for n in d["nodes"]] == ["Credential"] and not d["edges"]' "$work/early.json"
check "which is valid too" valid "$work/early.json"
check "deterministic but for the time of writing" bash -c "
	for i in 1 2; do $program lineage --state $state --run a1 | grep -v '\"generated\"' >$work/\$i.json; done
	cmp $work/1.json $work/2.json"
check "--json is one line" bash -c "[ \$($program lineage --state $state --run a1 --json | wc -l) -eq 1 ]"
lineage --credential "$cred" --blast-radius >"$work/radius.json"
check "a blast radius" jq_py \
	"(d['blast_radius']['credentials'] == ['$cred'] and
	 {r['workflow'] for r in d['blast_radius']['runs']} >= {'ci:a'} and d['blast_radius']['hosts'] and
	 [f['label'] for f in d['blast_radius']['files']] == ['/srv/A'] and d['blast_radius']['destinations'])" \
	"$work/radius.json"
check "which is valid" valid "$work/radius.json"
check "by the name of a pid at a time" exports --pid 21 --at 2023-11-14T23:13:20.5Z
check "origins" exports --credential "$cred" --direction origins
check "says the direction" jq_py "d['focus']['direction'] == 'origins'" "$work/export.json"
lineage --credential "$cred" --direction consequences >"$work/consequences.json"
check "consequences" valid "$work/consequences.json"
script -qec "$program lineage --state $state --credential $cred" /dev/null | tr -d '\r' >"$work/screen"
check "a terminal gets words" diff -u - "$work/screen" <<END
Lineage of credential $cred: 23 nodes, 45 edges

Findings: 9
$(sed -n '/^Findings/,/^$/p' "$work/screen" | tail -n +2)

Credentials: 1
  FINGERPRINT                           WHAT
  cred:41414141414141414141414141414141 Example example_token cred:4141

Runs that held one: 4
  FROM                 LAST                 BASIS    HOST             WORKFLOW                         RUN
  2023-11-14T23:13:20Z 2023-11-14T23:13:20Z observed testhost         ci:a                             a / a1
  2023-11-14T23:14:30Z 2023-11-14T23:14:30Z observed testhost         ci:a                             a / a2
  2023-11-14T23:13:20Z 2023-11-14T23:13:20Z observed testhost         agent:b                          b / b1
  2023-11-14T23:13:20Z 2023-11-14T23:13:20Z observed testhost         agent:c                          c / c1

Hosts: 1
  NAME
  testhost

Files where one lies: 1
  BASIS    PATH
  observed /srv/A

Destinations where one was used or a holder went: 2
  FROM                 LAST                 BASIS    PLACE
  2023-11-14T23:13:20Z 2023-11-14T23:13:20Z inferred 192.0.2.1:443
  2023-11-14T23:13:20Z 2023-11-14T23:13:20Z inferred [2001:db8::1]:443

Held by the same processes: 1
  FINGERPRINT                           PROVIDER         CLASS     RUNS
  cred:42424242424242424242424242424242 Example          ephemeral 3

Not seen or left out:
  the monitor did not see everything: coverage says what
  5 exec records were lost (lost)

The graph: the same with --format html -o FILE, or --format json
END
check "dot" draws --credential "$cred"
check "dot of a workflow" draws --workflow ci:a --depth 4
check "dot of hostile names" bash -c "
	build/tests/test_export dot | dot -Tsvg >$work/hostile.svg && ! grep -q '<script' $work/hostile.svg"

check "html" page --credential "$cred"
check "html of a workflow" page --workflow ci:a --depth 4

check "-o writes a private file" bash -c "
	$program lineage --state $state --run a1 -o $work/a1.json &&
	[ \"\$(stat -c %a $work/a1.json)\" = 600 ] && [ \$(ls $work/a1.json* | wc -l) -eq 1 ]"
check "which is valid" valid "$work/a1.json"
check "-o to a device" lineage --run a1 -o /dev/null
check "-o to nowhere is an error" refuses 1 "/nowhere/a.json" --run a1 -o /nowhere/a.json
check "a full disk is an error" bash -c "! $program lineage --state $state --run a1 -o /dev/full 2>$work/full &&
	grep -q 'No space left' $work/full"
check "a closed pipe is none" bash -c "
	set -o pipefail; $program lineage --state $state --workflow ci:a --depth 9 | head -c 1 >/dev/null"

check "no focus" refuses 2 "name a focus"
check "two foci" refuses 2 "exactly one" --run a1 --pid 1
check "unknown format" refuses 2 "json, opengraph, " --run a1 --format xml
check "a schema of nothing" refuses 2 "json and opengraph" --schema=dot
check "the schema of a format by name, either way" bash -c "
	$program lineage --schema opengraph >$work/1.json && $program lineage --schema=opengraph | cmp - $work/1.json &&
	grep -q is_traversable $work/1.json && ! $program lineage --schema | cmp -s - $work/1.json"
check "not a fingerprint" refuses 2 "not a fingerprint" --credential 'cred:../x'
check "not a pid" refuses 2 "not a process id" --pid 12x
check "not a time" refuses 2 "not a time" --run a1 --since yesterday
check "not a depth" refuses 2 "must be 1 to 64" --run a1 --depth 0
check "not a direction" refuses 2 "origins, consequences or both" --run a1 --direction up
check "a time without a pid" refuses 2 "--at goes with --pid" --run a1 --at 1h
check "nobody had that pid then" refuses 1 "had the number last" --pid 21 --at 2023-11-13T00:00:00Z
check "nothing found" refuses 1 'no run "zz"' --run zz
check "not unique" refuses 1 "not unique" --credential 4
check "a finding that is not there" refuses 1 "no finding" --finding fnd-ffff
check "a word too many" refuses 2 "unexpected" --run a1 more
check "help has five examples" bash -c "[ \$($program lineage --help | grep -c '^  credlineage lineage ') -eq 5 ]"

printf 'not a database, but long enough to look at: %0200d\n' 7 >"$state/credlineage.db"
rm -f "$state"/credlineage.db-*
check "a foreign file is refused" refuses 1 "not a database" --run a1
