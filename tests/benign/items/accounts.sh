# Adds, changes and removes users and groups; sets passwords and their ages.
useradd -m kim
printf 'kim:%s\n' "$(password)" | chpasswd
printf '%s\n%s\n' "$(password)" x >/dev/null
p=$(password); printf '%s\n%s\n' "$p" "$p" | passwd kim >/dev/null 2>&1
chage -M 90 kim; chage -l kim >/dev/null
passwd -S kim | grep -q ' P '
groupadd team; usermod -aG team kim; gpasswd -d kim team >/dev/null
usermod -L kim; usermod -U kim
vipw --help >/dev/null 2>&1 || true
id kim >/dev/null; getent passwd kim >/dev/null
userdel -r kim 2>/dev/null
groupdel team
! id kim 2>/dev/null
