#!/usr/bin/env bash
# Reads that pass no buffer, reads that are repeated, reads by another name: each is the use that it is, and counted.
# shellcheck source=tests/lib/live.sh disable=SC2119
. "$(dirname "$0")/../lib/live.sh"

# store NAME: a watched file with a token of its own; prints its path
store() {
	mkdir -p "$work/$1/.config/gh"
	printf 'github.com:\n    oauth_token: %s\n' "$("$make_token" github)" >"$work/$1/.config/gh/hosts.yml"
	echo "$work/$1/.config/gh/hosts.yml"
}

read_credential="e['kind'] == 'READ' and e['target'].startswith('cred:')"
read_file="e['kind'] == 'READ' and e['target'].startswith('file:') and 'hosts.yml' in e['target']"

# fingerprint WORKFLOW: what it read
fingerprint() {
	edges "$1" "$read_credential" "e['target']" | sort -u
}
# shellcheck disable=SC2317 # called by check
same() { [ -n "$(fingerprint "$1")" ] && [ "$(fingerprint "$1")" = "$(fingerprint "$2")" ]; }
# shellcheck disable=SC2317
is() { [ "$(edges "$1" "$2" "$3")" = "$4" ]; }

copied=$(store copied) sent=$(store sent) mapped=$(store mapped) gone=$(store gone) again=$(store again) late=$(store late)
mkdir -p "$work/copy/.config/gh" "$work/sent-copy/.config/gh"
ln -s "$again" "$work/link"
sleep 0.1 # for the change times to be past
start_monitor

as copies cp "$copied" "$work/copy/.config/gh/hosts.yml"
as reads-copy cat "$work/copy/.config/gh/hosts.yml"
check "a copy within the kernel is a read of the credential" within 3 same copies reads-copy

python='import os, sys; f = os.open(sys.argv[1], 0); t = os.open(sys.argv[2], os.O_CREAT | os.O_WRONLY); os.sendfile(t, f, 0, 4096)'
as sends python3 -c "$python" "$sent" "$work/sent-copy/.config/gh/hosts.yml"
as reads-sent cat "$work/sent-copy/.config/gh/hosts.yml"
check "so is a file sent to another" within 3 same sends reads-sent

as maps python3 -c 'import mmap, os, sys; mmap.mmap(os.open(sys.argv[1], 0), 0, prot=mmap.PROT_READ)' "$mapped"
as reads-mapped cat "$mapped"
check "and one that is mapped" within 3 same maps reads-mapped

as unsure python3 -c 'import os, sys; f = os.open(sys.argv[1], 0); os.sendfile(os.open("/dev/null", 1), f, 0, 99); os.unlink(sys.argv[1])' "$gone"
check "what is gone before it could be looked at is unverified" within 3 is unsure "$read_file" "e.get('evidence')" "content unverified"
check "and no credential is guessed" [ -z "$(fingerprint unsure)" ]

as repeats python3 -c '
import sys, time
def read():
    with open(sys.argv[1], "rb", buffering=0) as f:
        f.read(4096)
for i in range(500): read()
time.sleep(1.1)
read()' "$work/link"
check "every repeat is counted" within 3 is repeats "$read_credential" "e['count']" 501
check "few of them were told" [ "$(status | python3 -c 'import json, sys; print(json.load(sys.stdin)["events"]["read"]["repeated"] >= 300)')" = True ]
check "the name that was asked for is said" [ "$(edges repeats "$read_credential" "e.get('evidence')")" = "$again:2, asked for as $work/link" ]

# Twice within a second: once in the run, once after its end.
as job python3 -c '
import os, sys, time
if os.fork() == 0:
    for pause in (0, 0.6):
        time.sleep(pause)
        open(sys.argv[1]).read()
    os._exit(0)
time.sleep(0.3)' "$late"
check "a repeat after the run has ended is told" within 3 found use-after-end 1
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
finish
