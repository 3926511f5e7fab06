# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "tj-actions/changed-files without a network: the runner's memory is read, nothing else"

worker checkout changed-files # the secret is in its memory and nowhere else
script actions/checkout <<<'http GET api.github.com:8080/repos/octo/app'
script actions/changed-files <<<'[ ! -e "$rig/moved" ] || python3 "$rig/files/memdump.py" Runner.Worker >>"$rig/build.log"'

innocent() { work earlier; }
attack() {
	: >$rig/moved
	work app
}

expect process-scrape High
