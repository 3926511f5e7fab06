#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the scanner finds, what it finds wrongly, and what it costs.

    scan.py [recall] [precision] [speed]      all three, or these; SAMPLES=20 of each format and surrounding

Recall: samples of every format, drawn anew, in every surrounding that it may stand in, behind text. Precision: this
machine's own files and the packages below; each hit is listed with its place, never its value, and is one of
EXPECTED (documentation that shows a whole example, test keys) or unexplained. Speed: row B10, beside the bare engine
with the same patterns in the same run. Prints tables, writes build/bench-scan.json, and fails below 100 % recall, at
one unexplained hit per 100 MB, and above the limit of hits in all.
"""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True

BUILD = os.environ.get("BUILD", "build")
PLACES = ["/usr/share", "/usr/include", "/usr/lib/python3", "/etc", f"{BUILD}/bench/npm/node_modules"]
PACKAGES = ["webpack@5", "typescript@5", "aws-sdk@2", "next@14"]
LIMIT = 1.0  # hits per 100 MB

# (format, end of the path's name, why it is no mistake)
EXPECTED = [
    ("jwt", "PyJWT-*/PKG-INFO", "the token of the package's introduction, signed with the key \"secret\""),
    ("jwt", "python3-jwt/README.rst", "the same"),
    ("jwt", "aws-sdk/apis/*.examples.json", "a response in the documentation of the interface, whole token"),
    ("azure_entra_v2", "aws-sdk/apis/*.examples.json", "the same, another issuer"),
    ("azure_sas", "aws-sdk/clients/datasync.d.ts", "a whole signed address as the documentation's example"),
    ("pem_private_key", "examples/*.pem", "a key that is shipped for a library's examples"),
    ("url_password", "url/test.js", "an address with a password as a test's input"),
]


def run(*command, **options):
    return subprocess.run(command, text=True, capture_output=True, check=False, **options)


def recall():
    done = run(f"{BUILD}/bench/scan", "recall", os.environ.get("SAMPLES", "20"))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if not rows:
        sys.exit(done.stderr)
    total = rows.pop()
    print(f"recall: {total['found']} of {total['samples']} samples of {total['formats']} formats, "
          f"{100 * total['found'] / total['samples']:.3f} %")
    for row in rows:
        print(f"  {row['format']}: {row['found']} of {row['samples']}")
    return {"total": total, "missed": rows}


def size_of(path):
    size = 0
    for directory, _, names in os.walk(path):
        for name in names:
            try:
                stat = os.lstat(os.path.join(directory, name))
                size += stat.st_size if os.path.isfile(os.path.join(directory, name)) and stat.st_nlink else 0
            except OSError:
                pass
    return size


def fetch_packages():
    """node_modules of large packages, without running what is in them."""
    directory = f"{BUILD}/bench/npm"
    if os.path.isdir(f"{directory}/node_modules"):
        return
    os.makedirs(directory, exist_ok=True)
    with open(f"{directory}/package.json", "w", encoding="utf-8") as f:
        f.write("{}\n")
    done = run("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", *PACKAGES, cwd=directory)
    if done.returncode:
        print(f"  no npm packages: {(done.stderr or done.stdout).strip()[-200:]}", file=sys.stderr)


def explained(hit):
    from fnmatch import fnmatch  # pylint: disable=import-outside-toplevel
    return next((why for form, end, why in EXPECTED if hit["format"] == form and fnmatch(hit["path"], "*/" + end)), None)


def precision():
    fetch_packages()
    rows, hits = [], []
    for place in filter(os.path.isdir, PLACES):
        done = run(f"{BUILD}/credlineage", "scan", "--json", "--key", f"{BUILD}/bench/scan.key", place)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        rows.append({"place": place, "bytes": size_of(place), "hits": len(found)})
        hits += [{"format": h["format"], "path": h["path"], "line": h.get("line"), "why": explained(h)} for h in found]
    print(f"\n{'precision':45} {'MB':>7} {'hits':>5} {'per 100 MB':>11}")
    total = {"place": "all", "bytes": sum(r["bytes"] for r in rows), "hits": len(hits)}
    for row in rows + [total]:
        row["rate"] = row["hits"] / max(row["bytes"] / 1e8, 1e-9)
        print(f"{row['place']:45} {row['bytes'] / 1e6:7.0f} {row['hits']:5} {row['rate']:11.2f}")
    for h in hits:
        print(f"  {h['format']} {h['path']}:{h['line']}\n      {h['why'] or 'NOT EXPLAINED'}")
    return {"places": rows, "total": total, "hits": hits}


def sample_text():
    """8 MB of C headers, which hold no credential."""
    path, size = f"{BUILD}/bench/text", 0
    with open(path, "wb") as out:
        for directory, _, names in sorted(os.walk("/usr/include")):
            for name in sorted(names):
                if size >= 8 << 20 or not name.endswith(".h"):
                    continue
                with open(os.path.join(directory, name), "rb") as f:
                    size += out.write(f.read())
    return path


def speed():
    """Row B10 as bench.py prints it: ns of the scanner beside ns of the bare engine, medians of interleaved pairs."""
    done = run(f"{BUILD}/bench/scan", "speed", sample_text())
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if not rows:
        sys.exit(done.stderr)
    return [{"bench": "B10", **row} for row in rows]


def print_speed(rows):
    print(f"\n{'B10':28} {'bytes':>8} {'scan':>11} {'bare':>11} {'MB/s':>6} {'x bare':>6}   target")
    for r in rows:
        target = {64: "250 ns, 0.5 x", 8192: "15 us, 0.5 x"}.get(r["bytes"], "0.5 x")
        print(f"{r['what']:28} {r['bytes']:8} {r['ns']:8} ns {r['bare_ns']:8} ns {r['mb_s']:6} {r['ratio']:6.2f}   {target}")


def main():
    wanted = sys.argv[1:] or ["recall", "precision", "speed"]
    report, failed = {}, []
    if "recall" in wanted:
        report["recall"] = recall()
        failed += ["recall is below 100 %"] if report["recall"]["missed"] else []
    if "precision" in wanted:
        report["precision"] = precision()
        rest = [h for h in report["precision"]["hits"] if not h["why"]]
        failed += [f"more than {LIMIT} hits per 100 MB"] if report["precision"]["total"]["rate"] >= LIMIT else []
        failed += [f"{len(rest)} hits are not explained"] if rest else []
    if "speed" in wanted:
        report["speed"] = speed()
        print_speed(report["speed"])
    with open(f"{BUILD}/bench-scan.json", "w", encoding="utf-8") as f:
        json.dump(report, f, indent=1)
    for why in failed:
        print(why, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
