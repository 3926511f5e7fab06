# A coding agent at work: its own key toward its own host again and again, and the tools that it starts.
needs git node python3
person ada
t=sk-ant-oat01-$(head -c 70 /dev/urandom | base64 -w 0 | tr '+/=' 'abc')AA
printf '{"claudeAiOauth":{"accessToken":"%s","refreshToken":"","expiresAt":%s000,"scopes":["user:inference"]}}\n' "$t" $(($(date +%s) + 3600)) | own ada .claude/.credentials.json 600
install -d /usr/local/lib/claude
cat >/usr/local/bin/claude <<'PY'
#!/usr/bin/python3
import json, os, subprocess, sys, urllib.request
def ask():
    key = json.load(open(os.path.expanduser("~/.claude/.credentials.json")))["claudeAiOauth"]["accessToken"]
    request = urllib.request.Request("https://api.anthropic.com/v1/messages", b"{}", {"Authorization": "Bearer " + key})
    return json.load(urllib.request.urlopen(request))
def tool(command):
    subprocess.run(["bash", "-c", command], check=True, env=dict(os.environ, CLAUDECODE="1"))
os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
for command in ["git init -q .; git config user.email a@example.com; git config user.name A", "echo 'print(1)' >a.py; python3 a.py",
                "git add a.py; git commit -qm one", "node -e 'console.log(2)'", "grep -rn print . | head; ls -la; find . -name '*.py'",
                "git log --oneline; git status --short; git diff HEAD", "python3 -m py_compile a.py"]:
    ask()
    tool(command)
answer = ask()
print(answer["secret"])
PY
chmod 755 /usr/local/bin/claude
for task in one two; do
	same "$(as ada claude $task | tail -n 1)" "$(printf %s "$t" | sha256sum | cut -c1-16)"
done
