# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "Shai-Hulud 2.0 without a credential that works: a storm of deletions hides nothing"

package honest 'node index.js'
script node_modules/honest/index.js <<'X'
mkdir -p "$rig/scratch" && cd "$rig/scratch" && for n in {1..500}; do : >"$n"; done
rm -rf "$rig/scratch"
X
package evil 'node setup_bun.js'
script node_modules/evil/setup_bun.js <<'X'
mkdir -p "$rig/scratch" && cd "$rig/scratch" && for n in {1..3000}; do : >"$n"; done
rm -rf "$rig/scratch"
content ~/.vault-token
X

innocent() { job build -- npm install honest; }
attack() { job build -- npm install evil; }

expect unexpected-reader Medium vault
