#!/usr/bin/env bash
# When a credential ends: what `scan` tells of files that the real programs wrote (ssh-keygen, openssl) and of tokens with
# their end written beside them.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"

# ends FILE VALUE: what is found in the file ends then ("-": its end is not known).
ends() {
	"$program" scan --json --key "$work/fingerprint.key" "$1" >"$work/found"
	python3 - "$work/found" "$2" <<'PY'
import json, sys
found = [json.loads(line) for line in open(sys.argv[1])]
print(found)
allowed = {"fingerprint", "key_id", "provider", "format", "class", "expires", "path", "line", "name"}
sys.exit(not (found and found[0].get("expires", "-") == sys.argv[2] and all(set(f) <= allowed for f in found)))
PY
}
token() { printf 'ya29.'; tr -dc A-Za-z0-9 </dev/urandom | head -c 60; }

if command -v ssh-keygen >/dev/null; then
	ssh-keygen -q -t ed25519 -N '' -C ca -f "$work/ca"
	for type in ed25519 ecdsa rsa; do
		ssh-keygen -q -t $type -N '' -C user -f "$work/id_$type"
		check "OpenSSH $type key without a certificate" ends "$work/id_$type" -
		TZ=UTC ssh-keygen -q -s "$work/ca" -I "job 7" -n root,deploy -V 20260101000000:20270115080000 "$work/id_$type.pub"
		check "OpenSSH $type key with a certificate beside it" ends "$work/id_$type" 2027-01-15T08:00:00.000000Z
	done
	TZ=UTC ssh-keygen -q -s "$work/ca" -I "job 8" -n root "$work/id_rsa.pub"
	check "a certificate for ever" ends "$work/id_rsa" -
fi

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/O=system:masters/CN=admin" -days 30 \
	-keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
end=$(date -u -d "$(openssl x509 -in "$work/cert.pem" -noout -enddate | cut -d= -f2)" +%Y-%m-%dT%H:%M:%S.000000Z)
cat "$work/cert.pem" "$work/key.pem" >"$work/client.pem"
check "an X.509 certificate in the same file" ends "$work/client.pem" "$end"
check "a key alone" ends "$work/key.pem" -
cat >"$work/config" <<YAML
apiVersion: v1
users:
- name: admin
  user:
    client-certificate-data: $(base64 -w0 "$work/cert.pem")
    client-key-data: $(base64 -w0 "$work/key.pem")
YAML
check "kubeconfig" ends "$work/config" "$end"

printf '{"access_token":"%s","expires_in":3600}' "$(token)" >"$work/token.json"
touch -d 2026-01-01T00:00:00Z "$work/token.json"
check "seconds from when the file was written" ends "$work/token.json" 2026-01-01T01:00:00.000000Z
printf '{"accessToken":"%s","expiresAt":"2027-01-15T08:00:00Z","refreshToken":"x"}' "$(token)" >"$work/sso.json"
check "a moment beside it" ends "$work/sso.json" 2027-01-15T08:00:00.000000Z
