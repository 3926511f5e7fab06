#!/usr/bin/env bash
# Where a credential goes: its owner to its usual place is quiet, another program elsewhere is new-destination; a name of
# the provider, from the hosts file that the process sees or from a name server's answer, makes a place right; two
# environments are told; a restart forgets nothing of it, and a replay says the same.
# shellcheck source=tests/lib/live.sh disable=SC2119
. "$(dirname "$0")/../lib/live.sh"

listen=$work/listen.py
cat >"$listen" <<'X'
import socket, sys, threading
held = []
for place in sys.argv[1:]:
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((place, 8443))
    s.listen(64)
    held.append(s)
# A name server to which every name is 127.0.71.6.
dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
dns.bind(("127.0.71.53", 53))
def answer():
    while True:
        q, peer = dns.recvfrom(512)
        dns.sendto(q[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + q[12:] +
                   b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes([127, 0, 71, 6]), peer)
threading.Thread(target=answer, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
X
# A program that reads the token itself and then goes to an address: named like who it plays.
cat >"$work/go.py" <<'X'
import socket, sys
open(sys.argv[1]).read()
for place in sys.argv[2:]:
    socket.create_connection((place, 8443), timeout=10).close()
X
cat >"$work/ask.py" <<'X'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(10)
name = b"".join(bytes([len(p)]) + p.encode() for p in sys.argv[2].split("."))
s.sendto(b"\1\2\1\0\0\1\0\0\0\0\0\0" + name + b"\0\0\1\0\1", ("127.0.71.53", 53))
open(sys.argv[1]).read()
address = ".".join(map(str, s.recv(512)[-4:]))
socket.create_connection((address, 8443), timeout=10).close()
X
for name in owner thief; do cp "$work/go.py" "$work/$name.py"; done

mkdir -p "$work/home/.config/gh"
file=$work/home/.config/gh/hosts.yml
printf 'github.com:\n    oauth_token: %s\n' "$("$make_token" github)" >"$file"
coproc listener { exec python3 "$listen" 127.0.71.1 127.0.71.2 127.0.71.3 127.0.71.4 127.0.71.5 127.0.71.6; }
listening=$!
read -r _ <&"${listener[0]}"

go() { # WORKFLOW RUN PROGRAM PLACE..., with more options of run in $options
	local workflow=$1 run=$2 who=$3
	shift 3
	# shellcheck disable=SC2086
	"$program" run "${at[@]}" --workflow "$workflow" --run-id "$run" ${options:-} -- \
		python3 "$work/$who.py" "$file" "$@"
}

start_monitor --record "$work/day.clrec"
go publish publish-1 owner 127.0.71.1
go publish publish-2 owner 127.0.71.1
go publish publish-2b thief 127.0.71.1
hosts=$work/hosts
printf '127.0.0.1 localhost\n127.0.71.5 api.github.com\n' >"$hosts"
unshare -m sh -c "mount --bind '$hosts' /etc/hosts && exec '$program' run ${at[*]} --workflow publish --run-id publish-3 -- \
	python3 '$work/owner.py' '$file' 127.0.71.5"
go publish publish-3b ask uploads.github.com
go publish publish-4 thief 127.0.71.2 127.0.71.3
check "another place is one finding, whatever went before it none" within 30 found new-destination 1
new="e['finding_info']['analytic']['uid'] == 'new-destination'"
check "it is Medium" [ "$(jsonl "$findings" "$new" "e['severity']" | head -1)" = Medium ]
check "it says where it used to go" grep -q 'until then it went to 127.0.71.1:8443' "$findings"
check "its run is the one that went there" [ "$(jsonl "$findings" "$new" "'publish-4' in e['message']" | head -1)" = True ]

stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
start_monitor
go publish publish-5 owner 127.0.71.1
go publish publish-6 thief 127.0.71.4
check "after a restart the usual place is known, and another is new" within 30 found new-destination 2

options="--environment production" go deploy deploy-1 owner 127.0.71.1
options="--environment staging" go deploy deploy-2 owner 127.0.71.1
go publish publish-7 ask collector.example
check "a name server's word for another host makes no place right" within 30 found new-destination 3
check "the name is told" grep -q 'asked for as collector.example' "$findings"
check "two environments are a finding" within 30 found cross-environment-reuse 1
check "findings pass the OCSF checker" python3 tests/lib/check_ocsf.py "$findings"
check "what was asked and answered is counted" [ "$(status | python3 -c 'import json, sys
print(json.load(sys.stdin)["counters"]["name_answers"] > 0)')" = True ]
stop_monitor

"$program" replay "$work/day.clrec" --json >"$work/replayed.jsonl" 2>/dev/null
check "a replay knows the names, too: the same one finding" [ "$(jsonl "$work/replayed.jsonl" "$new and e['activity_id'] == 1" | wc -l)" -eq 1 ]
kill "$listening"
finish
