# Becomes another user and root, by su and by sudo, with a password and without.
needs sudo su
person admin
p=$(password)
printf 'admin:%s\n' "$p" | chpasswd
printf 'admin ALL=(ALL) ALL\nadmin ALL=(nobody) NOPASSWD: ALL\n' >/etc/sudoers.d/admin
chmod 440 /etc/sudoers.d/admin
visudo -cq
same "$(su - admin -c 'id -un')" admin
same "$(su admin -s /bin/sh -c 'sudo -n -u nobody id -un')" nobody
same "$(printf '%s\n' "$p" | su - admin -c 'sudo -S -p "" id -un')" root
at_terminal admin <<LINES
>sudo grep -c ^root: /etc/shadow\\r
?password for admin
>$p\\r
?ready:0:
LINES
same "$(runuser -u admin -- id -un)" admin
same "$(setpriv --reuid=admin --regid=admin --init-groups sh -c "printf '%s\n' '$p' | su admin -c 'id -un'" 2>/dev/null)" admin
