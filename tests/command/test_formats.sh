#!/usr/bin/env bash
# Every format of `credlineage findings`, read back and compared with the native finding: by our own strict readers, by
# nsyslog-parser, and against ECS as Elastic publishes it. Findings of a recording, and of one whose names are an
# attacker's.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"
readers=build/formats

# The readers from npm, as the lock file has them.
install_readers() {
	if [ ! -e $readers/node_modules/.package-lock.json ] ||
		! cmp -s tests/formats/package-lock.json $readers/package-lock.json; then
		scripts/npm-ci.sh tests/formats $readers
	fi
	cp tests/formats/read.mjs $readers/
}

write_all() { # every format as $work/FORMAT
	local format
	for format in native ocsf ocsf-1.8.0 ecs cef leef line; do
		"$program" findings list --state "$state" --format $format >"$work/$format" || return
		[ "$(wc -l <"$work/$format")" -eq "$(wc -l <"$work/native")" ] || return
	done
	[ "$(wc -l <"$work/native")" -gt 4 ]
}

# FORMAT: what nsyslog-parser makes of the records is what our own reader makes of them
parsed_alike() {
	node $readers/read.mjs parse "$work/$1" >"$work/parsed" &&
		/usr/bin/python3 - "$1" "$work/$1" "$work/parsed" <<-'END'
		import json, sys
		sys.path.insert(0, "tests/lib")
		import check_formats
		name, records, parsed = sys.argv[1:]
		parse = check_formats.FORMATS[name][0]
		for record, line in zip(open(records), open(parsed), strict=True):
		    header, pairs = parse(record.rstrip("\n"))
		    theirs = json.loads(line)
		    assert theirs["type"] == name.upper(), theirs["type"]
		    assert theirs["fields"] == pairs, {k: (theirs["fields"].get(k), v) for k, v in pairs.items() if theirs["fields"].get(k) != v}
		    theirs["header"].pop("extension", None)
		    values = [v.removeprefix("CEF:") for v in theirs["header"].values()]
		    assert values[:len(header)] == header, (values, header)
	END
}

compared() { # FORMAT
	/usr/bin/python3 tests/lib/check_formats.py "$1" "$work/native" "$work/$1"
}

all_right() { # PREFIX: each format of the findings that are there
	check "$1: every format is written" write_all
	check "$1: OCSF 1.9.0 is sound" /usr/bin/python3 tests/lib/check_ocsf.py "$work/ocsf"
	check "$1: OCSF 1.8.0 is sound" /usr/bin/python3 tests/lib/check_ocsf.py "$work/ocsf-1.8.0"
	check "$1: OCSF 1.8.0 says its version" bash -c "! grep -v '\"version\":\"1.8.0\"' '$work/ocsf-1.8.0'"
	for format in ecs cef leef; do
		check "$1: $format says what the finding says" compared $format
	done
	check "$1: ECS is what Elastic publishes" node $readers/read.mjs ecs "$work/ecs"
}

check "the readers are there" install_readers
check "a recording is replayed" bash -c "
	build/tests/test_pipeline record $work/story.rec && $program replay --state $state $work/story.rec"
all_right story
check "nsyslog-parser reads the same CEF" parsed_alike cef
check "nsyslog-parser reads the same LEEF" parsed_alike leef

id=$("$program" findings list --state "$state" --format native | head -1 | /usr/bin/python3 -c 'import json, sys
print(json.load(sys.stdin)["id"])')
check "show takes a format" bash -c "
	[ \$('$program' findings show $id --state $state --format cef | grep -c '^CEF:0|.* externalId=$id ') -eq 1 ]"
check "a format of no such name is refused" bash -c "
	! '$program' findings show $id --state $state --format syslog 2>$work/why && grep -q 'ecs, cef, leef' $work/why"

rm -rf "$state"
check "a recording of hostile names is replayed" bash -c "
	build/tests/test_export record $work/hostile.rec && $program replay --state $state $work/hostile.rec"
all_right hostile

# A finding may hold more than what a recording brings.
build/tests/test_formats write "$work" >/dev/null
check "ECS of findings full of trouble is what Elastic publishes" node $readers/read.mjs ecs "$work/ecs"
