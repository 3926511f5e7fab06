#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Findings over HTTP when nothing is said of them any more: acknowledgements of Splunk's indexers that come late or never,
# receivers that are killed in the middle, names that nobody knows.
# shellcheck source=tests/lib/http.sh
. "$(dirname "$0")/../lib/http.sh"

start stub
specs
# ---- acknowledgements ----
touch "$room/with-acks"
acks="$hec&ack-timeout=2"
anew
check "acks: none is delivered before" deliver "$acks" 0 120
check "acks: each is whole" judge hec once
check "acks: each batch is asked for" count requests '^ack' 2
anew
printf '%s\n' false false false >"$room/acks"
check "acks: late" took 700 20000 deliver "$hec&ack-timeout=30" 0 20
check "acks: late, and nothing twice" judge hec once
twice() { [ "$(grep -c '^hec' "$room/requests" 2>/dev/null)" -ge 2 ]; }
within() { # SECONDS COMMAND
	local until=$((SECONDS + $1))
	until "$2"; do
		[ $SECONDS -lt $until ] || return 1
		sleep 0.1
	done
}
anew
printf 'never\n' >"$room/acks"
timeout 60 "$sender" send "$acks" 0 20 >"$work/said" &
pid=$!
"$sender" print 0 20 >"$work/native"
check "acks: never: sent again" within 30 twice
check "acks: never: it is not delivered" kill -0 $pid
rm "$room/acks"
check "acks: at last" wait $pid
check "acks: all is there" judge hec
check "acks: and said" said "it has not acknowledged 20 findings yet"
anew
printf '%s\n' false false false false false false false false false false >"$room/acks"
check "acks: later than one call waits" took 8000 40000 deliver "$hec&ack-timeout=60" 0 5
check "acks: still nothing twice" judge hec once
rm "$room/with-acks"

# ---- gone and back ----
for kind in hec bulk hook; do
	anew
	"$sender" print 0 150 >"$work/native"
	timeout 120 "$sender" send "${!kind}" 0 150 >"$work/said" &
	pid=$!
	for _ in 1 2 3; do
		sleep 0.2
		stop KILL
		sleep 0.2
		start stub --port "$port"
	done
	check "$kind: its receiver is killed thrice" wait $pid
	check "$kind: all hundred and fifty are there" judge $kind
done
stop TERM
check "a name that nobody knows: nothing goes" once "webhook+https://nobody.invalid/hook" 8
check "a name that nobody knows is said" said "again: .*nobody.invalid: .*[Rr]esolv"
