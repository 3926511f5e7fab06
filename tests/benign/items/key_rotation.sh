# Makes a new ssh key, lets it in, retires the old one; changes a passphrase; makes new host keys.
needs ssh-keygen sshd
person rita
ssh_key rita
as rita ssh -o BatchMode=yes localhost true
as rita sh -ec 'ssh-keygen -q -t ed25519 -N "" -f .ssh/new; cat .ssh/new.pub >>.ssh/authorized_keys; ssh -o BatchMode=yes -i .ssh/new -o IdentitiesOnly=yes localhost true
	mv .ssh/new .ssh/id_ed25519; mv .ssh/new.pub .ssh/id_ed25519.pub; cp .ssh/id_ed25519.pub .ssh/authorized_keys
	ssh-keygen -q -p -P "" -N "a phrase EXAMPLE" -f .ssh/id_ed25519; ssh-keygen -q -p -P "a phrase EXAMPLE" -N "" -f .ssh/id_ed25519
	ssh-keygen -y -f .ssh/id_ed25519 >/dev/null; ssh-keygen -lf .ssh/id_ed25519.pub >/dev/null'
as rita ssh -o BatchMode=yes localhost true
