#!/usr/bin/env bash
# Every format of `credlineage lineage`, read back by its own reader: Graphviz, networkx, python3-prov, jsonschema, and
# from npm Mermaid and ajv. Three lineages: of an ordinary recording, of one in which every name is an attacker's, and
# one with every kind of node and edge.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"
readers=build/exports
formats="json opengraph timesketch prov mermaid dot svg graphml"

# The readers from npm, as the lock file has them.
install_readers() {
	if [ ! -e $readers/node_modules/.package-lock.json ] ||
		! cmp -s tests/exports/package-lock.json $readers/package-lock.json; then
		scripts/npm-ci.sh tests/exports $readers
	fi
}

# NAME ARGUMENT...: every format of the lineage of the arguments as $work/NAME.FORMAT
export_all() {
	local name=$1 format
	shift
	for format in $formats; do
		"$program" lineage --state "$state" --format "$format" -o "$work/$name.$format" "$@" || return
	done
}

# NAME: reads $work/NAME.* back; its cases are ours
read_back() {
	/usr/bin/python3 tests/exports/read.py "$work/$1" "$work/schema" "$work/extension" 2>&1 | sed "s/^\(not \)\?ok /&$1: /"
	node $readers/read.mjs "$work/$1" "$work/schema" 2>&1 | sed "s/^\(not \)\?ok /&$1: /"
}

# What every export of one lineage must be: the same again, but for the line that says when.
the_same_again() {
	local format
	export_all again "$@" || return
	for format in $formats; do
		cmp <(grep -v '"generated"' "$work/first.$format") <(grep -v '"generated"' "$work/again.$format") || return
	done
}

# The part that a finding in OCSF shows has the ids, kinds and ends that the finding's lineage has.
attack_graphs() {
	"$program" findings --state "$state" --format ocsf >"$work/findings.ocsf" &&
		/usr/bin/python3 - "$program" "$state" "$work/findings.ocsf" <<-'END'
		import json, subprocess, sys
		program, state, path = sys.argv[1:]
		compared = 0
		for line in open(path):
		    info = json.loads(line)["finding_info"]
		    graph = info.get("attack_graph")
		    if not graph or info["analytic"]["uid"] == "coverage-degraded":  # of the host, not of an act
		        continue
		    lineage = json.loads(subprocess.run([program, "lineage", "--state", state, "--finding", info["uid"]],
		                                        capture_output=True, check=True).stdout)
		    nodes = {n["id"]: n["kind"] for n in lineage["nodes"]}
		    edges = {e["id"]: (e["source"], e["target"], e["kind"]) for e in lineage["edges"]}
		    assert not lineage["gaps"] or all(g["kind"] != "limit" for g in lineage["gaps"])
		    for n in graph["nodes"]:
		        assert nodes.get(n["uid"]) == n["type"], n
		    for e in graph["edges"]:
		        assert edges.get(e["uid"]) == (e["source"], e["target"], e["relation"]), e
		    finding = next(f for f in lineage["findings"] if f["id"] == info["uid"])
		    assert sorted(finding["nodes"]) == sorted(n["uid"] for n in graph["nodes"])
		    assert sorted(finding["edges"]) == sorted(e["uid"] for e in graph["edges"])
		    compared += 1
		print(compared, "compared")
		assert compared > 3
	END
}

check "the readers are there" install_readers
cp tests/exports/read.mjs $readers/
"$program" lineage --schema >"$work/schema" && "$program" lineage --schema=opengraph >"$work/extension"

check "a recording is replayed" bash -c "
	build/tests/test_pipeline record $work/story.rec && $program replay --state $state $work/story.rec"
check "every format is written" export_all first --credential 41
read_back first
check "a second export is the same" the_same_again --credential 41
check "every format of a workflow" export_all workflow --workflow ci:a --depth 4
read_back workflow
check "a finding in OCSF shows the same nodes and edges" attack_graphs

rm -rf "$state"
check "a recording of hostile names is replayed" bash -c "
	build/tests/test_export record $work/hostile.rec && $program replay --state $state $work/hostile.rec"
check "every format of hostile names is written" export_all hostile --credential 41 --depth 4
read_back hostile
check "a finding of hostile names shows the same" attack_graphs

# shellcheck disable=SC2016 # the inner shell expands it
check "every kind of node and edge is written" bash -c '
	for f in '"$formats"'; do build/tests/test_export $f >'"$work"'/every.$f || exit; done'
read_back every

check "the help lists every format" bash -c "
	for f in $formats; do $program lineage --help | tr -s '\n ' ' ' | grep -q \"Of the export: .*\$f\" || exit; done"
check "without Graphviz a picture says how to get one" bash -c "
	! PATH=/nowhere $program lineage --state $state --credential 41 --format svg >$work/none 2>$work/why &&
	[ ! -s $work/none ] && grep -q 'install graphviz' $work/why"
