#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Findings over HTTP to Splunk, Elasticsearch and a webhook: strict stubs (tests/lib/http_receiver.py), which the receivers'
# own clients from npm find good first. Every record is compared with the finding, hostile strings included.
# shellcheck source=tests/lib/http.sh
. "$(dirname "$0")/../lib/http.sh"

clients=build/http

install_clients() {
	if [ ! -e $clients/node_modules/.package-lock.json ] || ! cmp -s tests/http/package-lock.json $clients/package-lock.json; then
		scripts/npm-ci.sh tests/http $clients
	fi
	cp tests/http/clients.mjs $clients/
}

# ---- the stubs are what the clients know ----
check "the clients are there" install_clients
start proof
node $clients/clients.mjs splunk "http://127.0.0.1:$port" "$(cat "$work/token")" 2>&1
node $clients/clients.mjs elastic "http://127.0.0.1:$port" "$(cat "$work/api-key")" 2>&1
stop TERM

# ---- everything arrives whole ----
start stub
specs
check "hec: a hundred and forty findings" deliver "$hec" 0 140
check "hec: each is whole" judge hec once
check "hec: in two batches" count requests '^hec' 2
anew
check "_bulk: a hundred and forty findings" deliver "$bulk" 0 140
check "_bulk: each is whole" judge bulk once
anew
check "_bulk: OCSF, and a password" deliver "elasticsearch+http://127.0.0.1:$port?login-file=$work/login&format=ocsf" 1000 40
check "_bulk: each is whole in OCSF" judge bulk once
check "_bulk: the same again" deliver "elasticsearch+http://127.0.0.1:$port?login-file=$work/login&format=ocsf" 1000 40
check "_bulk: is stored once" judge bulk once
check "_bulk: and the sender is content" silent
anew
check "webhook: forty findings" deliver "$hook" 0 40
check "webhook: each is whole" judge hook once
node $clients/clients.mjs verify "$room/stored" "$(cat "$work/secret")" whsec 40 2>&1
anew
check "webhook: a key as it is" deliver "webhook+http://127.0.0.1:$port/hook?secret-file=$work/raw" 0 3
node $clients/clients.mjs verify "$room/stored" "$(cat "$work/raw")" raw 3 2>&1
anew
check "hec: a text is a string" deliver "$hec&format=cef&index=alerts" 0 3
check "hec: in the index" count stored '"index": "alerts".*"record": "CEF:0|' 3

# ---- what was said has no secret in it ----
# shellcheck disable=SC2016 # the inner shell expands it
check "no secret in what was said" bash -c '
	for f in token api-key login secret raw; do ! grep -rqF -- "$(cat "$0/$f")" "$0"/said "$0"/*/stderr || exit 1; done' "$work"
