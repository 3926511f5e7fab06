#!/usr/bin/env bash
# Metrics as Prometheus gets them: off by default; on loopback and on a socket of its own; what promtool says of them;
# numbers that are right; a real Prometheus that scrapes them; health, also as `doctor --health` tells it; and the
# dashboard, which names no metric that there is not.
# shellcheck disable=SC2119,SC2016,SC2317 # callers are in lib/live.sh; check evaluates
# shellcheck source=tests/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

port=$((21000 + RANDOM % 10000))
prometheus_port=$((port + 1))
scraper=
trap '[ -z "$scraper" ] || kill "$scraper"; live_cleanup' EXIT

config() { # LISTEN
	echo '{"metrics": {"listen": "'"$1"'"}}' >"$work/config.json"
}

get() { # PATH
	curl -s --max-time 10 "http://127.0.0.1:$port$1"
}

# value METRIC [LABELS]: of the sample whose labels contain all of these
value() {
	get /metrics | python3 -c '
import re, sys
name, want = sys.argv[1], sys.argv[2:]
for line in sys.stdin:
    m = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)\n", line)
    if m and m[1] == name and all(w in (m[2] or "").split(",") for w in want):
        print(m[3])' "$@"
}

sum() { # METRIC [LABELS]: of all samples, whole
	value "$@" | awk '{s += $1} END {printf "%.0f\n", s}'
}

above() { # N METRIC [LABELS]
	local n=$1
	shift
	[ "$(sum "$@")" -gt "$n" ]
}

reuse() { # ID TOKEN
	"$program" run "${at[@]}" --workflow deploy --run-id "d-$1" -- sh -c "GH_TOKEN=$2 exec true" >/dev/null
	"$program" run "${at[@]}" --workflow triage --run-id "t-$1" -- sh -c "GH_TOKEN=$2 exec true" >/dev/null
}

refused() { # LISTEN TEXT
	config "$1"
	"$program" monitor "${at[@]}" --config "$work/config.json" 2>&1 >/dev/null | grep -qF "$2"
}

check "an address for other hosts is refused" refused 0.0.0.0:9877 '"metrics.listen" is reached from other hosts'
check "a name is refused" refused localhost:9877 'must be unix:/PATH, 127.0.0.1:PORT or [::1]:PORT (no names)'

start_monitor
listens() {
	ss -Hltnp | grep -q "pid=$monitor,"
}
check "nothing is served by default" eval '! listens'
stop_monitor

config "127.0.0.1:$port"
start_monitor --config "$work/config.json"
check "promtool has nothing to say" eval 'get /metrics | promtool check metrics'
reuse 1 "$("$make_token" github)"
check "a finding" within 10 found cross-workflow-reuse 1
check "is counted" within 5 above 0 credlineage_findings_total 'detector="cross-workflow-reuse"' 'severity="High"'
counted_as_reported() {
	[ "$(sum credlineage_findings_total)" -eq "$(jsonl "$findings" "e['activity_id'] == 1" | wc -l)" ]
}
check "once each" within 20 counted_as_reported
check "how long it took is known" within 5 above 0 credlineage_finding_latency_seconds_count
check "and no more than two seconds" [ "$(value credlineage_finding_latency_seconds_bucket 'le="2.5"')" = "$(value credlineage_finding_latency_seconds_count)" ]
check "events are counted" above 0 credlineage_events_total 'kind="exec"'
check "none was lost" [ "$(value credlineage_events_lost_total 'kind="exec"' 'stage="lost"')" = 0 ]
check "every act is covered" eval '! value credlineage_act_covered | grep -qv 1'
check "memory" above 1000000 process_resident_memory_bytes
check "is what the kernel says" python3 - "$monitor" "$(value process_resident_memory_bytes)" <<'PY'
import sys
real = int(open(f"/proc/{sys.argv[1]}/statm").read().split()[1]) * 4096
sys.exit(not 0.8 < float(sys.argv[2]) / real < 1.25)
PY
check "the store's size" above 100000 credlineage_store_size_bytes
check "tables have a capacity" [ "$(value credlineage_table_capacity 'table="processes"')" = 65536 ]

same_as_status() {
	python3 - <(status) <(get /metrics) <<'PY'
import json, re, sys
status = json.load(open(sys.argv[1]))
text = open(sys.argv[2]).read()
metrics = dict(re.findall(r"^(\w+) (\S+)$", text, re.M))
bad = [n for n, p in (("credlineage_runs_refused_total", "runs_refused"), ("credlineage_policies", "policies"),
                      ("credlineage_reports_sent_total", "reports_sent")) if float(metrics[n]) != status["counters"][p]]
print(*bad)
sys.exit(bool(bad))
PY
}
check "the same as the control socket says" within 20 same_as_status # both at a moment when nothing happens

# Every number that the status has is told, but for what belongs to a person and not to a graph.
all_told() {
	python3 - <<'PY'
import re
told = open("user/metrics/numbers.c").read() + open("user/metrics/series.c").read()
counters = re.findall(r'\{"(\w+)", (?!\.)', open("user/monitor/watchman.c").read())
left = [c for c in counters if f'counters.{c}"' not in told and c not in ("findings_reported", "ring", "record", "finding", "output")]
print(*left)
raise SystemExit(bool(left))
PY
}
check "every counter of the status is among them" all_told

# ---- a real Prometheus ----
cat >"$work/prometheus.yml" <<EOT
global: {scrape_interval: 1s}
scrape_configs:
- job_name: credlineage
  static_configs: [{targets: ["127.0.0.1:$port"]}]
EOT
check "its configuration" promtool check config "$work/prometheus.yml"
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
	--web.listen-address="127.0.0.1:$prometheus_port" >"$work/prometheus.log" 2>&1 &
scraper=$!
query() { # EXPRESSION: its first value
	curl -s --max-time 10 "http://127.0.0.1:$prometheus_port/api/v1/query" --data-urlencode "query=$1" |
		python3 -c 'import json, sys
r = json.loads(sys.stdin.read() or "{\"data\": {\"result\": []}}")["data"]["result"]
print(r[0]["value"][1] if r else "")'
}
answers() { # VALUE EXPRESSION
	[ "$(query "$2")" = "$1" ]
}
check "Prometheus scrapes it" within 30 answers 1 'up{job="credlineage"}'
check "and has the finding" within 10 answers 1 'sum(credlineage_findings_total{detector="cross-workflow-reuse"}) >= bool 1'
check "and a quantile of how long it took" eval 'query "histogram_quantile(0.99, sum by (le) (credlineage_finding_latency_seconds_bucket))" | grep -qE "^[0-9.]+$"'

# Each expression of the dashboard is sound, and each metric in it is there.
dashboard() {
	python3 - scripts/content/grafana-dashboard.json "http://127.0.0.1:$prometheus_port" <<'PY'
import json, re, sys, urllib.parse, urllib.request
dashboard, server = json.load(open(sys.argv[1])), sys.argv[2]
def ask(path, **fields):
    with urllib.request.urlopen(server + path + "?" + urllib.parse.urlencode(fields)) as answer:
        return json.load(answer)
there = set(ask("/api/v1/label/__name__/values")["data"])
panels = [q for p in dashboard["panels"] for q in [p, *p.get("panels", [])]]
expressions = [t["expr"] for p in panels for t in p.get("targets", [])]
bad = []
for e in expressions:
    e = re.sub(r"\$__rate_interval|\$__interval|\$__range", "1m", e).replace("$instance", ".*")
    bad += [f"{e}: no metric {n}" for n in re.findall(r"\b(?:credlineage|process)_\w+", e) if n not in there]
    try:
        ask("/api/v1/query", query=e)
    except urllib.error.HTTPError as error:
        bad.append(f"{e}: {error.read().decode()}")
ids = [p["id"] for p in panels]
if len(ids) != len(set(ids)):
    bad.append("two panels with one id")
print(*(bad or [f"# {len(expressions)} expressions"]), sep="\n")
sys.exit(bool(bad) or len(expressions) < 10)
PY
}
check "the dashboard asks for what there is" dashboard
kill "$scraper" && wait "$scraper"
scraper=

# ---- health ----
healthz() { # STATUS
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/healthz")" = "$1" ]
}
doctor() { # STATUS TEXT [OPTION...]
	local want=$1 text=$2
	shift 2
	"$program" doctor --health "${at[@]}" "$@" >"$work/health" 2>&1
	[ $? -eq "$want" ] && grep -qF "$text" "$work/health"
}
check "healthy over HTTP" healthz 200
check "healthy for the doctor" doctor 0 healthy
check "and as JSON" eval 'doctor 0 "\"healthy\":true" --json && python3 -m json.tool "$work/health" >/dev/null'
timeout -s INT 3 "$program" doctor --watch 1 "${at[@]}" --json >"$work/watched" 2>/dev/null
check "watched, a line each second" eval '[ "$(wc -l <"$work/watched")" -ge 2 ]'
check "each of them sound" jsonl "$work/watched" 'e["state"] == "healthy" and e["events_per_second"] >= 0'
stop_monitor
check "not running" doctor 3 'not running'

echo '{"metrics": {"listen": "127.0.0.1:'"$port"'"}, "outputs": ["syslog+tcp://127.0.0.1:1"]}' >"$work/config.json"
start_monitor --config "$work/config.json"
reuse 2 "$("$make_token" github)"
check "an output that cannot send is no good health" within 20 doctor 1 degraded
check "which is said" doctor 1 'output syslog+tcp://127.0.0.1:1 cannot send'
check "also over HTTP" within 3 healthz 503
down() {
	[ "$(sum credlineage_output_up 'output="syslog+tcp://127.0.0.1:1"')" = 0 ]
}
check "and is a metric" within 3 down
stop_monitor

# ---- a socket of its own ----
config "unix:$work/metrics.sock"
start_monitor --config "$work/config.json"
mode() {
	stat -c '%a' "$work/metrics.sock"
}
check "a socket that only the group enters" [ "$(mode)" = 660 ]
over_socket() {
	curl -s --unix-socket "$work/metrics.sock" http://localhost/metrics | promtool check metrics
}
check "metrics over it" over_socket
stop_monitor
check "it is gone with the monitor" [ ! -e "$work/metrics.sock" ]
finish
