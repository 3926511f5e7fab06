#!/usr/bin/env bash
# `credlineage policy`: a site's policy is checked strictly, shown, and tried on a recording.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"
maker=build/tests/test_pipeline
[ -x "$maker" ] || make -s "$maker" || exit 1
"$maker" record "$work/a.clrec" >/dev/null || exit 1
mkdir "$work/policy.d"
echo '{}' >"$work/empty.json"

policy() { # uses the configuration in $config
	"$program" policy "$@" --config "${config:-$work/empty.json}" --state "$state"
}
refuses() { # TEXT ARGUMENT...
	local text=$1
	shift
	! policy "$@" && policy "$@" 2>&1 >/dev/null | grep -qF -- "$text"
}
exits() { # STATUS ARGUMENT...
	local status=$1
	shift
	policy "$@"
	[ $? -eq "$status" ]
}
lines() { # EXPRESSION ARGUMENT...: over the list d of JSON lines
	local expression=$1
	shift
	policy "$@" --json | python3 -c 'import json, sys
d = [json.loads(line) for line in sys.stdin]
assert eval("(" + sys.argv[1] + ")"), d' "$expression"
}

# ---- check ----
cat >"$work/good.json" <<'JSON'
{ // what the site says
  "environments": {"production": {"runs": [{"workflow": "ci:*"}], "destinations": ["10.1.0.0/16", "*.example:5432"]}},
  "time_to_live": [{"class": "static", "max": "90d"}],
  "exclusions": [
    {"detector": "cross-workflow-reuse", "workflow": "agent:*", "reason": "they share by design"}]
}
JSON
check "a good policy" lines 'd == [{"environments": 1, "time_to_live": 1, "readers": 0, "sharing": 0, "exclusions": 1,
	"severities": 0}]' check "$work/good.json"
sed 's/"reason": "they/"raeson": "they/' "$work/good.json" >"$work/bad.json"
check "an error names file, line, path and what was meant" refuses \
	"cannot read policy \"$work/bad.json\": line 5: \"exclusions[0].raeson\" is not known (did you mean \"reason\"?)" \
	check "$work/bad.json"
sed 's/cross-workflow-reuse/cross-workflow-resue/' "$work/good.json" >"$work/bad.json"
check "a detector that there is not" refuses \
	'line 5: "exclusions[0].detector" is no detector (did you mean "cross-workflow-reuse"?)' check "$work/bad.json"
check "a file that is not there" refuses "cannot open \"$work/none.json\": No such file" check "$work/none.json"
check "wrong usage" exits 2 chek
check "usage of test" exits 2 test "$work/good.json"

# ---- a configuration with files of its own ----
config=$work/config.json
cat >"$config" <<JSON
{"environments": {"production": {"destinations": ["192.0.2.0/24"]}},
 "policy": {
   "files": ["$work/policy.d/*.json"],
   "severities": [{"detector": "use-after-end", "severity": "Critical"}]}}
JSON
check "no file yet" lines 'd[0]["severities"] == 1 and d[0]["exclusions"] == 0' check
cp "$work/good.json" "$work/policy.d/10-exclusions.json"
echo '{"exclusions": [{"detector": "cross-run-reuse", "user": ["root", 7], "reason": "r"}]}' >"$work/policy.d/20-more.json"
check "files are added" lines 'd[0]["exclusions"] == 2 and d[0]["environments"] == 1' check
check "shown in their order, users as numbers" lines \
	'[r["section"] for r in d] == ["environments", "time_to_live", "exclusions", "exclusions", "severities"] and
	 d[0]["rule"]["destinations"] == ["192.0.2.0/24", "10.1.0.0/16", "*.example:5432"] and
	 d[3]["rule"]["user"] == ["0", 7] and all(r["used"] == 0 for r in d)' show
check "a configuration can be checked, too" lines 'd[0]["severities"] == 1 and d[0]["exclusions"] == 2' check "$config"
chmod 666 "$work/policy.d/20-more.json"
check "a file that others can write is refused" refuses "it must belong to root and be writable by nobody else" check
rm "$work/policy.d/20-more.json"
sed -i 's/"Critical"/"critical"/' "$config"
check "an error in the configuration" refuses \
	"cannot read policy \"$config\": line 4: \"policy.severities[0].severity\" must be" check
sed -i 's/"critical"/"Critical"/; s/use-after-end/use-after-edn/' "$config"
check "a detector in the configuration" refuses \
	'line 4: "policy.severities[0].detector" is no detector (did you mean "use-after-end"?)' check
sed -i 's/use-after-edn/use-after-end/; s/"files"/"flies"/' "$config"
check "a key of the section" refuses 'line 3: unknown key "policy.flies" (did you mean "files"?)' check
echo "{\"policy\": {\"files\": [\"$work/absent.json\"]}}" >"$config"
check "a file that is named must be there" refuses "\"$work/absent.json\"" check
config=

# ---- test ----
echo '{}' >"$work/nothing.json"
check "nothing changes" exits 0 test "$work/nothing.json" "$work/a.clrec"
cat >"$work/try.json" <<'JSON'
{"exclusions": [{"detector": "cross-workflow-reuse", "workflow": "*", "reason": "try"}],
 "severities": [{"detector": "use-after-end", "severity": "Critical"},
                {"detector": "delegated-credential", "severity": "Low"}]}
JSON
check "something does" exits 1 test "$work/try.json" "$work/a.clrec"
check "each change" lines '{(c["change"], c["detector"]) for c in d} == {("severity", "delegated-credential"),
	("severity", "use-after-end"), ("vanishes", "cross-workflow-reuse")} and len({c["id"] for c in d}) == len(d)' test "$work/try.json" "$work/a.clrec"
check "with the severities" lines '{(c["severity_before"], c["severity"]) for c in d if c["change"] == "severity"} ==
	{("High", "Critical"), ("Medium", "Low")}' test "$work/try.json" "$work/a.clrec"
summary() { # agrees with the lines
	local gone rated
	gone=$(policy test "$work/try.json" "$work/a.clrec" --json | grep -c '"change":"vanishes"')
	rated=$(policy test "$work/try.json" "$work/a.clrec" --json | grep -c '"change":"severity"')
	script -qec "$program policy test $work/try.json $work/a.clrec --config $work/empty.json" /dev/null </dev/null |
		grep -qE "^[0-9]+ findings? as before, 0 appear, $gone vanish, $rated with another severity"
}
check "a sum for people" summary
check "no recording" refuses 'cannot open' test "$work/try.json" "$work/none.clrec"
examples() {
	[ "$(policy --help | grep -c '^  \(sudo \)\?credlineage policy')" -ge 5 ]
}
check "five examples" examples
