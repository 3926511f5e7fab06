# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "Trivy: a token was rotated, the old one is used after the new one is written"

issue rotated npm
script rotate.sh <<'X'
#!/bin/bash
printf '//registry.npmjs.org/:_authToken=%s\n' "$(<"$rig/tokens/rotated")" >~/.npmrc
npm publish app
X
script take.js <<<'content ~/.npmrc; token npm_; printf %s "$token" >"$rig/tokens/taken"'
script lint.js <<<'content package.json; :'

owner() { job release -- npm publish app; }
innocent() { job lint -- node lint.js; }
attack() {
	job lint -- node take.js
	user -- ./rotate.sh
	job lint NPM_TOKEN=taken -- npm publish worm
}

expect cross-workflow-reuse High npm rotated
expect credential-copied Low npm rotated
expect cross-run-reuse Low npm rotated # by the thief, for his second run
