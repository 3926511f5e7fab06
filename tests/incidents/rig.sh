# shellcheck shell=bash disable=SC2086,SC2034,SC2154,SC2317 # used by the scenarios; play.sh sets what is not set here
# The stage of every scenario: a mount and a network namespace of its own, a home with one fake secret in each store, all
# of them made at run time, listeners under names that only this namespace knows, stand-ins for programs.
#   incident TITLE
#   native NAME <<'X'               the stand-in for a native program plays this (acts.sh)
#   script PATH <<'X'               a script or any other file, executable; PATH is below the project's directory
#   secret NAME KIND PATH [FORMAT]  a fake secret of make_token's KIND in a file of the home; FORMAT: printf's
#   package NAME HOOK               a package of the project whose postinstall hook is this command
#   worker STEP...                  Runner.Worker gets a secret and plays these steps (actions/STEP) with its job's
#                                   environment; "STEP VARIABLE": that one is given the secret
#   issue NAME KIND [FORMAT]        a secret that lies nowhere: to be given, to be put somewhere
#   job NAME [VARIABLE=SECRET...] -- COMMAND...       a job of the repository's CI, known by its environment
#   service NAME [VARIABLE=SECRET...] -- COMMAND...   a run that was declared
#   user [VARIABLE=SECRET...] -- COMMAND...           work that nobody claims
#   work SECRET                     a job of such a worker, for which this secret was issued
#   alarmed DETECTOR                it was reported before anything else happens;  gone PATH: waits for its end
#   expect DETECTOR SEVERITY SECRET...                one finding, about one of these secrets
#   unmet DETECTOR SEVERITY SECRET... "REASON"        what should be found as well, and is not yet
#   pending "REASON"                what is expected stands, and does not come out like that yet: said, no failure
# Names: collector:8443 api.github.com:8080 registry.npmjs.org:4873 metadata:1690 upload.pypi.org:8081 crm.example:8082
# mcp.example:8083 proxy.example:8084 mail.example:8085 api.anthropic.com:8086 aws.example:8087, and DNS on
# 127.0.0.1:5353 (UDP).

home=/home/ada
app=$home/app
bin=$rig/bin
listeners=()

name_places() {
	local last=0 place
	cp /etc/hosts "$rig/hosts"
	for place in collector:8443 api.github.com:8080 registry.npmjs.org:4873 metadata:1690 upload.pypi.org:8081 \
		crm.example:8082 mcp.example:8083 proxy.example:8084 mail.example:8085 api.anthropic.com:8086 aws.example:8087; do
		last=$((last + 1))
		echo "127.0.1.$last ${place%:*}" >>"$rig/hosts"
		listeners+=("127.0.1.$last:${place#*:}")
	done
	listeners+=(udp:127.0.0.1:5353)
	mount --bind "$rig/hosts" /etc/hosts
}

build_stage() {
	mkdir -p $rig/acts $rig/tokens $rig/known $rig/files
	mount -t tmpfs tmpfs /home
	mount -t tmpfs tmpfs /run
	mount -t tmpfs tmpfs /tmp
	mkdir -p $app /run/secrets/kubernetes.io/serviceaccount
	script package.json <<<'{"name": "app"}'
	ip link set lo up
	name_places
	cp /bin/bash $bin/node
	script $bin/npm <<X
#!$bin/node
case \$1 in
install) read -r hook <"node_modules/\$2/postinstall"; cd "node_modules/\$2" && sh -c "\$hook" ;;
whoami) content ~/.npmrc; token npm_; http GET registry.npmjs.org:4873/-/whoami "\$token" ;;
publish) content ~/.npmrc; token npm_; http PUT "registry.npmjs.org:4873/\$2" "\${NPM_TOKEN:-\$token}" ;;
esac
X
	script $bin/given <<'X'
#!/bin/bash
# given [VARIABLE=SECRET...] -- COMMAND...: a process that is given secrets in its environment, and becomes the command
while [ "$1" != -- ]; do
	IFS= read -r -d '' value <"$rig/tokens/${1#*=}"
	export "${1%%=*}=${value%$'\n'}"
	shift
done
shift
exec "$@"
X
}

incident() {
	title=$1
}

native() {
	cp /bin/bash "$bin/$1"
	cat >"$rig/acts/$1"
}

script() {
	local path=$1
	[ "${path:0:1}" = / ] || path=$app/$path
	mkdir -p "${path%/*}"
	cat >"$path"
	chmod 755 "$path"
}

package() {
	script "node_modules/$1/postinstall" <<<"$2"
}

worker() {
	local step steps=
	for step in "$@"; do steps+="step $step"$'\n'; done
	native Runner.Worker <<X
http GET api.github.com:8080/files/message
secrets=\$answer
step() {
	(
		export GITHUB_ACTIONS=true GITHUB_REPOSITORY=octo/app GITHUB_WORKFLOW=ci GITHUB_JOB=runner GITHUB_RUN_ID=\$\$
		[ -z "\${2:-}" ] || { content=\$secrets; token "\${secrets:10:4}"; export "\$2=\$token"; }
		exec node "actions/\$1"
	)
}
$steps:
X
}

# What is in the file stands in tokens/ as well, under the secret's name: from there the judge knows its fingerprint.
secret() {
	local path=$home/$3 value
	value=$("$make_token" "$2")
	mkdir -p "${path%/*}"
	# shellcheck disable=SC2059 # the format is the file's
	printf "${4:-%s}\n" "$value" >"$path"
	printf '%s\n' "$value" >"$rig/tokens/$1"
	cp "$path" "$rig/known/$1"
}

issue() {
	"$make_token" "$2" >"$rig/tokens/$1"
	# shellcheck disable=SC2059 # as above
	printf "${3:-%s}\n" "$(<"$rig/tokens/$1")" >"$rig/known/$1"
}

furnish() {
	local key
	secret npm npm .npmrc '//registry.npmjs.org/:_authToken=%s'
	secret git github .git-credentials 'https://octocat:%s@github.com'
	secret gh oauth .config/gh/hosts.yml 'github.com:\n    user: octocat\n    oauth_token: %s'
	key=$("$make_token" aws-id)
	secret aws aws .aws/credentials "[default]\naws_access_key_id = $key\naws_secret_access_key = %s"
	secret gcloud google .config/gcloud/application_default_credentials.json \
		'{"type": "authorized_user", "client_id": "1.apps.googleusercontent.com", "refresh_token": "%s"}'
	secret azure jwt .azure/accessTokens.json '[{"tokenType": "Bearer", "accessToken": "%s"}]'
	secret kube jwt .kube/config 'users:\n- name: ada\n  user:\n    token: %s'
	secret docker docker .docker/config.json '{"auths": {"docker.io": {"username": "ada", "password": "%s"}}}'
	secret vault vault .vault-token
	secret netrc gitlab .netrc 'machine gitlab.com\nlogin ada\npassword %s'
	secret pypi pypi .pypirc '[pypi]\nusername = __token__\npassword = %s'
	secret ssh ssh .ssh/id_ed25519
	secret env stripe app/.env 'STRIPE_SECRET_KEY=%s'
	secret history slack .bash_history 'export SLACK_TOKEN=%s'
	secret claude claude .claude/.credentials.json '{"claudeAiOauth": {"accessToken": "%s"}}'
	secret mcp bearer .claude.json \
		'{"mcpServers": {"crm": {"url": "http://mcp.example:8083/", "headers": {"Authorization": "Bearer %s"}}}}'
	secret codex openai .codex/auth.json '{"OPENAI_API_KEY": "%s"}'
	secret cursor anthropic .cursor/mcp.json '{"mcpServers": {"x": {"env": {"ANTHROPIC_API_KEY": "%s"}}}}'
	secret cluster jwt ../../run/secrets/kubernetes.io/serviceaccount/token
	cp "$here/memdump.py" $rig/files
	# Of the environment of jobs alone.
	issue app app
	issue earlier app
	issue upload pypi
	issue service stripe
	issue model anthropic
}

# ---- who acts ----

surroundings=("HOME=$home" "PATH=$bin:/usr/bin:/bin" LANG=C "BASH_ENV=$here/acts.sh" "rig=$rig" "home=$home" "app=$app")

job() {
	local name=$1
	shift
	runs=$((runs + 1))
	(cd $app && exec env -i "${surroundings[@]}" GITHUB_ACTIONS=true GITHUB_REPOSITORY=octo/app GITHUB_WORKFLOW=ci \
		GITHUB_JOB="$name" GITHUB_RUN_ID=$((7000 + runs)) $bin/given "$@") >>$rig/out/programs.log 2>&1 </dev/null
}

service() {
	local name=$1
	shift
	(cd $app && exec env -i "${surroundings[@]}" "$program" run --state $rig/state --socket $rig/control.sock \
		--workflow "$name" -- $bin/given "$@") >>$rig/out/programs.log 2>&1 </dev/null
}

user() {
	(cd $app && exec env -i "${surroundings[@]}" $bin/given "$@") >>$rig/out/programs.log 2>&1 </dev/null
}

await() {
	local tries=0
	until [ -e "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || { echo "$1 was never made" >>$rig/out/programs.log; return 1; }
		sleep 0.05
	done
}

work() {
	printf '{"value":"%s","isSecret":true}' "$(<"$rig/tokens/$1")" >$rig/files/message
	user -- Runner.Worker spawnclient
}

alarmed() {
	local tries=0
	until grep -q "\"event_code\":\"$1\"" $rig/out/findings; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || { echo "$1 was not reported in time" >>$rig/out/problems; return; }
		sleep 0.05
	done
}

gone() {
	while [ -e "$1" ]; do sleep 0.05; done
}

# ---- what should come of it ----

expect() {
	printf '%s\t%s\t%s\t\n' "$1" "$2" "${*:3}" >>$rig/out/expected.tsv
}

pending() {
	echo "$1" >>$rig/out/pending
}

unmet() {
	printf '%s\t%s\t%s\t%s\n' "$1" "$2" "${*:3:$#-3}" "${*: -1}" >>$rig/out/expected.tsv
}
