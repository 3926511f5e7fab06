#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The Kubernetes manifest against the API's types and schemas; the same few rights in manifest, unit and image recipe; the
# licences of the bill of materials are SPDX's. What is checked with comes from npm (build/package-test).
. "$(dirname "$0")/../lib/command.sh"
modules=build/package-test/node_modules
[ -e $modules/.package-lock.json ] || scripts/npm-ci.sh tests/package build/package-test || { echo "not ok manifest-checkers"; exit 1; }
manifest=scripts/package/kubernetes.yaml

objects() { # FILE
	python3 -c 'import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))' "$1"
}
sound() {
	objects "$1" | node tests/package/manifest.mjs $modules
}
check manifest-is-sound sound $manifest

# The check itself: an unknown key and a wrong type are found.
refused() {
	sed 's/readOnlyRootFilesystem/readOnlyRootFileSystem/; s/hostPID: true/hostPID: "yes"/' $manifest >"$work/bad.yaml"
	! sound "$work/bad.yaml" >"$work/said" && grep -q readOnlyRootFileSystem "$work/said" && grep -q 'hostPID must be boolean' "$work/said"
}
check manifest-check-finds-faults refused

same_rights() {
	local unit pod image
	unit=$(sed -n 's/^CapabilityBoundingSet=//p' scripts/package/credlineage.service | tr ' ' '\n' | sed 's/^CAP_//' | sort)
	pod=$(objects $manifest | python3 -c '
import json, sys
pod = json.load(sys.stdin)[-1]["spec"]["template"]["spec"]
rights = pod["containers"][0]["securityContext"]
assert not rights["privileged"] and not rights["allowPrivilegeEscalation"] and rights["readOnlyRootFilesystem"]
assert rights["capabilities"]["drop"] == ["ALL"] and rights["seccompProfile"]["type"] == "RuntimeDefault"
assert not pod["automountServiceAccountToken"] and "hostNetwork" not in pod and "hostIPC" not in pod
print(*rights["capabilities"]["add"], sep="\n")' | sort)
	image=$(grep -o -- '--cap-add=[A-Z_,]*' scripts/package/Containerfile | cut -d= -f2 | tr ',' '\n' | sort)
	if [ -z "$unit" ] || [ "$unit" != "$pod" ] || [ "$pod" != "$image" ]; then
		printf "%s\n" "unit:" "$unit" "pod:" "$pod" "image:" "$image"
		return 1
	fi
}
check manifest-unit-pod-and-image-have-the-same-rights same_rights

profile_has_them() {
	local right
	for right in $(sed -n 's/^CapabilityBoundingSet=//p' scripts/package/credlineage.service | tr "[:upper:]" "[:lower:]"); do
		grep -q "^  capability ${right#cap_},$" scripts/package/credlineage-monitor.apparmor || { echo "$right"; return 1; }
	done
}
check manifest-apparmor-profile-has-the-units-rights profile_has_them

licences() {
	python3 tests/package/check_spdx.py build/package/credlineage.spdx.json "$program" 2>"$work/licences" || return 1
	node -e 'const {createRequire} = require("module"); const parse = createRequire(process.argv[1] + "/")("spdx-expression-parse");
		require("fs").readFileSync(0, "utf8").trim().split("\n").forEach((l) => parse(l))' "$PWD/$modules" <"$work/licences"
}
make -s package
check manifest-licences-are-spdx-expressions licences
