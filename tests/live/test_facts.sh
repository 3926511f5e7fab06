#!/usr/bin/env bash
# What a token says of itself, by live probes: an ended one is reported when its holder connects, a new value in an old
# one's place is linked to it, across renames, links and a restart of the monitor.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

home=$work/home
file=$home/.config/gh/hosts.yml
mkdir -p "$home/.config/gh"

# jwt SECONDS-FROM-NOW: a signed token of a job, with a signature that nobody made.
jwt() {
	python3 - "$1" <<'PY'
import base64, json, os, sys, time
def part(b): return base64.urlsafe_b64encode(b).rstrip(b"=").decode()
now = int(time.time())
claims = {"iss": "https://token.actions.githubusercontent.com", "sub": "repo:octo/app:ref:refs/heads/main",
          "repository": "octo/app", "workflow": "release", "run_id": "77", "jti": part(os.urandom(9)),
          "iat": now - 7200, "exp": now + int(sys.argv[1])}
print(part(json.dumps({"alg": "RS256", "typ": "JWT"}).encode()) + "." + part(json.dumps(claims).encode()) + "." +
      part(os.urandom(64)))
PY
}
hosts() { printf 'github.com:\n    oauth_token: %s\n    user: octocat\n' "$1"; }
fingerprint() {
	hosts "$1" >"$work/one"
	"$program" scan --json --key "$work/state/fingerprint.key" "$work/one" >"$work/one.json"
	rm "$work/one"
	jsonl "$work/one.json" True "e['fingerprint']"
}
# Reads the file, then connects to itself.
read_and_connect() {
	python3 - "$file" <<'PY'
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
open(sys.argv[1]).read()
socket.create_connection(server.getsockname()).close()
PY
}
shown() { "$program" credentials show "$1" --json "${at[@]}" >"$work/shown.json" && jsonl "$work/shown.json" "$2" | grep -q .; }

start_monitor --record "$work/facts.clrec"
good=$(jwt 3600) ended=$(jwt -3600) next=$(jwt 7200) last=$(jwt 9000)

hosts "$good" >"$file"
read_and_connect
sleep 1
check "a token that lives is no finding" found use-after-expiry 0
of_reader() {
	[ "$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == 'unexpected-reader' and '$file' in line" \
		"(e['activity_id'], e['severity'])")" = "(1, 'Medium')" ]
}
check "who reads the store is one" within 10 of_reader

hosts "$ended" >"$file"
cat "$file" >/dev/null
check "an ended one is read: one finding within 1 s" within 1 found use-after-expiry 1
read_and_connect
sleep 1
check "it is reported once" found use-after-expiry 1
native="e['unmapped']['credlineage']['credential']"
expired="e['finding_info']['analytic']['uid'] == 'use-after-expiry'"
check "severity is Medium" [ "$(jsonl "$findings" "$expired" "e['severity']")" = Medium ]
check "it says whose token it was" [ "$(jsonl "$findings" "$expired" "${native}['facts']['workload_project']")" = octo/app ]
check "it is sound OCSF" python3 tests/lib/check_ocsf.py "$findings"

# by rename, as careful programs write
hosts "$next" >"$file.new"
mv "$file.new" "$file"
cat "$file" >/dev/null
check "rename: the old one names its successor" within 3 shown "$(fingerprint "$ended")" "e.get('rotated_to') == '$(fingerprint "$next")'"
check "and the new one what it replaced" shown "$(fingerprint "$next")" \
	"e.get('rotated_from') == '$(fingerprint "$ended")' and e['rotation_basis'] == 'inferred'"
check "written in place before: linked, too" shown "$(fingerprint "$good")" "e.get('rotated_to') == '$(fingerprint "$ended")'"
check "facts are shown" shown "$(fingerprint "$next")" \
	"e['facts']['issuer'] == 'https://token.actions.githubusercontent.com' and e['facts']['workload_run'] == '77'"
on_terminal() { script -qec "$program credentials show $1 --state $work/state --socket $work/control.sock" /dev/null; }
check "for people as well" grep -q 'workload project octo/app' <(on_terminal "$(fingerprint "$next")")
check "and what it replaced" grep -q "replaced  *$(fingerprint "$ended") at 20.*Z in $file (inferred)" <(on_terminal "$(fingerprint "$next")")
"$program" lineage --credential "$(fingerprint "$next")" "${at[@]}" >"$work/lineage.json"
check "and in the lineage" grep -q '"workload_workflow":\s*"release"' "$work/lineage.json"

stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
"$program" replay "$work/facts.clrec" >"$work/replayed.jsonl"
strip() { sed -E 's/"logged_time":[0-9]+/"logged_time":0/g' "$1"; }
check "replay gives the same findings byte for byte" cmp <(strip "$findings") <(strip "$work/replayed.jsonl")

start_monitor
hosts "$last" >"$file.new"
mv "$file.new" "$file"
cat "$file" >/dev/null
check "after a restart the next one is linked" within 3 shown "$(fingerprint "$next")" "e.get('rotated_to') == '$(fingerprint "$last")'"

# an exchanged link, as Kubernetes does it
volume=$home/var/run/secrets/kubernetes.io/serviceaccount
mkdir -p "$volume"
for i in 1 2; do
	mkdir "$volume/..2026_01_0${i}_00_00_00.$i"
	jwt "$((3600 + i))" >"$volume/..2026_01_0${i}_00_00_00.$i/token"
done
ln -s ..2026_01_01_00_00_00.1 "$volume/..data"
ln -s ..data/token "$volume/token"
stop_monitor
printf '{"watch":{"paths":["%s/**"]}}' "$volume" >"$work/config.json"
start_monitor --config "$work/config.json"
cat "$volume/token" >/dev/null
ln -s ..2026_01_02_00_00_00.2 "$volume/..new"
mv -T "$volume/..new" "$volume/..data"
cat "$volume/token" >/dev/null
first=$(fingerprint "$(cat "$volume/..2026_01_01_00_00_00.1/token")") second=$(fingerprint "$(cat "$volume/..2026_01_02_00_00_00.2/token")")
check "an exchanged link: linked" within 3 shown "$first" "e.get('rotated_to') == '$second'"
stop_monitor
finish
