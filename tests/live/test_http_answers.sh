#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the receivers of findings over HTTP may answer, or not: busy, resets, silence, a byte a second, records that they
# refuse for good. Everything else arrives.
# shellcheck source=tests/lib/http.sh
. "$(dirname "$0")/../lib/http.sh"

# ---- bad hours ----
start stub
specs
from=5000
# NAME KIND SPEC ACTION...: the next requests are met so; all arrives, and the sender says why it took longer (what is in WHY)
bad_hour() {
	local name=$1 kind=$2 spec=$3
	shift 3
	anew
	plan "$@"
	check "$name" deliver "$spec" $((from += 100)) 20
	check "$name: all is there" judge "$kind" ${ORDER:+"$ORDER"}
	check "$name: and said" said "$WHY"
}
WHY="status 503\|code 9, Server is busy" bad_hour "hec: busy" hec "$hec" "hec 503 9" "hec 503 9"
WHY="code 26" bad_hour "hec: its queue is full" hec "$hec" "hec 503 26"
WHY="code 4, Invalid token" bad_hour "hec: the token is mended" hec "$hec" "hec 403 4"
WHY="status 429" bad_hour "_bulk: all of it is too much" bulk "$bulk" "status 429"
ORDER=any WHY="status 429, es_rejected" bad_hour "_bulk: some of it is too much" bulk "$bulk" "items 201,429,201" "items 429,201" "items 503"
WHY="status 502" bad_hour "webhook: a gateway" hook "$hook" "status 502" "status 408"
WHY="status 307 (a redirection" bad_hour "webhook: sent elsewhere" hook "$hook" "redirect"
WHY="is not JSON" bad_hour "hec: no Splunk" hec "$hec" garbage
WHY="is not JSON" bad_hour "_bulk: no Elasticsearch" bulk "$bulk" garbage
WHY="more than 1048576 bytes" bad_hour "_bulk: an answer without end" bulk "$bulk" long
for kind in hec bulk hook; do
	WHY="reset by peer\|Empty reply\|Recv failure\|Send failure" bad_hour "$kind: reset in the middle" $kind "${!kind}" cut cut
	WHY="reset by peer\|Empty reply\|Recv failure" bad_hour "$kind: taken without an answer" $kind "${!kind}" swallow
	WHY="timed out" bad_hour "$kind: a byte a second" $kind "${!kind}&timeout=2" slow
	WHY="timed out" bad_hour "$kind: no answer at all" $kind "${!kind}&timeout=1" silent
done
anew
plan "status 503 2"
check "Retry-After is waited for" took 1900 6000 deliver "$hook" 0 1
check "Retry-After is told to the delivery" said "a time is named"

# ---- refused for good ----
missing() { # ID...: refused, and the others are there
	local id
	for id in "$@"; do
		said "^refused: fnd-0*$id: " && ! grep -q "fnd-0*$id\"" "$room/stored" && sed -i "/fnd-0*$id\"/d" "$work/native" || return
	done
	[ "$(grep -c ^refused "$work/said")" -eq $# ]
}
anew
plan "hec 400 6 3"
check "hec: an event that it refuses" deliver "$hec" 0 1
check "hec: is refused" said "^refused: fnd-0000000000000000: .*code 6, Invalid data format"
anew
plan "hec 400 6 2" ok "hec 400 6 0"
check "hec: one of ten, by its number" deliver "$hec" 0 10
check "hec: it alone" missing 2
check "hec: the others are there" judge hec
anew
plan "hec 400 13" ok "hec 400 13" "hec 400 13"
check "hec: one of four without a number" deliver "$hec" 0 4
check "hec: it alone was found" missing 2
check "hec: the three are there" judge hec
anew
plan "items 201,400,201,400,201,201,201,201,201,201"
check "_bulk: two that the mapping refuses" deliver "$bulk" 0 10
check "_bulk: they alone" missing 1 3
check "_bulk: why" said "status 400, document_parsing_exception: \[1:1\]"
check "_bulk: the eight are there" judge bulk once
anew
plan "status 413"
check "_bulk: a body that is too long is halved" deliver "$bulk" 100 20
check "_bulk: nothing is refused" silent
check "_bulk: all are there" judge bulk once
anew
plan "status 422" "ok" "status 410"
check "webhook: two that it does not want" deliver "$hook" 0 5
check "webhook: they alone" missing 0 2
check "webhook: the three are there" judge hook once
