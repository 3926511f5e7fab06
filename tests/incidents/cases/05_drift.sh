# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "Salesloft Drift: another tree copies the token store of an integration and asks the same API with its token"

secret crm salesforce sync/.env 'SF_ACCESS_TOKEN=%s'
script sync.js <<'X'
content ~/sync/.env; token 00D
for n in 1 2 3; do http GET crm.example:8082/query/cases "$token"; done
X
script client.js <<'X'
content "/tmp/store.txt"; token 00D
http GET crm.example:8082/query/accounts "$token"
http DELETE crm.example:8082/jobs/1 "$token"
X

owner() { service crm-sync -- node sync.js; }
innocent() { service report -- sh -c 'cp steps.md /tmp/notes.txt; node report.js'; }
script steps.md <<<'nothing'
script report.js <<<'content /tmp/notes.txt; http GET crm.example:8082/status'
attack() { service report -- sh -c 'cp ~/sync/.env /tmp/store.txt; node client.js'; }

expect cross-workflow-reuse Medium crm # a session: it still ends by itself
expect credential-copied Low crm
