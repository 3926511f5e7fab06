#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds a bill of materials against SPDX 2.3 and a program: check_spdx.py DOCUMENT PROGRAM

What SPDX 2.3 asks of each element (required fields, forms, known words, ids that exist), that each library of the
program is in it, and that no licence is left open. Prints what is wrong; licence expressions go to stderr, one a line.
"""
import json
import re
import subprocess
import sys

DOCUMENT = {
    "spdxVersion": r"SPDX-2\.3", "dataLicense": r"CC0-1\.0", "SPDXID": "SPDXRef-DOCUMENT", "name": ".+",
    "documentNamespace": r"https?://[^#\s]+",
}
PACKAGE = {
    "name": ".+", "SPDXID": r"SPDXRef-[A-Za-z0-9.-]+", "downloadLocation": r"NOASSERTION|NONE|\w+(\+\w+)?://\S+",
    "versionInfo": r"\S+", "licenseDeclared": ".+", "licenseConcluded": ".+", "copyrightText": ".+",
    "supplier": r"NOASSERTION|(Organization|Person): .+",
}
KEYS = {*PACKAGE, "filesAnalyzed", "externalRefs", "sourceInfo", "checksums", "primaryPackagePurpose"}
RELATIONS = {"DESCRIBES", "CONTAINS", "DYNAMIC_LINK", "STATIC_LINK", "RUNTIME_DEPENDENCY_OF"}

path, program = sys.argv[1:]
document = json.load(open(path, encoding="utf-8"))
wrong = []


def need(where, item, forms):
    for key, form in forms.items():
        if not re.fullmatch(form, item.get(key, "")):
            wrong.append(f"{where}: {key} is {item.get(key)!r}")


need("document", document, DOCUMENT)
created = document["creationInfo"]["created"]
if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", created):
    wrong.append(f"created is {created!r}")
for creator in document["creationInfo"]["creators"]:
    if not re.match(r"(Tool|Organization|Person): \S", creator):
        wrong.append(f"creator {creator!r}")
for key in document.keys() - {*DOCUMENT, "creationInfo", "packages", "relationships"}:
    wrong.append(f"document: {key} is not looked at here")

for package in document["packages"]:
    need(package.get("name"), package, PACKAGE)
    wrong += [f"{package['name']}: {key} is no field of a package" for key in package.keys() - KEYS]
    if package.get("filesAnalyzed") is not False:
        wrong.append(f"{package['name']}: filesAnalyzed without a verification code")
    for reference in package["externalRefs"]:
        if reference["referenceType"] != "purl" or not re.fullmatch(r"pkg:(deb/debian|npm|generic)/\S+@\S+", reference["referenceLocator"]):
            wrong.append(f"{package['name']}: reference {reference}")
    for checksum in package.get("checksums", []):
        if not (checksum["algorithm"] == "SHA512" and re.fullmatch("[0-9a-f]{128}", checksum["checksumValue"])):
            wrong.append(f"{package['name']}: checksum {checksum}")
    if package["licenseDeclared"] == "NOASSERTION":
        wrong.append(f"{package['name']}: its licence is not known (LICENCES in scripts/package/sbom.py)")
    print(package["licenseDeclared"], file=sys.stderr)

ids = [p["SPDXID"] for p in document["packages"]]
if len(ids) != len(set(ids)):
    wrong.append("an id stands for two packages")
for relation in document["relationships"]:
    if relation["relationshipType"] not in RELATIONS:
        wrong.append(f"relationship {relation}")
    for end in (relation["spdxElementId"], relation["relatedSpdxElement"]):
        if end not in {*ids, "SPDXRef-DOCUMENT"}:
            wrong.append(f"relationship names {end}, which is not there")
related = {r["relatedSpdxElement"] for r in document["relationships"]} | {r["spdxElementId"] for r in document["relationships"]}
wrong += [f"{i} belongs to nothing" for i in ids if i not in related]

linked = subprocess.run(["ldd", program], check=True, text=True, stdout=subprocess.PIPE).stdout
for library in re.findall(r"=> (/\S+)", linked):
    name = next(o for o in (library, library.removeprefix("/usr"), "/usr" + library)
                if subprocess.run(["dpkg-query", "-S", o], capture_output=True).returncode == 0)
    owner = subprocess.run(["dpkg-query", "-S", name], text=True, check=True, stdout=subprocess.PIPE).stdout.split(":")[0]
    if owner not in {p["name"] for p in document["packages"]}:
        wrong.append(f"{library} of {owner} is linked and not in it")
if not any(p["name"] == "cytoscape" for p in document["packages"]):
    wrong.append("the page's Cytoscape.js is not in it")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
