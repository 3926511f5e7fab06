#!/usr/bin/env bash
# shellcheck disable=SC2317 # called through check
# The catalogue as data: its schema says what the reader says, and sites add, replace and take out entries.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"
catalogue=$PWD/user/catalogue/data

"$program" scan --catalogue-schema >"$work/schema.json"
# valid FILE...: each is what the schema says
valid() {
	python3 - "$work/schema.json" "$@" <<'PY'
import json, sys
from jsonschema import Draft202012Validator
with open(sys.argv[1]) as f:
    schema = json.load(f)
Draft202012Validator.check_schema(schema)
bad = 0
for path in sys.argv[2:]:
    with open(path) as f:
        data = json.load(f)
    for e in Draft202012Validator(schema).iter_errors(data):
        print(path, list(e.absolute_path), e.message[:300])
        bad = 1
sys.exit(bad)
PY
}
invalid() {
	! valid "$@"
}
check "the schema is the one in the repository" cmp "$work/schema.json" "$catalogue/catalogue.schema.json"
for name in formats stores services workflows left_out; do
	check "$name.json is what the schema says" valid "$catalogue/$name.json"
done
"$program" scan --left-out >"$work/left_out.json"
check "what is left out is said with reasons" valid "$work/left_out.json"

# configured FILE: the program reads the file as its only catalogue file; its messages go to stderr
configured() {
	mkdir -p "$work/catalog.d"
	cp "$1" "$work/catalog.d/site.json"
	printf '{"catalogue": "%s/catalog.d"}' "$work" >"$work/config.json"
	"$program" scan --config "$work/config.json" --key "$work/key" /dev/null
}
refused() {
	! configured "$1" && grep -q . "$work/out"
}
python3 -c 'import json, sys; print(json.dumps(json.load(open(sys.argv[1]))["examples"][0]))' "$work/schema.json" >"$work/example.json"
check "the schema's example is what the schema says" valid "$work/example.json"
check "the schema's example is read" configured "$work/example.json"

# Each of these is refused by both.
n=0
while IFS= read -r entry; do
	n=$((n + 1))
	echo "$entry" >"$work/bad.json"
	check "entry $n: refused by the schema" invalid "$work/bad.json"
	check "entry $n: refused by the reader" refused "$work/bad.json"
done <<'ENTRIES'
{"formats": [{"id": "a", "provider": "p", "kind": "k"}]}
{"formats": [{"id": "a", "provider": "p", "pattern": "x{20}"}]}
{"formats": [{"id": "a", "provider": "p", "kind": "k", "pattern": "x{20}", "class": "forever"}]}
{"formats": [{"id": "a", "provider": "p", "kind": "k", "pattern": "x{20}", "check": "md5"}]}
{"formats": [{"id": "a", "provider": "p", "kind": "k", "pattern": "x{20}", "entropy": 9}]}
{"formats": [{"id": "a", "provider": "p", "kind": "k", "pattern": "x{20}", "ttl": "soon"}]}
{"formats": [{"id": "a", "provider": "p", "kind": "k", "pattern": "x{20}", "joined": true}]}
{"formats": [{"id": "a", "provider": "p", "kind": "k", "claim": "iss", "context": "key"}]}
{"formats": [{"id": "a", "provider": "p", "kind": "k", "pattern": "x{20}", "patern": "y"}]}
{"stores": [{"id": "a", "owner": "o"}]}
{"stores": [{"id": "a", "owner": "o", "paths": ["relative/x"]}]}
{"stores": [{"id": "a", "owner": "o", "paths": ["/a/{b,c}"]}]}
{"stores": [{"owner": "o", "paths": ["/a"]}]}
{"services": [{"id": "a", "addresses": ["192.0.2.1"]}]}
{"services": [{"id": "a", "paths": ["/run/a.sock"], "port": 0}]}
{"services": [{"id": "a"}]}
{"left_out": [{"id": "a", "looks_like": "b"}]}
{"workflows": [{"id": "a", "system": "s", "kind": "ci-job", "workflow": "w"}]}
{"workflows": [{"id": "a", "system": "s", "kind": "ci-job", "when": [], "workflow": "w"}]}
{"workflows": [{"id": "a", "system": "s", "kind": "ci-job", "when": [{}], "workflow": "w"}]}
{"workflows": [{"id": "a", "system": "s", "kind": "ci-job", "when": [{"below": ["x"]}], "workflow": "w"}]}
{"workflows": [{"id": "a", "system": "s", "kind": "host", "when": [{"all": ["A"]}], "workflow": "w"}]}
{"workflows": [{"id": "A b", "system": "s", "kind": "batch", "when": [{"all": ["A"]}], "workflow": "w"}]}
{"workflows": [{"id": "a", "system": "s", "kind": "batch", "when": [{"all": ["A"], "some": ["B"]}], "workflow": "w"}]}
{"workflows": [{"id": "a", "system": "s", "kind": "batch", "when": [{"all": ["A"]}], "workflow": "w", "instead_of": "pod"}]}
{"workflows": [{"id": "a", "system": "s", "kind": "batch", "when": [{"all": ["A"]}], "workflow": "w", "generic": 1}]}
{"workflows": [{"id": "a", "system": "s", "kind": "batch", "when": [{"all": ["A"]}], "workflow": "w", "run": "x"}]}
{"tokens": []}
ENTRIES

# Formats and stores straight from the configuration file.
value=acme_$(od -An -tx1 -N16 /dev/urandom | tr -d ' \n')
cat >"$work/config.json" <<'CONFIG'
// of this site
{"credentials": {
  "formats": [
    {"id": "acme_key", "provider": "Acme", "kind": "api-key", "pattern": "acme_[0-9a-f]{32}", "class": "static"},
    {"id": "github_pat_classic", "disabled": true}
  ],
  "stores": [{"id": "acme", "owner": "Acme", "paths": ["~/.acme/session"]}]
}}
CONFIG
printf 'key = %s\ntoken = %s\n' "$value" "$(build/trigger/make_token github)" >"$work/settings"
found() {
	"$program" scan --config "$work/config.json" --key "$work/key" --json "$work/settings" >"$work/found"
	[ "$(wc -l <"$work/found")" -eq 1 ] && grep -q '"format":"acme_key"' "$work/found" && ! grep -q "$value" "$work/found"
}
check "the configuration adds a format and takes one out" found
# says TEXT...: the error of a configuration with a mistake has each text
says() {
	"$program" scan --config "$work/config.json" --key "$work/key" "$work/settings" >"$work/said" 2>&1 && return 1
	for text in "$@"; do
		grep -qF -- "$text" "$work/said" || { cat "$work/said"; return 1; }
	done
}
sed -i 's/"provider": "Acme"/"provder": "Acme"/' "$work/config.json"
check "a mistake in it names file, line and what was meant" says "$work/config.json" "line 4" '"provder" of entry "acme_key"' 'did you mean "provider"'
echo '{"credentials": {"format": []}}' >"$work/config.json"
check "an unknown key of the section is named" says 'credentials.format' 'did you mean "formats"'
echo '{"credentials": {"formats": {}}}' >"$work/config.json"
check "what is no list is named" says 'credentials.formats' 'must be a list'

# Recognisers of one's own, straight from the configuration file.
cat >"$work/config.json" <<'CONFIG'
// of this site
{"workflows": {
  "recognisers": [
    {"id": "acme-ci", "system": "Acme CI", "kind": "ci-job", "when": [{"all": ["ACME_CI=true"]}],
     "workflow": "ci:acme/{ACME_REPO|=unknown}", "run_id": "acme:{ACME_BUILD}"},
    {"id": "heroku", "disabled": true}
  ]
}}
CONFIG
taken() {
	"$program" scan --config "$work/config.json" --key "$work/key" /dev/null
}
check "the configuration adds a recogniser and takes one out" taken
# wrong SED TEXT...: the same with a mistake is refused with each text
wrong() {
	local change=$1
	shift
	sed "$change" "$work/config.json" >"$work/wrong.json"
	"$program" scan --config "$work/wrong.json" --key "$work/key" /dev/null >"$work/said" 2>&1 && return 1
	for text in "$@" "$work/wrong.json"; do
		grep -qF -- "$text" "$work/said" || { cat "$work/said"; return 1; }
	done
}
check "a mistake in a template names line and key" wrong 's/{ACME_BUILD}/{ACME BUILD}/' 'line 5' '"run_id" of entry "acme-ci"'
check "a brace too many is named" wrong 's/{ACME_BUILD}/{ACME_BUILD/' '"run_id"' 'braces'
check "an unknown key of a clause is named" wrong 's/"all"/"al"/' 'line 4' '"al"' 'did you mean "all"'
check "a wrong kind is named" wrong 's/"ci-job"/"ci"/' '"kind" of entry "acme-ci"' 'batch'
check "a variable that holds a secret is refused" wrong 's/ACME_BUILD/ACME_TOKEN/' '"run_id"' 'holds a secret'
check "a condition on a secret is refused" wrong 's/ACME_CI=true/ACME_API_KEY/' '"all"' 'holds a secret'
check "a path for a program is refused" wrong 's/{"all": .*}\]/{"programs": ["\/bin\/x"]}]/' '"programs"' 'name of a program'
check "what is no list of recognisers is named" wrong 's/"recognisers": \[/"recognisers": {"x": [/; s/^  \]/  ]}/' 'workflows.recognisers' 'must be a list'
check "an unknown key of the section is named" wrong 's/"recognisers"/"recogniser"/' 'workflows.recogniser' 'did you mean "recognisers"'
