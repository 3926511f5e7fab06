#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the SPDX 2.3 bill of what a built program is made of: sbom.py PROGRAM VERSION OUT LINKER-FLAG...

Dynamic libraries are those that the loader takes (ldd), static ones those that the flags name as -l:LIBRARY.a, each with the Debian package that
it comes from; the page of an export brings what its npm lock file names. SOURCE_DATE_EPOCH dates it: the same build on
the same packages gives the same bytes.
"""
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

LOCK = "user/export/page/package-lock.json"
# By source package, in SPDX's words; Debian's copyright files have words of their own.
LICENCES = {
    "libbpf": "LGPL-2.1-only OR BSD-2-Clause",
    "elfutils": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "zlib": "Zlib",
    "cjson": "MIT",
    "vectorscan": "BSD-3-Clause",
    "openssl": "Apache-2.0",
    "sqlite3": "blessing",
    "ncurses": "X11-distribute-modifications-variant",
    "curl": "curl",
    "libseccomp": "LGPL-2.1-only",
    "libcap-ng": "LGPL-2.1-or-later",
    "glibc": "LGPL-2.1-or-later",
    "gcc-12": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "libzstd": "BSD-3-Clause OR GPL-2.0-only",
    "bzip2": "bzip2-1.0.6",
    "xz-utils": "0BSD",
    "brotli": "MIT",
    "nghttp2": "MIT",
    "gmp": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "nettle": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "gnutls28": "LGPL-2.1-or-later",
    "libidn2": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libunistring": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "libtasn1-6": "LGPL-2.1-or-later",
    "p11-kit": "BSD-3-Clause",
    "libffi": "MIT",
    "libssh2": "BSD-3-Clause",
    "libpsl": "MIT",
    "rtmpdump": "LGPL-2.1-or-later",
    "openldap": "OLDAP-2.8",
    "cyrus-sasl2": "BSD-4-Clause-UC",
    "krb5": "MIT",
    "keyutils": "LGPL-2.1-or-later",
    "e2fsprogs": "MIT",
}


def run(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def owner(path):
    """(binary package, source package, version) of a file; libraries lie below /usr or not, by the age of the system."""
    real = os.path.realpath(path)
    for name in dict.fromkeys([path, real, real.removeprefix("/usr"), "/usr" + path]):
        found = subprocess.run(["dpkg-query", "-S", name], text=True, capture_output=True)
        if found.returncode == 0:
            package = found.stdout.split(": ")[0].split(",")[0]
            fields = "${Package}\t${source:Package}\t${Version}\t${Architecture}"
            return tuple(run("dpkg-query", "-W", "-f", fields, package).split("\t"))
    raise SystemExit(f"sbom.py: no package owns \"{path}\": only Debian's packages can be told")


def spdx_id(kind, name):
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def package(ident, name, version, licence, purl, **more):
    reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}
    return {"SPDXID": ident, "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": licence, "licenseDeclared": licence,
            "copyrightText": "NOASSERTION", "externalRefs": [reference], **more}


def libraries(program, flags):
    """path -> how it is linked, in SPDX's words; the program's own NEEDED entries are direct."""
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "-d", program)))
    linked = {}
    for name, path in re.findall(r"^\s+(\S+)(?: => (/\S+))? \(0x", run("ldd", program), re.M):
        path = path or (name if name.startswith("/") else "")
        if path:
            linked[path] = "DYNAMIC_LINK" if name in needed else "RUNTIME_DEPENDENCY_OF"
    for archive in (f[3:] for f in flags if f.startswith("-l:")):
        linked[run("gcc", f"-print-file-name={archive}").strip()] = "STATIC_LINK"
    return linked


def debian_packages(program, flags, root):
    packages, relations = {}, set()
    for path, how in libraries(program, flags).items():
        name, source, version, architecture = owner(path)
        ident = spdx_id("deb", name)
        purl = f"pkg:deb/debian/{name}@{version}?arch={architecture}"
        packages[ident] = package(ident, name, version, LICENCES.get(source, "NOASSERTION"), purl,
                                  supplier="Organization: Debian", sourceInfo=f"Debian source package {source}")
        relations.add((ident, how, root) if how.endswith("_OF") else (root, how, ident))
    direct = {b for _, how, b in relations if how.endswith("_LINK")}
    return packages, {r for r in relations if r[0] not in direct}


def npm_packages(root):
    packages, relations = {}, set()
    for path, entry in json.loads(Path(LOCK).read_text())["packages"].items():
        if path and not entry.get("dev"):
            name = path.split("node_modules/")[-1]
            ident = spdx_id("npm", name)
            digest = base64.b64decode(entry["integrity"].removeprefix("sha512-")).hex()
            packages[ident] = package(ident, name, entry["version"], entry.get("license", "NOASSERTION"),
                                      f"pkg:npm/{name}@{entry['version']}", supplier="NOASSERTION",
                                      checksums=[{"algorithm": "SHA512", "checksumValue": digest}])
            relations.add((root, "CONTAINS", ident))
    return packages, relations


def main():
    program, version, out, *flags = sys.argv[1:]
    root = "SPDXRef-credlineage"
    own = package(root, "credlineage", version, "Apache-2.0", f"pkg:generic/credlineage@{version}",
                  supplier="NOASSERTION", primaryPackagePurpose="APPLICATION")
    packages, relations = debian_packages(program, flags, root)
    more, further = npm_packages(root)
    packages |= more
    relations |= further | {("SPDXRef-DOCUMENT", "DESCRIBES", root)}
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
    content = json.dumps(sorted(packages.items()), sort_keys=True)
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"credlineage-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/credlineage-{version}-{hashlib.sha256(content.encode()).hexdigest()[:32]}",
        "creationInfo": {"created": created, "creators": [f"Tool: credlineage-sbom-{version}"]},
        "packages": [own, *(packages[i] for i in sorted(packages))],
        "relationships": [{"spdxElementId": a, "relationshipType": how, "relatedSpdxElement": b} for a, how, b in sorted(relations)],
    }
    Path(out).write_text(json.dumps(document, indent=2) + "\n")


main()
