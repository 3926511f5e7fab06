# Commits that are signed with an ssh key by way of an agent that several shells share.
needs git ssh-agent
person sig
ssh_key sig
as sig sh -ec 'eval "$(ssh-agent)" >/dev/null; trap "kill $SSH_AGENT_PID" EXIT; ssh-add -q .ssh/id_ed25519
	git init -q repo; cd repo; git config user.email sig@example.com; git config user.name Sig
	git config gpg.format ssh; git config user.signingkey ~/.ssh/id_ed25519.pub; git config commit.gpgsign true
	printf "sig@example.com %s\n" "$(cat ~/.ssh/id_ed25519.pub)" >~/.ssh/allowed; git config gpg.ssh.allowedSignersFile ~/.ssh/allowed
	for i in 1 2; do echo $i >f; git add f; sh -c "git commit -qm $i"; done; git verify-commit HEAD 2>/dev/null
	ssh -o BatchMode=yes localhost true'
