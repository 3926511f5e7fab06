#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Findings over HTTPS: who is believed, and who is not.
# shellcheck source=tests/lib/http.sh
. "$(dirname "$0")/../lib/http.sh"

# ---- TLS ----
ca() { # NAME: an authority
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -keyout "$work/$1.key" -out "$work/$1.pem"
}
cert() { # NAME CA SUBJECT_ALT_NAME
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$work/$1.key" -out "$work/$1.csr" &&
		openssl x509 -req -in "$work/$1.csr" -CA "$work/$2.pem" -CAkey "$work/$2.key" -days 2 -out "$work/$1.pem" \
			-extfile <(echo "subjectAltName=$3")
}
check "certificates" eval 'ca ours && ca theirs && cert server ours DNS:localhost,IP:127.0.0.1 && cert other ours DNS:example.org &&
	cert client ours DNS:client'
start tls --tls "$work/server.pem" "$work/server.key" --client-ca "$work/ours.pem"
tls="webhook+https://localhost:$port/hook?secret-file=$work/secret&ca-file=$work/ours.pem"
check "TLS with a certificate of our own" deliver "$tls&cert-file=$work/client.pem&key-file=$work/client.key" 0 20
check "TLS: each is whole" judge hook once
check "TLS: without it nothing goes" once "$tls"
check "TLS: that is said" said "again: cannot send to webhook at https://localhost:$port: .*\(certificate required\|alert\|reset\)"
check "TLS: another authority's server" once "webhook+https://localhost:$port/hook?ca-file=$work/theirs.pem"
check "TLS: is not believed" said "SSL certificate problem: "
check "TLS: nor with the system's authorities" once "webhook+https://localhost:$port/hook"
check "TLS: that is said, too" said "SSL certificate problem"
stop TERM
start named --tls "$work/other.pem" "$work/other.key"
check "TLS: a server of another name" once "webhook+https://localhost:$port/hook?ca-file=$work/ours.pem"
check "TLS: is not believed, either" said "no alternative certificate subject name matches"
check "TLS: none of them was told anything" [ ! -e "$room/stored" ]
stop TERM
