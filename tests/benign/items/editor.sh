# Edits a file of credentials in a terminal, with vim and with nano.
needs tmux
person eve
t=$(token github)
printf 'machine api.github.com login eve password %s\n' "$t" | own eve .netrc 600
shows() {
	as eve tmux -L edit capture-pane -p | grep "$1" >/dev/null
}
edit() { # COMMAND KEYS...
	as eve tmux -L edit new-session -d -x 100 -y 30 "$1; touch /home/eve/closed"
	shift
	within 10 shows machine
	for keys; do
		as eve tmux -L edit send-keys "$keys"
		sleep 0.2
	done
	within 10 test -e /home/eve/closed
	rm /home/eve/closed
}
tried=0
if command -v vim.tiny >/dev/null || command -v vim >/dev/null; then
	tried=1
	edit "$(command -v vim.tiny || command -v vim) .netrc" Go '# two' Escape ':wq' Enter
	at_terminal eve grep -q '# two' .netrc
fi
if command -v nano >/dev/null; then
	tried=1
	edit 'nano .netrc' '# three' Enter C-o Enter C-x
	at_terminal eve grep -q '# three' .netrc
fi
[ $tried = 1 ] || skip "no editor is installed"
out=$(as eve curl -sS -n https://api.github.com/user) || true
answered "$out" "$t"
