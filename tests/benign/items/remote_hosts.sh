# Configures several hosts over ssh as ansible does: one connection that is shared, files copied, root by sudo there, a
# vault whose password lies in a file.
needs sshd sudo openssl
person ops web1 web2
p=$(password)
printf '%s\n' "$p" | own ops play/.vault_pass 600
as ops sh -ec 'cd play; echo "db: EXAMPLE" | openssl enc -aes-256-cbc -pbkdf2 -pass file:.vault_pass -out vault; openssl enc -d -aes-256-cbc -pbkdf2 -pass file:.vault_pass -in vault >/dev/null'
for host in web1 web2; do
	ssh_key ops $host
	printf '%s ALL=(ALL) NOPASSWD: ALL\n' $host >/etc/sudoers.d/$host
	chmod 440 /etc/sudoers.d/$host
	as ops sh -ec "ssh='ssh -o BatchMode=yes -o ControlMaster=auto -o ControlPath=~/.ssh/%r -o ControlPersist=5'
		for task in 'mkdir -p -m 700 .ansible' 'sudo -n id -u >out' 'sudo -n install -m 644 /etc/hostname /etc/$host.conf'; do \$ssh $host@localhost \"\$task\"; done
		scp -q -o ControlPath=~/.ssh/%r play/vault $host@localhost:.ansible/
		\$ssh $host@localhost 'cat out' | grep -x 0 >/dev/null; \$ssh -O exit $host@localhost 2>/dev/null"
	cmp /etc/hostname /etc/$host.conf
done
