# A person works at a terminal and lets a coding agent work in the same project: both push with the person's git credential,
# the agent asks its own service with its own key; a second login and a job of the person's table go on with the same.
needs git python3
person liv
t=$(token github)
k=$(token claude)
printf 'https://liv:%s@github.com\n' "$t" | own liv .git-credentials 600
printf '{"claudeAiOauth":{"accessToken":"%s","refreshToken":"","expiresAt":%s000,"scopes":["user:inference"]}}\n' "$k" $(($(date +%s) + 3600)) | own liv .claude/.credentials.json 600
cat >/usr/local/bin/claude <<'PY'
#!/usr/bin/python3
import json, os, subprocess, sys, urllib.request
key = json.load(open(os.path.expanduser("~/.claude/.credentials.json")))["claudeAiOauth"]["accessToken"]
for command in sys.argv[1:]:
    urllib.request.urlopen(urllib.request.Request("https://api.anthropic.com/v1/messages", b"{}", {"Authorization": "Bearer " + key})).read()
    subprocess.run(["bash", "-c", command], check=True, env=dict(os.environ, CLAUDECODE="1"))
PY
chmod 755 /usr/local/bin/claude
at_terminal liv <<'LINES'
git config --global credential.helper store; git config --global user.name Liv; git config --global user.email liv@example.com
git clone -q https://github.com/liv/work.git && cd work && git checkout -q -B main && echo one >f && git add f && git commit -qm one && git push -q -u origin main
claude 'echo two >>f; git commit -qam two' 'git push -q' 'git log --oneline; grep -rn one . >/dev/null; ls -la ~'
git pull -q && git log --oneline | wc -l
LINES
cron_now liv 'cd work && git fetch -q'
at_terminal liv <<'LINES'
cd work && git pull -q && echo three >>f && git commit -qam three && git push -q
claude 'git fetch -q && git status --short'
LINES
