#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# syslog+tls:// against a real TLS server (openssl s_server) with every kind of wrong certificate, and what is said then.
# Nothing of a finding may reach a receiver that is not the right one.
. "$(dirname "$0")/../lib/receiver.sh"
make_certificates
ca="ca-file=$dir/ca.pem"

serve() { # CERTIFICATE [OPTION...]
	local name=$1
	shift
	: >"$dir/receiver.log"
	receiver_start "$port" tcp openssl s_server -quiet -accept "127.0.0.1:$port" -cert "$dir/$name.pem" -key "$dir/$name.key" "$@"
}
got() {
	grep -ao '<83>1 ' "$dir/receiver.log" | wc -l
}

# refused NAME TEXT SPEC CERTIFICATE [OPTION...]
refused() {
	local name=$1 text=$2 spec=$3
	shift 3
	serve "$@" || exit 1
	! TRIES=2 "$sender" send "$spec" 0 1 2>"$dir/said" && grep -qF "$text" "$dir/said" && [ "$(got)" -eq 0 ]
	verdict "$name" $? || sed 's/^/# /' "$dir/said"
	receiver_stop
}
# accepted NAME SPEC CERTIFICATE [OPTION...]
accepted() {
	local name=$1 spec=$2
	shift 2
	serve "$@" || exit 1
	TRIES=20 "$sender" send "$spec" 0 3 2>"$dir/said" && sleep 0.1 && [ "$(got)" -eq 3 ]
	verdict "$name" $? || sed 's/^/# /' "$dir/said"
	receiver_stop
}
at=syslog+tls://127.0.0.1:$port

accepted tls-address-in-certificate "$at?$ca" good
accepted tls-name-in-certificate "$at?$ca&server-name=receiver.example" good
accepted tls-1.2 "$at?$ca" good -tls1_2
accepted tls-client-certificate "$at?$ca&cert-file=$dir/client.pem&key-file=$dir/client.key" good -Verify 1 -CAfile "$dir/ca.pem" -verify_return_error
cat "$dir/client.pem" "$dir/client.key" >"$dir/both.pem"
chmod 600 "$dir/both.pem"
accepted tls-client-certificate-and-key-in-one-file "$at?$ca&cert-file=$dir/both.pem" good -Verify 1 -CAfile "$dir/ca.pem" -verify_return_error
accepted tls-client-certificate-without-tickets "$at?$ca&cert-file=$dir/client.pem&key-file=$dir/client.key" \
	good -Verify 1 -CAfile "$dir/ca.pem" -verify_return_error -num_tickets 0
refused tls-self-signed "nobody known signed its certificate" "$at?$ca" unsigned
refused tls-unknown-authority "nobody known signed its certificate" "$at?ca-file=$dir/other-ca.pem" good
refused tls-system-authorities-are-the-default "ca-file= names the file" "$at" good
refused tls-wrong-address "its certificate is not for \"127.0.0.1\"; server-name= says another name" "$at?$ca" named
refused tls-wrong-name "its certificate is not for \"receiver.example\"" "$at?$ca&server-name=receiver.example" named
refused tls-expired "certificate has expired" "$at?$ca" expired
refused tls-1.1-is-refused "it does not speak TLS 1.2 or 1.3" "$at?$ca" good -tls1_1 -cipher ALL@SECLEVEL=0
refused tls-1.2-without-forward-secrecy "cannot connect" "$at?$ca" good -tls1_2 -cipher AES128-SHA256
refused tls-no-client-certificate "it refuses our certificate" "$at?$ca" good -Verify 1 -CAfile "$dir/ca.pem" -verify_return_error
refused tls-1.2-no-client-certificate "cannot connect" "$at?$ca" good -Verify 1 -CAfile "$dir/ca.pem" -verify_return_error -tls1_2
refused tls-foreign-client-certificate "it refuses our certificate" "$at?$ca&cert-file=$dir/foreign.pem&key-file=$dir/foreign.key" \
	good -Verify 1 -CAfile "$dir/ca.pem" -verify_return_error

# No way back to plain text: a receiver without TLS gets nothing, one that is silent is not waited for.
receiver_start "$port" tcp python3 -u -c "
import socket, sys
s = socket.create_server(('127.0.0.1', $port))
while True:
    c, _ = s.accept()
    c.settimeout(1)
    try: print(c.recv(65536))
    except OSError: pass
    c.sendall(b'220 plain text\r\n')
    c.close()"
TRIES=1 "$sender" send "$at?$ca" 0 1 2>"$dir/said"
grep -q 'it does not speak TLS 1.2 or 1.3 there' "$dir/said" && ! grep -aq credlineage "$dir/receiver.log"
verdict tls-no-downgrade $?
receiver_stop
receiver_start "$port" tcp python3 -c "
import socket, time
s = socket.create_server(('127.0.0.1', $port))
time.sleep(60)"
began=$(date +%s%N)
TRIES=1 "$sender" send "$at?$ca" 0 1 2>"$dir/said"
took=$((($(date +%s%N) - began) / 1000000))
grep -q 'no answer to the TLS handshake' "$dir/said" && [ $took -lt 3000 ]
verdict tls-silent-receiver-is-left $?
echo "# left after $took ms"
receiver_stop

# Slow: a byte a second for six seconds, then all. Nothing is lost, nothing is sent twice for being slow.
receiver_start "$port" tcp python3 -u -c "
import socket, ssl, sys, time
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain('$dir/good.pem', '$dir/good.key')
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
s.bind(('127.0.0.1', $port))
s.listen()
c = c.wrap_socket(s.accept()[0], server_side=True)
with open('$dir/slow', 'wb', buffering=0) as f:
    for i in range(6):
        f.write(c.recv(1))
        time.sleep(1)
    while True:
        b = c.recv(65536)
        if not b: break
        f.write(b)
open('$dir/ended', 'w')"
"$sender" send "$at?$ca" 0 100 2>"$dir/said"
for _ in $(seq 100); do [ -e "$dir/ended" ] && break; sleep 0.05; done
grep -q 'it takes nothing more for now' "$dir/said" && python3 -c "
import re, sys
data, ids = open('$dir/slow', 'rb').read(), []
while data:
    length, rest = data.split(b' ', 1)
    frame, data = rest[:int(length)], rest[int(length):]
    ids.append(int(re.search(rb' id=\"fnd-([0-9a-f]+)\"', frame)[1], 16))
print('#', len(ids), 'frames')
sys.exit(ids != list(range(100)))"
verdict tls-slow-receiver $? || sed 's/^/# /' "$dir/said"
receiver_stop

# What is wrong before anybody is connected to.
settings() { # NAME TEXT OPTIONS
	TRIES=1 "$sender" send "$at?$3" 0 1 2>"$dir/said"
	grep -qF "$2" "$dir/said"
	verdict "$1" $?
}
settings tls-no-such-authority-file "cannot use ca-file \"$dir/none\"" "ca-file=$dir/none"
settings tls-key-without-certificate "cannot use key-file alone: cert-file= names its certificate" "$ca&key-file=$dir/client.key"
settings tls-key-of-another-certificate "cannot use key-file \"$dir/good.key\": key values mismatch" "$ca&cert-file=$dir/client.pem&key-file=$dir/good.key"
chmod 644 "$dir/good.key"
settings tls-open-key "it is open to everyone (mode 0644); close it with chmod 600" "$ca&cert-file=$dir/good.pem&key-file=$dir/good.key"
openssl ec -in "$dir/client.key" -aes128 -passout pass:EXAMPLE -out "$dir/locked.key" 2>/dev/null
settings tls-key-with-passphrase "cannot use key-file \"$dir/locked.key\"" "$ca&cert-file=$dir/client.pem&key-file=$dir/locked.key"
settings tls-unknown-option "option \"verify\" is not known" "verify=no"
exit $failed
