#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Findings to a real Alertmanager, which says by its own interface what it has.
# shellcheck source=tests/lib/http.sh
. "$(dirname "$0")/../lib/http.sh"

start stub # for its port
stop TERM
# ---- Alertmanager ----
start_alertmanager() {
	prometheus-alertmanager --config.file="$work/alertmanager.yml" --storage.path="$work/alertmanager" --cluster.listen-address= \
		--web.listen-address=127.0.0.1:"$port" 2>>"$work/alertmanager.log" &
	receiver=$!
	for _ in $(seq 200); do
		curl -fs "http://127.0.0.1:$port/-/ready" >/dev/null && return
		sleep 0.1
	done
	tail -5 "$work/alertmanager.log"
	return 1
}
printf 'route: {receiver: none}\nreceivers: [{name: none}]\n' >"$work/alertmanager.yml"
alerts="alertmanager+http://127.0.0.1:$port"
"$sender" print 0 140 >"$work/native"
timeout 60 "$sender" send "$alerts" 0 140 >"$work/said" &
pid=$!
sleep 0.5
check "Alertmanager starts" start_alertmanager
check "Alertmanager: a hundred and forty findings, and it was late" wait $pid
curl -fs "http://127.0.0.1:$port/api/v2/alerts" >"$work/alerts"
check "Alertmanager: each is an alert of its own" /usr/bin/python3 tests/http/judge.py alerts "$work/alerts" "$work/native" once
check "Alertmanager: that it was away was said" said "cannot send to Alertmanager at http://127.0.0.1:$port: Failed to connect"
check "Alertmanager: the same again" deliver "$alerts" 0 140
curl -fs "http://127.0.0.1:$port/api/v2/alerts" >"$work/alerts"
check "Alertmanager: is no second alert" /usr/bin/python3 tests/http/judge.py alerts "$work/alerts" "$work/native" once
stop TERM
