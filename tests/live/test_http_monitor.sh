#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The running monitor, confined as it is, with outputs over HTTP and HTTPS: one act, and every receiver has the finding, and the act
# itself where it was asked for.
# shellcheck source=tests/lib/live.sh disable=SC2317 # `check` calls them
. "$(dirname "$0")/../lib/live.sh"

umask 077
echo 11111111-2222-4333-8444-555555555555 >"$work/token"
echo FAKE-EXAMPLE >"$work/api-key"
head -c 32 /dev/urandom | base64 >"$work/secret"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
	-keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
receivers=()
receive() { # NAME [OPTION...]: $port
	local room=$work/$1
	mkdir "$room"
	cp "$work/token" "$work/api-key" "$room/"
	touch "$room/with-acks"
	/usr/bin/python3 tests/lib/http_receiver.py "$room" "${@:2}" 2>"$room/stderr" &
	receivers+=($!)
	within 20 [ -e "$room/port" ]
	port=$(cat "$room/port")
}
receive plain
plain=127.0.0.1:$port
receive tls --tls "$work/cert.pem" "$work/key.pem"
tls=localhost:$port
start_monitor --output "splunk+http://$plain?token-file=$work/token&events=credential" \
	--output "elasticsearch+https://$tls?api-key-file=$work/api-key&ca-file=$work/cert.pem" \
	--output "elasticsearch+https://$tls?api-key-file=$work/api-key&ca-file=$work/cert.pem&name=events&index=logs-credlineage.events-default&format=ocsf&events=credential&findings=none" \
	--output "webhook+https://$tls/hook?secret-file=$work/secret&ca-file=$work/cert.pem&events=credential"

"$make_token" github >"$work/shared"
as ci:a cat "$work/shared"
as ci:b cat "$work/shared"
check "there is a finding" within 20 found cross-workflow-reuse 1
id=$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == 'cross-workflow-reuse'" "e['finding_info']['uid']" | head -1)
has() { grep "\"kind\": \"$2\"" "$work/$1/stored" 2>/dev/null | grep -q "$id"; } # RECEIVER KIND
check "Splunk has it" within 20 has plain hec
check "and was asked whether it is indexed" within 10 grep -q '^ack' "$work/plain/requests"
check "Elasticsearch has it, over TLS" within 20 has tls bulk
check "the webhook has it, over TLS" within 20 has tls hook
has_event() { grep "\"kind\": \"$2\"" "$work/$1/stored" | grep 'File System Activity' | grep 'act-' | grep -q "$work/shared"; } # RECEIVER KIND
check "Splunk has the act" within 20 has_event plain hec
check "Elasticsearch has it" within 20 has_event tls bulk
check "the webhook has it" within 20 has_event tls hook
check "no rule of Splunk was broken" [ ! -e "$work/plain/wrong" ]
check "nor of the others" [ ! -e "$work/tls/wrong" ]
stop_monitor
check "the monitor stops cleanly" [ "$monitor_status" -eq 0 ]
check "no secret was said" bash -c "! grep -qF -e \$(cat $work/secret) -e 1111-2222 -e FAKE-EXAMPLE $work/monitor.err"
kill "${receivers[@]}"
finish
