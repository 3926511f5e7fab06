#!/usr/bin/env bash
# Tokens planted in every source leave no byte in anything that the program writes or shows: state directory, outputs,
# recording, logs, its command line, a forced core dump, its exports.
# shellcheck source=tests/lib/live.sh disable=SC2119
. "$(dirname "$0")/../lib/live.sh"

mkdir -p "$work/home/.config/gh" "$work/home/.docker"
file_token=$("$make_token" github) env_token=$("$make_token" github) arg_token=$("$make_token" github)
docker_token=$("$make_token" github) name_token=$("$make_token" github)
printf 'oauth_token: %s\n' "$file_token" >"$work/home/.config/gh/hosts.yml"
printf '{"auths":{"ghcr.io":{"auth":"%s"}}}\n' "$(printf 'octocat:%s' "$docker_token" | base64 -w0)" >"$work/home/.docker/config.json"
mkdir -p "$work/home/$name_token"
printf 'token: %s\n' "$file_token" >"$work/home/$name_token/.netrc"

start_monitor -v --record "$work/leak.clrec" --output "file:$work/findings.file"
for workflow in one two; do
	"$program" run "${at[@]}" --workflow $workflow -- sh -c "
		cat '$work/home/.config/gh/hosts.yml' '$work/home/.docker/config.json' '$work/home/$name_token/.netrc'
		GH_TOKEN=$env_token sh -c 'sleep 0.1; exec true'
		sh -c 'true \"\$1\"' sh $arg_token
		sh -c 'true \"\$1\"' sh 'https://octocat:$arg_token@example.org/x'
		sh -c 'true \"\$1\"' sh 'Authorization: Bearer $arg_token'" >/dev/null
done
within 3 found cross-workflow-reuse 4
check "every planted credential was noticed" [ "$("$program" credentials list --json "${at[@]}" | wc -l)" -ge 4 ]
tr '\0' '\n' <"/proc/$monitor/cmdline" >"$work/cmdline"
# The process switches dumps off; gcore as root reads its memory all the same, the kernel honouring MADV_DONTDUMP.
(cd "$work" && gdb -q -batch -ex "set use-coredump-filter on" -ex "generate-core-file core.monitor" -p "$monitor") >/dev/null 2>&1
check "a core file was forced" [ -s "$work/core.monitor" ]
"$program" findings list "${at[@]}" >"$work/list.out" 2>&1
"$program" findings list --json "${at[@]}" >"$work/list.json" 2>&1
"$program" credentials list "${at[@]}" >"$work/credentials.out" 2>&1
for fp in $("$program" credentials list --json "${at[@]}" | grep -oE 'cred:[0-9a-f]{32}' | sort -u); do
	"$program" lineage "${at[@]}" --credential "$fp" --format json -o "$work/lineage.$fp.json"
	"$program" lineage "${at[@]}" --credential "$fp" --format dot -o "$work/lineage.$fp.dot"
done
stop_monitor
gunzip -c <"$work/leak.clrec" >"$work/leak.raw"
"$program" replay "$work/leak.clrec" >"$work/replay.out" 2>&1
"$program" replay --dump "$work/leak.clrec" >"$work/dump.out" 2>&1
for planted in file_token env_token arg_token docker_token name_token; do
	value=${!planted}
	hits=$(grep -rlaF --exclude-dir=home -e "$value" -e "$(printf 'octocat:%s' "$value" | base64 -w0)" "$work" || true)
	check "no byte of $planted is written" [ -z "$hits" ]
	[ -z "$hits" ] || echo "# in $hits"
done
finish
