# An editor's server on the host that one works on: Node, with extensions in a process of their own that read what their
# tools have (git, npm, docker, kubernetes, a cloud), and a terminal in it.
needs node sshd
person eda
ssh_key eda
t=$(token npm)
printf '//registry.example.com/:_authToken=%s\n' "$t" | own eda .npmrc 600
printf '{"auths":{"ghcr.io":{"auth":"%s"}}}\n' "$(printf 'eda:%s' "$(token github)" | base64 -w 0)" | own eda .docker/config.json 600
printf 'apiVersion: v1\nclusters: [{name: c, cluster: {server: "https://k8s.example.com"}}]\nusers:\n- name: eda\n  user:\n    token: %s\n' "$(token jwt)" | own eda .kube/config 600
printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s%s\n' "$(aws_key_id)" "$(password)" "$(password)" | own eda .aws/credentials 600
printf 'github.com:\n    oauth_token: %s\n    user: eda\n' "$(token oauth)" | own eda .config/gh/hosts.yml 600
printf 'DATABASE_PASSWORD=%s\nAPI_TOKEN=%s\n' "$(password)" "$(token github)" | own eda app/.env 600
bin=.vscode-server/cli/servers/Stable-0f5e3a1c/server/out
own eda $bin/server-main.js 644 <<'JS'
const { spawn } = require('child_process'), path = require('path');
const host = spawn(process.execPath, [path.join(__dirname, 'bootstrap-fork'), '--type=extensionHost'], { stdio: 'inherit' });
const terminal = spawn('bash', ['-c', 'cd ~/app; cat .env >/dev/null; git status 2>/dev/null; npm config get registry >/dev/null']);
let left = 2;
const gone = (code) => { if (code && code !== 128) process.exitCode = code; };
host.on('exit', gone);
JS
own eda $bin/bootstrap-fork 644 <<'JS'
const fs = require('fs'), https = require('https'), home = process.env.HOME;
const files = ['.npmrc', '.docker/config.json', '.kube/config', '.aws/credentials', '.config/gh/hosts.yml', 'app/.env', '.gitconfig'];
const texts = Object.fromEntries(files.map((f) => [f, fs.existsSync(home + '/' + f) ? fs.readFileSync(home + '/' + f, 'utf8') : '']));
const token = /_authToken=(\S+)/.exec(texts['.npmrc'])[1];
https.get('https://api.example.com/me', { headers: { Authorization: 'Bearer ' + token }, ca: fs.readFileSync('/etc/ssl/certs/ca-certificates.crt') },
	(r) => { let s = ''; r.on('data', (d) => (s += d)); r.on('end', () => fs.writeFileSync(home + '/answer', s)); });
JS
as eda ssh -o BatchMode=yes localhost "node $bin/server-main.js --start-server"
answered "$(cat /home/eda/answer)" "$t"
