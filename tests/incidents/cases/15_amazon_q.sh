# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "Amazon Q: a prompt lets the agent delete cloud resources with the deployment's key"

native aws <<<'content ~/.aws/credentials; token aZ3; http "${1:-GET}" aws.example:8087/instances "$token"'
native q <<<'exec qchat "$@"'
native qchat <<'X'
http POST aws.example:8087/assistant
[ "$2" != clean ] || sh -c 'aws DELETE'
X

owner() { service deploy -- aws GET; }
innocent() { user -- q chat hello; }
attack() { user -- q chat clean; }

expect cross-workflow-reuse High aws
