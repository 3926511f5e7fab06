#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what a node's runtime makes of the manifest: runc_config.py MANIFEST ROOTFS STATE RUN ARGUMENT...

The container's capabilities, read-only root, host processes and mounts; STATE and RUN stand for the node's directories.
"""
import json
import sys

import yaml

manifest, rootfs, state, run, *arguments = sys.argv[1:]
pod = list(yaml.safe_load_all(open(manifest, encoding="utf-8")))[-1]["spec"]["template"]["spec"]
container = pod["containers"][0]
rights = ["CAP_" + name for name in container["securityContext"]["capabilities"]["add"]]
sources = {v["name"]: v.get("hostPath", {}).get("path") for v in pod["volumes"]} | {"state": state, "run": run}
mounts = [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
    {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
]
for mount in container["volumeMounts"]:
    if sources[mount["name"]]:
        mounts.append({"destination": mount["mountPath"], "type": "bind", "source": sources[mount["name"]],
                       "options": ["rbind", "ro" if mount.get("readOnly") else "rw"]})
assert pod["hostPID"] and container["securityContext"]["readOnlyRootFilesystem"]
print(json.dumps({
    "ociVersion": "1.0.2", "hostname": "pod", "root": {"path": rootfs, "readonly": True}, "mounts": mounts,
    "process": {"user": {"uid": 0, "gid": 0}, "args": arguments, "env": ["PATH=/usr/bin:/bin"], "cwd": "/", "noNewPrivileges": True,
                "capabilities": {kind: rights for kind in ("bounding", "effective", "permitted")}},
    "linux": {"namespaces": [{"type": t} for t in ("mount", "uts", "ipc", "network")],
              "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list"],
              "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]},
}))
