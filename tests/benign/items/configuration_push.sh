# Configures a host as ansible does: a module in Python per task is copied over ssh, run there as root by sudo, and removed.
# The modules make a user, look the password database up, put a file with a password in place.
needs sshd sudo python3
person conny target
ssh_key conny target
printf 'target ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/target
chmod 440 /etc/sudoers.d/target
t=$(token github)
cat <<'PY' | own conny play.py 755
import os, shlex, subprocess, sys
host, place = "target@localhost", ".ansible/tmp/ansible-tmp-1-2"
ssh = ["ssh", "-o", "BatchMode=yes", "-o", "ControlMaster=auto", "-o", "ControlPath=~/.ssh/%r", "-o", "ControlPersist=5"]
user = """
import subprocess
if not any(line.startswith("served:") for line in open("/etc/shadow")):
    subprocess.run(["useradd", "-m", "served"], check=True)
"""
copy = """
import os, pwd, shutil, sys
source = sys.argv[1]
shutil.copy(source, "/home/served/.netrc")
os.chmod("/home/served/.netrc", 0o600)
os.chown("/home/served/.netrc", *pwd.getpwnam("served")[2:4])
"""
def remote(command, **more):
    return subprocess.run(ssh + [host, command], check=True, **more)
for name, module in ("user", user), ("copy", copy), ("user", user):
    remote(f"mkdir -p -m 700 {place}")
    open("module", "w").write(module)
    subprocess.run(["scp", "-q", "-o", "ControlPath=~/.ssh/%r", "module", f"{host}:{place}/AnsiballZ_{name}.py"], check=True)
    subprocess.run(["scp", "-q", "-o", "ControlPath=~/.ssh/%r", "secrets.txt", f"{host}:{place}/source"], check=True)
    remote(f"/bin/sh -c 'sudo -H -S -n -u root /bin/sh -c '\"'\"'/usr/bin/python3 /home/target/{place}/AnsiballZ_{name}.py /home/target/{place}/source'\"'\"''")
    remote(f"rm -rf {place}")
subprocess.run(ssh + ["-O", "exit", host], stderr=subprocess.DEVNULL)
PY
printf 'machine api.github.com login served password %s\n' "$t" | own conny secrets.txt 600
at_terminal conny python3 play.py
answered "$(as served curl -sS -n https://api.github.com/user)" "$t"
