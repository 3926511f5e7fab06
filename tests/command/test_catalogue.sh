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
for name in formats stores services left_out; do
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
