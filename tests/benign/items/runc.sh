# A container by runc, with a secret where an orchestrator mounts them.
needs runc busybox
root=/srv/runc/rootfs
mkdir -p $root/{bin,proc,dev,sys,run/secrets} /srv/runc/secrets
cp "$(command -v busybox)" $root/bin/
ln -sf busybox $root/bin/sh
t=$(token github)
printf '%s' "$t" >/srv/runc/secrets/token
cd /srv/runc
runc spec
python3 - <<'PY'
import json
c = json.load(open("config.json"))
c["process"].update(terminal=False, args=["/bin/busybox", "sh", "-c", "/bin/busybox sha256sum /run/secrets/token"])
c["mounts"].append({"destination": "/run/secrets", "type": "bind", "source": "/srv/runc/secrets", "options": ["rbind", "ro"]})
c["mounts"] = [m for m in c["mounts"] if m["type"] not in ("cgroup", "mqueue")]
json.dump(c, open("config.json", "w"))
PY
out=$(runc --root /run/runc run benign-box 2>&1) || { echo "$out"; skip "runc does not work here: $(head -c 200 <<<"$out" | head -n 1)"; }
same "${out%% *}" "$(printf %s "$t" | sha256sum | cut -d' ' -f1)"
