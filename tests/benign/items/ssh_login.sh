# Logs in with a key and with an agent, copies files, forwards a port and the agent.
needs sshd ssh-agent
person sue
ssh_key sue
same "$(as sue ssh -o BatchMode=yes localhost 'id -un')" sue
as sue sh -ec 'date >here; scp -q here localhost:there; cmp here there; printf "get there back\n" | sftp -q -b - localhost >/dev/null; cmp here back'
as sue sh -ec 'eval "$(ssh-agent)" >/dev/null; trap "kill $SSH_AGENT_PID" EXIT; ssh-add -q; ssh-add -l >/dev/null
	mv .ssh/id_ed25519 .ssh/kept; ssh -A -o BatchMode=yes localhost "ssh -o BatchMode=yes localhost id -un" >by-agent; mv .ssh/kept .ssh/id_ed25519'
same "$(as sue cat by-agent)" sue
as sue sh -ec 'ssh -f -o BatchMode=yes -o ExitOnForwardFailure=yes -L 8022:localhost:22 localhost sleep 2; ssh-keyscan -p 8022 localhost >scanned 2>/dev/null; test -s scanned'
