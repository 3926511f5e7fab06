# What goes on after one has logged out: a job under nohup, an editor's server that is found again at the next login, a
# terminal in tmux. Each goes on with the credentials of its home.
needs sshd node git curl tmux
person vera
ssh_key vera
t=$(token github)
printf 'machine api.github.com login vera password %s\n' "$t" | own vera .netrc 600
printf 'https://vera:%s@github.com\n' "$t" | own vera .git-credentials 600
cat >/home/vera/server.js <<'JS'
const { execFileSync } = require('child_process'), fs = require('fs');
process.on('SIGHUP', () => {});
require('http').createServer((request, response) => {
	const out = execFileSync('git', ['ls-remote', 'https://github.com/vera/x.git'], { encoding: 'utf8' });
	response.end('ok ' + out.length + fs.readFileSync(process.env.HOME + '/.gitconfig', 'utf8').length);
}).listen(8765, '127.0.0.1');
JS
as vera ssh -o BatchMode=yes localhost 'git config --global credential.helper store
	nohup sh -c "while [ ! -e go ]; do sleep 0.1; done; curl -sS -n https://api.github.com/user >late; touch finished" >/dev/null 2>&1 &
	nohup node server.js >/dev/null 2>&1 &
	tmux new-session -d -s kept "cat"'
within 10 listens 8765
as vera touch go
within 20 test -e /home/vera/finished
answered "$(cat /home/vera/late)" "$t"
as vera ssh -o BatchMode=yes localhost 'curl -sS http://127.0.0.1:8765/; tmux send-keys -t kept "git ls-remote https://github.com/vera/x.git" Enter; tmux kill-session -t kept' | grep ^ok >/dev/null
pkill -u vera node
