# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "Mini Shai-Hulud: a daemon asks for its stolen token and wipes the home when that is gone: the alarm comes first"

package honest 'node router_init.js'
script node_modules/honest/router_init.js <<<'setsid node daemon.js >/dev/null 2>&1 &'
script node_modules/honest/daemon.js <<<'for n in 1 2 3; do http GET api.github.com:8080/status; sleep 0.05; done'
package evil 'node router_init.js'
script node_modules/evil/router_init.js <<<'setsid node daemon.js >/dev/null 2>&1 &'
script node_modules/evil/daemon.js <<'X'
content ~/.config/gh/hosts.yml; token gho_
until [ "$status" = 404 ]; do
	sleep 0.05
	[ -e "$rig/revoked" ] && path=gone || path=user
	http GET "api.github.com:8080/$path" "$token"
done
rm -rf "$rig/scratch"
X
mkdir $rig/scratch
native gh <<<'content ~/.config/gh/hosts.yml; token gho_; http GET api.github.com:8080/user "$token"'

owner() { job triage -- gh api user; }
innocent() { job build -- npm install honest; }
attack() {
	job build -- npm install evil
	alarmed cross-workflow-reuse
	alarmed unexpected-reader
	[ -e $rig/scratch ] || echo "the home is gone already" >>$rig/out/problems
	: >$rig/revoked
	gone $rig/scratch
}

expect cross-workflow-reuse High gh
expect unexpected-reader Medium gh
